//! Tests of unusable snapshots: the cause is reported, and the load continues. A throttled call to
//! KMS is retried.

use super::*;
use crate::{schema::SnapshotFile, sealed::StageKey};

/// Some causes are found in the file alone, and the others only after KMS has unlocked the key
/// pair.
#[tokio::test(start_paused = true)]
async fn each_cause_has_its_state_and_the_load_continues() {
    let setup = Setup::new().await;
    let good = setup.create_snapshot(&["/a", "secret:b"]);
    let other = Setup::new().await;
    let dev = StageKey::create(&setup.kms, KEY, "shop", "dev")
        .await
        .unwrap();
    let dev_snapshot = dev
        .seal_snapshot("shop::Config", CREATED, b"{}")
        .unwrap()
        .to_string();
    let edit = |from: &str, to: &str| good.replace(from, to);
    let lines: Vec<&str> = good.lines().collect();
    let cut = lines[..lines.len() - 2].join("\n");

    use SnapshotState::{
        Empty, FromTheFuture, Malformed, Misplaced, OtherSchema, Tampered, TooOld, WrongKey,
    };
    let file = |text: String| setup.file(text);
    let keyless = SnapshotFile {
        key: None,
        ..file(good.clone())
    };
    for (state, file, now, decrypts, words) in [
        (
            Empty,
            file(stage_config_grammar::snapshot::new_placeholder("prod")),
            CREATED,
            0,
            "placeholder",
        ),
        (
            TooOld,
            file(good.clone()),
            CREATED + 8 * DAY,
            0,
            "8 days old, and `snapshot_max_age` is 7 days",
        ),
        (
            FromTheFuture,
            file(good.clone()),
            CREATED - DAY,
            0,
            "1 day later than the clock",
        ),
        (
            OtherSchema,
            file(setup.create_snapshot(&["/a", "/c"])),
            CREATED,
            1,
            "contains no answer for secret:b",
        ),
        (
            OtherSchema,
            file(
                setup.create_snapshot_with(vec![("/a", found("")), ("secret:b", Outcome::Missing)]),
            ),
            CREATED,
            1,
            "1 field missing",
        ),
        (Malformed, file(cut), CREATED, 0, "cut off"),
        (
            Malformed,
            file("x".to_owned()),
            CREATED,
            0,
            "does not begin with",
        ),
        (
            Misplaced,
            file(dev_snapshot),
            CREATED,
            0,
            "belongs to the stage `dev`",
        ),
        (
            WrongKey,
            file(other.create_snapshot(&["/a", "secret:b"])),
            CREATED,
            0,
            "another key pair",
        ),
        (WrongKey, keyless, CREATED, 0, "not embedded"),
        (
            Tampered,
            file(edit("created: 1700000000", "created: 1700000001")),
            CREATED,
            1,
            "changed after it was sealed",
        ),
        (
            Tampered,
            file(edit("config: shop::Config", "config: shop::Other")),
            CREATED,
            1,
            "changed after it was sealed",
        ),
    ] {
        let before = setup.memory.decrypts();
        let plans = vec![new_load_plan(schema(two_fields(), file), "prod")];
        let ran = run_all(&setup, plans, SnapshotOptions::default(), now, |_, _| {
            throttled()
        })
        .await;
        let report = ran.report();
        let text = report.to_string();
        assert_eq!(
            (report.state, setup.memory.decrypts() - before),
            (state, decrypts),
            "{text}"
        );
        assert!(
            text.contains(words) && text.contains("--stage prod"),
            "{words}: {text}"
        );
        assert!(
            ran.elapsed > Duration::from_secs(5) && ran.results[0].from_snapshot.is_empty(),
            "{text}"
        );
        assert_eq!(ran.origin("/a"), "throttled");
        assert!(!format!("{text} {report:?}").contains(SECRET));
    }
}

#[tokio::test(start_paused = true)]
async fn a_denied_call_to_kms_is_reported_and_a_throttled_one_is_retried() {
    let setup = Setup::new().await;
    let file = setup.file(setup.create_snapshot(&["/a", "secret:b"]));
    setup.memory.fail_once("AccessDeniedException", 400);
    let ran = run(&setup, schema(two_fields(), file), |_, _| throttled()).await;
    assert_eq!(
        (ran.report().state, setup.memory.decrypts()),
        (SnapshotState::Denied, 1)
    );
    assert!(
        ran.report()
            .help
            .to_string()
            .contains("allow `kms:Decrypt`"),
        "{}",
        ran.report()
    );
    setup.memory.fail_once("ThrottlingException", 400);
    let ran = run(&setup, schema(two_fields(), file), |_, _| throttled()).await;
    assert_eq!(
        (ran.report().state, setup.memory.decrypts()),
        (SnapshotState::Used, 3)
    );
    assert_eq!(ran.snapshot_calls()[0].retries, 1);
}
