//! `cargo stage set --missing`: asks for each required value that a stage does not have.

use std::collections::BTreeMap;
use std::process::ExitCode;

use stage_config_core::manage::{
    AwsContext, FieldState, NewValue, ReadField, ReadMode, ReadStage, VariableSource,
};
use stage_config_core::{Failure, Help, PlannedField};

use super::SetArguments;
use super::field_writer::{FieldWriter, Inspection};
use crate::destination::WriteOptions;
use crate::error::{self, CliError};
use crate::input::{self, Answer};
use crate::read_values::print_names;
use crate::session::{Connections, Session, StageSession};
use crate::{help, invocation, output};

/// The result of one field.
enum FieldResult {
    Written,
    /// The value was written in the meantime, for another field of this run or by another writer.
    HasValue,
    Skipped,
    Refused(CliError),
}

/// The fields that still have no value. A field that the user skipped has no problem. A field that
/// was refused has one, and fields whose state could not be read for the same cause share it.
#[derive(Default)]
struct Unwritten<'a>(Vec<(Vec<&'a str>, Option<CliError>)>);

impl<'a> Unwritten<'a> {
    fn add(&mut self, field: &'a str, problem: Option<CliError>) {
        let is_same = |(_, other): &&mut (Vec<&str>, Option<CliError>)| match (other, &problem) {
            (Some(other), Some(problem)) => other.has_same_cause(problem),
            _ => false,
        };
        match self.0.iter_mut().find(is_same) {
            Some((fields, _)) => fields.push(field),
            None => self.0.push((vec![field], problem)),
        }
    }

    /// Returns one line for each field. The fields that share a problem have one line together.
    fn lines(&self) -> Vec<String> {
        let describe = |(fields, problem): &(Vec<&str>, Option<CliError>)| match problem {
            None => format!("  `{}`: skipped", fields[0]),
            Some(problem) if fields.len() > 1 => {
                format!("  {}", problem.line_about_fields(fields))
            }
            Some(problem) => format!("  `{}`: {}", fields[0], problem.line()),
        };
        self.0.iter().map(describe).collect()
    }
}

/// Asks for the missing values and writes them.
pub(super) async fn run(arguments: &SetArguments) -> Result<ExitCode, CliError> {
    check_terminal(&arguments.stage)?;
    let session = Session::open(&arguments.artifact)?;
    let stage = session.plan_stage(&arguments.stage, &arguments.identity)?;
    // The variables of the deployment may differ from those of this process, so the values in
    // variables stay unknown.
    let variables = VariableSource::Deployment(BTreeMap::new());
    let mut connections = Connections::default();
    let reading = stage.read_over_with_progress(&mut connections, ReadMode::Values, variables);
    let reading = reading.await?;
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
        connections,
    };
    let mut unwritten = Unwritten::default();
    for field in missing {
        match prompter.ask_and_write(field).await? {
            FieldResult::Written | FieldResult::HasValue => {}
            FieldResult::Skipped => unwritten.add(field.path(), None),
            FieldResult::Refused(problem) => unwritten.add(field.path(), Some(problem)),
        }
    }
    finish(&stage, &reading, &unwritten.lines())
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

/// Prints the fields that may be missing, but that the command does not ask for.
fn print_unknown(reading: &ReadStage) {
    let print = |reason: &str, is_included: &dyn Fn(&ReadField) -> bool| {
        let fields = reading.fields.iter().filter(|field| is_included(field));
        print_names(
            &format!("note: not asked for, because {reason}"),
            fields.map(|field| field.planned.path()),
        );
    };
    print("the value could not be read", &|field| {
        find_read_failure(field).is_some()
    });
    print(
        "only the deployment or the program knows whether a value exists",
        &|field| {
            matches!(field.state, FieldState::Undecided)
                && field.undecided_by.is_empty()
                && field.planned.spec().compose.is_none()
        },
    );
    print(
        "it is unknown whether their optional struct is present",
        &|field| matches!(field.state, FieldState::Undecided) && !field.undecided_by.is_empty(),
    );
}

/// Asks for values, and writes them with the connections that the read opened.
struct MissingPrompter<'a> {
    session: &'a Session,
    stage: &'a StageSession,
    options: WriteOptions,
    connections: Connections,
}

impl MissingPrompter<'_> {
    /// Asks for the value of one field and writes it.
    ///
    /// # Errors
    ///
    /// Returns an error if the command cannot continue, for example without credentials.
    async fn ask_and_write(&mut self, field: &PlannedField) -> Result<FieldResult, CliError> {
        let writer = match FieldWriter::new(self.session, self.stage, field) {
            Ok(writer) => writer,
            Err(problem) => return Ok(FieldResult::Refused(problem)),
        };
        let inspecting = writer.connect_and_inspect(&mut self.connections);
        let Inspection { aws, state } = inspecting.await?;
        let current = match state {
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
        self.ask_until_valid(field, &writer, aws.as_ref()).await
    }

    /// Asks until an answer is empty or fits the field. Writes an answer that fits.
    async fn ask_until_valid(
        &self,
        field: &PlannedField,
        writer: &FieldWriter<'_>,
        aws: Option<&AwsContext>,
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
            let unverified = match writer.check(&value) {
                Ok(unverified) => unverified,
                Err(problem) => {
                    print_problem(&problem);
                    continue;
                }
            };
            let written = writer.write(aws, &value, &unverified, &self.options).await;
            return Ok(match written {
                Ok(()) => FieldResult::Written,
                Err(problem) => {
                    // Print the problem now: the user may then end the command instead of typing
                    // further values.
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
    unwritten: &[String],
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
        lines.extend_from_slice(unwritten);
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
