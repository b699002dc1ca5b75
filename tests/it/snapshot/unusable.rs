//! Unusable snapshots: an error and a warning state the reason.

use super::*;

macro_rules! unusable {
    ($($test:ident: $file:literal $(, $option:ident $(= $value:literal)?)* ; $state:ident, $decrypts:literal, $words:literal;)+) => {$(
        mod $test {
            use super::*;

            #[derive(StageConfig)]
            #[stage(snapshots = "/snapshots/{field}")]
            #[config(app = "snapshots", snapshot = $file $(, $option $(= $value)?)*)]
            struct Unusable {
                table: String,
                added: Option<String>,
            }

            #[tokio::test]
            async fn an_error_states_why_the_snapshot_is_unusable() {
                let endpoint = start_with_stores(Answer::throttled());
                let error = expect_error(short_loader::<Unusable>(&endpoint).resolve().await);
                let text = error.to_string();
                assert_eq!((error.failures().len(), error.failures()[0].kind()), (2, FailureKind::Throttled), "{text}");
                let [snapshot] = error.snapshots() else { panic!("one snapshot is expected: {text}") };
                assert_eq!((snapshot.state, count_operations(&endpoint, "Decrypt")), (SnapshotState::$state, $decrypts), "{text}");
                assert!(text.contains("could not be used") && text.contains($words) && text.contains("help: "), "{text}");
                assert_error_clean("an unusable snapshot", &error);
            }

            /// With `snapshot_first`, the load falls back to the stores, with a warning.
            #[tokio::test]
            async fn a_successful_load_warns_about_the_snapshot() {
                let endpoint = Endpoint::start(answer_from_stores);
                let logs = Logs::start();
                let loaded = expect_loaded(loader::<Unusable>(&endpoint).snapshot_first().resolve().await);
                assert_eq!((loaded.config.table.as_str(), loaded.config.added.as_deref()), ("today", Some("added")));

                let report = loaded.report.snapshot.expect("the report has the snapshot");
                assert_eq!(report.state, SnapshotState::$state, "{report}");

                let own = logs.own_events();
                assert_eq!(own.lines().filter(|line| line.contains(" WARN ")).count(), 1, "{own}");
                assert!(own.contains("the snapshot could not be used"), "{own}");
                assert_clean("an unusable snapshot", &own);
            }
        }
    )+};
}

unusable! {
    too_old: "it/snapshot/files/good.snapshot", snapshot_max_age = "7d"; TooOld, 0, "`snapshot_max_age` is 7 days";
    of_another_schema: "it/snapshot/files/good.snapshot"; OtherSchema, 1, "contains no answer for /snapshots/added";
    tampered: "it/snapshot/files/tampered.snapshot"; Tampered, 1, "changed after it was sealed";
    malformed: "it/snapshot/files/malformed.snapshot"; Malformed, 0, "cut off";
    empty: "it/snapshot/files/empty.snapshot"; Empty, 0, "the placeholder that the first build needs";
}

/// If KMS denies the key, the load continues with the stores. Its error also states why the
/// snapshot is unusable.
#[tokio::test]
async fn a_denied_kms_key_is_reported() {
    let endpoint = Endpoint::start(|request| match request.service.as_str() {
        "TrentService" => Answer::not_authorized("kms:Decrypt", cipher::KEY),
        _ => Answer::throttled(),
    });
    let error = expect_error(short_loader::<Fresh>(&endpoint).resolve().await);
    let [snapshot] = error.snapshots() else {
        panic!("one snapshot is expected: {error}")
    };
    assert_eq!(
        (snapshot.state, count_operations(&endpoint, "Decrypt")),
        (SnapshotState::Denied, 1),
        "{error}"
    );
    let help = snapshot.help.to_string();
    assert!(
        help.contains("allow `kms:Decrypt`") && help.contains(cipher::KEY),
        "{error}"
    );
}
