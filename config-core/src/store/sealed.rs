//! The store of sealed files, `sealed:`. One `Decrypt` call opens all values of an app in a stage.

use super::{Failed, FetchFuture, Found, Outcome, PrepareFuture, Request, Store};
use crate::{
    aws::SharedAwsConfig,
    error::{ErrorKind, Mistake},
    failure::FailureKind,
    plan::Plan,
    read_mode::ReadMode,
    sealed::{
        KEY_FILE, KeyRing, KmsClient, SealedError, SealedValue, StageKey, UnlockedKey, value_path,
    },
};
use futures_util::future::join_all;
use stage_config_grammar::source::Address;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use tokio::sync::OnceCell;
use zeroize::Zeroizing;

/// The store of `sealed:`, for the plans of one load.
pub(crate) struct SealedFiles {
    kms: KmsProvider,
    mode: ReadMode,
    files: HashMap<Request, EmbeddedFile>,
    keys: BTreeMap<AppStage, EmbeddedKey>,
}

/// The KMS client that unlocks the stage keys.
#[derive(Clone)]
pub(crate) enum KmsProvider {
    /// All attempts of a load share one client.
    Aws(Arc<SharedAwsConfig>, Arc<OnceCell<KmsClient>>),
    #[cfg(test)]
    Fixed(KmsClient),
}

/// An app and a stage. All their sealed files have one key pair.
type AppStage = (&'static str, String);

struct EmbeddedFile {
    owner: AppStage,
    name: String,
    text: &'static str,
}

struct EmbeddedKey {
    /// `None` if the program does not embed the key pair.
    text: Option<&'static str>,
    /// The unlocked key, kept for the whole load. An error is not kept.
    unlocked: Arc<OnceCell<UnlockedKey>>,
}

impl SealedFiles {
    /// Creates a store for the sealed files of these plans.
    ///
    /// # Errors
    ///
    /// Returns a mistake if one source names two files. This is the case if two apps have a file
    /// with the same stage and name, if two packages with the same app have different files with
    /// the same stage and name, or if two plans in different stages read a source that names no
    /// stage.
    pub(crate) fn new<'a>(
        aws: Arc<SharedAwsConfig>,
        ring: &KeyRing,
        mode: ReadMode,
        plans: impl IntoIterator<Item = &'a Plan>,
    ) -> Result<Self, Mistake> {
        Self::new_with(KmsProvider::new(aws), ring, mode, plans)
    }

    fn new_with<'a>(
        kms: KmsProvider,
        ring: &KeyRing,
        mode: ReadMode,
        plans: impl IntoIterator<Item = &'a Plan>,
    ) -> Result<Self, Mistake> {
        let mut store = Self {
            kms,
            mode,
            files: HashMap::new(),
            keys: BTreeMap::new(),
        };
        for plan in plans {
            for source in plan.fields.iter().flat_map(|field| &field.chain) {
                if let Address::Sealed { name, stage } = &source.address {
                    let stage = stage.as_deref().unwrap_or(plan.stage.name());
                    store.add(plan, ring, Request(source.address.clone()), stage, name)?;
                }
            }
        }
        Ok(store)
    }

    fn add(
        &mut self,
        plan: &Plan,
        ring: &KeyRing,
        request: Request,
        stage: &str,
        name: &str,
    ) -> Result<(), Mistake> {
        let embedded = plan.schema.all_sealed();
        let mut matching = embedded
            .iter()
            .filter(|(_, file)| file.stage == stage && file.name == name);
        // A missing file is reported when it is requested.
        let Some((app, file)) = matching.next() else {
            return Ok(());
        };
        if let Some((other, _)) =
            matching.find(|(other, second)| other != app || second.text != file.text)
        {
            return Err(describe_conflict(&value_path(stage, name), app, other));
        }

        let owner = (*app, stage.to_owned());
        let key = embedded
            .iter()
            .find(|(owner, key)| owner == app && key.stage == stage && key.name == KEY_FILE);
        let text = key.map(|(_, key)| key.text);
        let unlocked = text.map(|text| ring.key_cell(text)).unwrap_or_default();
        self.keys
            .entry(owner.clone())
            .or_insert(EmbeddedKey { text, unlocked });

        let new = EmbeddedFile {
            owner,
            name: name.to_owned(),
            text: file.text,
        };
        match self.files.get(&request) {
            Some(old) if old.owner.1 != new.owner.1 => {
                let (one, other) = (&old.owner.1, &new.owner.1);
                let detail = format!(
                    "`{request}` is read by two configurations that run in the stages `{one}` and \
                     `{other}`"
                );
                Err(Mistake::new(
                    ErrorKind::Options,
                    "",
                    detail,
                    "load them one after the other",
                ))
            }
            Some(old) if old.owner != new.owner || old.text != new.text => Err(describe_conflict(
                &value_path(stage, name),
                old.owner.0,
                new.owner.0,
            )),
            _ => {
                self.files.insert(request, new);
                Ok(())
            }
        }
    }

    async fn open(&self, requests: &[Request]) -> Vec<Outcome> {
        // Unlock each key once, and all keys concurrently. A file that is not embedded and an
        // invalid key pair are reported without a call to KMS.
        let mut owners: Vec<&AppStage> = requests
            .iter()
            .filter_map(|request| Some(&self.files.get(request)?.owner))
            .collect();
        owners.sort();
        owners.dedup();

        let unlocked = join_all(owners.iter().map(|owner| self.unlock(owner))).await;
        let unlocked: BTreeMap<&AppStage, _> = owners.into_iter().zip(unlocked).collect();

        let outcome = |request| match self.files.get(request) {
            None => not_embedded_outcome(request),
            Some(file) => match unlocked.get(&file.owner) {
                Some(Ok(key)) => file.open(key).map_or_else(Outcome::from, |plaintext| {
                    Outcome::Found(Found::from_text_or_bytes(&plaintext))
                }),
                Some(Err(outcome)) => outcome.clone(),
                None => Outcome::Failed(Failed::new(
                    FailureKind::InvalidRequest,
                    "its key was not requested",
                )),
            },
        };
        requests.iter().map(outcome).collect()
    }

    /// Checks a file without KMS: it must be embedded, complete, and sealed for this stage's key
    /// under this name.
    fn check_embedded(&self, request: &Request) -> Outcome {
        let Some(file) = self.files.get(request) else {
            return not_embedded_outcome(request);
        };
        let verified = self.find_key(&file.owner).and_then(|(_, key)| {
            file.parse()
                .and_then(|value| value.verify(&key, &file.name))
                .map_err(Outcome::from)
        });
        match verified {
            Ok(()) => Outcome::Found(Found::new_exists_only()),
            Err(outcome) => outcome,
        }
    }

    /// Returns the key pair of an owner, after a check that the key pair belongs to the owner's app
    /// and stage.
    fn find_key(&self, owner: &AppStage) -> Result<(&EmbeddedKey, StageKey), Outcome> {
        let (app, stage) = owner;
        let key = self.keys.get(owner).and_then(|key| Some((key, key.text?)));
        let Some((key, text)) = key else {
            let detail = format!(
                "{} is not embedded in the program",
                value_path(stage, KEY_FILE)
            );
            return Err(Outcome::Failed(Failed::new(
                FailureKind::InvalidRequest,
                detail,
            )));
        };

        let stage_key = StageKey::parse_in(text, stage).map_err(Outcome::from)?;
        // Do not trust the owner that the file declares; compare it with the owner that was
        // requested.
        stage_key.verify(app, stage).map_err(Outcome::from)?;
        Ok((key, stage_key))
    }

    async fn unlock(&self, owner: &AppStage) -> Result<&UnlockedKey, Outcome> {
        let (key, stage_key) = self.find_key(owner)?;
        key.unlocked
            .get_or_try_init(|| async {
                let kms = self.kms.connect().await.map_err(Outcome::Failed)?;
                stage_key.unlock(&kms).await.map_err(Outcome::from)
            })
            .await
    }
}

