//! Many functions that start at once, and the services that they call.
//!
//! The loader, the SDK's clients, their requests and retries are real. The network, the quotas and
//! the time are simulated. The clock stops while a task computes, and advances to the next timer
//! when all tasks wait. So a run shows the effect of quotas and latencies on many starts, but no
//! computing time.

pub mod config;
mod endpoint;
pub mod quota;
mod ways;

use std::{sync::Arc, time::Duration};

use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};

pub use self::{
    endpoint::Counted,
    quota::Quotas,
    ways::{Names, Way},
};
use self::{endpoint::Endpoint, ways::World};

/// The time after which Lambda ends the init phase.
pub const INIT: Duration = Duration::from_secs(10);

/// A number of functions that start in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Storm {
    /// The number of functions.
    pub starts: usize,
    /// The way in which they get their values.
    pub way: Way,
    /// The quotas of the services.
    pub quotas: Quotas,
    /// The time over which the starts are spread evenly; zero for all at once.
    pub spread: Duration,
    /// How long the platform repeats a failed start; zero for one attempt.
    pub patience: Duration,
}

impl Storm {
    /// Creates a storm of starts at once, with the default quotas and one attempt.
    pub fn new(starts: usize, way: Way) -> Self {
        Self { starts, way, quotas: Quotas::DEFAULT, spread: Duration::ZERO, patience: Duration::ZERO }
    }

    /// Runs the simulation. The same seed gives the same outcome.
    pub fn run(self, seed: u64) -> Outcome {
        // The loader's jitter and the SDK's jitter come from this thread's generator.
        fastrand::seed(seed);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.expect("a runtime without sockets").block_on(self.starts(seed))
    }

    async fn starts(self, seed: u64) -> Outcome {
        let endpoint = Endpoint::new(self.quotas, seed);
        let world = Arc::new(World::new(&endpoint));
        let begin = Instant::now();
        let mut tasks = JoinSet::new();
        for index in 0..self.starts {
            let at = begin + self.spread.mul_f64(index as f64 / self.starts as f64);
            let world = Arc::clone(&world);
            tasks.spawn(async move {
                sleep_until(at).await;
                self.start_function(&world).await
            });
        }
        let mut started: Vec<Duration> = tasks.join_all().await.into_iter().flatten().collect();
        started.sort_unstable();
        Outcome { storm: self, started, counted: endpoint.counted() }
    }

    /// Starts one function, and returns how long it took, or `None` if it did not start.
    async fn start_function(self, world: &World) -> Option<Duration> {
        let begin = Instant::now();
        loop {
            if timeout(INIT, world.start(self.way)).await == Ok(true) {
                return Some(begin.elapsed());
            }
            if begin.elapsed() >= self.patience {
                return None;
            }
        }
    }
}

/// The result of a storm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The storm.
    pub storm: Storm,
    /// The start times of the functions that started, shortest first, each from its own beginning.
    pub started: Vec<Duration>,
    /// The number of calls to the services.
    pub counted: Counted,
}

impl Outcome {
    /// Returns the number of functions that started within this time.
    pub fn within(&self, limit: Duration) -> usize {
        self.started.partition_point(|took| *took <= limit)
    }

    /// Returns the number of functions that never started.
    pub fn not_started(&self) -> usize {
        self.storm.starts - self.started.len()
    }
}
