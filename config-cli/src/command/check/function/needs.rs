//! The permissions that the role of a function needs, and those that would be surplus.

use std::collections::{BTreeMap, BTreeSet};

use stage_config_core::manage::list_template_sources;
use stage_config_core::{Help, Plan, Schema, Stage};
use stage_config_grammar::arn::{Arn, split_secret_suffix};
use stage_config_grammar::source::Address;

use super::report::{Finding, FindingKind, FindingResult};
use crate::aws_facts::AwsFacts;
use crate::deployed::DeployedFunction;
use crate::iam::{self, Needs, Permission, PolicyGap, StagePattern, build_read_policy};
use crate::invocation;

/// The actions that read values. For the addresses of other stages and for names that no field
/// uses, only these actions are simulated.
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
    /// The secrets whose ARN can be looked up: the secrets that the program reads in this stage,
    /// those that it reads in other stages, and those with unused names.
    pub(super) secrets: BTreeSet<Address>,
    /// The needs that cannot be simulated.
    pub(super) unknown: BTreeSet<UnknownNeed>,
}

/// A need that cannot be simulated.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum UnknownNeed {
    /// The KMS key of the value at this address is not known. The value may have no KMS key.
    Key(String),
    /// The value at this address does not exist yet, so its KMS key is not known.
    Missing(String),
    /// The KMS key of the ciphertext at this address is not known. Every ciphertext has a KMS key.
    CiphertextKey(String),
    /// The permissions of this role, which sources name in `?role=`.
    Role(String),
    /// A value that one of the program's own stores reads.
    Store(String),
}

impl UnknownNeed {
    pub(super) fn to_finding(&self, stage: &str) -> Finding {
        let name_key = format!("name the key: `kms_key` in [package.metadata.stage.{stage}]");
        let (kind, action, detail, help, resource): (_, _, _, Help, _) = match self {
            Self::Key(address) => (
                FindingKind::Key,
                "kms:Decrypt",
                "a customer managed key needs it, and the keys of these values are not known",
                format!("if there is such a key, {name_key}").into(),
                address,
            ),
            Self::Missing(address) => (
                FindingKind::Key,
                "kms:Decrypt",
                "these values do not exist yet, so their keys are not known",
                Help::run_to(
                    "check the values",
                    invocation::stage_command("check", stage),
                ),
                address,
            ),
            Self::CiphertextKey(address) => (
                FindingKind::Key,
                "kms:Decrypt",
                "the program decrypts these values, and their key is not known",
                name_key.into(),
                address,
            ),
            Self::Role(role) => {
                let command = invocation::stage_command("iam", stage);
                (
                    FindingKind::AssumedRole,
                    "sts:AssumeRole",
                    "the permissions of a role in `?role=` are not simulated",
                    Help::run_to(
                        "print the policy that it needs",
                        format!("{command} --for-role {role}"),
                    ),
                    role,
                )
            }
            Self::Store(address) => (
                FindingKind::Store,
                "the program's own store",
                "its permissions are not known",
                "".into(),
                address,
            ),
        };
        Finding::new(kind, FindingResult::Unverified, action, detail, help).with_resource(resource)
    }
}

impl RoleNeeds {
    /// Adds the permissions that a configuration needs, and those that would be surplus.
    pub(super) fn add(&mut self, plan: &Plan, function: &DeployedFunction, facts: &AwsFacts) {
        let needs = collect_needs(plan);
        let build = |needs: &Needs| {
            let name = Some(function.name.name.as_str());
            build_read_policy(needs, &facts.location, &facts.keys, name)
        };
        let own = needs.select_program_needs();
        self.own.extend(build(&own).list_permissions());
        self.secrets.extend(own.list_secrets());
        for (address, gap) in own.list_gaps(&facts.keys) {
            let address = address.to_string();
            self.unknown.insert(match gap {
                PolicyGap::AssumedKey if facts.missing.contains(&address) => {
                    UnknownNeed::Missing(address)
                }
                PolicyGap::AssumedKey => UnknownNeed::Key(address),
                PolicyGap::UnknownKey => UnknownNeed::CiphertextKey(address),
                PolicyGap::OwnStore => UnknownNeed::Store(address),
            });
        }
        for role in needs.list_roles() {
            self.unknown.insert(UnknownNeed::Role(role));
        }
        for other in list_other_needs(plan) {
            let other = other.select_program_needs();
            self.secrets.extend(other.list_secrets());
            let reads = build(&other)
                .list_permissions()
                .into_iter()
                .filter(|permission| READ_ACTIONS.contains(&permission.action));
            self.surplus.extend(reads);
        }
    }

