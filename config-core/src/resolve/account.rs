//! Checks that a value is in the account of its stage, or of the role that its source names.

use super::Resolver;
use crate::{outcome::Found, plan::PlannedField};
use stage_config_grammar::arn::{Arn, is_account};
use stage_config_grammar::source::Source;

impl Resolver<'_> {
    /// Checks that the value is in the stage's account or, if the source names a role, in the
    /// account of the role. The check needs no call, because it reads the account from the ARN of
    /// the answer or of the source. The check passes if the stage declares no account, or if no ARN
    /// names the account of the value.
    ///
    /// # Errors
    ///
    /// Returns the detail of the failure if the value is in another account.
    pub(super) fn check_account(
        &self,
        field: &PlannedField,
        source: &Source,
        found: &Found,
    ) -> Result<(), String> {
        // A value that is read with a role is in the account of the role. If an environment
        // override replaced the source, a role in the new source is ignored here: a variable must
        // not change the account that this check expects.
        let role = source.address.role().filter(|_| field.variable.is_none());
        let role = role.and_then(Arn::parse);
        let role_account = role.and_then(|role| role.account);
        match (
            field.account.map(|own| role_account.unwrap_or(own)),
            found
                .arn
                .as_deref()
                .or(source.address.arn())
                .and_then(|arn| Arn::parse(arn)?.account),
        ) {
            (Some(expected), Some(actual)) if expected != actual => {
                // The ARN comes from outside, so only an account id is shown.
                let actual = if is_account(actual) {
                    format!("account {actual}")
                } else {
                    "an unknown account".to_owned()
                };
                let owner = match role_account {
                    Some(_) => "the role of the source".to_owned(),
                    None => format!("stage `{}`", self.plan.stage),
                };
                Err(format!(
                    "the value is in {actual}, but {owner} belongs to account {expected}"
                ))
            }
            _ => Ok(()),
        }
    }
}
