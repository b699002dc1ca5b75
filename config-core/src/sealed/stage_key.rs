//! The key pair of a stage: its file, and its private half after KMS has unwrapped it.

use super::{
    check_names::{check_kms_key, check_owner, check_same},
    cipher::{AssociatedData, PrivateKey, PublicKey},
    error::{FileLocation, KmsCall, SealedError, SealedFault},
    file_format, key_path,
    kms::KmsClient,
};
use std::fmt;

/// The app and the stage that a key pair belongs to, and its public half.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct KeyOwner {
    pub(super) app: String,
    pub(super) stage: String,
    pub(super) public: PublicKey,
}

/// A stage's key pair as stored in its file: the public half, and the private half wrapped by KMS.
///
/// `Display` writes the file. The public half and the name of the KMS key are not encrypted, and
/// the file does not prove that they are the intended ones: check who committed it.
/// [`unlock`](Self::unlock) detects a replaced public half, but the person who replaced it can open
/// all values that were sealed with it.
///
/// ```
/// use stage_config::sealed::{SealedError, SealedErrorKind, StageKey, key_path};
///
/// // The file sealed/dev/stage.key, which is in git.
/// let text = "-----BEGIN STAGE-CONFIG STAGE KEY-----
/// version: 1
/// app: payments
/// stage: dev
/// kms-key: arn:aws:kms:eu-west-1:111122223333:key/1234abcd
/// key: E75P6uryBMf9M1j8nAByGIHRdCeBKCJ+xnTzf3/pe20=
///
/// d3JhcHBlZCBieSBubyBLTVM=
/// -----END STAGE-CONFIG STAGE KEY-----
/// ";
/// let key = StageKey::parse(text)?;
/// assert_eq!(key.to_string(), text);
///
/// // Does each folder have the key pair of its own stage? This needs no AWS.
/// assert_eq!(key_path(key.stage()), "sealed/dev/stage.key");
/// key.verify("payments", "dev")?;
/// let error = key.verify("payments", "prod").unwrap_err();
/// assert_eq!(error.kind(), SealedErrorKind::WrongStage);
/// # Ok::<(), SealedError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct StageKey {
    pub(super) owner: KeyOwner,
    pub(super) kms_key: String,
    pub(super) wrapped: Vec<u8>,
}

impl StageKey {
    /// Creates a key pair. KMS wraps its private half, which takes one `Encrypt` call.
    ///
    /// `kms_key` is an ID, an alias or an ARN. The file records the ARN that KMS returns, or else
    /// `kms_key`.
    ///
    /// # Errors
    ///
    /// Returns [`InvalidName`](super::SealedErrorKind::InvalidName) if the app, the stage or the
    /// key is not a valid name. Returns the errors of KMS.
    ///
    /// # Panics
    ///
    /// Panics if the operating system cannot provide random bytes.
    pub async fn create(
        kms: &KmsClient,
        kms_key: &str,
        app: &str,
        stage: &str,
    ) -> Result<Self, SealedError> {
        let place = FileLocation::Key { stage };
        check_owner(app, stage)
            .and_then(|()| check_kms_key(kms_key))
            .map_err(|fault| fault.into_error(&place))?;

        let (private, public) = PrivateKey::generate();
        let context = [("app", app), ("stage", stage)];
        let kms_call = KmsCall {
            action: "kms:Encrypt",
            key: Some(kms_key),
            context: &context,
        };
        let failed = |outcome| kms_call.to_error(outcome, key_path(stage));
        let wrapped = kms
            .encrypt(kms_key, &private.to_bytes(), &context)
            .await
            .map_err(failed)?;
        let kms_key = wrapped
            .key
            .filter(|key| check_kms_key(key).is_ok())
            .unwrap_or_else(|| kms_key.to_owned());

        let owner = KeyOwner {
            app: app.to_owned(),
            stage: stage.to_owned(),
            public,
        };
        Ok(Self {
            owner,
            kms_key,
            wrapped: wrapped.ciphertext,
        })
    }

    /// Parses the text of the file. [`verify`](Self::verify) checks the app and the stage that the
    /// key belongs to.
    ///
    /// # Errors
    ///
    /// Returns [`Malformed`](super::SealedErrorKind::Malformed) if the text differs in any byte
    /// from the output of `Display` (lines may end in CRLF). Returns
    /// [`UnsupportedVersion`](super::SealedErrorKind::UnsupportedVersion) or
    /// [`TooLarge`](super::SealedErrorKind::TooLarge) if the file has another version or is too
    /// large.
    pub fn parse(text: &str) -> Result<Self, SealedError> {
        Self::read(text).map_err(|fault| fault.into_error(&FileLocation::KeyText))
    }

    /// Parses the text like [`parse`](Self::parse), but an error names the file.
    pub(crate) fn parse_in(text: &str, stage: &str) -> Result<Self, SealedError> {
        Self::read(text).map_err(|fault| fault.into_error(&FileLocation::Key { stage }))
    }

