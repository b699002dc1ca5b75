//! Turns the values read from a stage into the result of a check. No part of a value leaves this
//! module.

mod composed;
mod unread;
mod warnings;

use stage_config_core::manage::{
    FieldState, ReadField, ReadStage, ReadValue, UnverifiedPart, check_embedded_snapshot,
};
use stage_config_core::schema::{FieldContent, Schema, Secrecy};
use stage_config_core::{Diagnostic, Failure, FailureKind, Help, PlannedField};
use stage_config_grammar::source::{Address, Source};

use super::report::{
    CheckResult, CheckWarning, CheckWarningKind, FieldCheck, FieldFailure, FieldFailureKind,
    FieldResult, StageCheck, UnverifiedCounts, UnverifiedItem, UnverifiedKind, Verifier,
};
use crate::session::StageSession;
use crate::{help, invocation, redact};

/// Checks one stage.
pub(super) fn examine_stage(stage: &StageSession, reading: &ReadStage) -> StageCheck {
    let examine_field = |field: &ReadField| FieldExamination { stage, field }.examine();
    let fields: Vec<FieldCheck> = reading.fields.iter().map(examine_field).collect();
    let unverified = find_validated_structs(stage.plan.schema(), "");
    let unverified: Vec<UnverifiedItem> = unverified.into_iter().map(|found| found.item).collect();
    let failures = reading
        .fields
        .iter()
        .filter_map(|field| match &field.state {
            FieldState::Failed(failure) => Some((&field.planned, failure)),
            _ => None,
        });
    StageCheck {
        stage: stage.name().to_owned(),
        fallback: stage.plan.stage().is_fallback(),
        result: CheckResult::from_fields(&fields),
        problem: None,
        run: None,
        unverified_values: UnverifiedCounts::from_fields(&fields, &unverified),
        unverified,
        warnings: check_snapshot(stage).into_iter().collect(),
        help: [
            help::for_missing(stage, failures),
            find_region_help(reading),
        ]
        .into_iter()
        .flatten()
        .collect(),
        fields,
    }
}

/// Returns the help if the region of a stage has none of the stage's values: the region may be
/// wrong.
fn find_region_help(reading: &ReadStage) -> Option<Help> {
    let is_missing = |field: &ReadField| match &field.state {
        FieldState::Failed(failure) => help::is_absent(failure.kind()),
        _ => false,
    };
    let region = reading.empty_region()?;
    let text = format!("no value was found in {region}; for another region, give --region");
    reading.fields.iter().any(is_missing).then(|| text.into())
}

/// Returns a warning if the embedded snapshot cannot be used. Does not open the snapshot.
fn check_snapshot(stage: &StageSession) -> Option<CheckWarning> {
    let report = check_embedded_snapshot(&stage.plan).filter(|report| !report.is_used())?;
    let detail = format!(
        "the snapshot {} cannot be used: {}: {}",
        report.path, report.state, report.detail
    );
    Some(Diagnostic::new(
        CheckWarningKind::Snapshot,
        "",
        detail,
        invocation::complete(report.help),
    ))
}

/// A struct that the program validates as a whole.
pub(super) struct ValidatedStruct {
    /// Its path as a prefix of fields, as in `mail.`; empty for the root struct.
    pub(super) path: String,
    pub(super) schema: &'static Schema,
    pub(super) item: UnverifiedItem,
}

/// Lists the structs that the program validates as a whole.
pub(super) fn find_validated_structs(schema: &'static Schema, path: &str) -> Vec<ValidatedStruct> {
    let location = if path.is_empty() {
        String::new()
    } else {
        format!(", in `{}`", path.trim_end_matches('.'))
    };
    let detail = format!(
        "the program's own `validate` of `{}`{location}",
        schema.name
    );
    let root = schema.validated.then(|| ValidatedStruct {
        path: path.to_owned(),
        schema,
        item: UnverifiedItem::new_for_program(UnverifiedKind::Validate, detail),
    });
    let nested = schema
        .fields
        .iter()
        .filter_map(|field| match &field.content {
            FieldContent::Nested { schema, .. } => Some(find_validated_structs(
                schema,
                &format!("{path}{}.", field.name),
            )),
            FieldContent::Value(_) => None,
        });
    root.into_iter().chain(nested.flatten()).collect()
}

