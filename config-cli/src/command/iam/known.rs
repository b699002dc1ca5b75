//! Where a stage is and which KMS keys it has: by the options, by the settings, and by AWS.

use std::collections::{BTreeMap, BTreeSet};

use stage_config_core::manage::{Access, Encryption};
use stage_config_grammar::source::Address;

use crate::iam::{Keys, LookedUp, Place, few};
use crate::identity;
use crate::problem::Problem;
use crate::session::OneStage;

/// Keys by name and region, as they were described.
type Described = BTreeMap<(String, Option<String>), Option<String>>;

/// What options, settings and AWS say.
pub(super) struct Known {
    pub(super) place: Place,
    pub(super) keys: Keys,
    /// What could not be looked up.
    pub(super) notes: Vec<String>,
}

impl Known {
    pub(super) fn of_settings(stage: &OneStage, kms_key: Option<&str>) -> Result<Self, Problem> {
        let settings = &stage.settings;
        identity::check(settings)?;
        let place = Place { account: settings.account.clone(), region: settings.region.clone(), partition: None };
        let named = kms_key.or(settings.kms_key.as_deref()).map(str::to_owned);
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, ':' | '/' | '_' | '-');
        if let Some(key) = named.as_ref().filter(|key| key.is_empty() || !key.chars().all(plain)) {
            return Err(Problem::unchecked(format!("{key:?} is no KMS key"))
                .remedy("name an id, an alias as alias/payments, or an ARN of either"));
        }
        Ok(Self { place, keys: Keys { named, ..Keys::default() }, notes: Vec::new() })
    }

    /// Looks up what is not said. That it cannot be looked up is no error: the policy then says what it assumes.
    pub(super) async fn ask(&mut self, stage: &OneStage, lookable: &BTreeSet<Address>) {
        if lookable.is_empty()
            && self.keys.named.is_none()
            && self.place.region.is_some()
            && self.place.account.is_some()
        {
            return;
        }
        let access = match stage.access().await {
            Ok(access) => access,
            Err(problem) => return self.failed(&problem.line()),
        };
        if self.place.region.is_none() {
            self.place.region = access.region().map(str::to_owned);
        }
        if self.place.account.is_none() {
            match access.caller().await {
                Ok(caller) => {
                    self.place.partition = Some(caller.partition().to_owned());
                    self.place.account = Some(caller.account);
                }
                Err(error) => self.failed(&error.to_string()),
            }
        }
        self.ask_for_keys(&access, lookable).await;
    }

    async fn ask_for_keys(&mut self, access: &Access, lookable: &BTreeSet<Address>) {
        let mut described = BTreeMap::new();
        let (mut absent, mut failed) = (BTreeSet::new(), BTreeSet::new());
        for (address, encryption) in access.encryptions(lookable).await {
            let looked_up = match encryption {
                Ok(Some(Encryption::Plain)) => LookedUp::Plain,
                Ok(Some(Encryption::Kms(None))) => LookedUp::Encrypted(None),
                Ok(Some(Encryption::Kms(Some(key)))) => {
                    let region = address.region().map(str::to_owned);
                    LookedUp::Encrypted(self.key(access, &mut described, (key, region)).await)
                }
                Ok(None) => {
                    absent.insert(address.to_string());
                    continue;
                }
                Err(error) => {
                    failed.insert(error.to_string());
                    continue;
                }
            };
            self.keys.looked_up.insert(address.clone(), looked_up);
        }
        if !absent.is_empty() {
            self.failed(&format!("what does not exist yet: {}", few(absent)));
        }
        let others = failed.len().saturating_sub(1);
        if let Some(first) = failed.pop_first() {
            let others = if others == 0 { String::new() } else { format!("; {others} more like it") };
            self.failed(&format!("{first}{others}"));
        }
        if let Some(key) = self.keys.named.clone() {
            self.keys.named = self.key(access, &mut described, (key, None)).await;
        }
    }

    /// The ARN of a key, as an alias is no resource of a policy; `None` for a key that AWS manages.
    async fn key(
        &mut self,
        access: &Access,
        described: &mut Described,
        asked: (String, Option<String>),
    ) -> Option<String> {
        // A name that AWS keeps for its own keys.
        if asked.0.starts_with("alias/aws/") {
            return None;
        }
        if let Some(known) = described.get(&asked) {
            return known.clone();
        }
        let known = match access.kms_key(&asked.0, asked.1.as_deref()).await {
            Ok(key) => (!key.aws_managed).then_some(key.arn),
            // The name itself is as true, if less exact.
            Err(error) => {
                self.failed(&error.to_string());
                Some(asked.0.clone())
            }
        };
        described.insert(asked, known.clone());
        known
    }

    pub(super) fn failed(&mut self, why: &str) {
        let note = format!("not looked up: {why}");
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}
