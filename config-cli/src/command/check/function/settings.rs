//! The settings of a deployed function: its timeout, memory, SnapStart and architecture, and the
//! state of its last update.

use std::time::Duration;

use stage_config_cli::artifact::Program;
use stage_config_core::manage::default_load_timeout;

use super::report::{Finding, FindingKind, FindingResult};
use super::variables::{self, Variables};
use crate::deployed::{DeployedFunction, UpdateState};

/// How long INIT may take (Lambda developer guide, "Lambda execution environment lifecycle").
const INIT_TIMEOUT: Duration = Duration::from_secs(10);
/// The memory with which a function has one whole core (Lambda developer guide, "Configure Lambda
/// function memory").
const MEMORY_OF_ONE_CORE: u32 = 1_769;
/// The CPU time of a cold start with thirty parameters (`docs/performance.md`), rounded up.
const CPU_OF_A_LOAD: Duration = Duration::from_millis(20);
/// A load with less time than this multiple of its CPU time is likely to time out.
const CPU_TIME_FACTOR: u32 = 4;

/// Examines the settings. If the variables are not known, or set no timeout, a load has the default
/// timeout. `program` is the program that the function runs, if that is certain.
pub(super) fn examine(
    function: &DeployedFunction,
    variables: Option<&Variables>,
    program: Option<&Program>,
) -> Vec<Finding> {
    let own_timeout = variables.and_then(variables::read_timeout);
    let (snap_start, managed) = (function.has_snap_start, function.on_managed_instances);
    let load_timeout = own_timeout.unwrap_or_else(|| default_load_timeout(snap_start, managed));
    let mut findings = examine_timeout(function, load_timeout);
    findings.push(examine_memory(function, load_timeout));
    if let Some(program) = program {
        findings.extend(examine_snap_start(function, program));
        findings.push(examine_architecture(function, program));
    }
    findings.extend(examine_update(function.update));
    findings
}

fn examine_update(update: UpdateState) -> Option<Finding> {
    let (result, detail) = match update {
        UpdateState::Done => return None,
        UpdateState::Broken => (
            FindingResult::Wrong,
            "its state is Failed, so no invocation succeeds",
        ),
        UpdateState::Creating => (
            FindingResult::Warning,
            "its state is Pending: it is still being created",
        ),
        UpdateState::Failed => (
            FindingResult::Warning,
            "its last update failed, so the previous version runs",
        ),
        UpdateState::InProgress => (
            FindingResult::Warning,
            "an update is in progress, so the previous version still runs",
        ),
    };
    let help = match update {
        UpdateState::Broken | UpdateState::Failed => "deploy again",
        _ => "wait for the update, or deploy again",
    };
    Some(Finding::new(
        FindingKind::Update,
        result,
        "update",
        detail,
        help,
    ))
}

fn examine_timeout(function: &DeployedFunction, load_timeout: Duration) -> Vec<Finding> {
    let (own, load) = (function.timeout.as_secs(), format_seconds(load_timeout));
    let finding = |result, detail: String, help: String| {
        Finding::new(FindingKind::Timeout, result, "timeout", detail, help)
    };
    let mut findings = Vec::new();
    // On Managed Instances, INIT may take longer.
    if load_timeout > INIT_TIMEOUT && !function.on_managed_instances {
        findings.push(finding(
            FindingResult::Warning,
            format!("a load may take {load}, and INIT ends after 10 s"),
            "set `STAGE_CONFIG_TIMEOUT` to less than `10s`".to_owned(),
        ));
    }
    findings.push(if function.timeout < load_timeout {
        finding(
            FindingResult::Warning,
            format!(
                "the timeout of the function is {own} s, and a load may take {load}: if INIT fails, Lambda \
                 repeats it in an invocation, which ends before the program can report the error"
            ),
            format!("give the function a timeout of more than {load}, or set `STAGE_CONFIG_TIMEOUT` to less than `{own}s`"),
        )
    } else {
        finding(
            FindingResult::Ok,
            format!("{own} s, and a load may take {load}"),
            String::new(),
        )
    });
    findings
}

fn examine_memory(function: &DeployedFunction, load_timeout: Duration) -> Finding {
    let memory = function.memory.max(1);
    let busy = CPU_OF_A_LOAD * MEMORY_OF_ONE_CORE / memory;
    let busy = busy.max(CPU_OF_A_LOAD);
    let finding = |result, detail: String, help: &str| {
        Finding::new(FindingKind::Memory, result, "memory", detail, help)
    };
    if load_timeout < busy * CPU_TIME_FACTOR {
        let detail = format!(
            "with {memory} MB, a cold start needs about {} ms of CPU alone, and a load may take \
             {}",
            busy.as_millis(),
            format_seconds(load_timeout)
        );
        return finding(
            FindingResult::Warning,
            detail,
            "give the function more memory, or set `STAGE_CONFIG_TIMEOUT` to more",
        );
    }
    finding(FindingResult::Ok, format!("{memory} MB"), "")
}

fn examine_snap_start(function: &DeployedFunction, program: &Program) -> Option<Finding> {
    if !function.has_snap_start {
        return None;
    }
    let finding = |result, detail: &str, help: &str| {
        Finding::new(FindingKind::SnapStart, result, "SnapStart", detail, help)
    };
    Some(if program.loads_after_restore() {
        finding(FindingResult::Ok, "the program loads after the restore", "")
    } else {
        finding(
            FindingResult::Warning,
            "the program does not call `stage_config::lambda::load`, so its secrets may be in the \
             snapshot",
            "enable the cargo feature `lambda`, and call `stage_config::lambda::load` in `main`",
        )
    })
}

fn examine_architecture(function: &DeployedFunction, program: &Program) -> Finding {
    let own = &function.architecture;
    let finding = |result, detail: String, help: &str| {
        let kind = FindingKind::Architecture;
        Finding::new(kind, result, "architecture", detail, help)
    };
    match program.lambda_architecture() {
        Some(built) if built == own => finding(FindingResult::Ok, own.clone(), ""),
        Some(built) => finding(
            FindingResult::Wrong,
            format!("the function runs on {own}, and the program is built for {built}"),
            "build for the architecture of the function, or change the architecture of the \
             function",
        ),
        None => finding(
            FindingResult::Wrong,
            format!("the function runs on {own}, and the program is not built for Linux on {own}"),
            "build the program with `cargo lambda build`",
        ),
    }
}

fn format_seconds(duration: Duration) -> String {
    if duration.subsec_millis() == 0 {
        format!("{} s", duration.as_secs())
    } else {
        format!("{} ms", duration.as_millis())
    }
}
