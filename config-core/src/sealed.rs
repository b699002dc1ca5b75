//! Sealed files: encrypted values that are kept beside the code and committed to git.
//!
//! Each stage has a key pair. The public half seals, and everybody who has the repository has it: no AWS, and no right to read
//! anything, is needed to seal a value. The private half opens; it is kept in the same file, wrapped by KMS under the
//! encryption context `{"app": APP, "stage": STAGE}`, so that who may open a stage's values is said by the KMS key's policy.
//!
//! | file | holds |
//! |---|---|
//! | `sealed/STAGE/stage.key` | the key pair: the public half in clear, the private half wrapped |
//! | `sealed/STAGE/NAME` | one value, sealed for this app, this stage, this name and this key pair |
//! | `sealed/STAGE.snapshot`, or what the struct says | all values of a stage at one time, sealed for this app, this stage and this key pair |
//!
//! The encryption is HPKE (RFC 9180) in base mode, with X25519, HKDF-SHA256 and ChaCha20Poly1305. App, stage, name and public
//! half are bound to each value: a file that is renamed, or put into another stage or app, does not open. Nothing proves who
//! sealed a value; that is for git to prove. The length of a value can be read from its file.
//!
//! A value holds at most a mebibyte. Bytes that are UTF-8 reach a field as text, any others as bytes: for a field of bytes seal
//! base64, which reads the same by design and not by chance.
//!
//! ```no_run
//! use stage_config::sealed::{KmsClient, SealedError, SealedValue, StageKey};
//!
//! # async fn example() -> Result<(), SealedError> {
//! // Once a stage. The text goes to sealed/prod/stage.key.
//! let kms = KmsClient::from_environment().await?;
//! let key = StageKey::create(&kms, "alias/payments-prod", "payments", "prod").await?;
//!
//! // Whoever has that file seals. The text goes to sealed/prod/stripe_key.
//! let text = key.seal("stripe_key", b"sk_live_1")?.to_string();
//!
//! // Whoever KMS allows to opens: one call for all values of the stage.
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

/// The file's name of a stage's key pair; no value can have it.
pub const KEY_FILE: &str = stage_config_grammar::source::SEALED_KEY_FILE;

/// Where a value's file is, from the package's root: `sealed/prod/stripe_key`.
#[must_use]
pub fn value_path(stage: &str, name: &str) -> String {
    format!("sealed/{stage}/{name}")
}

/// Where a stage's key pair is, from the package's root: `sealed/prod/stage.key`.
#[must_use]
pub fn key_path(stage: &str) -> String {
    value_path(stage, KEY_FILE)
}

/// Whose values a key pair seals.
#[derive(Clone, PartialEq, Eq)]
struct KeyOwner {
    app: String,
    stage: String,
    public: PublicKey,
}

/// A stage's key pair as its file has it: the public half, and the private half wrapped by KMS.
///
/// `Display` writes the file. The public half and the name of the KMS key stand in it in clear, and nothing proves that they
/// are those that somebody meant: look at who committed the file. An exchanged public half is found when the key is unlocked,
/// but what was sealed in between went to whoever exchanged it.
#[derive(Clone, PartialEq, Eq)]
pub struct StageKey {
    owner: KeyOwner,
    kms_key: String,
    wrapped: Vec<u8>,
}

impl StageKey {
    /// Makes a key pair, and has KMS wrap its private half. One `Encrypt`.
    ///
    /// `kms_key` is an id, an alias or an ARN; the file names the ARN that KMS answers with.
    ///
    /// # Errors
    ///
    /// [`SealedErrorKind::InvalidName`] for an app, stage or key that cannot be one; and what KMS says.
    ///
    /// # Panics
    ///
    /// Where the operating system has no random bytes to give.
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

    /// Reads the file's text. Whether it is the file of the app and stage in question is for [`verify`](Self::verify) to say.
    ///
    /// # Errors
    ///
    /// [`SealedErrorKind::Malformed`] for any other text than one that was written, to the byte (but lines may end in CRLF);
    /// [`SealedErrorKind::UnsupportedVersion`]; [`SealedErrorKind::TooLarge`].
    pub fn parse(text: &str) -> Result<Self, SealedError> {
        Self::read(text).map_err(|fault| fault.into_error(&FileLocation::KeyText))
    }

