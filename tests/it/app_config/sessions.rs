//! Sessions of loads and refreshes: the polling interval of the server, tokens, and contents that
//! are unchanged or missing.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use stage_config::{Live, Report};
use tokio::time;

use super::*;
use crate::support::scripted::Request;

/// The polling interval of the scripted server, in seconds.
const INTERVAL: u32 = 60;

const NAME: &str = "shop/dev/flags";

#[derive(StageConfig)]
struct Flags {
    #[stage(dev = "appconfig:shop/dev/flags#checkout.enabled")]
    #[config(refresh = "1s")]
    checkout: bool,
}

fn format_flags(enabled: bool) -> String {
    json!({ "checkout": { "enabled": enabled } }).to_string()
}

/// Starts an endpoint with the flags. The script may replace the answers of this endpoint.
fn start(
    script: impl Fn(&Request) -> Option<Answer> + Send + Sync + 'static,
) -> (Endpoint, Arc<Configurations>) {
    let configurations = Arc::new(Configurations::new(
        INTERVAL,
        [(NAME, format_flags(true).as_str())],
    ));
    let shared = Arc::clone(&configurations);
    let endpoint =
        Endpoint::start(move |request| script(request).unwrap_or_else(|| shared.answer(request)));
    (endpoint, configurations)
}

async fn load_live(endpoint: &Endpoint) -> Live<Flags> {
    loader::<Flags>(endpoint.url())
        .live(Duration::from_secs(3600))
        .await
        .unwrap_or_else(|error| panic!("{error}"))
}

/// Advances tokio's clock. The clock runs normally before and after that, because the calls need
/// real time.
async fn advance(seconds: u64) {
    time::pause();
    time::advance(Duration::from_secs(seconds)).await;
    time::resume();
}

async fn refresh(live: &Live<Flags>) -> bool {
    live.refresh()
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    live.latest().checkout
}

/// Returns the number of started sessions, and the number of polls.
fn count(endpoint: &Endpoint) -> (usize, usize) {
    let requests = endpoint.requests();
    (
        requests.iter().filter(|one| is_session_start(one)).count(),
        requests.iter().filter(|one| is_poll(one)).count(),
    )
}

#[tokio::test]
async fn a_refresh_polls_no_more_often_than_the_server_permits() {
    let (endpoint, configurations) = start(|_| None);
    let live = load_live(&endpoint).await;
    assert_eq!((live.latest().checkout, count(&endpoint)), (true, (1, 1)));

    configurations.deploy(NAME, &format_flags(false));
    advance(u64::from(INTERVAL) - 1).await;
    assert!(refresh(&live).await, "the old value is served");
    assert_eq!(
        count(&endpoint),
        (1, 1),
        "no call is made before the interval ends"
    );

    advance(1).await;
    assert!(!refresh(&live).await, "the new value is served");
    assert_eq!(count(&endpoint), (1, 2), "the session continues");
}

#[tokio::test]
async fn an_empty_answer_keeps_the_value_and_its_version() {
    let (endpoint, configurations) = start(|_| None);
    let live = load_live(&endpoint).await;
    let version = |report: &Report| report.fields[0].version.clone();
    for polls in 2..5 {
        advance(u64::from(INTERVAL)).await;
        assert!(refresh(&live).await);
        assert_eq!(count(&endpoint), (1, polls));
        assert_eq!(version(&live.report()).as_deref(), Some("v1"));
    }
    configurations.deploy(NAME, &format_flags(false));
    advance(u64::from(INTERVAL)).await;
    assert!(!refresh(&live).await);
    assert_eq!(version(&live.report()).as_deref(), Some("v2"));
    assert_eq!(count(&endpoint), (1, 5));
}

/// A token is valid for 24 hours, but Lambda may freeze a function for a longer time.
#[tokio::test]
async fn an_expired_token_starts_a_new_session_in_the_same_attempt() {
    let (endpoint, configurations) = start(|_| None);
    let live = load_live(&endpoint).await;
    configurations.expire_tokens();
    configurations.deploy(NAME, &format_flags(false));
    advance(25 * 60 * 60).await;
    assert!(!refresh(&live).await);
    assert_eq!(
        count(&endpoint),
        (2, 3),
        "the rejected poll is followed by a new session"
    );
    assert_eq!(
        live.report()
            .calls
            .iter()
            .map(|call| call.retries)
            .sum::<u32>(),
        0
    );
}

/// If the server rejects the token of a new session, the attempt does not start another session.
#[tokio::test]
async fn a_new_token_that_is_rejected_is_an_error() {
    let (endpoint, _) = start(|request| {
        is_poll(request).then(|| Answer::error(400, "BadRequestException", "planted"))
    });
    let failure = expect_failure(resolve::<Flags>(endpoint.url()).await);
    assert_failure(
        &failure,
        "checkout",
        FailureKind::InvalidRequest,
        &[
            "appconfig:shop/dev/flags#checkout.enabled",
            "BadRequestException, HTTP 400",
        ],
    );
    assert!(!failure.to_string().contains("planted"), "{failure}");
    assert_eq!(count(&endpoint), (1, 1));
}

