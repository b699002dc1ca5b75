//! The session of a verb that concerns one field, or one parameter of a field that reads a path.

use stage_config_core::PlannedField;

use super::{Session, StageSession};
use crate::args::{FieldArguments, IdentityArguments};
use crate::error::CliError;
use crate::field_choice::{check_field, list_needed_fields};
use crate::invocation;

impl Session {
    /// Plans a single field of a stage, and the fields that its value depends on. If the arguments
    /// name a parameter, the field reads only this parameter of its path.
    pub(crate) fn plan_field(
        &self,
        name: &str,
        options: &IdentityArguments,
        FieldArguments { field, key }: &FieldArguments,
    ) -> Result<StageSession, CliError> {
        check_field(self.schema, field)?;
        let needed = list_needed_fields(self.schema, field);
        let session = self.plan(name, options, |path| {
            !needed.iter().any(|name| name == path)
        })?;
        let Some(key) = key else {
            return Ok(session);
        };
        let plan = session.plan.select_parameter(field, key);
        Ok(StageSession {
            plan: plan.map_err(CliError::undetermined)?,
            key: Some(key.clone()),
            ..session
        })
    }
}

impl StageSession {
    /// Returns the field `path`, for example `mail.password`. [`Session::plan_field`] has checked
    /// that this field exists.
    pub(crate) fn find_field(&self, path: &str) -> Result<&PlannedField, CliError> {
        let field = self
            .plan
            .planned_fields()
            .iter()
            .find(|field| field.path() == path);
        field.ok_or_else(|| {
            CliError::undetermined(format!("the stage `{}` has no such field", self.name()))
        })
    }

    /// Returns the command line that runs a verb for a field of this stage. If the user's command
    /// line names one parameter of a path, the returned command line names this parameter too.
    pub(crate) fn field_command(&self, verb: &str, field: &str) -> String {
        self.field_command_of(verb, field, self.name())
    }

    /// Returns the same command line as [`field_command`](Self::field_command), but for another
    /// stage.
    pub(crate) fn field_command_of(&self, verb: &str, field: &str, stage: &str) -> String {
        match &self.key {
            Some(key) => invocation::path_command(verb, field, key, stage),
            None => invocation::field_command(verb, field, stage),
        }
    }
}
