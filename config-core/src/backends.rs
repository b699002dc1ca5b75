//! The backends of a wave: the program's own stores, its AWS configuration, and the sessions of
//! AppConfig.
//!
//! Each wave creates the built-in stores again, with new credentials and, unless the program passes
//! its own AWS configuration, with a new HTTP client. So after a long freeze, a wave uses neither a
//! broken connection nor expired credentials.

use crate::{
    error::{Error, ErrorKind, Mistake},
    fetch::{Stores, TimeBudget, WaveResult, fetch},
    outcome::Request,
    plan::{Call, Plan, group_calls},
    read_mode::ReadMode,
    store::{BuiltInStores, environment::Environment},
};
#[cfg(feature = "aws-store")]
use std::sync::Arc;

/// The program's own stores and AWS configuration, and the sessions of AppConfig.
#[derive(Default)]
pub(crate) struct Backends {
    /// The stores that the program registered, by scheme.
    pub(crate) stores: Stores,
    #[cfg(feature = "aws-store")]
    pub(crate) aws: Option<aws_types::SdkConfig>,
    /// The sessions of AppConfig. The next wave has new stores, and continues the sessions.
    #[cfg(feature = "appconfig")]
    pub(crate) sessions: Arc<crate::store::app_config::Sessions>,
}

impl Backends {
    /// Fetches all requests of these plans in one wave. Afterwards every request has an outcome.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Options`] if a scheme has no store, or if sealed files contradict each
    /// other.
    pub(crate) async fn fetch(
        &self,
        plans: &[&Plan],
        environment: &Environment,
        budget: TimeBudget,
    ) -> Result<WaveResult, Error> {
        Ok(self
            .prepare_wave(plans, environment)?
            .ask(|_| true, budget)
            .await)
    }

    /// Returns the wave that these plans need, before any request is sent.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`fetch`](Self::fetch).
    pub(crate) fn prepare_wave(
        &self,
        plans: &[&Plan],
        environment: &Environment,
    ) -> Result<Wave, Error> {
        let calls = group_calls(plans.iter().copied());
        let built_in = BuiltInStores {
            #[cfg(feature = "aws-store")]
            aws: Arc::new(crate::aws::SharedAwsConfig::new(self.aws.clone())),
            #[cfg(feature = "kms")]
            keys: Arc::default(),
            #[cfg(feature = "appconfig")]
            sessions: self.sessions.clone(),
            environment: environment.clone(),
            mode: ReadMode::Values,
            plans: plans.to_vec(),
        };

        let stores = self.collect_stores(&built_in, &calls)?;
        Ok(Wave {
            calls,
            stores,
            #[cfg(feature = "kms")]
            kms: crate::store::sealed::KmsProvider::new(built_in.aws),
            #[cfg(feature = "kms")]
            keys: built_in.keys,
        })
    }

    /// Returns the program's stores, and the built-in stores that the calls need. So a plan without
    /// AWS creates no client.
    fn collect_stores(
        &self,
        built_in: &BuiltInStores<'_>,
        calls: &[Call],
    ) -> Result<Stores, Error> {
        let mut stores = self.stores.clone();
        let Some(Plan { schema, .. }) = built_in.plans.first() else {
            return Ok(stores);
        };
        for Call { scheme, .. } in calls {
            if stores.contains_key(scheme) {
                continue;
            }

            let store = built_in
                .new_store(scheme)
                .map_err(|mistake| Error::from_mistake(schema, mistake))?;
            let store = store.ok_or_else(|| {
                Error::from_mistake(schema, describe_missing_store(scheme, &built_in.plans))
            })?;
            stores.insert(scheme.clone(), store);
        }
        Ok(stores)
    }
}

/// The calls of a wave and their stores. A caller sends all calls, or only a part of them.
pub(crate) struct Wave {
    pub(crate) calls: Vec<Call>,
    pub(crate) stores: Stores,
    /// The KMS client that unwraps the key pairs of stages.
    #[cfg(feature = "kms")]
    pub(crate) kms: crate::store::sealed::KmsProvider,
    /// The key pairs that are unlocked.
    #[cfg(feature = "kms")]
    pub(crate) keys: Arc<crate::sealed::KeyRing>,
}

impl Wave {
    /// Sends the requests for which `is_wanted` returns `true`. Afterwards each of them has an
    /// outcome.
    pub(crate) async fn ask(
        &self,
        is_wanted: impl Fn(&Request) -> bool,
        budget: TimeBudget,
    ) -> WaveResult {
        let keep_wanted = |call: &Call| Call {
            requests: call
                .requests
                .iter()
                .filter(|request| is_wanted(request))
                .cloned()
                .collect(),
            ..call.clone()
        };
        let calls = self
            .calls
            .iter()
            .map(keep_wanted)
            .filter(|call| !call.requests.is_empty())
            .collect();
        fetch(calls, &self.stores, budget).await
    }
}

/// Returns the mistake for a scheme without a store. The scheme in a variable is not checked at
/// compile time: its cargo feature may be off, for example.
fn describe_missing_store(scheme: &str, plans: &[&Plan]) -> Mistake {
    let fields = plans.iter().flat_map(|plan| {
        plan.fields
            .iter()
            .map(move |field| (plan.schema.name, field))
    });
    let mut readers = fields.filter(|(_, field)| {
        field
            .chain
            .iter()
            .any(|source| source.address.scheme() == scheme)
    });

    let (config, variable) = readers.next().map_or(("Config", None), |(name, field)| {
        (name, field.variable.as_deref())
    });
    let register =
        format!("register a store: `{config}::loader().store(\"{scheme}\", …).load().await`");
    let (detail, help) = match variable {
        None => (format!("no store is registered for `{scheme}:`"), register),
        Some(variable) => (
            format!(
                "`{variable}` names a source of `{scheme}:`, for which this program has no store"
            ),
            format!(
                "correct or unset the variable; or enable the cargo feature of that scheme in the \
                 program, or {register}"
            ),
        ),
    };

    Mistake::new(ErrorKind::Options, "", detail, help)
}
