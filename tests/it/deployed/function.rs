//! A server with the parameters, secrets and roles of the tests, which runs the function as Lambda
//! does.

use std::process::Command;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::apis::Apis;
use super::build::artifacts;
use super::http::{self, Response};
use crate::support::aws::{REGION, Seed};
use crate::support::peers::{self, ACCOUNT, Peer};
use crate::support::proxy::{Proxy, ProxyMode};
use crate::support::secrets_and_keys::Secrets;
use crate::support::tape::Tape;
use crate::support::{child, environment, target};

/// The key of the payment API.
const KEY: &str = "sk_live_deployed";

/// The password of the database, before its rotation.
pub(super) const FIRST_PASSWORD: &str = "planted-first";

/// Lambda, Parameter Store, Secrets Manager and IAM in one server, and the APIs that the function
/// calls. A proxy records the requests to the stores.
pub(super) struct Server {
    pub(super) peer: Peer,
    pub(super) stores: Arc<Tape>,
    pub(super) proxy: Proxy,
    /// The payment API and the database.
    pub(super) apis: Apis,
}

impl Server {
    /// Starts the server, and stores the values of the stage.
    pub(super) async fn start(stage: &str) -> Self {
        Self::start_with(stage, Apis::start(KEY)).await
    }

    /// Starts the server with a payment API that charges no payment until this number of payments
    /// are in flight at the same time.
    pub(super) async fn start_together(stage: &str, payments: usize) -> Self {
        Self::start_with(stage, Apis::start_together(KEY, payments)).await
    }

    async fn start_with(stage: &str, apis: Apis) -> Self {
        let peer = peers::start_ministack();
        let stores = Arc::new(Tape::new());
        let proxy = Proxy::start_before(ProxyMode::Taping(Arc::clone(&stores)), &peer.url);
        let server = Self {
            peer,
            stores,
            proxy,
            apis,
        };
        server.fill(stage).await;
        server
    }

    /// Stores the values of the stage, except `max_amount`, which has a default.
    pub(super) async fn fill(&self, stage: &str) {
        let name = |field: &str| format!("/payments/{stage}/{field}");
        let seed = Seed::new(&self.peer);
        seed.put_secure(&name("stripe_key"), KEY)
            .await
            .put_text(&name("stripe_url"), self.apis.url())
            .await
            .put_text(&name("db_url"), self.apis.url())
            .await;
        let text = json!({ "password": FIRST_PASSWORD }).to_string();
        Secrets::new(&self.peer)
            .create_text(&format!("payments/{stage}/db"), &text)
            .await;
    }

    /// Creates the function with these variables and a role with the policy that [`policy`] returns
    /// for the stage.
    pub(super) fn create_function(&self, name: &str, stage: &str, variables: &[(&str, &str)]) {
        self.create_function_with(name, &policy(stage), variables);
    }

