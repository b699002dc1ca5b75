//! What a wave is run with: the program's own stores and its AWS configuration.
//!
//! The built-in stores are made anew for each wave, and with them its HTTP client and its credentials. So a wave long after the
//! first one, on the other side of a freeze, sends nothing over a connection that died in between and signs nothing with
//! credentials that have expired.

use crate::{
    error::{Error, ErrorKind},
    fetch::{Stores, fetch},
    plan::{Call, Plan, wave},
    report::CallReport,
    store::{BuiltIn, Outcome, Request, Sight, environment::Environment},
};
use std::collections::HashMap;
#[cfg(feature = "aws")]
use std::sync::Arc;
use tokio::time::Instant;

/// The program's own stores and AWS configuration.
#[derive(Default)]
pub(crate) struct Means {
    /// The stores that the program registered, by their schemes.
    pub(crate) stores: Stores,
    #[cfg(feature = "aws")]
    pub(crate) aws: Option<aws_types::SdkConfig>,
}

/// What became of a wave.
#[derive(Default)]
pub(crate) struct Fetched {
    pub(crate) outcomes: HashMap<Request, Outcome>,
    pub(crate) calls: Vec<CallReport>,
}

impl Means {
    /// Fetches what these plans need, all at once. Every request has an outcome afterwards.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Options`] for a scheme without a store, or sealed files that contradict each other.
    pub(crate) async fn fetch(
        &self,
        plans: &[&Plan],
        environment: &Environment,
        deadline: Instant,
    ) -> Result<Fetched, Error> {
        let calls = wave(plans.iter().copied());
        let stores = self.stores_for(plans, environment, &calls)?;
        let (outcomes, calls) = fetch(calls, &stores, deadline).await;
        Ok(Fetched { outcomes, calls })
    }

    /// The stores that the calls need, and no others: a plan without AWS makes no client.
    fn stores_for(&self, plans: &[&Plan], environment: &Environment, calls: &[Call]) -> Result<Stores, Error> {
        let mut stores = self.stores.clone();
        let Some(Plan { schema, .. }) = plans.first() else { return Ok(stores) };
        let built_in = BuiltIn {
            #[cfg(feature = "aws")]
            aws: Arc::new(crate::aws::Aws::new(self.aws.clone())),
            environment: environment.clone(),
            sight: Sight::Values,
            plans: plans.to_vec(),
        };
        for Call { scheme, .. } in calls {
            if stores.contains_key(scheme) {
                continue;
            }
            let store = built_in.store(scheme).map_err(|text| Error::new(ErrorKind::Options, schema, text))?;
            let store = store.ok_or_else(|| Error::new(ErrorKind::Options, schema, no_store(scheme, plans)))?;
            stores.insert(scheme.clone(), store);
        }
        Ok(stores)
    }
}

/// A variable may name a scheme that the compiler never saw, as one whose cargo feature is off.
fn no_store(scheme: &str, plans: &[&Plan]) -> String {
    let fields = plans.iter().flat_map(|plan| plan.fields.iter().map(move |field| (plan.schema.name, field)));
    let mut readers = fields.filter(|(_, field)| field.arms.iter().any(|arm| arm.address.scheme() == scheme));
    let (config, variable) = readers.next().map_or(("Config", None), |(name, field)| (name, field.variable.as_deref()));
    let register = format!("`{config}::loader().store(\"{scheme}\", …).load().await`");
    match variable {
        None => format!("no store is registered for `{scheme}:`. Remedy: {register}"),
        Some(variable) => format!(
            "`{variable}` names a source of `{scheme}:`, for which this program has no store. Remedy: correct or unset it; in \
             the program, the cargo feature of that scheme, or {register}"
        ),
    }
}
