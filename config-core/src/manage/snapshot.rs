//! Writes and verifies snapshots, see `#[config(snapshot = "…")]`.

use super::{
    AwsContext, FieldState, ManageError, ReadMode, ReadStage,
    read_fields::{FieldsBuilder, ReadField},
};
use crate::{
    aws::SharedAwsConfig,
    backends::Wave,
    diagnostic::Diagnostic,
    failure::FailureKind,
    fetch::{Stores, TimeBudget},
    outcome::{Outcome, Request},
    plan::{Plan, PlannedField},
    report::{SnapshotReport, SnapshotState},
    schema::{Schema, SnapshotFile, SnapshotSpec},
    sealed::StageKey,
    snapshot::{
        candidate::{SnapshotCandidate, is_snapshot_address, snapshot_requests},
        content,
        error::{SnapshotError, list_some},
    },
    store::{environment::Environment, sealed::KmsProvider},
};
use stage_config_grammar::source::Address;
use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::time::Instant;

/// A new snapshot, before it is written to a file. `Debug` shows no value, because the text is
/// encrypted.
#[derive(Debug)]
#[non_exhaustive]
pub struct NewSnapshot {
    /// The text of the file.
    pub text: String,
    /// The number of values in the snapshot.
    pub values: usize,
    /// The number of addresses that are recorded as missing.
    pub missing: usize,
    /// The addresses that a load requests but a snapshot never contains: those of custom stores,
    /// such as `vault:a`, those of `kms-env:`, and, without `snapshot_refreshed`, those that a
    /// field with `refresh` reads.
    pub left_out: Vec<String>,
}

/// Seals the result of reading a stage.
///
/// Call [`ReadStage::load_error`] first, to check that a load of the stage would not fail.
///
/// # Errors
///
/// Returns the errors of [`check_snapshot`]. Returns an error if only the existence of the values
/// was read, or if the values are too large. Also returns an error if the read of any source
/// failed, even if another source of the chain has a value. A snapshot contains the outcomes of all
/// sources that it can hold, not only of the sources that the fields use.
pub fn write_snapshot(
    plan: &Plan,
    read_stage: &ReadStage,
    key: &StageKey,
) -> Result<NewSnapshot, ManageError> {
    let requests = collect_requests(plan)?;
    let answer = |request: &Request| Some((request.to_string(), read_stage.outcomes.get(request)?));
    let answers: Vec<(String, &Outcome)> = requests.iter().filter_map(answer).collect();

    let is_unread = |request: &&Request| {
        let outcome = read_stage.outcomes.get(*request);
        !matches!(outcome, Some(Outcome::Found(_) | Outcome::Missing))
    };
    let unread: Vec<String> = requests
        .iter()
        .filter(is_unread)
        .map(Request::to_string)
        .collect();
    if !unread.is_empty() {
        let detail = format!(
            "a snapshot contains the values of these sources, but they could not be read: {}",
            unread.join(", ")
        );
        let help = "try again with credentials that may read all these sources";
        return Err(ManageError::new(FailureKind::Denied, "", detail, help));
    }

    let missing = answers
        .iter()
        .filter(|(_, outcome)| matches!(outcome, Outcome::Missing))
        .count();
    let values = answers.len() - missing;
    let unwritable = || {
        ManageError::new(
            FailureKind::InvalidAnswer,
            "",
            "only the existence of the values was read",
            "read the stage with `ReadMode::Values`",
        )
    };
    let plaintext = content::write(answers).ok_or_else(unwritable)?;
    let config = format!("{}::{}", plan.schema.module, plan.schema.name);
    let sealed = key
        .seal_snapshot(&config, unix_now(), &plaintext)
        .map_err(|error| {
            let Diagnostic {
                subject,
                detail,
                help,
                ..
            } = error.diagnostic().clone();
            ManageError::new(FailureKind::InvalidRequest, subject, detail, help)
        })?;

    let planned: BTreeSet<Request> = plan.requests().collect();
    let left_out = planned
        .iter()
        .filter(|request| !requests.contains(*request) && !is_embedded(request));
    Ok(NewSnapshot {
        text: sealed.to_string(),
        values,
        missing,
        left_out: left_out.map(Request::to_string).collect(),
    })
}

