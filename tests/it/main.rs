//! The integration tests: one binary, since each one links the SDK anew.

mod aws;
mod bad_input;
mod client;
mod examples;
mod faults;
mod redaction;
mod single_flight;
mod support;
mod wave;
