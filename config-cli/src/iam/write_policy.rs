//! The policy for the person or job that runs `cargo stage set`.

use stage_config_grammar::source::{Address, Source};

use super::KnownKeys;
use super::arn;
use super::kms_statements::{ContextCondition, KeyGrants};
use super::location::AwsLocation;
use super::needs::Needs;
use super::policy::{Policy, Statement};
use super::policy_text::PolicyText;
use crate::destination::find_writable;

/// Before `set` writes, it reads the current value. If no KMS key is given, it also looks up the
/// key of an encrypted value in the history.
const PARAMETER_ACTIONS: [&str; 3] = [
    "ssm:GetParameterHistory",
    "ssm:GetParameters",
    "ssm:PutParameter",
];
/// `set` writes a key of a JSON secret, or the first value of a secret, as a new version. It makes
/// this version current only if no other version has become current in the meantime.
const SECRET_ACTIONS: [&str; 4] = [
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecretVersionStage",
];

/// Returns the policy for `set` on every field of the stage. It covers the first source of each
/// field, if `set` can write it.
pub(crate) fn build_write_policy(
    needs: &Needs,
    location: &AwsLocation,
    keys: &KnownKeys,
) -> Policy {
    let mut writes = WritePolicyBuilder {
        parameters: Vec::new(),
        secrets: Vec::new(),
        new_secrets: Vec::new(),
        grants: KeyGrants::new(location, keys),
        notes: Vec::new(),
    };
    for (source, secret) in &needs.writes {
        writes.add_source(source, *secret);
    }

    let (encrypt, mut notes) = writes.grants.finish();
    let statements = vec![
        Statement::allow("WriteParameters", &PARAMETER_ACTIONS, writes.parameters),
        Statement::allow("WriteSecrets", &SECRET_ACTIONS, writes.secrets),
        Statement::allow(
            "CreateSecrets",
            &["secretsmanager:CreateSecret"],
            writes.new_secrets,
        ),
    ];
    notes.extend(writes.notes);
    Policy::new(statements.into_iter().chain(encrypt).collect(), notes)
}

struct WritePolicyBuilder<'a> {
    parameters: Vec<PolicyText>,
    secrets: Vec<PolicyText>,
    new_secrets: Vec<PolicyText>,
    grants: KeyGrants<'a>,
    notes: Vec<String>,
}

impl WritePolicyBuilder<'_> {
    fn add_source(&mut self, source: &Source, secret: bool) {
        let address = &source.address;
        // The stage is only a part of the help, which is not used here.
        match (find_writable(source, "STAGE", None), address) {
            (Ok(_), Address::Parameter { name, .. }) => self.add_parameter(source, name, secret),
            (Ok(_), Address::Secret { id, .. }) => self.add_secret(address, id),
            // Sealing a value needs no permission: it uses the public key in the repository.
            (Ok(_), _) | (Err(_), Address::Value(_)) => {}
            (Err(unwritable), _) => self
                .notes
                .push(format!("not covered: {address}: it {}", unwritable.detail)),
        }
    }

    fn add_parameter(&mut self, source: &Source, name: &str, secret: bool) {
        // `Encrypt` is for the standard tier, `GenerateDataKey` for the advanced tier, and
        // `Decrypt` to read the other keys of a JSON text.
        const ENCRYPT: &[&str] = &["kms:Encrypt", "kms:GenerateDataKey"];
        const CHANGE: &[&str] = &["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"];
        let address = &source.address;
        let arn = arn::parameter_arn(&self.grants.location.locate(address), name);
        self.parameters.push(arn.clone());
        let actions = if source.key.is_some() {
            CHANGE
        } else {
            ENCRYPT
        };
        let key = self.grants.keys.find_key(address, secret);
        self.grants.add(
            ("EncryptParameters", actions),
            (address, key),
            ContextCondition::ContextKey("PARAMETER_ARN"),
            [arn],
        );
    }

    fn add_secret(&mut self, address: &Address, id: &str) {
        const ENCRYPT: &[&str] = &["kms:Decrypt", "kms:GenerateDataKey"];
        let arns = arn::secret_arns(&self.grants.location.locate(address), id);
        self.secrets.extend(arns.iter().cloned());
        if !arn::is_complete(id) {
            self.new_secrets
                .extend(arns.iter().filter(|arn| arn.has_wildcards()).cloned());
        }
        let key = self.grants.keys.find_key(address, true);
        self.grants.add(
            ("EncryptSecrets", ENCRYPT),
            (address, key),
            ContextCondition::ContextKey("SecretARN"),
            arns,
        );
    }
}