impl KmsProvider {
    pub(crate) fn new(aws: Arc<SharedAwsConfig>) -> Self {
        Self::Aws(aws, Arc::default())
    }

    /// Returns a client whose credentials have been fetched.
    pub(crate) async fn connect(&self) -> Result<KmsClient, Failed> {
        match self {
            Self::Aws(aws, client) => client
                .get_or_try_init(|| async { aws.config().await.map(KmsClient::new) })
                .await
                .cloned(),
            #[cfg(test)]
            Self::Fixed(kms) => Ok(kms.clone()),
        }
    }
}

impl EmbeddedFile {
    fn open(&self, key: &UnlockedKey) -> Result<Zeroizing<Vec<u8>>, SealedError> {
        key.open(&self.parse()?, &self.name)
    }

    fn parse(&self) -> Result<SealedValue, SealedError> {
        let (_, stage) = &self.owner;
        SealedValue::parse_in(self.text, stage, &self.name)
    }
}

fn not_embedded_outcome(request: &Request) -> Outcome {
    let detail = format!("no file of this source is embedded in the program ({request})");
    Outcome::Failed(Failed::new(FailureKind::InvalidRequest, detail))
}

fn describe_conflict(path: &str, app: &str, other: &str) -> Mistake {
    let apps = if app == other {
        format!("two packages with the app `{app}`")
    } else {
        format!("the apps `{app}` and `{other}`")
    };
    let detail = format!("{apps} both have a file {path}, and one load cannot distinguish them");
    let help = "give one of the files another name, or load the configurations one after the other";
    Mistake::new(ErrorKind::Options, "", detail, help)
}

impl Store for SealedFiles {
    fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
        match self.mode {
            ReadMode::Values => Box::pin(self.open(requests)),
            ReadMode::Offline | ReadMode::Existence => Box::pin(async {
                requests
                    .iter()
                    .map(|request| self.check_embedded(request))
                    .collect()
            }),
        }
    }

    fn prepare<'a>(&'a self, _: &'a [Request]) -> PrepareFuture<'a> {
        match self.mode {
            ReadMode::Values => Box::pin(async { self.kms.connect().await.map(drop) }),
            ReadMode::Offline | ReadMode::Existence => Box::pin(std::future::ready(Ok(()))),
        }
    }

    fn operation(&self, _: &[Request]) -> &str {
        "Decrypt"
    }
}

#[cfg(test)]
mod tests;
