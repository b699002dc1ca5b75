//! The stores that no program has to register: made when a call needs one, so that a plan without AWS makes no client.

use super::{Sight, Store, environment::Environment};
use crate::{error::Mistake, plan::Plan};
use std::sync::Arc;

/// What the built-in stores of one load share.
pub(crate) struct BuiltInStores<'a> {
    #[cfg(feature = "aws-store")]
    pub(crate) aws: Arc<crate::aws::SharedAwsConfig>,
    /// The key pairs of stages that are unlocked.
    #[cfg(feature = "kms")]
    pub(crate) keys: Arc<crate::sealed::KeyRing>,
    pub(crate) environment: Environment,
    pub(crate) mode: Sight,
    /// The plans that are fetched, whose sealed files can be read.
    pub(crate) plans: Vec<&'a Plan>,
}

impl BuiltInStores<'_> {
    /// The store of a scheme; `None` for a custom one, and for one whose cargo feature is off.
    ///
    /// # Errors
    ///
    /// Where the plans contradict each other about a sealed file.
    pub(crate) fn new_store(&self, scheme: &str) -> Result<Option<Arc<dyn Store>>, Mistake> {
        let Self { environment: _environment, mode: _sight, plans: _plans, .. } = self;
        Ok(match scheme {
            #[cfg(feature = "ssm")]
            "ssm" => Some(Arc::new(super::ssm::ParameterStore::new(self.aws.clone(), self.mode))),
            #[cfg(feature = "secrets-manager")]
            "secret" => Some(Arc::new(super::secrets_manager::SecretsManager::new(self.aws.clone(), self.mode))),
            #[cfg(feature = "kms")]
            "kms-env" => {
                Some(Arc::new(super::kms::KmsVariables::new(self.aws.clone(), self.environment.clone(), self.mode)))
            }
            #[cfg(feature = "kms")]
            "sealed" => {
                let plans = self.plans.iter().copied();
                Some(Arc::new(super::sealed::SealedFiles::new(self.aws.clone(), &self.keys, self.mode, plans)?))
            }
            _ => None,
        })
    }
}
