//! Records the report of a load.

use std::fmt;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::Registry;

/// The measurements of the function. The times are microseconds since 1970.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Recording {
    /// The first line of the program.
    pub(super) main_us: u64,
    /// The start of the load.
    pub(super) load_us: u64,
    /// The end of the load.
    pub(super) loaded_us: u64,
    pub(super) report: Value,
}

/// Keeps the latest report.
#[derive(Clone, Default)]
pub(super) struct Recorder(Arc<Mutex<Value>>);

impl Recorder {
    /// Records the report of each load that this process runs from now on, in any thread.
    pub(super) fn install() -> Self {
        let recorder = Self::default();
        let subscriber = Registry::default().with(recorder.clone());
        tracing::subscriber::set_global_default(subscriber).expect("the process has no other");
        recorder
    }

    pub(super) fn report(&self) -> Value {
        self.0.lock().expect("no thread panicked").clone()
    }
}

impl<S: Subscriber> Layer<S> for Recorder {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut report = ReportText::default();
        if event.metadata().target() == "stage_config" {
            event.record(&mut report);
        }
        if let Ok(report) = serde_json::from_str(&report.0) {
            *self.0.lock().expect("no thread panicked") = report;
        }
    }
}

/// The text of the field `report`.
#[derive(Default)]
struct ReportText(String);

impl Visit for ReportText {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "report" {
            value.clone_into(&mut self.0);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}
