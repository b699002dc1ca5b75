//! The operations of the services. A request is the operation (the last part of `X-Amz-Target`)
//! and a JSON body; the answer is an HTTP status and a JSON body.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use coldstart_keys::value;
use serde_json::{Value, json};

const ACCOUNT: &str = "us-east-1:111122223333";

/// An HTTP status and a body.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Value,
}

/// Returns the answer of the service that has the operation.
pub(crate) fn answer(operation: &str, body: &[u8]) -> Answer {
    let Ok(request) = serde_json::from_slice::<Value>(body) else {
        return refuse("SerializationException", "the body is not JSON");
    };
    let text = |key: &str| request[key].as_str().unwrap_or_default();
    match operation {
        "GetParameter" => accept(json!({ "Parameter": parameter(text("Name")) })),
        "GetParameters" => match names(&request["Names"], 10) {
            Some(names) => accept(json!({
                "InvalidParameters": [],
                "Parameters": names.into_iter().map(parameter).collect::<Vec<_>>(),
            })),
            None => refuse("ValidationException", "Names must have 1 to 10 items"),
        },
        "GetSecretValue" => accept(secret(text("SecretId"))),
        "BatchGetSecretValue" => match names(&request["SecretIdList"], 20) {
            Some(names) => accept(json!({
                "Errors": [],
                "SecretValues": names.into_iter().map(secret).collect::<Vec<_>>(),
            })),
            None => refuse(
                "InvalidParameterException",
                "SecretIdList must have 1 to 20 items",
            ),
        },
        "GetItem" => match request["Key"]["key"]["S"].as_str() {
            Some(key) => accept(json!({ "Item": { "value": { "S": value(key) } } })),
            None => refuse(
                "ValidationException",
                "Key must have a text attribute `key`",
            ),
        },
        "Decrypt" => decrypt(text("CiphertextBlob")),
        _ => refuse(
            "UnknownOperationException",
            "the endpoint has no such operation",
        ),
    }
}

/// Returns the texts of a list. Returns `None` unless the list has 1 to `limit` texts.
fn names(list: &Value, limit: usize) -> Option<Vec<&str>> {
    let names: Vec<&str> = list.as_array()?.iter().filter_map(Value::as_str).collect();
    (1..=limit).contains(&names.len()).then_some(names)
}

fn parameter(name: &str) -> Value {
    json!({
        "ARN": format!("arn:aws:ssm:{ACCOUNT}:parameter{name}"),
        "DataType": "text",
        "LastModifiedDate": 1.7e9,
        "Name": name,
        "Type": "SecureString",
        "Value": value(name),
        "Version": 1,
    })
}

fn secret(name: &str) -> Value {
    json!({
        "ARN": format!("arn:aws:secretsmanager:{ACCOUNT}:secret:{name}-AbCdEf"),
        "CreatedDate": 1.7e9,
        "Name": name,
        "SecretString": value(name),
        "VersionId": "6f4bd1a2-9f4b-4b3c-8c1e-0123456789ab",
        "VersionStages": ["AWSCURRENT"],
    })
}

/// Decrypts a ciphertext, which is the name of a key. The plaintext is the value of the key.
fn decrypt(ciphertext: &str) -> Answer {
    let name = BASE64_STANDARD.decode(ciphertext).ok();
    match name.and_then(|name| String::from_utf8(name).ok()) {
        Some(name) => accept(json!({
            "EncryptionAlgorithm": "SYMMETRIC_DEFAULT",
            "KeyId": format!("arn:aws:kms:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"),
            "Plaintext": BASE64_STANDARD.encode(value(&name)),
        })),
        None => refuse(
            "InvalidCiphertextException",
            "the ciphertext is not the name of a key",
        ),
    }
}

fn accept(body: Value) -> Answer {
    Answer { status: 200, body }
}

fn refuse(kind: &str, message: &str) -> Answer {
    Answer {
        status: 400,
        body: json!({ "__type": kind, "message": message }),
    }
}
