//! Writes the value of one field, and prints notes about the write. `cargo stage set` uses this
//! module for the field that the user names, and for each field of `--missing`.

use stage_config_core::PlannedField;
use stage_config_core::manage::{AwsContext, NewValue, UnverifiedPart};
use stage_config_core::schema::Secrecy;

use crate::destination::{Destination, TargetState, WriteOptions};
use crate::error::CliError;
use crate::input::Typing;
use crate::progress::wait_with_progress;
use crate::session::{Connections, Session, StageSession};
use crate::{invocation, output, redact};

/// A field and its destination.
pub(super) struct FieldWriter<'a> {
    field: &'a PlannedField,
    stage: &'a StageSession,
    destination: Destination<'a>,
}

/// The connection to AWS, and what was found at the destination.
pub(super) struct Inspection {
    /// `None` for a sealed file, which needs no connection.
    pub(super) aws: Option<AwsContext>,
    pub(super) state: Result<TargetState, CliError>,
}

impl<'a> FieldWriter<'a> {
    /// Finds the destination of the field.
    ///
    /// # Errors
    ///
    /// Returns an error if the command cannot write the field.
    pub(super) fn new(
        session: &'a Session,
        stage: &'a StageSession,
        field: &'a PlannedField,
    ) -> Result<Self, CliError> {
        Ok(Self {
            field,
            stage,
            destination: Destination::new(session, stage, field)?,
        })
    }

    pub(super) fn destination(&self) -> &Destination<'a> {
        &self.destination
    }

    /// Prints which sources of a chain stay unchanged, and which other fields read the value.
    pub(super) fn print_notes(&self) {
        let notes = [
            self.destination.chain_note(),
            self.destination.shared_note(),
        ];
        print_notes(notes.into_iter().flatten());
    }

    /// Connects to AWS and reads the current state of the destination, with one progress line.
    ///
    /// # Errors
    ///
    /// Returns an error if there is no connection. If the state of the destination cannot be read,
    /// the error is in [`Inspection::state`].
    pub(super) async fn connect_and_inspect(
        &self,
        connections: &mut Connections,
    ) -> Result<Inspection, CliError> {
        let inspection = async {
            let aws = self.destination.connect(connections).await?;
            let state = self.destination.inspect_for_write(aws.as_ref()).await;
            Ok(Inspection { aws, state })
        };
        wait_with_progress("inspecting the current value", inspection).await
    }

    /// Returns whether the terminal hides a value that the user types, and whether white space
    /// around the value is removed.
    pub(super) fn typing(&self) -> Typing {
        let spec = self.field.spec();
        Typing {
            is_hidden: self.field.secrecy() != Secrecy::No,
            is_trimmed: !spec.with && spec.shape.kind.is_trimmed(),
        }
    }

    /// Checks the value. Returns the parts that only the program can verify.
    pub(super) fn check(&self, value: &NewValue) -> Result<Vec<UnverifiedPart>, CliError> {
        self.destination.check(value)
    }

    /// Writes the value and prints the result. `unverified` are the parts of the value that only
    /// the program can verify.
    pub(super) async fn write(
        &self,
        aws: Option<&AwsContext>,
        value: &NewValue,
        unverified: &[UnverifiedPart],
        options: &WriteOptions,
    ) -> Result<(), CliError> {
        let written =
            wait_with_progress("writing", self.destination.write(aws, value, options)).await?;
        let version = written
            .version
            .map(|version| format!(": version {version}"))
            .unwrap_or_default();
        output::eprint_line(&format!(
            "`{}` of the stage `{}` is written to {}{version}",
            self.field.path(),
            self.stage.name(),
            self.destination.source_text()
        ));

        let describe = |part: &UnverifiedPart| {
            let part = redact::describe_unverified(*part, self.field.spec().type_name);
            let command = invocation::stage_command("check", self.stage.name());
            let purpose = format!("{part}: only the program can verify this");
            invocation::format_step(&purpose, &format!("{command} --run"))
        };
        print_notes(
            written
                .notes
                .into_iter()
                .chain(unverified.iter().map(describe)),
        );
        Ok(())
    }
}

fn print_notes(notes: impl IntoIterator<Item = String>) {
    for note in notes {
        output::eprint_line(&format!("note: {note}"));
    }
}
