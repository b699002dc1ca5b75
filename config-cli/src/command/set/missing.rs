//! `cargo stage set --missing`: asks for each required value that a stage does not have.

use std::collections::BTreeMap;
use std::process::ExitCode;

use stage_config_core::manage::{
    AwsContext, FieldState, NewValue, ReadField, ReadMode, ReadStage, VariableSource,
};
use stage_config_core::{Failure, Help, PlannedField};
use stage_config_grammar::suggest;

use super::SetArguments;
use super::field_writer::FieldWriter;
use crate::destination::WriteOptions;
use crate::error::{self, CliError};
use crate::input::{self, Answer};
use crate::progress::wait_with_progress;
use crate::session::{Session, StageSession};
use crate::{help, invocation, output};

/// The result of one field.
enum FieldResult {
    Written,
    /// Another field of this run, or another writer, has written the value in the meantime.
    HasValue,
    Skipped,
    Refused(CliError),
}

/// Asks for the missing values and writes them.
pub(super) async fn run(arguments: &SetArguments) -> Result<ExitCode, CliError> {
    check_terminal(&arguments.stage)?;
    let session = Session::open(&arguments.artifact)?;
    let stage = session.plan_stage(&arguments.stage, &arguments.identity)?;
    let reading = read(&stage).await?;
    print_unknown(&reading);
    let missing: Vec<&PlannedField> = reading
        .fields
        .iter()
        .filter(|field| is_missing(field))
        .map(|field| &field.planned)
        .collect();
    match missing.len() {
        // The error at the end says what could not be read.
        0 if reading
            .fields
            .iter()
            .any(|field| find_read_failure(field).is_some()) => {}
        0 => output::eprint_line(&format!(
            "no required value is known to be missing in the stage `{}`",
            stage.name()
        )),
        count => output::eprint_line(&format!(
            "missing in the stage `{}`: {}; an empty answer skips a value",
            stage.name(),
            output::count_values(count)
        )),
    }

    let mut prompter = MissingPrompter {
        session: &session,
        stage: &stage,
        options: arguments.write_options(),
        aws: None,
    };
    let mut unwritten = Vec::new();
    for field in missing {
        match prompter.ask_and_write(field).await? {
            FieldResult::Written | FieldResult::HasValue => {}
            FieldResult::Skipped => unwritten.push(format!("  `{}`: skipped", field.path())),
            FieldResult::Refused(problem) => {
                unwritten.push(format!("  `{}`: {}", field.path(), problem.line()));
            }
        }
    }
    finish(&stage, &reading, unwritten)
}

/// Refuses to run without a terminal, before anything is built or read.
fn check_terminal(stage: &str) -> Result<(), CliError> {
    if input::is_stdin_terminal() {
        return Ok(());
    }
    let message = "standard input is not a terminal, so the command cannot ask: nothing was \
                   written";
    let help = Help::run_to(
        "without a terminal, import a file of values",
        "cargo stage import FILE --stage STAGE",
    );
    Err(CliError::failed(message).with_help(help).for_stage(stage))
}

/// Reads the stage. The variables of this process are not those of the deployment.
async fn read(stage: &StageSession) -> Result<ReadStage, CliError> {
    let activity = format!("reading the stage `{}`", stage.name());
    let variables = VariableSource::Deployment(BTreeMap::new());
    wait_with_progress(&activity, stage.read(ReadMode::Values, variables)).await
}

fn is_missing(field: &ReadField) -> bool {
    matches!(&field.state, FieldState::Failed(failure) if help::is_absent(failure.kind()))
}

/// Returns the failure of a field, unless the field failed because its value does not exist.
fn find_read_failure(field: &ReadField) -> Option<&Failure> {
    match &field.state {
        FieldState::Failed(failure) if !help::is_absent(failure.kind()) => Some(failure),
        _ => None,
    }
}

/// Names the fields that may be missing, but that the command does not ask for.
fn print_unknown(reading: &ReadStage) {
    let print = |reason: &str, is_included: &dyn Fn(&ReadField) -> bool| {
        let fields: Vec<&str> = reading
            .fields
            .iter()
            .filter(|field| is_included(field))
            .map(|field| field.planned.path())
            .collect();
        if !fields.is_empty() {
            output::eprint_line(&format!(
                "note: not asked for, because {reason}: {}",
                suggest::format_list(&fields)
            ));
        }
    };
    print("the value could not be read", &|field| {
        find_read_failure(field).is_some()
    });
    print(
        "only the deployment or the program knows whether a value exists",
        &|field| matches!(field.state, FieldState::Undecided) && field.undecided_by.is_empty(),
    );
    print(
        "it is unknown whether their optional struct is present",
        &|field| matches!(field.state, FieldState::Undecided) && !field.undecided_by.is_empty(),
    );
}

