//! The cargo feature `deployed`: `cargo stage check` of deployed functions, `who` and `orphans`.

mod code;
mod documented;
mod orphans;
mod permissions;
mod problems;
mod redaction;
mod role;
mod selection;
mod servers;
mod settings;
mod variables;
mod who;

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use stage_config::{SecretString, StageConfig};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::support::artifact::build_elf;
use crate::support::endpoint::{
    Answer, Endpoint, Request, Secrets, caller, is_caller_request, secrets,
};
use crate::support::functions::{Aliases, Function, Simulated, answer_aliases, answer_function};
use crate::support::package::{Package, RunOutput, run_command};

#[derive(StageConfig)]
#[stage(dev = "/it-deployed/dev/{field}", prod = "/it-deployed/prod/{field}")]
#[allow(dead_code, reason = "only its schema is used")]
struct Config {
    table: String,
    #[stage(
        dev = "secret:it-deployed/dev#key",
        prod = "secret:it-deployed/prod#key"
    )]
    key: SecretString,
    #[stage(all = "env:LOG_LEVEL")]
    log_level: String,
    #[stage(all = "env:LIMIT")]
    limit: Option<u16>,
}

/// The variables of a function that is complete in `prod`.
const VARIABLES: [(&str, &str); 2] = [("stage", "prod"), ("LOG_LEVEL", "info")];

/// Returns the zip of a function. `records` are the manifests of the configurations that it loads.
fn build_zip(records: &[&[u8]]) -> Vec<u8> {
    zip_executable(&build_elf(records))
}

fn zip_executable(executable: &[u8]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("bootstrap", SimpleFileOptions::default())
        .expect("a file can be added");
    zip.write_all(executable).expect("memory can be written");
    zip.finish().expect("the zip can be finished").into_inner()
}

fn digest(zip: &[u8]) -> String {
    STANDARD.encode(Sha256::digest(zip))
}

/// Answers requests as AWS does for an account that has these deployed functions.
#[derive(Clone)]
struct Aws {
    functions: BTreeMap<String, Function>,
    aliases: BTreeMap<&'static str, Aliases>,
    zip: Vec<u8>,
    /// A prefix, and the code of the functions whose `Location` begins with this prefix.
    other_zip: (&'static str, Vec<u8>),
    /// Returns the decision of IAM about a simulated request for one resource.
    decide: fn(&Simulated, &str) -> &'static str,
}

impl Aws {
    /// Returns AWS with the function `payments`, which loads [`Config`].
    fn new() -> Self {
        let zip = build_zip(&[Config::__manifest()]);
        let function = Function::new("payments", &digest(&zip), "").with_variables(VARIABLES);
        Self {
            functions: BTreeMap::from([("payments".to_owned(), function)]),
            aliases: BTreeMap::new(),
            zip,
            other_zip: ("", Vec::new()),
            decide: |_, resource| {
                if resource.contains("/dev") || resource.contains("unused") {
                    "implicitDeny"
                } else {
                    "allowed"
                }
            },
        }
    }

    /// Changes the function `payments`.
    fn with_function(mut self, change: impl FnOnce(Function) -> Function) -> Self {
        let function = self.functions.remove("payments").expect("it exists");
        self.functions
            .insert("payments".to_owned(), change(function));
        self
    }

    /// Replaces the code of the function `payments`.
    fn with_code(mut self, zip: Vec<u8>) -> Self {
        let sum = digest(&zip);
        self.zip = zip;
        self.with_function(|function| function.with("CodeSha256", sum.into()))
    }

    fn with_variables<'a>(self, variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        self.with_function(|function| function.with_variables(variables))
    }

    fn answer(&self, request: &Request, url: &str) -> Answer {
        if let Some(simulated) = Simulated::from_request(request) {
            return simulated.answer(self.decide);
        }
        let (other, other_zip) = &self.other_zip;
        if !other.is_empty() && request.line.starts_with(&format!("GET /{other}")) {
            return Answer::File {
                body: other_zip.clone(),
            };
        }
        if request.line.starts_with("GET /code") {
            return Answer::File {
                body: self.zip.clone(),
            };
        }
        let answer = answer_function(request, |name| {
            let mut function = self.functions.get(name)?.clone();
            let location = function.code["Location"].as_str().unwrap_or_default();
            let is_other = !other.is_empty() && location.starts_with(other);
            if is_other || location.is_empty() {
                let path = if is_other { location } else { "code" };
                let url = format!("{url}/{path}?X-Amz-Signature=4f2a");
                function.code["Location"] = url.into();
            }
            Some(function)
        });
        if let Some(answer) = answer.or_else(|| answer_aliases(request, &self.aliases)) {
            return answer;
        }
        match request.operation.as_str() {
            _ if is_caller_request(request) => caller("123456789012"),
            "DescribeSecret" => {
                let name = request.names.first().cloned().unwrap_or_default();
                Answer::json(&serde_json::json!({ "ARN": secrets::arn(&name), "Name": name }))
            }
            "GetParameterHistory" => Answer::json(&serde_json::json!({
                "Parameters": [{ "Name": request.body["Name"], "Type": "String", "Version": 1 }]
            })),
            _ => Secrets::default().answer(request),
        }
    }

