//! Rotation: what is fetched again, when, by whom, and what becomes of it.
//!
//! Time is tokio's paused clock wherever no server takes part.

mod auth;
mod building;
mod derived;
mod failing;
mod held;
mod kept;
mod refreshing;
mod rotation;
mod spread;
pub(crate) mod store;
mod thaw;
