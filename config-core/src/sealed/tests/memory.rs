//! A KMS in memory. It keeps every plaintext that it encrypted. Like the real KMS, it compares
//! contexts exactly.

use crate::{
    aws::classify,
    outcome::Outcome,
    sealed::kms::{EncryptionContext, WrappedKey},
};
use aws_smithy_runtime_api::{client::result::SdkError, http::Response};
use aws_smithy_types::{body::SdkBody, error::ErrorMetadata};
use std::{sync::Mutex, time::Duration};
use zeroize::Zeroizing;

#[derive(Default)]
pub(crate) struct MemoryKms(Mutex<State>);

#[derive(Default)]
struct State {
    encrypted: Vec<Encrypted>,
    contexts: Vec<Pairs>,
    decrypts: usize,
    failures: Vec<(&'static str, u16)>,
    corrupts: bool,
    delay: Duration,
}

type Pairs = Vec<(String, String)>;

struct Encrypted {
    ciphertext: Vec<u8>,
    key: String,
    context: Pairs,
    plaintext: Vec<u8>,
}

/// Returns the ARN of a key, which may be named by its ARN or by another name.
pub(crate) fn key_arn(key: &str) -> String {
    if key.starts_with("arn:") {
        return key.to_owned();
    }
    format!(
        "arn:aws:kms:eu-west-1:111122223333:key/{}",
        key.replace('/', "-")
    )
}

fn to_pairs(context: &EncryptionContext<'_>) -> Pairs {
    context
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

impl MemoryKms {
    pub(crate) fn fail_once(&self, code: &'static str, status: u16) {
        self.0.lock().unwrap().failures.push((code, status));
    }

    /// Makes every later `Decrypt` return a wrong plaintext, like a server without an integrity
    /// check.
    pub(crate) fn corrupt(&self) {
        self.0.lock().unwrap().corrupts = true;
    }

    /// Delays each later `Decrypt`.
    pub(crate) fn delay(&self, delay: Duration) {
        self.0.lock().unwrap().delay = delay;
    }

    pub(in crate::sealed) async fn wait(&self) {
        let delay = self.0.lock().unwrap().delay;
        // Most tests run without timers.
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
    }

    /// Returns the contexts of all calls.
    pub(crate) fn contexts(&self) -> Vec<Pairs> {
        self.0.lock().unwrap().contexts.clone()
    }

    pub(crate) fn decrypts(&self) -> usize {
        self.0.lock().unwrap().decrypts
    }

    pub(in crate::sealed) fn encrypt(
        &self,
        key: &str,
        plaintext: &[u8],
        context: &EncryptionContext<'_>,
    ) -> Result<WrappedKey, Outcome> {
        let mut state = self.0.lock().unwrap();
        state.contexts.push(to_pairs(context));
        state.take_failure()?;
        let ciphertext = format!("ciphertext {}", state.encrypted.len()).into_bytes();
        let (key, context, plaintext) = (key_arn(key), to_pairs(context), plaintext.to_vec());
        state.encrypted.push(Encrypted {
            ciphertext: ciphertext.clone(),
            key: key.clone(),
            context,
            plaintext,
        });
        Ok(WrappedKey {
            ciphertext,
            key: Some(key),
        })
    }

    pub(in crate::sealed) fn decrypt(
        &self,
        key: Option<&str>,
        ciphertext: &[u8],
        context: &EncryptionContext<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, Outcome> {
        let mut state = self.0.lock().unwrap();
        state.decrypts += 1;
        state.contexts.push(to_pairs(context));
        state.take_failure()?;

        let encrypted = state
            .encrypted
            .iter()
            .find(|encrypted| encrypted.ciphertext == ciphertext);
        let Some(encrypted) = encrypted.filter(|encrypted| encrypted.context == to_pairs(context))
        else {
            return Err(service_error_outcome("InvalidCiphertextException", 400));
        };
        if key.is_some_and(|key| key_arn(key) != encrypted.key) {
            return Err(service_error_outcome("IncorrectKeyException", 400));
        }

        let mut plaintext = Zeroizing::new(encrypted.plaintext.clone());
        if state.corrupts {
            plaintext.iter_mut().for_each(|byte| *byte ^= 0x55);
        }
        Ok(plaintext)
    }
}

impl State {
    fn take_failure(&mut self) -> Result<(), Outcome> {
        self.failures.pop().map_or(Ok(()), |(code, status)| {
            Err(service_error_outcome(code, status))
        })
    }
}

/// Returns the outcome that `classify` returns for an error of the SDK.
fn service_error_outcome(code: &str, status: u16) -> Outcome {
    let raw = Response::new(status.try_into().unwrap(), SdkBody::empty());
    classify(&SdkError::service_error(
        ErrorMetadata::builder().code(code).build(),
        raw,
    ))
}
