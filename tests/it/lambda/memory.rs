//! SnapStart: the memory of the process contains no secret before the snapshot.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use lambda_runtime::{Runtime, service_fn};

use super::*;
use crate::memory::{count_occurrences, create_needle};

/// The secret has another value before the snapshot than after the restore.
#[test]
fn the_memory_contains_no_secret_before_the_snapshot_and_the_new_one_after_the_restore() {
    let version = Arc::new(AtomicU64::new(100));
    let current = Arc::clone(&version);
    let endpoint = Endpoint::start(move |request| {
        let needle = create_needle(current.load(Ordering::SeqCst));
        let parameters = create_parameters().with("/lambda/key", Parameter::secure(&needle));
        parameters.answer(request)
    });
    let api = RuntimeApi::start(1);
    let needles = [create_needle(100), create_needle(101)];
    let variables = variables(&endpoint, api.address(), "snap-start");
    let function = Function::start("memory::inner_restore", &variables);
    api.wait_for("/restore/next", 1);
    assert_eq!(count_occurrences(function.0.id(), &needles), [0, 0]);
    assert_eq!(endpoint.requests().len(), 0);

    version.store(101, Ordering::SeqCst);
    api.restore();
    let response = &api.wait_for("/response", 1)[0];
    assert_eq!(response.body, "40");
    api.wait_for("/invocation/next", 2);
    let found = count_occurrences(function.0.id(), &needles);
    assert_eq!(found[0], 0, "an old secret was loaded");
    assert!(
        found[1] > 0,
        "the held value is not found, so this test proves nothing"
    );
}

/// Answers the length of the secret.
async fn measure(_: LambdaEvent<Value>) -> Result<usize, HandlerError> {
    Ok(Config::get().key.expose_secret().len())
}

#[tokio::test]
async fn inner_restore() {
    if child::is_inner("lambda::memory::inner_restore") {
        let create = || Runtime::new(service_fn(measure));
        let runtime = stage_config::lambda::load::<Config, _>(create).await;
        let runtime = runtime.unwrap_or_else(|error| panic!("{error}"));
        runtime.run().await.expect("the function runs");
    }
}
