//! The policy of a program that loads its configuration.

use stage_config_grammar::source::{Address, is_app_config_id};

use super::KnownKeys;
use super::arn;
use super::kms_statements::{ContextCondition, KeyGrants};
use super::location::AwsLocation;
use super::needs::{Needs, SnapshotNeed, StageKeyPair, to_referenced_secret};
use super::policy::{Policy, Statement};
use super::policy_text::{Hole, PolicyText};
use crate::parameter_class::ParameterClass;

const DECRYPT: &[&str] = &["kms:Decrypt"];

/// Returns the policy for a load of the stage: it allows reading the addresses, and decrypting
/// with their keys. `function` is the name of the Lambda function.
pub(crate) fn build_read_policy(
    needs: &Needs,
    location: &AwsLocation,
    keys: &KnownKeys,
    function: Option<&str>,
) -> Policy {
    let mut reads = ReadPolicyBuilder {
        parameters: Vec::new(),
        paths: Vec::new(),
        secrets: Vec::new(),
        configurations: Vec::new(),
        grants: KeyGrants::new(location, keys),
        notes: Vec::new(),
        function,
    };
    for (address, secret) in &needs.reads {
        reads.add_address(address, *secret, needs.pairs.get(address));
    }
    if let Some(snapshot) = &needs.snapshot {
        reads.add_snapshot(snapshot);
    }

    let mut statements = vec![
        Statement::allow("ReadParameters", &["ssm:GetParameters"], reads.parameters),
        Statement::allow("ReadPaths", &["ssm:GetParametersByPath"], reads.paths),
        Statement::allow(
            "ReadSecrets",
            &["secretsmanager:GetSecretValue"],
            reads.secrets,
        ),
    ];
    let roles = needs
        .roles
        .iter()
        .map(|role| PolicyText::from(role.as_str()));
    statements.push(Statement::allow("AssumeRoles", &["sts:AssumeRole"], roles));
    if needs.batches {
        // The action does not support resources. The statement `ReadSecrets` authorizes each
        // secret.
        let batch = ["secretsmanager:BatchGetSecretValue"];
        statements.push(Statement::allow(
            "BatchReadSecrets",
            &batch,
            [PolicyText::from("*")],
        ));
    }

    statements.push(Statement::allow(
        "ReadConfigurations",
        &[
            "appconfig:GetLatestConfiguration",
            "appconfig:StartConfigurationSession",
        ],
        reads.configurations,
    ));

    let (decrypt, mut notes) = reads.grants.finish();
    statements.extend(decrypt);
    notes.extend(reads.notes);
    Policy::new(statements, notes)
}

struct ReadPolicyBuilder<'a> {
    parameters: Vec<PolicyText>,
    paths: Vec<PolicyText>,
    secrets: Vec<PolicyText>,
    configurations: Vec<PolicyText>,
    grants: KeyGrants<'a>,
    notes: Vec<String>,
    function: Option<&'a str>,
}

