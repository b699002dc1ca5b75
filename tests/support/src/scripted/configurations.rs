//! The sessions of AppConfig, following the service's model.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::{Answer, Request};

/// Returns whether the request is a `StartConfigurationSession`.
pub fn is_session_start(request: &Request) -> bool {
    request.line == "POST /configurationsessions"
}

/// Returns whether the request is a `GetLatestConfiguration`.
pub fn is_poll(request: &Request) -> bool {
    find_token(request).is_some()
}

fn find_token(request: &Request) -> Option<&str> {
    request
        .line
        .strip_prefix("GET /configuration?configuration_token=")
}

/// The deployed configurations of an account, by `APPLICATION/ENVIRONMENT/PROFILE`, and the
/// sessions of their readers. Each token is valid for one call.
#[derive(Debug)]
pub struct Configurations {
    /// The polling interval in the answers, in seconds.
    interval: u32,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The content of each configuration, and its version.
    deployed: BTreeMap<String, (String, usize)>,
    /// The configuration and the last delivered version of each valid token.
    tokens: BTreeMap<String, (String, usize)>,
    issued: usize,
}

impl Configurations {
    /// Creates configurations with this polling interval and these contents.
    pub fn new<'a>(interval: u32, contents: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let configurations = Self {
            interval,
            state: Mutex::default(),
        };
        for (name, content) in contents {
            configurations.deploy(name, content);
        }
        configurations
    }

    /// Deploys this content as a new version. The labels of the versions are `v1`, `v2` and so on.
    pub fn deploy(&self, name: &str, content: &str) {
        let mut state = self.lock();
        let version = state.deployed.get(name).map_or(0, |(_, version)| *version);
        state
            .deployed
            .insert(name.to_owned(), (content.to_owned(), version + 1));
    }

    /// Makes all tokens invalid, as after 24 hours.
    pub fn expire_tokens(&self) {
        self.lock().tokens.clear();
    }

    /// Returns the answer of the service.
    pub fn answer(&self, request: &Request) -> Answer {
        match find_token(request) {
            Some(token) => self.poll(token),
            None if is_session_start(request) => self.start_session(&request.body),
            None => Answer::error(400, "BadRequestException", "unknown operation"),
        }
    }

    fn start_session(&self, body: &Value) -> Answer {
        let part = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        let name = [
            "ApplicationIdentifier",
            "EnvironmentIdentifier",
            "ConfigurationProfileIdentifier",
        ]
        .map(part)
        .join("/");
        let mut state = self.lock();
        if !state.deployed.contains_key(&name) {
            return Answer::error(404, "ResourceNotFoundException", "not found");
        }
        let token = state.issue_token(&name, 0);
        Answer::Whole {
            status: 201,
            body: json!({ "InitialConfigurationToken": token }).to_string(),
        }
    }

    fn poll(&self, token: &str) -> Answer {
        let mut state = self.lock();
        let Some((name, delivered)) = state.tokens.remove(token) else {
            return Answer::error(400, "BadRequestException", "the token is not valid");
        };
        let (content, version) = state.deployed.get(&name).cloned().unwrap_or_default();
        let next = state.issue_token(&name, version);
        let is_new = version > delivered;
        let label = is_new.then(|| ("version-label", format!("v{version}")));
        let headers = [
            ("next-poll-configuration-token", next),
            ("next-poll-interval-in-seconds", self.interval.to_string()),
        ];
        let body = if is_new { content } else { String::new() };
        Answer::Whole { status: 200, body }.with_headers(headers.into_iter().chain(label))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn issue_token(&mut self, name: &str, delivered: usize) -> String {
        self.issued += 1;
        let token = format!("token-{}", self.issued);
        self.tokens
            .insert(token.clone(), (name.to_owned(), delivered));
        token
    }
}
