//! A service that gives bad answers.

use super::*;

#[tokio::test]
async fn throttled_calls_are_retried_until_the_timeout() {
    config!(Row);
    assert_succeeds_after_fault::<Row>(Answer::throttled(), When::AfterAPause).await;
    let words = ["before the timeout", "start fewer processes"];
    assert_fails_after_faults::<Row>(
        Answer::throttled(),
        When::NoTimeForRetry,
        FailureKind::Throttled,
        &words,
    )
    .await;
}

#[tokio::test]
async fn errors_500_are_retried_until_the_timeout() {
    config!(Row);
    assert_succeeds_after_fault::<Row>(Answer::internal_error(), When::AfterAPause).await;
    let words = ["InternalServerError, HTTP 500", "before the timeout"];
    assert_fails_after_faults::<Row>(
        Answer::internal_error(),
        When::NoTimeForRetry,
        FailureKind::Unavailable,
        &words,
    )
    .await;
}

#[tokio::test]
async fn html_errors_503_are_retried_until_the_timeout() {
    config!(Row);
    let page = || Answer::Whole {
        status: 503,
        body: format!("<html>{SECRET}</html>"),
    };
    assert_succeeds_after_fault::<Row>(page(), When::AfterAPause).await;
    assert_fails_after_faults::<Row>(
        page(),
        When::NoTimeForRetry,
        FailureKind::Unavailable,
        &["HTTP 503", "before the timeout"],
    )
    .await;
}

#[tokio::test]
async fn a_reset_in_the_body_is_retried_until_the_timeout() {
    config!(Row);
    let reset = || Answer::ResetsInBody {
        body: create_normal_body(),
    };
    assert_succeeds_after_fault::<Row>(reset(), When::AfterAPause).await;
    let words = ["HTTP 200 with an unreadable body", "before the timeout"];
    assert_fails_after_faults::<Row>(
        reset(),
        When::NoTimeForRetry,
        FailureKind::InvalidAnswer,
        &words,
    )
    .await;
}

#[tokio::test]
async fn truncated_bodies_are_retried_until_the_timeout() {
    config!(Row);
    let cut = || Answer::CutOff {
        body: create_normal_body(),
    };
    assert_succeeds_after_fault::<Row>(cut(), When::AfterAPause).await;

    // The first body is shorter than its header `Content-Length` states. The second body has the
    // stated length, but its JSON ends too early.
    let words = ["HTTP 200 with an unreadable body", "before the timeout"];
    assert_fails_after_faults::<Row>(
        cut(),
        When::NoTimeForRetry,
        FailureKind::InvalidAnswer,
        &words,
    )
    .await;

    let shorter = create_normal_body()[..create_normal_body().len() / 2].to_owned();
    assert_fails_after_faults::<Row>(
        Answer::Whole {
            status: 200,
            body: shorter,
        },
        When::NoTimeForRetry,
        FailureKind::InvalidAnswer,
        &words,
    )
    .await;
}

#[tokio::test]
async fn an_answer_of_one_byte_a_second_times_out() {
    config!(Row);
    let pieces = create_normal_body().len();
    let drips = || Answer::Drips {
        body: create_normal_body(),
        pieces,
        pause: Duration::from_secs(1),
    };
    assert_succeeds_after_fault::<Row>(drips(), When::AThirdLater).await;
    assert_fails_after_faults::<Row>(
        drips(),
        When::AtTheTimeout,
        FailureKind::TimedOut,
        &["no answer", "before the timeout"],
    )
    .await;

    // A load does not abort an attempt whose answer is slow, but arrives before the timeout of the
    // attempt.
    let slow = Answer::Drips {
        body: create_normal_body(),
        pieces: 20,
        pause: Duration::from_millis(5),
    };
    let endpoint = Endpoint::start(move |_| slow.clone());
    let report = assert_succeeds::<Row>(loader(endpoint.url()), When::AtOnce).await;
    assert_eq!((report.calls[0].retries, endpoint.requests().len()), (0, 1));
}
