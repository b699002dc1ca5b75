//! The transfer of values into a stage: the preview, the confirmation and the writes. Used by
//! `import` and `copy`.

use std::process::ExitCode;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use stage_config_core::manage::{
    AwsContext, FieldState, NewValue, ReadField, ReadMode, ReadStage, ReadValue, VariableSource,
};
use stage_config_core::{FailureKind, PlannedField};

use crate::destination::{Destination, ExistingValue, TargetState, WriteOptions};
use crate::error::CliError;
use crate::output::{Style, styled};
use crate::progress::wait_with_progress;
use crate::session::{Session, StageSession};
use crate::{confirm, output, redact};

/// The options of `import` and `copy`.
#[derive(Debug, Args)]
pub(crate) struct TransferOptions {
    /// Replace existing values
    #[arg(long)]
    pub(crate) overwrite: bool,

    /// Write without asking
    #[arg(short, long)]
    pub(crate) yes: bool,

    /// The KMS key of new values, instead of the stage's key
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) kms_key: Option<String>,

    /// Write parameters of more than 4 KB in the advanced tier, which costs money
    #[arg(long)]
    pub(crate) advanced: bool,
}

/// The values that go into a stage.
pub(crate) struct Transfer<'a> {
    session: &'a Session,
    stage: &'a StageSession,
    /// The current values of the stage, to find out which values are new.
    current: ReadStage,
    writes: Vec<PendingWrite<'a>>,
    /// Fields that are not written, with the reason.
    skipped: Vec<(&'a PlannedField, String)>,
    /// The lines of all problems.
    mistakes: Vec<String>,
}

struct PendingWrite<'a> {
    field: &'a PlannedField,
    destination: Destination<'a>,
    value: NewValue,
    target_state: TargetState,
}

const UNCHANGED: &str = "unchanged";

impl<'a> Transfer<'a> {
    /// Reads the stage that is written.
    pub(crate) async fn open(session: &'a Session, stage: &'a StageSession) -> Result<Self, CliError> {
        let what = format!("reading the stage `{}`", stage.name());
        let there = wait_with_progress(&what, stage.read(ReadMode::Values, VariableSource::Process)).await?;
        Ok(Self { session, stage, current: there, writes: Vec::new(), skipped: Vec::new(), mistakes: Vec::new() })
    }

    /// Returns whether no source has a value for the field. An undetermined field does not count as
    /// missing.
    pub(crate) fn is_missing(&self, field: &PlannedField) -> bool {
        self.current_field(field).is_some_and(|there| match &there.state {
            FieldState::Failed(failure) => failure.kind() == FailureKind::Missing,
            FieldState::Default(_) | FieldState::Unset => true,
            FieldState::Found(_) | FieldState::Undecided => false,
        })
    }

    /// Adds a value. Problems are collected, so that all are reported at once.
    pub(crate) fn add(&mut self, field: &'a PlannedField, value: NewValue) {
        if self.current_field(field).is_some_and(|there| has_same_value(there, &value)) {
            return self.skip(field, UNCHANGED);
        }
        match self.find_destination(field, &value) {
            Ok(destination) => self.add_write(field, destination, value),
            Err(problem) => self.refuse(&problem),
        }
    }

