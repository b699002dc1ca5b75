//! `cargo stage snapshot --verify`: checks that a program can use the snapshot.

use std::process::ExitCode;
use std::time::Duration;

use stage_config_core::Help;
use stage_config_core::manage::{ReadField, VerifiedSnapshot, verify_snapshot};
use stage_config_core::report::{SnapshotReport, SnapshotState};
use stage_config_core::sealed::KEY_FILE;
use stage_config_grammar::duration::add_spaces;

use super::SnapshotContext;
use crate::error::CliError;
use crate::progress::wait_with_progress;
use crate::{invocation, output, redact, sealed_folder};

/// The time limit for KMS.
const KMS_TIMEOUT: Duration = Duration::from_secs(30);

pub(super) async fn run(
    context: &SnapshotContext<'_>,
    offline: bool,
) -> Result<ExitCode, CliError> {
    let (text, key) = read_snapshot_and_key(context)?;
    let plan = &context.stage.plan;
    let unopened = verify_snapshot(plan, text.clone(), key.clone(), None, KMS_TIMEOUT).await?;
    let (VerifiedSnapshot { report, fields, .. }, is_opened) =
        if offline || !unopened.report.is_used() {
            (unopened, false)
        } else {
            let access = match context.stage.connect().await {
                Ok(access) => access,
                Err(problem) => {
                    print_row(
                        &context.display_path,
                        "unchecked",
                        &format!("{}; not opened", format_age(&unopened.report)),
                    )?;
                    return Err(problem.into_undetermined());
                }
            };
            let opening = verify_snapshot(plan, text, key, Some(&access), KMS_TIMEOUT);
            (wait_with_progress("waiting for KMS", opening).await?, true)
        };

    let (word, detail, status) = match report.state {
        SnapshotState::Used if is_opened => (
            "ok",
            format!(
                "{}; it can be opened, and has all values that it must have{}",
                format_age(&report),
                describe_unverified(&fields)
            ),
            0,
        ),
        SnapshotState::Used => (
            "ok",
            format!("{}; not opened (--offline)", format_age(&report)),
            0,
        ),
        SnapshotState::Denied | SnapshotState::Credentials | SnapshotState::Unavailable => {
            ("unchecked", format_failure(&report), 2)
        }
        _ => ("WRONG", format_failure(&report), 1),
    };
    print_row(&context.display_path, word, &detail)?;
    Ok(ExitCode::from(status))
}

/// Reads the snapshot and its key pair from the package, or from the artifact if the package is not
/// known.
fn read_snapshot_and_key(
    context: &SnapshotContext<'_>,
) -> Result<(String, Option<String>), CliError> {
    if context.session.package.is_some() {
        let text = sealed_folder::read_file(&context.path()?, &context.display_path)
            .map_err(CliError::into_undetermined)?;
        let text = text.ok_or_else(|| {
            let write = invocation::stage_command("snapshot", context.stage.name());
            CliError::failed(format!("there is no {}", context.display_path))
                .with_help(Help::run_to("to write it", write))
        })?;
        return Ok((text, context.folder()?.read(KEY_FILE)?));
    }
    let files = context
        .session
        .schema
        .snapshot
        .map_or(&[][..], |snapshot| snapshot.files);
    let file = files.iter().find(|file| file.stage == context.stage.name());
    let file = file.ok_or_else(|| {
        CliError::undetermined(format!("the artifact has no {}", context.display_path))
    })?;
    Ok((file.text.to_owned(), file.key.map(str::to_owned)))
}

/// Describes the parts of the values that only the program can verify: `; not verified: mode (…)`.
fn describe_unverified(fields: &[ReadField]) -> String {
    let describe_field = |field: &ReadField| {
        let parts = field.verify()?.ok().filter(|parts| !parts.is_empty())?;
        let parts: Vec<String> = parts
            .into_iter()
            .map(|part| redact::describe_unverified(part, field.planned.spec().type_name))
            .collect();
        Some(format!("{} ({})", field.planned.path(), parts.join(", ")))
    };
    let unverified: Vec<String> = fields.iter().filter_map(describe_field).collect();
    if unverified.is_empty() {
        String::new()
    } else {
        format!("; not verified: {}", unverified.join(", "))
    }
}

fn format_failure(report: &SnapshotReport) -> String {
    let detail = if report.detail.is_empty() {
        String::new()
    } else {
        format!(": {}", report.detail)
    };
    let help = invocation::complete(report.help.clone());
    format!("{}{detail}; help: {help}", report.state)
}

/// Formats the age, rounded down to minutes.
fn format_age(report: &SnapshotReport) -> String {
    let minutes = report.age.unwrap_or_default().as_secs() / 60;
    match minutes {
        0 => "less than a minute old".to_owned(),
        _ => {
            let age = humantime::format_duration(Duration::from_secs(minutes * 60)).to_string();
            format!("{} old", add_spaces(&age))
        }
    }
}

fn print_row(file: &str, word: &str, detail: &str) -> Result<(), CliError> {
    let row = [file, word, detail].map(str::to_owned);
    output::print_table(&[["FILE", "RESULT", "DETAIL"].map(str::to_owned), row])
}
