//! A stage's embedded snapshot: what can be told of it without KMS, and what it gives when it is opened.

use super::content::{self, Unreadable};
use crate::{
    failure::FailureKind,
    fetch::{Until, full_jitter, patience},
    means::Wave,
    outcome::{Failed, Outcome, Request},
    plan::{Plan, PlannedField},
    report::{CallReport, SnapshotReport, SnapshotState},
    schema::{Snapshot, SnapshotFile},
    sealed::{SealedError, SealedErrorKind, SealedSnapshot, SnapshotHead, StageKey, UnlockedKey},
};
use stage_config_grammar::{
    duration::spaced,
    snapshot::{is_empty, path},
    source::Address,
};
use std::{
    collections::{HashMap, HashSet},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};
use tokio::{
    sync::OnceCell,
    time::{Instant, sleep, timeout_at},
};

/// How far two clocks may be apart.
const SKEW: Duration = Duration::from_secs(5 * 60);
/// Addresses and fields that a message names.
const NAMED: usize = 5;

/// What a stage can hope for.
pub(crate) enum Prospect {
    /// There is no snapshot, or nothing that it could give.
    Nothing,
    /// There is one that does not serve.
    Useless(SnapshotReport),
    /// There is one that KMS can open.
    Offer(Box<Offer>),
}

/// A snapshot whose headers fit. The rest, up to a mebibyte, is read when it is opened, which few loads come to.
pub(crate) struct Offer {
    report: SnapshotReport,
    stage: String,
    text: &'static str,
    key: StageKey,
    /// The text of `key`, by which others of the load know it too.
    key_text: &'static str,
    /// What is taken from it, if it is taken at all.
    pub(crate) gives: HashSet<Request>,
}

/// What came of opening a snapshot.
pub(crate) struct Opened {
    pub(crate) report: SnapshotReport,
    /// Empty unless the report says that it is used.
    pub(crate) outcomes: HashMap<Request, Outcome>,
    /// The call to KMS, if one was made.
    pub(crate) call: Option<CallReport>,
}

impl Prospect {
    /// Looks at the snapshot of a plan's stage. `now` is in seconds since 1970.
    pub(crate) fn of(plan: &Plan, now: u64) -> Self {
        let (Some(snapshot), stage) = (&plan.schema.snapshot, &plan.stage) else { return Self::Nothing };
        let file = snapshot.files.iter().find(|file| !stage.is_fallback() && file.stage == stage.name());
        let gives = given(plan, snapshot);
        let Some(file) = file.filter(|_| !gives.is_empty()) else { return Self::Nothing };
        let mut report = SnapshotReport::of(path(snapshot.path, stage.name()));
        match look(plan, snapshot, file, now, &mut report) {
            Ok((key, key_text)) => {
                let (stage, text) = (stage.name().to_owned(), file.text);
                Self::Offer(Box::new(Offer { report, stage, text, key, key_text, gives }))
            }
            Err(fault) => Self::Useless(report.with(fault)),
        }
    }

    /// There is one, and it is known that it cannot serve: why stands in the error of a load that fails.
    pub(crate) fn is_useless(&self) -> bool {
        matches!(self, Self::Useless(_))
    }

    pub(crate) fn gives(&self, request: &Request) -> bool {
        matches!(self, Self::Offer(offer) if offer.gives.contains(request))
    }
}

/// What a snapshot gives to a plan: what Parameter Store and Secrets Manager keep, but for what is to be fresh. Variables and the
/// program's own stores are beyond whoever writes a snapshot, and sealed files are in the program anyway.
pub(crate) fn given(plan: &Plan, snapshot: &Snapshot) -> HashSet<Request> {
    // Whoever redirects a field in an incident wants what is there now.
    let is_fresh =
        |field: &PlannedField| field.variable.is_some() || field.value.refresh_ms.is_some() && !snapshot.refreshed;
    let requests = |fresh: bool| {
        let fields = plan.fields.iter().filter(move |field| is_fresh(field) == fresh);
        fields.flat_map(|field| &field.arms).map(|source| Request(source.address.clone()))
    };
    let fresh: HashSet<Request> = requests(true).collect();
    requests(false).filter(|request| is_kept(request.parsed()) && !fresh.contains(request)).collect()
}

/// Whether a snapshot keeps what is at an address.
pub(crate) fn is_kept(address: &Address) -> bool {
    matches!(address, Address::Parameter { .. } | Address::Secret { .. })
}

/// Why a snapshot does not serve.
pub(crate) struct Fault {
    state: SnapshotState,
    detail: String,
    remedy: String,
    /// Another try may end better.
    passes: bool,
}

