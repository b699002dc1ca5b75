//! What is tried again, until when, and what is not.

use tokio::task::JoinSet;

use super::*;

const SHORT: Duration = Duration::from_millis(600);

/// Beyond the deadline, for a slow machine: far from a second deadline's worth.
const SLACK: Duration = Duration::from_millis(500);

/// Things that pass, with what they are when they do not.
fn passing() -> [(Answer, FailureKind); 6] {
    [
        (Answer::throttled(), FailureKind::Throttled),
        (Answer::internal_error(), FailureKind::Unavailable),
        (Answer::Whole { status: 503, body: "<html>Service Unavailable</html>".into() }, FailureKind::Unavailable),
        (Answer::Reset, FailureKind::Unavailable),
        // The SDK does not tell a body that ends too early from one that never made sense.
        (Answer::CutOff { body: body() }, FailureKind::InvalidAnswer),
        (Answer::Hangs, FailureKind::TimedOut),
    ]
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    at_once(|answer, _| async move {
        let endpoint = first(1, answer.clone());
        let loader = loader::<One>(endpoint.url()).deadline(Duration::from_secs(3));
        let Loaded { config, report, .. } =
            loader.resolve().await.unwrap_or_else(|error| panic!("{answer:?}: {error}"));
        assert_eq!(config.a, "the value of a");
        assert_eq!((report.calls[0].retries, endpoint.requests().len()), (1, 2), "{answer:?}");
    })
    .await;
}

/// Runs a case for each of the things that pass, all of them at once, since each one takes its time.
async fn at_once<F: Future<Output = ()> + Send + 'static>(case: impl Fn(Answer, FailureKind) -> F) {
    let mut cases: JoinSet<()> = passing().into_iter().map(|(answer, kind)| case(answer, kind)).collect();
    while let Some(ended) = cases.join_next().await {
        ended.expect("no case fails");
    }
}

#[tokio::test]
async fn throttling_may_last_a_while() {
    let endpoint = first(4, Answer::throttled());
    let Loaded { report, .. } = resolve::<One>(endpoint.url()).await.expect("the fifth is answered");
    assert_eq!((report.calls[0].retries, endpoint.requests().len()), (4, 5), "{report}");
}

#[tokio::test]
async fn what_never_passes_ends_at_the_deadline_and_says_how_often_it_was_tried() {
    at_once(|answer, kind| async move {
        let endpoint = always(answer.clone());
        let start = Instant::now();
        let failure = failure(loader::<One>(endpoint.url()).deadline(SHORT).resolve().await);
        let elapsed = start.elapsed();
        let asked = endpoint.requests().len();
        assert_failure(&failure, "a", kind, &["/faults/a", "times until the deadline"]);
        // The last try may have been cut short before it arrived.
        let said = [asked, asked + 1].map(|times| format!("asked {times} times"));
        assert!(said.iter().any(|times| failure.to_string().contains(times)), "{said:?} is not in: {failure}");
        assert!(asked > 1, "{answer:?} was tried {asked} times");
        assert!(elapsed < SHORT + SLACK, "{answer:?} took {elapsed:?}");
        endpoint.idle().await;
        assert_eq!(endpoint.requests().len(), asked, "nothing is asked after the load");
    })
    .await;
}

#[tokio::test]
async fn a_stalled_answer_leaves_nothing_behind() {
    let endpoint = always(Answer::Stalls { body: body() });
    let failure = failure(loader::<One>(endpoint.url()).deadline(SHORT).resolve().await);
    assert_failure(&failure, "a", FailureKind::TimedOut, &["/faults/a", "deadline"]);
    endpoint.idle().await;
}

#[tokio::test]
async fn a_slow_answer_is_waited_for() {
    let pause = Duration::from_millis(5);
    let endpoint = always(Answer::Drips { body: body(), pieces: 20, pause });
    assert_eq!(resolve::<One>(endpoint.url()).await.expect("it comes").config.a, "the value of a");
    assert_eq!(endpoint.requests().len(), 1);
}

#[tokio::test]
async fn credentials_are_not_tried_again() {
    for (status, kind) in [
        (400, "ExpiredTokenException"),
        (400, "UnrecognizedClientException"),
        (403, "InvalidSignatureException"),
        (403, "IncompleteSignatureException"),
    ] {
        let endpoint = always(Answer::error(status, kind, "The security token included in the request is not valid"));
        let failure = failure(resolve::<One>(endpoint.url()).await);
        assert_failure(&failure, "a", FailureKind::Credentials, &["/faults/a", kind, "execution role"]);
        assert_eq!(endpoint.requests().len(), 1, "{kind} does not pass");
    }
}

#[tokio::test]
async fn a_fault_in_one_call_of_several_fails_its_own_names_alone() {
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
    let failure = failure(loader::<Eleven>(endpoint.url()).deadline(SHORT).resolve().await);
    assert_eq!((failure.kind(), failure.stage()), (FailureKind::Throttled, "dev"));
    assert_eq!(endpoint.requests().iter().filter(|request| request.names.len() == 10).count(), 1);
}

#[tokio::test]
async fn only_what_failed_is_asked_again() {
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
    resolve::<Eleven>(endpoint.url()).await.expect("the second try is answered");
    let mut sizes: Vec<_> = endpoint.requests().iter().map(|request| request.names.len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 1, 10]);
}
