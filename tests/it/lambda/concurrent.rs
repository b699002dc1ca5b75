//! Managed Instances: one process serves many concurrent requests, while a secret rotates.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use lambda_runtime::{Runtime, service_fn};
use tokio::sync::Barrier;

use super::*;

/// The number of requests in flight at the same time.
const REQUESTS: usize = 64;

/// The maximum number of calls to the store for one version. A request that asks for a refresh just
/// after a refresh has ended causes another call.
const MOST_CALLS: usize = 8;

#[derive(StageConfig)]
#[stage(dev = "/concurrent/login#{field}")]
struct Login {
    #[config(refresh = "1h")]
    user: SecretString,
    #[config(refresh = "1h")]
    password: SecretString,
}

impl Login {
    /// Returns the version of both values, and panics if the values have two versions.
    fn read_version(&self) -> u64 {
        let user = self.user.expose_secret().strip_prefix("user-");
        let password = self.password.expose_secret().strip_prefix("password-");
        assert_eq!(user, password, "the values have two versions");
        user.expect("a user").parse().expect("a number")
    }
}

#[test]
fn sixty_four_requests_in_flight_share_the_refreshes_of_a_rotated_secret() {
    let version = Arc::new(AtomicU64::new(1));
    let current = Arc::clone(&version);
    let endpoint = Endpoint::start(move |request| {
        let number = current.load(Ordering::SeqCst);
        let text = format!(r#"{{"user": "user-{number}", "password": "password-{number}"}}"#);
        let parameters = Parameters::default();
        let parameters = parameters.with("/concurrent/login", Parameter::secure(&text));
        parameters.answer(request)
    });
    let api = RuntimeApi::start(REQUESTS);
    let mut variables = variables(&endpoint, api.address(), "lambda-managed-instances");
    variables.push(("AWS_LAMBDA_MAX_CONCURRENCY", REQUESTS.to_string()));
    let _function = Function::start("concurrent::inner_serve", &variables);

    let bodies = |count| -> Vec<String> {
        let calls = api.wait_for("/response", count);
        calls.into_iter().map(|call| call.body).collect()
    };
    assert_eq!(bodies(REQUESTS), vec!["[1,1]"; REQUESTS]);
    let before = endpoint.requests().len();
    assert!(
        before <= MOST_CALLS,
        "the requests did not share the refreshes: {before} calls"
    );

    version.store(2, Ordering::SeqCst);
    api.send_events(REQUESTS);
    let all = bodies(2 * REQUESTS);
    assert_eq!(all[REQUESTS..], vec!["[1,2]"; REQUESTS]);
    let after = endpoint.requests().len();
    assert!(
        after - before <= MOST_CALLS,
        "the requests did not share the refreshes: {before} calls, then {after}"
    );
    assert_eq!(api.calls("/error").len(), 0);
}

/// Answers the versions before and after a refresh, which starts when all requests are in flight.
async fn refresh(barrier: Arc<Barrier>) -> Result<[u64; 2], HandlerError> {
    let before = Login::current().await?;
    barrier.wait().await;
    Login::live().expect("it is loaded").refresh().await?;
    let after = Login::current().await?;
    barrier.wait().await;
    Ok([before.read_version(), after.read_version()])
}

#[tokio::test]
async fn inner_serve() {
    if child::is_inner("lambda::concurrent::inner_serve") {
        let barrier = Arc::new(Barrier::new(REQUESTS));
        let handler = service_fn(move |_: LambdaEvent<Value>| refresh(Arc::clone(&barrier)));
        let load = || {
            Login::loader()
                .refresh_timeout(Duration::from_secs(20))
                .load()
        };
        let runtime = stage_config::lambda::load_with(|| Runtime::new(handler), load).await;
        let runtime = runtime.unwrap_or_else(|error| panic!("{error}"));
        runtime.run_concurrent().await.expect("the function runs");
    }
}
