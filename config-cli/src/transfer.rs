//! The transfer of values into a stage, for `import` and `copy`. It decides which values are
//! written.

mod run;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use stage_config_core::manage::{
    FieldState, NewValue, ReadField, ReadMode, ReadStage, ReadValue, VariableSource,
};
use stage_config_core::{FailureKind, PlannedField};

use crate::cause::is_unread;
use crate::destination::{Destination, TargetState};
use crate::error::CliError;
use crate::session::{Connections, Session, StageSession};

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
    /// The values of the stage before the transfer.
    current: ReadStage,
    /// The connections that the read has opened. The writes use them too.
    connections: Connections,
    writes: Vec<PendingWrite<'a>>,
    /// Fields that are not written, with the reason.
    skipped: Vec<(&'a PlannedField, String)>,
    mistakes: Vec<CliError>,
    /// The fields that are written only if they are missing, but whose state is unknown. If there
    /// is such a field, nothing is written.
    unread: Vec<&'a str>,
}

struct PendingWrite<'a> {
    field: &'a PlannedField,
    destination: Destination<'a>,
    value: NewValue,
    target_state: TargetState,
}

const UNCHANGED: &str = "unchanged";

impl<'a> Transfer<'a> {
    /// Reads the stage that the values go into.
    pub(crate) async fn open(
        session: &'a Session,
        stage: &'a StageSession,
    ) -> Result<Self, CliError> {
        let mut connections = Connections::default();
        let (mode, variables) = (ReadMode::Values, VariableSource::Process);
        let current = stage.read_over_with_progress(&mut connections, mode, variables);
        let current = current.await?;
        Ok(Self::new(session, stage, current, connections))
    }

    /// Prepares the transfer into a stage whose values were already read over these connections.
    pub(crate) fn new(
        session: &'a Session,
        stage: &'a StageSession,
        current: ReadStage,
        connections: Connections,
    ) -> Self {
        Self {
            session,
            stage,
            current,
            connections,
            writes: Vec::new(),
            skipped: Vec::new(),
            mistakes: Vec::new(),
            unread: Vec::new(),
        }
    }

    /// Returns whether no source has a value for the field. A field with a source that could not be
    /// read does not count as missing.
    pub(crate) fn is_missing(&self, field: &PlannedField) -> bool {
        self.current_field(field)
            .is_some_and(|field| match &field.state {
                FieldState::Failed(failure) => failure.kind() == FailureKind::Missing,
                FieldState::Default(_) | FieldState::Unset => true,
                // If `undecided_by` lists a source, the field has no value, and only the presence
                // of the optional struct around the field is unknown.
                FieldState::Undecided => !field.undecided_by.is_empty(),
                FieldState::Found(_) | FieldState::Composed(_) => false,
            })
    }

    /// Returns whether a source of the field could not be read. Then it is unknown whether the
    /// field has a value.
    pub(crate) fn is_unread(&self, field: &PlannedField) -> bool {
        self.current_field(field).is_some_and(
            |field| matches!(&field.state, FieldState::Failed(failure) if is_unread(failure.kind())),
        )
    }

    /// Adds a value. Problems are collected and reported together.
    pub(crate) fn add(&mut self, field: &'a PlannedField, value: NewValue) {
        if field.spec().compose.is_some() {
            return self.skip(field, "it is composed of other fields");
        }
        if self.is_stored(field, &value) {
            return self.skip(field, UNCHANGED);
        }
        match Destination::new(self.session, self.stage, field) {
            Ok(destination) => self.add_checked(field, destination, value),
            Err(problem) => self.add_problem(&problem),
        }
    }

    /// Returns whether the first source of the field has this value already.
    fn is_stored(&self, field: &PlannedField, value: &NewValue) -> bool {
        let existing = self.current_field(field).and_then(find_existing_value);
        existing.is_some_and(|existing| value.is_stored_as(existing, field.spec()))
    }

