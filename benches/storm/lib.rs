//! The simulated storm of cold starts. Its results are written as a table and as a picture. The
//! bench `storm` and its tests use it.

pub mod plot;
pub mod simulation;
pub mod table;
