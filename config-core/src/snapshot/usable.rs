//! A snapshot whose headers are valid, and its opening.

use super::{
    content::{self, ContentError},
    error::{SnapshotError, list_some},
};
use crate::{
    backends::Wave,
    backoff::CALL_BACKOFF,
    failure::FailureKind,
    fetch::{TimeBudget, compute_attempt_timeout, is_throttled},
    outcome::{Failed, Outcome, Request},
    report::{CallReport, SnapshotReport, SnapshotState},
    sealed::{SealedSnapshot, StageKey, UnlockedKey},
    spans,
};
use std::{
    collections::{HashMap, HashSet},
    sync::atomic::{AtomicU32, Ordering},
};
use tokio::{
    sync::OnceCell,
    time::{Instant, sleep, timeout_at},
};
use tracing::{Instrument as _, Span};

/// A snapshot whose headers are valid. A load reads the content, up to a mebibyte, only when it
/// opens the snapshot, which few loads do.
pub(crate) struct UsableSnapshot {
    pub(super) report: SnapshotReport,
    pub(super) stage: String,
    pub(super) text: &'static str,
    pub(super) key: StageKey,
    /// The text of `key`. Configurations of one load with the same text share the key pair.
    pub(super) key_text: &'static str,
    /// The requests that the snapshot answers if it is used.
    pub(crate) provides: HashSet<Request>,
}

/// The result of opening a snapshot.
pub(crate) struct OpenedSnapshot {
    pub(crate) report: SnapshotReport,
    /// Empty unless the report says that the snapshot is used.
    pub(crate) outcomes: HashMap<Request, Outcome>,
    /// The call to KMS, if the load made one.
    pub(crate) call: Option<CallReport>,
}

/// The number of calls to KMS that were made to open a snapshot, and how many of them KMS
/// throttled.
#[derive(Default)]
struct CallCounts {
    calls: AtomicU32,
    throttles: AtomicU32,
}

impl UsableSnapshot {
    /// Returns the report after all checks that need no KMS.
    #[cfg(feature = "manage")]
    pub(crate) fn check_file(&self) -> SnapshotReport {
        let report = self.report.clone();
        match self.parse_sealed() {
            Ok(_) => report,
            Err(error) => report.with_error(error),
        }
    }

    fn parse_sealed(&self) -> Result<SealedSnapshot, SnapshotError> {
        Ok(SealedSnapshot::parse_in(self.text, Some(&self.stage))?)
    }

    /// Opens the snapshot with one `Decrypt` and its retries, or without a call if the load has
    /// already unlocked the key pair.
    pub(crate) async fn open(&self, wave: &Wave, budget: TimeBudget) -> OpenedSnapshot {
        let (start, counts) = (Instant::now(), CallCounts::default());
        // A load that has already unlocked the key pair makes no call.
        let span = if wave.keys.key_cell(self.key_text).initialized() {
            Span::none()
        } else {
            spans::new_call_span("snapshot", "Decrypt", None, 1)
        };
        let opened = self
            .read_answers(wave, budget, &counts)
            .instrument(span.clone())
            .await;
        let (calls, throttles) = (counts.calls.into_inner(), counts.throttles.into_inner());
        span.record("retries", calls.saturating_sub(1));
        span.record("throttles", throttles);
        span.record("failed", u32::from(opened.is_err()));
        let call = (calls > 0).then(|| CallReport {
            scheme: "snapshot".to_owned(),
            operation: "Decrypt".to_owned(),
            region: None,
            names: vec![self.report.path.clone()],
            start: start - budget.start,
            elapsed: start.elapsed(),
            retries: calls - 1,
            throttles,
        });
        let report = self.report.clone();
        match opened {
            Ok(outcomes) => OpenedSnapshot {
                report,
                outcomes,
                call,
            },
            Err(error) => OpenedSnapshot {
                report: report.with_error(error),
                outcomes: HashMap::new(),
                call,
            },
        }
    }

    async fn read_answers(
        &self,
        wave: &Wave,
        budget: TimeBudget,
        counts: &CallCounts,
    ) -> Result<HashMap<Request, Outcome>, SnapshotError> {
        let key_cell = wave.keys.key_cell(self.key_text);
        let sealed = self.parse_sealed()?;
        let plaintext = self
            .unlock_key(&key_cell, wave, budget, counts)
            .await?
            .open_snapshot(&sealed)?;
        let mut answers = content::read(&plaintext).map_err(|error| self.content_error(&error))?;

        let (mut outcomes, mut absent) = (HashMap::new(), Vec::new());
        for request in &self.provides {
            match answers.remove(&request.to_string()) {
                Some(outcome) => drop(outcomes.insert(request.clone(), outcome)),
                None => absent.push(request.to_string()),
            }
        }
        if absent.is_empty() {
            Ok(outcomes)
        } else {
            Err(self.absent_addresses_error(absent, sealed.config()))
        }
    }

    /// Unlocks the stage's key pair. Retries the call within the deadline, like every other call.
    async fn unlock_key<'c>(
        &self,
        key_cell: &'c OnceCell<UnlockedKey>,
        wave: &Wave,
        budget: TimeBudget,
        counts: &CallCounts,
    ) -> Result<&'c UnlockedKey, SnapshotError> {
        let no_credentials = || {
            Failed::new(
                FailureKind::Credentials,
                "no AWS credentials were received before the timeout",
            )
        };
        let kms = timeout_at(budget.prepare_deadline, wave.kms.connect())
            .await
            .map_err(|_| no_credentials())??;

        let attempt_timeout = compute_attempt_timeout(budget.fetch_deadline);
        for retries in 0.. {
            let unlock = key_cell.get_or_try_init(|| {
                counts.calls.fetch_add(1, Ordering::Relaxed);
                self.key.unlock(&kms)
            });
            let attempt_deadline = budget.fetch_deadline.min(Instant::now() + attempt_timeout);
            let (error, transient) = match timeout_at(attempt_deadline, unlock).await {
                Ok(Ok(unlocked)) => return Ok(unlocked),
                Ok(Err(error)) => {
                    let outcome = Outcome::from(error.clone());
                    if is_throttled(&outcome) {
                        counts.throttles.fetch_add(1, Ordering::Relaxed);
                    }
                    (SnapshotError::from(error), outcome.is_transient())
                }
                Err(_) => (
                    Failed::new(FailureKind::TimedOut, "KMS does not answer").into(),
                    true,
                ),
            };
            let pause = CALL_BACKOFF.draw(retries);
            if !transient || Instant::now() + pause >= budget.fetch_deadline {
                return Err(error);
            }
            sleep(pause).await;
        }
        Err(no_credentials().into())
    }

    fn content_error(&self, error: &ContentError) -> SnapshotError {
        match error {
            ContentError::Version(version) => SnapshotError::new(
                SnapshotState::UnsupportedVersion,
                "",
                format!(
                    "the version of its content is {version}, which this stage-config cannot read"
                ),
                "update stage-config",
            ),
            ContentError::Malformed => {
                let detail =
                    "it opens, but its content is not the content of a snapshot: something else was \
                     sealed in it"
                        .to_owned();
                SnapshotError::with_new_snapshot(SnapshotState::Malformed, &self.stage, detail)
            }
        }
    }

    fn absent_addresses_error(&self, mut absent: Vec<String>, config: &str) -> SnapshotError {
        absent.sort();
        let detail = format!(
            "it contains no answer for {}; it was written for `{config}`",
            list_some(absent)
        );
        SnapshotError::with_new_snapshot(SnapshotState::OtherSchema, &self.stage, detail)
    }
}
