//! An endpoint on loopback, with TLS and a given latency of each call, that answers as Parameter
//! Store, Secrets Manager, KMS and DynamoDB, and counts connections, resumed handshakes and calls.
//!
//! It needs no stored values: the value of a name follows from the name
//! ([`value`](coldstart_keys::value)).

mod certificates;
mod counters;
mod server;
mod services;

pub use counters::Counts;
pub use server::Endpoint;

/// An error of any kind. The bench prints it and stops.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
