//! The APIs that the function calls: a payment API, and the HTTP interface of a database.

use serde_json::json;

use crate::support::scripted::{Answer, Endpoint};

/// One endpoint for both APIs.
pub(super) struct Apis(Endpoint);

impl Apis {
    /// Starts the endpoint. Its payment API accepts only this key.
    pub(super) fn start(key: &str) -> Self {
        Self::start_together(key, 1)
    }

    /// Starts an endpoint that charges no payment until this number of payments are in flight at
    /// the same time.
    pub(super) fn start_together(key: &str, calls: usize) -> Self {
        let accepted = format!("Bearer {key}");
        Self(Endpoint::start(move |request| {
            let key = request.header("authorization");
            match request.line.as_str() {
                "POST /v1/charges" if key == Some(&accepted) => Answer::Together {
                    calls,
                    then: Box::new(Answer::json(&json!({ "id": "ch_1" }))),
                },
                line if line.starts_with("POST /?query=INSERT") => Answer::json(&json!({})),
                _ => Answer::error(403, "Forbidden", ""),
            }
        }))
    }

    pub(super) fn url(&self) -> &str {
        self.0.url()
    }

    /// Returns the passwords that the database got, in the order of the payments.
    pub(super) fn passwords(&self) -> Vec<String> {
        let requests = self.0.requests();
        let passwords = requests
            .iter()
            .filter_map(|request| request.header("x-clickhouse-key"));
        passwords.map(str::to_owned).collect()
    }
}