    fn read(text: &str) -> Result<Self, SealedFault> {
        let ([app, stage, kms_key, public], wrapped) = file_format::KEY.read(text)?;
        let owner = KeyOwner::read(app, stage, &public)?;
        check_kms_key(&kms_key).map_err(SealedFault::into_malformed)?;
        if wrapped.is_empty() {
            return Err(SealedFault::malformed("it contains no private half"));
        }
        Ok(Self {
            owner,
            kms_key,
            wrapped,
        })
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

    /// Returns the public half in base64. Each file that is sealed with this half contains it.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        self.owner.public.fingerprint()
    }

    /// Checks that this is the key of this app and stage. Makes no AWS call.
    ///
    /// # Errors
    ///
    /// Returns [`WrongApp`](super::SealedErrorKind::WrongApp) or
    /// [`WrongStage`](super::SealedErrorKind::WrongStage) if the file belongs to another app or
    /// stage.
    pub fn verify(&self, app: &str, stage: &str) -> Result<(), SealedError> {
        let own = &self.owner.app;
        let checked = check_same(own, app, &self.owner.stage, stage);
        checked.map_err(|fault| {
            // The program checks the key first, so a renamed app fails here.
            let fault = if own == app {
                fault
            } else {
                fault.with_help(format!(
                    "if the app was renamed, keep its old name: add `#[config(app = \"{own}\")]` \
                     to the struct, and `app = \"{own}\"` to [package.metadata.stage] in \
                     Cargo.toml; otherwise restore the files of sealed/{stage} from git"
                ))
            };
            fault.into_error(&FileLocation::Key { stage })
        })
    }

    /// Unwraps the private half with one `Decrypt` call, whose context is the app and the stage in
    /// the file. Call [`verify`](Self::verify) first if the app and the stage in the file are not
    /// trusted.
    ///
    /// # Errors
    ///
    /// Returns the errors of KMS: [`Kms`](super::SealedErrorKind::Kms) with the kind of the
    /// failure. Returns [`Tampered`](super::SealedErrorKind::Tampered) if the two halves do not
    /// belong to one pair.
    pub async fn unlock(&self, kms: &KmsClient) -> Result<UnlockedKey, SealedError> {
        let context = [("app", self.app()), ("stage", self.stage())];
        let kms_call = KmsCall {
            action: "kms:Decrypt",
            key: Some(&self.kms_key),
            context: &context,
        };
        let failed = |outcome| kms_call.to_error(outcome, key_path(self.stage()));

        let private = kms
            .decrypt(Some(&self.kms_key), &self.wrapped, &context)
            .await
            .map_err(failed)?;
        let private = PrivateKey::from_bytes(&private)
            .filter(|private| private.public() == self.owner.public);
        let detail = "its two halves do not belong to one pair: a person who replaced the public \
                      half can read every value that was sealed since then";
        let private =
            private.ok_or_else(|| SealedFault::tampered(detail).into_error(&self.location()))?;
        Ok(UnlockedKey {
            owner: self.owner.clone(),
            private,
        })
    }

    pub(super) fn location(&self) -> FileLocation<'_> {
        FileLocation::Key {
            stage: &self.owner.stage,
        }
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
        let mut output = f.debug_struct("StageKey");
        self.owner
            .add_fields(&mut output)
            .field("kms_key", &self.kms_key)
            .finish_non_exhaustive()
    }
}

/// A stage's key pair with its private half, which opens all values of the stage. `Debug` does not
/// print the private half. The memory of the private half is wiped on drop.
#[derive(Clone)]
pub struct UnlockedKey {
    pub(super) owner: KeyOwner,
    pub(super) private: PrivateKey,
}

impl fmt::Debug for UnlockedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.owner
            .add_fields(&mut f.debug_struct("UnlockedKey"))
            .finish_non_exhaustive()
    }
}

impl KeyOwner {
    pub(super) fn read(app: String, stage: String, public: &str) -> Result<Self, SealedFault> {
        check_owner(&app, &stage).map_err(SealedFault::into_malformed)?;
        let public = PublicKey::parse(public)
            .ok_or_else(|| SealedFault::malformed("its header `key` is not a public key"))?;
        Ok(Self { app, stage, public })
    }

    pub(super) fn associated_data<'a>(&'a self, name: &'a str) -> AssociatedData<'a> {
        AssociatedData {
            app: &self.app,
            stage: &self.stage,
            name,
            key: &self.public,
        }
    }

    pub(super) fn add_fields<'s, 'a, 'b>(
        &self,
        output: &'s mut fmt::DebugStruct<'a, 'b>,
    ) -> &'s mut fmt::DebugStruct<'a, 'b> {
        output
            .field("app", &self.app)
            .field("stage", &self.stage)
            .field("fingerprint", &self.public.fingerprint())
    }
}
