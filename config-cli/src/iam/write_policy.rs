//! The policies for the person or job that runs `cargo stage set` or `rollback`.

use stage_config_grammar::source::{Address, Source};

use super::KnownKeys;
use super::arn;
use super::kms_statements::{ContextCondition, KeyGrants};
use super::location::AwsLocation;
use super::needs::Needs;
use super::policy::{Policy, Statement};
use super::policy_text::PolicyText;
use crate::destination::find_writable;

/// The command that writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writer {
    Set,
    Rollback,
}

/// The actions on a parameter. Before `set` writes, it reads the current value. If no KMS key is
/// given, `set` also looks up the key of an encrypted value, in the history of the parameter.
/// `rollback` lists the versions, reads the older one, and writes it again.
const PARAMETER_ACTIONS: [&str; 3] = [
    "ssm:GetParameterHistory",
    "ssm:GetParameters",
    "ssm:PutParameter",
];

impl Writer {
    /// Returns the name of the statement for parameters.
    fn parameters_sid(self) -> &'static str {
        match self {
            Self::Set => "WriteParameters",
            Self::Rollback => "RollBackParameters",
        }
    }

    /// Returns the name of the statement for secrets, and its actions.
    fn secret_statement(self) -> (&'static str, &'static [&'static str]) {
        match self {
            // `set` writes a key of a JSON secret, or the first value of a secret, as a new
            // version. It makes this version current only if no other version has become current in
            // the meantime.
            Self::Set => (
                "WriteSecrets",
                &[
                    "secretsmanager:DescribeSecret",
                    "secretsmanager:GetSecretValue",
                    "secretsmanager:PutSecretValue",
                    "secretsmanager:UpdateSecretVersionStage",
                ],
            ),
            // `rollback` lists the versions, reads the older one, and moves AWSCURRENT. If the call
            // that moves AWSCURRENT gets no answer, `rollback` looks up the current version.
            Self::Rollback => (
                "RollBackSecrets",
                &[
                    "secretsmanager:DescribeSecret",
                    "secretsmanager:GetSecretValue",
                    "secretsmanager:ListSecretVersionIds",
                    "secretsmanager:UpdateSecretVersionStage",
                ],
            ),
        }
    }

    /// Returns the KMS actions for a parameter. `Encrypt` is for the standard tier, and
    /// `GenerateDataKey` is for the advanced tier. `Decrypt` is for reading the other keys of a
    /// JSON text, or the older version.
    fn parameter_key_actions(self, source: &Source) -> &'static [&'static str] {
        if self == Self::Rollback || source.key.is_some() {
            &["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"]
        } else {
            &["kms:Encrypt", "kms:GenerateDataKey"]
        }
    }

    /// Returns the name of the statement for the KMS keys of secrets, and its actions. `rollback`
    /// encrypts nothing.
    fn secret_key_statement(self) -> (&'static str, &'static [&'static str]) {
        match self {
            Self::Set => ("EncryptSecrets", &["kms:Decrypt", "kms:GenerateDataKey"]),
            Self::Rollback => ("DecryptSecrets", &["kms:Decrypt"]),
        }
    }
}

/// Returns the policy with which `writer` may write the fields of the stage. The policy covers the
/// first source of each field, if `set` can write this source.
pub(crate) fn build_write_policy(
    writer: Writer,
    needs: &Needs,
    location: &AwsLocation,
    keys: &KnownKeys,
) -> Policy {
    let mut builder = WritePolicyBuilder {
        writer,
        parameters: Vec::new(),
        secrets: Vec::new(),
        new_secrets: Vec::new(),
        grants: KeyGrants::new(location, keys),
        notes: Vec::new(),
    };
    for (source, secret) in &needs.writes {
        builder.add_source(source, *secret);
    }

    let (key_statements, mut notes) = builder.grants.finish();
    let (secrets_sid, secret_actions) = writer.secret_statement();
    let statements = vec![
        Statement::allow(
            writer.parameters_sid(),
            &PARAMETER_ACTIONS,
            builder.parameters,
        ),
        Statement::allow(secrets_sid, secret_actions, builder.secrets),
        Statement::allow(
            "CreateSecrets",
            &["secretsmanager:CreateSecret"],
            builder.new_secrets,
        ),
    ];
    notes.extend(builder.notes);
    Policy::new(
        statements.into_iter().chain(key_statements).collect(),
        notes,
    )
}

struct WritePolicyBuilder<'a> {
    writer: Writer,
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
            (Ok(_), Address::ParameterPath { path, .. }) => {
                self.add_parameter(source, &format!("{path}/*"), secret);
            }
            (Ok(_), Address::Secret { id, .. }) => self.add_secret(address, id),
            // Sealing a value needs no permission: it uses the public key in the repository, and
            // git has the older versions.
            (Ok(_), _) | (Err(_), Address::Value(_)) => {}
            (Err(unwritable), _) => self
                .notes
                .push(format!("not covered: {address}: it {}", unwritable.detail)),
        }
    }

    fn add_parameter(&mut self, source: &Source, name: &str, secret: bool) {
        let address = &source.address;
        let arn = arn::parameter_arn(&self.grants.location.locate(address), name);
        self.parameters.push(arn.clone());
        let key = self.grants.keys.find_key(address, secret);
        self.grants.add(
            (
                "EncryptParameters",
                self.writer.parameter_key_actions(source),
            ),
            (address, key),
            ContextCondition::ContextKey("PARAMETER_ARN"),
            [arn],
        );
    }

    fn add_secret(&mut self, address: &Address, id: &str) {
        let arns = arn::secret_arns(&self.grants.location.locate(address), id);
        self.secrets.extend(arns.iter().cloned());
        if self.writer == Writer::Set && !arn::is_complete(id) {
            self.new_secrets
                .extend(arns.iter().filter(|arn| arn.has_wildcards()).cloned());
        }
        let key = self.grants.keys.find_key(address, true);
        self.grants.add(
            self.writer.secret_key_statement(),
            (address, key),
            ContextCondition::ContextKey("SecretARN"),
            arns,
        );
    }
}
