//! The policy for the person or job that runs `cargo stage rollback`.

use stage_config_grammar::source::{Address, Source};

use super::KnownKeys;
use super::arn;
use super::kms_statements::{ContextCondition, KeyGrants};
use super::location::AwsLocation;
use super::needs::Needs;
use super::policy::{Policy, Statement};
use super::policy_text::PolicyText;
use crate::destination::find_writable;

/// `rollback` lists the versions, reads the older one, and writes it again.
const PARAMETER_ACTIONS: [&str; 3] = [
    "ssm:GetParameterHistory",
    "ssm:GetParameters",
    "ssm:PutParameter",
];
/// `rollback` lists the versions, reads the older one, and moves AWSCURRENT. If that call gets no
/// answer, it looks up the current version.
const SECRET_ACTIONS: [&str; 4] = [
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetSecretValue",
    "secretsmanager:ListSecretVersionIds",
    "secretsmanager:UpdateSecretVersionStage",
];

/// Returns the policy for `rollback` on every field of the stage. It covers the first source of
/// each field, if its store keeps versions.
pub(crate) fn build_rollback_policy(
    needs: &Needs,
    location: &AwsLocation,
    keys: &KnownKeys,
) -> Policy {
    let mut builder = RollbackPolicyBuilder {
        parameters: Vec::new(),
        secrets: Vec::new(),
        grants: KeyGrants::new(location, keys),
        notes: Vec::new(),
    };
    for (source, secret) in &needs.writes {
        builder.add_source(source, *secret);
    }

    let (decrypt, mut notes) = builder.grants.finish();
    let statements = vec![
        Statement::allow("RollBackParameters", &PARAMETER_ACTIONS, builder.parameters),
        Statement::allow("RollBackSecrets", &SECRET_ACTIONS, builder.secrets),
    ];
    notes.extend(builder.notes);
    Policy::new(statements.into_iter().chain(decrypt).collect(), notes)
}

struct RollbackPolicyBuilder<'a> {
    parameters: Vec<PolicyText>,
    secrets: Vec<PolicyText>,
    grants: KeyGrants<'a>,
    notes: Vec<String>,
}

impl RollbackPolicyBuilder<'_> {
    fn add_source(&mut self, source: &Source, secret: bool) {
        let address = &source.address;
        // The stage is only a part of the help, which is not used here.
        match (find_writable(source, "STAGE", None), address) {
            (Ok(_), Address::Parameter { name, .. }) => self.add_parameter(address, name, secret),
            (Ok(_), Address::Secret { id, .. }) => self.add_secret(address, id),
            // The versions of a sealed file are in git.
            (Ok(_), _) | (Err(_), Address::Value(_)) => {}
            (Err(unwritable), _) => self
                .notes
                .push(format!("not covered: {address}: it {}", unwritable.detail)),
        }
    }

    fn add_parameter(&mut self, address: &Address, name: &str, secret: bool) {
        // `Decrypt` reads the older version. `Encrypt` is for the standard tier, `GenerateDataKey`
        // for the advanced tier.
        const REWRITE: &[&str] = &["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"];
        let arn = arn::parameter_arn(&self.grants.location.locate(address), name);
        self.parameters.push(arn.clone());
        let key = self.grants.keys.find_key(address, secret);
        self.grants.add(
            ("EncryptParameters", REWRITE),
            (address, key),
            ContextCondition::ContextKey("PARAMETER_ARN"),
            [arn],
        );
    }

    fn add_secret(&mut self, address: &Address, id: &str) {
        let arns = arn::secret_arns(&self.grants.location.locate(address), id);
        self.secrets.extend(arns.iter().cloned());
        let key = self.grants.keys.find_key(address, true);
        self.grants.add(
            ("DecryptSecrets", &["kms:Decrypt"]),
            (address, key),
            ContextCondition::ContextKey("SecretARN"),
            arns,
        );
    }
}
