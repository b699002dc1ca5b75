//! Planted secrets appear in no error, report, panic, event or output, whatever fails.

mod layers;
mod network;
mod outputs;
mod secrets;
mod types;
