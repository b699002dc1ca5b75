//! The two calls to KMS: wrap a private half, unwrap it.

use super::error::{FileLocation, KmsCall, SealedError, SealedErrorKind, SealedFault};
use super::file_format;
use crate::{
    aws::{self, classify},
    failure::FailureKind,
    outcome::{Failed, Outcome},
};
use aws_sdk_kms::{
    Client,
    config::{Builder, IdentityCache},
    primitives::Blob,
};
use aws_types::SdkConfig;
use std::fmt;
use zeroize::Zeroizing;

/// What Vinz (github.com/bjacobel/vinz) encrypts with.
const VINZ_CONTEXT: [(&str, &str); 1] = [("vinzEncryptionContext", "encrypted by github.com/bjacobel/vinz")];

/// KMS, for [`StageKey::create`](super::StageKey::create) and [`StageKey::unlock`](super::StageKey::unlock).
///
/// A key's ARN names the region that is asked.
#[derive(Clone)]
pub struct KmsClient(KmsBackend);

#[derive(Clone)]
enum KmsBackend {
    Aws(Box<SdkConfig>),
    #[cfg(test)]
    Memory(std::sync::Arc<super::tests::memory::MemoryKms>),
}

/// A plaintext that KMS encrypted.
pub(super) struct WrappedKey {
    pub(super) ciphertext: Vec<u8>,
    /// The key's ARN, whatever name it was called by.
    pub(super) key: Option<String>,
}

/// The name and the text of each pair, which KMS compares to the letter.
pub(super) type EncryptionContext<'a> = [(&'static str, &'a str)];

impl KmsClient {
    /// KMS with the credentials and the region of the environment, or of the chain of `aws-config` where that cargo feature is
    /// on.
    ///
    /// # Errors
    ///
    /// [`SealedErrorKind::Kms`] of [`FailureKind::Credentials`](crate::FailureKind::Credentials), where they cannot be read.
    pub async fn from_environment() -> Result<Self, SealedError> {
        let asked = KmsCall { action: "kms:Decrypt", key: None, context: &[] };
        let failed = |failed| asked.to_error(Outcome::Failed(failed), "KMS".to_owned());
        let config = aws::load_from_environment().await.map_err(failed)?;
        // Without them the call itself would fail like one without a network.
        aws::fetch_credentials(&config).await.map_err(failed)?;
        Ok(Self::new(&config))
    }

    /// KMS with the program's own AWS configuration: its credentials, region, HTTP client, endpoints and retries.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self(KmsBackend::Aws(Box::new(config.clone())))
    }

    #[cfg(test)]
    pub(crate) fn in_memory(memory: std::sync::Arc<super::tests::memory::MemoryKms>) -> Self {
        Self(KmsBackend::Memory(memory))
    }

    pub(super) async fn encrypt(
        &self,
        key: &str,
        plaintext: &[u8],
        context: &EncryptionContext<'_>,
    ) -> Result<WrappedKey, Outcome> {
        match &self.0 {
            KmsBackend::Aws(config) => encrypt(config, key, plaintext, context).await,
            #[cfg(test)]
            KmsBackend::Memory(memory) => memory.encrypt(key, plaintext, context),
        }
    }

    /// `key` pins the KMS key that may have encrypted it.
    pub(super) async fn decrypt(
        &self,
        key: Option<&str>,
        ciphertext: &[u8],
        context: &EncryptionContext<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, Outcome> {
        match &self.0 {
            KmsBackend::Aws(config) => decrypt(config, key, ciphertext, context).await,
            #[cfg(test)]
            KmsBackend::Memory(memory) => {
                memory.wait().await;
                memory.decrypt(key, ciphertext, context)
            }
        }
    }
}

/// Never the key or the credentials in it.
impl fmt::Debug for KmsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kms").finish_non_exhaustive()
    }
}

/// Decrypts a file that Vinz wrote: the bytes of one KMS ciphertext.
///
/// # Errors
///
/// What KMS says, as [`Kms`](super::SealedErrorKind::Kms): `WrongContext` for a file that Vinz did not write or that is damaged,
/// `Denied`, and so on; without a call [`TooLarge`](super::SealedErrorKind::TooLarge) for what
/// KMS would not take, and [`Malformed`](super::SealedErrorKind::Malformed) for an empty file.
pub async fn import_vinz(kms: &KmsClient, file: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealedError> {
    let asked = KmsCall { action: "kms:Decrypt", key: None, context: &VINZ_CONTEXT };
    if file.is_empty() || file.len() > file_format::KEY.max_body {
        let detail = format!("it has {} bytes, which no KMS ciphertext has", file.len());
        let kind = if file.is_empty() { SealedErrorKind::Malformed } else { SealedErrorKind::TooLarge };
        return Err(SealedFault::new(kind, detail).into_error(&FileLocation::Vinz));
    }
    kms.decrypt(None, file, &VINZ_CONTEXT)
        .await
        .map_err(|outcome| asked.to_error(outcome, FileLocation::Vinz.subject()))
}

async fn encrypt(
    config: &SdkConfig,
    key: &str,
    plaintext: &[u8],
    context: &EncryptionContext<'_>,
) -> Result<WrappedKey, Outcome> {
    let mut call = client(config, Some(key))?.encrypt().key_id(key).plaintext(Blob::new(plaintext));
    for (name, value) in context {
        call = call.encryption_context(*name, *value);
    }
    let answer = call.send().await.map_err(|error| classify(&error))?;
    let ciphertext = answer.ciphertext_blob.ok_or_else(|| missing_part("ciphertext"))?;
    Ok(WrappedKey { ciphertext: ciphertext.into_inner(), key: answer.key_id })
}

async fn decrypt(
    config: &SdkConfig,
    key: Option<&str>,
    ciphertext: &[u8],
    context: &EncryptionContext<'_>,
) -> Result<Zeroizing<Vec<u8>>, Outcome> {
    let mut call = client(config, key)?.decrypt().set_key_id(key.map(str::to_owned));
    for (name, value) in context {
        call = call.encryption_context(*name, *value);
    }
    let answer = call.ciphertext_blob(Blob::new(ciphertext)).send().await.map_err(|error| classify(&error))?;
    let plaintext = answer.plaintext.ok_or_else(|| missing_part("plaintext"))?;
    Ok(Zeroizing::new(plaintext.into_inner()))
}

fn client(config: &SdkConfig, key: Option<&str>) -> Result<Client, Outcome> {
    let region = aws::choose_region(config, key.and_then(parse_region)).map_err(Outcome::Failed)?;
    let builder = Builder::from(config).region(region).identity_cache(IdentityCache::no_cache());
    Ok(Client::from_conf(builder.build()))
}

/// The region of `arn:aws:kms:eu-west-1:111122223333:key/…`.
fn parse_region(key: &str) -> Option<&str> {
    key.strip_prefix("arn:")?.split(':').nth(2).filter(|region| !region.is_empty())
}

fn missing_part(what: &str) -> Outcome {
    Outcome::Failed(Failed::new(FailureKind::InvalidAnswer, format!("the answer has no {what}")))
}
