//! `cargo stage stages`: lists the stages of a workspace, with their settings and the programs that
//! use them.

use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use stage_config_core::Schema;
use stage_config_grammar::stage::matches;

use crate::args::{BuildArguments, WorkspaceArguments};
use crate::error::CliError;
use crate::lines::Lines;
use crate::output::{self, Style, styled};
use crate::package::{Package, StageSettings, Workspace};
use crate::workspace_programs::{self, WorkspaceProgram};

const ABOUT: &str = "\
List the stages of a workspace, with their settings and the programs that use them.

The stages are those of Cargo.toml and those of the configurations. A name with a `*` is a pattern \
for undeclared stages. A stage has several rows if its settings differ between packages. The \
command builds the workspace with cargo, and sends no request to AWS.";

/// List the stages of a workspace, with their accounts and the programs that use them
#[derive(Debug, Args)]
#[command(long_about = ABOUT)]
pub(crate) struct StagesArguments {
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,

    /// A package to leave out; may be repeated
    #[arg(long, value_name = "NAME", conflicts_with = "package")]
    exclude: Vec<String>,

    /// Include the examples of the packages
    #[arg(long, conflicts_with_all = ["package", "bin", "example"])]
    examples: bool,

    #[command(flatten)]
    build: BuildArguments,
}

/// The output of `cargo stage stages --json`.
#[derive(Serialize)]
struct StagesReport {
    version: u32,
    stages: Vec<StageRow>,
}

/// A stage with one set of settings, and the programs that use the stage with these settings.
#[derive(Serialize)]
struct StageRow {
    /// The name of a stage, or a pattern.
    stage: String,
    #[serde(flatten)]
    settings: SettingsJson,
    /// Empty if no listed program uses the stage with these settings.
    used_by: Vec<ConfigUse>,
}

#[derive(Default, PartialEq, Eq, Serialize)]
struct SettingsJson {
    /// The account in Cargo.toml, or else in the struct.
    account: Option<String>,
    /// The account in the struct, if it differs from `account`.
    struct_account: Option<String>,
    region: Option<String>,
    profile: Option<String>,
    role_arn: Option<String>,
    kms_key: Option<String>,
}

/// A configuration of a program.
#[derive(Serialize)]
struct ConfigUse {
    package: String,
    program: String,
    config: String,
    #[serde(skip)]
    display_name: String,
}

