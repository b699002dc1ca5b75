//! What the tests of the facade and of the command share: servers to talk to, what services answer by a script, and the search for
//! a planted secret.

pub mod environment;
pub mod peers;
pub mod planted;
pub mod python;
pub mod scripted;
pub mod target;
