//! The location and the KMS keys of a stage, from the options, the settings and AWS.

use std::collections::{BTreeMap, BTreeSet};

use stage_config_core::manage::{AwsContext, Encryption};
use stage_config_grammar::source::Address;

use crate::error::CliError;
use crate::iam::{AwsLocation, KeyLookup, KnownKeys, join_first};
use crate::identity;
use crate::package::StageSettings;
use crate::session::StageSession;

/// The result of each lookup of a key, by name and region: the ARN of the key, or its name if the
/// lookup failed. `None` is an AWS managed key.
type KeyDescriptions = BTreeMap<(String, Option<String>), Option<String>>;

/// The facts from options, settings and AWS.
#[derive(Default)]
pub(crate) struct AwsFacts {
    pub(crate) location: AwsLocation,
    pub(crate) keys: KnownKeys,
    /// Notes on failed lookups.
    pub(crate) notes: Vec<String>,
    /// The addresses without a value.
    pub(crate) missing: BTreeSet<String>,
}

impl AwsFacts {
    pub(crate) fn from_settings(
        stage: &StageSession,
        kms_key: Option<&str>,
    ) -> Result<Self, CliError> {
        Self::from_stage_settings(&stage.settings, kms_key)
    }

    pub(crate) fn from_stage_settings(
        settings: &StageSettings,
        kms_key: Option<&str>,
    ) -> Result<Self, CliError> {
        identity::check_settings(settings)?;
        let location = AwsLocation {
            account: settings.account.clone(),
            region: settings.region.clone(),
            partition: None,
        };
        let named = kms_key.or(settings.kms_key.as_deref()).map(str::to_owned);
        let is_key_character =
            |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '/' | '_' | '-');
        if let Some(key) = named
            .as_ref()
            .filter(|key| key.is_empty() || !key.chars().all(is_key_character))
        {
            return Err(CliError::undetermined(format!("{key:?} is not a KMS key"))
                .with_help("use an id, an alias such as alias/payments, or an ARN of either"));
        }
        Ok(Self {
            location,
            keys: KnownKeys {
                named,
                ..KnownKeys::default()
            },
            notes: Vec::new(),
            missing: BTreeSet::new(),
        })
    }

    /// Looks up the facts that are not set. A failed lookup is not an error: the policy states its
    /// assumptions.
    pub(crate) async fn look_up(&mut self, stage: &StageSession, addresses: &BTreeSet<Address>) {
        if addresses.is_empty()
            && self.keys.named.is_none()
            && self.location.region.is_some()
            && self.location.account.is_some()
        {
            return;
        }
        let access = match stage.connect().await {
            Ok(access) => access,
            Err(problem) => return self.add_failure_note(&problem.line()),
        };
        self.look_up_with(&access, addresses).await;
    }

    /// Looks up the facts that are not set, like [`look_up`](Self::look_up), over an existing
    /// connection.
    pub(crate) async fn look_up_with(
        &mut self,
        access: &AwsContext,
        addresses: &BTreeSet<Address>,
    ) {
        if self.location.region.is_none() {
            self.location.region = access.region().map(str::to_owned);
        }
        if self.location.account.is_none() {
            match access.fetch_caller().await {
                Ok(caller) => {
                    self.location.partition = Some(caller.partition().to_owned());
                    self.location.account = Some(caller.account);
                }
                Err(error) => self.add_failure_note(&error.message()),
            }
        }
        self.look_up_keys(access, addresses).await;
    }

    async fn look_up_keys(&mut self, access: &AwsContext, addresses: &BTreeSet<Address>) {
        let mut described = BTreeMap::new();
        let mut failed = BTreeSet::new();
        for (address, encryption) in access.fetch_encryptions(addresses).await {
            let looked_up = match encryption {
                Ok(Some(Encryption::Plain)) => KeyLookup::Plain,
                Ok(Some(Encryption::Kms(None))) => KeyLookup::Encrypted(None),
                Ok(Some(Encryption::Kms(Some(key)))) => {
                    let region = address.region().map(str::to_owned);
                    KeyLookup::Encrypted(
                        self.look_up_key(access, &mut described, (key, region))
                            .await,
                    )
                }
                Ok(None) => {
                    self.missing.insert(address.to_string());
                    continue;
                }
                Err(error) => {
                    failed.insert(error.message());
                    continue;
                }
            };
            self.keys.looked_up.insert(address.clone(), looked_up);
        }
        let others = failed.len().saturating_sub(1);
        if let Some(first) = failed.pop_first() {
            let more = if others == 0 {
                String::new()
            } else {
                format!("; other failures: {others}")
            };
            self.add_failure_note(&format!("{first}{more}"));
        }
        if let Some(key) = self.keys.named.clone() {
            self.keys.named = self.look_up_key(access, &mut described, (key, None)).await;
        }
    }

    /// Returns the ARN of a key. Returns `None` for an AWS managed key, and the name from the
    /// request if the lookup fails. IAM does not accept an alias as a resource, so the policy then
    /// allows all keys, under a condition on the alias.
    async fn look_up_key(
        &mut self,
        access: &AwsContext,
        described: &mut KeyDescriptions,
        request: (String, Option<String>),
    ) -> Option<String> {
        // This prefix is reserved for AWS managed keys.
        if request.0.starts_with("alias/aws/") {
            return None;
        }
        if let Some(known) = described.get(&request) {
            return known.clone();
        }
        let known = match access
            .describe_kms_key(&request.0, request.1.as_deref())
            .await
        {
            Ok(key) => (!key.aws_managed).then_some(key.arn),
            // The policy can use the id or the alias from the request; see `KeyResource`.
            Err(error) => {
                self.add_failure_note(&error.message());
                Some(request.0.clone())
            }
        };
        described.insert(request, known.clone());
        known
    }

    /// Returns a note on the values that do not exist yet, if any, and the notes on failed lookups.
    pub(crate) fn list_notes(&self) -> Vec<String> {
        let missing = (!self.missing.is_empty()).then(|| {
            let addresses = join_first(self.missing.clone());
            format!("not looked up: the KMS keys of values that do not exist yet: {addresses}")
        });
        missing.into_iter().chain(self.notes.clone()).collect()
    }

    /// Adds a note on a failed lookup, unless it is already in the list.
    pub(crate) fn add_failure_note(&mut self, reason: &str) {
        let note = format!("not looked up: {reason}");
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}
