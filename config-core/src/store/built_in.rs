//! The built-in stores. A store is created when a call needs it, so a plan without AWS creates no
//! AWS client.

use super::{Store, environment::Environment};
use crate::{error::Mistake, plan::Plan, read_mode::ReadMode};
use std::sync::Arc;

/// The state that the built-in stores of one load share.
pub(crate) struct BuiltInStores<'a> {
    #[cfg(feature = "aws-store")]
    pub(crate) aws: Arc<crate::aws::SharedAwsConfig>,
    /// The unlocked key pairs of stages.
    #[cfg(feature = "kms")]
    pub(crate) keys: Arc<crate::sealed::KeyRing>,
    /// The sessions of AppConfig, which outlive the stores.
    #[cfg(feature = "appconfig")]
    pub(crate) sessions: Arc<super::app_config::Sessions>,
    pub(crate) environment: Environment,
    pub(crate) mode: ReadMode,
    /// The plans to fetch. The store of sealed files reads the files of these plans.
    pub(crate) plans: Vec<&'a Plan>,
}

impl BuiltInStores<'_> {
    /// Returns the store of a scheme. Returns `None` for a custom scheme, and for a scheme whose
    /// cargo feature is off.
    ///
    /// # Errors
    ///
    /// Returns a mistake if one `sealed:` source of the plans names two files.
    pub(crate) fn new_store(&self, scheme: &str) -> Result<Option<Arc<dyn Store>>, Mistake> {
        let Self {
            environment: _environment,
            mode: _mode,
            plans: _plans,
            ..
        } = self;
        Ok(match scheme {
            #[cfg(feature = "ssm")]
            "ssm" => Some(Arc::new(super::ssm::ParameterStore::new(
                self.aws.clone(),
                self.mode,
            ))),
            #[cfg(feature = "secrets-manager")]
            "secret" => Some(Arc::new(super::secrets_manager::SecretsManager::new(
                self.aws.clone(),
                self.mode,
            ))),
            #[cfg(feature = "appconfig")]
            "appconfig" => Some(Arc::new(super::app_config::AppConfig::new(
                self.aws.clone(),
                self.sessions.clone(),
                self.mode,
            ))),
            #[cfg(feature = "kms")]
            "kms-env" => Some(Arc::new(super::kms::KmsVariables::new(
                self.aws.clone(),
                self.environment.clone(),
                self.mode,
            ))),
            #[cfg(feature = "kms")]
            "sealed" => {
                let plans = self.plans.iter().copied();
                Some(Arc::new(super::sealed::SealedFiles::new(
                    self.aws.clone(),
                    &self.keys,
                    self.mode,
                    plans,
                )?))
            }
            _ => None,
        })
    }
}
