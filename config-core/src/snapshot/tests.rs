//! Tests of when a load uses a snapshot, when it does not, and what it reports. Time is paused, so
//! no test waits.

mod contents;
mod setup;
mod timing;
mod unusable;

use super::*;
use crate::{
    failure::FailureKind::{Denied, Missing, Throttled, Undecodable},
    outcome::{Denied as DeniedRead, Failed, Found},
    report::{SnapshotReport, SnapshotState},
    schema::{Field, Schema, SnapshotSpec},
    sealed::{SealedSnapshot, tests::memory::MemoryKms},
};
use setup::*;

#[tokio::test(start_paused = true)]
async fn a_throttled_load_uses_the_snapshot_within_half_of_the_timeout() {
    let setup = Setup::new().await;
    let schema = schema(
        two_fields(),
        setup.file(setup.create_snapshot(&["/a", "secret:b"])),
    );
    let ran = run(&setup, schema, |name, _| {
        if name == "/a" {
            throttled()
        } else {
            found(name)
        }
    })
    .await;
    // The snapshot also replaces the value that a store returned: all values are from one time.
    assert_eq!(
        (ran.origin("/a"), ran.origin("secret:b")),
        ("snapshot".into(), "snapshot".into())
    );
    assert_eq!(
        (setup.memory.decrypts(), ran.snapshot_calls().len()),
        (1, 1)
    );
    assert!(
        ran.elapsed >= Duration::from_secs(2) && ran.elapsed <= Duration::from_secs(4),
        "{:?}",
        ran.elapsed
    );
    let report = ran.report();
    assert_eq!(
        (report.state, report.age, report.created),
        (
            SnapshotState::Used,
            Some(Duration::from_secs(DAY)),
            Some(CREATED)
        )
    );
    assert_eq!(
        report.to_string(),
        "STARTED FROM THE SNAPSHOT sealed/prod.snapshot, 1 day old (1 field throttled)"
    );
    assert_eq!(ran.results[0].from_snapshot.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_option_sets_the_time_after_which_a_load_uses_the_snapshot() {
    let setup = Setup::new().await;
    let schema = schema(
        two_fields(),
        setup.file(setup.create_snapshot(&["/a", "secret:b"])),
    );
    let options = SnapshotOptions {
        after: Some(Duration::from_millis(200)),
        first: false,
    };
    let ran = run_all(
        &setup,
        vec![new_load_plan(schema, "prod")],
        options,
        CREATED,
        |_, _| throttled(),
    )
    .await;
    assert!(
        ran.report().is_used() && ran.elapsed <= Duration::from_millis(200),
        "{:?}",
        ran.elapsed
    );
}

/// A store is permanently unavailable if no retry can help. An example is a store whose certificate
/// is not trusted.
#[tokio::test(start_paused = true)]
async fn a_load_with_a_permanently_unavailable_store_uses_the_snapshot_immediately() {
    let setup = Setup::new().await;
    let schema = schema(
        two_fields(),
        setup.file(setup.create_snapshot(&["/a", "secret:b"])),
    );
    let unreachable = || Outcome::Failed(Failed::new(FailureKind::Unavailable, "no").permanent());
    let ran = run(&setup, schema, move |_, _| unreachable()).await;
    assert!(
        ran.report().is_used() && ran.elapsed < Duration::from_secs(1),
        "{:?}",
        ran.elapsed
    );
}

#[tokio::test(start_paused = true)]
async fn a_successful_load_opens_no_snapshot() {
    let setup = Setup::new().await;
    let schema = schema(
        two_fields(),
        setup.file(setup.create_snapshot(&["/a", "secret:b"])),
    );
    // The first attempts are throttled.
    let ran = run(&setup, schema, |name, passed| {
        if passed < Duration::from_millis(100) {
            throttled()
        } else {
            found(name)
        }
    })
    .await;
    assert_eq!(
        (setup.memory.decrypts(), ran.results[0].snapshot.is_none()),
        (0, true)
    );
    assert!(ran.results[0].from_snapshot.is_empty());
}

/// An old value does not hide a mistake.
#[tokio::test(start_paused = true)]
async fn a_denied_missing_or_undecodable_value_prevents_the_use_of_the_snapshot() {
    let setup = Setup::new().await;
    let file = setup.file(setup.create_snapshot(&["/a", "secret:b"]));
    for (outcome, kind) in [
        (Outcome::Denied(DeniedRead::new("no")), "denied"),
        (Outcome::Missing, "missing"),
        (Outcome::Found(Found::from_text("undecodable")), "store"),
    ] {
        for other in [found("secret:b"), throttled()] {
            let (outcome, other) = (outcome.clone(), other.clone());
            let script = move |name: &str, _| {
                if name == "/a" {
                    outcome.clone()
                } else {
                    other.clone()
                }
            };
            let ran = run(&setup, schema(two_fields(), file), script).await;
            assert_eq!(ran.origin("/a"), kind);
            assert!(ran.results[0].snapshot.is_none(), "{kind}");
        }
    }
    assert_eq!(setup.memory.decrypts(), 0);
    assert!(Throttled.is_transient() && !Denied.is_transient());
}

#[tokio::test(start_paused = true)]
async fn refreshed_fields_and_custom_stores_are_requested_until_the_timeout() {
    let setup = Setup::new().await;
    let fields = || {
        vec![
            value("/a", None),
            value("/fresh", Some(60_000)),
            value("vault:own", None),
        ]
    };
    // The snapshot also contains values of `/fresh` and `vault:own`.
    let file = setup.file(setup.create_snapshot(&["/a", "/fresh", "vault:own"]));
    let late = |name: &str, passed: Duration| match name {
        "/fresh" | "vault:own" if passed > Duration::from_secs(5) => found(name),
        _ => throttled(),
    };
    let ran = run(&setup, schema(fields(), file), late).await;
    assert_eq!(
        ["/a", "/fresh", "vault:own"].map(|address| ran.origin(address)),
        ["snapshot", "store", "store"]
    );
    assert!(ran.report().is_used() && ran.elapsed > Duration::from_secs(5));
    assert_eq!(setup.memory.decrypts(), 1);

    let ran = run(&setup, schema(fields(), file), |_, _| throttled()).await;
    assert_eq!(
        ["/a", "/fresh"].map(|address| ran.origin(address)),
        ["snapshot", "throttled"]
    );
    assert!(ran.elapsed > Duration::from_secs(5), "{:?}", ran.elapsed);

    let mut refreshed_schema = schema(fields(), file);
    refreshed_schema.snapshot = refreshed_schema.snapshot.map(|snapshot| SnapshotSpec {
        refreshed: true,
        ..snapshot
    });
    let script = |name: &str, _| {
        if name == "vault:own" {
            found(name)
        } else {
            throttled()
        }
    };
    let ran = run(&setup, refreshed_schema, script).await;
    assert_eq!(
        ["/a", "/fresh", "vault:own"].map(|address| ran.origin(address)),
        ["snapshot", "snapshot", "store"]
    );
}

#[tokio::test(start_paused = true)]
async fn snapshot_first_calls_only_kms_unless_the_snapshot_is_unusable() {
    let setup = Setup::new().await;
    let options = SnapshotOptions {
        after: None,
        first: true,
    };
    let schema = |file| schema(two_fields(), file);
    let file = setup.file(setup.create_snapshot(&["/a", "secret:b"]));
    let ran = run_all(
        &setup,
        vec![new_load_plan(schema(file), "prod")],
        options,
        CREATED,
        |name, _| found(name),
    )
    .await;
    assert_eq!(
        (
            setup.memory.decrypts(),
            ran.requested.len(),
            ran.origin("/a")
        ),
        (1, 0, "snapshot".to_owned())
    );
    assert_eq!(ran.report().reason, "`snapshot_first`");

    // If the snapshot is unusable, the load asks the stores.
    let short = setup.file(setup.create_snapshot(&["/a"]));
    let ran = run_all(
        &setup,
        vec![new_load_plan(schema(short), "prod")],
        options,
        CREATED,
        |name, _| found(name),
    )
    .await;
    assert_eq!(
        (ran.requested, ran.results[0].from_snapshot.len()),
        (vec!["secret:b".to_owned(), "/a".to_owned()], 0)
    );
    assert_eq!(
        ran.results[0].snapshot.as_ref().map(|report| report.state),
        Some(SnapshotState::OtherSchema)
    );
}

#[tokio::test(start_paused = true)]
async fn an_undeclared_stage_and_a_stage_without_a_file_have_no_snapshot() {
    let setup = Setup::new().await;
    let file = setup.file(setup.create_snapshot(&["/a", "secret:b"]));
    for stage in ["qa1", "dev"] {
        let plans = vec![new_load_plan(schema(two_fields(), file), stage)];
        let ran = run_all(
            &setup,
            plans,
            SnapshotOptions::default(),
            CREATED,
            |_, _| throttled(),
        )
        .await;
        assert!(
            ran.results[0].snapshot.is_none() && ran.elapsed > Duration::from_secs(5),
            "{stage}"
        );
    }
}

/// If one configuration of a load cannot be loaded, the other configurations use no snapshot
/// either.
#[tokio::test(start_paused = true)]
async fn only_the_configuration_that_failed_uses_its_snapshot() {
    let setup = Setup::new().await;
    let throttled_config = || {
        new_load_plan(
            schema(
                vec![value("/a", None)],
                setup.file(setup.create_snapshot(&["/a"])),
            ),
            "prod",
        )
    };
    let other_config = |address| {
        new_load_plan(
            schema(
                vec![value(address, None)],
                setup.file(setup.create_snapshot(&[])),
            ),
            "prod",
        )
    };
    let script = |name: &str, _| match name {
        "/a" => throttled(),
        "/none" => Outcome::Missing,
        _ => found(name),
    };
    let both = vec![throttled_config(), other_config("/b")];
    let ran = run_all(&setup, both, SnapshotOptions::default(), CREATED, script).await;
    assert!(
        ran.results[0]
            .snapshot
            .as_ref()
            .is_some_and(SnapshotReport::is_used)
            && ran.results[1].snapshot.is_none()
    );
    let both = vec![throttled_config(), other_config("/none")];
    let ran = run_all(&setup, both, SnapshotOptions::default(), CREATED, script).await;
    assert!(ran.results.iter().all(|result| result.snapshot.is_none()));
    assert_eq!(setup.memory.decrypts(), 1);
}

#[tokio::test(start_paused = true)]
async fn no_debug_text_contains_a_part_of_a_value() {
    let setup = Setup::new().await;
    let snapshot = setup.create_snapshot(&["/a", "secret:b"]);
    let sealed = SealedSnapshot::parse(&snapshot).unwrap();
    let ran = run(
        &setup,
        schema(two_fields(), setup.file(snapshot.clone())),
        |_, _| throttled(),
    )
    .await;
    let fetched = &ran.results[0];
    let text = format!(
        "{sealed:?} {:?} {:?} {:?}",
        fetched.outcomes, fetched.calls, fetched.snapshot
    );
    let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, SECRET);
    for planted in [SECRET, base64.trim_end_matches('=')] {
        assert!(
            !text.contains(planted) && !snapshot.contains(planted),
            "{text}"
        );
    }
}
