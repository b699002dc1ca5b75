//! Planted secrets appear in no error, report, panic or output, and in no event of this crate,
//! whichever part fails.

mod app_config;
mod layers;
mod network;
mod outputs;
mod quoting;
mod roles;
mod secrets;
mod types;
