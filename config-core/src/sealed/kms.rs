//! The two KMS calls: `Encrypt` wraps the private half of a stage key; `Decrypt` unwraps it, or
//! decrypts a file of Vinz.

use super::error::{FileLocation, KmsCall, SealedError, SealedErrorKind, SealedFault};
use super::file_format;
use crate::{
    aws::{self, RegionClients, classify},
    failure::FailureKind,
    outcome::{Failed, Outcome},
};
use aws_sdk_kms::{
    Client,
    config::{Builder, IdentityCache},
    primitives::Blob,
};
use aws_types::SdkConfig;
use futures_util::FutureExt as _;
use stage_config_grammar::arn::Arn;
use std::{fmt, sync::Arc};
use zeroize::Zeroizing;

/// The encryption context of Vinz (github.com/bjacobel/vinz).
const VINZ_CONTEXT: [(&str, &str); 1] = [(
    "vinzEncryptionContext",
    "encrypted by github.com/bjacobel/vinz",
)];

/// The KMS client of [`StageKey::create`](super::StageKey::create),
/// [`StageKey::unlock`](super::StageKey::unlock) and [`import_vinz`].
///
/// The ARN of a key determines the region of a call. If a key is named in another way, the client
/// uses the region of its configuration.
#[derive(Clone)]
pub struct KmsClient(KmsBackend);

#[derive(Clone)]
enum KmsBackend {
    Aws(Arc<AwsKms>),
    #[cfg(test)]
    Memory(Arc<super::tests::memory::MemoryKms>),
}

struct AwsKms {
    config: SdkConfig,
    clients: RegionClients<Client>,
}

/// A private half that KMS encrypted.
pub(super) struct WrappedKey {
    pub(super) ciphertext: Vec<u8>,
    /// The ARN of the KMS key in the answer, even if the call named the key differently.
    pub(super) key: Option<String>,
}

/// The names and values of an encryption context, which KMS compares exactly.
pub(super) type EncryptionContext<'a> = [(&'static str, &'a str)];

impl KmsClient {
    /// Creates a client with the credentials and the region of the environment, or of `aws-config`
    /// if that cargo feature is on.
    ///
    /// # Errors
    ///
    /// Returns [`SealedErrorKind::Kms`] with
    /// [`FailureKind::Credentials`](crate::FailureKind::Credentials) if the credentials cannot be
    /// read, or with [`FailureKind::Unavailable`](crate::FailureKind::Unavailable) if another
    /// setting of the environment cannot be used.
    pub async fn from_environment() -> Result<Self, SealedError> {
        let kms_call = KmsCall {
            action: "kms:Decrypt",
            key: None,
            context: &[],
        };
        let failed = |failed| kms_call.to_error(Outcome::Failed(failed), "KMS".to_owned());
        let config = aws::load_from_environment(None).await.map_err(failed)?;

        // Without this check, missing credentials would be reported as a network error.
        aws::fetch_credentials(&config, aws::CredentialOrigin::Environment)
            .await
            .map_err(failed)?;
        Ok(Self::new(&config))
    }

    /// Creates a client with the program's own AWS configuration: its credentials, region, HTTP
    /// client, endpoints and retries.
    #[must_use]
    pub fn new(config: &SdkConfig) -> Self {
        Self(KmsBackend::Aws(Arc::new(AwsKms {
            config: config.clone(),
            clients: RegionClients::default(),
        })))
    }

    #[cfg(test)]
    pub(crate) fn in_memory(memory: Arc<super::tests::memory::MemoryKms>) -> Self {
        Self(KmsBackend::Memory(memory))
    }

    pub(super) async fn encrypt(
        &self,
        key: &str,
        plaintext: &[u8],
        context: &EncryptionContext<'_>,
    ) -> Result<WrappedKey, Outcome> {
        match &self.0 {
            KmsBackend::Aws(kms) => encrypt(kms, key, plaintext, context).await,
            #[cfg(test)]
            KmsBackend::Memory(memory) => memory.encrypt(key, plaintext, context),
        }
    }

