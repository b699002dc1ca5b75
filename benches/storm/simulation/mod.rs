//! Many functions that start at the same time, and the services that they call.
//!
//! The loader, the SDK's clients, their requests and retries are real. The network, the quotas and
//! the time are simulated. The clock stops while a task computes, and advances to the next timer
//! when all tasks wait. So a run shows the effect of quotas and latencies on many starts, but no
//! computing time.

pub mod config;
mod endpoint;
pub mod quota;
mod strategies;

use std::{sync::Arc, time::Duration};

use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until, timeout},
};

pub use self::{
    endpoint::CallCounts,
    quota::Quotas,
    strategies::{Names, Strategy},
};
use self::{endpoint::Endpoint, strategies::SharedData};

/// The time after which Lambda ends the init phase.
pub const INIT: Duration = Duration::from_secs(10);

/// A number of functions that start with one strategy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Storm {
    /// The number of functions.
    pub starts: usize,
    /// The strategy with which the functions get their values.
    pub strategy: Strategy,
    /// The quotas of the services.
    pub quotas: Quotas,
    /// The time over which the starts are spread evenly. If this time is zero, all functions start
    /// at the same time.
    pub spread: Duration,
    /// The time in which the platform repeats a failed start. If this time is zero, a function has
    /// one attempt.
    pub retry_window: Duration,
}

impl Storm {
    /// Creates a storm of simultaneous starts, with the default quotas and one attempt.
    pub fn new(starts: usize, strategy: Strategy) -> Self {
        Self {
            starts,
            strategy,
            quotas: Quotas::DEFAULT,
            spread: Duration::ZERO,
            retry_window: Duration::ZERO,
        }
    }

    /// Runs the simulation. The same seed gives the same outcome.
    pub fn run(self, seed: u64) -> Outcome {
        // The loader's jitter and the SDK's jitter come from this thread's generator.
        fastrand::seed(seed);
        stage_config::__private::use_thread_generator();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build();
        runtime
            .expect("a runtime without sockets")
            .block_on(self.start_functions(seed))
    }

    async fn start_functions(self, seed: u64) -> Outcome {
        let endpoint = Endpoint::new(self.quotas, seed);
        let data = Arc::new(SharedData::new(&endpoint));
        let begin = Instant::now();
        let mut tasks = JoinSet::new();
        for index in 0..self.starts {
            let start_time = begin + self.spread.mul_f64(index as f64 / self.starts as f64);
            let data = Arc::clone(&data);
            tasks.spawn(async move {
                sleep_until(start_time).await;
                self.start_function(&data).await
            });
        }
        let mut started: Vec<Duration> = tasks.join_all().await.into_iter().flatten().collect();
        started.sort_unstable();
        Outcome {
            storm: self,
            started,
            counts: endpoint.counts(),
        }
    }

    /// Starts one function, and returns the duration of the start, or `None` if the function did
    /// not start.
    async fn start_function(self, data: &SharedData) -> Option<Duration> {
        let begin = Instant::now();
        loop {
            if timeout(INIT, data.start(self.strategy)).await == Ok(true) {
                return Some(begin.elapsed());
            }
            if begin.elapsed() >= self.retry_window {
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
    /// The duration of the start of each function that started, the shortest first. A repeated
    /// start counts from its first attempt.
    pub started: Vec<Duration>,
    /// The number of calls to the services.
    pub counts: CallCounts,
}

impl Outcome {
    /// Returns the number of functions that started within this time.
    pub fn started_within(&self, limit: Duration) -> usize {
        self.started.partition_point(|took| *took <= limit)
    }

    /// Returns the number of functions that never started.
    pub fn not_started(&self) -> usize {
        self.storm.starts - self.started.len()
    }
}
