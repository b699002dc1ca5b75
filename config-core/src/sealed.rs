//! Sealed files: encrypted values that are committed to git, next to the code.
//!
//! Each stage has a key pair. The public half seals values. It is in the repository, so sealing a
//! value needs neither AWS nor permission to read any value. The private half opens values. It is
//! in the same file, wrapped by KMS under the encryption context `{"app": APP, "stage": STAGE}`.
//! Therefore the policy of the KMS key decides who may open the values of a stage.
//!
//! | file | content |
//! |---|---|
//! | `sealed/STAGE/stage.key` | the key pair: the public half in clear, the private half wrapped |
//! | `sealed/STAGE/NAME` | one value, sealed for this app, stage, name and key pair |
//! | `sealed/STAGE.snapshot`, or `snapshot = "…"` | all values, sealed for app, stage and key pair |
//!
//! The encryption is HPKE (RFC 9180) in base mode, with X25519, HKDF-SHA256 and ChaCha20Poly1305.
//! App, stage, name and public half are bound to each value: a file that is renamed, or moved to
//! another stage or app, does not open. A file does not prove who sealed it; the history of git
//! does. The length of a value is visible in its file.
//!
//! A value has at most 1 MiB. A field receives UTF-8 as text, and all other values as bytes. For a
//! field of bytes, seal base64: a binary value that happens to be valid UTF-8 would be read as
//! text.
//!
//! ```no_run
//! use stage_config::sealed::{KmsClient, SealedError, SealedValue, StageKey};
//!
//! # async fn example() -> Result<(), SealedError> {
//! // Once for each stage. Write the text to sealed/prod/stage.key.
//! let kms = KmsClient::from_environment().await?;
//! let key = StageKey::create(&kms, "alias/payments-prod", "payments", "prod").await?;
//!
//! // Sealing needs only that file. Write the text to sealed/prod/stripe_key.
//! let text = key.seal("stripe_key", b"sk_live_1")?.to_string();
//!
//! // Opening needs permission in KMS: one call for all values of the stage.
//! let value = SealedValue::parse(&text)?;
//! let plaintext = key.unlock(&kms).await?.open(&value, "stripe_key")?;
//! # Ok(())
//! # }
//! ```

mod check_names;
mod cipher;
mod error;
mod file_format;
#[cfg(feature = "fuzzing")]
pub(crate) mod fuzzing;
mod key_ring;
mod kms;
mod snapshot;
#[cfg(test)]
pub(crate) mod tests;

pub use error::{SealedError, SealedErrorKind};
pub(crate) use key_ring::KeyRing;
pub use kms::{KmsClient, import_vinz};
pub use snapshot::SealedSnapshot;
pub(crate) use snapshot::SnapshotHeaders;

use check_names::{check_file, check_kms_key, check_owner, check_same};
use cipher::{AssociatedData, OVERHEAD, PrivateKey, PublicKey};
use error::{FileLocation, KmsCall, SealedFault};
use std::fmt;
use zeroize::Zeroizing;

/// The file name of a stage's key pair. A value cannot have this name.
pub const KEY_FILE: &str = stage_config_grammar::source::SEALED_KEY_FILE;

/// Returns the path of a value's file, relative to the package's root: `sealed/prod/stripe_key`.
#[must_use]
pub fn value_path(stage: &str, name: &str) -> String {
    format!("sealed/{stage}/{name}")
}

/// Returns the path of a stage's key pair, relative to the package's root: `sealed/prod/stage.key`.
#[must_use]
pub fn key_path(stage: &str) -> String {
    value_path(stage, KEY_FILE)
}

/// The app and the stage that a key pair belongs to, and its public half.
#[derive(Clone, PartialEq, Eq)]
struct KeyOwner {
    app: String,
    stage: String,
    public: PublicKey,
}

/// A stage's key pair as stored in its file: the public half, and the private half wrapped by KMS.
///
/// `Display` writes the file. The public half and the name of the KMS key are in clear, and the
/// file does not prove that they are the intended ones: check who committed it.
/// [`unlock`](Self::unlock) detects a replaced public half, but the person who replaced it can open
/// all values that were sealed with it.
#[derive(Clone, PartialEq, Eq)]
pub struct StageKey {
    owner: KeyOwner,
    kms_key: String,
    wrapped: Vec<u8>,
}

