//! Support for the tests of `cargo stage`. The servers, the environment and the planted secret come
//! from the crate `tests/support`, which the tests of `stage-config` use too.

pub(crate) mod artifact;
pub(crate) mod endpoint;
pub(crate) mod kms;
pub(crate) mod node;
pub(crate) mod orders;
pub(crate) mod package;
pub(crate) mod payments;
pub(crate) mod proxy;
pub(crate) mod schema;
pub(crate) mod scripted_cargo;
pub(crate) mod store_clients;
pub(crate) mod stores;
pub(crate) mod transfer_config;

pub(crate) use stage_config_test_support::scripted::functions;
pub(crate) use stage_config_test_support::{
    app_config, environment, folder, peers, planted, python, target,
};
