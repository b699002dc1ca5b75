//! Plans the read of an older version of a parameter or a secret, and makes an older version of a
//! secret the current one.

use super::{
    AwsContext, ManageError,
    clients::new_write_error,
    secret::{CURRENT, format_source},
};
use crate::plan::Plan;
use aws_sdk_secretsmanager::Client;
use aws_smithy_runtime_api::client::result::SdkError;
use stage_config_grammar::source::{Address, SecretVersion};

const SWAP: &str = "secretsmanager:UpdateSecretVersionStage";

impl Plan {
    /// Returns a plan that reads one version of a parameter or a secret: it has only the fields
    /// that read the address, and each reads only this version. `version` is the number of a
    /// parameter's version, or the ID of a secret's version.
    #[must_use]
    pub fn pin_version(&self, address: &Address, version: &str) -> Self {
        let mut pinned = address.clone();
        match &mut pinned {
            Address::Parameter { selector, .. } => *selector = Some(version.to_owned()),
            Address::Secret {
                version: selected, ..
            } => *selected = Some(SecretVersion::Id(version.to_owned())),
            _ => {}
        }
        let mut plan = self
            .narrow_paths(address)
            .retain_requests(|request| request.0 == *address);
        for source in plan.fields.iter_mut().flat_map(|field| &mut field.chain) {
            source.address = pinned.clone();
        }
        plan
    }
}

impl AwsContext {
    /// Makes a version of a secret the current one, with
    /// `secretsmanager:UpdateSecretVersionStage`. Secrets Manager moves `AWSPREVIOUS` to the
    /// version that was current. Returns `false`, and changes nothing, if `from` is no longer the
    /// current version.
    ///
    /// # Errors
    ///
    /// Returns the errors of AWS and of the network.
    pub async fn move_current_secret(
        &self,
        id: &str,
        region: Option<&str>,
        from: &str,
        to: &str,
    ) -> Result<bool, ManageError> {
        let client = self.secrets_manager_client(region)?;
        self.make_current(&client, id, region, to, Some(from)).await
    }

    /// Makes `new` the current version instead of `old`. Returns `false` if another version than
    /// `old` is current now.
    pub(super) async fn make_current(
        &self,
        client: &Client,
        id: &str,
        region: Option<&str>,
        new: &str,
        old: Option<&str>,
    ) -> Result<bool, ManageError> {
        let swap = client
            .update_secret_version_stage()
            .secret_id(id)
            .version_stage(CURRENT);
        let swap = swap
            .move_to_version_id(new)
            .set_remove_from_version_id(old.map(str::to_owned));
        let Err(error) = swap.send().await else {
            return Ok(true);
        };
        let failed = new_write_error(SWAP, &format_source(id), &error);
        if !matches!(error, SdkError::ServiceError(_)) {
            return Err(failed);
        }
        // The error does not show whether `new` is current now: Secrets Manager uses several
        // messages if `old` is no longer current, and also refuses the retry of a call that
        // succeeded. So the result depends on which version is current.
        match self.fetch_current_version(id, region).await? {
            Some(current) if current == new => Ok(true),
            Some(current) if Some(current.as_str()) != old => Ok(false),
            _ => Err(failed),
        }
    }
}
