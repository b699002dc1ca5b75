//! Configurations of AppConfig on ministack. Only this module calls the control plane of AppConfig,
//! so it writes the requests itself instead of using another client of the SDK.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::peers::Peer;

/// The profile type of free texts.
pub const FREEFORM: &str = "AWS.Freeform";
/// The profile type of feature flags.
pub const FEATURE_FLAGS: &str = "AWS.AppConfig.FeatureFlags";

/// An application with one environment. Each test needs its own names.
#[derive(Debug)]
pub struct Application<'a> {
    peer: &'a Peer,
    /// The ID that the server has chosen.
    pub id: String,
    /// The ID of the environment.
    pub environment: String,
    strategy: String,
}

impl<'a> Application<'a> {
    /// Creates an application with this environment.
    pub fn create(peer: &'a Peer, name: &str, environment: &str) -> Self {
        let create = |path: &str, body: &Value| read_id(&send_json(peer, path, body));
        let id = create("/applications", &json!({ "Name": name }));
        let environment = create(
            &format!("/applications/{id}/environments"),
            &json!({ "Name": environment }),
        );
        // A deployment with this strategy is complete at once, so the next one may follow.
        let strategy = json!({
            "Name": name,
            "DeploymentDurationInMinutes": 0,
            "FinalBakeTimeInMinutes": 0,
            "GrowthFactor": 100,
            "ReplicateTo": "NONE",
        });
        let strategy = create("/deploymentstrategies", &strategy);
        Self {
            peer,
            id,
            environment,
            strategy,
        }
    }

    /// Creates a configuration profile, and returns its ID.
    pub fn create_profile(&self, name: &str, kind: &str) -> String {
        let path = format!("/applications/{}/configurationprofiles", self.id);
        let body = json!({ "Name": name, "LocationUri": "hosted", "Type": kind });
        read_id(&send_json(self.peer, &path, &body))
    }

    /// Creates a version of the profile with this content and label, and deploys it.
    pub fn deploy(&self, profile: &str, content: &[u8], label: &str) {
        let path = format!(
            "/applications/{}/configurationprofiles/{profile}/hostedconfigurationversions",
            self.id
        );
        let headers = format!("Content-Type: application/json\r\nVersionLabel: {label}\r\n");
        let answer = send(self.peer, &path, &headers, content);
        let version = answer
            .lines()
            .find_map(|line| {
                let (name, value) = line.split_once(':')?;
                name.eq_ignore_ascii_case("version-number")
                    .then(|| value.trim().to_owned())
            })
            .unwrap_or_else(|| panic!("the answer has no version: {answer}"));

        let path = format!(
            "/applications/{}/environments/{}/deployments",
            self.id, self.environment
        );
        let body = json!({
            "ConfigurationProfileId": profile,
            "ConfigurationVersion": version,
            "DeploymentStrategyId": self.strategy,
        });
        send_json(self.peer, &path, &body);
    }
}

fn read_id(answer: &Value) -> String {
    let id = answer["Id"].as_str();
    id.unwrap_or_else(|| panic!("the answer has no ID: {answer}"))
        .to_owned()
}

fn send_json(peer: &Peer, path: &str, body: &Value) -> Value {
    let headers = "Content-Type: application/json\r\n";
    let answer = send(peer, path, headers, body.to_string().as_bytes());
    let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    serde_json::from_str(body).unwrap_or_else(|_| panic!("the answer is not JSON: {answer}"))
}

/// Sends a POST, and returns the answer with its headers.
fn send(peer: &Peer, path: &str, headers: &str, body: &[u8]) -> String {
    let address = peer.url.trim_start_matches("http://");
    // ministack chooses the service by the scope of the credentials. It does not check a signature
    // of the credentials `test`.
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n{headers}Authorization: \
         AWS4-HMAC-SHA256 \
         Credential=test/20260101/eu-west-1/appconfig/aws4_request, SignedHeaders=host, \
         Signature=00\r\nX-Amz-Date: 20260101T000000Z\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream
        .write_all(&[head.as_bytes(), body].concat())
        .expect("the server reads the request");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("the server answers");
    let answer = String::from_utf8_lossy(&answer).into_owned();
    assert!(
        answer.starts_with("HTTP/1.1 201"),
        "the request was refused: {answer}"
    );
    answer
}
