//! What the tests stand on: servers to talk to, processes of their own, and ears for what is logged.

pub(crate) mod aws;
pub(crate) mod child;
pub(crate) mod environment;
pub(crate) mod front;
pub(crate) mod load;
pub(crate) mod logs;
pub(crate) mod peers;
pub(crate) mod planted;
pub(crate) mod python;
pub(crate) mod scripted;
pub(crate) mod seed;