    /// Returns the destination of a value.
    ///
    /// # Errors
    ///
    /// Returns an error if the value must not be written there.
    fn find_destination(&self, field: &'a PlannedField, value: &NewValue) -> Result<Destination<'a>, CliError> {
        if value.bytes().is_empty() {
            let what = format!("`{}` is empty, and no store keeps an empty value: leave it out", field.path());
            return Err(CliError::failed(what));
        }
        let destination = Destination::new(self.session, self.stage, field)?;
        destination.check(value)?;
        Ok(destination)
    }

    fn add_write(&mut self, field: &'a PlannedField, destination: Destination<'a>, value: NewValue) {
        let shown = destination.source_text();
        match self.writes.iter().find(|other| other.destination.source_text() == shown) {
            Some(other) if other.value.bytes() == value.bytes() => {
                let why = format!("written with `{}`", other.field.path());
                self.skip(field, &why);
            }
            Some(other) => {
                let what = format!("`{}` and `{}` are both {shown}, with two values", field.path(), other.field.path());
                self.add_mistake(what);
            }
            None => self.writes.push(PendingWrite { field, destination, value, target_state: TargetState::default() }),
        }
    }

    /// Adds a value of another stage, in the form that the destination stores.
    pub(crate) fn copy(&mut self, field: &'a PlannedField, value: &ReadValue) {
        let stored = self.current_field(field).filter(|there| has_value(there) == Some(true)).and_then(|there| {
            match &there.state {
                FieldState::Found(there) => Some(there),
                _ => None,
            }
        });
        let copied = Destination::new(self.session, self.stage, field)
            .and_then(|destination| destination.convert_value(value, stored));
        match copied {
            Ok(value) => self.add(field, value),
            Err(problem) => self.refuse(&problem),
        }
    }

    /// Adds a value of another stage if this program can write the field's destination. Otherwise
    /// the field is skipped.
    pub(crate) fn copy_if_writable(&mut self, field: &'a PlannedField, value: &ReadValue) {
        match Destination::new(self.session, self.stage, field) {
            Ok(_) => self.copy(field, value),
            Err(_) => self.skip(field, "not written from here"),
        }
    }

    /// Skips a field and reports the reason.
    pub(crate) fn skip(&mut self, field: &'a PlannedField, why: &str) {
        self.skipped.push((field, why.to_owned()));
    }

    pub(crate) fn add_mistake(&mut self, what: String) {
        self.mistakes.push(what);
    }

    /// Adds the error of one field to the problems.
    pub(crate) fn refuse(&mut self, problem: &CliError) {
        self.mistakes.extend(problem.lines());
    }

    /// Returns the fields that will be written.
    pub(crate) fn written_fields(&self) -> impl Iterator<Item = &str> {
        self.writes.iter().map(|write| write.field.path())
    }

    fn current_field(&self, field: &PlannedField) -> Option<&ReadField> {
        self.current.fields.iter().find(|there| there.planned.path() == field.path())
    }
}

/// Returns whether the first source of a field, which is the one that is written, has a value;
/// `None` if undetermined.
fn has_value(field: &ReadField) -> Option<bool> {
    match &field.state {
        FieldState::Found(value) => Some(field.planned.chain().first() == Some(&value.source)),
        FieldState::Failed(failure) if failure.kind() == FailureKind::Missing => Some(false),
        FieldState::Default(_) | FieldState::Unset => Some(false),
        FieldState::Failed(_) | FieldState::Undecided => None,
    }
}

/// Returns whether a load already finds this value at the source that would be written.
fn has_same_value(field: &ReadField, value: &NewValue) -> bool {
    let FieldState::Found(found) = &field.state else { return false };
    has_value(field) == Some(true) && value.is_stored_as(found, field.planned.spec())
}

impl Transfer<'_> {
    /// Shows the changes, asks, and writes them.
    pub(crate) async fn run(mut self, options: &TransferOptions) -> Result<ExitCode, CliError> {
        self.check_mistakes()?;
        let access = self.connect().await?;
        self.inspect_targets(access.as_ref()).await?;
        self.print_changes();
        let count = self.writes.len();
        if count == 0 {
            output::eprint_line("there is nothing to write");
            return Ok(ExitCode::SUCCESS);
        }
        let replaced = self.writes.iter().filter(|write| write.target_state.existing.is_some()).count();
        if replaced > 0 && !options.overwrite {
            return Err(CliError::failed(format!("nothing was written: {replaced} of {count} would be replaced"))
                .with_help("`--overwrite` replaces what is there"));
        }
        let question = format!("Write {} into the stage `{}`?", format_count(count), self.stage.name());
        if !options.yes && !confirm::ask_yes_no(&question).await? {
            return Err(CliError::failed("nothing was written: the answer was no"));
        }
        self.write(access.as_ref(), options).await
    }

