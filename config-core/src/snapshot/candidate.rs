//! The embedded snapshot of a stage: the checks that need no KMS, and opening it.

use super::content::{self, ContentError};
use crate::{
    backends::Wave,
    backoff::CALL_BACKOFF,
    diagnostic::{Diagnostic, Help},
    failure::FailureKind,
    fetch::{TimeBudget, compute_attempt_timeout},
    outcome::{Failed, Outcome, Request},
    plan::{Plan, PlannedField},
    report::{CallReport, SnapshotReport, SnapshotState},
    schema::{SnapshotFile, SnapshotSpec},
    sealed::{SealedError, SealedErrorKind, SealedSnapshot, SnapshotHeaders, StageKey, UnlockedKey},
};
use stage_config_grammar::{
    duration::add_spaces,
    snapshot::{is_placeholder, resolve_path},
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

/// The maximum difference between two clocks.
const SKEW: Duration = Duration::from_secs(5 * 60);
/// The maximum number of addresses and fields in a message.
const MAX_NAMED: usize = 5;

/// The snapshot of a stage, before it is opened.
pub(crate) enum SnapshotCandidate {
    /// There is no snapshot, or it holds nothing that the plan can use.
    Absent,
    /// There is a snapshot, but it cannot be used.
    Unusable(SnapshotReport),
    /// There is a snapshot that KMS can open.
    Usable(Box<UsableSnapshot>),
}

/// A snapshot whose headers are valid. The rest, up to a mebibyte, is read only when it is opened,
/// which few loads do.
pub(crate) struct UsableSnapshot {
    report: SnapshotReport,
    stage: String,
    text: &'static str,
    key: StageKey,
    /// The text of `key`. Configurations of one load with the same text share the key pair.
    key_text: &'static str,
    /// The requests that the snapshot answers if it is used.
    pub(crate) provides: HashSet<Request>,
}

/// The result of opening a snapshot.
pub(crate) struct OpenedSnapshot {
    pub(crate) report: SnapshotReport,
    /// Empty unless the report says that the snapshot is used.
    pub(crate) outcomes: HashMap<Request, Outcome>,
    /// The call to KMS, if there was one.
    pub(crate) call: Option<CallReport>,
}

impl SnapshotCandidate {
    /// Checks the snapshot of the plan's stage. `now` is in seconds since 1970.
    pub(crate) fn from_plan(plan: &Plan, now: u64) -> Self {
        let (Some(snapshot), stage) = (&plan.schema.snapshot, &plan.stage) else { return Self::Absent };
        let file = snapshot.files.iter().find(|file| !stage.is_fallback() && file.stage == stage.name());
        let gives = snapshot_requests(plan, snapshot);
        let Some(file) = file.filter(|_| !gives.is_empty()) else { return Self::Absent };
        let mut report = SnapshotReport::new(resolve_path(snapshot.path, stage.name()));
        match check_headers(plan, snapshot, file, now, &mut report) {
            Ok((key, key_text)) => {
                let (stage, text) = (stage.name().to_owned(), file.text);
                Self::Usable(Box::new(UsableSnapshot { report, stage, text, key, key_text, provides: gives }))
            }
            Err(fault) => Self::Unusable(report.with_error(fault)),
        }
    }

    /// Returns whether there is a snapshot that cannot be used. The error of a failed load says
    /// why.
    pub(crate) fn is_unusable(&self) -> bool {
        matches!(self, Self::Unusable(_))
    }

    pub(crate) fn has_request(&self, request: &Request) -> bool {
        matches!(self, Self::Usable(offer) if offer.provides.contains(request))
    }
}

/// Returns the requests that a snapshot answers for a plan: those to Parameter Store and Secrets
/// Manager, except for fields that must be fresh. The writer of a snapshot cannot read variables
/// and the program's own stores, and sealed files are embedded in the program anyway.
pub(crate) fn snapshot_requests(plan: &Plan, snapshot: &SnapshotSpec) -> HashSet<Request> {
    // A user who redirects a field with a variable wants its current value.
    let is_fresh =
        |field: &PlannedField| field.variable.is_some() || field.spec.refresh_ms.is_some() && !snapshot.refreshed;
    let requests = |fresh: bool| {
        let fields = plan.fields.iter().filter(move |field| is_fresh(field) == fresh);
        fields.flat_map(|field| &field.chain).map(|source| Request(source.address.clone()))
    };
    let fresh: HashSet<Request> = requests(true).collect();
    requests(false)
        .filter(|request| is_snapshot_address(request.parsed_address()) && !fresh.contains(request))
        .collect()
}

/// Returns whether a snapshot can hold the value at an address.
pub(crate) fn is_snapshot_address(address: &Address) -> bool {
    matches!(address, Address::Parameter { .. } | Address::Secret { .. })
}

/// Why a snapshot cannot be used. The report names the file, so the subject is empty.
pub(crate) type SnapshotError = Diagnostic<SnapshotState>;

impl SnapshotError {
    /// Returns an error whose help is to write a new snapshot.
    pub(crate) fn with_new_snapshot(state: SnapshotState, stage: &str, detail: String) -> Self {
        let write = Help::run(format!("cargo stage snapshot --stage {stage}"));
        Self::new(state, "", detail, write.also("then commit it, build and deploy"))
    }
}

impl From<SealedError> for SnapshotError {
    fn from(error: SealedError) -> Self {
        use SealedErrorKind as Kind;
        let state = match error.kind() {
            Kind::Malformed | Kind::TooLarge | Kind::InvalidName => SnapshotState::Malformed,
            Kind::UnsupportedVersion => SnapshotState::UnsupportedVersion,
            Kind::WrongApp | Kind::WrongStage | Kind::WrongName => SnapshotState::Misplaced,
            Kind::WrongKey
            | Kind::Kms(FailureKind::WrongContext | FailureKind::WrongKey | FailureKind::KeyUnusable) => {
                SnapshotState::WrongKey
            }
            Kind::Tampered => SnapshotState::Tampered,
            Kind::Kms(FailureKind::Denied) => SnapshotState::Denied,
            Kind::Kms(FailureKind::Credentials) => SnapshotState::Credentials,
            Kind::Kms(_) => SnapshotState::Unavailable,
        };
        let Diagnostic { detail, help, .. } = error.diagnostic().clone();
        Self::new(state, "", detail, help)
    }
}

impl From<Failed> for SnapshotError {
    fn from(failed: Failed) -> Self {
        let (state, help) = match failed.kind {
            FailureKind::Credentials => {
                (SnapshotState::Credentials, "give the process credentials and a region that KMS accepts")
            }
            _ => {
                let help = "look at the network to KMS (VPC endpoint, security group, proxy), or increase `timeout`";
                (SnapshotState::Unavailable, help)
            }
        };
        Self::new(state, "", failed.detail, help)
    }
}

impl SnapshotReport {
    fn new(path: String) -> Self {
        let (reason, detail, help) = (String::new(), String::new(), String::new());
        Self { path, state: SnapshotState::Used, reason, created: None, age: None, detail, help }
    }

    pub(crate) fn with_error(self, fault: SnapshotError) -> Self {
        let Diagnostic { kind: state, detail, help, .. } = fault;
        Self { state, detail, help: help.to_string(), ..self }
    }

    pub(crate) fn with_reason(self, why: String) -> Self {
        Self { reason: why, ..self }
    }
}

/// Runs every check that needs neither KMS nor more of the file than its headers.
fn check_headers(
    plan: &Plan,
    snapshot: &SnapshotSpec,
    file: &SnapshotFile,
    now: u64,
    report: &mut SnapshotReport,
) -> Result<(StageKey, &'static str), SnapshotError> {
    let stage = plan.stage.name();
    if is_placeholder(file.text) {
        let detail = "it is the placeholder of a first build".to_owned();
        return Err(SnapshotError::with_new_snapshot(SnapshotState::Empty, stage, detail));
    }
    let head = SnapshotHeaders::parse(file.text, Some(stage))?;
    let Some(key_text) = file.key else {
        return Err(SnapshotError::with_new_snapshot(
            SnapshotState::WrongKey,
            stage,
            "the stage's key pair is not embedded".to_owned(),
        ));
    };
    let key = StageKey::parse(key_text)?;
    // Do not trust the key id in the file; compare it with the stage's key.
    key.verify(plan.schema.app, stage)?;
    head.verify(&key)?;
    report.created = Some(head.created());
    let early = Duration::from_secs(head.created().saturating_sub(now));
    if early > SKEW {
        let early = add_spaces(&humantime::format_duration(early).to_string());
        let detail = format!("it was written {early} later than now, by this machine's clock");
        return Err(SnapshotError::with_new_snapshot(SnapshotState::FromTheFuture, stage, detail));
    }
    let age = Duration::from_secs(now.saturating_sub(head.created()));
    report.age = Some(age);
    if let Some(max) = snapshot.max_age_ms.map(Duration::from_millis).filter(|max| age > *max) {
        let shown = |duration| add_spaces(&humantime::format_duration(duration).to_string());
        let (age, max) = (shown(age), shown(max));
        let detail = format!("it is {age} old, and `snapshot_max_age` is {max}");
        return Err(SnapshotError::with_new_snapshot(SnapshotState::TooOld, stage, detail));
    }
    Ok((key, key_text))
}

impl UsableSnapshot {
    /// Runs the checks that need no KMS.
    #[cfg(feature = "manage")]
    pub(crate) fn check_file(&self) -> SnapshotReport {
        let report = self.report.clone();
        match self.parse_sealed() {
            Ok(_) => report,
            Err(fault) => report.with_error(fault),
        }
    }

    fn parse_sealed(&self) -> Result<SealedSnapshot, SnapshotError> {
        Ok(SealedSnapshot::parse_in(self.text, Some(&self.stage))?)
    }

    /// Opens the snapshot with one `Decrypt`, or without a call if another configuration has
    /// already unlocked the key pair.
    pub(crate) async fn open(&self, wave: &Wave, until: TimeBudget) -> OpenedSnapshot {
        let (start, calls) = (Instant::now(), AtomicUsize::new(0));
        let opened = self.read_answers(wave, until, &calls).await;
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
            Ok(outcomes) => OpenedSnapshot { report, outcomes, call },
            Err(fault) => OpenedSnapshot { report: report.with_error(fault), outcomes: HashMap::new(), call },
        }
    }

    async fn read_answers(
        &self,
        wave: &Wave,
        until: TimeBudget,
        calls: &AtomicUsize,
    ) -> Result<HashMap<Request, Outcome>, SnapshotError> {
        let place = wave.keys.key_cell(self.key_text);
        let sealed = self.parse_sealed()?;
        let plaintext = self.unlock_key(&place, wave, until, calls).await?.open_snapshot(&sealed)?;
        let mut answers = content::read(&plaintext).map_err(|error| self.content_error(&error))?;
        let (mut outcomes, mut lacking) = (HashMap::new(), Vec::new());
        for request in &self.provides {
            match answers.remove(&request.to_string()) {
                Some(outcome) => drop(outcomes.insert(request.clone(), outcome)),
                None => lacking.push(request.to_string()),
            }
        }
        if lacking.is_empty() { Ok(outcomes) } else { Err(self.missing_addresses_error(lacking, sealed.config())) }
    }

    /// Unlocks the stage's key pair. Retries within the deadline, like every other call.
    async fn unlock_key<'p>(
        &self,
        place: &'p OnceCell<UnlockedKey>,
        wave: &Wave,
        until: TimeBudget,
        calls: &AtomicUsize,
    ) -> Result<&'p UnlockedKey, SnapshotError> {
        let late = || Failed::new(FailureKind::Credentials, "no AWS credentials came before the deadline");
        let kms = timeout_at(until.prepare_deadline, wave.kms.connect()).await.map_err(|_| late())??;
        let patience = compute_attempt_timeout(until.fetch_deadline);
        for retries in 0.. {
            let unlock = place.get_or_try_init(|| {
                calls.fetch_add(1, Ordering::Relaxed);
                self.key.unlock(&kms)
            });
            let (fault, transient) = match timeout_at(until.fetch_deadline.min(Instant::now() + patience), unlock).await
            {
                Ok(Ok(unlocked)) => return Ok(unlocked),
                Ok(Err(error)) => (SnapshotError::from(error.clone()), Outcome::from(error).is_transient()),
                Err(_) => (Failed::new(FailureKind::TimedOut, "KMS does not answer").into(), true),
            };
            let pause = CALL_BACKOFF.draw(retries);
            if !transient || Instant::now() + pause >= until.fetch_deadline {
                return Err(fault);
            }
            sleep(pause).await;
        }
        Err(late().into())
    }

    fn content_error(&self, error: &ContentError) -> SnapshotError {
        match error {
            ContentError::Version(version) => SnapshotError::new(
                SnapshotState::UnsupportedVersion,
                "",
                format!("the version of its content is {version}, which this stage-config does not read"),
                "update stage-config",
            ),
            ContentError::Malformed => {
                let detail = "it opens, and holds no values: something else was sealed".to_owned();
                SnapshotError::with_new_snapshot(SnapshotState::Malformed, &self.stage, detail)
            }
        }
    }

    fn missing_addresses_error(&self, mut lacking: Vec<String>, config: &str) -> SnapshotError {
        lacking.sort();
        let detail = format!("it does not have {}, and was written for `{config}`", list_some(lacking));
        SnapshotError::with_new_snapshot(SnapshotState::OtherSchema, &self.stage, detail)
    }
}

/// Joins as many entries as a message may name.
pub(crate) fn list_some(mut all: Vec<String>) -> String {
    let more = all.len().saturating_sub(MAX_NAMED);
    all.truncate(MAX_NAMED);
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("{}{more}", all.join(", "))
}
