//! Captures the `tracing` output of this thread as text.

use std::io;
use std::sync::{Arc, Mutex, Once, PoisonError};

use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::{DefaultGuard, Interest};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

/// Records every event and span of one thread, at every level and with all fields. The recording
/// begins when that thread creates the `Logs`, and ends when the `Logs` is dropped.
///
/// Tests run on their own threads, and `#[tokio::test]` with the default flavor runs its tasks on
/// the test's thread, so the output of concurrent tests does not mix.
pub(crate) struct Logs {
    written: Written,
    _guard: DefaultGuard,
}

impl Logs {
    /// Starts recording.
    pub(crate) fn start() -> Self {
        install_global_subscriber();
        let written = Written::default();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_span_events(FmtSpan::FULL)
            .with_ansi(false)
            .without_time()
            .with_writer(written.clone())
            .finish();
        Self {
            written,
            _guard: tracing::subscriber::set_default(subscriber),
        }
    }

    /// Returns the output until now.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.written.lock()).into_owned()
    }

    /// Returns the output until now, without the events of the SDK and the lines about spans.
    pub(crate) fn own_events(&self) -> String {
        let mut is_own = true;
        let text = self.text();
        let lines = text.lines().filter(|line| {
            // An event may have several lines, and the first one starts with its level.
            let level = line.trim_start().split(' ').next().unwrap_or_default();
            if ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"].contains(&level) {
                is_own = !line.contains(" aws_") && !is_about_span(line);
            }
            is_own
        });
        lines.map(|line| format!("{line}\n")).collect()
    }
}

/// Returns whether a line says that a span begins, is entered or left, or ends.
fn is_about_span(line: &str) -> bool {
    let (_, message) = line.rsplit_once("stage_config: ").unwrap_or_default();
    matches!(message, "new" | "enter" | "exit" | "close")
}

/// Installs a global subscriber that is interested in every callsite. A callsite caches, for all
/// threads, whether any subscriber is interested. If a callsite computes this while another thread
/// installs a subscriber, events may be lost. With this global subscriber, no callsite is ever
/// cached as disabled.
fn install_global_subscriber() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing::subscriber::set_global_default(InterestedSubscriber)
            .expect("no other code in these tests sets one");
    });
}

/// A subscriber that is interested in every callsite and enables no event.
struct InterestedSubscriber;

impl Subscriber for InterestedSubscriber {
    fn register_callsite(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::sometimes()
    }

    fn enabled(&self, _: &Metadata<'_>) -> bool {
        false
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn event(&self, _: &Event<'_>) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<u8>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl io::Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Written {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_level_and_every_field_is_recorded() {
        let logs = Logs::start();
        let _span = tracing::trace_span!("outer", planted = "in a span").entered();
        tracing::trace!(planted = "in a field", "in a message");
        let text = logs.text();
        for part in ["in a span", "in a field", "in a message"] {
            assert!(text.contains(part), "{text}");
        }
    }

    #[test]
    fn own_events_exclude_those_of_the_sdk() {
        let logs = Logs::start();
        tracing::info!(target: "aws_smithy_runtime", "first line of the SDK\nsecond line of the SDK");
        tracing::info!(target: "stage_config", "first own line\nsecond own line");
        let own = logs.own_events();
        assert!(
            own.contains("first own line") && own.contains("second own line"),
            "{own}"
        );
        assert!(!own.contains("of the SDK"), "{own}");
    }

    #[tokio::test]
    async fn tasks_are_recorded_and_other_threads_are_not() {
        let logs = Logs::start();
        tokio::spawn(async { tracing::debug!("from a task") })
            .await
            .expect("the task ends");
        std::thread::spawn(|| tracing::debug!("from a thread"))
            .join()
            .expect("the thread ends");
        assert!(logs.text().contains("from a task"), "{}", logs.text());
        assert!(!logs.text().contains("from a thread"), "{}", logs.text());
    }
}
