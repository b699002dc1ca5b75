//! Support of the tests. The facade's tests use the same servers, environment and planted secret.

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

pub(crate) use stage_config_test_support::{environment, folder, peers, planted, python, target};
