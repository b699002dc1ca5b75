//! The account that a destination must be in.

use stage_config_core::manage::AwsContext;

use super::{Destination, WriteTarget, require_aws};
use crate::error::CliError;

impl Destination<'_> {
    /// Checks that a write goes to the account of the source's ARN and of the struct's
    /// `account(…)`.
    ///
    /// Parameter Store always writes to the account of the credentials, even if the source is an
    /// ARN of another account. A load refuses a value that is not in the struct's `account(…)`.
    pub(super) async fn check_account(&self, aws: Option<&AwsContext>) -> Result<(), CliError> {
        let (arn_account, is_own_account) = match &self.target {
            WriteTarget::Parameter(target) => (target.account.as_deref(), true),
            WriteTarget::Secret(target) => (target.account.as_deref(), target.account.is_none()),
            WriteTarget::Sealed(_) => return Ok(()),
        };
        let path = self.field.path();
        if let (Some(account), Some(found)) = (self.field.account(), arn_account)
            && account != found
        {
            let message = format!(
                "`{path}` must be in account {account}, and `{}` is in another one",
                self.source_text()
            );
            return Err(CliError::failed(message)
                .with_help("change the source, or the struct's `account(…)`"));
        }

        let (true, Some(account)) = (is_own_account, arn_account.or(self.field.account())) else {
            return Ok(());
        };
        let caller = require_aws(aws)?.fetch_caller().await?;
        if caller.account == account {
            return Ok(());
        }
        let message = format!(
            "`{path}` must be in account {account}, and these credentials would write to account \
             {} ({})",
            caller.account, caller.arn
        );
        Err(CliError::undetermined(message).with_help("name the identity: --profile or --role-arn"))
    }
}
