//! Secrets and the answers of Secrets Manager, following the service's model.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::answer::not_authorized;
use super::{Answer, Request};

/// The content of a secret, or the reason why no content is returned.
#[derive(Debug, Clone)]
pub enum Secret {
    /// A `SecretString`.
    Text(String),
    /// A secret without a value.
    Empty,
    /// A secret that is marked for deletion.
    Deleted,
    /// A secret that no policy allows the caller to read.
    Denied,
    /// An error of the service, with its code and message.
    Fault(&'static str, &'static str),
}

impl Secret {
    /// Returns a `SecretString`.
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// Returns the JSON of an answer to `GetSecretValue`, which is also an item in the
    /// `SecretValues` of a batch. Returns the code and message of the error if there is no content.
    fn json(&self, name: &str) -> Result<Value, (&'static str, String)> {
        match self {
            Self::Text(text) => Ok(json!({
                "ARN": arn(name),
                "Name": name,
                "VersionId": VERSION,
                "SecretString": text,
                "VersionStages": ["AWSCURRENT"],
                "CreatedDate": 1.7e9,
            })),
            Self::Empty => Err((
                "ResourceNotFoundException",
                "Secrets Manager can't find the specified secret value for staging label: \
                 AWSCURRENT".to_owned(),
            )),
            Self::Deleted => Err((
                "InvalidRequestException",
                "You can't perform this operation on the secret because it was marked for deletion.".to_owned(),
            )),
            Self::Denied => Err(("AccessDeniedException", not_authorized("secretsmanager:GetSecretValue", &arn(name)))),
            Self::Fault(code, message) => Err((code, (*message).to_owned())),
        }
    }
}

/// The id of the version of every secret in this module.
pub const VERSION: &str = "00000000-0000-4000-8000-000000000001";

/// Returns the ARN of a secret. Secrets Manager chooses the last six characters of an ARN; here
/// they are always `AbCdEf`.
pub fn arn(name: &str) -> String {
    format!("arn:aws:secretsmanager:eu-west-1:123456789012:secret:{name}-AbCdEf")
}

/// The secrets of an account, by name.
#[derive(Debug, Clone, Default)]
pub struct Secrets(BTreeMap<String, Secret>);

impl Secrets {
    /// Adds a secret.
    pub fn with(mut self, name: &str, secret: Secret) -> Self {
        self.0.insert(name.to_owned(), secret);
        self
    }

    /// Creates secrets with these texts.
    pub fn texts<'a>(texts: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        texts
            .into_iter()
            .fold(Self::default(), |all, (name, text)| {
                all.with(name, Secret::text(text))
            })
    }

    /// Returns the answer of the service, including its refusals.
    pub fn answer(&self, request: &Request) -> Answer {
        match (
            request.service.as_str(),
            request.operation.as_str(),
            request.names.as_slice(),
        ) {
            ("secretsmanager", "GetSecretValue", [id]) => self.answer_single(id),
            ("secretsmanager", "BatchGetSecretValue", ids) if (1..=20).contains(&ids.len()) => {
                Answer::json(&self.batch_body(ids))
            }
            _ => Answer::error(
                400,
                "InvalidParameterException",
                &format!("unknown call: {request:?}"),
            ),
        }
    }

    fn answer_single(&self, id: &str) -> Answer {
        match self.look_up(id) {
            Ok(found) => Answer::json(&found),
            Err(("InternalServiceError", message)) => {
                Answer::error(500, "InternalServiceError", &message)
            }
            Err((code, message)) => Answer::error(400, code, &message),
        }
    }

    /// Returns the body of a batch's answer, which a script can change. The secrets are not in
    /// the order of the request.
    pub fn batch_body(&self, ids: &[String]) -> Value {
        let (mut found, mut errors) = (Vec::new(), Vec::new());
        for id in ids.iter().rev() {
            match self.look_up(id) {
                Ok(secret) => found.push(secret),
                Err((code, message)) => {
                    errors.push(json!({ "SecretId": id, "ErrorCode": code, "Message": message }))
                }
            }
        }
        json!({ "SecretValues": found, "Errors": errors })
    }

    /// Finds a secret by its name, its ARN, or its ARN without the hyphen and six characters at the
    /// end.
    fn look_up(&self, id: &str) -> Result<Value, (&'static str, String)> {
        let matches = |name: &str| {
            id == name || id == arn(name) || arn(name).strip_suffix("-AbCdEf") == Some(id)
        };
        match self.0.iter().find(|(name, _)| matches(name)) {
            Some((name, secret)) => secret.json(name),
            None => Err((
                "ResourceNotFoundException",
                "Secrets Manager can't find the specified secret.".to_owned(),
            )),
        }
    }
}
