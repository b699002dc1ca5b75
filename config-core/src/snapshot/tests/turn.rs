//! When its turn comes: whose mistakes count.

use super::*;

/// What a store could not say of a field that is to be fresh is no mistake of the snapshot's.
#[tokio::test(start_paused = true)]
async fn a_torn_answer_about_what_it_does_not_hold_is_not_its_fault() {
    let setup = Setup::new().await;
    let fields = || vec![value("/a", None), value("secret:fresh", Some(60_000))];
    let file = setup.file(setup.snapshot(&["/a"]));
    let torn = || {
        Outcome::Failed(Failed { retry: true, ..Failed::new(FailureKind::InvalidAnswer, "HTTP 200 with half a body") })
    };
    let until = |seconds: u64| {
        move |name: &str, passed: Duration| match name {
            "secret:fresh" if passed < Duration::from_secs(seconds) => torn(),
            "secret:fresh" => found(name),
            _ => throttled(),
        }
    };
    let ran = run(&setup, schema(fields(), file), until(5)).await;
    assert!(ran.report().is_used(), "{}", ran.report());
    assert_eq!(["/a", "secret:fresh"].map(|one| ran.origin(one)), ["snapshot", "store"]);
    let ran = run(&setup, schema(fields(), file), until(60)).await;
    assert!(ran.report().is_used(), "{}", ran.report());
    assert_eq!(["/a", "secret:fresh"].map(|one| ran.origin(one)), ["snapshot", "invalid answer"]);
}
