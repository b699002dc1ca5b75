//! Tests of the time at which a load uses the snapshot, the time that KMS has, and the failures
//! that are not a defect of the snapshot.

use super::*;

/// Returns the plans of a load: one configuration, with a usable snapshot.
fn plans_with_snapshot(setup: &Setup) -> Vec<LoadPlan> {
    vec![new_load_plan(
        schema(
            two_fields(),
            setup.file(setup.create_snapshot(&["/a", "secret:b"])),
        ),
        "prod",
    )]
}

/// A variable can shorten the timeout below the program's `snapshot_after`.
#[tokio::test(start_paused = true)]
async fn there_is_time_to_open_the_snapshot_if_the_option_after_is_too_late() {
    let setup = Setup::new().await;
    let options = SnapshotOptions {
        after: Some(Duration::from_secs(4)),
        first: false,
    };
    for (timeout, latest) in [(3, 2_250), (4, 3_000)] {
        let timeout = Duration::from_secs(timeout);
        let ran = run_within(
            timeout,
            &setup,
            plans_with_snapshot(&setup),
            options,
            CREATED,
            |_, _| throttled(),
        )
        .await;
        assert!(ran.report().is_used(), "{}", ran.report());
        assert!(
            ran.elapsed <= Duration::from_millis(latest),
            "{:?}",
            ran.elapsed
        );
    }
}

/// The first connection of a small Lambda function takes several hundred milliseconds.
#[tokio::test(start_paused = true)]
async fn kms_has_enough_time_for_a_handshake() {
    let setup = Setup::new().await;
    setup.memory.delay(Duration::from_millis(450));
    let (three, default) = (Duration::from_secs(3), SnapshotOptions::default());
    let ran = run_within(
        three,
        &setup,
        plans_with_snapshot(&setup),
        default,
        CREATED,
        |_, _| throttled(),
    )
    .await;
    assert!(ran.report().is_used(), "{}", ran.report());
    assert_eq!(setup.memory.decrypts(), 1);
}

#[tokio::test(start_paused = true)]
async fn an_unanswered_call_to_kms_is_not_reported_as_missing_credentials() {
    let setup = Setup::new().await;
    setup.memory.delay(Duration::from_secs(60));
    let options = SnapshotOptions::default();
    let ran = run_all(
        &setup,
        plans_with_snapshot(&setup),
        options,
        CREATED,
        |_, _| throttled(),
    )
    .await;
    let SnapshotReport {
        state,
        detail,
        help,
        ..
    } = ran.report();
    assert_eq!(
        (*state, detail.as_str()),
        (SnapshotState::Unavailable, "KMS does not answer")
    );
    let help = help.to_string();
    assert!(
        help.contains("network") && !help.contains("credentials"),
        "{help}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_truncated_answer_for_a_field_with_refresh_is_not_a_defect_of_the_snapshot() {
    let setup = Setup::new().await;
    let fields = || vec![value("/a", None), value("secret:fresh", Some(60_000))];
    let file = setup.file(setup.create_snapshot(&["/a"]));
    let truncated = || {
        Outcome::Failed(
            Failed::new(FailureKind::InvalidAnswer, "HTTP 200 with half a body").transient(),
        )
    };
    let truncated_until = |seconds: u64| {
        move |name: &str, passed: Duration| match name {
            "secret:fresh" if passed < Duration::from_secs(seconds) => truncated(),
            "secret:fresh" => found(name),
            _ => throttled(),
        }
    };
    let ran = run(&setup, schema(fields(), file), truncated_until(5)).await;
    assert!(ran.report().is_used(), "{}", ran.report());
    assert_eq!(
        ["/a", "secret:fresh"].map(|address| ran.origin(address)),
        ["snapshot", "store"]
    );
    let ran = run(&setup, schema(fields(), file), truncated_until(60)).await;
    assert!(ran.report().is_used(), "{}", ran.report());
    assert_eq!(
        ["/a", "secret:fresh"].map(|address| ran.origin(address)),
        ["snapshot", "invalid answer"]
    );
}
