//! The configurations of the programs of a workspace, and the stages to check.

use std::collections::BTreeSet;

use stage_config_core::{Schema, Stage};
use stage_config_grammar::{stage, suggest};

use crate::command::check::CheckArguments;
use crate::error::CliError;
use crate::read_values::print_names;
use crate::session::Session;
use crate::workspace_programs::{ProgramName, WorkspaceProgram};
use crate::{invocation, stage_name, workspace_programs};

/// A configuration, and the programs that load it and have the same settings for its stages. With
/// `--run`, each program has a `ProgramConfig` of its own.
pub(super) struct ProgramConfig {
    pub(super) session: Session,
    /// Never empty. The suggested commands name the first one.
    pub(super) programs: Vec<ProgramName>,
    /// The name of the configuration. In each of its programs, no other configuration has this
    /// name.
    pub(super) name: String,
    /// Whether the first program has several configurations.
    is_one_of_several: bool,
    /// The stages to check.
    pub(super) stages: Vec<String>,
}

impl ProgramConfig {
    /// Runs `report`. The commands that it suggests select this configuration.
    pub(super) fn for_program<T>(&self, report: impl FnOnce() -> T) -> T {
        let ProgramName {
            package,
            name,
            example,
        } = &self.programs[0];
        let target = if *example { "example" } else { "bin" };
        let mut options = vec![("package", package.as_str()), (target, name)];
        if self.is_one_of_several {
            options.push(("config", &self.name));
        }
        invocation::for_program(&options, report)
    }

    /// Returns whether the program of `session` loads the same configuration and reads the same
    /// values, so that one check is enough for both. Always `false` with `--run`, because each
    /// program then checks the stages with its own code.
    fn is_same(&self, session: &Session, name: &str, arguments: &CheckArguments) -> bool {
        let declared = session.schema.stages.iter().copied();
        let mut stages = declared.chain(arguments.stage.iter().map(String::as_str));
        let settings =
            |session: &Session, stage| session.stage_settings(stage, &arguments.identity);
        !arguments.run.run
            && self.name == name
            && self.session.schema == session.schema
            && stages.all(|stage| settings(&self.session, stage) == settings(session, stage))
    }
}

/// Builds the workspace and finds the configurations to check.
pub(super) fn find(arguments: &CheckArguments) -> Result<Vec<ProgramConfig>, CliError> {
    let programs = workspace_programs::find(&arguments.artifact.build, &arguments.workspace)?;
    if programs.is_empty() {
        return Err(
            CliError::undetermined("no binary of the workspace contains a manifest").with_help(
                "build a program that loads a configuration of stage-config; `--examples` \
                 includes the examples",
            ),
        );
    }
    let mut configs: Vec<ProgramConfig> = Vec::new();
    for WorkspaceProgram {
        name,
        package,
        path,
        configs: own,
    } in programs
    {
        for (schema, config_name) in &own {
            let session = Session {
                schema,
                package: Some(package.clone()),
                artifacts: vec![path.clone()],
            };
            add_config(
                &mut configs,
                session,
                name.clone(),
                config_name,
                own.len() > 1,
                arguments,
            );
        }
    }
    choose_stages(configs, arguments)
}

fn add_config(
    configs: &mut Vec<ProgramConfig>,
    session: Session,
    program: ProgramName,
    name: &str,
    is_one_of_several: bool,
    arguments: &CheckArguments,
) {
    let known = configs
        .iter_mut()
        .find(|known| known.is_same(&session, name, arguments));
    match known {
        Some(known) => known.programs.push(program),
        None => configs.push(ProgramConfig {
            session,
            programs: vec![program],
            name: name.to_owned(),
            is_one_of_several,
            stages: Vec::new(),
        }),
    }
}

