//! What the tests stand on: servers to talk to, processes of their own, and ears for what is logged.

pub(crate) mod aws;
pub(crate) mod child;
pub(crate) mod front;
pub(crate) mod held;
pub(crate) mod load;
pub(crate) mod logs;
pub(crate) mod scripted;
pub(crate) mod seed;

pub(crate) use stage_config_test_support::{environment, peers, planted, target};