impl Fault {
    /// What a new snapshot mends.
    pub(crate) fn anew(state: SnapshotState, stage: &str, detail: String) -> Self {
        let remedy = format!("cargo stage snapshot --stage {stage}; then commit it, build and deploy");
        Self { state, detail, remedy, passes: false }
    }

    /// What is wrong with a text, which alone does not know its stage.
    fn in_text(error: SealedError, stage: &str) -> Self {
        let fault = Self::from(error);
        Self { remedy: fault.remedy.replace("--stage STAGE", &format!("--stage {stage}")), ..fault }
    }
}

impl From<SealedError> for Fault {
    fn from(error: SealedError) -> Self {
        use SealedErrorKind as Kind;
        let state = match error.kind() {
            Kind::Malformed | Kind::TooLarge | Kind::InvalidName => SnapshotState::Malformed,
            Kind::UnsupportedVersion => SnapshotState::UnsupportedVersion,
            Kind::WrongApp | Kind::WrongStage | Kind::WrongName => SnapshotState::Misplaced,
            Kind::WrongKey | Kind::WrongContext | Kind::WrongKmsKey | Kind::KmsKeyUnusable => SnapshotState::WrongKey,
            Kind::Tampered => SnapshotState::Tampered,
            Kind::Denied => SnapshotState::Denied,
            Kind::Credentials => SnapshotState::Credentials,
            Kind::Throttled | Kind::Unavailable | Kind::InvalidAnswer => SnapshotState::Unavailable,
        };
        let passes = error.is_passing();
        Self { state, detail: error.detail().to_owned(), remedy: error.remedy().to_owned(), passes }
    }
}

impl From<Failed> for Fault {
    fn from(failed: Failed) -> Self {
        let (state, remedy) = match failed.kind {
            FailureKind::Credentials => {
                (SnapshotState::Credentials, "give the process credentials and a region that KMS accepts")
            }
            _ => {
                let remedy = "look at the network to KMS (VPC endpoint, security group, proxy), or lengthen `deadline`";
                (SnapshotState::Unavailable, remedy)
            }
        };
        Self { state, detail: failed.detail, remedy: remedy.to_owned(), passes: failed.retry }
    }
}

impl SnapshotReport {
    fn of(path: String) -> Self {
        let (why, detail, remedy) = (String::new(), String::new(), String::new());
        Self { path, state: SnapshotState::Used, why, created: None, age: None, detail, remedy }
    }

    pub(crate) fn with(self, fault: Fault) -> Self {
        let Fault { state, detail, remedy, .. } = fault;
        Self { state, detail, remedy, ..self }
    }

    pub(crate) fn because(self, why: String) -> Self {
        Self { why, ..self }
    }
}

/// Everything that needs neither KMS nor more of the file than its headers.
fn look(
    plan: &Plan,
    snapshot: &Snapshot,
    file: &SnapshotFile,
    now: u64,
    report: &mut SnapshotReport,
) -> Result<(StageKey, &'static str), Fault> {
    let stage = plan.stage.name();
    if is_empty(file.text) {
        let detail = "it is the placeholder of a first build".to_owned();
        return Err(Fault::anew(SnapshotState::Empty, stage, detail));
    }
    let head = SnapshotHead::parse(file.text).map_err(|error| Fault::in_text(error, stage))?;
    let Some(key_text) = file.key else {
        return Err(Fault::anew(SnapshotState::WrongKey, stage, "the stage's key pair is not embedded".to_owned()));
    };
    let key = StageKey::parse(key_text)?;
    // The file's own word for whose key it is counts for nothing.
    key.verify(plan.schema.app, stage)?;
    head.verify(&key)?;
    report.created = Some(head.created());
    let early = Duration::from_secs(head.created().saturating_sub(now));
    if early > SKEW {
        let early = spaced(&humantime::format_duration(early).to_string());
        let detail = format!("it was written {early} later than now, by this machine's clock");
        return Err(Fault::anew(SnapshotState::FromTheFuture, stage, detail));
    }
    let age = Duration::from_secs(now.saturating_sub(head.created()));
    report.age = Some(age);
    if let Some(max) = snapshot.max_age_ms.map(Duration::from_millis).filter(|max| age > *max) {
        let shown = |duration| spaced(&humantime::format_duration(duration).to_string());
        let (age, max) = (shown(age), shown(max));
        let detail = format!("it is {age} old, and `snapshot_max_age` is {max}");
        return Err(Fault::anew(SnapshotState::TooOld, stage, detail));
    }
    Ok((key, key_text))
}

