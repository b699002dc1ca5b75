//! An endpoint on loopback, with TLS, that answers as Parameter Store, Secrets Manager, KMS and
//! DynamoDB. It delays each answer by a given latency, and counts connections, resumed handshakes
//! and calls.
//!
//! The endpoint stores no values: it computes the value of a name from the name
//! ([`value`](coldstart_keys::value)).

mod certificates;
mod counters;
mod server;
mod services;

pub use counters::Counts;
pub use server::Endpoint;

/// An error of any kind. The bench prints it and stops.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
