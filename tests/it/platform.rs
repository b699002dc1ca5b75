//! The rules that differ in Lambda, in an emulator of Lambda, and elsewhere.

use stage_config::report::{Evidence, Platform};
use stage_config::{ErrorKind, StageConfig};

use crate::support::child;
use crate::support::load::{assert_error, expect_error};
use crate::support::logs::Logs;

#[derive(StageConfig)]
#[stage(dev = "/platform/dev/{field}", prod = "/platform/prod/{field}")]
#[config(default_stage = "dev")]
struct Config {
    table: String,
}

const NAME: (&str, &str) = ("AWS_LAMBDA_FUNCTION_NAME", "payments");
const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";
const ON_DEMAND: (&str, &str) = ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand");
const SAM: [(&str, &str); 3] = [NAME, ON_DEMAND, ("AWS_SAM_LOCAL", "true")];
const WATCH: [(&str, &str); 2] = [NAME, (RUNTIME_API, "http://127.0.0.1:9/.rt/payments")];

#[test]
fn a_load_under_snap_start_is_marked_and_warns() {
    let snap_start = [
        NAME,
        ("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start"),
        ("stage", "dev"),
    ];
    child::run("platform::inner_before_restore", &snap_start).assert_passed();
    let on_demand = [NAME, ON_DEMAND, ("stage", "dev")];
    child::run("platform::inner_no_restore", &on_demand).assert_passed();
    // Without the variable `AWS_LAMBDA_FUNCTION_NAME`, the process does not run in Lambda, so the
    // type of initialization has no effect.
    child::run("platform::inner_no_restore", &snap_start[1..]).assert_passed();
}

#[tokio::test]
async fn inner_before_restore() {
    if child::is_inner("platform::inner_before_restore") {
        assert_before_restore(true).await;
    }
}

#[tokio::test]
async fn inner_no_restore() {
    if child::is_inner("platform::inner_no_restore") {
        assert_before_restore(false).await;
    }
}

/// Loads with `resolve`, `load` and `load!`, and runs a `check`. If `expected` is `true`, asserts
/// that each report is marked and each load warns; otherwise, that no report is marked and no load
/// warns.
async fn assert_before_restore(expected: bool) {
    #[derive(StageConfig)]
    #[stage(dev = "value:orders")]
    struct Alone {
        #[expect(dead_code, reason = "only the report matters")]
        table: String,
    }
    #[derive(StageConfig)]
    #[stage(dev = "value:orders")]
    struct Together {
        #[expect(dead_code, reason = "only the report matters")]
        table: String,
    }

    let logs = Logs::start();
    let resolved = Alone::loader().resolve().await;
    let resolved = resolved.expect("a literal needs no store").report;
    let checked = Alone::loader().check().await;
    let checked = checked.expect("a literal needs no store");
    Alone::load().await.expect("a literal needs no store");
    stage_config::load!(Together)
        .await
        .expect("a literal needs no store");
    let alone = Alone::live().expect("it is loaded").report();
    let together = Together::live().expect("it is loaded").report();
    for report in [&resolved, &checked, &*alone, &*together] {
        assert_eq!(report.before_restore, expected, "{report}");
        assert_eq!(report.to_string().contains("BEFORE RESTORE"), expected);
    }

    let events = logs.own_events();
    let warnings = events
        .lines()
        .filter(|line| line.contains("WARN") && line.contains("snapshot of SnapStart"));
    // A check emits no warning.
    assert_eq!(warnings.count(), if expected { 3 } else { 0 }, "{events}");
}

/// Runs an inner test with these variables and a local file for the stage `dev`.
#[track_caller]
fn run_with_local_file(test: &str, variables: &[(&str, &str)]) {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), "[dev]\ntable = \"local\"\n").expect("the file can be written");
    let path = file.path().to_str().expect("the path is text");
    let local = [("STAGE_CONFIG_LOCAL", path)];
    child::run(test, &[variables, &local].concat()).assert_passed();
}

