//! The metrics of a load as one line in the Embedded Metric Format, from which CloudWatch makes
//! metrics (CloudWatch, "Specification: Embedded metric format"). The variable
//! `STAGE_CONFIG_METRICS=emf` requests the line.

use crate::{platform::FUNCTION_NAME, report::CallTotals};
use serde_json::{Map, Value, json};
use std::{
    env,
    io::{self, Write as _},
    time::{Duration, SystemTime},
};

/// The namespace of the metrics.
const NAMESPACE: &str = "stage-config";

/// The metrics, each with its unit.
const METRICS: [(&str, &str); 7] = [
    ("ms", "Milliseconds"),
    ("calls", "Count"),
    ("retries", "Count"),
    ("throttles", "Count"),
    ("fallback", "Count"),
    ("snapshot", "Count"),
    ("failed", "Count"),
];

/// The metrics of one load of one configuration.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LoadMetrics<'a> {
    pub(crate) config: &'a str,
    pub(crate) stage: &'a str,
    pub(crate) elapsed: Duration,
    pub(crate) totals: CallTotals,
    /// Whether the stage uses the fallback sources.
    pub(crate) fallback: bool,
    /// Whether the load used the snapshot.
    pub(crate) snapshot: bool,
    /// Whether the load failed.
    pub(crate) failed: bool,
}

impl LoadMetrics<'_> {
    /// Writes the line to standard output, which Lambda sends to CloudWatch. If the output is
    /// closed, the load does not fail.
    pub(crate) fn write(&self) {
        let function = env::var(FUNCTION_NAME).ok().filter(|name| !name.is_empty());
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        let line = self.to_line(function.as_deref(), now);
        let mut stdout = io::stdout().lock();
        let _ = stdout.write_all(line.as_bytes());
        let _ = stdout.flush();
    }

    /// Returns the line with its line end. Several functions often have structs of the same name,
    /// so the name of the function is a dimension too.
    fn to_line(self, function: Option<&str>, now: Duration) -> String {
        let Self { totals, .. } = self;
        let ms = (self.elapsed.as_secs_f64() * 1e6).round() / 1e3;
        let mut line = Map::new();
        let mut dimensions = vec!["config", "stage"];
        line.insert("config".to_owned(), json!(self.config));
        line.insert("stage".to_owned(), json!(self.stage));
        if let Some(function) = function {
            dimensions.push("function");
            line.insert("function".to_owned(), json!(function));
        }

        let values = [
            json!(ms),
            json!(totals.calls),
            json!(totals.retries),
            json!(totals.throttles),
            json!(u8::from(self.fallback)),
            json!(u8::from(self.snapshot)),
            json!(u8::from(self.failed)),
        ];
        let mut metrics = Vec::new();
        for ((name, unit), value) in METRICS.into_iter().zip(values) {
            metrics.push(json!({ "Name": name, "Unit": unit }));
            line.insert(name.to_owned(), value);
        }
        let directive =
            json!({ "Namespace": NAMESPACE, "Dimensions": [dimensions], "Metrics": metrics });
        let timestamp = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        let metadata = json!({ "Timestamp": timestamp, "CloudWatchMetrics": [directive] });
        line.insert("_aws".to_owned(), metadata);
        format!("{}\n", Value::Object(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const METRICS_OF_A_LOAD: LoadMetrics<'_> = LoadMetrics {
        config: "Config",
        stage: "pr-17",
        elapsed: Duration::from_micros(41_500),
        totals: CallTotals {
            calls: 3,
            retries: 4,
            throttles: 2,
        },
        fallback: true,
        snapshot: false,
        failed: false,
    };

    #[test]
    fn the_line_has_the_embedded_metric_format() {
        let line = METRICS_OF_A_LOAD.to_line(Some("payments"), Duration::from_millis(1_700_000));
        assert_eq!(line.matches('\n').count(), 1);
        assert!(line.ends_with("}\n"));
        let count = |name: &str| json!({ "Name": name, "Unit": "Count" });
        let expected = json!({
            "_aws": {
                "Timestamp": 1_700_000,
                "CloudWatchMetrics": [{
                    "Namespace": "stage-config",
                    "Dimensions": [["config", "stage", "function"]],
                    "Metrics": [
                        { "Name": "ms", "Unit": "Milliseconds" },
                        count("calls"), count("retries"), count("throttles"),
                        count("fallback"), count("snapshot"), count("failed"),
                    ],
                }],
            },
            "config": "Config", "stage": "pr-17", "function": "payments",
            "ms": 41.5, "calls": 3, "retries": 4, "throttles": 2,
            "fallback": 1, "snapshot": 0, "failed": 0,
        });
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), expected);
    }

    #[test]
    fn outside_of_lambda_the_dimensions_lack_the_function() {
        let line = METRICS_OF_A_LOAD.to_line(None, Duration::ZERO);
        let line: Value = serde_json::from_str(&line).unwrap();
        let directive = &line["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Dimensions"], json!([["config", "stage"]]));
        assert_eq!(line.get("function"), None);
    }
}