impl StageKey {
    /// Creates a key pair. KMS wraps its private half, which takes one `Encrypt` call.
    ///
    /// `kms_key` is an ID, an alias or an ARN. The file records the ARN that KMS returns.
    ///
    /// # Errors
    ///
    /// Returns [`SealedErrorKind::InvalidName`] if the app, the stage or the key is not a valid
    /// name. Returns the errors of KMS.
    ///
    /// # Panics
    ///
    /// Panics if the operating system cannot provide random bytes.
    pub async fn create(kms: &KmsClient, kms_key: &str, app: &str, stage: &str) -> Result<Self, SealedError> {
        let place = FileLocation::Key { stage };
        check_owner(app, stage).and_then(|()| check_kms_key(kms_key)).map_err(|fault| fault.into_error(&place))?;
        let (private, public) = PrivateKey::generate();
        let context = [("app", app), ("stage", stage)];
        let asked = KmsCall { action: "kms:Encrypt", key: Some(kms_key), context: &context };
        let failed = |outcome| asked.to_error(outcome, key_path(stage));
        let wrapped = kms.encrypt(kms_key, &private.to_bytes(), &context).await.map_err(failed)?;
        let kms_key = wrapped.key.filter(|key| check_kms_key(key).is_ok()).unwrap_or_else(|| kms_key.to_owned());
        let owner = KeyOwner { app: app.to_owned(), stage: stage.to_owned(), public };
        Ok(Self { owner, kms_key, wrapped: wrapped.ciphertext })
    }

    /// Parses the text of the file. [`verify`](Self::verify) checks that it is the key of an app
    /// and stage.
    ///
    /// # Errors
    ///
    /// Returns [`SealedErrorKind::Malformed`] if the text differs in any byte from what `Display`
    /// writes (lines may end in CRLF). Returns [`SealedErrorKind::UnsupportedVersion`] or
    /// [`SealedErrorKind::TooLarge`] if the file has another version or is too large.
    pub fn parse(text: &str) -> Result<Self, SealedError> {
        Self::read(text).map_err(|fault| fault.into_error(&FileLocation::KeyText))
    }

    fn read(text: &str) -> Result<Self, SealedFault> {
        let ([app, stage, kms_key, public], wrapped) = file_format::KEY.read(text)?;
        let owner = KeyOwner::read(app, stage, &public)?;
        check_kms_key(&kms_key).map_err(SealedFault::into_malformed)?;
        if wrapped.is_empty() {
            return Err(SealedFault::malformed("it contains no private half"));
        }
        Ok(Self { owner, kms_key, wrapped })
    }

    /// Returns the app that the key pair belongs to.
    #[must_use]
    pub fn app(&self) -> &str {
        &self.owner.app
    }

    /// Returns the stage that the key pair belongs to.
    #[must_use]
    pub fn stage(&self) -> &str {
        &self.owner.stage
    }

    /// Returns the KMS key that wraps the private half.
    #[must_use]
    pub fn kms_key(&self) -> &str {
        &self.kms_key
    }

