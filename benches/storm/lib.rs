//! The storm of cold starts, simulated, and its outcome as a table and as a picture: for the bench `storm` and for its tests.

pub mod plot;
pub mod simulation;
pub mod table;
