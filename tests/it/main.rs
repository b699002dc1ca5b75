//! The integration tests, in one binary, since each binary links the SDK again.

mod app_config;
mod aws;
mod bad_input;
mod client;
mod composed;
mod defaults;
#[cfg(target_os = "linux")]
mod deployed;
mod events;
mod every_store;
mod examples;
mod faults;
mod kms;
mod lambda;
mod layers;
#[cfg(target_os = "linux")]
mod listeners;
mod live;
#[cfg(target_os = "linux")]
mod memory;
mod optional;
mod overrides;
mod paths;
mod platform;
mod proxied;
mod readme;
mod redaction;
mod reliability;
#[cfg(unix)]
mod restored;
mod roles;
mod scopes;
mod secrecy;
mod secrets;
mod single_flight;
mod snapshot;
mod spans;
mod storm;
mod structure;
mod support;
mod troubleshooting;
mod types;
mod vault;
mod wave;
mod where_it_runs;
