//! The code behind `load!`, which loads several configurations of one binary in one wave.

use crate::{
    call_timeout::CallTimeout,
    check_run::{CheckRequest, find_request},
    config::StageConfig,
    config_cell::InFlight,
    error::Error,
    fetched_config::{FetchOptions, FetchedConfig, fetch},
    live::{Live, LiveOptions},
    load::Loader,
    load_plan::{ConfigType, PlanOptions, prepare},
    manifest,
    schema::Schema,
    scope::find_scoped,
};
use futures_util::future::{BoxFuture, FutureExt};
use std::convert::Infallible;

/// One of the configurations of a joint load.
pub struct LoadRoot(Box<dyn RootLoad>);

/// Returns the `LoadRoot` of a configuration.
#[must_use]
pub fn new_root<T: StageConfig>() -> LoadRoot {
    manifest::keep(T::__manifest());
    LoadRoot(Box::new(ConfigLoad::<T> {
        flight: None,
        live: None,
    }))
}

/// Loads, in one wave, all configurations that are not loaded yet. An address that several of them
/// read is requested once.
///
/// # Errors
///
/// Returns the errors of [`StageConfig::load`], with the failures of all configurations. If one
/// configuration fails, none of the configurations of this load is kept.
pub async fn load_together(mut roots: Vec<LoadRoot>) -> Result<(), Error> {
    // All joint loads use the same order, so two of them never wait for each other.
    roots.sort_by_key(|root| root.0.cell_address());
    roots.dedup_by_key(|root| root.0.cell_address());

    check_if_requested(&mut roots)
        .await
        .inspect_err(Error::emit)?;

    let known: Vec<&Schema> = roots
        .iter()
        .map(|root| root.0.config_type().schema)
        .collect();
    let options = FetchOptions::from_environment();
    let timeout = CallTimeout::new(options.effective_timeout());

    let mut loads = Vec::new();
    for LoadRoot(mut load) in roots {
        if load.join_load(timeout).await? {
            loads.push(load);
        }
    }

    let configs = loads
        .iter()
        .map(|load| (load.config_type(), PlanOptions::default()))
        .collect();
    let fetched = async {
        fetch(
            prepare(configs, &known, &options.timeout_variable)?,
            options,
            timeout.start,
        )
        .await
    };

    let errors = match fetched.await {
        Err(error) => vec![error],
        Ok(fetched) => loads
            .iter_mut()
            .zip(fetched)
            .filter_map(|(load, one)| load.decode(one).err())
            .collect(),
    };

    let error = Error::join(errors);
    error.iter().for_each(Error::emit);
    loads
        .into_iter()
        .for_each(|load| load.finish(error.as_ref()));
    error.map_or(Ok(()), Err)
}

/// Runs the check that `cargo stage check --run` requested for one of the configurations. The check
/// ends the process.
async fn check_if_requested(roots: &mut Vec<LoadRoot>) -> Result<(), Error> {
    for index in 0..roots.len() {
        if let Some(request) = find_request(roots[index].0.config_type().schema)? {
            match roots.swap_remove(index).0.check_and_exit(request).await? {}
        }
    }
    Ok(())
}

/// The load of one configuration of a joint load, without its type.
trait RootLoad: Send {
    fn cell_address(&self) -> usize;
    fn config_type(&self) -> ConfigType;
    /// Becomes the leader of the load, or waits for the running load. Returns `false` if the
    /// configuration is loaded, or if the current test scope has it.
    fn join_load(&mut self, timeout: CallTimeout) -> BoxFuture<'_, Result<bool, Error>>;
    fn decode(&mut self, fetched: FetchedConfig) -> Result<(), Error>;
    /// Checks the configuration and ends the process, as [`Loader::check_and_exit`] does.
    fn check_and_exit(
        self: Box<Self>,
        request: CheckRequest,
    ) -> BoxFuture<'static, Result<Infallible, Error>>;
    /// Fills the cell, or passes the error to its waiters.
    fn finish(self: Box<Self>, error: Option<&Error>);
}

struct ConfigLoad<T: 'static> {
    flight: Option<InFlight<'static, T>>,
    live: Option<Live<T>>,
}

impl<T: StageConfig> RootLoad for ConfigLoad<T> {
    fn cell_address(&self) -> usize {
        std::ptr::from_ref(T::__cell()) as usize
    }

    fn config_type(&self) -> ConfigType {
        ConfigType::new::<T>()
    }

    fn join_load(&mut self, timeout: CallTimeout) -> BoxFuture<'_, Result<bool, Error>> {
        async move {
            if find_scoped::<T>().is_none() {
                self.flight = T::__cell().join_load(timeout).await?;
            }
            Ok(self.flight.is_some())
        }
        .boxed()
    }

    fn decode(&mut self, fetched: FetchedConfig) -> Result<(), Error> {
        self.live = Some(Live::new(
            fetched.decode::<T>()?,
            fetched,
            LiveOptions::default(),
        ));
        Ok(())
    }

    fn check_and_exit(
        self: Box<Self>,
        request: CheckRequest,
    ) -> BoxFuture<'static, Result<Infallible, Error>> {
        Loader::<T>::new().check_and_exit(request)
    }

    fn finish(self: Box<Self>, error: Option<&Error>) {
        let Some(flight) = self.flight else { return };
        let result = match (error, self.live) {
            (None, Some(live)) => {
                live.report().emit();
                Ok(live)
            }
            // Without an error, every configuration was decoded.
            (None, None) => return,
            (Some(error), _) => Err(error.clone()),
        };
        // The caller already has the error; `finish` passes it to the waiters of this cell.
        let _ = flight.finish(result);
    }
}

/// Loads several configurations of one binary in one wave: `let (app, mail) = load!(App,
/// Mail).await?`.
///
/// An address that several of them read is requested once. A configuration that is already loaded
/// stays unchanged. The other configurations are kept only if all of them succeed.
///
/// ```
/// # use stage_config::{Error, StageConfig, load, testing};
/// #[derive(StageConfig)]
/// #[stage(dev = "/shop/dev/{field}")]
/// struct App {
///     table: String,
/// }
///
/// #[derive(StageConfig)]
/// #[stage(dev = "/mail/dev/{field}")]
/// struct Mail {
///     host: String,
/// }
///
/// async fn start() -> Result<(), Error> {
///     let (app, mail): (&'static App, &'static Mail) = load!(App, Mail).await?;
///     assert_eq!((app.table.as_str(), mail.host.as_str()), ("orders", "smtp.internal"));
///     assert_eq!(Mail::get().host, mail.host); // a module reads its own struct
///     Ok(())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// // A test gives each struct its own values.
/// let app = App::for_tests().set("table", "orders").build()?;
/// let mail = Mail::for_tests().set("host", "smtp.internal").build()?;
/// testing::scope(app, testing::scope(mail, start())).await
/// # }
/// ```
///
/// # Errors
///
/// Returns the errors of [`StageConfig::load`], with the failures of all configurations.
///
/// # Panics
///
/// Panics like [`StageConfig::load`].
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
