//! Checks a value before it is written.

use stage_config_core::Help;
use stage_config_core::manage::{
    NewValue, UnverifiedPart, find_new_value_help, verify_new_part, verify_new_value,
};

use super::{Destination, WriteTarget};
use crate::error::CliError;

impl Destination<'_> {
    /// Checks the value against the field, the other fields that read the destination, and the
    /// limits of the destination. Returns the parts that only the program can verify.
    pub(crate) fn check(&self, value: &NewValue) -> Result<Vec<UnverifiedPart>, CliError> {
        self.check_value(value)
            .map_err(|error| error.for_field(self.field.path(), self.stage.name()))
    }

    fn check_value(&self, value: &NewValue) -> Result<Vec<UnverifiedPart>, CliError> {
        let path = self.field.path();
        let unverified =
            verify_new_value(self.field.spec(), self.field.secrecy(), value).map_err(|reason| {
                let kind = self.field.spec().type_name;
                CliError::failed(format!(
                    "the value does not fit `{path}` ({kind}): {reason}. Nothing was written"
                ))
                .with_help(self.describe_form(value))
            })?;

        self.check_composed(value)?;
        let key = self
            .field
            .chain()
            .first()
            .and_then(|source| source.key.as_deref());
        let refusals: Vec<String> = self
            .readers
            .iter()
            .filter_map(|reader| reader.explain_refusal(key, value))
            .collect();
        if !refusals.is_empty() {
            return Err(
                CliError::failed(format!("{}. Nothing was written", refusals.join("; ")))
                    .with_help(
                        "give a value that all these fields can read, or give each field its \
                         own source",
                    ),
            );
        }

        match &self.target {
            WriteTarget::Parameter(target) => target.check(value)?,
            WriteTarget::Secret(target) => target.check(value)?,
            WriteTarget::Sealed(_) => {}
        }

        Ok(unverified)
    }

    /// Returns the help for a value that the type of the field refuses.
    fn describe_form(&self, value: &NewValue) -> String {
        let (spec, secrecy) = (self.field.spec(), self.field.secrecy());
        match find_new_value_help(spec, secrecy, value, &self.source_text()) {
            Some(Help::ChangeValue { expected, .. }) => format!("give {expected}"),
            _ => "give a value that the program can read".to_owned(),
        }
    }

    /// Checks that the value fits wherever the template of a composed field contains this field.
    fn check_composed(&self, value: &NewValue) -> Result<(), CliError> {
        for leaf in self.stage.plan.schema().leaves() {
            verify_new_part(&leaf, self.field, value).map_err(|reason| {
                let path = &leaf.path;
                let message =
                    format!("the value does not fit `{path}`: {reason}. Nothing was written");
                CliError::failed(message).with_help("give a value that the program can read")
            })?;
        }
        Ok(())
    }
}
