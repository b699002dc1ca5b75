//! A scripted KMS. Its cipher reverses the bytes, so that a search for a value does not find its
//! ciphertext.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{Answer, Request};

/// The key that every answer names.
pub(crate) const KEY: &str =
    "arn:aws:kms:eu-west-1:123456789012:key/11111111-1111-1111-1111-111111111111";

/// Returns a ciphertext in base64, as in a variable.
pub(crate) fn to_ciphertext(plaintext: &str) -> String {
    STANDARD.encode(reverse(plaintext.as_bytes()))
}

/// Returns the answer to a `Decrypt` of a ciphertext of this cipher, for any context and key.
pub(crate) fn answer_decrypt(request: &Request) -> Answer {
    answer_reversed(request, "Decrypt", "CiphertextBlob", "Plaintext")
}

/// Returns the answer to an `Encrypt`, for any context and key.
pub(crate) fn answer_encrypt(request: &Request) -> Answer {
    answer_reversed(request, "Encrypt", "Plaintext", "CiphertextBlob")
}

fn answer_reversed(request: &Request, operation: &str, from: &str, to: &str) -> Answer {
    assert_eq!(
        (request.service.as_str(), request.operation.as_str()),
        ("TrentService", operation),
        "{request:?}"
    );
    let bytes = request.body[from].as_str().expect("the body has bytes");
    let bytes = STANDARD
        .decode(bytes)
        .expect("the SDK encodes the bytes in base64");
    Answer::json(
        &json!({ "KeyId": KEY, to: STANDARD.encode(reverse(&bytes)), "EncryptionAlgorithm": "SYMMETRIC_DEFAULT" }),
    )
}

fn reverse(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().rev().copied().collect()
}
