//! The policy of a program that loads its configuration.

use stage_config_grammar::source::Address;

use super::Keys;
use super::arn::{self, Parameter};
use super::kms::{Grants, Scope};
use super::needs::{Needs, Pair, SnapshotNeed, behind};
use super::place::Place;
use super::policy::{Policy, Statement};
use super::text::{Hole, Text};

const DECRYPT: &[&str] = &["kms:Decrypt"];

/// What a load of the stage is allowed: its addresses, and the keys that encrypt them. `function` is the Lambda function.
pub(crate) fn read(needs: &Needs, place: &Place, keys: &Keys, function: Option<&str>) -> Policy {
    let mut reads = Reads {
        parameters: Vec::new(),
        secrets: Vec::new(),
        grants: Grants::new(place, keys),
        notes: Vec::new(),
        function,
    };
    for (address, secret) in &needs.reads {
        reads.address(address, *secret, needs.pairs.get(address));
    }
    if let Some(snapshot) = &needs.snapshot {
        reads.snapshot(snapshot);
    }
    let mut statements = vec![
        Statement::allow("ReadParameters", &["ssm:GetParameters"], reads.parameters),
        Statement::allow("ReadSecrets", &["secretsmanager:GetSecretValue"], reads.secrets),
    ];
    if needs.batches {
        // It has no resources: each secret is judged by the statement before.
        let batch = ["secretsmanager:BatchGetSecretValue"];
        statements.push(Statement::allow("BatchReadSecrets", &batch, [Text::from("*")]));
    }
    let (decrypt, mut notes) = reads.grants.finish();
    statements.extend(decrypt);
    notes.extend(reads.notes);
    Policy::new(statements, notes)
}

struct Reads<'a> {
    parameters: Vec<Text>,
    secrets: Vec<Text>,
    grants: Grants<'a>,
    notes: Vec<String>,
    function: Option<&'a str>,
}

impl Reads<'_> {
    fn address(&mut self, address: &Address, secret: bool, pair: Option<&Pair>) {
        let keys = self.grants.keys;
        match address {
            Address::Parameter { name, .. } => self.parameter(address, name, secret),
            Address::Secret { id, .. } => self.secret(address, id),
            Address::KmsEnv { lambda_context, key, .. } => {
                let key = keys.of_ciphertext(key.as_deref());
                let name = Text::default().with_known(self.function, Hole::Function);
                match lambda_context {
                    true => {
                        let scope = Scope::Key("LambdaFunctionName");
                        self.grants.add(("DecryptLambdaVariables", DECRYPT), (address, key), scope, [name]);
                    }
                    false => self.grants.add(("DecryptVariables", DECRYPT), (address, key), Scope::Without, []),
                }
            }
            Address::Sealed { .. } => {
                if let Some(pair) = pair {
                    self.sealed(address, pair);
                }
            }
            Address::Custom { .. } => {
                self.notes.push(format!("not covered: {address}, which a store of the program's own reads"));
            }
            Address::Env { .. } | Address::Value(_) => {}
        }
    }

    /// One call opens all that is sealed for a stage.
    fn sealed(&mut self, address: &Address, pair: &Pair) {
        let key = self.grants.keys.of_ciphertext(pair.kms_key.as_deref());
        let scope = Scope::Sealed { app: pair.app.clone(), stage: pair.stage.clone() };
        self.grants.add(("DecryptSealed", DECRYPT), (address, key), scope, []);
    }

    fn snapshot(&mut self, snapshot: &SnapshotNeed) {
        match &snapshot.pair {
            Some(pair) => {
                let stage = Some(pair.stage.clone());
                self.sealed(&Address::Sealed { name: "the snapshot".to_owned(), stage }, pair);
            }
            None => self.notes.push(format!(
                "not covered: the snapshot {}, which is a placeholder: when it is written, print the policy anew",
                snapshot.path
            )),
        }
    }

    fn parameter(&mut self, address: &Address, name: &str, secret: bool) {
        let arn = arn::of_parameter(&self.grants.place.of(address), name);
        self.parameters.push(arn.clone());
        match Parameter::of(name) {
            // Parameter Store asks Secrets Manager in the caller's name.
            Parameter::Secret(id) => self.secret(&behind(id, address), id),
            Parameter::Own | Parameter::Public => {
                let key = self.grants.keys.of(address, secret);
                self.grants.add(("DecryptParameters", DECRYPT), (address, key), Scope::Key("PARAMETER_ARN"), [arn]);
            }
        }
    }

    fn secret(&mut self, address: &Address, id: &str) {
        let arns = arn::of_secret(&self.grants.place.of(address), id);
        self.secrets.extend(arns.iter().cloned());
        let key = self.grants.keys.of(address, true);
        self.grants.add(("DecryptSecrets", DECRYPT), (address, key), Scope::Key("SecretARN"), arns);
    }
}