    /// Returns the public half in base64. Each value that is sealed with it contains it.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        self.owner.public.fingerprint()
    }

    /// Checks that this is the key of this app and stage. Makes no AWS call.
    ///
    /// # Errors
    ///
    /// Returns [`SealedErrorKind::WrongApp`] or [`SealedErrorKind::WrongStage`].
    pub fn verify(&self, app: &str, stage: &str) -> Result<(), SealedError> {
        check_same(&self.owner.app, app, &self.owner.stage, stage)
            .map_err(|fault| fault.into_error(&FileLocation::Key { stage }))
    }

    /// Seals a value. This needs only the public half: no AWS, and no permission to read any value.
    ///
    /// The file does not say who sealed it. Sealing the same value twice gives two files with
    /// unrelated contents.
    ///
    /// # Errors
    ///
    /// Returns [`SealedErrorKind::InvalidName`] if the name is not a valid file name,
    /// [`SealedErrorKind::TooLarge`] if the value exceeds 1 MiB, and [`SealedErrorKind::Tampered`]
    /// if the public half is not a valid key.
    ///
    /// # Panics
    ///
    /// Panics if the operating system cannot provide random bytes.
    pub fn seal(&self, name: &str, plaintext: &[u8]) -> Result<SealedValue, SealedError> {
        check_file(name).map_err(|fault| fault.into_error(&FileLocation::Plaintext))?;
        if plaintext.len() > file_format::MAX_PLAINTEXT {
            let fault = SealedFault::too_large(format!(
                "it has {} bytes, but a sealed value has at most 1 MiB",
                plaintext.len()
            ));
            return Err(fault.into_error(&FileLocation::Plaintext));
        }
        let sealed = self.owner.public.seal(&self.owner.associated_data(name), plaintext);
        let body =
            sealed.ok_or_else(|| SealedFault::tampered("its public half is not a key").into_error(&self.location()))?;
        Ok(SealedValue { owner: self.owner.clone(), name: name.to_owned(), body })
    }

    /// Unwraps the private half with one `Decrypt` call. KMS permits it for an app and a stage.
    /// Call [`verify`](Self::verify) first if the app and the stage in the file are not trusted.
    ///
    /// # Errors
    ///
    /// Returns the errors of KMS: [`SealedErrorKind::Kms`] with the kind of the failure.
    /// Returns [`SealedErrorKind::Tampered`] if the two halves do not belong to one pair.
    pub async fn unlock(&self, kms: &KmsClient) -> Result<UnlockedKey, SealedError> {
        let context = [("app", self.app()), ("stage", self.stage())];
        let asked = KmsCall { action: "kms:Decrypt", key: Some(&self.kms_key), context: &context };
        let failed = |outcome| asked.to_error(outcome, key_path(self.stage()));
        let private = kms.decrypt(Some(&self.kms_key), &self.wrapped, &context).await.map_err(failed)?;
        let private = PrivateKey::from_bytes(&private).filter(|private| private.public() == self.owner.public);
        let mixed = "its two halves are not of one pair: if the public half was replaced, the person who replaced it can read \
                     every value sealed since then";
        let private = private.ok_or_else(|| SealedFault::tampered(mixed).into_error(&self.location()))?;
        Ok(UnlockedKey { owner: self.owner.clone(), private })
    }

    fn location(&self) -> FileLocation<'_> {
        FileLocation::Key { stage: &self.owner.stage }
    }
}

/// Writes the text of the file.
impl fmt::Display for StageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = [self.app(), self.stage(), self.kms_key(), self.fingerprint()];
        f.write_str(&file_format::KEY.write(headers, &self.wrapped))
    }
}

impl fmt::Debug for StageKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("StageKey");
        self.owner.show(&mut shown).field("kms_key", &self.kms_key).finish_non_exhaustive()
    }
}

/// A sealed value as stored in its file. `Display` writes the file.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedValue {
    owner: KeyOwner,
    name: String,
    body: Vec<u8>,
}

impl SealedValue {
    /// Parses the text of the file. Its headers are not trusted until [`verify`](Self::verify) or
    /// [`UnlockedKey::open`] has checked them.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`StageKey::parse`].
    pub fn parse(text: &str) -> Result<Self, SealedError> {
        Self::read(text).map_err(|fault| fault.into_error(&FileLocation::ValueText))
    }

    fn read(text: &str) -> Result<Self, SealedFault> {
        let ([app, stage, name, public], body) = file_format::VALUE.read(text)?;
        let owner = KeyOwner::read(app, stage, &public)?;
        check_file(&name).map_err(SealedFault::into_malformed)?;
        if body.len() < OVERHEAD {
            return Err(SealedFault::malformed("it is shorter than any file that is written"));
        }
        Ok(Self { owner, name, body })
    }

    /// Returns the app that the file declares.
    #[must_use]
    pub fn app(&self) -> &str {
        &self.owner.app
    }

    /// Returns the stage that the file declares.
    #[must_use]
    pub fn stage(&self) -> &str {
        &self.owner.stage
    }

