//! Tests of retries, the queue of throttled calls, deadlines, split batches, the start of a call in
//! its report, and a wrong number of outcomes. Time is paused, so no test waits.

use super::*;
use crate::outcome::{Denied, Found};
use crate::store::FetchFuture;
use stage_config_grammar::source::Source;
use std::sync::Mutex;
use tokio::time::sleep;

/// Answers the n-th call according to a script, and records the requests of each call. A call hangs
/// if the script has no answer.
struct Scripted<F> {
    script: F,
    calls: Mutex<Vec<Vec<String>>>,
}

impl<F: Fn(usize, &str) -> Option<Outcome> + Send + Sync> Store for Scripted<F> {
    fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
        let number = {
            let mut calls = self.calls.lock().unwrap();
            calls.push(requests.iter().map(Request::to_string).collect());
            calls.len()
        };
        Box::pin(async move {
            let mut outcomes = Vec::new();
            for request in requests {
                match (self.script)(number, &request.to_string()) {
                    Some(outcome) => outcomes.push(outcome),
                    None => std::future::pending().await,
                }
            }
            outcomes
        })
    }
}

fn parse_requests(names: &[&str]) -> Vec<Request> {
    names
        .iter()
        .map(|name| Request(Source::parse(name, &["vault"]).unwrap().address))
        .collect()
}

struct CallsRun {
    outcomes: Vec<Outcome>,
    reports: Vec<CallReport>,
    calls: Vec<Vec<String>>,
    elapsed: Duration,
}

/// Requests all names in one call.
async fn run(
    names: &[&str],
    script: impl Fn(usize, &str) -> Option<Outcome> + Send + Sync + 'static,
) -> CallsRun {
    run_calls(&[names], script).await
}

async fn run_calls(
    calls: &[&[&str]],
    script: impl Fn(usize, &str) -> Option<Outcome> + Send + Sync + 'static,
) -> CallsRun {
    let store = Arc::new(Scripted {
        script,
        calls: Mutex::new(Vec::new()),
    });
    let shared: Arc<dyn Store> = store.clone();
    let requests = parse_requests(&calls.concat());
    let scheme = requests[0].scheme().to_owned();
    let stores = Stores::from([(scheme.clone(), shared)]);
    let call = |names: &&[&str]| Call {
        scheme: scheme.clone(),
        region: None,
        role: None,
        requests: parse_requests(names),
    };
    let calls = calls.iter().map(call).collect();
    let start = Instant::now();
    let budget = TimeBudget::new(start, Duration::from_secs(8));
    let WaveResult {
        outcomes,
        calls: reports,
        ..
    } = fetch(calls, &stores, budget).await;
    let calls = store.calls.lock().unwrap().clone();
    CallsRun {
        outcomes: requests
            .iter()
            .map(|request| outcomes[request].clone())
            .collect(),
        reports,
        calls,
        elapsed: start.elapsed(),
    }
}

fn fail_with(kind: FailureKind) -> Option<Outcome> {
    Some(Outcome::Failed(Failed::new(kind, "busy")))
}

fn return_value() -> Option<Outcome> {
    Some(Outcome::Found(Found::from_text("x")))
}

#[tokio::test(start_paused = true)]
async fn only_failed_requests_are_sent_again() {
    let ran = run(&["vault:a", "vault:b"], |call, name| {
        if call < 3 && name == "vault:b" {
            fail_with(FailureKind::Throttled)
        } else {
            return_value()
        }
    })
    .await;
    assert_eq!(
        ran.calls,
        [vec!["vault:a", "vault:b"], vec!["vault:b"], vec!["vault:b"]]
    );
    assert!(
        ran.outcomes
            .iter()
            .all(|outcome| matches!(outcome, Outcome::Found(_)))
    );
    assert_eq!(ran.reports[0].retries, 2);
}

#[tokio::test(start_paused = true)]
async fn endless_throttling_ends_before_the_deadline_with_the_number_of_attempts() {
    let ran = run(&["vault:a"], |_, _| fail_with(FailureKind::Throttled)).await;
    let Outcome::Failed(failed) = &ran.outcomes[0] else {
        panic!("{:?}", ran.outcomes)
    };
    assert_eq!(failed.kind, FailureKind::Throttled);
    assert_eq!(
        failed.detail,
        format!("busy; {} attempts before the timeout", ran.calls.len())
    );
    assert!(ran.calls.len() > 4, "{}", ran.calls.len());
    assert!(ran.elapsed <= Duration::from_secs(8), "{:?}", ran.elapsed);
}

