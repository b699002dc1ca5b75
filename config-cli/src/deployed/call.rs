//! One call to AWS. A throttled call waits, because IAM accepts few calls per second. The first
//! wait for each action prints a note.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use stage_config_core::FailureKind;
use stage_config_core::manage::ManageError;
use tokio::time::sleep;

use crate::error::CliError;
use crate::output;

/// The pause after the first failed attempt. Each further pause is twice as long, up to
/// [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(16);
/// How long one call waits in total before it fails as throttled.
const MAX_WAIT: Duration = Duration::from_secs(90);
/// The maximum number of attempts at a call that fails for another transient reason. Throttled
/// attempts do not count.
const MAX_ATTEMPTS: u32 = 3;

/// Why a call failed.
#[derive(Debug, Clone)]
pub(crate) struct CallFailure {
    /// Whether the target of the call does not exist.
    pub(crate) is_missing: bool,
    pub(crate) kind: FailureKind,
    pub(crate) problem: CliError,
}

impl CallFailure {
    pub(super) fn too_many_stacks(limit: usize) -> Self {
        let message = format!("the stack and its nested stacks are more than {limit} stacks");
        Self {
            is_missing: false,
            kind: FailureKind::InvalidRequest,
            problem: CliError::undetermined(message)
                .with_help("check its nested stacks one by one: --stack NAME"),
        }
    }
}

/// Makes a call, and retries it after a transient failure, up to a limit of time or attempts.
/// `action` is the operation, as in `lambda:GetFunction`; `subject` is its target.
pub(super) async fn call<T, E, F>(
    action: &str,
    subject: &str,
    mut send: impl FnMut() -> F,
) -> Result<T, CallFailure>
where
    E: ProvideErrorMetadata,
    F: Future<Output = Result<T, SdkError<E, HttpResponse>>>,
{
    let (mut pause, mut waited, mut attempts) = (FIRST_PAUSE, Duration::ZERO, 0);
    loop {
        let error = match send().await {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let failure = describe(action, subject, &error);
        let is_throttled = failure.kind == FailureKind::Throttled;
        attempts += u32::from(!is_throttled);
        let is_over = match failure.kind {
            FailureKind::Throttled => waited + pause > MAX_WAIT,
            FailureKind::Unavailable | FailureKind::TimedOut => attempts >= MAX_ATTEMPTS,
            _ => true,
        };
        if is_over || failure.is_missing {
            return Err(failure);
        }
        if is_throttled {
            note_wait(action);
        }
        sleep(pause).await;
        waited += pause;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Prints that the command waits, once for each action.
fn note_wait(action: &str) {
    static NOTED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let mut noted = NOTED.lock().unwrap_or_else(PoisonError::into_inner);
    if noted.insert(action.to_owned()) {
        output::eprint_line(&format!(
            "note: AWS throttles {action}: the command waits, up to {} s a call",
            MAX_WAIT.as_secs()
        ));
    }
}

fn describe<E: ProvideErrorMetadata>(
    action: &str,
    subject: &str,
    error: &SdkError<E, HttpResponse>,
) -> CallFailure {
    let is_missing = matches!(
        error.code(),
        Some("ResourceNotFoundException" | "NoSuchEntity")
    );
    // CloudFormation has no separate error code for a stack that does not exist.
    let is_missing_stack = error.code() == Some("ValidationError")
        && error
            .message()
            .is_some_and(|message| message.ends_with("does not exist"));
    let failure = ManageError::from_call(action, subject, error);
    CallFailure {
        is_missing: is_missing || is_missing_stack,
        kind: failure.kind,
        problem: CliError::from(failure),
    }
}
