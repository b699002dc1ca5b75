//! What the tests stand on. Servers, their environment and the planted secret are those of the facade's tests, too.

pub(crate) mod artifact;
pub(crate) mod endpoint;
pub(crate) mod kms;
pub(crate) mod node;
pub(crate) mod package;
pub(crate) mod payments;
pub(crate) mod proxy;
pub(crate) mod store_clients;
pub(crate) mod stores;
pub(crate) mod transfer_config;

pub(crate) use stage_config_test_support::{environment, peers, planted, python, target};
