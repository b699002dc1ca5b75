//! Records the spans of the calls of a load, and its report.

use std::fmt;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::{LookupSpan, Registry};

use super::now_us;

/// The times of a load, in microseconds since 1970.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Recording {
    pub(super) main_us: u64,
    pub(super) loaded_us: u64,
    pub(super) calls: Vec<CallSpan>,
    pub(super) report: Value,
}

/// The span of a call.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct CallSpan {
    pub(super) operation: String,
    pub(super) start_us: u64,
    pub(super) end_us: u64,
}

#[derive(Clone, Default)]
pub(super) struct Recorder(Arc<Mutex<Recording>>);

impl Recorder {
    /// Records all threads of this process from now on.
    pub(super) fn install() -> Self {
        let recorder = Self::default();
        let subscriber = Registry::default().with(recorder.clone());
        tracing::subscriber::set_global_default(subscriber).expect("the process has no other");
        recorder
    }

    pub(super) fn finish(&self, main_us: u64, loaded_us: u64) -> Recording {
        let recording = self.0.lock().expect("no thread panicked");
        Recording {
            main_us,
            loaded_us,
            ..recording.clone()
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if attributes.metadata().name() != "stage_config.call" {
            return;
        }
        let start_us = now_us();
        let mut operation = Text::named("operation");
        attributes.record(&mut operation);
        let span = context.span(id).expect("the span is new");
        span.extensions_mut().insert(CallSpan {
            operation: operation.text,
            start_us,
            end_us: 0,
        });
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let span = context.span(&id).expect("the span was open");
        if let Some(mut call) = span.extensions_mut().remove::<CallSpan>() {
            call.end_us = now_us();
            self.0.lock().expect("no thread panicked").calls.push(call);
        }
    }

    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut report = Text::named("report");
        if event.metadata().target() == "stage_config" {
            event.record(&mut report);
        }
        if let Ok(report) = serde_json::from_str(&report.text) {
            self.0.lock().expect("no thread panicked").report = report;
        }
    }
}

/// The text of one field.
struct Text {
    name: &'static str,
    text: String,
}

impl Text {
    fn named(name: &'static str) -> Self {
        let text = String::new();
        Self { name, text }
    }
}

impl Visit for Text {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == self.name {
            value.clone_into(&mut self.text);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn fmt::Debug) {}
}
