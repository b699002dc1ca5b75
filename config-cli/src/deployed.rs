//! Deployed functions, as AWS describes them: what Lambda runs, with which variables, settings and
//! role. Nothing here changes a function.

mod call;
mod clients;
mod code;
mod function;
mod function_name;
mod resources;
mod session;
mod simulation;

pub(crate) use call::CallFailure;
pub(crate) use clients::FunctionClients;
pub(crate) use code::encode_digest;
pub(crate) use function::{DeployedFunction, FunctionPackage, FunctionVariables};
pub(crate) use function_name::FunctionName;
pub(crate) use resources::{FunctionTag, arn_account};
pub(crate) use session::{FunctionSession, SelectedFunction};
pub(crate) use simulation::{Decision, SimulatedRequest, SimulationResult};
