//! A user's package in a temporary folder, and the command that runs in it.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use stage_config_core::sealed::{KmsClient, SealedValue, StageKey};
use tempfile::TempDir;

use super::{environment, kms, peers};

/// The command under test.
pub(crate) const COMMAND: &str = env!("CARGO_BIN_EXE_cargo-stage");

/// The exit code and the output of a run of the command.
#[derive(Debug)]
pub(crate) struct RunOutput {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl RunOutput {
    /// Asserts that the command ended with this exit code.
    #[track_caller]
    pub(crate) fn assert_code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}{}", self.stdout, self.stderr);
        self
    }

    /// Asserts that standard error contains this text.
    #[track_caller]
    pub(crate) fn assert_stderr(self, text: &str) -> Self {
        assert!(
            self.stderr.contains(text),
            "{text:?} is not in: {}",
            self.stderr
        );
        self
    }
}

/// A package in a temporary folder, with only the files that `cargo stage` needs.
pub(crate) struct Package(TempDir);

impl Package {
    /// Creates the package `payments`, with `metadata` appended to its `Cargo.toml`.
    pub(crate) fn new(metadata: &str) -> Self {
        let package = Self(tempfile::tempdir().expect("a temporary folder can be created"));
        package.write(
            "Cargo.toml",
            format!("[package]\nname = \"payments\"\nversion = \"0.1.0\"\n\n{metadata}"),
        );
        package.write("src/lib.rs", "");
        package
    }

    /// Creates a package with a stage `prod` whose key comes from the KMS of moto. The alias of the
    /// KMS key is `alias/{test}`.
    pub(crate) fn with_stage(test: &str) -> Self {
        let alias = format!("alias/{test}");
        kms::create_key(&alias);
        let package = Self::new(&format!(
            "[package.metadata.stage.prod]\nkms_key = \"{alias}\"\n"
        ));
        package.run(&["--init", "--stage", "prod"]).assert_code(0);
        package
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().expect("a file has a folder"))
            .expect("the folder can be created");
        fs::write(&path, content).expect("the file can be written");
        path
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Returns every file under `sealed/`, hidden ones included, with its content.
    pub(crate) fn read_sealed(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.path().join("sealed")];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).into_iter().flatten() {
                let path = entry.expect("the folder can be read").path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let content = fs::read(&path).expect("the file can be read");
                    files.insert(
                        path.strip_prefix(self.path())
                            .expect("the file is in the package")
                            .to_path_buf(),
                        content,
                    );
                }
            }
        }
        files
    }

    /// Returns `cargo stage seal …` as cargo runs it, with the endpoint of moto in its environment.
    pub(crate) fn seal_command(&self, arguments: &[&str]) -> Command {
        self.verb_command(&[&["seal"], arguments].concat())
    }

    /// Returns `cargo stage VERB …` as cargo runs it, with the endpoint of moto in its environment.
    pub(crate) fn verb_command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(COMMAND);
        command
            .arg("stage")
            .args(arguments)
            .current_dir(self.path());
        environment::clear(&mut command);
        command
            .env("CARGO", cargo())
            .envs(kms::env_variables(peers::moto()));
        command
    }

    /// Runs `cargo stage seal …` with empty standard input.
    pub(crate) fn run(&self, arguments: &[&str]) -> RunOutput {
        self.pipe(arguments, b"")
    }

    /// Runs `cargo stage seal …` with this standard input.
    pub(crate) fn pipe(&self, arguments: &[&str], input: &[u8]) -> RunOutput {
        run_command(&mut self.seal_command(arguments), input)
    }
}

/// Runs a command with this standard input until it ends.
pub(crate) fn run_command(command: &mut Command, input: &[u8]) -> RunOutput {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?} did not start: {error}"));
    // A command that fails before it reads its input closes the pipe. Then this write fails, which
    // is no problem for the test.
    let _ = child
        .stdin
        .take()
        .expect("the stream is a pipe")
        .write_all(input);
    let output = child.wait_with_output().expect("a child can be waited for");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("the command writes text");
    RunOutput {
        code: output.status.code(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// Returns the path of the cargo that runs the tests, or the name `cargo` if none runs them.
pub(crate) fn cargo() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Reads a value of the package as a program does: KMS unlocks the stage key, which opens the file.
pub(crate) fn open_sealed(package: &Package, stage: &str, name: &str) -> Vec<u8> {
    let key = StageKey::parse(&package.read(&format!("sealed/{stage}/stage.key")))
        .expect("the key is well formed");
    let value = SealedValue::parse(&package.read(&format!("sealed/{stage}/{name}")))
        .expect("the file is well formed");
    let unlocked = kms::block_on(async {
        key.unlock(&KmsClient::new(&kms::sdk_config(peers::moto())))
            .await
    })
    .expect("KMS unlocks the key");
    unlocked
        .open(&value, name)
        .expect("the value opens")
        .to_vec()
}