    fn read(text: &str) -> Result<Self, SealedFault> {
        let ([app, stage, kms_key, public], wrapped) = file_format::KEY.read(text)?;
        let owner = KeyOwner::read(app, stage, &public)?;
        check_kms_key(&kms_key).map_err(SealedFault::into_malformed)?;
        if wrapped.is_empty() {
            return Err(SealedFault::malformed("it holds no private half"));
        }
        Ok(Self { owner, kms_key, wrapped })
    }

    /// The app whose values it seals.
    #[must_use]
    pub fn app(&self) -> &str {
        &self.owner.app
    }

    /// The stage whose values it seals.
    #[must_use]
    pub fn stage(&self) -> &str {
        &self.owner.stage
    }

    /// The KMS key that wraps the private half.
    #[must_use]
    pub fn kms_key(&self) -> &str {
        &self.kms_key
    }

    /// The public half in base64, which each value that it sealed names.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        self.owner.public.fingerprint()
    }

    /// Whether it is the key of this app and stage. No AWS.
    ///
    /// # Errors
    ///
    /// [`SealedErrorKind::WrongApp`], [`SealedErrorKind::WrongStage`].
    pub fn verify(&self, app: &str, stage: &str) -> Result<(), SealedError> {
        check_same(&self.owner.app, app, &self.owner.stage, stage)
            .map_err(|fault| fault.into_error(&FileLocation::Key { stage }))
    }

    /// Seals a value, with the public half alone: no AWS, and no right to read anything.
    ///
    /// Whoever seals chooses the value: nothing in the file says who that was. The same value sealed twice gives two files that
    /// share nothing.
    ///
    /// # Errors
    ///
    /// [`SealedErrorKind::InvalidName`] for a name that no file can have; [`SealedErrorKind::TooLarge`] for more than a
    /// mebibyte; [`SealedErrorKind::Tampered`] where the public half is no key.
    ///
    /// # Panics
    ///
    /// Where the operating system has no random bytes to give.
    pub fn seal(&self, name: &str, plaintext: &[u8]) -> Result<SealedValue, SealedError> {
        check_file(name).map_err(|fault| fault.into_error(&FileLocation::Plaintext))?;
        if plaintext.len() > file_format::MAX_PLAINTEXT {
            let fault = SealedFault::too_large(format!(
                "it has {} bytes, and a sealed value holds a mebibyte",
                plaintext.len()
            ));
            return Err(fault.into_error(&FileLocation::Plaintext));
        }
        let sealed = self.owner.public.seal(&self.owner.associated_data(name), plaintext);
        let body =
            sealed.ok_or_else(|| SealedFault::tampered("its public half is no key").into_error(&self.location()))?;
        Ok(SealedValue { owner: self.owner.clone(), name: name.to_owned(), body })
    }

    /// Has KMS unwrap the private half. One `Decrypt`, which KMS allows or not by app and stage: see [`verify`](Self::verify)
    /// for a file whose own word for these is not to be taken.
    ///
    /// # Errors
    ///
    /// What KMS says: [`SealedErrorKind::Kms`] with its kind.
    /// [`SealedErrorKind::Tampered`] where the two halves are not of one pair.
    pub async fn unlock(&self, kms: &KmsClient) -> Result<UnlockedKey, SealedError> {
        let context = [("app", self.app()), ("stage", self.stage())];
        let asked = KmsCall { action: "kms:Decrypt", key: Some(&self.kms_key), context: &context };
        let failed = |outcome| asked.to_error(outcome, key_path(self.stage()));
        let private = kms.decrypt(Some(&self.kms_key), &self.wrapped, &context).await.map_err(failed)?;
        let private = PrivateKey::from_bytes(&private).filter(|private| private.public() == self.owner.public);
        let mixed = "its two halves are not of one pair: if the public half was exchanged, what was sealed since can be read \
                     by whoever did it";
        let private = private.ok_or_else(|| SealedFault::tampered(mixed).into_error(&self.location()))?;
        Ok(UnlockedKey { owner: self.owner.clone(), private })
    }

    fn location(&self) -> FileLocation<'_> {
        FileLocation::Key { stage: &self.owner.stage }
    }
}