    /// Decrypts a ciphertext. `key` is the only KMS key that may have encrypted it; `None` permits
    /// any key.
    pub(super) async fn decrypt(
        &self,
        key: Option<&str>,
        ciphertext: &[u8],
        context: &EncryptionContext<'_>,
    ) -> Result<Zeroizing<Vec<u8>>, Outcome> {
        match &self.0 {
            KmsBackend::Aws(kms) => decrypt(kms, key, ciphertext, context).await,
            #[cfg(test)]
            KmsBackend::Memory(memory) => {
                memory.wait().await;
                memory.decrypt(key, ciphertext, context)
            }
        }
    }
}

/// Prints no part of the configuration, which contains the credentials.
impl fmt::Debug for KmsClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KmsClient").finish_non_exhaustive()
    }
}

/// Decrypts a file that Vinz wrote: the bytes of one KMS ciphertext.
///
/// # Errors
///
/// Returns the errors of KMS as [`Kms`](super::SealedErrorKind::Kms) with their kind, such as
/// `Denied`, or `WrongContext` if Vinz did not write the file or the file is damaged. Without a
/// call, returns [`TooLarge`](super::SealedErrorKind::TooLarge) if the file exceeds the limit of
/// KMS, and [`Malformed`](super::SealedErrorKind::Malformed) if it is empty.
pub async fn import_vinz(kms: &KmsClient, file: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealedError> {
    let kms_call = KmsCall {
        action: "kms:Decrypt",
        key: None,
        context: &VINZ_CONTEXT,
    };

    if file.is_empty() || file.len() > file_format::KEY.max_body {
        let detail = format!("it has {} bytes, so it is not a KMS ciphertext", file.len());
        let kind = if file.is_empty() {
            SealedErrorKind::Malformed
        } else {
            SealedErrorKind::TooLarge
        };
        return Err(SealedFault::new(kind, detail).into_error(&FileLocation::Vinz));
    }

    kms.decrypt(None, file, &VINZ_CONTEXT)
        .await
        .map_err(|outcome| kms_call.to_error(outcome, FileLocation::Vinz.subject()))
}

async fn encrypt(
    kms: &AwsKms,
    key: &str,
    plaintext: &[u8],
    context: &EncryptionContext<'_>,
) -> Result<WrappedKey, Outcome> {
    let mut call = kms
        .client(Some(key))?
        .encrypt()
        .key_id(key)
        .plaintext(Blob::new(plaintext));
    for (name, value) in context {
        call = call.encryption_context(*name, *value);
    }
    let answer = call.send().await.map_err(|error| classify(&error))?;
    let ciphertext = answer
        .ciphertext_blob
        .ok_or_else(|| missing_part("ciphertext"))?;
    Ok(WrappedKey {
        ciphertext: ciphertext.into_inner(),
        key: answer.key_id,
    })
}

async fn decrypt(
    kms: &AwsKms,
    key: Option<&str>,
    ciphertext: &[u8],
    context: &EncryptionContext<'_>,
) -> Result<Zeroizing<Vec<u8>>, Outcome> {
    let mut call = kms
        .client(key)?
        .decrypt()
        .set_key_id(key.map(str::to_owned));
    for (name, value) in context {
        call = call.encryption_context(*name, *value);
    }
    // The type of the SDK's future is deeply nested. Without the box, a program that awaits a load
    // inside of a few futures of its own would exceed the compiler's recursion limit.
    let sending = call.ciphertext_blob(Blob::new(ciphertext)).send().boxed();
    let answer = sending.await.map_err(|error| classify(&error))?;
    let plaintext = answer.plaintext.ok_or_else(|| missing_part("plaintext"))?;
    Ok(Zeroizing::new(plaintext.into_inner()))
}

impl AwsKms {
    /// Returns the client for the region in a key's ARN, or else for the region of the
    /// configuration.
    fn client(&self, key: Option<&str>) -> Result<Client, Outcome> {
        let builder = |region| {
            Builder::from(&self.config)
                .region(region)
                .identity_cache(IdentityCache::no_cache())
        };
        let build = |region| Client::from_conf(builder(region).build());
        self.clients
            .get_or_build(
                &self.config,
                (key.and_then(|key| Arn::parse(key)?.region), None),
                build,
            )
            .map_err(Outcome::Failed)
    }
}

fn missing_part(part: &str) -> Outcome {
    Outcome::Failed(Failed::new(
        FailureKind::InvalidAnswer,
        format!("the answer has no {part}"),
    ))
}