impl ReadPolicyBuilder<'_> {
    fn add_address(&mut self, address: &Address, secret: bool, pair: Option<&StageKeyPair>) {
        let keys = self.grants.keys;
        match address {
            Address::Parameter { name, .. } => self.add_parameter(address, name, secret),
            Address::ParameterPath { path, .. } => self.add_path(address, path, secret),
            Address::Secret { id, .. } => self.add_secret(address, id),
            Address::AppConfig {
                application,
                environment,
                profile,
                ..
            } => self.add_configuration(address, [application, environment, profile]),
            Address::KmsEnv {
                lambda_context,
                key,
                ..
            } => {
                let key = keys.find_ciphertext_key(key.as_deref());
                let name = PolicyText::default().with_known_or_hole(self.function, Hole::Function);
                if *lambda_context {
                    let context = ContextCondition::ContextKey("LambdaFunctionName");
                    self.grants.add(
                        ("DecryptLambdaVariables", DECRYPT),
                        (address, key),
                        context,
                        [name],
                    );
                } else {
                    self.grants.add(
                        ("DecryptVariables", DECRYPT),
                        (address, key),
                        ContextCondition::NoContext,
                        [],
                    )
                }
            }
            Address::Sealed { .. } => {
                if let Some(pair) = pair {
                    self.add_sealed(address, pair);
                }
            }
            Address::Custom { .. } => {
                self.notes.push(format!(
                    "not covered: {address}: one of the program's own stores reads it"
                ));
            }
            Address::Env { .. } | Address::Value(_) => {}
        }
    }

    /// Adds a configuration of AppConfig. The ARN has IDs only, so a name becomes `*`.
    fn add_configuration(&mut self, address: &Address, parts: [&str; 3]) {
        let location = self.grants.location.locate(address);
        self.configurations
            .push(arn::configuration_arn(&location, parts));
        let quote = |parts: Vec<&str>| format!("`{}`", parts.join("`, `"));
        let (ids, names): (Vec<&str>, Vec<&str>) =
            parts.into_iter().partition(|part| is_app_config_id(part));
        if !names.is_empty() {
            self.notes.push(format!(
                "{address}: the ARN of a configuration has IDs, so the policy has `*` instead of \
                 {}: write the IDs in the source for an exact policy",
                quote(names)
            ));
        }
        if !ids.is_empty() {
            self.notes.push(format!(
                "assumed, not looked up: {} in {address} are IDs of AppConfig, not names",
                quote(ids)
            ));
        }
    }

    /// Adds a sealed file. The permission does not depend on the name of the file, because one call
    /// to KMS is enough to decrypt all sealed values of a stage.
    fn add_sealed(&mut self, address: &Address, pair: &StageKeyPair) {
        let key = self
            .grants
            .keys
            .find_ciphertext_key(pair.kms_key.as_deref());
        let context = ContextCondition::Sealed {
            app: pair.app.clone(),
            stage: pair.stage.clone(),
        };
        self.grants
            .add(("DecryptSealed", DECRYPT), (address, key), context, []);
    }

    fn add_snapshot(&mut self, snapshot: &SnapshotNeed) {
        match &snapshot.pair {
            Some(pair) => {
                let stage = Some(pair.stage.clone());
                self.add_sealed(
                    &Address::Sealed {
                        name: "the snapshot".to_owned(),
                        stage,
                    },
                    pair,
                );
            }
            None => self.notes.push(format!(
                "not covered: the snapshot {}, which is a placeholder: write the snapshot, then \
                 print the policy again",
                snapshot.path
            )),
        }
    }

    fn add_parameter(&mut self, address: &Address, name: &str, secret: bool) {
        let arn = arn::parameter_arn(&self.grants.location.locate(address), name);
        self.parameters.push(arn.clone());
        match ParameterClass::from_name(name) {
            // Parameter Store calls Secrets Manager with the caller's permissions.
            ParameterClass::Secret(id) => self.add_secret(&to_referenced_secret(id, address), id),
            ParameterClass::Own | ParameterClass::Public => {
                let key = self.grants.keys.find_key(address, secret);
                self.grants.add(
                    ("DecryptParameters", DECRYPT),
                    (address, key),
                    ContextCondition::ContextKey("PARAMETER_ARN"),
                    [arn],
                );
            }
        }
    }

    /// Adds a path. Parameter Store checks the permission on the path, not on its parameters. It
    /// also checks the permissions on the KMS keys of all parameters.
    fn add_path(&mut self, address: &Address, path: &str, secret: bool) {
        let arn = arn::parameter_arn(&self.grants.location.locate(address), path);
        self.paths.push(arn.clone());
        self.notes.push(format!(
            "`ssm:GetParametersByPath` on {path} reads all parameters below this path, even if \
             another statement denies the name of a parameter"
        ));
        let key = self.grants.keys.find_key(address, secret);
        self.grants.add(
            ("DecryptParameters", DECRYPT),
            (address, key),
            ContextCondition::ContextKey("PARAMETER_ARN"),
            [arn.with_literal("/*")],
        );
    }

    fn add_secret(&mut self, address: &Address, id: &str) {
        let arns = arn::secret_arns(&self.grants.location.locate(address), id);
        self.secrets.extend(arns.iter().cloned());
        let key = self.grants.keys.find_key(address, true);
        self.grants.add(
            ("DecryptSecrets", DECRYPT),
            (address, key),
            ContextCondition::ContextKey("SecretARN"),
            arns,
        );
    }
}
