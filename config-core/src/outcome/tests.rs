//! Tests which outcomes are transient, so that a load retries them, and which outcomes are answers.

use super::*;

#[test]
fn the_kind_determines_whether_a_retry_may_help_unless_overridden() {
    let outcome = |kind| Outcome::Failed(Failed::new(kind, ""));
    for kind in [
        FailureKind::Throttled,
        FailureKind::TimedOut,
        FailureKind::Unavailable,
    ] {
        assert!(
            kind.is_transient() && outcome(kind).is_transient(),
            "{kind}"
        );
        assert!(
            !Outcome::Failed(Failed::new(kind, "").permanent()).is_transient(),
            "{kind}"
        );
    }
    for kind in [
        FailureKind::Credentials,
        FailureKind::InvalidAnswer,
        FailureKind::Denied,
    ] {
        assert!(
            !kind.is_transient() && !outcome(kind).is_transient(),
            "{kind}"
        );
    }
    assert!(
        Outcome::Failed(Failed::new(FailureKind::InvalidAnswer, "").transient()).is_transient()
    );
    assert!(!Outcome::Missing.is_transient());
}

#[test]
fn a_missing_value_is_an_answer_and_a_denied_read_is_not() {
    assert!(Outcome::Missing.is_answer());
    assert!(!Outcome::Denied(Denied::default()).is_answer());
}
