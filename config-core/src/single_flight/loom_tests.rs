//! Loom tests of the thread interleavings of the state machine in [`machine`](super::machine).
//!
//! The tests compile `machine.rs` a second time, with loom's atomics and locks instead of the real
//! ones.

#[path = "machine.rs"]
#[allow(clippy::duplicate_mod, reason = "the same code on loom's primitives")]
mod machine;

/// Replaces `super::sync`.
mod sync {
    use loom::sync::{Mutex as LoomMutex, MutexGuard};

    pub(super) use loom::sync::atomic::{AtomicU64, Ordering};
    pub(super) type Guard<'a, T> = MutexGuard<'a, T>;

    /// Each thread of a model runs one task, so blocking the thread has the same effect as an
    /// await.
    pub(super) struct Mutex<T>(LoomMutex<T>);

    impl<T> Mutex<T> {
        pub(super) fn new(value: T) -> Self {
            Self(LoomMutex::new(value))
        }

        pub(super) fn try_lock(&self) -> Option<Guard<'_, T>> {
            self.0.try_lock().ok()
        }

        pub(super) async fn lock(&self) -> Guard<'_, T> {
            self.0
                .lock()
                .expect("no thread panics while it holds the lock")
        }
    }
}

use loom::{
    future::block_on,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};
use machine::{FlightRole, LeaderGuard, SingleFlight};

/// Two fields that are always rotated together.
#[derive(Clone, Copy, PartialEq, Debug)]
struct Pair(u64, u64);

/// Models the guarantee of `ArcSwap`: a load returns one complete stored value.
struct Swap(Mutex<Pair>);

impl Swap {
    fn load(&self) -> Pair {
        *self
            .0
            .lock()
            .expect("no thread panics while it holds the lock")
    }

    fn store(&self, value: Pair) {
        *self
            .0
            .lock()
            .expect("no thread panics while it holds the lock") = value;
    }
}

/// A configuration and the store that it is fetched from.
struct World {
    newest: Swap,
    flight: SingleFlight<Fetches, u64>,
    /// The value in the store.
    stored: AtomicU64,
    /// The number of running fetches.
    running_fetches: AtomicU64,
}

/// The number of fetches; only the leader can access it.
type Fetches = u64;

impl World {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            newest: Swap(Mutex::new(Pair(0, 0))),
            flight: SingleFlight::new(0),
            stored: AtomicU64::new(0),
            running_fetches: AtomicU64::new(0),
        })
    }

    fn fetch(&self, mut flight: LeaderGuard<'_, Fetches, u64>) {
        assert_eq!(
            self.running_fetches.fetch_add(1, Ordering::AcqRel),
            0,
            "two fetches run at once"
        );
        let value = self.stored.load(Ordering::Acquire);
        *flight.work_mut() += 1;
        self.running_fetches.fetch_sub(1, Ordering::AcqRel);
        self.newest.store(Pair(value, value));
        flight.finish(None);
    }

    /// Models `Live::current` when a refresh is due.
    fn read(&self) -> Pair {
        if let Some(flight) = self.flight.try_lead() {
            self.fetch(flight);
        }
        self.newest.load()
    }

    /// Models `Live::refresh`.
    fn refresh(&self) -> Pair {
        match block_on(self.flight.join_next()) {
            FlightRole::Leader(flight) => self.fetch(flight),
            FlightRole::Waiter(result) => assert_eq!(result, Ok(())),
        }
        self.newest.load()
    }
}

/// Runs all interleavings with at most three preemptions. Every known race needs fewer.
fn model(run: impl Fn() + Send + Sync + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(3);
    builder.check(run);
}

#[test]
fn one_fetch_runs_at_a_time_and_readers_see_whole_values() {
    model(|| {
        let world = World::new();
        let others: Vec<_> = (0..2)
            .map(|_| {
                let world = world.clone();
                thread::spawn(move || {
                    let Pair(one, other) = world.read();
                    assert_eq!(one, other, "a mix of two versions");
                })
            })
            .collect();
        world.stored.store(1, Ordering::Release);
        let Pair(one, other) = world.newest.load();
        assert_eq!(one, other, "a mix of two versions");

        others
            .into_iter()
            .for_each(|other| other.join().expect("the thread does not panic"));
    });
}

#[test]
fn a_refresh_returns_the_values_that_were_stored_before_it() {
    model(|| {
        let world = World::new();
        let reader = {
            let world = world.clone();
            thread::spawn(move || world.read())
        };
        let other = {
            let world = world.clone();
            thread::spawn(move || world.refresh())
        };
        world.stored.store(1, Ordering::Release);
        assert_eq!(
            world.refresh(),
            Pair(1, 1),
            "the values are from a flight that began before the call"
        );
        reader.join().expect("the thread does not panic");
        other.join().expect("the thread does not panic");
        assert_eq!(world.newest.load(), Pair(1, 1), "an older value came back");
        let mut flight = world.flight.try_lead().expect("no flight is in progress");
        assert!(
            (1..=3).contains(flight.work_mut()),
            "three calls caused no fetch, or more than three"
        );
    });
}

#[test]
fn a_dropped_flight_does_not_block_the_next_one() {
    model(|| {
        let world = World::new();
        let dropped = {
            let world = world.clone();
            thread::spawn(move || drop(world.flight.try_lead()))
        };
        world.stored.store(1, Ordering::Release);
        assert_eq!(world.refresh(), Pair(1, 1));
        dropped.join().expect("the thread does not panic");
    });
}

#[test]
fn a_waiter_of_a_cancelled_flight_becomes_the_leader() {
    model(|| {
        let world = World::new();
        let cancelled = {
            let world = world.clone();
            thread::spawn(move || match block_on(world.flight.join_next()) {
                FlightRole::Leader(flight) => {
                    world.newest.store(Pair(0, 0));
                    drop(flight);
                }
                FlightRole::Waiter(result) => {
                    assert_eq!(result, Ok(()), "the other flight failed")
                }
            })
        };
        world.stored.store(1, Ordering::Release);
        match block_on(world.flight.join_current()) {
            FlightRole::Leader(flight) => world.fetch(flight),
            FlightRole::Waiter(result) => {
                panic!("no flight has finished, but the result is {result:?}")
            }
        }
        cancelled.join().expect("the thread does not panic");
    });
}

#[test]
fn waiters_share_an_error_and_later_callers_do_not() {
    model(|| {
        let world = World::new();
        let failing = {
            let world = world.clone();
            thread::spawn(move || {
                if let FlightRole::Leader(mut flight) = block_on(world.flight.join_next()) {
                    flight.finish(Some(7));
                }
            })
        };
        match block_on(world.flight.join_current()) {
            FlightRole::Leader(flight) => world.fetch(flight),
            FlightRole::Waiter(result) => assert_eq!(result, Err(7)),
        }
        failing.join().expect("the thread does not panic");

        let later = block_on(world.flight.join_current());
        assert!(matches!(later, FlightRole::Leader(_)), "an error was kept");
    });
}
