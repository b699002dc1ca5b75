//! Several configurations of one binary in one wave: what `load!` calls.

use crate::{
    call_timeout::CallTimeout,
    cell::{Boarding, Flight},
    config::StageConfig,
    error::Error,
    live::Live,
    load::Settings,
    load_plan::Subject,
    manifest,
    resolution::Resolution,
    schema::Schema,
    scope::scoped,
};
use futures_util::future::{BoxFuture, FutureExt};
use std::marker::PhantomData;

/// One configuration among several, by its type.
pub struct Root(Box<dyn Passenger>);

/// One configuration among several.
#[must_use]
pub fn root<T: StageConfig>() -> Root {
    manifest::keep(T::__manifest());
    Root(Box::new(Waiting::<T>(PhantomData)))
}

/// Loads what is not loaded yet in one wave, in which a name that several share is asked for once.
///
/// # Errors
///
/// Every failure of every configuration; none of them is kept unless all are complete.
pub async fn load_together(mut roots: Vec<Root>) -> Result<(), Error> {
    // In one order everywhere, so that two joint loads never wait for each other in a circle.
    roots.sort_by_key(|root| root.0.address());
    roots.dedup_by_key(|root| root.0.address());
    let known: Vec<&'static Schema> = roots.iter().map(|root| root.0.schema()).collect();
    let mut settings = Settings::default();
    let timeout = CallTimeout::new(settings.timeout());
    let mut seats = Vec::new();
    for root in roots {
        seats.extend(root.0.board(timeout).await?);
    }
    let subjects: Vec<Subject> = seats.iter().map(|seat| seat.subject()).collect();
    let errors = match settings.run_all(&subjects, &known, timeout.start).await {
        Err(error) => vec![error],
        Ok(resolutions) => {
            let pairs = seats.iter_mut().zip(resolutions);
            pairs.filter_map(|(seat, resolution)| seat.decode(resolution).err()).collect()
        }
    };
    let error = Error::joined(errors);
    seats.into_iter().for_each(|seat| seat.end(error.as_ref()));
    error.map_or(Ok(()), Err)
}

/// A configuration that is to be loaded with others.
trait Passenger: Send {
    fn address(&self) -> usize;
    fn schema(&self) -> &'static Schema;
    /// Waits for a load that is under way; `None` where the configuration is there.
    fn board(self: Box<Self>, timeout: CallTimeout) -> BoxFuture<'static, Result<Option<Box<dyn Seat>>, Error>>;
}

/// The right to fill one configuration's cell.
trait Seat: Send {
    fn subject(&self) -> Subject;
    fn decode(&mut self, resolution: Resolution) -> Result<(), Error>;
    fn end(self: Box<Self>, error: Option<&Error>);
}

struct Waiting<T>(PhantomData<fn() -> T>);

impl<T: StageConfig> Passenger for Waiting<T> {
    fn address(&self) -> usize {
        std::ptr::from_ref(T::__cell()) as usize
    }

    fn schema(&self) -> &'static Schema {
        &T::SECTION
    }

    fn board(self: Box<Self>, timeout: CallTimeout) -> BoxFuture<'static, Result<Option<Box<dyn Seat>>, Error>> {
        if scoped::<T>().is_some() {
            return std::future::ready(Ok(None)).boxed();
        }
        async move {
            match T::__cell().board(timeout).await? {
                Boarding::Landed => Ok(None),
                Boarding::Pilot(flight) => Ok(Some(Box::new(Seated { flight, live: None }) as Box<dyn Seat>)),
            }
        }
        .boxed()
    }
}

struct Seated<T: 'static> {
    flight: Flight<'static, T>,
    live: Option<Live<T>>,
}

impl<T: StageConfig> Seat for Seated<T> {
    fn subject(&self) -> Subject {
        Subject::of::<T>()
    }

    fn decode(&mut self, resolution: Resolution) -> Result<(), Error> {
        self.live = Some(Live::new(resolution.decode::<T>()?, resolution));
        Ok(())
    }

    fn end(self: Box<Self>, error: Option<&Error>) {
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
        let _ = self.flight.end(result);
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
            $crate::__private::load_together(::std::vec![$($crate::__private::root::<$config>()),+])
                .await
                .map(|()| ($(<$config as $crate::StageConfig>::get(),)+))
        }
    };
}
