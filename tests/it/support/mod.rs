//! Support of the tests: servers and proxies, child processes, loads, and captured logs.

pub(crate) mod aws;
pub(crate) mod child;
pub(crate) mod held;
pub(crate) mod load;
pub(crate) mod logs;
pub(crate) mod proxy;
pub(crate) mod scripted;
pub(crate) mod secrets_and_keys;
pub(crate) mod suite;
pub(crate) mod tape;

pub(crate) use stage_config_test_support::{
    app_config, environment, peers, planted, python, target, tool,
};
