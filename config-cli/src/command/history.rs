//! `cargo stage history`: the versions of one value of one stage. Never a value.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use stage_config_core::PlannedField;
use stage_config_core::manage::Version;

use crate::args::{ArtifactArguments, IdentityArguments};
use crate::destination::{Kept, bare};
use crate::output::{self, Tone, toned};
use crate::problem::Problem;
use crate::progress::waiting;
use crate::session::{OneStage, Session};
use crate::shown;

const ABOUT: &str = "\
List the versions of one value of one stage, the newest first: when it was written, by whom, under which labels. No value is shown.

Of a chain of sources each that keeps versions is listed. A key of a JSON secret has the versions of its secret. Parameter Store \
keeps the last 100 versions; Secrets Manager keeps those with a stage, and does not say who wrote them. The versions of a sealed \
file are git's.";

const STATUS: &str = "\
Exit status:
  0  listed
  1  nothing is kept there, or nothing that has versions
  2  wrong usage, or something could not be looked at";

/// List the versions of one value, without showing any
#[derive(Debug, Args)]
#[command(long_about = ABOUT, after_help = STATUS)]
pub(crate) struct History {
    /// The field; of a nested struct as mail.password
    pub(crate) field: String,

    /// The stage
    #[arg(long)]
    pub(crate) stage: String,

    /// Print JSON, for programs
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) artifact: ArtifactArguments,

    #[command(flatten)]
    pub(crate) identity: IdentityArguments,
}

/// The JSON.
#[derive(Serialize)]
struct Listed<'a> {
    version: u32,
    stage: &'a str,
    field: &'a str,
    sources: Vec<OfSource>,
}

#[derive(Serialize)]
struct OfSource {
    source: String,
    /// `None` where nothing is kept.
    versions: Option<Vec<Version>>,
}

pub(crate) async fn run(arguments: History) -> Result<ExitCode, Problem> {
    let session = Session::open(&arguments.artifact)?;
    let stage = session.field(&arguments.stage, &arguments.identity, &arguments.field)?;
    let field = stage.planned_field(&arguments.field)?;
    let sources = waiting("reading", read(&stage, field)).await?;
    let any = sources.iter().any(|of| of.versions.is_some());
    if arguments.json {
        output::json(&Listed { version: 1, stage: stage.name(), field: field.path(), sources })?;
    } else {
        print(&sources);
    }
    Ok(if any { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn read(stage: &OneStage, field: &PlannedField) -> Result<Vec<OfSource>, Problem> {
    let kept: Vec<_> =
        field.chain().iter().filter_map(|source| Some((shown::of(field, source), bare(source)?))).collect();
    if kept.is_empty() {
        return Err(without_versions(stage, field));
    }
    let access = stage.access().await?;
    let mut sources = Vec::new();
    for (source, kept) in kept {
        let versions = match kept {
            Kept::Parameter { name, region, .. } => access.parameter_history(&name, region).await,
            Kept::Secret { id, region, .. } => access.secret_history(id, region).await,
        };
        sources.push(OfSource { source, versions: versions.map_err(Problem::of_manage)? });
    }
    Ok(sources)
}

fn without_versions(stage: &OneStage, field: &PlannedField) -> Problem {
    let shown: Vec<String> = field.chain().iter().map(|source| shown::of(field, source)).collect();
    let sealed = shown.iter().find_map(|source| source.strip_prefix("sealed:"));
    let what = match shown.is_empty() {
        true => format!("`{}` has no source in the stage `{}`", field.path(), stage.name()),
        false => format!("{} keeps no versions", shown.join(", ")),
    };
    match sealed {
        Some(name) => {
            let file = if name.contains('/') { name.to_owned() } else { format!("{}/{name}", stage.name()) };
            Problem::refused(what).remedy(format!("git log -- sealed/{file}"))
        }
        None => Problem::refused(what),
    }
}

fn print(sources: &[OfSource]) {
    for (index, of) in sources.iter().enumerate() {
        if sources.len() > 1 {
            if index > 0 {
                output::talk("");
            }
            output::talk(&of.source);
        }
        match &of.versions {
            Some(versions) => print_versions(versions),
            None => output::talk(&format!("{}: nothing is kept there", of.source)),
        }
    }
}

fn print_versions(versions: &[Version]) {
    let heading = ["VERSION", "DATE", "BY", "TYPE", "KMS KEY", "LABELS"].map(|name| toned(Tone::Heading, name));
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let row = |version: &Version| {
        let labels = if version.labels.is_empty() { "-".to_owned() } else { version.labels.join(", ") };
        [
            version.version.clone(),
            text(&version.date),
            text(&version.by),
            text(&version.kind),
            text(&version.kms_key),
            labels,
        ]
    };
    let rows: Vec<[String; 6]> = std::iter::once(heading).chain(versions.iter().map(row)).collect();
    output::table(&rows);
}