    /// Adds a value. If the value must not be written to the destination, adds a problem instead.
    fn add_checked(
        &mut self,
        field: &'a PlannedField,
        destination: Destination<'a>,
        value: NewValue,
    ) {
        let checked = if value.bytes().is_empty() {
            Err(CliError::failed(format!(
                "`{}` is empty, and no store keeps an empty value: leave it out",
                field.path()
            )))
        } else {
            destination.check(&value)
        };
        match checked {
            Ok(_) => self.add_write(field, destination, value),
            Err(problem) => self.add_problem(&problem),
        }
    }

    fn add_write(
        &mut self,
        field: &'a PlannedField,
        destination: Destination<'a>,
        value: NewValue,
    ) {
        let source = destination.source_text();
        match self
            .writes
            .iter()
            .find(|other| other.destination.source_text() == source)
        {
            Some(other) if other.value.bytes() == value.bytes() => {
                let reason = format!("same source as `{}`, which is written", other.field.path());
                self.skip(field, &reason);
            }
            Some(other) => {
                let fields = format!("`{}` and `{}`", field.path(), other.field.path());
                self.add_mistake(format!(
                    "{fields} have the same source {source}, but different values"
                ));
            }
            None => self.writes.push(PendingWrite {
                field,
                destination,
                value,
                target_state: TargetState::default(),
            }),
        }
    }

    /// Adds a value of another stage, in the form that the destination stores.
    pub(crate) fn copy(&mut self, field: &'a PlannedField, value: &ReadValue) {
        match Destination::new(self.session, self.stage, field) {
            Ok(destination) => self.copy_to(field, destination, value),
            Err(problem) => self.add_problem(&problem),
        }
    }

    fn copy_to(
        &mut self,
        field: &'a PlannedField,
        destination: Destination<'a>,
        value: &ReadValue,
    ) {
        let existing = self.current_field(field).and_then(find_existing_value);
        match destination.convert_value(value, existing) {
            Ok(value) if self.is_stored(field, &value) => self.skip(field, UNCHANGED),
            Ok(value) => self.add_checked(field, destination, value),
            Err(problem) => self.add_problem(&problem),
        }
    }

    /// Adds a value of another stage for a field that is missing, or that could not be read. If
    /// this command cannot write to the destination, skips the field. Otherwise, if the field could
    /// not be read, the whole transfer fails and writes nothing, because the field may have a
    /// value.
    pub(crate) fn copy_if_writable(&mut self, field: &'a PlannedField, value: &ReadValue) {
        match Destination::new(self.session, self.stage, field) {
            Ok(_) if self.is_unread(field) => self.unread.push(field.path()),
            Ok(destination) => self.copy_to(field, destination, value),
            Err(_) if field.reads_path() => {
                self.skip(
                    field,
                    "a path: `cargo stage set FIELD KEY` writes each of its parameters",
                );
            }
            Err(_) => self.skip(field, "not writable from the command line"),
        }
    }

    /// Skips a field and reports the reason.
    pub(crate) fn skip(&mut self, field: &'a PlannedField, reason: &str) {
        self.skipped.push((field, reason.to_owned()));
    }

    pub(crate) fn add_mistake(&mut self, message: String) {
        self.mistakes.push(CliError::failed(message));
    }

    /// Adds the error of one field to the problems.
    pub(crate) fn add_problem(&mut self, problem: &CliError) {
        self.mistakes.push(problem.clone());
    }

    /// Returns the fields that will be written.
    pub(crate) fn written_fields(&self) -> impl Iterator<Item = &str> {
        self.writes.iter().map(|write| write.field.path())
    }

    fn current_field(&self, field: &PlannedField) -> Option<&ReadField> {
        self.current
            .fields
            .iter()
            .find(|other| other.planned.path() == field.path())
    }
}

/// Returns the value at the first source of a field, if a load uses it. A transfer writes to that
/// source.
fn find_existing_value(field: &ReadField) -> Option<&ReadValue> {
    match &field.state {
        FieldState::Found(value) => {
            Some(value).filter(|value| field.planned.chain().first() == Some(&value.source))
        }
        _ => None,
    }
}
