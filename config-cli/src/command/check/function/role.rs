//! The role of a deployed function: what its policies allow in a simulation.
//!
//! A simulation is not a real request. It considers the policies of the role, but neither key
//! policies nor the policies of another account.

use std::collections::{BTreeMap, BTreeSet};

use stage_config_core::Help;
use stage_config_grammar::arn::Arn;

use super::needs::RoleNeeds;
use super::report::{Finding, FindingKind, FindingResult};
use crate::deployed::{
    CallFailure, Decision, Denier, DeployedFunction, FunctionClients, SimulatedRequest,
    SimulationResult, arn_account,
};
use crate::error::CliError;
use crate::iam::Permission;
use crate::progress::wait_with_progress;
use crate::{invocation, package};

/// Simulates the role of a function.
pub(super) struct RoleExamination<'a> {
    pub(super) clients: &'a FunctionClients,
    pub(super) function: &'a DeployedFunction,
    pub(super) stage: &'a str,
    /// Whether the arguments name an artifact.
    pub(super) has_local: bool,
}

/// The results of all simulated permissions.
type Results = BTreeMap<Permission, Option<SimulationResult>>;

impl RoleExamination<'_> {
    pub(super) async fn examine(&self, needs: &RoleNeeds) -> Vec<Finding> {
        let activity = format!("simulating the role of {}", self.function.name);
        let all: BTreeSet<Permission> = needs.own.union(&needs.surplus).cloned().collect();
        let simulation = self.simulate(&all);
        let results = match wait_with_progress(&activity, simulation).await {
            Ok(results) => results,
            Err(failure) => return vec![describe_failure(&failure)],
        };

        let mut findings = Vec::new();
        let mut allowed: BTreeMap<&str, usize> = BTreeMap::new();
        for permission in &needs.own {
            let result = results.get(permission).and_then(Option::as_ref);
            match self.judge(permission, result) {
                Some(finding) => findings.push(finding),
                None => *allowed.entry(permission.action).or_default() += 1,
            }
        }
        findings.extend(allowed.into_iter().map(|(action, count)| {
            let requests = if count == 1 { "request" } else { "requests" };
            let detail = format!("{count} {requests} allowed by the role's policies");
            Finding::new(FindingKind::Grant, FindingResult::Ok, action, detail, "")
        }));
        let is_allowed = |permission: &&Permission| {
            let result = results.get(*permission).and_then(Option::as_ref);
            result.is_some_and(|result| result.decision == Decision::Allowed)
        };
        let surplus = needs.surplus.iter().filter(is_allowed);
        findings.extend(surplus.map(|permission| self.describe_surplus(permission)));
        let unknown = needs.unknown.iter();
        findings.extend(unknown.map(|unknown| unknown.to_finding(self.stage)));
        findings
    }

    /// Simulates the permissions. Permissions that have the same action and the same condition keys
    /// are simulated together.
    async fn simulate(&self, permissions: &BTreeSet<Permission>) -> Result<Results, CallFailure> {
        let mut groups: BTreeMap<(&str, BTreeMap<String, String>), Vec<&Permission>> =
            BTreeMap::new();
        for permission in permissions {
            let context = self.complete_context(permission);
            let group = groups.entry((permission.action, context));
            group.or_default().push(permission);
        }
        let mut results = Results::new();
        for ((_, context), members) in groups {
            let Some(first) = members.first() else {
                continue;
            };
            let request = SimulatedRequest {
                action: first.action,
                resources: members.iter().map(|one| one.resource.clone()).collect(),
                context,
            };
            let answers = self.clients.simulate(&self.function.role, &request).await?;
            for member in members {
                results.insert(member.clone(), answers.get(&member.resource).cloned());
            }
        }
        Ok(results)
    }

    /// Returns the condition keys of a permission, and those that each request of a function has.
    /// The region is one of them, because policies of organizations often restrict the region.
    fn complete_context(&self, permission: &Permission) -> BTreeMap<String, String> {
        let region = Arn::parse(&permission.resource).and_then(|arn| arn.region);
        let region = region.unwrap_or(&self.function.region);
        let mut context = permission.context.clone();
        context.insert("aws:RequestedRegion".to_owned(), region.to_owned());
        context.insert("aws:SecureTransport".to_owned(), "true".to_owned());
        context
    }

    /// Returns the finding about a permission that the program needs. Returns `None` if the
    /// policies of the role allow it, and the resource is not in another account.
    fn judge(&self, permission: &Permission, result: Option<&SimulationResult>) -> Option<Finding> {
        let finding = |result, detail: String, help: Help| {
            let kind = FindingKind::Grant;
            let finding = Finding::new(kind, result, permission.action, detail, help);
            Some(finding.with_resource(&permission.resource))
        };
        let unverified = |detail: String| finding(FindingResult::Unverified, detail, "".into());
        let Some(result) = result else {
            return unverified("IAM gave no result".to_owned());
        };
        let account = arn_account(&permission.resource);
        let foreign = account.filter(|account| *account != self.function.account);
        let denied = describe_denial(result);
        match (result.decision, foreign) {
            (Decision::Allowed, None) => None,
            (Decision::Allowed, Some(account)) => unverified(format!(
                "the role's policies allow it, and the policies of account {account} must allow it \
                 too"
            )),
            (Decision::ExplicitDeny, _) => {
                match describe_unknown_keys(result).or_else(|| describe_unknown_part(permission)) {
                    Some(doubt) => unverified(format!("{denied}{doubt}")),
                    None => finding(FindingResult::Wrong, denied, DENIED_HELP.into()),
                }
            }
            (Decision::ImplicitDeny, Some(account)) => unverified(format!(
                "{denied}, and the resource is in account {account}"
            )),
            (Decision::ImplicitDeny, None) => match describe_doubt(permission, result) {
                Some(doubt) => unverified(format!("{denied}{doubt}")),
                None if result.denier == Denier::Boundary => {
                    let help = "extend the permissions boundary of the role";
                    finding(FindingResult::Wrong, denied, help.into())
                }
                None => finding(FindingResult::Wrong, denied, self.policy_help()),
            },
        }
    }

    fn describe_surplus(&self, permission: &Permission) -> Finding {
        let detail = format!(
            "surplus: allowed by the role's policies, and not needed in `{}`",
            self.stage
        );
        let (kind, result) = (FindingKind::Surplus, FindingResult::Warning);
        Finding::new(kind, result, permission.action, detail, self.policy_help())
            .with_resource(&permission.resource)
    }

    fn policy_help(&self) -> Help {
        let mut command = invocation::stage_command("iam", self.stage);
        // `iam` reads a manifest. Without a package, only an artifact contains one.
        if !self.has_local && package::find_cargo_toml().is_err() {
            command.push_str(" --artifact PATH");
        }
        Help::run_to("print the policy of the stage", command)
    }
}