    /// Removes from the surplus each permission that has the action and the resource of a
    /// permission that the program needs. The condition keys of the two permissions may differ.
    pub(super) fn finish(mut self) -> Self {
        let needed = |permission: &Permission| {
            self.own
                .iter()
                .any(|own| own.action == permission.action && own.resource == permission.resource)
        };
        self.surplus.retain(|permission| !needed(permission));
        self
    }

    /// Replaces each ARN that has an invented suffix with the real ARN of the secret, if `arns`
    /// contains the real ARN.
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
        for permissions in [&mut self.own, &mut self.surplus] {
            // If it is not known whether an ARN is complete, the policy contains it with and
            // without a suffix. As the real ARN is known now, only the form with the suffix stays.
            let mut changed = std::mem::take(permissions);
            changed.retain(|permission| !arns.contains_key(&permission.resource));
            *permissions = changed.into_iter().map(replace).collect();
        }
    }
}

/// Returns the real ARN of a secret whose simulated ARN ends in an invented suffix. The keys of
/// `arns` are ARNs without the suffix.
fn find_real_arn<'a>(arns: &'a BTreeMap<String, String>, arn: &str) -> Option<&'a String> {
    Arn::parse(arn).filter(|arn| arn.service == "secretsmanager")?;
    let (name, _) = split_secret_suffix(arn)?;
    arns.get(name)
}

/// Returns the addresses whose KMS key can be looked up.
pub(super) fn list_lookups(plan: &Plan) -> BTreeSet<Address> {
    collect_needs(plan).list_read_lookups()
}

fn collect_needs(plan: &Plan) -> Needs {
    Needs::from_plan(plan, &StagePattern::exact(plan.stage().clone()))
}

/// Returns the needs of the other declared stages, and those of one unused name under the prefix of
/// each template.
fn list_other_needs(plan: &Plan) -> Vec<Needs> {
    let schema = plan.schema();
    let mut others = vec![Needs::from_addresses(list_unused_fallbacks(schema))];
    for stage in list_stages(schema, plan.stage()) {
        let unused = list_template_sources(schema, &stage, iam::UNUSED_FIELD);
        let unused = unused
            .into_iter()
            .map(|source| source.address)
            .filter(|address| address.to_string().contains(iam::UNUSED_FIELD));
        others.push(Needs::from_addresses(unused));
        if stage != *plan.stage()
            && let Ok(other) = Plan::new(schema, stage, |_| false)
        {
            others.push(collect_needs(&other));
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

/// Returns one address for each fallback template, with an unused name instead of the name of a
/// field. Leaves out the templates that contain the name of the stage.
fn list_unused_fallbacks(schema: &'static Schema) -> Vec<Address> {
    let Some(undeclared) = Stage::new_undeclared(schema) else {
        return Vec::new();
    };
    let sources = list_template_sources(schema, &undeclared, iam::UNUSED_FIELD);
    let addresses = sources.into_iter().map(|source| source.address);
    let is_usable = |address: &Address| {
        let text = address.to_string();
        text.contains(iam::UNUSED_FIELD) && !text.contains(undeclared.name())
    };
    addresses.filter(is_usable).collect()
}
