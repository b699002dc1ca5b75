//! The permissions that the role of a function needs, and those that would be surplus.

use std::collections::{BTreeMap, BTreeSet};

use stage_config_core::manage::{AwsContext, list_template_sources};
use stage_config_core::{Plan, Schema, Stage};
use stage_config_grammar::arn::Arn;
use stage_config_grammar::source::Address;

use super::report::{Finding, FindingKind, FindingResult};
use crate::aws_facts::AwsFacts;
use crate::deployed::DeployedFunction;
use crate::iam::{Needs, Permission, StagePattern, build_read_policy, list_assumed_keys};

/// The name of a field that no program has, for the address of a value that no program reads.
const UNUSED_FIELD: &str = "stage-config-unused-field";

/// The actions that read values. Only these are simulated for the addresses of other stages.
const READ_ACTIONS: [&str; 4] = [
    "appconfig:GetLatestConfiguration",
    "secretsmanager:GetSecretValue",
    "ssm:GetParameters",
    "ssm:GetParametersByPath",
];

/// The permissions of a function in one stage.
#[derive(Debug, Clone, Default)]
pub(super) struct RoleNeeds {
    /// What the program needs.
    pub(super) own: BTreeSet<Permission>,
    /// What the program does not need: the addresses of other stages, and one unused name under
    /// the prefix of each template.
    pub(super) surplus: BTreeSet<Permission>,
    /// The secrets of the program, whose ARN can be looked up.
    pub(super) secrets: BTreeSet<Address>,
    /// What cannot be simulated.
    pub(super) unknown: BTreeSet<UnknownNeed>,
}

/// A need that cannot be simulated.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum UnknownNeed {
    /// The KMS key of the value at this address is not known.
    Key(String),
    /// The policies of a role that sources name.
    Role(String),
}

impl UnknownNeed {
    pub(super) fn to_finding(&self, stage: &str) -> Finding {
        let (action, detail, help, resource) = match self {
            Self::Key(address) => (
                "kms:Decrypt",
                "a customer managed key needs it, and the keys of these values are not known",
                format!(
                    "if there is such a key, name it: `kms_key` in [package.metadata.stage.{stage}]"
                ),
                address,
            ),
            Self::Role(role) => (
                "sts:AssumeRole",
                "what a role in `?role=` may read is not simulated",
                format!("compare its policies with those of `cargo stage iam --for-role {role}`"),
                role,
            ),
        };
        let (kind, result) = (FindingKind::Key, FindingResult::Unverified);
        Finding::new(kind, result, action, detail, help).with_resource(resource)
    }
}

impl RoleNeeds {
    /// Adds the permissions of a configuration.
    pub(super) fn add(&mut self, plan: &Plan, function: &DeployedFunction, facts: &AwsFacts) {
        let needs = needs_of(plan);
        let build = |needs: &Needs| {
            let name = Some(function.name.name.as_str());
            build_read_policy(needs, &facts.location, &facts.keys, name)
        };
        let own = needs.select_program_needs();
        self.own.extend(build(&own).list_permissions());
        self.secrets.extend(own.list_secrets());
        for address in list_assumed_keys(&own, &facts.keys) {
            self.unknown.insert(UnknownNeed::Key(address.to_string()));
        }
        for role in needs.list_roles() {
            self.unknown.insert(UnknownNeed::Role(role));
        }
        for schema_needs in list_other_needs(plan) {
            let permissions = build(&schema_needs.select_program_needs()).list_permissions();
            let reads = permissions
                .into_iter()
                .filter(|permission| READ_ACTIONS.contains(&permission.action));
            self.surplus.extend(reads);
        }
    }

    /// Removes what the program needs from the surplus, also by another name.
    pub(super) fn finish(mut self) -> Self {
        let needed = |permission: &Permission| {
            self.own
                .iter()
                .any(|own| own.action == permission.action && own.resource == permission.resource)
        };
        self.surplus.retain(|permission| !needed(permission));
        self
    }

    /// Replaces the ARNs of secrets whose end is not known by their real ARNs.
    pub(super) fn replace_secret_arns(&mut self, arns: &BTreeMap<String, String>) {
        let real = |arn: &str| find_real_arn(arns, arn).cloned();
        let replace = |mut permission: Permission| {
            if permission.is_exact {
                return permission;
            }
            let values = permission.context.values_mut();
            for text in values.chain([&mut permission.resource]) {
                if let Some(arn) = real(text) {
                    *text = arn;
                    permission.is_exact = true;
                }
            }
            permission
        };
        let own = std::mem::take(&mut self.own);
        self.own = own.into_iter().map(replace).collect();
    }
}

/// Returns the real ARN of a secret whose simulated ARN ends in an invented suffix.
fn find_real_arn<'a>(arns: &'a BTreeMap<String, String>, arn: &str) -> Option<&'a String> {
    let arn = Arn::parse(arn).filter(|arn| arn.service == "secretsmanager")?;
    let (name, _) = arn.resource.strip_prefix("secret:")?.rsplit_once('-')?;
    arns.get(name)
}

/// Looks up the ARNs of secrets with `secretsmanager:DescribeSecret`. Returns them by the names of
/// the secrets. A failed lookup is not an error: the secret is then simulated with another ARN.
pub(super) async fn find_secret_arns(
    aws: &AwsContext,
    secrets: &BTreeSet<Address>,
) -> BTreeMap<String, String> {
    let mut arns = BTreeMap::new();
    for address in secrets {
        let Address::Secret { id, region, .. } = address else {
            continue;
        };
        let Ok(Some(secret)) = aws.describe_secret(id, region.as_deref()).await else {
            continue;
        };
        arns.extend(secret.arn.map(|arn| (id.clone(), arn)));
    }
    arns
}

/// Returns the addresses whose KMS key can be looked up.
pub(super) fn list_lookups(plan: &Plan) -> BTreeSet<Address> {
    needs_of(plan).list_read_lookups()
}

fn needs_of(plan: &Plan) -> Needs {
    Needs::from_plan(plan, &StagePattern::exact(plan.stage().clone()))
}

/// Returns the needs of the other declared stages, and those of one unused name under the prefix of
/// each template.
fn list_other_needs(plan: &Plan) -> Vec<Needs> {
    let schema = plan.schema();
    let mut others: Vec<Needs> = Vec::new();
    for stage in list_stages(schema, plan.stage()) {
        let unused = list_template_sources(schema, &stage, UNUSED_FIELD);
        let unused = unused
            .into_iter()
            .map(|source| source.address)
            .filter(|address| address.to_string().contains(UNUSED_FIELD));
        others.push(Needs::from_addresses(unused));
        if stage != *plan.stage()
            && let Ok(other) = Plan::new(schema, stage, |_| false)
        {
            others.push(needs_of(&other));
        }
    }
    others
}

/// Returns the declared stages, and the planned stage if it is not declared.
fn list_stages(schema: &Schema, planned: &Stage) -> Vec<Stage> {
    let declared = schema.stages.iter();
    let mut stages: Vec<Stage> = declared
        .filter_map(|name| Stage::choose(schema, name).ok())
        .collect();
    if planned.is_fallback() {
        stages.push(planned.clone());
    }
    stages
}
