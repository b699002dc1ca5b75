//! Sealed files: `sealed:`. One `Decrypt` opens all values of a stage.

use super::{Failed, Found, Outcome, Outcomes, Ready, Request, Sight, Store, kms};
use crate::{
    aws::Aws,
    failure::FailureKind,
    plan::Plan,
    sealed::{KEY_FILE, KeyRing, Kms, SealedError, SealedValue, StageKey, UnlockedKey, path_of},
};
use futures_util::future::join_all;
use stage_config_grammar::source::Address;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

/// The store behind `sealed:`, for the plans of one load.
pub(crate) struct SealedFiles {
    kms: Service,
    sight: Sight,
    files: HashMap<Request, File>,
    keys: BTreeMap<Owner, Key>,
}

/// Where unwrapping is asked for.
#[derive(Clone)]
pub(crate) enum Service {
    Aws(Arc<Aws>),
    #[cfg(test)]
    Given(Kms),
}

/// An app and a stage, which have a key pair together.
type Owner = (&'static str, String);

struct File {
    owner: Owner,
    name: String,
    text: &'static str,
}

struct Key {
    /// `None` where the program embeds none.
    text: Option<&'static str>,
    /// What was unlocked serves every later call of the load; what failed does not.
    unlocked: Arc<OnceCell<UnlockedKey>>,
}

impl SealedFiles {
    /// A store for whatever these plans read.
    ///
    /// # Errors
    ///
    /// A text, where one source means two files: two apps have one of that stage and name, or two plans run in two stages.
    pub(crate) fn new<'a>(
        aws: Arc<Aws>,
        ring: &KeyRing,
        sight: Sight,
        plans: impl IntoIterator<Item = &'a Plan>,
    ) -> Result<Self, String> {
        Self::with(Service::Aws(aws), ring, sight, plans)
    }

    fn with<'a>(
        kms: Service,
        ring: &KeyRing,
        sight: Sight,
        plans: impl IntoIterator<Item = &'a Plan>,
    ) -> Result<Self, String> {
        let mut store = Self { kms, sight, files: HashMap::new(), keys: BTreeMap::new() };
        for plan in plans {
            for source in plan.fields.iter().flat_map(|field| &field.arms) {
                if let Address::Sealed { name, stage } = &source.address {
                    let stage = stage.as_deref().unwrap_or(plan.stage.name());
                    store.add(plan, ring, Request(source.address.clone()), stage, name)?;
                }
            }
        }
        Ok(store)
    }

    fn add(&mut self, plan: &Plan, ring: &KeyRing, request: Request, stage: &str, name: &str) -> Result<(), String> {
        let embedded = plan.schema.all_sealed();
        let mut found = embedded.iter().filter(|(_, file)| file.stage == stage && file.name == name);
        // What is not there is said when it is asked for.
        let Some((app, file)) = found.next() else { return Ok(()) };
        if let Some((other, _)) = found.find(|(other, same)| other != app || same.text != file.text) {
            return Err(two_files(&path_of(stage, name), app, other));
        }
        let owner = (*app, stage.to_owned());
        let key = embedded.iter().find(|(of, key)| of == app && key.stage == stage && key.name == KEY_FILE);
        let text = key.map(|(_, key)| key.text);
        let unlocked = text.map(|text| ring.place(text)).unwrap_or_default();
        self.keys.entry(owner.clone()).or_insert(Key { text, unlocked });
        let new = File { owner, name: name.to_owned(), text: file.text };
        match self.files.get(&request) {
            Some(old) if old.owner.1 != new.owner.1 => Err(format!(
                "`{request}` is read by two configurations that run in the stages `{}` and `{}`. Remedy: load them one after \
                 the other",
                old.owner.1, new.owner.1
            )),
            Some(old) if old.owner != new.owner || old.text != new.text => {
                Err(two_files(&path_of(stage, name), old.owner.0, new.owner.0))
            }
            _ => {
                self.files.insert(request, new);
                Ok(())
            }
        }
    }

    async fn open(&self, requests: &[Request]) -> Vec<Outcome> {
        // Each key once, all of them together; whatever a file alone can tell is told without.
        let mut owners: Vec<&Owner> =
            requests.iter().filter_map(|request| Some(&self.files.get(request)?.owner)).collect();
        owners.sort();
        owners.dedup();
        let unlocked = join_all(owners.iter().map(|owner| self.unlock(owner))).await;
        let unlocked: BTreeMap<&Owner, _> = owners.into_iter().zip(unlocked).collect();
        let outcome = |request| match self.files.get(request) {
            None => not_embedded(request),
            Some(file) => match unlocked.get(&file.owner) {
                Some(Ok(key)) => {
                    file.open(key).map_or_else(Outcome::from, |plaintext| Outcome::Found(kms::found(plaintext)))
                }
                Some(Err(outcome)) => outcome.clone(),
                None => Outcome::Failed(Failed::new(FailureKind::InvalidRequest, "its key was not asked for")),
            },
        };
        requests.iter().map(outcome).collect()
    }

    /// What can be told without KMS: whether the file is embedded, whole, and sealed for this stage's key under this name.
    fn look(&self, request: &Request) -> Outcome {
        let Some(file) = self.files.get(request) else { return not_embedded(request) };
        let verified = self.key(&file.owner).and_then(|(_, key)| {
            SealedValue::parse(file.text).and_then(|value| value.verify(&key, &file.name)).map_err(Outcome::from)
        });
        match verified {
            Ok(()) => Outcome::Found(Found::unseen()),
            Err(outcome) => outcome,
        }
    }

    /// The key pair of an owner, checked against what is asked for.
    fn key(&self, owner: &Owner) -> Result<(&Key, StageKey), Outcome> {
        let (app, stage) = owner;
        let key = self.keys.get(owner).and_then(|key| Some((key, key.text?)));
        let Some((key, text)) = key else {
            let detail = format!("{} is not embedded in the program", path_of(stage, KEY_FILE));
            return Err(Outcome::Failed(Failed::new(FailureKind::InvalidRequest, detail)));
        };
        let stage_key = StageKey::parse(text).map_err(Outcome::from)?;
        // The file's own word for whose key it is counts for nothing.
        stage_key.verify(app, stage).map_err(Outcome::from)?;
        Ok((key, stage_key))
    }

    async fn unlock(&self, owner: &Owner) -> Result<&UnlockedKey, Outcome> {
        let (key, stage_key) = self.key(owner)?;
        key.unlocked
            .get_or_try_init(|| async {
                let kms = self.kms.kms().await.map_err(Outcome::Failed)?;
                stage_key.unlock(&kms).await.map_err(Outcome::from)
            })
            .await
    }
}

