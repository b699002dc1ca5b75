//! One fetch at a time, which all who want its result share: a load, a refresh.

mod machine;
mod sync;

#[cfg(test)]
mod loom_tests;

pub(crate) use machine::{FlightRole, LeaderGuard, SingleFlight};
