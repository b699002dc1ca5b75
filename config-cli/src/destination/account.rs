//! The account that a destination must be in.

use stage_config_core::manage::AwsContext;

use super::{Destination, WriteTarget, require_aws};
use crate::error::CliError;

impl Destination<'_> {
    /// Checks the account. A parameter is always written in the account of the credentials,
    /// whatever the source's ARN says, and a load refuses the value if it is not in the struct's
    /// `account(…)`.
    pub(super) async fn check_account(&self, access: Option<&AwsContext>) -> Result<(), CliError> {
        let (arn_account, own) = match &self.target {
            WriteTarget::Parameter(place) => (place.account.as_deref(), true),
            WriteTarget::Secret(place) => (place.account.as_deref(), place.account.is_none()),
            WriteTarget::Sealed(_) => return Ok(()),
        };
        let path = self.field.path();
        if let (Some(account), Some(of_arn)) = (self.field.account(), arn_account)
            && account != of_arn
        {
            let what = format!("`{path}` must be in account {account}, and `{}` is in another one", self.source_text());
            return Err(CliError::failed(what).with_help("change the source, or the struct's `account(…)`"));
        }
        let (true, Some(account)) = (own, arn_account.or(self.field.account())) else { return Ok(()) };
        let caller = require_aws(access)?.fetch_caller().await?;
        if caller.account == account {
            return Ok(());
        }
        let what = format!(
            "`{path}` must be in account {account}, and these credentials would write to account {} ({})",
            caller.account, caller.arn
        );
        Err(CliError::undetermined(what).with_help("name the identity: --profile or --role-arn"))
    }
}