struct FieldExamination<'a> {
    stage: &'a StageSession,
    field: &'a ReadField,
}

impl FieldExamination<'_> {
    fn planned(&self) -> &PlannedField {
        &self.field.planned
    }

    fn type_name(&self) -> &'static str {
        self.planned().spec().type_name
    }

    fn examine(&self) -> FieldCheck {
        let mut report = FieldCheck {
            field: self.planned().path().to_owned(),
            type_name: self.type_name(),
            secret: self.field.is_secret(),
            secrecy: self.planned().secrecy(),
            result: FieldResult::Ok,
            sources: redact::display_chain(self.planned().chain()),
            source: None,
            value_version: None,
            default: None,
            failure: None,
            unverified: self.list_unread_sources(),
            warnings: Vec::new(),
        };
        match &self.field.state {
            FieldState::Found(value) => self.examine_found(value, &mut report),
            FieldState::Composed(value) => self.examine_composed(value, &mut report),
            FieldState::Default(default) => {
                report.result = FieldResult::Default;
                report.default = *default;
                match self.field.verify() {
                    Some(Err(failure)) => {
                        self.add_wrong(&failure, failure.help().clone(), &mut report);
                    }
                    _ => report.unverified.extend(self.list_program_checks()),
                }
            }
            FieldState::Unset => {
                report.result = FieldResult::Absent;
                report.unverified.extend(self.list_program_checks());
            }
            FieldState::Undecided => report.result = FieldResult::Unknown,
            FieldState::Failed(failure) => self.add_failure(failure, &mut report),
        }
        if report.result != FieldResult::Wrong {
            report.warnings.extend(self.warn_about_default());
        }
        report
    }

    /// Lists the checks that only the program can make for a field without a value.
    fn list_program_checks(&self) -> Vec<UnverifiedItem> {
        let parts = self.field.verify().and_then(Result::ok).unwrap_or_default();
        parts
            .into_iter()
            .map(|part| self.new_program_item(part))
            .collect()
    }

    fn examine_found(&self, value: &ReadValue, report: &mut FieldCheck) {
        report.source = Some(redact::display_source(&value.source));
        report.value_version = value.version().map(str::to_owned);
        match self.field.verify() {
            Some(Err(failure)) => {
                let help =
                    help::replace_value(self.stage, self.planned(), &value.source, failure.help());
                self.add_wrong(&failure, help, report);
            }
            Some(Ok(parts)) => report.unverified.extend(
                parts
                    .into_iter()
                    .flat_map(|part| self.to_unverified_items(part, value)),
            ),
            None => {}
        }
        if self.planned().secrecy() == Secrecy::Yes && value.is_encrypted() == Some(false) {
            report.result = FieldResult::Wrong;
            report.failure.get_or_insert(Diagnostic::new(
                FieldFailureKind::Plaintext,
                "",
                "a secret in a String parameter, which is not encrypted",
                help::encrypt_value(self.stage, self.planned(), &value.source),
            ));
        }
        report.warnings.extend(self.warn_about_plaintext(value));
        // The help of a failure replaces the value. With the help of the warning, the user would
        // replace it twice.
        if report.result != FieldResult::Wrong {
            report.warnings.extend(self.warn_about_white_space(value));
        }
        report.warnings.extend(self.warn_about_whole_json(value));
        if report.result == FieldResult::Ok && !report.unverified.is_empty() {
            report.result = FieldResult::Exists;
        }
    }

    /// Adds a failure of a load. If a source that was not read may have a value, the failure is not
    /// certain.
    fn add_wrong(&self, failure: &Failure, help: Help, report: &mut FieldCheck) {
        let Some(unread_source) = self.field.unreachable_sources.first() else {
            report.result = FieldResult::Wrong;
            report.failure = Some(new_failure(failure, help));
            return;
        };
        let source = report
            .source
            .clone()
            .unwrap_or_else(|| report.sources.join(", "));
        let detail = describe_uncertain(&source, failure.kind(), failure.detail());
        report.result = FieldResult::Unknown;
        report
            .unverified
            .push(new_unverified_source(unread_source, detail));
    }

    fn to_unverified_items(&self, part: UnverifiedPart, value: &ReadValue) -> Vec<UnverifiedItem> {
        if part == UnverifiedPart::ExistsOnly {
            self.list_unread_parts(value)
        } else {
            vec![self.new_program_item(part)]
        }
    }

    fn new_program_item(&self, part: UnverifiedPart) -> UnverifiedItem {
        let kind = match part {
            UnverifiedPart::ExistsOnly => UnverifiedKind::Value,
            UnverifiedPart::Type => UnverifiedKind::Type,
            UnverifiedPart::JsonContent => UnverifiedKind::JsonContent,
            UnverifiedPart::With => UnverifiedKind::With,
            UnverifiedPart::Validate => UnverifiedKind::Validate,
        };
        UnverifiedItem::new_for_program(kind, redact::describe_unverified(part, self.type_name()))
    }

    /// Lists the unverified parts of a value that exists but was not read.
    fn list_unread_parts(&self, value: &ReadValue) -> Vec<UnverifiedItem> {
        let new_item = |kind, detail| UnverifiedItem {
            kind,
            verified_by: Verifier::Reading,
            detail,
        };
        let mut items = vec![new_item(
            UnverifiedKind::Value,
            redact::describe_unverified(UnverifiedPart::ExistsOnly, self.type_name()),
        )];
        if let Some(key) = &value.source.key {
            items.push(new_item(
                UnverifiedKind::JsonKey,
                format!("the key `{key}` in its JSON"),
            ));
        }
        // A read without decryption proves that a plain parameter is readable. It proves nothing
        // about the permission to decrypt. A read of AppConfig always returns the content.
        let has_content = matches!(value.source.address, Address::AppConfig { .. });
        if value.is_encrypted() != Some(false) && !has_content {
            items.push(new_item(
                UnverifiedKind::Access,
                "the permission to decrypt it".to_owned(),
            ));
        }
        items
    }

    fn add_failure(&self, failure: &Failure, report: &mut FieldCheck) {
        // `failed_source` is `None` if no source of the chain has a value. Then the table shows the
        // whole chain. A composed field has no chain, so the table shows its template.
        let template = self
            .planned()
            .spec()
            .compose
            .map(|compose| compose.template);
        report.source = self
            .field
            .failed_source()
            .map(redact::display_source)
            .or_else(|| template.map(str::to_owned));
        let help = help::for_failure(self.stage, self.planned(), failure);
        if !failure.kind().is_unanswered() {
            return self.add_wrong(failure, help, report);
        }
        report.result = FieldResult::Unchecked;
        report.failure = Some(new_failure(failure, help));
    }
}

/// Describes a failure that is not certain, because a source that was not read may have a value.
pub(super) fn describe_uncertain(source: &str, kind: FailureKind, detail: &str) -> String {
    let problem = match detail {
        "" => format!("{source}: {kind}"),
        detail => format!("{source}: {kind}: {detail}"),
    };
    format!(
        "{problem}. A load uses this source only if the sources that were not read have no value"
    )
}

fn new_failure(failure: &Failure, help: Help) -> FieldFailure {
    Diagnostic::new(
        FieldFailureKind::Load(failure.kind()),
        "",
        failure.detail(),
        help,
    )
}

fn new_unverified_source(source: &Source, detail: String) -> UnverifiedItem {
    UnverifiedItem {
        kind: UnverifiedKind::Source,
        verified_by: find_verifier(source),
        detail,
    }
}

/// Returns what could verify a source that was not read.
fn find_verifier(source: &Source) -> Verifier {
    match &source.address {
        Address::Env { .. } | Address::KmsEnv { .. } => Verifier::Deployment,
        Address::Custom { .. } => Verifier::Program,
        _ => Verifier::Reading,
    }
}
