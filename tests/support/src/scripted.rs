//! The protocols of AWS's services, without HTTP: requests, scripted answers, and a record of the
//! requests.

mod answer;
mod configurations;
pub mod functions;
mod parameters;
mod record;
mod roles;
pub mod secrets;

pub use answer::Answer;
pub use configurations::{Configurations, is_poll, is_session_start};
pub use parameters::{Parameter, Parameters};
pub use record::{InFlightGuard, Record, Request};
pub use roles::{ROLE_KEY_ID, accept_role, is_role_request, refuse_role};
pub use secrets::{Secret, Secrets};