    /// Returns the name that the file declares.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the public half that the file declares, in base64.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        self.owner.public.fingerprint()
    }

    /// Checks without AWS that the headers declare this name and this key pair. Only
    /// [`UnlockedKey::open`] proves that the headers are true.
    ///
    /// # Errors
    ///
    /// Returns [`SealedErrorKind::WrongApp`], [`SealedErrorKind::WrongStage`],
    /// [`SealedErrorKind::WrongName`] or [`SealedErrorKind::WrongKey`].
    pub fn verify(&self, key: &StageKey, name: &str) -> Result<(), SealedError> {
        self.check(&key.owner, name)
    }

    fn check(&self, owner: &KeyOwner, name: &str) -> Result<(), SealedError> {
        let checked = check_same(&self.owner.app, &owner.app, &self.owner.stage, &owner.stage).and_then(|()| {
            if self.name != name {
                let detail = format!("it was sealed under the name `{}`", self.name);
                Err(SealedFault::new(SealedErrorKind::WrongName, detail))
            } else if self.owner.public != owner.public {
                let detail = "it was sealed for another key pair than the stage's present one";
                Err(SealedFault::new(SealedErrorKind::WrongKey, detail))
            } else {
                Ok(())
            }
        });
        checked.map_err(|fault| fault.into_error(&FileLocation::Value { stage: &owner.stage, name }))
    }
}

/// Writes the text of the file.
impl fmt::Display for SealedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = [self.app(), self.stage(), self.name(), self.fingerprint()];
        f.write_str(&file_format::VALUE.write(headers, &self.body))
    }
}

impl fmt::Debug for SealedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("SealedValue");
        self.owner.show(&mut shown).field("name", &self.name).finish_non_exhaustive()
    }
}

/// A stage's key pair with its private half, which opens all values of the stage. `Debug` does not
/// show the private half, and its memory is wiped on drop.
#[derive(Clone)]
pub struct UnlockedKey {
    owner: KeyOwner,
    private: PrivateKey,
}

impl UnlockedKey {
    /// Opens the value with this name.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`SealedValue::verify`]. Returns [`SealedErrorKind::Tampered`] if the
    /// file differs from what was sealed.
    pub fn open(&self, value: &SealedValue, name: &str) -> Result<Zeroizing<Vec<u8>>, SealedError> {
        value.check(&self.owner, name)?;
        let opened = self.private.open(&self.owner.associated_data(name), &value.body);
        opened.ok_or_else(|| {
            let fault = SealedFault::tampered("it does not open: it is not what was sealed under this name");
            fault.into_error(&FileLocation::Value { stage: &self.owner.stage, name })
        })
    }

    /// Seals a value again, for another key pair of the same app and stage. A rekey does this with
    /// each file.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`open`](Self::open) and [`StageKey::seal`]. Returns
    /// [`SealedErrorKind::WrongApp`] or [`SealedErrorKind::WrongStage`] if the key belongs to
    /// another app or stage.
    ///
    /// # Panics
    ///
    /// Panics when [`StageKey::seal`] panics.
    pub fn reseal(&self, value: &SealedValue, name: &str, key: &StageKey) -> Result<SealedValue, SealedError> {
        key.verify(&self.owner.app, &self.owner.stage)?;
        key.seal(name, &self.open(value, name)?)
    }
}

impl fmt::Debug for UnlockedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.owner.show(&mut f.debug_struct("UnlockedKey")).finish_non_exhaustive()
    }
}

impl KeyOwner {
    fn read(app: String, stage: String, public: &str) -> Result<Self, SealedFault> {
        check_owner(&app, &stage).map_err(SealedFault::into_malformed)?;
        let public =
            PublicKey::parse(public).ok_or_else(|| SealedFault::malformed("its header `key` is not a public key"))?;
        Ok(Self { app, stage, public })
    }

    fn associated_data<'a>(&'a self, name: &'a str) -> AssociatedData<'a> {
        AssociatedData { app: &self.app, stage: &self.stage, name, key: &self.public }
    }

    fn show<'s, 'a, 'b>(&self, shown: &'s mut fmt::DebugStruct<'a, 'b>) -> &'s mut fmt::DebugStruct<'a, 'b> {
        shown.field("app", &self.app).field("stage", &self.stage).field("fingerprint", &self.public.fingerprint())
    }
}
