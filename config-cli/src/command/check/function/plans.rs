//! The configurations of a deployed program, planned for the stage of the check.

use stage_config_cli::artifact::{self, Program};
use stage_config_core::{Plan, Schema};

use super::code::ExaminedProgram;
use super::report::{Finding, FindingKind, FindingResult};
use crate::error::CliError;
use crate::{schema_choice, session, stage_name};

/// What is known about the configurations of a program.
pub(super) enum ProgramPlans {
    /// The plans, and the findings about configurations that have no valid plan for the stage.
    Planned(Vec<Plan>, Vec<Finding>),
    /// The program is not known.
    Unknown,
    /// The program loads no configuration, or is written in another language.
    WithoutConfiguration(CliError),
    /// The manifest cannot be read, or does not contain the requested configuration.
    Unreadable(CliError),
    /// No configuration has a valid plan for the stage.
    WithoutStage(CliError),
}

impl ProgramPlans {
    /// Plans the stage for each configuration of a program, or only for `config`.
    pub(super) fn new(program: &ExaminedProgram<'_>, stage: &str, config: Option<&str>) -> Self {
        match (program, program.for_manifest()) {
            (ExaminedProgram::NotAProgram(problem), _) => {
                Self::WithoutConfiguration(problem.clone())
            }
            (_, Some(program)) => Self::from_program(program, stage, config),
            (_, None) => Self::Unknown,
        }
    }

    fn from_program(program: &Program, stage: &str, config: Option<&str>) -> Self {
        let schemas = match program.decode_schemas() {
            Ok(schemas) if schemas.is_empty() => {
                let error = artifact::no_manifest_error(program.display_name());
                return Self::WithoutConfiguration(error.into());
            }
            Ok(schemas) => schemas,
            Err(error) => return Self::Unreadable(error.into()),
        };
        let chosen = match config {
            Some(config) => schema_choice::find_schema(&schemas, Some(config)).map(|one| vec![one]),
            None => Ok(schemas),
        };
        match chosen {
            Ok(schemas) => Self::from_schemas(&schemas, stage),
            Err(problem) => Self::Unreadable(problem),
        }
    }

    fn from_schemas(schemas: &[&'static Schema], stage: &str) -> Self {
        let (mut plans, mut problems) = (Vec::new(), Vec::new());
        for schema in schemas {
            let plan = stage_name::choose(schema, stage, stage)
                .and_then(|stage| session::plan_stage(schema, stage, |_| false));
            match plan {
                Ok(plan) => plans.push(plan),
                Err(problem) => problems.push(problem),
            }
        }
        if plans.is_empty() {
            let message = format!("no configuration of the program can be planned for `{stage}`");
            return Self::WithoutStage(match <[CliError; 1]>::try_from(problems) {
                Ok([only]) => only,
                Err(problems) => CliError::list(message, &problems),
            });
        }
        let to_finding = |problem: &CliError| {
            let (kind, result) = (FindingKind::Stage, FindingResult::Unchecked);
            Finding::new(kind, result, "", problem.message_line(), problem.help())
        };
        Self::Planned(plans, problems.iter().map(to_finding).collect())
    }
}

#[cfg(test)]
mod tests {
    use stage_config::StageConfig;

    use super::*;

    #[derive(StageConfig)]
    #[stage(dev = "/shop/dev/{field}")]
    #[allow(dead_code, reason = "only its schema is used")]
    struct Shop {
        table: String,
    }

    #[derive(StageConfig)]
    #[stage(dev = "/mail/dev/{field}", staging = "/mail/staging/{field}")]
    #[allow(dead_code, reason = "only its schema is used")]
    struct Mail {
        host: String,
    }

    #[test]
    fn a_stage_that_no_configuration_has_is_an_error_with_each_reason() {
        let refuse =
            |schemas: &[&'static Schema], stage| match ProgramPlans::from_schemas(schemas, stage) {
                ProgramPlans::WithoutStage(error) => error.lines().join("\n"),
                _ => panic!("the stage can be planned"),
            };
        let several = refuse(&[&Shop::SCHEMA, &Mail::SCHEMA], "qa");
        for words in ["no configuration of the program", "`Shop`", "`Mail`"] {
            assert!(several.contains(words), "{several}");
        }
        let one = refuse(&[&Shop::SCHEMA], "qa");
        assert!(
            one.starts_with("configuration `Shop`, stage `qa`: "),
            "{one}"
        );
    }

    #[test]
    fn a_configuration_without_the_stage_is_a_finding_if_another_one_has_it() {
        let schemas: [&Schema; 2] = [&Shop::SCHEMA, &Mail::SCHEMA];
        let ProgramPlans::Planned(plans, findings) =
            ProgramPlans::from_schemas(&schemas, "staging")
        else {
            panic!("one configuration has the stage")
        };
        assert_eq!((plans.len(), findings.len()), (1, 1));
    }
}
