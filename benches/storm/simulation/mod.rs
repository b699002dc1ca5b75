//! Many functions that start at once, and the services that they ask.
//!
//! Everything is real but the network, the quotas and the time: the loader, the SDK's clients, their requests and retries. The
//! clock stands still while anything computes, and jumps to the next timer when nothing does. So a run says what the quotas and
//! the latencies make of many starts, and nothing of how long a machine computes.

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

/// After so long Lambda ends an initialization.
pub const INIT: Duration = Duration::from_secs(10);

/// So many functions that start in one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Storm {
    /// How many start.
    pub starts: usize,
    /// How they get their values.
    pub way: Way,
    /// What the services allow.
    pub quotas: Quotas,
    /// The starts are spread evenly over so long; zero for all at once.
    pub spread: Duration,
    /// For how long the platform starts an initialization again that failed; zero for one try.
    pub patience: Duration,
}

impl Storm {
    /// All at once, with the default quotas, and one try.
    pub fn of(starts: usize, way: Way) -> Self {
        Self { starts, way, quotas: Quotas::DEFAULT, spread: Duration::ZERO, patience: Duration::ZERO }
    }

    /// Lets them start. The same seed gives the same outcome.
    pub fn run(self, seed: u64) -> Outcome {
        // The loader's jitter, and the SDK's, come from this thread's generator.
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
                self.one(&world).await
            });
        }
        let mut started: Vec<Duration> = tasks.join_all().await.into_iter().flatten().collect();
        started.sort_unstable();
        Outcome { storm: self, started, counted: endpoint.counted() }
    }

    /// How long one function took to start, if it did.
    async fn one(self, world: &World) -> Option<Duration> {
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

/// What became of a storm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What it was.
    pub storm: Storm,
    /// How long each function took that started, shortest first, from its own beginning.
    pub started: Vec<Duration>,
    /// What the services were asked.
    pub counted: Counted,
}

impl Outcome {
    /// How many started within this time.
    pub fn within(&self, limit: Duration) -> usize {
        self.started.partition_point(|took| *took <= limit)
    }

    /// How many did not start at all.
    pub fn never(&self) -> usize {
        self.storm.starts - self.started.len()
    }
}