impl Service {
    /// With credentials at hand.
    pub(crate) async fn kms(&self) -> Result<Kms, Failed> {
        match self {
            Self::Aws(aws) => aws.config().await.map(Kms::new),
            #[cfg(test)]
            Self::Given(kms) => Ok(kms.clone()),
        }
    }
}

impl File {
    fn open(&self, key: &UnlockedKey) -> Result<Zeroizing<Vec<u8>>, SealedError> {
        key.open(&SealedValue::parse(self.text)?, &self.name)
    }
}

fn not_embedded(request: &Request) -> Outcome {
    let detail = format!("no file of this source is embedded in the program ({request})");
    Outcome::Failed(Failed::new(FailureKind::InvalidRequest, detail))
}

fn two_files(path: &str, app: &str, other: &str) -> String {
    let apps = if app == other {
        format!("two packages with the app `{app}`")
    } else {
        format!("the apps `{app}` and `{other}`")
    };
    format!(
        "{apps} both have a file {path}, and one load cannot tell which is meant. Remedy: give one of the files another name, \
         or load the configurations one after the other"
    )
}

impl Store for SealedFiles {
    fn fetch<'a>(&'a self, requests: &'a [Request]) -> Outcomes<'a> {
        match self.sight {
            Sight::Values => Box::pin(self.open(requests)),
            Sight::Existence => Box::pin(async { requests.iter().map(|request| self.look(request)).collect() }),
        }
    }

    fn prepare<'a>(&'a self, _: &'a [Request]) -> Ready<'a> {
        match self.sight {
            Sight::Values => Box::pin(async { self.kms.kms().await.map(drop) }),
            Sight::Existence => Box::pin(std::future::ready(Ok(()))),
        }
    }

    fn operation(&self, _: &[Request]) -> &str {
        "Decrypt"
    }
}

#[cfg(test)]
mod tests;
