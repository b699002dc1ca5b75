//! Tests which outcomes are transient, so that a load retries them, and which outcomes say whether
//! the value exists.

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
fn a_denied_read_does_not_say_whether_the_value_exists() {
    assert!(Outcome::Missing.is_found_or_missing());
    assert!(!Outcome::Denied(Denied::default()).is_found_or_missing());
}