    /// Creates the function with these variables and a role with this policy.
    pub(super) fn create_function_with(
        &self,
        name: &str,
        policy: &Value,
        variables: &[(&str, &str)],
    ) {
        let trust = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": { "Service": "lambda.amazonaws.com" },
                "Action": "sts:AssumeRole",
            }],
        });
        self.call_iam(&[
            ("Action", "CreateRole"),
            ("RoleName", name),
            ("AssumeRolePolicyDocument", &trust.to_string()),
        ]);
        self.call_iam(&[
            ("Action", "PutRolePolicy"),
            ("RoleName", name),
            ("PolicyName", "stage-config"),
            ("PolicyDocument", &policy.to_string()),
        ]);

        let proxy = format!("http://{}", self.proxy.address());
        let mut all = json!({ "AWS_ENDPOINT_URL": proxy });
        for (variable, value) in variables {
            all[variable] = (*value).into();
        }
        let zip = std::fs::read(&artifacts().zip).expect("cargo-lambda created the zip");
        let function = json!({
            "FunctionName": name,
            "Runtime": "provided.al2023",
            "Handler": "bootstrap",
            "Role": format!("arn:aws:iam::{ACCOUNT}:role/{name}"),
            "Timeout": 30,
            "Code": { "ZipFile": STANDARD.encode(zip) },
            "Environment": { "Variables": all },
        });
        self.post(
            "lambda",
            "/2015-03-31/functions",
            "application/json",
            &function.to_string(),
        );
    }

    /// Invokes the function with a payment.
    pub(super) fn invoke(&self, name: &str) -> Invocation {
        let path = format!("/2015-03-31/functions/{name}/invocations");
        let payment = json!({ "order": "o-1", "amount": 250 }).to_string();
        let response = self.post("lambda", &path, "application/json", &payment);
        Invocation {
            is_error: response.header("x-amz-function-error").is_some(),
            log: response
                .header("x-amz-log-result")
                .map(|log| STANDARD.decode(log).expect("the log is in base64"))
                .map(|log| String::from_utf8_lossy(&log).into_owned())
                .unwrap_or_default(),
            body: response.body,
        }
    }

    fn call_iam(&self, parameters: &[(&str, &str)]) {
        let encode = |(name, value): &(&str, &str)| {
            let bytes = value.bytes().map(|byte| format!("%{byte:02X}"));
            format!("{name}={}", bytes.collect::<String>())
        };
        let form: Vec<_> = parameters.iter().map(encode).collect();
        let form = format!("Version=2010-05-08&{}", form.join("&"));
        self.post("iam", "/", "application/x-www-form-urlencoded", &form);
    }

    fn post(&self, service: &str, path: &str, kind: &str, body: &str) -> Response {
        // The server does not check the signature of this key.
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=test/20260101/{REGION}/{service}/aws4_request, \
             SignedHeaders=host, Signature=0"
        );
        let headers = [
            ("Authorization", &*authorization),
            ("Content-Type", kind),
            ("X-Amz-Date", "20260101T000000Z"),
            ("X-Amz-Log-Type", "Tail"),
        ];
        let address = self.peer.url.trim_start_matches("http://");
        let response = http::post(address, path, &headers, body);
        let response = response.unwrap_or_else(|error| panic!("{path}: {error}"));
        response.assert_accepted();
        response
    }
}

/// The result of an invocation.
#[derive(Debug)]
pub(super) struct Invocation {
    pub(super) is_error: bool,
    pub(super) body: String,
    /// The log lines that the function wrote since the previous invocation.
    pub(super) log: String,
}

impl Invocation {
    /// Asserts that the payment was charged.
    #[track_caller]
    pub(super) fn assert_charged(self) -> Self {
        assert!(
            !self.is_error && self.body == r#"{"id": "ch_1"}"#,
            "{self:?}"
        );
        self
    }

    /// Asserts that the invocation failed, and that its result contains no secret.
    #[track_caller]
    pub(super) fn assert_failed(self) -> Self {
        assert!(self.is_error, "{self:?}");
        self.assert_clean()
    }

    /// Asserts that the result contains no secret.
    #[track_caller]
    pub(super) fn assert_clean(self) -> Self {
        let text = format!("{self:?}");
        assert!(!text.contains(KEY) && !text.contains("planted"), "{text}");
        self
    }
}

/// Returns the policy that `cargo stage iam` prints for the stage. In the statement for parameters,
/// the resource is `*`, because the server denies GetParameters for any other resource.
pub(super) fn policy(stage: &str) -> Value {
    let mut command = Command::new(target::find_program("cargo-stage"));
    environment::clear(&mut command);
    command
        .args(["stage", "iam", "--offline", "--stage", stage])
        .args(["--account", ACCOUNT, "--region", REGION, "--artifact"])
        .arg(&artifacts().zip);
    let output = child::run_to_end(&mut command).assert_passed();
    let mut policy: Value = serde_json::from_str(&output.stdout).expect("a policy is JSON");
    let statements = policy["Statement"].as_array_mut().expect("a list");
    for statement in statements {
        if statement["Action"].to_string().contains("ssm:") {
            statement["Resource"] = "*".into();
        }
    }
    policy
}
