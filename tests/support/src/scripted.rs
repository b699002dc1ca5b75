//! The protocols of Parameter Store, Secrets Manager and AppConfig, without HTTP: requests,
//! scripted answers, and a record of the requests.

mod answer;
mod configurations;
mod parameters;
mod record;
pub mod secrets;

pub use answer::Answer;
pub use configurations::{Configurations, is_poll, is_session_start};
pub use parameters::{Parameter, Parameters};
pub use record::{InFlightGuard, Record, Request};
pub use secrets::{Secret, Secrets};
