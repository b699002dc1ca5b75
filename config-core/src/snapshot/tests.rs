//! Tests of when a load uses a snapshot, when it does not, and what it reports. Time is paused, so
//! no test waits.

mod contents;
mod setup;
mod turn;
mod useless;

use super::*;
use crate::{
    failure::FailureKind::{Denied, Missing, Throttled, Undecodable},
    outcome::{Denied as Refused, Failed, Found},
    report::SnapshotReport,
    schema::{Field, Schema, SnapshotSpec},
    sealed::{SealedSnapshot, tests::memory::MemoryKms},
};
use setup::*;

#[tokio::test(start_paused = true)]
async fn what_is_throttled_starts_from_the_snapshot_after_half_the_deadline() {
    let setup = Setup::new().await;
    let schema = schema(two(), setup.file(setup.snapshot(&["/a", "secret:b"])));
    let ran = run(&setup, schema, |name, _| if name == "/a" { throttled() } else { found(name) }).await;
    // This includes what a store had already answered, because all values must be of one time.
    assert_eq!((ran.origin("/a"), ran.origin("secret:b")), ("snapshot".into(), "snapshot".into()));
    assert_eq!((setup.memory.decrypts(), ran.calls().len()), (1, 1));
    assert!(ran.took >= Duration::from_secs(2) && ran.took <= Duration::from_secs(4), "{:?}", ran.took);
    let report = ran.report();
    assert_eq!(
        (report.state, report.age, report.created),
        (SnapshotState::Used, Some(Duration::from_secs(DAY)), Some(CREATED))
    );
    assert_eq!(report.to_string(), "STARTED FROM THE SNAPSHOT sealed/prod.snapshot, 1 day old (1 field throttled)");
    assert_eq!(ran.all[0].from_snapshot.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn the_time_of_the_turn_is_an_option() {
    let setup = Setup::new().await;
    let schema = schema(two(), setup.file(setup.snapshot(&["/a", "secret:b"])));
    let options = SnapshotOptions { after: Some(Duration::from_millis(200)), first: false };
    let ran = run_all(&setup, vec![prepared(schema, "prod")], options, CREATED, |_, _| throttled()).await;
    assert!(ran.report().is_used() && ran.took <= Duration::from_millis(200), "{:?}", ran.took);
}

/// An untrusted certificate: the store cannot be reached, and no retry helps.
#[tokio::test(start_paused = true)]
async fn what_is_not_worth_another_try_starts_from_it_at_once() {
    let setup = Setup::new().await;
    let schema = schema(two(), setup.file(setup.snapshot(&["/a", "secret:b"])));
    let unreachable = || Outcome::Failed(Failed::new(FailureKind::Unavailable, "no").permanent());
    let ran = run(&setup, schema, move |_, _| unreachable()).await;
    assert!(ran.report().is_used() && ran.took < Duration::from_secs(1), "{:?}", ran.took);
}

#[tokio::test(start_paused = true)]
async fn a_load_that_goes_well_asks_for_no_snapshot() {
    let setup = Setup::new().await;
    let schema = schema(two(), setup.file(setup.snapshot(&["/a", "secret:b"])));
    // The first answer is delayed.
    let ran =
        run(&setup, schema, |name, passed| if passed < Duration::from_millis(100) { throttled() } else { found(name) })
            .await;
    assert_eq!((setup.memory.decrypts(), ran.all[0].snapshot.is_none()), (0, true));
    assert!(ran.all[0].from_snapshot.is_empty());
}

/// Old values do not hide a permanent mistake.
#[tokio::test(start_paused = true)]
async fn denied_missing_and_undecodable_never_start_from_it_not_even_beside_what_is_throttled() {
    let setup = Setup::new().await;
    let file = setup.file(setup.snapshot(&["/a", "secret:b"]));
    for (outcome, kind) in [
        (Outcome::Denied(Refused::new("no")), "denied"),
        (Outcome::Missing, "missing"),
        (Outcome::Found(Found::from_text("undecodable")), "store"),
    ] {
        for other in [found("secret:b"), throttled()] {
            let (outcome, other) = (outcome.clone(), other.clone());
            let script = move |name: &str, _| if name == "/a" { outcome.clone() } else { other.clone() };
            let ran = run(&setup, schema(two(), file), script).await;
            assert_eq!(ran.origin("/a"), kind);
            assert!(ran.all[0].snapshot.is_none(), "{kind}");
        }
    }
    assert_eq!(setup.memory.decrypts(), 0);
    assert!(Throttled.is_transient() && !Denied.is_transient());
}

#[tokio::test(start_paused = true)]
async fn what_is_refreshed_and_what_a_program_keeps_itself_is_asked_for_to_the_end() {
    let setup = Setup::new().await;
    let fields = || vec![value("/a", None), value("/fresh", Some(60_000)), value("vault:own", None)];
    // An address that any field with `refresh` reads is fresh for all fields.
    let file = setup.file(setup.snapshot(&["/a", "/fresh", "vault:own"]));
    let late = |name: &str, passed: Duration| match name {
        "/fresh" | "vault:own" if passed > Duration::from_secs(5) => found(name),
        _ => throttled(),
    };
    let ran = run(&setup, schema(fields(), file), late).await;
    assert_eq!(["/a", "/fresh", "vault:own"].map(|one| ran.origin(one)), ["snapshot", "store", "store"]);
    assert!(ran.report().is_used() && ran.took > Duration::from_secs(5));
    assert_eq!(setup.memory.decrypts(), 1);

    let ran = run(&setup, schema(fields(), file), |_, _| throttled()).await;
    assert_eq!(["/a", "/fresh"].map(|one| ran.origin(one)), ["snapshot", "throttled"]);
    assert!(ran.took > Duration::from_secs(5), "{:?}", ran.took);

    let mut taken = schema(fields(), file);
    taken.snapshot = taken.snapshot.map(|snapshot| SnapshotSpec { refreshed: true, ..snapshot });
    let script = |name: &str, _| if name == "vault:own" { found(name) } else { throttled() };
    let ran = run(&setup, taken, script).await;
    assert_eq!(["/a", "/fresh", "vault:own"].map(|one| ran.origin(one)), ["snapshot", "snapshot", "store"]);
}

#[tokio::test(start_paused = true)]
async fn one_call_to_kms_and_no_other_if_the_program_wishes_so() {
    let setup = Setup::new().await;
    let options = SnapshotOptions { after: None, first: true };
    let schema = |file| schema(two(), file);
    let file = setup.file(setup.snapshot(&["/a", "secret:b"]));
    let ran = run_all(&setup, vec![prepared(schema(file), "prod")], options, CREATED, |name, _| found(name)).await;
    assert_eq!((setup.memory.decrypts(), ran.asked.len(), ran.origin("/a")), (1, 0, "snapshot".to_owned()));
    assert_eq!(ran.report().reason, "`snapshot_first`");
    // An unusable snapshot causes only a warning.
    let short = setup.file(setup.snapshot(&["/a"]));
    let ran = run_all(&setup, vec![prepared(schema(short), "prod")], options, CREATED, |name, _| found(name)).await;
    assert_eq!((ran.asked, ran.all[0].from_snapshot.len()), (vec!["secret:b".to_owned(), "/a".to_owned()], 0));
    assert_eq!(ran.all[0].snapshot.as_ref().map(|report| report.state), Some(SnapshotState::OtherSchema));
}

#[tokio::test(start_paused = true)]
async fn an_undeclared_stage_and_one_without_a_file_have_none() {
    let setup = Setup::new().await;
    let file = setup.file(setup.snapshot(&["/a", "secret:b"]));
    for stage in ["qa1", "dev"] {
        let one = vec![prepared(schema(two(), file), stage)];
        let ran = run_all(&setup, one, SnapshotOptions::default(), CREATED, |_, _| throttled()).await;
        assert!(ran.all[0].snapshot.is_none() && ran.took > Duration::from_secs(5), "{stage}");
    }
}

/// Several configurations of one load each use their own snapshot. No snapshot is used if another
/// configuration cannot be loaded anyway.
#[tokio::test(start_paused = true)]
async fn together_each_takes_its_own() {
    let setup = Setup::new().await;
    let one = || prepared(schema(vec![value("/a", None)], setup.file(setup.snapshot(&["/a"]))), "prod");
    let other = |address| prepared(schema(vec![value(address, None)], setup.file(setup.snapshot(&[]))), "prod");
    let script = |name: &str, _| match name {
        "/a" => throttled(),
        "/none" => Outcome::Missing,
        _ => found(name),
    };
    let both = vec![one(), other("/b")];
    let ran = run_all(&setup, both, SnapshotOptions::default(), CREATED, script).await;
    assert!(ran.all[0].snapshot.as_ref().is_some_and(SnapshotReport::is_used) && ran.all[1].snapshot.is_none());
    let both = vec![one(), other("/none")];
    let ran = run_all(&setup, both, SnapshotOptions::default(), CREATED, script).await;
    assert!(ran.all.iter().all(|one| one.snapshot.is_none()));
    assert_eq!(setup.memory.decrypts(), 1);
}

/// No printable text contains a part of a value.
#[tokio::test(start_paused = true)]
async fn nothing_shows_a_value() {
    let setup = Setup::new().await;
    let snapshot = setup.snapshot(&["/a", "secret:b"]);
    let sealed = SealedSnapshot::parse(&snapshot).unwrap();
    let ran = run(&setup, schema(two(), setup.file(snapshot.clone())), |_, _| throttled()).await;
    let fetched = &ran.all[0];
    let shown = format!("{sealed:?} {:?} {:?} {:?}", fetched.outcomes, fetched.calls, fetched.snapshot);
    let base64 = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, SECRET);
    for planted in [SECRET, base64.trim_end_matches('=')] {
        assert!(!shown.contains(planted) && !snapshot.contains(planted), "{shown}");
    }
}
