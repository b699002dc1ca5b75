//! The policy of whoever runs `cargo stage set`.

use stage_config_grammar::source::{Address, Source};

use super::Keys;
use super::arn::{self, Parameter};
use super::kms::{Grants, Scope};
use super::needs::Needs;
use super::place::Place;
use super::policy::{Policy, Statement};
use super::text::Text;

/// `set` looks at what is there before it writes, and shows the version.
const PARAMETER: [&str; 3] = ["ssm:GetParameterHistory", "ssm:GetParameters", "ssm:PutParameter"];
/// A key of a JSON secret and a first value are written as a version that becomes the current one only if no other one did first.
const SECRET: [&str; 4] = [
    "secretsmanager:DescribeSecret",
    "secretsmanager:GetSecretValue",
    "secretsmanager:PutSecretValue",
    "secretsmanager:UpdateSecretVersionStage",
];

/// What `set` is allowed for every field of the stage: the first source of each, where it can be written.
pub(crate) fn write(needs: &Needs, place: &Place, keys: &Keys) -> Policy {
    let mut writes = Writes {
        parameters: Vec::new(),
        secrets: Vec::new(),
        new_secrets: Vec::new(),
        grants: Grants::new(place, keys),
        notes: Vec::new(),
    };
    for (source, secret) in &needs.writes {
        writes.source(source, *secret);
    }
    let (encrypt, mut notes) = writes.grants.finish();
    let statements = vec![
        Statement::allow("WriteParameters", &PARAMETER, writes.parameters),
        Statement::allow("WriteSecrets", &SECRET, writes.secrets),
        Statement::allow("CreateSecrets", &["secretsmanager:CreateSecret"], writes.new_secrets),
    ];
    notes.extend(writes.notes);
    Policy::new(statements.into_iter().chain(encrypt).collect(), notes)
}

struct Writes<'a> {
    parameters: Vec<Text>,
    secrets: Vec<Text>,
    new_secrets: Vec<Text>,
    grants: Grants<'a>,
    notes: Vec<String>,
}

impl Writes<'_> {
    fn source(&mut self, source: &Source, secret: bool) {
        let address = &source.address;
        let why = match address {
            Address::Parameter { name, .. } => match Parameter::of(name) {
                Parameter::Own => return self.parameter(source, name, secret),
                Parameter::Public => "AWS writes it",
                Parameter::Secret(_) => "Parameter Store only reads secrets of Secrets Manager",
            },
            Address::Secret { id, .. } => return self.secret(address, id),
            // Its public half is in the repository.
            Address::Sealed { .. } | Address::Value(_) => return,
            Address::KmsEnv { .. } | Address::Env { .. } => "the deployment sets the variable",
            Address::Custom { .. } => "a store of the program's own keeps it",
        };
        self.notes.push(format!("not covered: {address}: {why}"));
    }

    fn parameter(&mut self, source: &Source, name: &str, secret: bool) {
        // Of the standard tier, of the advanced tier, and of the other keys of a JSON text.
        const ENCRYPT: &[&str] = &["kms:Encrypt", "kms:GenerateDataKey"];
        const CHANGE: &[&str] = &["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"];
        let address = &source.address;
        let arn = arn::of_parameter(&self.grants.place.of(address), name);
        self.parameters.push(arn.clone());
        let actions = if source.key.is_some() { CHANGE } else { ENCRYPT };
        let key = self.grants.keys.of(address, secret);
        self.grants.add(("EncryptParameters", actions), (address, key), Scope::Key("PARAMETER_ARN"), [arn]);
    }

    fn secret(&mut self, address: &Address, id: &str) {
        const ENCRYPT: &[&str] = &["kms:Decrypt", "kms:GenerateDataKey"];
        let arns = arn::of_secret(&self.grants.place.of(address), id);
        self.secrets.extend(arns.iter().cloned());
        if !arn::is_whole(id) {
            self.new_secrets.extend(arns.iter().filter(|arn| arn.has_wildcards()).cloned());
        }
        let key = self.grants.keys.of(address, true);
        self.grants.add(("EncryptSecrets", ENCRYPT), (address, key), Scope::Key("SecretARN"), arns);
    }
}