/// The file's text.
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

/// A sealed value as its file has it. `Display` writes the file.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedValue {
    owner: KeyOwner,
    name: String,
    body: Vec<u8>,
}

impl SealedValue {
    /// Reads the file's text. What its headers say is its own word, until [`verify`](Self::verify) or
    /// [`UnlockedKey::open`] has compared them.
    ///
    /// # Errors
    ///
    /// As [`StageKey::parse`].
    pub fn parse(text: &str) -> Result<Self, SealedError> {
        Self::read(text).map_err(|fault| fault.into_error(&FileLocation::ValueText))
    }

    fn read(text: &str) -> Result<Self, SealedFault> {
        let ([app, stage, name, public], body) = file_format::VALUE.read(text)?;
        let owner = KeyOwner::read(app, stage, &public)?;
        check_file(&name).map_err(SealedFault::into_malformed)?;
        if body.len() < OVERHEAD {
            return Err(SealedFault::malformed("it is shorter than the shortest that is written"));
        }
        Ok(Self { owner, name, body })
    }

    /// The app it says it is of.
    #[must_use]
    pub fn app(&self) -> &str {
        &self.owner.app
    }

    /// The stage it says it is of.
    #[must_use]
    pub fn stage(&self) -> &str {
        &self.owner.stage
    }

    /// The name it says it was sealed under.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public half that it says it was sealed with, in base64.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        self.owner.public.fingerprint()
    }

    /// Everything that needs no AWS: whether its headers say that it is the value of this name, sealed for this key pair. That
    /// they say the truth only [`UnlockedKey::open`] proves.
    ///
    /// # Errors
    ///
    /// [`SealedErrorKind::WrongApp`], [`SealedErrorKind::WrongStage`], [`SealedErrorKind::WrongName`],
    /// [`SealedErrorKind::WrongKey`].
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

/// The file's text.
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

/// A stage's key pair with its private half, which opens all values of the stage. `Debug` shows nothing of that half, and its
/// memory is wiped when it goes.
#[derive(Clone)]
pub struct UnlockedKey {
    owner: KeyOwner,
    private: PrivateKey,
}

impl UnlockedKey {
    /// Opens the value that the caller knows by this name.
    ///
    /// # Errors
    ///
    /// As [`SealedValue::verify`]; [`SealedErrorKind::Tampered`] where the file is not what was sealed.
    pub fn open(&self, value: &SealedValue, name: &str) -> Result<Zeroizing<Vec<u8>>, SealedError> {
        value.check(&self.owner, name)?;
        let opened = self.private.open(&self.owner.associated_data(name), &value.body);
        opened.ok_or_else(|| {
            let fault = SealedFault::tampered("it does not open: it is not what was sealed under this name");
            fault.into_error(&FileLocation::Value { stage: &self.owner.stage, name })
        })
    }

    /// Seals a value anew for another key pair of the same app and stage: what a change of keys does to each file.
    ///
    /// # Errors
    ///
    /// As [`open`](Self::open) and [`StageKey::seal`]; [`SealedErrorKind::WrongApp`] and [`SealedErrorKind::WrongStage`] for a
    /// key of another.
    ///
    /// # Panics
    ///
    /// As [`StageKey::seal`].
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
            PublicKey::parse(public).ok_or_else(|| SealedFault::malformed("its header `key` is no public key"))?;
        Ok(Self { app, stage, public })
    }

    fn associated_data<'a>(&'a self, name: &'a str) -> AssociatedData<'a> {
        AssociatedData { app: &self.app, stage: &self.stage, name, key: &self.public }
    }

    fn show<'s, 'a, 'b>(&self, shown: &'s mut fmt::DebugStruct<'a, 'b>) -> &'s mut fmt::DebugStruct<'a, 'b> {
        shown.field("app", &self.app).field("stage", &self.stage).field("fingerprint", &self.public.fingerprint())
    }
}