/// Checks that a stage can have a snapshot.
///
/// # Errors
///
/// Returns an error if the struct has no snapshot, if the stage is not declared, or if the snapshot
/// would be empty. The help names the necessary change.
pub fn check_snapshot(plan: &Plan) -> Result<(), ManageError> {
    collect_requests(plan).map(drop)
}

fn collect_requests(plan: &Plan) -> Result<BTreeSet<Request>, ManageError> {
    let schema = plan.schema;
    let refuse = |detail: String, help: &str| {
        Err(ManageError::new(
            FailureKind::InvalidRequest,
            "",
            detail,
            help,
        ))
    };
    let Some(snapshot) = &schema.snapshot else {
        let detail = format!("`{}` has no snapshot", schema.name);
        return refuse(
            detail,
            "write `#[config(snapshot = \"sealed/{stage}.snapshot\")]` on the struct",
        );
    };
    if plan.stage.is_fallback() {
        let detail = format!(
            "the stage `{}` is not declared, and only declared stages have a snapshot",
            plan.stage
        );
        return refuse(detail, "declare the stage, or name a declared one");
    }
    let requests: BTreeSet<Request> = snapshot_requests(plan, snapshot).into_iter().collect();
    if !requests.is_empty() {
        Ok(requests)
    } else if plan
        .requests()
        .any(|request| is_snapshot_address(request.parsed_address()))
    {
        let detail =
            "every field that a snapshot can hold has `refresh`, so a snapshot would be empty"
                .to_owned();
        refuse(
            detail,
            "write `snapshot_refreshed` next to `snapshot`, or remove `snapshot`",
        )
    } else {
        refuse(
            "the stage reads nothing that a snapshot can hold: no parameter, no secret and no \
             configuration of AppConfig"
                .to_owned(),
            "remove `snapshot` from the struct",
        )
    }
}

/// Returns the report that a load would have about the embedded snapshot. Makes no call. Returns
/// `None` if the stage has no snapshot, or if the plan needs no value from it.
#[must_use]
pub fn check_embedded_snapshot(plan: &Plan) -> Option<SnapshotReport> {
    match SnapshotCandidate::from_plan(plan, unix_now()) {
        SnapshotCandidate::Absent => None,
        SnapshotCandidate::Unusable(report) => Some(report),
        SnapshotCandidate::Usable(usable) => Some(usable.check_file()),
    }
}

/// The result of verifying a snapshot's file.
#[derive(Debug)]
#[non_exhaustive]
pub struct VerifiedSnapshot {
    /// The report that a load would have.
    pub report: SnapshotReport,
    /// The fields that read from the snapshot, with its values. [`ReadField::verify`] returns
    /// the parts that only the program can check. Empty if the snapshot was not opened.
    pub fields: Vec<ReadField>,
}

/// Returns the report that a load with this file as its embedded snapshot would have. With
/// `context`, opens the file with one `Decrypt` call, and checks its values against the fields.
///
/// The texts are leaked, because an embedded file is `'static`. So call this function only in a
/// command that ends.
///
/// # Errors
///
/// Returns the errors of [`check_snapshot`].
pub async fn verify_snapshot(
    plan: &Plan,
    text: String,
    key: Option<String>,
    context: Option<&AwsContext>,
    timeout: Duration,
) -> Result<VerifiedSnapshot, ManageError> {
    collect_requests(plan)?;
    let plan = with_file(plan, text, key);
    let unopened = |report| {
        Ok(VerifiedSnapshot {
            report,
            fields: Vec::new(),
        })
    };
    match (SnapshotCandidate::from_plan(&plan, unix_now()), context) {
        (SnapshotCandidate::Usable(usable), Some(context)) => {
            let kms = KmsProvider::new(Arc::new(SharedAwsConfig::new(Some(context.0.clone()))));
            let wave = Wave {
                calls: Vec::new(),
                stores: Stores::new(),
                kms,
                keys: Arc::default(),
            };
            let budget = TimeBudget::new(Instant::now(), timeout);
            let opened = usable.open(&wave, budget).await;
            if opened.report.is_used() {
                verify_values(&plan, opened.report, &opened.outcomes)
            } else {
                unopened(opened.report)
            }
        }
        (SnapshotCandidate::Usable(usable), None) => unopened(usable.check_file()),
        (SnapshotCandidate::Unusable(report), _) => unopened(report),
        (SnapshotCandidate::Absent, _) => Err(ManageError::new(
            FailureKind::InvalidRequest,
            "",
            "there is nothing to verify",
            "name a declared stage",
        )),
    }
}