/// The token of a throttled call is still valid. After any other failure, the server may have used
/// the token.
#[tokio::test]
async fn a_token_is_sent_again_only_if_the_call_was_throttled() {
    for (fault, expected) in [
        (Answer::throttled(), (1, 3)),
        (Answer::internal_error(), (2, 3)),
        (Answer::Reset, (2, 3)),
    ] {
        let polls = AtomicUsize::new(0);
        let (endpoint, configurations) = start(move |request| {
            let is_second = is_poll(request) && polls.fetch_add(1, Ordering::SeqCst) == 1;
            is_second.then(|| fault.clone())
        });
        let live = load_live(&endpoint).await;
        configurations.deploy(NAME, &format_flags(false));
        advance(u64::from(INTERVAL)).await;
        assert!(!refresh(&live).await);
        assert_eq!(count(&endpoint), expected);
    }
}

/// Two structs that are loaded together share the sessions. The load sends the first poll, and then
/// both structs refresh. The server answers the second poll only when the other refresh has a call
/// in flight too.
#[test]
fn concurrent_refreshes_never_share_a_token() {
    let polls = AtomicUsize::new(0);
    let configurations = Configurations::new(INTERVAL, [(NAME, format_flags(true).as_str())]);
    let endpoint = Endpoint::start(move |request| {
        let answer = configurations.answer(request);
        if is_poll(request) && polls.fetch_add(1, Ordering::SeqCst) == 1 {
            answer.wait_for_calls(2)
        } else {
            answer
        }
    });
    let mut variables = aws::variables(endpoint.url());
    variables.push(("STAGE_CONFIG_TIMEOUT", "30s".to_owned()));
    child::run("app_config::sessions::inner_concurrent", &variables).assert_passed();
    assert_eq!(count(&endpoint), (2, 3));
    let lines: BTreeSet<String> = endpoint
        .requests()
        .into_iter()
        .filter(is_poll)
        .map(|request| request.line)
        .collect();
    assert_eq!(lines.len(), 3, "a token was sent twice: {lines:?}");
}

#[tokio::test]
async fn inner_concurrent() {
    #[derive(StageConfig)]
    struct Other {
        #[stage(dev = "appconfig:shop/dev/flags#checkout.enabled")]
        #[config(refresh = "1s")]
        checkout: bool,
    }

    if !child::is_inner("app_config::sessions::inner_concurrent") {
        return;
    }
    let (one, other) = stage_config::load!(Flags, Other)
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    assert!(one.checkout && other.checkout);
    let one = Flags::live().expect("it is loaded");
    let other = Other::live().expect("it is loaded");
    advance(u64::from(INTERVAL)).await;
    let (one, other) = tokio::join!(one.refresh(), other.refresh());
    let one = one.unwrap_or_else(|error| panic!("{error}"));
    let other = other.unwrap_or_else(|error| panic!("{error}"));
    assert!(one.checkout && other.checkout);
}

#[tokio::test]
async fn a_configuration_is_missing_until_it_is_deployed() {
    #[derive(StageConfig)]
    struct Optional {
        #[stage(dev = "appconfig:shop/dev/flags#checkout.enabled")]
        #[config(refresh = "1s")]
        checkout: Option<bool>,
    }

    let configurations = Arc::new(Configurations::new(INTERVAL, [(NAME, "")]));
    let shared = Arc::clone(&configurations);
    let endpoint = Endpoint::start(move |request| shared.answer(request));
    let live = loader::<Optional>(endpoint.url())
        .live(Duration::from_secs(3600))
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        live.latest().checkout,
        None,
        "an empty configuration is missing"
    );
    configurations.deploy(NAME, &format_flags(true));
    advance(u64::from(INTERVAL)).await;
    live.refresh()
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(live.latest().checkout, Some(true));
    assert_eq!(count(&endpoint), (1, 2));
}

/// A refresh that is dropped in the middle of a poll loses its token. The next refresh starts a new
/// session.
#[tokio::test]
async fn a_dropped_refresh_does_not_prevent_the_next_one() {
    let polls = AtomicUsize::new(0);
    let (endpoint, configurations) = start(move |request| {
        let is_second = is_poll(request) && polls.fetch_add(1, Ordering::SeqCst) == 1;
        is_second.then_some(Answer::Hangs)
    });
    let live = load_live(&endpoint).await;
    configurations.deploy(NAME, &format_flags(false));
    advance(u64::from(INTERVAL)).await;
    tokio::select! {
        _ = live.refresh() => panic!("the refresh waits for the server"),
        () = endpoint.wait_for_arrivals(3) => {}
    }
    assert!(!refresh(&live).await);
    assert_eq!(count(&endpoint), (2, 3));
}

/// A load that is not live keeps no session.
#[tokio::test]
async fn each_load_starts_its_own_session() {
    let (endpoint, _) = start(|_| None);
    for loads in 1..3 {
        assert!(expect_config(resolve::<Flags>(endpoint.url()).await).checkout);
        assert_eq!(count(&endpoint), (loads, loads));
    }
}
