//! What the policies of a role allow, as IAM simulates it.

use std::collections::BTreeMap;

use aws_sdk_iam::types::{
    ContextEntry, ContextKeyTypeEnum, EvaluationResult, PolicyEvaluationDecisionType,
};

use super::call::{CallFailure, call};
use super::clients::FunctionClients;

/// The maximum number of resources of one simulation.
const MAX_RESOURCES: usize = 25;

/// Requests of one action with the same condition keys, for several resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SimulatedRequest {
    pub(crate) action: &'static str,
    pub(crate) resources: Vec<String>,
    /// The condition keys of the requests, and their values.
    pub(crate) context: BTreeMap<String, String>,
}

/// IAM's result for one resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SimulationResult {
    pub(crate) decision: Decision,
    /// The condition keys that a policy names, and that the simulated request did not have.
    pub(crate) missing_keys: Vec<String>,
    /// The kind of policy that denied the request, if it is not a policy of the role.
    pub(crate) denied_by: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    Allowed,
    /// No statement allows it.
    ImplicitDeny,
    /// A statement denies it.
    ExplicitDeny,
}

impl FunctionClients {
    /// Simulates the requests of a role with `iam:SimulatePrincipalPolicy`. Returns the results by
    /// resource. A resource without a result is not in the map.
    pub(crate) async fn simulate(
        &self,
        role: &str,
        request: &SimulatedRequest,
    ) -> Result<BTreeMap<String, SimulationResult>, CallFailure> {
        let context: Vec<ContextEntry> = request
            .context
            .iter()
            .map(|(key, value)| {
                ContextEntry::builder()
                    .context_key_name(key)
                    .context_key_values(value)
                    .context_key_type(key_type(key))
                    .build()
            })
            .collect();
        let mut results = BTreeMap::new();
        for resources in request.resources.chunks(MAX_RESOURCES) {
            let mut page = None;
            loop {
                let answer = call(
                    "iam:SimulatePrincipalPolicy",
                    &format!("the role {role}"),
                    || {
                        self.iam
                            .simulate_principal_policy()
                            .policy_source_arn(role)
                            .action_names(request.action)
                            .set_resource_arns(Some(resources.to_vec()))
                            .set_context_entries(Some(context.clone()))
                            .set_marker(page.clone())
                            .send()
                    },
                )
                .await?;
                for result in answer.evaluation_results() {
                    add_result(result, &mut results);
                }
                page = answer.marker().map(str::to_owned);
                if !answer.is_truncated() || page.is_none() {
                    break;
                }
            }
        }
        Ok(results)
    }
}

fn key_type(key: &str) -> ContextKeyTypeEnum {
    if key == "kms:ResourceAliases" {
        ContextKeyTypeEnum::StringList
    } else {
        ContextKeyTypeEnum::String
    }
}

/// Adds the results of one answer. For several resources, IAM gives one result that lists them.
fn add_result(result: &EvaluationResult, results: &mut BTreeMap<String, SimulationResult>) {
    let denied_by = find_other_denier(result);
    for specific in result.resource_specific_results() {
        let one = SimulationResult {
            decision: read_decision(specific.eval_resource_decision()),
            missing_keys: specific.missing_context_values().to_vec(),
            denied_by,
        };
        results.insert(specific.eval_resource_name().to_owned(), one);
    }
    if result.resource_specific_results().is_empty()
        && let Some(resource) = result.eval_resource_name()
    {
        let one = SimulationResult {
            decision: read_decision(result.eval_decision()),
            missing_keys: result.missing_context_values().to_vec(),
            denied_by,
        };
        results.insert(resource.to_owned(), one);
    }
}

fn read_decision(decision: &PolicyEvaluationDecisionType) -> Decision {
    match decision {
        PolicyEvaluationDecisionType::Allowed => Decision::Allowed,
        PolicyEvaluationDecisionType::ExplicitDeny => Decision::ExplicitDeny,
        _ => Decision::ImplicitDeny,
    }
}

fn find_other_denier(result: &EvaluationResult) -> Option<&'static str> {
    let organization = result.organizations_decision_detail();
    let boundary = result.permissions_boundary_decision_detail();
    match (organization, boundary) {
        (Some(detail), _) if !detail.allowed_by_organizations() => {
            Some("a policy of the organization")
        }
        (_, Some(detail)) if !detail.allowed_by_permissions_boundary() => {
            Some("the permissions boundary of the role")
        }
        _ => None,
    }
}
