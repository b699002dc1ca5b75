//! A simulated request, and its result.

use std::collections::BTreeMap;

/// Requests of one action with the same condition keys, for several resources.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SimulatedRequest {
    pub(crate) action: &'static str,
    pub(crate) resources: Vec<String>,
    /// The condition keys of the requests, and their values.
    pub(crate) context: BTreeMap<String, String>,
}

/// The results of earlier simulations, by the role and the request. Functions often share a role,
/// so the same simulation is needed several times.
pub(super) type SimulationCache =
    BTreeMap<(String, SimulatedRequest), BTreeMap<String, SimulationResult>>;

/// IAM's result for one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SimulationResult {
    pub(crate) decision: Decision,
    /// The condition keys that a policy names, and that the simulated request did not have.
    pub(crate) missing_keys: Vec<String>,
    /// Whose policies deny the request.
    pub(crate) denier: Denier,
}

/// Whose policies deny a request. The value is `Role` if the request is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Denier {
    Role,
    Boundary,
    /// The policies of the organization. The simulator does not know all of their condition keys.
    Organization,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    Allowed,
    /// No statement allows the request.
    ImplicitDeny,
    /// A statement denies the request.
    ExplicitDeny,
}
