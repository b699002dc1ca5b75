//! The simulated storm of cold starts, with its outcome as a table and as a figure. The bench
//! `storm` and its tests use it.

pub mod plot;
pub mod simulation;
pub mod table;
