//! Live configurations: which fields are fetched again, when, by which caller, and with which
//! result.
//!
//! Most tests without a server use tokio's paused clock.

mod auth;
mod building;
mod current;
mod failing;
mod from_str;
mod held;
mod mapped;
mod nested;
mod refreshing;
mod rotation;
mod spread;
pub(crate) mod store;
mod thaw;
