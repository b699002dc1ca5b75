//! `cargo stage snapshot`: reads a stage as its program does, and seals what was read.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

use stage_config_core::manage::{Depth, Variables, write_snapshot};
use stage_config_core::sealed::SealedSnapshot;
use stage_config_grammar::duration::spaced;
use stage_config_grammar::snapshot;

use super::Place;
use crate::problem::Problem;
use crate::progress::waiting;
use crate::{folder, output, values};

pub(super) async fn run(place: &Place<'_>, overwrite: bool) -> Result<ExitCode, Problem> {
    let (stage, shown, path) = (&place.stage, place.shown.as_str(), place.path()?);
    // Before anything is asked for nothing.
    place.key()?;
    check_there(place, overwrite)?;
    // What the deployment's variables hold is its own affair.
    let variables = Variables::OfDeployment(BTreeMap::new());
    let reading = waiting(&format!("reading `{}`", stage.name()), stage.read(Depth::Values, variables)).await?;
    if let Some(error) = reading.error(&stage.plan, |_| true) {
        return Err(values::refusal(&error));
    }

    // Nothing waits for AWS from here on: Ctrl-C finds the old file or the new one.
    let _lock = place.folder()?.lock().await?;
    // Read anew: another command may have changed it meanwhile.
    let key = place.key()?;
    check_there(place, overwrite)?;
    let new = write_snapshot(&stage.plan, &reading, &key).map_err(|error| Problem::of_manage(error).into_refused())?;
    folder::put(&path, shown, &new.text).await?;

    let values = if new.values == 1 { "1 value".to_owned() } else { format!("{} values", new.values) };
    let missing = if new.missing == 0 { String::new() } else { format!(", {} known to be missing", new.missing) };
    output::talk(&format!(
        "{shown} is written for the stage `{}`: {values}{missing}, {} bytes: commit it, build and deploy",
        stage.name(),
        new.text.len()
    ));
    if !new.left_out.is_empty() {
        output::talk(&format!("note: not in it, and always asked for: {}", new.left_out.join(", ")));
    }
    if let Some(ms) = place.session.schema.snapshot.and_then(|snapshot| snapshot.max_age_ms) {
        let age = spaced(&humantime::format_duration(Duration::from_millis(ms)).to_string());
        output::talk(&format!("note: no program starts from it once it is {age} old"));
    }
    Ok(ExitCode::SUCCESS)
}

/// A snapshot and a placeholder are replaced unasked: git keeps the old one. Anything else may be somebody's work.
fn check_there(place: &Place<'_>, overwrite: bool) -> Result<(), Problem> {
    match folder::read(&place.path()?, &place.shown)? {
        Some(text) if !overwrite && !snapshot::is_empty(&text) && SealedSnapshot::parse(&text).is_err() => {
            Err(Problem::refused(format!("{} exists, and is no snapshot", place.shown))
                .remedy("look at what it is; `--overwrite` replaces it"))
        }
        _ => Ok(()),
    }
}
