//! Planted secrets appear in no error, report, panic, event or output, whichever part fails.

mod app_config;
mod layers;
mod network;
mod outputs;
mod quoting;
mod roles;
mod secrets;
mod types;
