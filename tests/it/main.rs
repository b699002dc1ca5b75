//! The integration tests: one binary, since each one links the SDK anew.

mod aws;
mod bad_input;
mod client;
mod every_store;
mod examples;
mod faults;
mod kms;
mod redaction;
mod secrets;
mod single_flight;
mod snapshot;
mod support;
mod vault;
mod wave;