    fn check_mistakes(&self) -> Result<(), CliError> {
        match self.mistakes.is_empty() {
            true => Ok(()),
            false => Err(CliError::failed([&["nothing was written".to_owned()], self.mistakes.as_slice()].concat())),
        }
    }

    /// Connects to AWS if any destination needs it.
    async fn connect(&self) -> Result<Option<AwsContext>, CliError> {
        for write in &self.writes {
            if let Some(access) = write.destination.connect().await? {
                return Ok(Some(access));
            }
        }
        Ok(None)
    }

    /// Checks every destination before the first write: whether a value exists, and whether it may
    /// be written.
    async fn inspect_targets(&mut self, access: Option<&AwsContext>) -> Result<(), CliError> {
        for write in &mut self.writes {
            match write.destination.inspect_for_write(access).await {
                Ok(current) => write.target_state = current,
                Err(problem) if problem.is_undetermined() => return Err(problem),
                Err(problem) => self.mistakes.extend(problem.lines()),
            }
        }
        self.check_mistakes()
    }

    fn print_changes(&self) {
        let mut rows = vec![["FIELD", "WHERE", "CHANGE"].map(str::to_owned)];
        for field in self.stage.plan.planned_fields() {
            let change = match self.writes.iter().find(|write| write.field.path() == field.path()) {
                Some(PendingWrite { target_state: TargetState { existing: None, .. }, .. }) => {
                    styled(Style::Good, "new")
                }
                Some(PendingWrite { target_state: TargetState { existing: Some(existing), .. }, .. }) => {
                    styled(Style::Doubtful, describe_replacement(existing))
                }
                None => match self.skipped.iter().find(|(left, _)| left.path() == field.path()) {
                    Some((_, why)) => styled(Style::Faint, why),
                    None => continue,
                },
            };
            let place = field.chain().first().map(redact::display_source).unwrap_or_default();
            rows.push([field.path().to_owned(), place, change]);
        }
        if rows.len() > 1 {
            output::print_table(&rows);
        }
        for PendingWrite { destination, target_state: current, .. } in &self.writes {
            let notes = [destination.chain_note(), destination.shared_note(), current.note.clone()];
            for note in notes.into_iter().flatten() {
                output::eprint_line(&format!("note: {note}"));
            }
        }
    }

    /// Writes one value after another and prints the result of each.
    async fn write(&self, access: Option<&AwsContext>, options: &TransferOptions) -> Result<ExitCode, CliError> {
        let TransferOptions { overwrite, kms_key, advanced, .. } = options;
        let write_options = WriteOptions { overwrite: *overwrite, kms_key: kms_key.clone(), advanced: *advanced };
        let (mut failed, mut lines) = (0, Vec::new());
        for PendingWrite { field, destination, value, .. } in &self.writes {
            match destination.write(access, value, &write_options).await {
                Ok(written) => {
                    let version = written.version.map(|version| format!(", version {version}")).unwrap_or_default();
                    output::eprint_line(&format!(
                        "{} is written: {}{version}",
                        field.path(),
                        destination.source_text()
                    ));
                    written.notes.iter().for_each(|note| output::eprint_line(&format!("note: {note}")));
                }
                Err(problem) => {
                    failed += 1;
                    lines.extend(problem.within(field.path()).lines());
                }
            }
        }
        if failed == 0 {
            return Ok(ExitCode::SUCCESS);
        }
        lines.insert(0, format!("not written: {failed} of {}", format_count(self.writes.len())));
        Err(CliError::failed(lines).with_help("correct this and run the command again"))
    }
}

fn describe_replacement(existing: &ExistingValue) -> String {
    let version = existing.version.as_ref().map(|version| format!(", version {version}")).unwrap_or_default();
    format!("replaces a {}{version}", existing.kind)
}

fn format_count(count: usize) -> String {
    if count == 1 { "1 value".to_owned() } else { format!("{count} values") }
}
