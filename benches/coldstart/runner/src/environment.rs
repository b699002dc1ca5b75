//! The environment of a measured program, as in Lambda.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use coldstart_endpoint::Endpoint;
use coldstart_keys::key;

use crate::{
    Error,
    cases::{Case, Program, Roots},
};

/// The files in which most Linux distributions keep the root certificates. The first one that
/// exists is used.
const SYSTEM_BUNDLES: [&str; 3] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

/// The keys whose values are in encrypted variables: both keys of a program with two values, and
/// the last two keys of a program with thirty.
const VARIABLES: [usize; 4] = [0, 1, 28, 29];

/// The variables that all programs have, and the files of root certificates.
pub(crate) struct Environment {
    one_root: PathBuf,
    bundle: PathBuf,
    variables: Vec<(String, String)>,
}

impl Environment {
    /// Writes the root certificates and an empty home folder into the folder.
    pub(crate) fn create(endpoint: &Endpoint, folder: &Path) -> Result<Self, Error> {
        let home = folder.join("home");
        fs::create_dir_all(&home)?;
        let one_root = folder.join("root.pem");
        fs::write(&one_root, endpoint.root_pem())?;
        let bundle = folder.join("bundle.pem");
        let mut certificates = read_system_bundle()?;
        certificates.push_str(endpoint.root_pem());
        fs::write(&bundle, certificates)?;

        // Real tokens have about this length.
        let token = "IQoJb3JpZ2luX2VjEXAMPLETOKEN".repeat(30);
        let home = home.display().to_string();
        let mut variables: Vec<(String, String)> = [
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLEEXAMPLE12"),
            ("AWS_DEFAULT_REGION", "us-east-1"),
            ("AWS_ENDPOINT_URL", &endpoint.url()),
            ("AWS_EXECUTION_ENV", "AWS_Lambda_provided.al2023"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
            ("AWS_LAMBDA_FUNCTION_NAME", "coldstart"),
            ("AWS_REGION", "us-east-1"),
            (
                "AWS_SECRET_ACCESS_KEY",
                "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY0",
            ),
            ("AWS_SESSION_TOKEN", &token),
            ("HOME", &home),
            ("LANG", "C.UTF-8"),
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("stage", "prod"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        variables.extend(VARIABLES.map(|index| (key(index), BASE64_STANDARD.encode(key(index)))));
        Ok(Self {
            one_root,
            bundle,
            variables,
        })
    }

    /// Replaces the environment of the command with that of the case.
    pub(crate) fn apply(&self, case: &Case, command: &mut Command) {
        let roots = match case.roots {
            Roots::One => &self.one_root,
            Roots::Bundle => &self.bundle,
        };
        command.env_clear().envs(self.variables.iter().cloned());
        command.env("SSL_CERT_FILE", roots);
        match case.program {
            Program::Rust(_) | Program::Build(_) => {}
            // botocore does not read `SSL_CERT_FILE`.
            Program::Python(_) => {
                command.env("AWS_CA_BUNDLE", roots);
            }
            Program::Node(_) => {
                command.env("NODE_EXTRA_CA_CERTS", &self.one_root);
                command.env("NODE_NO_WARNINGS", "1");
            }
        }
    }
}

fn read_system_bundle() -> Result<String, Error> {
    for path in SYSTEM_BUNDLES {
        if let Ok(certificates) = fs::read_to_string(path) {
            return Ok(certificates);
        }
    }
    Err(format!("no root certificates in {}", SYSTEM_BUNDLES.join(", ")).into())
}
