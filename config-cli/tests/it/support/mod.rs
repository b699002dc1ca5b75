//! What the tests stand on. Servers, their environment and the planted secret are those of the facade's tests.

pub(crate) mod artifact;
pub(crate) mod between;
pub(crate) mod endpoint;
#[path = "../../../../tests/it/support/environment.rs"]
pub(crate) mod environment;
pub(crate) mod kms;
pub(crate) mod moved;
pub(crate) mod node;
pub(crate) mod package;
pub(crate) mod payments;
#[path = "../../../../tests/it/support/peers.rs"]
#[allow(dead_code, reason = "this binary needs moto alone")]
pub(crate) mod peers;
#[path = "../../../../tests/it/support/planted.rs"]
#[allow(dead_code, reason = "this binary has texts to search, and no errors or reports of a load")]
pub(crate) mod planted;
#[path = "../../../../tests/it/support/python.rs"]
pub(crate) mod python;
pub(crate) mod stored;
pub(crate) mod stores;