/// Many loads share a quota, and a load is complete only when all its calls have succeeded.
/// Therefore a load retries only one of its throttled calls at a time.
#[tokio::test(start_paused = true)]
async fn throttled_calls_are_retried_one_at_a_time() {
    let ran = run_calls(&[&["/a"], &["/b"], &["/c"]], |call, _| {
        if call <= 6 {
            fail_with(FailureKind::Throttled)
        } else {
            return_value()
        }
    })
    .await;
    let names: Vec<_> = ran.calls.concat();
    assert_eq!(
        names,
        ["/a", "/b", "/c", "/a", "/a", "/a", "/a", "/b", "/c"],
        "/b and /c need one retry each"
    );
    assert_eq!(
        ran.reports
            .iter()
            .map(|report| report.retries)
            .collect::<Vec<_>>(),
        [4, 1, 1]
    );
}

#[tokio::test(start_paused = true)]
async fn a_call_that_fails_lets_the_next_one_proceed() {
    let ran = run_calls(&[&["/a"], &["/b"]], |call, name| match name {
        "/a" if call > 2 => fail_with(FailureKind::InvalidAnswer),
        _ if call <= 2 => fail_with(FailureKind::Throttled),
        _ => return_value(),
    })
    .await;
    assert!(
        matches!(&ran.outcomes[..], [Outcome::Failed(_), Outcome::Found(_)]),
        "{:?}",
        ran.outcomes
    );
    assert!(ran.elapsed < Duration::from_secs(1), "{:?}", ran.elapsed);
}

#[tokio::test(start_paused = true)]
async fn all_waiting_calls_end_by_the_deadline() {
    let ran = run_calls(&[&["/a"], &["/b"], &["/c"]], |_, _| {
        fail_with(FailureKind::Throttled)
    })
    .await;
    let throttled = |outcome: &Outcome| matches!(outcome, Outcome::Failed(failed) if failed.kind == FailureKind::Throttled);
    assert!(ran.outcomes.iter().all(throttled), "{:?}", ran.outcomes);
    assert!(ran.elapsed <= Duration::from_secs(8), "{:?}", ran.elapsed);
}

/// Loads that share a quota compete for it. A load that is nearly complete must take precedence
/// over a load without any progress.
#[tokio::test(start_paused = true)]
async fn a_load_with_progress_backs_off_less() {
    let throttled = |_: usize, name: &str| {
        if name == "/b" {
            fail_with(FailureKind::Throttled)
        } else {
            return_value()
        }
    };
    let without_progress = run_calls(&[&["/b"]], throttled).await.calls.len();
    let with_progress = run_calls(&[&["/a"], &["/b"]], throttled).await.calls.len();
    // Without progress, the pauses grow to 1 s on average. With progress, they stay at 50 ms on
    // average.
    assert!(
        (6..30).contains(&without_progress) && with_progress > 100,
        "{without_progress} and {with_progress} attempts"
    );
}