/// Chooses the stages of each configuration: without `--stage`, its declared stages. A named stage
/// is checked in the configurations that declare it. If none declares it, it is a preview stage,
/// and is checked in those that permit it.
fn choose_stages(
    configs: Vec<ProgramConfig>,
    arguments: &CheckArguments,
) -> Result<Vec<ProgramConfig>, CliError> {
    let schemas: Vec<&Schema> = configs.iter().map(|config| config.session.schema).collect();
    let is_declared_anywhere =
        |name: &str| schemas.iter().any(|schema| schema.stages.contains(&name));
    let is_wanted = |schema: &Schema, name: &str| {
        schema.stages.contains(&name)
            || !is_declared_anywhere(name) && stage_name::choose(schema, name, name).is_ok()
    };
    for name in &arguments.stage {
        if !schemas.iter().any(|schema| is_wanted(schema, name)) {
            return Err(unknown_stage_error(&schemas, name));
        }
    }

    let (mut chosen, mut skipped) = (Vec::new(), Vec::new());
    for mut config in configs {
        let schema = config.session.schema;
        let names = config.session.list_stage_names(&arguments.stage);
        let wanted = names.into_iter().filter(|name| is_wanted(schema, name));
        config.stages = wanted.map(str::to_owned).collect();
        if config.stages.is_empty() {
            skipped.push(format!(
                "{} of {}",
                config.name,
                config.programs[0].display()
            ));
        } else {
            chosen.push(config);
        }
    }
    print_names(
        "note: skipped, because they have no stage to check",
        skipped.iter().map(String::as_str),
    );
    if chosen.is_empty() {
        return Err(
            CliError::undetermined("no configuration of the workspace declares a stage")
                .with_help("name a stage that uses the fallback sources: --stage STAGE"),
        );
    }
    Ok(chosen)
}

/// Returns the error for a stage that no configuration declares or permits as a preview stage. The
/// text is that of a load, with the stages and the patterns of all configurations.
fn unknown_stage_error(schemas: &[&Schema], name: &str) -> CliError {
    if name.is_empty() {
        return stage_name::empty_error();
    }
    let declared = list_distinct(schemas.iter().map(|schema| schema.stages));
    if let Err(invalid) = stage_name::check_name(name) {
        return match stage_name::separate_stages(&declared, name) {
            Some(help) => invalid.with_help(help),
            None => invalid,
        };
    }
    let previews = list_distinct(schemas.iter().filter_map(|schema| schema.preview));
    let mut detail = explain_refusal(schemas, name, &previews);
    let similar = schemas.iter().find_map(|schema| {
        Stage::find_similar(schema, name).filter(|stage| declared.contains(stage))
    });
    if let Some(similar) = similar
        && !detail.contains("; did you mean ")
    {
        detail.push_str(&format!("; did you mean `{similar}`?"));
    }

    let mut help = "give --stage one of the declared stages: ".to_owned();
    help.push_str(&match declared.as_slice() {
        [] => "there is none".to_owned(),
        declared => suggest::format_list(declared),
    });
    if !previews.is_empty() {
        help.push_str(&format!("; previews: {}", suggest::format_list(&previews)));
    }
    let place = format!("in the workspace, stage {}", stage_name::quote_name(name));
    CliError::undetermined(detail)
        .within(&place)
        .with_help(help)
}

/// Returns why no configuration permits the stage.
fn explain_refusal(schemas: &[&Schema], name: &str, previews: &[&str]) -> String {
    let may_permit = |schema: &&&Schema| {
        schema.fallback
            && schema
                .preview
                .is_none_or(|patterns| patterns.iter().any(|pattern| stage::matches(pattern, name)))
    };
    // A configuration without preview patterns, or with a pattern that matches the name, has a more
    // exact reason: the name counts as production, or looks like a typo of a stage.
    let refusal = schemas
        .iter()
        .find(may_permit)
        .and_then(|schema| Stage::choose(schema, name).err());
    match refusal {
        Some(refusal) => refusal.detail().to_owned(),
        None if previews.is_empty() => {
            "it is not declared, and no configuration has a fallback".to_owned()
        }
        None => stage::describe_no_preview(previews, name),
    }
}

/// Returns the names of all lists in alphabetical order, each once.
fn list_distinct<'a>(lists: impl Iterator<Item = &'a [&'a str]>) -> Vec<&'a str> {
    let distinct: BTreeSet<&str> = lists.flatten().copied().collect();
    distinct.into_iter().collect()
}
