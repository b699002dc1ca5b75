//! The check of a function's settings: timeout, memory, SnapStart, architecture, state.

use serde_json::json;

use super::{Aws, VARIABLES, zip_executable};
use crate::support::artifact::build_elf;
use stage_config::StageConfig as _;
use stage_config_core::manifest::RESTORE_MARK;

fn warnings(aws: Aws) -> Vec<String> {
    let checked = aws.check(&[]);
    checked.assert_wrong(&[]);
    checked.with_result("warning")
}

#[test]
fn a_timeout_shorter_than_a_load_is_a_warning() {
    let aws = Aws::new().with_function(|function| function.with("Timeout", json!(3)));
    let expected = "timeout: the timeout of the function is 3 s, and a load may take 8 s: if INIT fails, Lambda \
                    repeats it in an invocation, which ends before the program can report \
                    the error";
    assert_eq!(warnings(aws.clone()), [expected]);
    let variables = VARIABLES
        .into_iter()
        .chain([("STAGE_CONFIG_TIMEOUT", "2s")]);
    assert_eq!(warnings(aws.with_variables(variables)), [""; 0]);
}

#[test]
fn a_load_that_may_take_longer_than_init_is_a_warning() {
    let variables = VARIABLES
        .into_iter()
        .chain([("STAGE_CONFIG_TIMEOUT", "12s")]);
    assert_eq!(
        warnings(Aws::new().with_variables(variables)),
        ["timeout: a load may take 12 s, and INIT ends after 10 s"]
    );
}

#[test]
fn too_little_memory_for_the_timeout_is_a_warning() {
    let variables = VARIABLES
        .into_iter()
        .chain([("STAGE_CONFIG_TIMEOUT", "500ms")]);
    let aws = Aws::new()
        .with_variables(variables)
        .with_function(|function| function.with("MemorySize", json!(128)));
    assert_eq!(
        warnings(aws),
        [
            "memory: with 128 MB, a cold start needs about 276 ms of CPU alone, and a load may \
             take 500 ms"
        ]
    );
}

#[test]
fn snap_start_needs_a_load_after_the_restore() {
    let snap_start = json!({ "ApplyOn": "PublishedVersions", "OptimizationStatus": "On" });
    let aws = Aws::new().with_function(|function| function.with("SnapStart", snap_start));
    assert_eq!(
        warnings(aws.clone()),
        [
            "SnapStart: the program does not call `stage_config::lambda::load`, so its secrets \
             may be in the snapshot"
        ]
    );

    let mut executable = build_elf(&[super::Config::__manifest()]);
    executable.extend_from_slice(RESTORE_MARK);
    let zip = zip_executable(&executable);
    assert_eq!(warnings(aws.with_code(zip)), [""; 0]);
}

#[test]
fn the_architecture_must_be_that_of_the_program() {
    let aws = Aws::new().with_function(|function| function.with("Architectures", json!(["arm64"])));
    aws.check(&[]).assert_wrong(&[
        "architecture: the function runs on arm64, and the program is built for x86_64",
    ]);
}

#[test]
fn a_failed_or_unfinished_update_is_reported() {
    for (setting, state, expected) in [
        (
            "LastUpdateStatus",
            "Failed",
            "update: its last update failed, so the previous version runs",
        ),
        (
            "LastUpdateStatus",
            "InProgress",
            "update: an update is in progress, so the previous version still runs",
        ),
    ] {
        let aws = Aws::new().with_function(|function| function.with(setting, json!(state)));
        assert_eq!(warnings(aws), [expected]);
    }
    let aws = Aws::new().with_function(|function| function.with("State", json!("Failed")));
    aws.check(&[])
        .assert_wrong(&["update: its state is Failed, so no invocation succeeds"]);
}

#[test]
fn snap_start_and_managed_instances_have_their_own_load_timeouts() {
    let snap_start = json!({ "ApplyOn": "PublishedVersions", "OptimizationStatus": "On" });
    let aws = Aws::new().with_function(|function| {
        function
            .with("SnapStart", snap_start)
            .with("Timeout", json!(7))
    });
    let ok = aws.check(&[]).with_result("ok").join("\n");
    assert!(ok.contains("timeout: 7 s, and a load may take 6 s"), "{ok}");

    let managed = json!({ "LambdaManagedInstancesCapacityProviderConfig": {
        "CapacityProviderArn": "arn:aws:lambda:eu-west-1:123456789012:capacity-provider:one",
    }});
    let aws = Aws::new().with_function(|function| {
        function
            .with("CapacityProviderConfig", managed)
            .with("Timeout", json!(40))
    });
    let ok = aws.check(&[]).with_result("ok").join("\n");
    assert!(
        ok.contains("timeout: 40 s, and a load may take 30 s"),
        "{ok}"
    );
}