/// Returns the plan with `text` as the embedded snapshot, and `key` as the stage's key pair.
fn with_file(plan: &Plan, text: String, key: Option<String>) -> Plan {
    let leak = |text: String| -> &'static str { Box::leak(text.into_boxed_str()) };
    let mut plan = plan.clone();
    let stage = leak(plan.stage.name().to_owned());
    let file = SnapshotFile {
        stage,
        key: key.map(leak),
        text: leak(text),
    };
    if let Some(snapshot) = plan.schema.snapshot {
        let snapshot = Some(SnapshotSpec {
            files: Box::leak(Box::new([file])),
            ..snapshot
        });
        plan.schema = Box::leak(Box::new(Schema {
            snapshot,
            ..*plan.schema
        }));
    }
    plan
}

/// Checks the values of a snapshot against the fields. Ignores a field without a source in the
/// snapshot, because a load reads its value from a store.
fn verify_values(
    plan: &Plan,
    report: SnapshotReport,
    outcomes: &HashMap<Request, Outcome>,
) -> Result<VerifiedSnapshot, ManageError> {
    let has_outcome = |address: &Address| outcomes.contains_key(&Request(address.clone()));
    let can_read = |address: &Address| matches!(address, Address::Value(_)) || has_outcome(address);
    let environment = Environment::Fixed(Arc::default());
    let builder = FieldsBuilder {
        plan,
        can_read: &can_read,
        environment: &environment,
        mode: ReadMode::Values,
    };
    let mut fields = builder.build_fields(outcomes)?;
    let reads = |field: &PlannedField| {
        field
            .chain
            .iter()
            .any(|source| has_outcome(&source.address))
    };
    let snapshot_fields: BTreeSet<&str> = plan
        .fields
        .iter()
        .filter(|field| reads(field))
        .map(PlannedField::path)
        .collect();
    fields.retain(|field| snapshot_fields.contains(field.planned.path()));
    let failures: Vec<String> = fields.iter().filter_map(format_failure).collect();

    let report = if failures.is_empty() {
        report
    } else {
        let detail = format!("its values do not fit the struct: {}", list_some(failures));
        report.with_error(SnapshotError::with_new_snapshot(
            SnapshotState::OtherSchema,
            plan.stage.name(),
            detail,
        ))
    };
    Ok(VerifiedSnapshot { report, fields })
}

/// Formats the failure of a field as `` `limit`: missing, /payments/prod/limit ``. Returns `None`
/// if no failure is known. The text of a `value:` source is omitted, because it is the value.
fn format_failure(field: &ReadField) -> Option<String> {
    let failure = field.load_failure()?;
    let source = match &field.state {
        FieldState::Found(value) => Some(&value.source),
        _ => field.failed_source(),
    };
    let is_in_code = source.is_some_and(|source| matches!(source.address, Address::Value(_)));

    let (path, kind, detail) = (failure.field(), failure.kind(), failure.detail());
    let source = failure.source().filter(|_| !is_in_code);
    let source = source.map_or_else(String::new, |source| format!(", {source}"));
    let detail = if detail.is_empty() {
        String::new()
    } else {
        format!(" ({detail})")
    };
    Some(format!("`{path}`: {kind}{source}{detail}"))
}

/// Returns whether the value is in an embedded sealed file.
fn is_embedded(request: &Request) -> bool {
    request.scheme() == "sealed"
}

fn unix_now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs()
}
