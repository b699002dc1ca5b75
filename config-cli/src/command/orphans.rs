//! `cargo stage orphans`: lists the values of a stage that no program of the workspace reads.

mod reads;
mod sealed_files;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use stage_config_cli::artifact;
use stage_config_core::Schema;
use stage_config_core::manage::AwsContext;
use stage_config_grammar::shell;

use crate::args::{BuildArguments, IdentityArguments, WorkspaceArguments};
use crate::error::CliError;
use crate::iam::AwsLocation;
use crate::lines::Lines;
use crate::output::{self, Style, styled};
use crate::package::{Package, StageSettings};
use crate::progress::wait_with_progress;
use crate::{identity, stage_name, workspace_programs};
use reads::{Reads, ValueKind};

const ABOUT: &str = "\
List the parameters, secrets and sealed files of a stage that no program of the workspace reads, in \
this stage or any other.

The command builds the workspace, and requests from AWS the names that begin with the prefix of a \
template of the stage: /payments/prod/ for the template /payments/prod/{field}. It reads no value \
(ssm:DescribeParameters and secretsmanager:ListSecrets), and removes nothing. It also lists the \
sealed files of the workspace that no program contains. A value that only another workspace reads \
is listed too.";

const EXAMPLES: &str = "\
Examples:
  # Every binary of the workspace
  cargo stage orphans --stage prod
  # Built artifacts; needs no Rust
  cargo stage orphans --stage prod --artifact payments.zip --artifact mail.zip

Exit status:
  0  the names are listed, or there are none
  1  failed
  2  the names could not be read, or wrong usage";

/// List the values of a stage that no program reads
#[derive(Debug, Args)]
#[command(long_about = ABOUT, after_long_help = EXAMPLES)]
pub(crate) struct OrphansArguments {
    /// The stage
    #[arg(long)]
    stage: String,

    /// A built artifact, instead of the binaries of the workspace; may be repeated
    #[arg(long, value_name = "PATH", conflicts_with_all = ["bin", "example"])]
    artifact: Vec<PathBuf>,

    /// Print JSON, for programs
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    build: BuildArguments,

    #[command(flatten)]
    identity: IdentityArguments,
}

/// The report of `--json`. A new key, or a new text for `kind`, does not change the version.
#[derive(Serialize)]
struct OrphansReport {
    version: u32,
    stage: String,
    orphans: Vec<Orphan>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
enum OrphanKind {
    Parameter,
    Secret,
    SealedFile,
}

impl OrphanKind {
    fn label(self) -> &'static str {
        match self {
            Self::Parameter => "parameter",
            Self::Secret => "secret",
            Self::SealedFile => "sealed file",
        }
    }
}

impl From<ValueKind> for OrphanKind {
    fn from(kind: ValueKind) -> Self {
        match kind {
            ValueKind::Parameter => Self::Parameter,
            ValueKind::Secret => Self::Secret,
        }
    }
}

/// A value that no program reads.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
struct Orphan {
    kind: OrphanKind,
    /// The name in the store, or the path of the sealed file in the workspace.
    name: String,
    region: Option<String>,
    account: Option<String>,
}

/// The configurations that read values with one identity.
struct IdentityGroup {
    settings: StageSettings,
    schemas: Vec<&'static Schema>,
}

pub(crate) async fn run(arguments: OrphansArguments) -> Result<ExitCode, CliError> {
    let groups = find_groups(&arguments)?;
    check_stage(&groups, &arguments.stage)?;
    let mut connections: Vec<(AwsContext, AwsLocation)> = Vec::with_capacity(groups.len());
    for group in &groups {
        connections.push(connect(&arguments, group).await?);
    }
    let mut reads = Reads::default();
    for (group, (_, location)) in groups.iter().zip(&connections) {
        for schema in &group.schemas {
            reads.add(schema, &arguments.stage, location);
        }
    }
    for (template, reason) in reads.unlisted() {
        output::eprint_line(&format!(
            "note: the names of the template {template} are not listed: {reason}"
        ));
    }

    let (mut orphans, mut is_listed) = (find_sealed_files(&arguments, &groups)?, false);
    for (aws, location) in &connections {
        for prefix in reads.prefixes(location) {
            is_listed = true;
            let activity = format!("listing {}", prefix.text);
            let listing = async {
                let (text, region) = (prefix.text.as_str(), prefix.region.as_deref());
                match prefix.kind {
                    ValueKind::Parameter => aws.list_parameter_names(text, region).await,
                    ValueKind::Secret => aws.list_secret_names(text, region).await,
                }
            };
            let names = wait_with_progress(&activity, listing).await?;
            let is_orphan = |name: &String| reads.is_orphan(prefix, name);
            orphans.extend(names.into_iter().filter(is_orphan).map(|name| Orphan {
                kind: prefix.kind.into(),
                name,
                region: prefix.region.clone().or_else(|| location.region.clone()),
                account: location.account.clone(),
            }));
        }
    }
    print(&arguments, orphans, is_listed)
}

