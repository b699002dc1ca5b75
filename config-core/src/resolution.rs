//! One configuration, fetched: what is left is to decode it.

use crate::{
    error::{Error, ErrorKind},
    layers::Shown,
    private::Section,
    report::{CallReport, Report},
    resolve::Slots,
    schema::Schema,
    stage::Stage,
    values::{Gathered, Values},
};
use std::time::Duration;

pub(crate) struct Resolution {
    pub(crate) schema: &'static Schema,
    pub(crate) stage: Stage,
    pub(crate) slots: Slots,
    /// The local file, or `memory`.
    pub(crate) local: Option<String>,
    pub(crate) calls: Vec<CallReport>,
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
    /// The configuration, or every failure at once.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unresolved`].
    pub(crate) fn decode<T: Section>(&self) -> Result<Decoded<T>, Error> {
        let (config, mut gathered) = self.build::<T>();
        let failures = std::mem::take(&mut gathered.failures);
        let error = Error::unresolved_from(self.schema, self.stage.name(), self.local.as_deref(), failures);
        match (error, config) {
            (Some(error), _) => Err(error),
            (None, Some(config)) => {
                let defaults = std::mem::take(&mut gathered.defaults);
                Ok(Decoded { config, report: self.report_of(gathered), defaults })
            }
            (None, None) => Err(Error::nothing_built(self.schema)),
        }
    }

    /// Tries every field and keeps nothing.
    pub(crate) fn report<T: Section>(&self) -> Report {
        self.report_of(self.build::<T>().1)
    }

    fn build<T: Section>(&self) -> (Option<T>, Gathered) {
        let mut gathered = Gathered::new(self.stage.name());
        let config = T::build(&mut Values::new(self.schema, &self.slots, &mut gathered));
        (config, gathered)
    }

    fn report_of(&self, gathered: Gathered) -> Report {
        Report {
            config: self.schema.name.to_owned(),
            stage: self.stage.name().to_owned(),
            fallback: self.stage.is_fallback(),
            local: self.local.clone(),
            calls: self.calls.clone(),
            fields: gathered.fields,
            elapsed: self.elapsed,
            failures: gathered.failures,
        }
    }
}

impl Error {
    /// A hand-written `Section` gave neither a configuration nor a failure; the derive's never does.
    pub(crate) fn nothing_built(schema: &Schema) -> Self {
        Self::new(ErrorKind::Unresolved, schema, "no configuration was built".to_owned())
    }
}