/// Asks for values, and keeps the connection to AWS between them.
struct MissingPrompter<'a> {
    session: &'a Session,
    stage: &'a StageSession,
    options: WriteOptions,
    aws: Option<AwsContext>,
}

impl MissingPrompter<'_> {
    /// Asks for the value of one field and writes it.
    ///
    /// # Errors
    ///
    /// Returns an error if the command cannot go on: without credentials or a terminal.
    async fn ask_and_write(&mut self, field: &PlannedField) -> Result<FieldResult, CliError> {
        let writer = match FieldWriter::new(self.session, self.stage, field) {
            Ok(writer) => writer,
            Err(problem) => return Ok(FieldResult::Refused(problem)),
        };
        if self.aws.is_none() {
            self.aws = writer.destination().connect().await?;
        }
        let aws = self.aws.as_ref();
        let current = match writer.inspect(aws).await {
            Ok(current) => current,
            Err(problem) => return Ok(FieldResult::Refused(problem)),
        };
        if let Some(existing) = current.existing {
            output::eprint_line(&format!(
                "note: `{}` has a value now: {} ({existing})",
                field.path(),
                writer.destination().source_text()
            ));
            return Ok(FieldResult::HasValue);
        }
        writer.print_notes();
        if let Some(note) = current.note {
            output::eprint_line(&format!("note: {note}"));
        }
        self.ask_until_valid(field, &writer).await
    }

    /// Asks until the value fits the field or the answer is empty, and writes the value.
    async fn ask_until_valid(
        &self,
        field: &PlannedField,
        writer: &FieldWriter<'_>,
    ) -> Result<FieldResult, CliError> {
        loop {
            let answer = input::ask_value(field.path(), self.stage.name(), writer.typing()).await?;
            let typed = match answer {
                Answer::Value(typed) => typed,
                Answer::Empty => return Ok(FieldResult::Skipped),
                Answer::SeveralLines => {
                    output::eprint_line(
                        "several lines were pasted, but the prompt accepts only one; skip the \
                         value, and pipe it in afterwards",
                    );
                    continue;
                }
            };
            let value = NewValue::from_input(&typed);
            let unverified = match writer.destination().check(&value) {
                Ok(unverified) => unverified,
                Err(problem) => {
                    print_problem(&problem);
                    continue;
                }
            };
            let written = writer
                .write(self.aws.as_ref(), &value, &unverified, &self.options)
                .await;
            return Ok(match written {
                Ok(()) => FieldResult::Written,
                Err(problem) => {
                    // The user may end the command here instead of typing further values.
                    print_problem(&problem);
                    FieldResult::Refused(problem)
                }
            });
        }
    }
}

fn print_problem(problem: &CliError) {
    for line in problem.lines() {
        output::eprint_line(&line);
    }
}

/// Returns the exit status, or the error with all fields that still have no known value.
fn finish(
    stage: &StageSession,
    reading: &ReadStage,
    unwritten: Vec<String>,
) -> Result<ExitCode, CliError> {
    let failures: Vec<&Failure> = reading
        .fields
        .iter()
        .filter_map(find_read_failure)
        .collect();
    let unread = error::list_failures(&failures, |failure| {
        let mut fields = reading.fields.iter();
        let help = match fields.find(|field| field.planned.path() == failure.field()) {
            Some(field) => help::for_failure(stage, &field.planned, failure),
            None => failure.help().clone(),
        };
        (failure.message(), help)
    });
    if unwritten.is_empty() && unread.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }

    let is_missing = !unwritten.is_empty();
    let mut lines = Vec::new();
    if is_missing {
        lines.push(format!("still missing in the stage `{}`:", stage.name()));
        lines.extend(unwritten);
    }
    if !unread.is_empty() {
        lines.push(format!(
            "could not be read in the stage `{}`, and not asked for:",
            stage.name()
        ));
        lines.extend(unread);
    }
    let ask_again = invocation::stage_command("set --missing", stage.name());
    let problem = CliError::failed(lines).with_help(Help::run_to("afterwards", ask_again));
    Err(if is_missing {
        problem
    } else {
        problem.into_undetermined()
    })
}
