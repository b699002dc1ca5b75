//! Tests of when the snapshot is used: the latest time, the time that KMS has, and the failures
//! that count.

use super::*;

fn good(setup: &Setup) -> Vec<LoadPlan> {
    vec![prepared(schema(two(), setup.file(setup.snapshot(&["/a", "secret:b"]))), "prod")]
}

/// A variable can shorten the timeout below the time that the program sets for its snapshot.
#[tokio::test(start_paused = true)]
async fn a_turn_after_the_deadline_leaves_time_to_open_it() {
    let setup = Setup::new().await;
    let options = SnapshotOptions { after: Some(Duration::from_secs(4)), first: false };
    for (deadline, latest) in [(3, 2_250), (4, 3_000)] {
        let deadline = Duration::from_secs(deadline);
        let ran = run_within(deadline, &setup, good(&setup), options, CREATED, |_, _| throttled()).await;
        assert!(ran.report().is_used(), "{}", ran.report());
        assert!(ran.took <= Duration::from_millis(latest), "{:?}", ran.took);
    }
}

/// The first connection of a small function takes several hundred milliseconds, however little time
/// is left.
#[tokio::test(start_paused = true)]
async fn kms_is_waited_for_as_long_as_a_handshake_takes() {
    let setup = Setup::new().await;
    setup.memory.delay(Duration::from_millis(450));
    let (three, default) = (Duration::from_secs(3), SnapshotOptions::default());
    let ran = run_within(three, &setup, good(&setup), default, CREATED, |_, _| throttled()).await;
    assert!(ran.report().is_used(), "{}", ran.report());
    assert_eq!(setup.memory.decrypts(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_kms_that_does_not_answer_is_no_matter_of_credentials() {
    let setup = Setup::new().await;
    setup.memory.delay(Duration::from_secs(60));
    let options = SnapshotOptions::default();
    let ran = run_all(&setup, good(&setup), options, CREATED, |_, _| throttled()).await;
    let SnapshotReport { state, detail, help, .. } = ran.report();
    assert_eq!((*state, detail.as_str()), (SnapshotState::Unavailable, "KMS does not answer"));
    assert!(help.contains("network") && !help.contains("credentials"), "{help}");
}

/// An unanswered request for a field that must be fresh is not a defect of the snapshot.
#[tokio::test(start_paused = true)]
async fn a_torn_answer_about_what_it_does_not_hold_is_not_its_fault() {
    let setup = Setup::new().await;
    let fields = || vec![value("/a", None), value("secret:fresh", Some(60_000))];
    let file = setup.file(setup.snapshot(&["/a"]));
    let torn = || Outcome::Failed(Failed::new(FailureKind::InvalidAnswer, "HTTP 200 with half a body").transient());
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
