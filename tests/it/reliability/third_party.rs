//! Faults from third-party software: microburst is a proxy in front of the server moto. It injects
//! the errors that AWS's service models define, resets of connections, and incomplete answers.

use serde_json::{Value, json};

use super::*;
use crate::support::aws;
use crate::support::peers::microburst;

#[derive(StageConfig)]
#[stage(fallback = "/third-party/{stage}/{field}")]
struct Row {
    key: SecretString,
    table: String,
}

impl KnownValues for Row {
    fn has_expected_values(&self) -> bool {
        self.key.expose_secret() == SECRET && self.table == "orders"
    }
}

/// A configuration whose requests are always throttled.
#[derive(StageConfig)]
#[allow(dead_code)]
#[stage(dev = "/third-party/always/{field}")]
struct Throttled {
    key: SecretString,
    table: String,
}

/// Returns the faults with their names. The name of a fault is also the stage whose load meets the
/// fault.
fn list_faults() -> [(&'static str, Value); 6] {
    [
        (
            "throttling",
            json!({ "error": { "code": "ThrottlingException" } }),
        ),
        (
            "error-500",
            json!({ "error": { "code": "InternalServerError", "status": 500 } }),
        ),
        (
            "error-503",
            json!({ "error": { "code": "ServiceUnavailable", "status": 503 } }),
        ),
        ("reset", json!({ "reset": true })),
        (
            "abort-in-mid-body",
            json!({ "response": { "abort_frac": 0.5 } }),
        ),
        (
            "truncation",
            json!({ "response": { "truncate_frac": 0.5 } }),
        ),
    ]
}

/// Returns a rule with this effect for each call that requests `/third-party/{fault}/table`. If
/// `times` is `null`, the rule always applies.
fn create_rule(fault: &str, effect: &Value, times: &Value) -> Value {
    let mut rule = effect.clone();
    rule["service"] = json!("ssm");
    rule["operation"] = json!("GetParameters");
    rule["body"] = json!(format!("contains(Names, '/third-party/{fault}/table')"));
    rule["times"] = times.clone();
    rule
}

#[tokio::test]
async fn faults_from_microburst_are_retried() {
    let settings = aws::settings(&microburst().url);
    let seed = aws::Seed::new(microburst());
    for (fault, effect) in list_faults() {
        seed.put_secure(&format!("/third-party/{fault}/key"), SECRET)
            .await
            .put_text(&format!("/third-party/{fault}/table"), "orders")
            .await;
        microburst().add_rule(&create_rule(fault, &effect, &json!(1)));
        let report =
            assert_succeeds(Row::loader().stage(fault).aws(&settings), When::AfterAPause).await;
        assert_eq!(report.calls[0].retries, 1, "{fault}: {report}");
    }
    microburst().add_rule(&create_rule("always", &list_faults()[0].1, &Value::Null));
    let loader = Throttled::loader().stage("dev").aws(&settings);
    let words = ["ThrottlingException", "before the timeout"];
    assert_fails(loader, When::NoTimeForRetry, FailureKind::Throttled, &words).await;
}
