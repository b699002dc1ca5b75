//! A sealed value, and its sealing and opening with a stage's key pair.

use super::{
    check_names::{check_file, check_same},
    cipher::OVERHEAD,
    error::{FileLocation, SealedError, SealedErrorKind, SealedFault},
    file_format,
    stage_key::{KeyOwner, StageKey, UnlockedKey},
};
use std::fmt;
use zeroize::Zeroizing;

/// A sealed value as stored in its file. `Display` writes the text of the file.
#[derive(Clone, PartialEq, Eq)]
pub struct SealedValue {
    pub(super) owner: KeyOwner,
    pub(super) name: String,
    pub(super) body: Vec<u8>,
}

impl SealedValue {
    /// Parses the text of the file. Do not trust the headers of the value until
    /// [`verify`](Self::verify) has compared them with the expected name and key pair, and
    /// [`UnlockedKey::open`] has authenticated them.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`StageKey::parse`].
    pub fn parse(text: &str) -> Result<Self, SealedError> {
        Self::read(text).map_err(|fault| fault.into_error(&FileLocation::ValueText))
    }

    /// Parses the text like [`parse`](Self::parse), but an error names the file.
    pub(crate) fn parse_in(text: &str, stage: &str, name: &str) -> Result<Self, SealedError> {
        Self::read(text).map_err(|fault| fault.into_error(&FileLocation::Value { stage, name }))
    }

    fn read(text: &str) -> Result<Self, SealedFault> {
        let ([app, stage, name, public], body) = file_format::VALUE.read(text)?;
        let owner = KeyOwner::read(app, stage, &public)?;
        check_file(&name).map_err(SealedFault::into_malformed)?;
        if body.len() < OVERHEAD {
            return Err(SealedFault::malformed(
                "it is shorter than the minimum length",
            ));
        }
        Ok(Self { owner, name, body })
    }

    /// Checks without AWS that the headers declare this name and this key pair. Only
    /// [`UnlockedKey::open`] proves that the headers are true.
    ///
    /// # Errors
    ///
    /// Returns [`SealedErrorKind::WrongApp`], [`SealedErrorKind::WrongStage`],
    /// [`SealedErrorKind::WrongName`] or [`SealedErrorKind::WrongKey`] if a header differs.
    pub fn verify(&self, key: &StageKey, name: &str) -> Result<(), SealedError> {
        self.check(&key.owner, name)
    }

    fn check(&self, owner: &KeyOwner, name: &str) -> Result<(), SealedError> {
        let checked = check_same(&self.owner.app, &owner.app, &self.owner.stage, &owner.stage)
            .and_then(|()| {
                if self.name != name {
                    let detail = format!("it was sealed under the name `{}`", self.name);
                    Err(SealedFault::new(SealedErrorKind::WrongName, detail))
                } else if self.owner.public != owner.public {
                    let detail =
                        "it was sealed for another key pair, not for the stage's current one";
                    Err(SealedFault::new(SealedErrorKind::WrongKey, detail))
                } else {
                    Ok(())
                }
            });
        checked.map_err(|fault| {
            fault.into_error(&FileLocation::Value {
                stage: &owner.stage,
                name,
            })
        })
    }
}

/// Writes the text of the file.
impl fmt::Display for SealedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let KeyOwner { app, stage, public } = &self.owner;
        let headers = [app.as_str(), stage, &self.name, public.fingerprint()];
        f.write_str(&file_format::VALUE.write(headers, &self.body))
    }
}

