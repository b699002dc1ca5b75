//! Errors of `AssumeRole`, and reads with a role that are denied or return values of another
//! account.

use std::sync::atomic::{AtomicUsize, Ordering};

use stage_config::FailureKind;

use super::*;
use crate::support::load::{assert_failure, expect_error, expect_failure};
use crate::support::scripted::refuse_role;

const CALLER: &str = "arn:aws:sts::123456789012:assumed-role/shop/shop";

/// A value of the program's own account, and two values that one call reads with a role.
#[derive(StageConfig)]
#[allow(dead_code)]
struct Shared {
    #[stage(dev = "/roles/own")]
    own: String,
    #[stage(dev = "/roles/shared?role=arn:aws:iam::210987654321:role/central/config")]
    shared: String,
    #[stage(dev = "/roles/other?role=arn:aws:iam::210987654321:role/central/config")]
    other: Option<String>,
}

#[tokio::test]
async fn a_denied_role_is_requested_once_and_the_error_names_the_grants() {
    let message =
        format!("User: {CALLER} is not authorized to perform: sts:AssumeRole on resource: {ROLE}");
    let endpoint = Endpoint::start(move |request| {
        if is_role_request(request) {
            refuse_role(403, "AccessDenied", &message)
        } else {
            answer(request)
        }
    });
    let error = expect_error(resolve::<Shared>(endpoint.url()).await);
    let [shared, other] = error.failures() else {
        panic!("two failures are expected: {error}")
    };
    let detail = format!("{CALLER} may not assume {ROLE}");
    let grant = format!("allow `sts:AssumeRole` on `{ROLE}`");
    let words = [
        &*detail,
        &*grant,
        "allow this caller in the trust policy of the role",
    ];
    assert_failure(shared, "shared", FailureKind::Denied, &words);
    assert_failure(other, "other", FailureKind::Denied, &words);
    let requests = endpoint.requests();
    let assumed = requests.iter().filter(|one| is_role_request(one)).count();
    assert_eq!((assumed, requests.len()), (1, 2), "{requests:?}");
}

#[tokio::test]
async fn the_error_of_a_refusal_without_details_names_the_role() {
    let endpoint = Endpoint::start(|request| {
        if is_role_request(request) {
            refuse_role(403, "AccessDenied", "planted-4f2a is not trusted")
        } else {
            answer(request)
        }
    });
    let error = expect_error(resolve::<Shared>(endpoint.url()).await);
    let words = [&*format!("the role {ROLE} may not be assumed")];
    assert_failure(&error.failures()[0], "shared", FailureKind::Denied, &words);
    assert!(!format!("{error} {error:?}").contains("4f2a"), "{error}");
}

#[tokio::test]
async fn the_error_of_a_read_that_the_role_may_not_do_names_the_parameter() {
    let arn = "arn:aws:ssm:eu-west-1:210987654321:parameter/roles/shared";
    let endpoint = Endpoint::start(move |request| {
        if is_signed_by_role(request) && request.asks_for("/roles/shared") {
            Answer::not_authorized("ssm:GetParameters", arn)
        } else {
            answer(request)
        }
    });
    let failure = expect_failure(resolve::<Shared>(endpoint.url()).await);
    let grant = format!("allow `ssm:GetParameters` on `{arn}`");
    let policy = format!("in the policy of the role {ROLE}");
    assert_failure(
        &failure,
        "shared",
        FailureKind::Denied,
        &[&*grant, &*policy],
    );
}

#[tokio::test]
async fn a_throttled_role_is_assumed_at_the_next_attempt() {
    let refused = AtomicUsize::new(0);
    let endpoint = Endpoint::start(move |request| {
        if is_role_request(request) && refused.fetch_add(1, Ordering::SeqCst) == 0 {
            refuse_role(400, "Throttling", "Rate exceeded")
        } else {
            answer(request)
        }
    });
    let config = resolve::<Central>(endpoint.url()).await;
    assert_eq!(config.expect("all values exist").config.shared, "shared");
    let requests = endpoint.requests();
    let assumed = requests.iter().filter(|one| is_role_request(one)).count();
    assert_eq!(
        assumed, 2,
        "the three calls with the role share one `AssumeRole` for each attempt"
    );
}

#[tokio::test]
async fn a_wrong_answer_of_sts_is_not_shown() {
    let answers = [
        (
            refuse_role(400, "ValidationError", "planted-4f2a"),
            FailureKind::InvalidRequest,
        ),
        (
            refuse_role(403, "InvalidClientTokenId", "planted-4f2a"),
            FailureKind::Credentials,
        ),
        (
            Answer::Whole {
                status: 200,
                body: "<AssumeRoleResponse><AssumeRoleResult><Secret>planted-4f2a</Secret>\
                       </AssumeRoleResult></AssumeRoleResponse>"
                    .to_owned(),
            },
            FailureKind::InvalidAnswer,
        ),
    ];
    for (answer_of_sts, kind) in answers {
        let endpoint = Endpoint::start(move |request| {
            if is_role_request(request) {
                answer_of_sts.clone()
            } else {
                answer(request)
            }
        });
        let error = expect_error(resolve::<Shared>(endpoint.url()).await);
        let words = [&*format!("the role {ROLE} was not assumed")];
        assert_failure(&error.failures()[0], "shared", kind, &words);
        assert!(!format!("{error} {error:?}").contains("4f2a"), "{error}");
    }
}

#[tokio::test]
async fn a_value_outside_of_the_account_of_the_role_is_refused() {
    let endpoint = Endpoint::start(|request| {
        if is_signed_by_role(request) && request.asks_for("/roles/shared") {
            let own = Parameters::texts([("/roles/shared", "a"), ("/roles/other", "b")]);
            return own.answer(request);
        }
        answer(request)
    });
    let error = expect_error(resolve::<Central>(endpoint.url()).await);
    let words = [
        "account 123456789012",
        "the role of the source belongs to account 210987654321",
    ];
    let [shared, other] = error.failures() else {
        panic!("two failures are expected: {error}")
    };
    assert_failure(shared, "shared", FailureKind::WrongAccount, &words);
    assert_failure(other, "other", FailureKind::WrongAccount, &words);
}
