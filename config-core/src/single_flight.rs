//! A single flight: one fetch at a time, and concurrent callers share its result. Loads and
//! refreshes use it.

mod machine;
mod sync;

#[cfg(test)]
mod loom_tests;

pub(crate) use machine::{FlightRole, LeaderGuard, SingleFlight};
