//! One configuration, fetched: what is left is to decode it.

use crate::{
    error::{Error, ErrorKind},
    incident::Incident,
    layers::Shown,
    load_plan::Prepared,
    means::{Fetched, Means},
    outcome::{Outcome, Request},
    plan::Plan,
    report::{IncidentReport, Report},
    resolve::{Slots, resolve},
    schema::Schema,
    section::Section,
    values::{Gathered, Values},
};
use std::{collections::HashMap, sync::Arc, time::Duration};

pub(crate) struct Resolution {
    pub(crate) prepared: Prepared,
    /// What it was fetched with, for whoever fetches a part of it again.
    pub(crate) means: Arc<Means>,
    /// What became of the wave, which several configurations may have shared.
    pub(crate) fetched: Arc<Fetched>,
    pub(crate) slots: Slots,
    pub(crate) elapsed: Duration,
}

/// A complete configuration.
pub(crate) struct Decoded<T> {
    pub(crate) config: T,
    pub(crate) report: Report,
    /// The fields that took their own default.
    pub(crate) defaults: Vec<(String, Shown)>,
}

impl Resolution {
    /// Puts other answers in the place of those that it was made of. `fetched` are those of the last wave alone.
    pub(crate) fn renew(&mut self, fetched: Fetched, outcomes: &HashMap<Request, Outcome>, elapsed: Duration) {
        self.slots = resolve(&self.prepared.plan, &self.prepared.layers, outcomes);
        self.fetched = Arc::new(fetched);
        self.elapsed = elapsed;
    }

    /// Lets go of every value.
    pub(crate) fn forget(&mut self) {
        self.slots = Slots::new();
        self.fetched = Arc::default();
    }

    /// The configuration, or every failure at once.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unresolved`].
    pub(crate) fn decode<T: Section>(&self) -> Result<Decoded<T>, Error> {
        let (config, mut gathered) = self.build::<T>();
        let failures = std::mem::take(&mut gathered.failures);
        let Plan { schema, stage, .. } = &self.prepared.plan;
        let error = Error::unresolved_from(schema, stage.name(), self.local(), failures);
        match (error, config) {
            (Some(error), _) => Err(error.with_snapshot(self.fetched.snapshot.as_ref())),
            (None, Some(config)) => {
                let defaults = std::mem::take(&mut gathered.defaults);
                Ok(Decoded { config, report: self.report_of(gathered), defaults })
            }
            (None, None) => Err(Error::nothing_built(schema)),
        }
    }

    /// Tries every field and keeps nothing.
    pub(crate) fn report<T: Section>(&self) -> Report {
        self.report_of(self.build::<T>().1)
    }

    fn build<T: Section>(&self) -> (Option<T>, Gathered) {
        let Plan { schema, stage, .. } = &self.prepared.plan;
        let mut gathered = Gathered::new(stage.name());
        let config = T::build(&mut Values::new(schema, &self.slots, &mut gathered));
        (config, gathered)
    }

    /// The local file, or `memory`.
    fn local(&self) -> Option<&str> {
        self.prepared.layers.local.as_ref().map(|local| local.name.as_str())
    }

    fn incidents(&self) -> Vec<IncidentReport> {
        let incidents = &self.prepared.layers.incidents;
        let report = |Incident { variable, field, .. }: &Incident| IncidentReport {
            variable: variable.clone(),
            field: field.clone(),
            decides: incidents.variable(field) == Some(variable),
        };
        incidents.all().iter().map(report).collect()
    }

    fn report_of(&self, gathered: Gathered) -> Report {
        let Plan { schema, stage, .. } = &self.prepared.plan;
        Report {
            config: schema.name.to_owned(),
            stage: stage.name().to_owned(),
            fallback: stage.is_fallback(),
            local: self.local().map(str::to_owned),
            incidents: self.incidents(),
            calls: self.fetched.calls.clone(),
            fields: gathered.fields,
            withheld: Vec::new(),
            elapsed: self.elapsed,
            failures: gathered.failures,
            refresh: None,
            snapshot: self.fetched.snapshot.clone(),
        }
    }
}

impl Error {
    /// A hand-written `Section` gave neither a configuration nor a failure; the derive's never does.
    pub(crate) fn nothing_built(schema: &Schema) -> Self {
        Self::new(ErrorKind::Unresolved, schema, "no configuration was built".to_owned())
    }
}
