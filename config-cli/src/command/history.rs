//! `cargo stage history`: lists the versions of one value of one stage, and shows no value.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use stage_config_core::manage::VersionInfo;
use stage_config_core::sealed::value_path;
use stage_config_core::{Help, PlannedField};
use stage_config_grammar::shell::aws_command;
use stage_config_grammar::source::{Address, Source};

use crate::args::{ArtifactArguments, FieldArguments, IdentityArguments};
use crate::destination::{VersionedSource, no_source_error, to_versioned_source};
use crate::error::CliError;
use crate::help;
use crate::invocation;
use crate::output::{self, Style, styled};
use crate::progress::wait_with_progress;
use crate::redact;
use crate::session::{Session, StageSession};

const ABOUT: &str = "\
List the versions of one value of one stage, newest first, with time, author and labels. No value \
is shown.

For a chain of sources, each source that keeps versions is listed. A JSON key has the versions of \
its parameter or secret. Parameter Store keeps the last 100 versions. Secrets Manager keeps the \
versions with a staging label, and does not record their author. The versions of a sealed file are \
in git.";

const STATUS: &str = "\
Exit status:
  0  listed
  1  the value does not exist, or its sources keep no versions
  2  wrong usage, or something could not be read";

/// List the versions of one value, without showing a value
#[derive(Debug, Args)]
#[command(long_about = ABOUT, after_help = STATUS)]
pub(crate) struct HistoryArguments {
    #[command(flatten)]
    pub(crate) field: FieldArguments,

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

/// The JSON output of `history`.
#[derive(Serialize)]
struct HistoryJson<'a> {
    version: u32,
    stage: &'a str,
    field: &'a str,
    sources: Vec<SourceHistory>,
}

#[derive(Serialize)]
struct SourceHistory {
    source: String,
    /// `None` if the parameter or secret does not exist.
    versions: Option<Vec<VersionInfo>>,
}

impl SourceHistory {
    fn has_versions(&self) -> bool {
        self.versions
            .as_ref()
            .is_some_and(|versions| !versions.is_empty())
    }

    /// Describes a parameter or secret without versions. A secret that never had a value can exist
    /// without a version.
    fn describe_missing(&self) -> String {
        let problem = match self.versions {
            None => "does not exist",
            Some(_) => "has no version",
        };
        format!("{} {problem}", self.source)
    }
}