/// Returns the sealed files of the workspace that no program contains. If the command has
/// `--artifact`, the result is empty.
fn find_sealed_files(
    arguments: &OrphansArguments,
    groups: &[IdentityGroup],
) -> Result<BTreeSet<Orphan>, CliError> {
    if !arguments.artifact.is_empty() {
        return Ok(BTreeSet::new());
    }
    let manifest_path = arguments.build.manifest_path.as_deref();
    let schemas = list_schemas(groups);
    let paths = sealed_files::find_orphans(manifest_path, &schemas, &arguments.stage)?;
    let to_orphan = |path| Orphan {
        kind: OrphanKind::SealedFile,
        name: path,
        region: None,
        account: None,
    };
    Ok(paths.into_iter().map(to_orphan).collect())
}

fn print(
    arguments: &OrphansArguments,
    orphans: BTreeSet<Orphan>,
    is_listed: bool,
) -> Result<ExitCode, CliError> {
    let report = OrphansReport {
        version: 1,
        stage: arguments.stage.clone(),
        orphans: orphans.into_iter().collect(),
    };
    if arguments.json {
        output::print_json(&report)?;
        return Ok(ExitCode::SUCCESS);
    }
    if !report.orphans.is_empty() {
        let heads = ["KIND", "NAME"].map(|head| Lines::from(styled(Style::Heading, head)));
        let mut rows = vec![heads];
        rows.extend(report.orphans.iter().map(|orphan| {
            let kind = orphan.kind.label();
            [kind.into(), orphan.name.as_str().into()]
        }));
        output::print_table(&rows)?;
    }
    output::eprint_line(&match report.orphans.len() {
        0 if !is_listed => "the stage has no template whose names can be listed".to_owned(),
        0 => "every value that was found is read by at least one program".to_owned(),
        count => format!("values that no program reads: {count}"),
    });
    let files = report
        .orphans
        .iter()
        .filter(|orphan| orphan.kind == OrphanKind::SealedFile);
    let files: Vec<_> = files.map(|orphan| shell::quote(&orphan.name)).collect();
    if !files.is_empty() {
        output::eprint_line(&format!(
            "help: to remove the sealed files, in the folder of the workspace: git rm {}",
            files.join(" ")
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the configurations of the workspace, or of the artifacts, grouped by identity.
fn find_groups(arguments: &OrphansArguments) -> Result<Vec<IdentityGroup>, CliError> {
    let mut groups: Vec<IdentityGroup> = Vec::new();
    let mut add = |schema: &'static Schema, settings: &StageSettings| {
        let settings = StageSettings::from_options(&arguments.identity).or(settings);
        match groups.iter_mut().find(|group| group.settings == settings) {
            Some(group) => group.schemas.push(schema),
            None => groups.push(IdentityGroup {
                settings,
                schemas: vec![schema],
            }),
        }
    };
    if arguments.artifact.is_empty() {
        let workspace = WorkspaceArguments {
            workspace: true,
            ..WorkspaceArguments::default()
        };
        for program in workspace_programs::find(&arguments.build, &workspace)? {
            for (schema, _) in &program.configs {
                add(schema, &program.package.stage_settings(&arguments.stage));
            }
        }
    }
    let build = &arguments.build;
    let package = (build.manifest_path.as_deref(), build.package.as_deref());
    for path in &arguments.artifact {
        for schema in artifact::read(path)? {
            let declared_in = Some(schema.package);
            let settings = Package::find_stage_settings(&arguments.stage, package, declared_in)?;
            add(schema, &settings);
        }
    }
    Ok(groups)
}

fn list_schemas(groups: &[IdentityGroup]) -> Vec<&'static Schema> {
    let schemas = groups.iter().flat_map(|group| &group.schemas);
    schemas.copied().collect()
}

/// Checks that at least one configuration knows the stage.
fn check_stage(groups: &[IdentityGroup], stage: &str) -> Result<(), CliError> {
    let schemas = list_schemas(groups);
    let Some(first) = schemas.first() else {
        return Err(
            CliError::undetermined("no binary of the workspace contains a manifest")
                .with_help("build a program that loads a configuration of stage-config"),
        );
    };
    let choose = |schema: &&'static Schema| stage_name::choose(schema, stage, stage);
    if schemas.iter().any(|schema| choose(schema).is_ok()) {
        return Ok(());
    }
    choose(first).map(|_| ())
}

async fn connect(
    arguments: &OrphansArguments,
    group: &IdentityGroup,
) -> Result<(AwsContext, AwsLocation), CliError> {
    identity::check_settings(&group.settings)?;
    let place = format!("the stage `{}`", arguments.stage);
    let is_profile_given = arguments.identity.profile.is_some();
    let aws = identity::connect(&place, &group.settings, is_profile_given).await?;
    let caller = aws.fetch_caller().await?;
    let location = AwsLocation {
        region: aws.region().map(str::to_owned),
        partition: Some(caller.partition().to_owned()),
        account: Some(caller.account),
    };
    Ok((aws, location))
}