    /// Starts the endpoint.
    fn start(self) -> Endpoint {
        self.start_with(|_| None)
    }

    /// Starts the endpoint. `answer` replaces some of its answers.
    fn start_with(
        self,
        answer: impl Fn(&Request) -> Option<Answer> + Send + Sync + 'static,
    ) -> Endpoint {
        self.start_with_code(("", Vec::new()), answer)
    }

    /// Starts the endpoint like [`start_with`](Self::start_with). The functions whose location
    /// begins with `location` have the code `zip`.
    fn start_with_code(
        mut self,
        (location, zip): (&'static str, Vec<u8>),
        answer: impl Fn(&Request) -> Option<Answer> + Send + Sync + 'static,
    ) -> Endpoint {
        self.other_zip = (location, zip);
        let url = Arc::new(Mutex::new(String::new()));
        let known = Arc::clone(&url);
        let endpoint = Endpoint::start(move |request| {
            let url = known.lock().expect("no test panics here").clone();
            answer(request).unwrap_or_else(|| self.answer(request, &url))
        });
        *url.lock().expect("no test panics here") = endpoint.url.clone();
        endpoint
    }

    /// Checks the function `payments` in `prod`.
    fn check(self, arguments: &[&str]) -> Checked {
        let endpoint = self.start();
        Checked::new(&endpoint, arguments)
    }
}

/// Runs `cargo stage check` with these arguments.
fn run_check(endpoint: &Endpoint, arguments: &[&str]) -> RunOutput {
    run_in(&Package::new(""), endpoint, "check", arguments)
}

fn run_in(package: &Package, endpoint: &Endpoint, verb: &str, arguments: &[&str]) -> RunOutput {
    let mut command = package.verb_command(&[&[verb], arguments].concat());
    command.env("AWS_ENDPOINT_URL", &endpoint.url);
    run_command(&mut command, b"")
}

/// The result of `check --function payments --stage prod --json`.
struct Checked {
    code: Option<i32>,
    function: Value,
}

impl Checked {
    fn new(endpoint: &Endpoint, arguments: &[&str]) -> Self {
        let fixed = ["--function", "payments", "--stage", "prod", "--json"];
        let ran = run_check(endpoint, &[&fixed, arguments].concat());
        let json: Value =
            serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
        assert_eq!(json["version"], 1);
        Self {
            code: ran.code,
            function: json["functions"][0].clone(),
        }
    }

    /// Returns the findings with this result, each as `SUBJECT: DETAIL: RESOURCE` without the parts
    /// that are empty.
    fn with_result(&self, result: &str) -> Vec<String> {
        let findings = self.function["findings"]
            .as_array()
            .unwrap_or_else(|| panic!("{}", self.function));
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        findings
            .iter()
            .filter(|finding| finding["result"] == result)
            .map(|finding| {
                let parts = ["subject", "detail", "resource"].map(|key| text(&finding[key]));
                let parts: Vec<String> =
                    parts.into_iter().filter(|part| !part.is_empty()).collect();
                parts.join(": ")
            })
            .collect()
    }

    #[track_caller]
    fn assert_wrong(&self, expected: &[&str]) {
        assert_eq!(self.with_result("wrong"), expected, "{}", self.function);
        assert_eq!(self.code, Some(i32::from(!expected.is_empty())));
    }
}

#[test]
fn a_complete_function_is_reported_complete() {
    let checked = Aws::new().check(&["--strict"]);
    assert_eq!(
        checked.function["result"], "complete",
        "{}",
        checked.function
    );
    assert_eq!(checked.code, Some(0));
    assert_eq!(
        checked.with_result("ok"),
        [
            "build: the code was read; `--artifact PATH` compares it with a local build",
            "stage: names `prod`",
            "timeout: 15 s, and a load may take 8 s",
            "memory: 256 MB",
            "architecture: x86_64",
            "secretsmanager:GetSecretValue: 1 request allowed by the role's policies",
            "ssm:GetParameters: 1 request allowed by the role's policies",
        ]
    );
    assert_eq!(checked.function["function_version"], "7");
    assert_eq!(
        checked.function["configurations"],
        serde_json::json!(["Config"])
    );
}