impl Offer {
    /// What can be told without KMS.
    #[cfg(feature = "manage")]
    pub(crate) fn look(&self) -> SnapshotReport {
        let report = self.report.clone();
        match self.sealed() {
            Ok(_) => report,
            Err(fault) => report.with(fault),
        }
    }

    fn sealed(&self) -> Result<SealedSnapshot, Fault> {
        SealedSnapshot::parse(self.text).map_err(|error| Fault::in_text(error, &self.stage))
    }

    /// Opens the snapshot: one `Decrypt`, or none where somebody else has unlocked the key pair already.
    pub(crate) async fn open(&self, wave: &Wave, until: Until) -> Opened {
        let (start, calls) = (Instant::now(), AtomicUsize::new(0));
        let opened = self.answers(wave, until, &calls).await;
        let calls = calls.into_inner();
        let call = (calls > 0).then(|| CallReport {
            scheme: "snapshot".to_owned(),
            operation: "Decrypt".to_owned(),
            region: None,
            names: vec![self.report.path.clone()],
            elapsed: start.elapsed(),
            retries: u32::try_from(calls - 1).unwrap_or(u32::MAX),
        });
        let report = self.report.clone();
        match opened {
            Ok(outcomes) => Opened { report, outcomes, call },
            Err(fault) => Opened { report: report.with(fault), outcomes: HashMap::new(), call },
        }
    }

    async fn answers(
        &self,
        wave: &Wave,
        until: Until,
        calls: &AtomicUsize,
    ) -> Result<HashMap<Request, Outcome>, Fault> {
        let place = wave.keys.place(self.key_text);
        let sealed = self.sealed()?;
        let plaintext = self.unlocked(&place, wave, until, calls).await?.open_snapshot(&sealed)?;
        let mut answers = content::read(&plaintext).map_err(|error| self.unreadable(&error))?;
        let (mut outcomes, mut lacking) = (HashMap::new(), Vec::new());
        for request in &self.gives {
            match answers.remove(&request.to_string()) {
                Some(outcome) => drop(outcomes.insert(request.clone(), outcome)),
                None => lacking.push(request.to_string()),
            }
        }
        if lacking.is_empty() { Ok(outcomes) } else { Err(self.lacks(lacking, sealed.config())) }
    }

    /// The stage's key pair. Tried again within the deadline, as every call is.
    async fn unlocked<'p>(
        &self,
        place: &'p OnceCell<UnlockedKey>,
        wave: &Wave,
        until: Until,
        calls: &AtomicUsize,
    ) -> Result<&'p UnlockedKey, Fault> {
        let late = || Failed::new(FailureKind::Credentials, "no AWS credentials came before the deadline");
        let kms = timeout_at(until.ready, wave.kms.kms()).await.map_err(|_| late())??;
        let patience = patience(until.answered);
        for retries in 0.. {
            let unlock = place.get_or_try_init(|| {
                calls.fetch_add(1, Ordering::Relaxed);
                self.key.unlock(&kms)
            });
            let fault = match timeout_at(until.answered.min(Instant::now() + patience), unlock).await {
                Ok(Ok(unlocked)) => return Ok(unlocked),
                Ok(Err(error)) => Fault::from(error),
                Err(_) => Fault::from(Failed::new(FailureKind::TimedOut, "KMS does not answer")),
            };
            let pause = full_jitter(retries);
            if !fault.passes || Instant::now() + pause >= until.answered {
                return Err(fault);
            }
            sleep(pause).await;
        }
        Err(late().into())
    }

    fn unreadable(&self, error: &Unreadable) -> Fault {
        match error {
            Unreadable::Version(version) => Fault {
                state: SnapshotState::UnsupportedVersion,
                detail: format!("the version of its content is {version}, which this stage-config does not read"),
                remedy: "update stage-config".to_owned(),
                passes: false,
            },
            Unreadable::Malformed => {
                let detail = "it opens, and holds no values: something else was sealed".to_owned();
                Fault::anew(SnapshotState::Malformed, &self.stage, detail)
            }
        }
    }

    fn lacks(&self, mut lacking: Vec<String>, config: &str) -> Fault {
        lacking.sort();
        let detail = format!("it does not have {}, and was written for `{config}`", some_of(lacking));
        Fault::anew(SnapshotState::OtherSchema, &self.stage, detail)
    }
}

/// As many as a message may name.
pub(crate) fn some_of(mut all: Vec<String>) -> String {
    let more = all.len().saturating_sub(NAMED);
    all.truncate(NAMED);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{more}", all.join(", "))
}