#[test]
fn local_values_and_the_default_stage_apply_in_an_emulator() {
    run_with_local_file("platform::inner_sam", &SAM);
    run_with_local_file("platform::inner_watch", &WATCH);
    run_with_local_file("platform::inner_elsewhere", &SAM[1..]);
    run_with_local_file("platform::inner_elsewhere", &[]);
}

#[tokio::test]
async fn inner_sam() {
    if child::is_inner("platform::inner_sam") {
        assert_emulator(Evidence::SamLocal, "`AWS_SAM_LOCAL` is `true`").await;
    }
}

#[tokio::test]
async fn inner_watch() {
    if child::is_inner("platform::inner_watch") {
        let evidence = "`AWS_LAMBDA_RUNTIME_API` has a path and `AWS_LAMBDA_INITIALIZATION_TYPE` \
                        is not set";
        assert_emulator(Evidence::RuntimeApiPath, evidence).await;
    }
}

/// Loads from the local file without the variable `stage`. Asserts that the report and one warning
/// contain the evidence.
async fn assert_emulator(evidence: Evidence, text: &str) {
    let logs = Logs::start();
    let loaded = Config::loader()
        .resolve()
        .await
        .expect("the local file and the default stage apply");
    assert_eq!(loaded.config.table, "local");
    assert_eq!(loaded.report.stage, "dev");
    assert_eq!(loaded.report.platform, Platform::Emulator(evidence));
    let report = loaded.report.to_string();
    let first = report.lines().next().unwrap_or_default();
    assert!(
        first.contains(&format!("(EMULATOR of Lambda: {text})")),
        "{report}"
    );

    let events = logs.own_events();
    let mut warnings = events
        .lines()
        .filter(|line| line.contains("WARN") && line.contains("emulator of Lambda"));
    let warning = warnings.next().expect("there is a warning");
    assert!(warning.contains(text), "{warning}");
    assert_eq!(warnings.next(), None);
}

#[tokio::test]
async fn inner_elsewhere() {
    if child::is_inner("platform::inner_elsewhere") {
        let logs = Logs::start();
        let loaded = Config::loader()
            .resolve()
            .await
            .expect("the local file and the default stage apply");
        assert_eq!(loaded.report.platform, Platform::Elsewhere);
        assert!(!loaded.report.to_string().contains("EMULATOR"));
        assert!(!logs.own_events().contains("emulator of Lambda"));
    }
}

#[test]
fn local_values_and_the_default_stage_do_not_apply_in_lambda() {
    let other_spelling = [NAME, ON_DEMAND, ("AWS_SAM_LOCAL", "1")];
    let proxied = [NAME, ON_DEMAND, (RUNTIME_API, "127.0.0.1:9/.rt/payments")];
    let interface_emulator = [NAME, (RUNTIME_API, "127.0.0.1:9001")];
    let empty = [("AWS_LAMBDA_FUNCTION_NAME", "")];
    let variables: [&[(&str, &str)]; 5] = [
        &SAM[..2],
        &other_spelling,
        &proxied,
        &interface_emulator,
        &empty,
    ];
    for variables in variables {
        run_with_local_file("platform::inner_default_stage_in_lambda", variables);
        let staged = [variables, &[("stage", "dev")]].concat();
        run_with_local_file("platform::inner_local_in_lambda", &staged);
    }
}

#[tokio::test]
async fn inner_default_stage_in_lambda() {
    if child::is_inner("platform::inner_default_stage_in_lambda") {
        let error = expect_error(Config::load().await);
        let words = ["the default stage `dev` does not apply in Lambda"];
        assert_error(&error, ErrorKind::Stage, &words);
    }
}

#[tokio::test]
async fn inner_local_in_lambda() {
    if child::is_inner("platform::inner_local_in_lambda") {
        let error = expect_error(Config::load().await);
        let words = ["`STAGE_CONFIG_LOCAL` is set in Lambda"];
        assert_error(&error, ErrorKind::Local, &words);
    }
}