pub(crate) fn run(arguments: &StagesArguments) -> Result<ExitCode, CliError> {
    let members = WorkspaceArguments {
        exclude: arguments.exclude.clone(),
        examples: arguments.examples,
        ..WorkspaceArguments::default()
    };
    let programs = workspace_programs::find(&arguments.build, &members)?;
    let mut stages = StageList::default();
    for program in &programs {
        stages.add_program(program);
    }
    let manifest_path = arguments.build.manifest_path.as_deref();
    for (name, package) in Workspace::find(manifest_path)?.packages()? {
        if is_whole(arguments, &name) {
            stages.add_package(&name, &package);
        }
    }

    let rows = stages.into_rows();
    if arguments.json {
        output::print_json(&StagesReport {
            version: 1,
            stages: rows,
        })?;
    } else {
        print_table(&rows)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns whether the arguments select all binaries of a package. If they do not, the stages of
/// the package's settings are not added, because a binary that is left out may use a stage that no
/// listed program uses. `-p` and `--exclude` may be patterns, as for cargo.
fn is_whole(arguments: &StagesArguments, package: &str) -> bool {
    let BuildArguments {
        package: selected,
        bin,
        example,
        ..
    } = &arguments.build;
    let is_excluded = |pattern: &String| matches(pattern, package);
    bin.is_none()
        && example.is_none()
        && !arguments.exclude.iter().any(is_excluded)
        && selected
            .as_deref()
            .is_none_or(|pattern| matches(pattern, package))
}

#[derive(Default)]
struct StageList(Vec<StageRow>);

impl StageList {
    fn add_program(&mut self, program: &WorkspaceProgram) {
        for (schema, config) in &program.configs {
            let patterns = schema.preview.into_iter().flatten();
            for stage in schema.stages.iter().chain(patterns) {
                let settings = find_settings(schema, stage, &program.package);
                let display_name = match program.configs.as_slice() {
                    [_] => program.name.display(),
                    _ => format!("{} ({config})", program.name.display()),
                };
                self.find_row(stage, settings).used_by.push(ConfigUse {
                    package: program.name.package.clone(),
                    program: program.name.name.clone(),
                    config: config.clone(),
                    display_name,
                });
            }
        }
    }

    /// Adds each stage or pattern in the settings of a package, if no program of the package uses
    /// it.
    fn add_package(&mut self, name: &str, package: &Package) {
        for stage in package.stage_names_and_patterns() {
            let uses = |config: &ConfigUse| config.package == name;
            let mut rows = self.0.iter().filter(|row| row.stage == stage);
            if !rows.any(|row| row.used_by.iter().any(uses)) {
                self.find_row(stage, package.stage_settings(stage).into());
            }
        }
    }

    fn find_row(&mut self, stage: &str, settings: SettingsJson) -> &mut StageRow {
        let is_same = |row: &StageRow| row.stage == stage && row.settings == settings;
        let position = self.0.iter().position(is_same).unwrap_or_else(|| {
            self.0.push(StageRow {
                stage: stage.to_owned(),
                settings,
                used_by: Vec::new(),
            });
            self.0.len() - 1
        });
        &mut self.0[position]
    }

    /// Returns the rows sorted by name, with the stages before the patterns.
    fn into_rows(mut self) -> Vec<StageRow> {
        self.0
            .sort_by_key(|row| (row.stage.contains('*'), row.stage.clone()));
        self.0
    }
}

/// Returns the settings of a stage in Cargo.toml, and the account in the struct.
fn find_settings(schema: &Schema, stage: &str, package: &Package) -> SettingsJson {
    let mut settings = SettingsJson::from(package.stage_settings(stage));
    let mut accounts = schema.accounts.iter();
    let account = accounts.find(|(name, _)| *name == stage);
    let account = account.map(|(_, account)| (*account).to_owned());
    if settings.account.is_none() {
        settings.account = account;
    } else if settings.account != account {
        settings.struct_account = account;
    }
    settings
}

impl From<StageSettings> for SettingsJson {
    fn from(
        StageSettings {
            account,
            region,
            profile,
            role_arn,
            kms_key,
        }: StageSettings,
    ) -> Self {
        Self {
            account,
            struct_account: None,
            region,
            profile,
            role_arn,
            kms_key,
        }
    }
}

fn print_table(rows: &[StageRow]) -> Result<(), CliError> {
    let heads = ["STAGE", "ACCOUNT", "REGION", "IDENTITY", "USED BY"];
    let mut table = vec![heads.map(|head| Lines::from(styled(Style::Heading, head)))];
    table.extend(rows.iter().map(build_row));
    output::print_table(&table)
}

fn build_row(row: &StageRow) -> [Lines; 5] {
    let cell = |text: Option<&str>| match text {
        Some(text) => Lines::from(text),
        None => styled(Style::Faint, "-").into(),
    };
    let SettingsJson {
        account,
        struct_account,
        region,
        profile,
        role_arn,
        kms_key: _,
    } = &row.settings;
    let account = match (account, struct_account) {
        (Some(account), Some(other)) => Some(format!("{account}, in the struct {other}")),
        (account, _) => account.clone(),
    };
    let names: Vec<&str> = row
        .used_by
        .iter()
        .map(|config| config.display_name.as_str())
        .collect();
    let used_by = names.join(", ");
    [
        Lines::from(row.stage.as_str()),
        cell(account.as_deref()),
        cell(region.as_deref()),
        cell(profile.as_deref().or(role_arn.as_deref())),
        cell(Some(used_by.as_str()).filter(|text| !text.is_empty())),
    ]
}
