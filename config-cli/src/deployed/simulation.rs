//! What the policies of a role allow, as IAM simulates it.

use std::collections::BTreeMap;
use std::sync::{MutexGuard, PoisonError};

use aws_sdk_iam::types::{
    ContextEntry, ContextKeyTypeEnum, EvaluationResult, PermissionsBoundaryDecisionDetail,
    PolicyEvaluationDecisionType,
};

use super::call::{CallFailure, call};
use super::clients::FunctionClients;
use super::simulated::{Decision, Denier, SimulatedRequest, SimulationCache, SimulationResult};

/// The maximum number of resources in one call.
const MAX_RESOURCES: usize = 25;

impl FunctionClients {
    /// Simulates the requests of a role with `iam:SimulatePrincipalPolicy`. Returns the results by
    /// resource. A resource without a result is not in the map.
    pub(crate) async fn simulate(
        &self,
        role: &str,
        request: &SimulatedRequest,
    ) -> Result<BTreeMap<String, SimulationResult>, CallFailure> {
        let key = (role.to_owned(), request.clone());
        if let Some(known) = self.lock_simulated().get(&key) {
            return Ok(known.clone());
        }
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
        self.lock_simulated().insert(key, results.clone());
        Ok(results)
    }

    fn lock_simulated(&self) -> MutexGuard<'_, SimulationCache> {
        let simulated = self.simulated.lock();
        simulated.unwrap_or_else(PoisonError::into_inner)
    }
}

fn key_type(key: &str) -> ContextKeyTypeEnum {
    match key {
        "kms:ResourceAliases" => ContextKeyTypeEnum::StringList,
        "aws:SecureTransport" => ContextKeyTypeEnum::Boolean,
        _ => ContextKeyTypeEnum::String,
    }
}

/// Adds one result of an answer. For several resources, IAM gives one result, which lists a result
/// for each resource.
fn add_result(result: &EvaluationResult, results: &mut BTreeMap<String, SimulationResult>) {
    let organization = result.organizations_decision_detail();
    let organization_allows = organization.is_none_or(|detail| detail.allowed_by_organizations());
    let find_denier = |boundary: Option<&PermissionsBoundaryDecisionDetail>| {
        let boundary_allows =
            boundary.is_none_or(|detail| detail.allowed_by_permissions_boundary());
        match (organization_allows, boundary_allows) {
            (false, _) => Denier::Organization,
            (true, false) => Denier::Boundary,
            (true, true) => Denier::Role,
        }
    };
    for specific in result.resource_specific_results() {
        let one = SimulationResult {
            decision: read_decision(specific.eval_resource_decision()),
            missing_keys: specific.missing_context_values().to_vec(),
            denier: find_denier(specific.permissions_boundary_decision_detail()),
        };
        results.insert(specific.eval_resource_name().to_owned(), one);
    }
    if result.resource_specific_results().is_empty()
        && let Some(resource) = result.eval_resource_name()
    {
        let one = SimulationResult {
            decision: read_decision(result.eval_decision()),
            missing_keys: result.missing_context_values().to_vec(),
            denier: find_denier(result.permissions_boundary_decision_detail()),
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