const DENIED_HELP: &str = "remove the statement with `Deny`, or its condition";

/// Returns the beginning of a sentence. It says which policies deny a request explicitly or do not
/// allow it.
fn describe_denial(result: &SimulationResult) -> String {
    let verb = match result.decision {
        Decision::ExplicitDeny => "denies it explicitly",
        _ => "does not allow it",
    };
    match (result.denier, result.decision) {
        (Denier::Role, Decision::ExplicitDeny) => {
            "the role's policies deny it explicitly".to_owned()
        }
        (Denier::Role, _) => "the role's policies do not allow it".to_owned(),
        (Denier::Boundary, _) => format!("the permissions boundary of the role {verb}"),
        (Denier::Organization, _) => format!("a policy of the organization {verb}"),
    }
}

/// Returns why a request may be allowed although the simulation denies it.
fn describe_doubt(permission: &Permission, result: &SimulationResult) -> Option<String> {
    if permission.action.starts_with("kms:") {
        return Some("; the policy of the key may allow it".to_owned());
    }
    if permission.action == "sts:AssumeRole" {
        return Some("; the trust policy of that role may allow it".to_owned());
    }
    if let Some(doubt) = describe_unknown_keys(result) {
        return Some(doubt);
    }
    describe_unknown_part(permission)
}

fn describe_unknown_part(permission: &Permission) -> Option<String> {
    (!permission.is_exact).then(|| "; a part of the resource is not known here".to_owned())
}

/// Returns the doubt about the condition keys that policies name and that the simulated request did
/// not have.
fn describe_unknown_keys(result: &SimulationResult) -> Option<String> {
    if result.denier == Denier::Organization {
        return Some("; its condition keys are not known here".to_owned());
    }
    if result.missing_keys.is_empty() {
        return None;
    }
    let keys = result.missing_keys.join(", ");
    Some(format!(
        " without these condition keys, which are not known here: {keys}"
    ))
}

/// Returns the finding about a role that could not be examined.
pub(super) fn describe_problem(problem: &CliError) -> Finding {
    Finding::new(
        FindingKind::Grant,
        FindingResult::Unchecked,
        "",
        problem.message_line(),
        problem.help(),
    )
}

fn describe_failure(failure: &CallFailure) -> Finding {
    if !failure.is_missing {
        return describe_problem(&failure.problem);
    }
    Finding::new(
        FindingKind::Grant,
        FindingResult::Wrong,
        "",
        "the role of the function does not exist",
        "create the role, or name another one in the function",
    )
}
