//! `cargo stage snapshot`: reads the values of a stage, and seals them into a file.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

use stage_config_core::manage::{ADD_OVERWRITE, ReadMode, VariableSource, write_snapshot};
use stage_config_core::sealed::SealedSnapshot;
use stage_config_grammar::duration::add_spaces;
use stage_config_grammar::snapshot;

use super::SnapshotContext;
use crate::error::CliError;
use crate::{output, read_values, sealed_folder};

pub(super) async fn run(
    context: &SnapshotContext<'_>,
    overwrite: bool,
) -> Result<ExitCode, CliError> {
    let (stage, display_path, path) = (
        &context.stage,
        context.display_path.as_str(),
        context.path()?,
    );
    // Check the files before any request to AWS.
    context.read_key()?;
    check_existing(context, overwrite)?;

    // The command does not know the variables of the deployment, so the values in variables stay
    // unknown.
    let variables = VariableSource::Deployment(BTreeMap::new());
    let reading = stage.read_with_progress(ReadMode::Values, variables);
    let reading = reading.await?;
    read_values::check_load(&reading, stage, |_| true)?;

    // Nothing below waits for AWS: Ctrl-C leaves either the old file or the new one.
    let _lock = context.folder()?.lock().await?;
    // Read the key again: another command may have changed it in the meantime.
    let key = context.read_key()?;
    check_existing(context, overwrite)?;
    let new = write_snapshot(&stage.plan, &reading, &key)
        .map_err(|error| CliError::from(error).into_failed())?;
    sealed_folder::replace_file(&path, display_path, &new.text).await?;

    let values = output::count_values(new.values);
    let missing = if new.missing == 0 {
        String::new()
    } else {
        format!(", {} known to be missing", new.missing)
    };
    output::eprint_line(&format!(
        "{display_path} is written for the stage `{}`: {values}{missing}, {} bytes: commit it, \
         build and deploy",
        stage.name(),
        new.text.len()
    ));
    if !new.left_out.is_empty() {
        output::eprint_line(&format!(
            "note: not in the snapshot, and requested by every load: {}",
            new.left_out.join(", ")
        ));
    }
    if let Some(max_age_ms) = context
        .session
        .schema
        .snapshot
        .and_then(|snapshot| snapshot.max_age_ms)
    {
        let age =
            add_spaces(&humantime::format_duration(Duration::from_millis(max_age_ms)).to_string());
        output::eprint_line(&format!("note: the snapshot expires when it is {age} old"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Refuses to replace a file that is neither a snapshot nor a placeholder, unless `--overwrite` is
/// set. A snapshot or a placeholder is replaced without the option, because git keeps its old
/// version.
fn check_existing(context: &SnapshotContext<'_>, overwrite: bool) -> Result<(), CliError> {
    match sealed_folder::read_file(&context.path()?, &context.display_path)? {
        Some(text)
            if !overwrite
                && !snapshot::is_placeholder(&text)
                && SealedSnapshot::parse(&text).is_err() =>
        {
            Err(CliError::failed(format!(
                "{} exists, and is not a snapshot",
                context.display_path
            ))
            .with_help(format!("check the content of the file; {ADD_OVERWRITE}")))
        }
        _ => Ok(()),
    }
}
