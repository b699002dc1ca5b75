//! The embedded snapshot of a stage: what it provides, and the checks that need no KMS.

use super::{error::SnapshotError, usable::UsableSnapshot};
use crate::{
    outcome::Request,
    plan::{Plan, PlannedField},
    report::{SnapshotReport, SnapshotState},
    schema::{SnapshotFile, SnapshotSpec},
    sealed::{SnapshotHeaders, StageKey},
};
use stage_config_grammar::{
    duration::add_spaces,
    snapshot::{is_placeholder, resolve_path},
    source::Address,
};
use std::{collections::HashSet, time::Duration};

/// The maximum time by which a snapshot may be newer than the clock of the machine.
const SKEW: Duration = Duration::from_secs(5 * 60);

/// The snapshot of a stage, before it is opened.
pub(crate) enum SnapshotCandidate {
    /// The stage has no snapshot, a snapshot cannot answer any request of the plan, or local values
    /// replace the snapshot.
    Absent,
    /// The stage has a snapshot, but the load cannot use it.
    Unusable(SnapshotReport),
    /// The stage has a snapshot whose headers are valid.
    Usable(Box<UsableSnapshot>),
}

impl SnapshotCandidate {
    /// Checks the snapshot of the plan's stage. `now` is in seconds since 1970.
    pub(crate) fn from_plan(plan: &Plan, now: u64) -> Self {
        let (Some(snapshot), stage) = (&plan.schema.snapshot, &plan.stage) else {
            return Self::Absent;
        };
        let file = snapshot
            .files
            .iter()
            .find(|file| !stage.is_fallback() && file.stage == stage.name());
        let provides = snapshot_requests(plan, snapshot);
        let Some(file) = file.filter(|_| !provides.is_empty()) else {
            return Self::Absent;
        };

        let mut report = SnapshotReport::new(resolve_path(snapshot.path, stage.name()));
        match check_headers(plan, snapshot, file, now, &mut report) {
            Ok((key, key_text)) => {
                let (stage, text) = (stage.name().to_owned(), file.text);
                Self::Usable(Box::new(UsableSnapshot {
                    report,
                    stage,
                    text,
                    key,
                    key_text,
                    provides,
                }))
            }
            Err(error) => Self::Unusable(report.with_error(error)),
        }
    }

    /// Returns whether the stage has a snapshot that the load cannot use. The error of a failed
    /// load says why.
    pub(crate) fn is_unusable(&self) -> bool {
        matches!(self, Self::Unusable(_))
    }

    pub(crate) fn has_request(&self, request: &Request) -> bool {
        matches!(self, Self::Usable(snapshot) if snapshot.provides.contains(request))
    }
}

/// Returns the requests that a snapshot answers for a plan: those to Parameter Store, Secrets
/// Manager and AppConfig, except those of fields that must be fresh. The writer of a snapshot
/// cannot read the program's variables or the program's own stores. Sealed files are already
/// embedded in the program.
pub(crate) fn snapshot_requests(plan: &Plan, snapshot: &SnapshotSpec) -> HashSet<Request> {
    // A user who redirects a field with a variable wants its current value.
    let is_fresh = |field: &PlannedField| {
        field.variable.is_some() || field.spec.refresh_ms.is_some() && !snapshot.refreshed
    };
    let requests = |fresh: bool| {
        let fields = plan
            .fields
            .iter()
            .filter(move |field| is_fresh(field) == fresh);
        fields
            .flat_map(|field| &field.chain)
            .map(|source| Request(source.address.clone()))
    };
    let fresh: HashSet<Request> = requests(true).collect();

    requests(false)
        .filter(|request| is_snapshot_address(request.parsed_address()) && !fresh.contains(request))
        .collect()
}

/// Returns whether a snapshot can hold the value at an address.
pub(crate) fn is_snapshot_address(address: &Address) -> bool {
    address.is_in_service()
}

/// Runs every check that needs only the headers of the file, and not KMS. Returns the stage's key
/// pair and the text of the key pair. Records the time and the age of the snapshot in `report`.
fn check_headers(
    plan: &Plan,
    snapshot: &SnapshotSpec,
    file: &SnapshotFile,
    now: u64,
    report: &mut SnapshotReport,
) -> Result<(StageKey, &'static str), SnapshotError> {
    let stage = plan.stage.name();
    if is_placeholder(file.text) {
        let detail =
            "it is the placeholder that the first build needs; no snapshot was written yet"
                .to_owned();
        return Err(SnapshotError::with_new_snapshot(
            SnapshotState::Empty,
            stage,
            detail,
        ));
    }

    let headers = SnapshotHeaders::parse(file.text, Some(stage))?;
    let Some(key_text) = file.key else {
        return Err(SnapshotError::with_new_snapshot(
            SnapshotState::WrongKey,
            stage,
            "the stage's key pair is not embedded".to_owned(),
        ));
    };
    let key = StageKey::parse_in(key_text, stage)?;
    // Do not trust the headers of the files. The key pair must belong to this app and stage, and
    // the snapshot must be sealed for this key pair.
    key.verify(plan.schema.app, stage)?;
    headers.verify(&key)?;
    report.created = Some(headers.created());

    let early = Duration::from_secs(headers.created().saturating_sub(now));
    if early > SKEW {
        let early = add_spaces(&humantime::format_duration(early).to_string());
        let detail =
            format!("its time of creation is {early} later than the clock of this machine");
        return Err(SnapshotError::with_new_snapshot(
            SnapshotState::FromTheFuture,
            stage,
            detail,
        ));
    }

    let age = Duration::from_secs(now.saturating_sub(headers.created()));
    report.age = Some(age);
    if let Some(max) = snapshot
        .max_age_ms
        .map(Duration::from_millis)
        .filter(|max| age > *max)
    {
        let format = |duration| add_spaces(&humantime::format_duration(duration).to_string());
        let (age, max) = (format(age), format(max));
        let detail = format!("it is {age} old, and `snapshot_max_age` is {max}");
        return Err(SnapshotError::with_new_snapshot(
            SnapshotState::TooOld,
            stage,
            detail,
        ));
    }
    Ok((key, key_text))
}
