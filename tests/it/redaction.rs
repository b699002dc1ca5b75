//! Planted secrets appear in no error, report, panic, event or output, whatever fails.

mod layers;
mod network;
mod outputs;
mod quoting;
mod secrets;
mod types;
