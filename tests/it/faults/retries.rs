//! Which calls a load retries. The module `reliability` tests the effects of faults on a load.

use super::*;

const SHORT: Duration = Duration::from_millis(600);

#[tokio::test]
async fn throttling_is_retried_several_times() {
    let endpoint = start_failing_first(4, Answer::throttled());
    let Loaded { report, .. } = resolve::<One>(endpoint.url())
        .await
        .expect("the fifth attempt is answered");
    assert_eq!(
        (report.calls[0].retries, endpoint.requests().len()),
        (4, 5),
        "{report}"
    );
}

#[tokio::test]
async fn credential_errors_are_not_retried() {
    for (status, kind) in [
        (400, "ExpiredTokenException"),
        (400, "UnrecognizedClientException"),
        (403, "InvalidSignatureException"),
        (403, "IncompleteSignatureException"),
    ] {
        let endpoint = start_answering(Answer::error(
            status,
            kind,
            "The security token included in the request is not valid",
        ));
        let failure = expect_failure(resolve::<One>(endpoint.url()).await);
        assert_failure(
            &failure,
            "a",
            FailureKind::Credentials,
            &["/faults/a", kind, "execution role"],
        );
        assert_eq!(endpoint.requests().len(), 1, "{kind} is permanent");
    }
}

#[tokio::test]
async fn a_failed_call_fails_only_its_own_fields() {
    macro_rules! eleven {
        ($($field:ident)+) => {
            #[derive(StageConfig)]
            #[stage(dev = "/faults/{field}")]
            #[allow(dead_code)]
            struct Eleven { $($field: String),+ }
            fn all() -> Parameters { Parameters::texts([$((concat!("/faults/", stringify!($field)), "x")),+]) }
        };
    }

    eleven! { a b c d e f g h i j k }
    let endpoint = Endpoint::start(|request| match request.names.len() {
        10 => all().answer(request),
        _ => Answer::throttled(),
    });
    let failure = expect_failure(
        loader::<Eleven>(endpoint.url())
            .timeout(SHORT)
            .resolve()
            .await,
    );
    assert_eq!(
        (failure.kind(), failure.stage()),
        (FailureKind::Throttled, "dev")
    );
    assert_eq!(
        endpoint
            .requests()
            .iter()
            .filter(|request| request.names.len() == 10)
            .count(),
        1
    );
}

#[tokio::test]
async fn only_the_failed_call_is_retried() {
    macro_rules! eleven {
        ($($field:ident)+) => {
            #[derive(StageConfig)]
            #[stage(dev = "/faults/{field}")]
            #[allow(dead_code)]
            struct Eleven { $($field: String),+ }
            fn all() -> Parameters { Parameters::texts([$((concat!("/faults/", stringify!($field)), "x")),+]) }
        };
    }

    eleven! { a b c d e f g h i j k }
    let endpoint = Endpoint::start(|request| match request.names.len() {
        1 if request.index < 2 => Answer::throttled(),
        _ => all().answer(request),
    });
    resolve::<Eleven>(endpoint.url())
        .await
        .expect("the second attempt is answered");
    let mut sizes: Vec<_> = endpoint
        .requests()
        .iter()
        .map(|request| request.names.len())
        .collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 1, 10]);
}
