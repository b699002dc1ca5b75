//! Faults that others made: microburst words them as AWS's own service models do, and moto answers what it lets through.

use serde_json::{Value, json};

use super::*;
use crate::support::aws;
use crate::support::peers::microburst;

#[derive(StageConfig)]
#[stage(dev = "/witness/{stage}/{field}")]
#[stage(fallback = "/witness/{stage}/{field}")]
struct Row {
    key: SecretString,
    table: String,
}

/// What is done to the requests of one stage, which is called as the fault; the stage keeps the faults apart.
fn faults() -> [(&'static str, Value); 6] {
    [
        ("throttling", json!({ "error": { "code": "ThrottlingException" } })),
        ("error-500", json!({ "error": { "code": "InternalServerError", "status": 500 } })),
        ("error-503", json!({ "error": { "code": "ServiceUnavailable", "status": 503 } })),
        ("reset", json!({ "reset": true })),
        ("abort-in-mid-body", json!({ "response": { "abort_frac": 0.5 } })),
        ("truncation", json!({ "response": { "truncate_frac": 0.5 } })),
    ]
}

/// The rule for the fault's own names; `times` is `null` for ever.
fn rule(fault: &str, does: &Value, times: &Value) -> Value {
    let mut rule = does.clone();
    rule["service"] = json!("ssm");
    rule["operation"] = json!("GetParameters");
    rule["body"] = json!(format!("contains(Names, '/witness/{fault}/table')"));
    rule["times"] = times.clone();
    rule
}

fn loader(fault: &str) -> Loader<Row> {
    Row::loader().stage(fault).aws(&aws::settings(&microburst().url))
}

#[tokio::test]
async fn microburst_before_moto() {
    // Two Python programs in a row, on whatever machine this is.
    let patient = LONG * 5;
    let seed = aws::Seed::new(microburst());
    for (fault, does) in faults() {
        seed.secure(&format!("/witness/{fault}/key"), SECRET)
            .await
            .text(&format!("/witness/{fault}/table"), "orders")
            .await;
        microburst().rule(&rule(fault, &does, &json!(1)));
        let logs = Logs::start();
        let start = Instant::now();
        let loaded = loader(fault).deadline(patient).resolve().await;
        let loaded = loaded.unwrap_or_else(|error| panic!("{fault} passes: {error}"));
        assert!(start.elapsed() < patient, "{fault} took {:?}", start.elapsed());
        let Loaded { config, report, .. } = loaded;
        assert!(config.key.expose_secret() == SECRET && config.table == "orders", "{fault}: every value is there");
        assert_eq!(report.calls[0].retries, 1, "{fault}: {report}");
        assert_report_clean(fault, &report);
        assert_clean(fault, &logs.text());
    }
    microburst().rule(&rule("throttling", &faults()[0].1, &Value::Null));
    let start = Instant::now();
    let error = error(loader("throttling").deadline(SHORT * 2).resolve().await);
    assert!(start.elapsed() < SHORT * 2 + SLACK, "it took {:?}", start.elapsed());
    assert_eq!(error.failures().len(), 2, "{error}");
    assert!(error.failures().iter().all(|failure| failure.kind() == FailureKind::Throttled), "{error}");
    assert_error_clean("throttling that stays", &error);
}