#[tokio::test(start_paused = true)]
async fn a_hanging_attempt_leaves_time_for_another() {
    let ran = run(
        &["vault:a"],
        |call, _| if call == 1 { None } else { return_value() },
    )
    .await;
    assert!(matches!(ran.outcomes[0], Outcome::Found(_)));
    assert_eq!(ran.calls.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_never_answers_times_out_by_the_deadline() {
    let ran = run(&["vault:a"], |_, _| None).await;
    let Outcome::Failed(failed) = &ran.outcomes[0] else {
        panic!("{:?}", ran.outcomes)
    };
    assert_eq!(failed.kind, FailureKind::TimedOut);
    assert!(ran.elapsed <= Duration::from_secs(8), "{:?}", ran.elapsed);
}

#[tokio::test(start_paused = true)]
async fn one_denied_name_does_not_fail_the_others() {
    let ran = run(&["/a", "/b", "/c"], |call, name| {
        let denied = || Some(Outcome::Denied(Denied::default()));
        if call == 1 || name == "/b" {
            denied()
        } else {
            return_value()
        }
    })
    .await;
    assert_eq!(ran.calls.len(), 4);
    assert!(matches!(
        ran.outcomes[..],
        [Outcome::Found(_), Outcome::Denied(_), Outcome::Found(_)]
    ));
    assert_eq!(ran.reports.len(), 4);
}

#[tokio::test(start_paused = true)]
async fn the_start_of_a_call_counts_from_the_start_of_the_load() {
    /// Denies a batch after two seconds, and a single name after one second.
    struct Late;
    impl Store for Late {
        fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
            Box::pin(async {
                sleep(Duration::from_secs(requests.len() as u64)).await;
                vec![Outcome::Denied(Denied::default()); requests.len()]
            })
        }
    }
    let stores = Stores::from([("ssm".to_owned(), Arc::new(Late) as Arc<dyn Store>)]);
    let call = Call {
        scheme: "ssm".to_owned(),
        region: None,
        role: None,
        requests: parse_requests(&["/a", "/b"]),
    };
    let budget = TimeBudget::new(Instant::now(), Duration::from_secs(30));
    sleep(Duration::from_secs(3)).await; // the time before the fetch, for the plan for example

    let reports = fetch(vec![call], &stores, budget).await.calls;
    let times: Vec<_> = reports
        .iter()
        .map(|call| (call.start.as_secs(), call.elapsed.as_secs()))
        .collect();
    assert_eq!(times, [(3, 2), (5, 1), (5, 1)]);
}

#[tokio::test(start_paused = true)]
async fn a_batch_of_a_store_of_the_program_is_not_split() {
    let ran = run(&["vault:a", "vault:b"], |_, _| {
        Some(Outcome::Denied(Denied::default()))
    })
    .await;
    assert_eq!(ran.calls.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_single_denied_name_is_requested_once() {
    let ran = run(&["vault:a"], |_, _| {
        Some(Outcome::Denied(Denied::default()))
    })
    .await;
    assert_eq!(ran.calls.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_number_of_outcomes_is_an_error() {
    struct Short;
    impl Store for Short {
        fn fetch<'a>(&'a self, _: &'a [Request]) -> FetchFuture<'a> {
            Box::pin(async { vec![Outcome::Missing] })
        }
    }
    let stores = Stores::from([("vault".to_owned(), Arc::new(Short) as Arc<dyn Store>)]);
    let requests = parse_requests(&["vault:a", "vault:b"]);
    let call = Call {
        scheme: "vault".to_owned(),
        region: None,
        role: None,
        requests: requests.clone(),
    };
    let budget = TimeBudget::new(Instant::now(), Duration::from_secs(8));
    let outcomes = fetch(vec![call], &stores, budget).await.outcomes;
    let Outcome::Failed(failed) = &outcomes[&requests[0]] else {
        panic!("{outcomes:?}")
    };
    assert_eq!(
        (failed.kind, failed.detail.as_str()),
        (
            FailureKind::InvalidAnswer,
            "the store returned the wrong number of outcomes: 1 instead of 2"
        )
    );
    let help = failed.help.as_ref().unwrap().to_string();
    assert!(
        help.contains("the program's store: `Store::fetch`"),
        "{help}"
    );
}

/// A store whose `prepare` is slow.
struct Slow(Duration);

impl Store for Slow {
    fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
        Box::pin(async {
            requests
                .iter()
                .map(|_| Outcome::Found(Found::from_text("x")))
                .collect()
        })
    }

    fn prepare<'a>(&'a self, _: &'a [Request]) -> crate::store::PrepareFuture<'a> {
        Box::pin(async {
            sleep(self.0).await;
            Ok(())
        })
    }
}

async fn fetch_from_slow(prepare_time: Duration) -> Outcome {
    let stores = Stores::from([(
        "vault".to_owned(),
        Arc::new(Slow(prepare_time)) as Arc<dyn Store>,
    )]);
    let requests = parse_requests(&["vault:a"]);
    let call = Call {
        scheme: "vault".to_owned(),
        region: None,
        role: None,
        requests: requests.clone(),
    };
    let budget = TimeBudget::new(Instant::now(), Duration::from_secs(8));
    let outcomes = fetch(vec![call], &stores, budget).await.outcomes;
    outcomes[&requests[0]].clone()
}

#[tokio::test(start_paused = true)]
async fn preparing_a_store_may_take_the_whole_timeout() {
    assert!(matches!(
        fetch_from_slow(Duration::from_secs(7)).await,
        Outcome::Found(_)
    ));
    let Outcome::Failed(failed) = fetch_from_slow(Duration::from_secs(9)).await else {
        panic!("the fetch succeeded, although its timeout had passed")
    };
    assert_eq!(failed.kind, FailureKind::Credentials);
}
