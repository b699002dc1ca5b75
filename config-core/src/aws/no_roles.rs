//! Refuses roles, because the cargo feature `assume-role` is off. Without this feature, only a
//! source in an environment override can name a role: the derive refuses an attribute with
//! `?role=`.

use crate::{
    failure::FailureKind,
    outcome::{Failed, Outcome},
};
use aws_types::SdkConfig;

/// The roles of a load. None can be assumed.
#[derive(Default)]
pub(super) struct AssumedRoles(());

impl AssumedRoles {
    pub(super) async fn config(
        &self,
        _: &SdkConfig,
        _: &str,
        _: Option<&str>,
    ) -> Result<SdkConfig, Outcome> {
        let detail = "`?role=` needs the cargo feature `assume-role` of stage-config";
        let failed = Failed::new(FailureKind::InvalidRequest, detail);
        Err(Outcome::Failed(failed.with_help(
            "enable the cargo feature in the program, or remove `?role=` from the source",
        )))
    }
}
