//! Deployed functions, as AWS describes them: what Lambda runs, with which variables, settings and
//! role. Nothing here changes a function.

mod aliases;
mod call;
mod clients;
mod code;
mod function;
mod function_name;
mod loopback;
mod resources;
mod selection;
mod session;
mod simulated;
mod simulation;

pub(crate) use call::CallFailure;
pub(crate) use clients::FunctionClients;
pub(crate) use code::{CodeFailure, encode_digest};
pub(crate) use function::{DeployedFunction, FunctionPackage, FunctionVariables, UpdateState};
pub(crate) use function_name::FunctionName;
pub(crate) use resources::arn_account;
pub(crate) use selection::SelectionArguments;
pub(crate) use session::{FunctionSession, SelectedFunction};
pub(crate) use simulated::{Decision, Denier, SimulatedRequest, SimulationResult};
