//! The protocols of Parameter Store and Secrets Manager, without HTTP: requests, scripted answers,
//! and a record of the requests.

mod answer;
mod parameters;
mod record;
pub mod secrets;

pub use answer::Answer;
pub use parameters::{Parameter, Parameters};
pub use record::{InFlightGuard, Record, Request};
pub use secrets::{Secret, Secrets};