pub(crate) async fn run(arguments: HistoryArguments) -> Result<ExitCode, CliError> {
    let session = Session::open(&arguments.artifact)?;
    let stage = session.plan_field(&arguments.stage, &arguments.identity, &arguments.field)?;
    let field = stage.find_field(&arguments.field.field)?;
    let sources = wait_with_progress("reading", read_history(&stage, field)).await?;
    let has_versions = sources.iter().any(SourceHistory::has_versions);
    if !has_versions && !arguments.json {
        return Err(not_found_error(&stage, field, &sources));
    }
    if arguments.json {
        output::print_json(&HistoryJson {
            version: 2,
            stage: stage.name(),
            field: field.path(),
            sources,
        })?;
    } else {
        print_history(&sources)?;
    }
    Ok(if has_versions {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn read_history(
    stage: &StageSession,
    field: &PlannedField,
) -> Result<Vec<SourceHistory>, CliError> {
    let versioned: Vec<_> = field
        .chain()
        .iter()
        .filter_map(|source| Some((redact::display_source(source), to_versioned_source(source)?)))
        .collect();
    if versioned.is_empty() {
        return Err(no_versions_error(stage, field));
    }
    let access = stage.connect().await?;
    let mut sources = Vec::new();
    for (source, versioned) in versioned {
        let versions = match versioned {
            VersionedSource::Parameter { name, region, .. } => {
                access.fetch_parameter_history(&name, region).await
            }
            VersionedSource::Secret { id, region, .. } => {
                access.fetch_secret_history(id, region).await
            }
        };
        sources.push(SourceHistory {
            source,
            versions: versions?,
        });
    }
    Ok(sources)
}

/// Returns the error for a field if none of its parameters and secrets has a version.
fn not_found_error(
    stage: &StageSession,
    field: &PlannedField,
    sources: &[SourceHistory],
) -> CliError {
    let missing: Vec<String> = sources
        .iter()
        .map(SourceHistory::describe_missing)
        .collect();
    CliError::failed(missing.join("; ")).with_help(help::create_value(stage, field))
}

/// Returns the error for a field without a source whose versions this command lists.
fn no_versions_error(stage: &StageSession, field: &PlannedField) -> CliError {
    let chain = field.chain();
    let Some(first) = chain.first() else {
        return no_source_error(stage, field);
    };
    let message = format!(
        "no source has versions that this command lists: {}",
        redact::display_chain(chain).join(", ")
    );
    let name_parameter = || {
        let (path, key) = (field.path(), invocation::ANY_KEY);
        let command = invocation::path_command("history", path, key, stage.name());
        field
            .reads_path()
            .then(|| Help::run_to("name a parameter of the path", command))
    };
    let help = chain
        .iter()
        .find_map(|source| suggest_git_log(source, stage.name()))
        .or_else(name_parameter)
        .unwrap_or_else(|| suggest_older_values(first));
    CliError::failed(message).with_help(help)
}

/// Returns the command that lists the versions of a sealed file.
fn suggest_git_log(source: &Source, stage: &str) -> Option<Help> {
    let Address::Sealed {
        name,
        stage: named_stage,
    } = &source.address
    else {
        return None;
    };
    let file = value_path(named_stage.as_deref().unwrap_or(stage), name);
    Some(Help::run(format!("git log -- {file}")))
}

/// Returns the help that says where to look for older values of a source. `cargo stage` cannot list
/// them.
fn suggest_older_values(source: &Source) -> Help {
    if let Some(role) = source.address.role() {
        return format!("list the versions with the credentials of the role {role}").into();
    }
    match &source.address {
        Address::Env { variable, .. } | Address::KmsEnv { variable, .. } => format!(
            "look for older values of {variable} where the program is deployed (SAM, CDK, \
             Terraform, …)"
        )
        .into(),
        Address::AppConfig { .. } => {
            let [application, _, profile] = source.address.app_config_ids().unwrap_or_default();
            let command = format!(
                "appconfig list-hosted-configuration-versions --application-id {application} \
                 --configuration-profile-id {profile}"
            );
            Help::run(aws_command(&command, source.address.region()))
        }
        Address::Value(_) => "the value is in the code: look for older ones in git".into(),
        _ => "list the versions with that store's own tools".into(),
    }
}

fn print_history(sources: &[SourceHistory]) -> Result<(), CliError> {
    for (index, history) in sources.iter().enumerate() {
        if sources.len() > 1 {
            if index > 0 {
                output::eprint_line("");
            }
            output::eprint_line(&history.source);
        }
        match &history.versions {
            Some(versions) if !versions.is_empty() => print_versions(versions)?,
            _ => output::eprint_line(&history.describe_missing()),
        }
    }
    Ok(())
}

fn print_versions(versions: &[VersionInfo]) -> Result<(), CliError> {
    let heading = ["VERSION", "DATE", "BY", "TYPE", "KMS KEY", "LABELS"]
        .map(|name| styled(Style::Heading, name));
    let to_cell = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let row = |version: &VersionInfo| {
        let labels = if version.labels.is_empty() {
            "-".to_owned()
        } else {
            version.labels.join(", ")
        };
        [
            version.version.clone(),
            to_cell(&version.date),
            to_cell(&version.author),
            to_cell(&version.kind),
            to_cell(&version.kms_key),
            labels,
        ]
    };
    let rows: Vec<[String; 6]> = std::iter::once(heading)
        .chain(versions.iter().map(row))
        .collect();
    output::print_table(&rows)
}
