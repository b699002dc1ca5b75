//! The credentials of the roles that sources name in `?role=`. A load calls `AssumeRole` once for
//! each role, apart from retries.

use super::{choose_region::choose_region, classify};
use crate::{
    failure::FailureKind,
    outcome::{Denied, Failed, Outcome},
};
use aws_credential_types::{Credentials, provider::SharedCredentialsProvider};
use aws_sdk_sts::{
    Client,
    config::{Builder, IdentityCache},
    operation::assume_role::AssumeRoleOutput,
};
use aws_types::SdkConfig;
use std::{
    collections::BTreeMap,
    env,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
};
use tokio::sync::OnceCell;

/// The lifetime of the credentials, in seconds: the minimum of STS (API reference, `AssumeRole`). A
/// load takes less time, and the next load assumes the role again.
const LIFETIME: i32 = 900;

/// The configuration with the credentials of a role, or the reason why there is none.
type RoleConfig = Result<SdkConfig, Outcome>;

/// The roles of a load.
#[derive(Default)]
pub(super) struct AssumedRoles {
    /// All attempts share this client, because the SDK corrects a wrong clock between two calls of
    /// one client.
    client: OnceLock<Client>,
    roles: Mutex<BTreeMap<String, Arc<OnceCell<RoleConfig>>>>,
}

impl AssumedRoles {
    /// Returns the configuration with the credentials of the role. Concurrent calls share one
    /// request and its result. A permanent failure is kept, because it would be the same for each
    /// store; after a transient one, the next attempt sends another request. `source_region` is
    /// used if the configuration has no region.
    pub(super) async fn config(
        &self,
        base: &SdkConfig,
        role: &str,
        source_region: Option<&str>,
    ) -> RoleConfig {
        let cell = self.lock().entry(role.to_owned()).or_default().clone();
        let assume = || self.assume(base, role, source_region);
        let result = cell.get_or_init(assume).await.clone();
        if matches!(&result, Err(outcome) if outcome.is_transient()) {
            let is_other = |_: &String, other: &mut Arc<_>| !Arc::ptr_eq(other, &cell);
            self.lock().retain(is_other);
        }
        result
    }

    async fn assume(
        &self,
        base: &SdkConfig,
        role: &str,
        source_region: Option<&str>,
    ) -> RoleConfig {
        let region = choose_region(base, source_region.filter(|_| base.region().is_none()));
        let region = region.map_err(Outcome::Failed)?;
        let build = || {
            let config = Builder::from(base).region(region);
            Client::from_conf(config.identity_cache(IdentityCache::no_cache()).build())
        };
        let call = self
            .client
            .get_or_init(build)
            .assume_role()
            .role_arn(role)
            .role_session_name(choose_session_name())
            .duration_seconds(LIFETIME);
        let answer = call
            .send()
            .await
            .map_err(|error| explain(role, classify(&error)))?;
        to_role_config(base, role, answer)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Arc<OnceCell<RoleConfig>>>> {
        self.roles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn to_role_config(base: &SdkConfig, role: &str, answer: AssumeRoleOutput) -> RoleConfig {
    let Some(keys) = answer.credentials else {
        let failed = Failed::new(FailureKind::InvalidAnswer, "the answer has no credentials");
        return Err(explain(role, Outcome::Failed(failed)));
    };
    let credentials = Credentials::new(
        keys.access_key_id,
        keys.secret_access_key,
        Some(keys.session_token),
        None,
        "AssumeRole",
    );
    Ok(base
        .clone()
        .into_builder()
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build())
}

/// Returns the name of the session, which CloudTrail shows: the name of the function, or
/// `stage-config` if there is no function or STS does not accept its name.
fn choose_session_name() -> String {
    let name = env::var("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default();
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if (2..=64).contains(&name.len()) && name.chars().all(is_allowed) {
        name
    } else {
        "stage-config".to_owned()
    }
}

/// Adds the role to a denial or a failure, which would otherwise look like the outcome of a read.
fn explain(role: &str, outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Denied(denied) => {
            let detail = match denied.detail.as_str() {
                "" => format!("the role {role} may not be assumed"),
                detail => detail.to_owned(),
            };
            Outcome::Denied(Denied::new(detail).with_resource(role))
        }
        Outcome::Failed(failed) => Outcome::Failed(Failed {
            detail: format!("the role {role} was not assumed: {}", failed.detail),
            ..failed
        }),
        other => other,
    }
}
