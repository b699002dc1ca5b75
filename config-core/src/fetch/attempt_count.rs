//! Appends the number of attempts to the detail of a failure that was transient until the timeout,
//! and removes this number again. The code that writes the number and the code that reads it share
//! this file.

use crate::outcome::Outcome;

/// The two texts that can follow the number of attempts. The first text follows the number 1, and
/// the second text follows any greater number.
const ENDS: [&str; 2] = ["attempt before the timeout", "attempts before the timeout"];

/// Separates the number of attempts from the text before it, if the detail has such a text.
const SEPARATOR: &str = "; ";

/// Adds the number of attempts to the details of transient failures.
pub(super) fn append_attempt_count(outcomes: &mut [Outcome], retries: u32) {
    let [one, many] = ENDS;
    let end = if retries == 0 { one } else { many };
    for outcome in outcomes {
        if outcome.is_transient()
            && let Outcome::Failed(failed) = outcome
        {
            let separator = if failed.detail.is_empty() {
                ""
            } else {
                SEPARATOR
            };
            failed.detail = format!("{}{separator}{} {end}", failed.detail, retries + 1);
        }
    }
}

/// Returns the detail of a failure without the number of attempts. This number may differ between
/// failures that have the same cause.
#[cfg(feature = "manage")]
#[must_use]
pub fn trim_attempt_count(detail: &str) -> &str {
    let (rest, last) = detail.rsplit_once(SEPARATOR).unwrap_or(("", detail));
    let is_attempt_count = last
        .split_once(' ')
        .is_some_and(|(count, end)| count.parse::<u32>().is_ok() && ENDS.contains(&end));
    if is_attempt_count { rest } else { detail }
}

#[cfg(all(test, feature = "manage"))]
mod tests {
    use super::*;
    use crate::{failure::FailureKind, outcome::Failed};

    #[test]
    fn trimming_removes_the_appended_attempt_count() {
        for detail in ["", "busy", "HTTP 503; try later"] {
            for retries in [0, 1, 28] {
                let failed = Failed::new(FailureKind::Unavailable, detail);
                let mut outcomes = [Outcome::Failed(failed)];
                append_attempt_count(&mut outcomes, retries);
                let [Outcome::Failed(failed)] = &outcomes else {
                    panic!("the outcome must be a failure");
                };
                assert!(failed.detail.ends_with(" before the timeout"));
                assert_eq!(trim_attempt_count(&failed.detail), detail);
            }
        }
    }

    #[test]
    fn a_detail_with_another_end_is_not_trimmed() {
        for detail in [
            "not received before the timeout",
            "no answer; not received before the timeout",
            "many attempts before the timeout",
            "2 attempts",
        ] {
            assert_eq!(trim_attempt_count(detail), detail);
        }
    }
}