impl fmt::Debug for SealedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut output = f.debug_struct("SealedValue");
        self.owner
            .add_fields(&mut output)
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl StageKey {
    /// Seals a value. This needs only the public half of the key pair. It needs neither AWS nor a
    /// permission to read values.
    ///
    /// The file does not say who sealed it. Sealing the same value twice produces two files
    /// with unrelated contents.
    ///
    /// ```
    /// use stage_config::sealed::{SealedError, SealedErrorKind, SealedValue, StageKey, value_path};
    ///
    /// # let text = "-----BEGIN STAGE-CONFIG STAGE KEY-----
    /// # version: 1
    /// # app: payments
    /// # stage: dev
    /// # kms-key: arn:aws:kms:eu-west-1:111122223333:key/1234abcd
    /// # key: E75P6uryBMf9M1j8nAByGIHRdCeBKCJ+xnTzf3/pe20=
    /// #
    /// # d3JhcHBlZCBieSBubyBLTVM=
    /// # -----END STAGE-CONFIG STAGE KEY-----
    /// # ";
    /// // `text` is the content of sealed/dev/stage.key.
    /// let key = StageKey::parse(text)?;
    /// let file = key.seal("stripe_key", b"sk_test_1")?.to_string();
    /// assert_eq!(value_path(key.stage(), "stripe_key"), "sealed/dev/stripe_key");
    ///
    /// // A review of the file needs no AWS either: is it sealed for this key pair and this name?
    /// let value = SealedValue::parse(&file)?;
    /// value.verify(&key, "stripe_key")?;
    /// let error = value.verify(&key, "mail_key").unwrap_err();
    /// assert_eq!(error.kind(), SealedErrorKind::WrongName);
    ///
    /// // A comparison of two files does not show whether their values are equal.
    /// assert_ne!(key.seal("stripe_key", b"sk_test_1")?.to_string(), file);
    /// # Ok::<(), SealedError>(())
    /// ```
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

        let sealed = self
            .owner
            .public
            .seal(&self.owner.associated_data(name), plaintext);
        let body = sealed.ok_or_else(|| {
            SealedFault::tampered("its public half is not a key").into_error(&self.location())
        })?;
        Ok(SealedValue {
            owner: self.owner.clone(),
            name: name.to_owned(),
            body,
        })
    }
}

impl UnlockedKey {
    /// Opens a value that was sealed under this name.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`SealedValue::verify`]. Returns [`SealedErrorKind::Tampered`] if the
    /// file was changed after it was sealed.
    pub fn open(&self, value: &SealedValue, name: &str) -> Result<Zeroizing<Vec<u8>>, SealedError> {
        value.check(&self.owner, name)?;
        let opened = self
            .private
            .open(&self.owner.associated_data(name), &value.body);
        opened.ok_or_else(|| {
            let fault =
                SealedFault::tampered("it does not open: it was changed after it was sealed");
            fault.into_error(&FileLocation::Value {
                stage: &self.owner.stage,
                name,
            })
        })
    }

    /// Seals a value again, for another key pair of the same app and stage. A rekey calls this for
    /// each file.
    ///
    /// ```no_run
    /// use stage_config::sealed::{KmsClient, SealedError, SealedValue, StageKey};
    ///
    /// /// Moves a value to a new key pair, after a person who could unlock the old pair has left.
    /// async fn rekey(
    ///     [old, new]: [&StageKey; 2],
    ///     name: &str,
    ///     file: &str,
    /// ) -> Result<String, SealedError> {
    ///     let kms = KmsClient::from_environment().await?;
    ///     let value = SealedValue::parse(file)?;
    ///     Ok(old.unlock(&kms).await?.reseal(&value, name, new)?.to_string())
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the errors of [`open`](Self::open) and [`StageKey::seal`]. Returns
    /// [`SealedErrorKind::WrongApp`] or [`SealedErrorKind::WrongStage`] if `key` belongs to another
    /// app or stage.
    ///
    /// # Panics
    ///
    /// Panics if [`StageKey::seal`] panics.
    pub fn reseal(
        &self,
        value: &SealedValue,
        name: &str,
        key: &StageKey,
    ) -> Result<SealedValue, SealedError> {
        key.verify(&self.owner.app, &self.owner.stage)?;
        key.seal(name, &self.open(value, name)?)
    }
}
