//! `examples/lambda/api` as a process: it answers the events of API Gateway.

use std::process::Command;

use serde_json::json;

use super::runtime_api::Script;
use super::*;
use crate::support::{environment, target};

/// Returns a request to `/limits`, as API Gateway's HTTP APIs send it (payload format 2.0).
fn request(token: &str) -> Value {
    json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/limits",
        "rawQueryString": "",
        "headers": { "authorization": format!("Bearer {token}"), "host": "api.example" },
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "id",
            "domainName": "api.example",
            "domainPrefix": "id",
            "http": {
                "method": "GET",
                "path": "/limits",
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "test",
            },
            "requestId": "id",
            "routeKey": "$default",
            "stage": "$default",
            "time": "01/Jan/2026:00:00:00 +0000",
            "timeEpoch": 1_767_225_600_000_u64,
        },
        "isBase64Encoded": false,
    })
}

#[test]
fn the_http_api_of_the_examples_runs_with_and_without_snap_start() {
    for initialization in ["on-demand", "snap-start"] {
        let parameters = Parameters::texts([("/api/dev/currencies", "eur,chf")])
            .with("/api/dev/token", Parameter::secure(SECRET));
        let endpoint = Endpoint::with_parameters(parameters);
        let api = RuntimeApi::start_with(Script {
            events: 2,
            bodies: vec![request(SECRET), request("guessed")],
            ends: true,
            ..Script::default()
        });
        api.restore();

        let mut function = Command::new(target::find_program("api"));
        environment::clear(&mut function);
        function.envs(variables(&endpoint, api.address(), initialization));
        let output = child::run_to_end(&mut function);
        assert!(!output.text().contains(SECRET), "{}", output.text());
        let restores = api.calls("/restore/next").len();
        assert_eq!(restores, usize::from(initialization == "snap-start"));
        assert_eq!(endpoint.requests().len(), 1, "{}", output.text());

        let [accepted, refused] = &api.calls("/response")[..] else {
            panic!("two responses are expected:\n{}", output.text())
        };
        let accepted = accepted.json();
        assert_eq!(accepted["statusCode"], 200, "{accepted}");
        let body: Value = serde_json::from_str(accepted["body"].as_str().expect("a text"))
            .expect("the body is JSON");
        let expected = json!({ "currencies": ["eur", "chf"], "max_amount": 100_000 });
        assert_eq!(body, expected);
        assert_eq!(refused.json()["statusCode"], 401);
    }
}
