//! Live configurations: which fields are fetched again, when, by which caller, and with which
//! result.
//!
//! Tests without a server use tokio's paused clock.

mod auth;
mod building;
mod failing;
mod held;
mod kept;
mod mapped;
mod refreshing;
mod rotation;
mod spread;
pub(crate) mod store;
mod thaw;
