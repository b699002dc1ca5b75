//! `cargo stage snapshot --verify`: whether a program would start from it.

use std::process::ExitCode;
use std::time::Duration;

use stage_config_core::manage::{ReadField, VerifiedSnapshot, verify_snapshot};
use stage_config_core::report::{SnapshotReport, SnapshotState};
use stage_config_core::sealed::KEY_FILE;
use stage_config_grammar::duration::spaced;

use super::Place;
use crate::problem::Problem;
use crate::progress::waiting;
use crate::{folder, output, shown};

/// How long KMS is waited for.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) async fn run(place: &Place<'_>, offline: bool) -> Result<ExitCode, Problem> {
    let (text, key) = texts(place)?;
    let plan = &place.stage.plan;
    let looked = verify_snapshot(plan, text.clone(), key.clone(), None, PATIENCE).await.map_err(Problem::of_manage)?;
    let (VerifiedSnapshot { report, fields, .. }, opened) = if offline || !looked.report.is_used() {
        (looked, false)
    } else {
        let access = match place.stage.access().await {
            Ok(access) => access,
            Err(problem) => {
                show(&place.shown, "unchecked", &format!("{}; not opened", aged(&looked.report)));
                return Err(problem.into_unchecked());
            }
        };
        let opening = verify_snapshot(plan, text, key, Some(&access), PATIENCE);
        (waiting("asking KMS", opening).await.map_err(Problem::of_manage)?, true)
    };
    let (word, detail, status) = match report.state {
        SnapshotState::Used if opened => {
            ("ok", format!("{}; it opens, and has all that is needed{}", aged(&report), unverified(&fields)), 0)
        }
        SnapshotState::Used => ("ok", format!("{}; not opened (--offline)", aged(&report)), 0),
        SnapshotState::Denied | SnapshotState::Credentials | SnapshotState::Unavailable => {
            ("unchecked", faulty(&report), 2)
        }
        _ => ("WRONG", faulty(&report), 1),
    };
    show(&place.shown, word, &detail);
    Ok(ExitCode::from(status))
}

/// The snapshot and its key pair: the files beside the code, or where there are none, what the artifact has.
fn texts(place: &Place<'_>) -> Result<(String, Option<String>), Problem> {
    if place.session.package.is_some() {
        let text = folder::read(&place.path()?, &place.shown).map_err(Problem::into_unchecked)?;
        let text = text.ok_or_else(|| {
            Problem::refused(format!("there is no {}", place.shown))
                .remedy(format!("to write it: cargo stage snapshot --stage {}", place.stage.name()))
        })?;
        return Ok((text, place.folder()?.read(KEY_FILE)?));
    }
    let files = place.session.schema.snapshot.map_or(&[][..], |snapshot| snapshot.files);
    let file = files.iter().find(|file| file.stage == place.stage.name());
    let file = file.ok_or_else(|| Problem::unchecked(format!("the artifact has no {}", place.shown)))?;
    Ok((file.text.to_owned(), file.key.map(str::to_owned)))
}

/// What only the program can tell of the values: `; not verified: mode (…)`.
fn unverified(fields: &[ReadField]) -> String {
    let open = |field: &ReadField| {
        let open = field.verify()?.ok().filter(|open| !open.is_empty())?;
        let open: Vec<String> = open.into_iter().map(|one| shown::unverified(one, field.value.type_name)).collect();
        Some(format!("{} ({})", field.path, open.join(", ")))
    };
    let open: Vec<String> = fields.iter().filter_map(open).collect();
    if open.is_empty() { String::new() } else { format!("; not verified: {}", open.join(", ")) }
}

fn faulty(report: &SnapshotReport) -> String {
    let detail = if report.detail.is_empty() { String::new() } else { format!(": {}", report.detail) };
    format!("{}{detail}; remedy: {}", report.state, report.remedy)
}

/// To the minute: nobody needs it closer.
fn aged(report: &SnapshotReport) -> String {
    let minutes = report.age.unwrap_or_default().as_secs() / 60;
    match minutes {
        0 => "less than a minute old".to_owned(),
        _ => {
            let age = humantime::format_duration(Duration::from_secs(minutes * 60)).to_string();
            format!("{} old", spaced(&age))
        }
    }
}

fn show(file: &str, word: &str, detail: &str) {
    let row = [file, word, detail].map(str::to_owned);
    output::table(&[["FILE", "RESULT", "DETAIL"].map(str::to_owned), row]);
}
