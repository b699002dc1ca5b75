//! What the tests stand on. Servers, their environment and the planted secret are those of the facade's tests, too.

pub(crate) mod artifact;
pub(crate) mod between;
pub(crate) mod endpoint;
pub(crate) mod kms;
pub(crate) mod moved;
pub(crate) mod node;
pub(crate) mod package;
pub(crate) mod payments;
pub(crate) mod stored;
pub(crate) mod stores;

pub(crate) use stage_config_test_support::{environment, peers, planted, python, target};
