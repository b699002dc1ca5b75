//! Several configurations of one binary in one wave: what `load!` calls.

use crate::{
    call_timeout::CallTimeout,
    config::StageConfig,
    config_cell::{InFlight, LoadState},
    error::Error,
    fetched_config::{FetchOptions, FetchedConfig, fetch},
    live::{Live, LiveOptions},
    load_plan::{ConfigType, PlanOptions, prepare},
    manifest,
    schema::Schema,
    scope::find_scoped,
};
use futures_util::future::{BoxFuture, FutureExt};
use std::marker::PhantomData;

/// One configuration among several, by its type.
pub struct LoadRoot(Box<dyn Waiter>);

/// One configuration among several.
#[must_use]
pub fn new_root<T: StageConfig>() -> LoadRoot {
    manifest::keep(T::__manifest());
    LoadRoot(Box::new(ConfigWaiter::<T>(PhantomData)))
}

/// Loads what is not loaded yet in one wave, in which a name that several share is asked for once.
///
/// # Errors
///
/// Every failure of every configuration; none of them is kept unless all are complete.
pub async fn load_together(mut roots: Vec<LoadRoot>) -> Result<(), Error> {
    // In one order everywhere, so that two joint loads never wait for each other in a circle.
    roots.sort_by_key(|root| root.0.cell_address());
    roots.dedup_by_key(|root| root.0.cell_address());
    let known: Vec<&'static Schema> = roots.iter().map(|root| root.0.schema()).collect();
    let how = FetchOptions::from_environment();
    let timeout = CallTimeout::new(how.effective_timeout());
    let mut seats = Vec::new();
    for root in roots {
        seats.extend(root.0.join_load(timeout).await?);
    }
    let configs = seats.iter().map(|seat| (seat.config_type(), PlanOptions::default())).collect();
    let fetched = async { fetch(prepare(configs, &known, &how.timeout_variable)?, how, timeout.start).await };
    let errors = match fetched.await {
        Err(error) => vec![error],
        Ok(fetched) => seats.iter_mut().zip(fetched).filter_map(|(seat, one)| seat.decode(one).err()).collect(),
    };
    let error = Error::join(errors);
    seats.into_iter().for_each(|seat| seat.finish(error.as_ref()));
    error.map_or(Ok(()), Err)
}

/// A configuration that is to be loaded with others.
trait Waiter: Send {
    fn cell_address(&self) -> usize;
    fn schema(&self) -> &'static Schema;
    /// Waits for a load that is under way; `None` where the configuration is there.
    fn join_load(
        self: Box<Self>,
        timeout: CallTimeout,
    ) -> BoxFuture<'static, Result<Option<Box<dyn PendingLoad>>, Error>>;
}

/// The right to fill one configuration's cell.
trait PendingLoad: Send {
    fn config_type(&self) -> ConfigType;
    fn decode(&mut self, fetched: FetchedConfig) -> Result<(), Error>;
    fn finish(self: Box<Self>, error: Option<&Error>);
}

struct ConfigWaiter<T>(PhantomData<fn() -> T>);

impl<T: StageConfig> Waiter for ConfigWaiter<T> {
    fn cell_address(&self) -> usize {
        std::ptr::from_ref(T::__cell()) as usize
    }

    fn schema(&self) -> &'static Schema {
        &T::STRUCT_SCHEMA
    }

    fn join_load(
        self: Box<Self>,
        timeout: CallTimeout,
    ) -> BoxFuture<'static, Result<Option<Box<dyn PendingLoad>>, Error>> {
        if find_scoped::<T>().is_some() {
            return std::future::ready(Ok(None)).boxed();
        }
        async move {
            match T::__cell().join_load(timeout).await? {
                LoadState::Loaded => Ok(None),
                LoadState::Leader(flight) => {
                    Ok(Some(Box::new(PendingConfig { flight, live: None }) as Box<dyn PendingLoad>))
                }
            }
        }
        .boxed()
    }
}

struct PendingConfig<T: 'static> {
    flight: InFlight<'static, T>,
    live: Option<Live<T>>,
}

impl<T: StageConfig> PendingLoad for PendingConfig<T> {
    fn config_type(&self) -> ConfigType {
        ConfigType::new::<T>()
    }

    fn decode(&mut self, fetched: FetchedConfig) -> Result<(), Error> {
        self.live = Some(Live::new(fetched.decode::<T>()?, fetched, LiveOptions::default()));
        Ok(())
    }

    fn finish(self: Box<Self>, error: Option<&Error>) {
        let result = match (error, self.live) {
            (None, Some(live)) => {
                live.report().emit();
                Ok(live)
            }
            // Without an error every seat was decoded.
            (None, None) => return,
            (Some(error), _) => Err(error.clone()),
        };
        // The error is the caller's already; here it goes to those who wait for this cell.
        let _ = self.flight.finish(result);
    }
}

/// Loads several configurations of one binary in one wave: `let (app, mail) = load!(App, Mail).await?`.
///
/// A name that several of them read is asked for once. What is loaded already is left as it is. None is kept unless all are
/// complete.
///
/// # Errors
///
/// As [`StageConfig::load`], with the failures of all.
#[macro_export]
macro_rules! load {
    ($($config:ty),+ $(,)?) => {
        async {
            $crate::__private::load_together(::std::vec![$($crate::__private::new_root::<$config>()),+])
                .await
                .map(|()| ($(<$config as $crate::StageConfig>::get(),)+))
        }
    };
}
