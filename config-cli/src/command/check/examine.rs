//! From what was read of a stage to what a check says of it. No part of a value gets beyond this file.

use stage_config_core::manage::{ReadField, ReadValue, Reading, State, Unverified, embedded_snapshot};
use stage_config_core::schema::{Content, Kind, Schema, Secrecy};
use stage_config_core::{Failure, FailureKind, PlannedField};

use super::remedy;
use super::report::{
    Fault, FaultKind, FieldReport, FieldResult, Open, OpenCounts, OpenKind, Outcome, StageReport, Verifier, Warning,
    WarningKind,
};
use crate::session::OneStage;
use crate::shown;

/// One stage.
pub(super) fn examine(stage: &OneStage, reading: &Reading) -> StageReport {
    let planned = stage.plan.planned();
    let field = |field: &ReadField| {
        let planned = planned.iter().find(|planned| planned.path() == field.path)?;
        Some(Examined { stage: stage.name(), planned, field }.report())
    };
    let fields: Vec<FieldReport> = reading.fields.iter().filter_map(field).collect();
    let unverified = validated_structs(stage.plan.schema(), "");
    StageReport {
        stage: stage.name().to_owned(),
        fallback: stage.plan.stage().is_fallback(),
        result: Outcome::of_fields(&fields),
        problem: None,
        unverified_values: OpenCounts::of(&fields, &unverified),
        unverified,
        warnings: snapshot(stage).into_iter().collect(),
        fields,
    }
}

/// Whether the snapshot that was built in could serve, as far as that can be told without opening it.
fn snapshot(stage: &OneStage) -> Option<Warning> {
    let report = embedded_snapshot(&stage.plan).filter(|report| !report.is_used())?;
    let detail = format!("the snapshot {} is of no use: {}: {}", report.path, report.state, report.detail);
    Some(Warning { kind: WarningKind::Snapshot, detail, remedy: report.remedy })
}

/// The structs that the program validates as a whole.
fn validated_structs(schema: &Schema, path: &str) -> Vec<Open> {
    let place = if path.is_empty() { String::new() } else { format!(", in `{}`", path.trim_end_matches('.')) };
    let detail = format!("the program's own `validate` of `{}`{place}", schema.name);
    let own = schema.validated.then(|| Open::by_program(OpenKind::Validate, detail));
    let nested = schema.fields.iter().filter_map(|field| match &field.content {
        Content::Nested { schema, .. } => Some(validated_structs(schema, &format!("{path}{}.", field.name))),
        Content::Value(_) => None,
    });
    own.into_iter().chain(nested.flatten()).collect()
}

struct Examined<'a> {
    stage: &'a str,
    planned: &'a PlannedField,
    field: &'a ReadField,
}

impl Examined<'_> {
    fn report(&self) -> FieldReport {
        let mut report = FieldReport {
            field: self.field.path.clone(),
            type_name: self.field.value.type_name,
            secret: self.field.is_secret(),
            secrecy: self.field.secrecy,
            result: FieldResult::Ok,
            sources: self.field.sources.iter().map(|source| shown::source(source).to_owned()).collect(),
            source: None,
            value_version: None,
            default: None,
            failure: None,
            unverified: self.unasked(),
            warnings: Vec::new(),
        };
        match &self.field.state {
            State::Found(value) => self.found(value, &mut report),
            State::Default(default) => {
                report.result = FieldResult::Default;
                report.default = *default;
                report.unverified.extend(self.not_found());
            }
            State::Absent => {
                report.result = FieldResult::Absent;
                report.unverified.extend(self.not_found());
            }
            State::Unknown => report.result = FieldResult::Unknown,
            State::Failed(failure) => self.failed(failure, &mut report),
        }
        report
    }

    /// Sources that this command cannot ask: those before the one that won, and those that decide whether the struct is there.
    fn unasked(&self) -> Vec<Open> {
        let unasked = self.field.unasked.iter().map(|source| {
            let how = match verifier(source) {
                Verifier::Program => "a store that the program itself brings",
                Verifier::Deployment => "a variable of the deployment, which `--env-file FILE` can give",
                Verifier::Reading => "not asked with --offline",
            };
            open_source(source, format!("{} ({how})", shown::source(source)))
        });
        let undecided = self.field.undecided.iter().map(|source| {
            open_source(source, format!("whether its struct is there, which {} decides", shown::source(source)))
        });
        unasked.chain(undecided).collect()
    }

    /// What only the program knows of the value of a field that nothing was found for.
    fn not_found(&self) -> Vec<Open> {
        let open = self.field.verify().and_then(Result::ok).unwrap_or_default();
        open.into_iter().map(|open| self.by_program(open)).collect()
    }

    fn found(&self, value: &ReadValue, report: &mut FieldReport) {
        report.source = Some(shown::source(&value.source).to_owned());
        report.value_version = value.version().map(str::to_owned);
        match self.field.verify() {
            Some(Err(failure)) => {
                let remedy = remedy::other_value(self.stage, self.planned, &value.source, failure.remedy());
                self.wrong(&failure, remedy, report);
            }
            Some(Ok(open)) => report.unverified.extend(open.into_iter().flat_map(|open| self.open(open, value))),
            None => {}
        }
        if self.field.secrecy == Secrecy::Yes && value.encrypted() == Some(false) {
            report.result = FieldResult::Wrong;
            report.failure.get_or_insert(Fault {
                kind: FaultKind::Plaintext,
                detail: "a secret that is kept as a String parameter, which is not encrypted".to_owned(),
                remedy: remedy::encrypt(self.stage, self.planned, &value.source),
            });
        }
        report.warnings.extend(self.in_clear(value));
        report.warnings.extend(self.white_space(value));
        if report.result == FieldResult::Ok && !report.unverified.is_empty() {
            report.result = FieldResult::Exists;
        }
    }

    /// A load fails with it, unless a source that was not asked has a value.
    fn wrong(&self, failure: &Failure, remedy: String, report: &mut FieldReport) {
        let Some(first) = self.field.unasked.first() else {
            report.result = FieldResult::Wrong;
            let (kind, detail) = (FaultKind::Of(failure.kind()), failure.detail().to_owned());
            report.failure = Some(Fault { kind, detail, remedy });
            return;
        };
        let source = shown::source(failure.source().unwrap_or_default());
        let detail = match failure.detail() {
            "" => format!("{source} is {} if nothing is there", failure.kind()),
            detail => format!("{source} is {} if nothing is there: {detail}", failure.kind()),
        };
        report.result = FieldResult::Unknown;
        report.unverified.push(open_source(first, detail));
    }

    fn open(&self, open: Unverified, value: &ReadValue) -> Vec<Open> {
        if open == Unverified::Unseen { self.unseen(value) } else { vec![self.by_program(open)] }
    }

    fn by_program(&self, open: Unverified) -> Open {
        let kind = match open {
            Unverified::Unseen => OpenKind::Value,
            Unverified::Type => OpenKind::Type,
            Unverified::InsideOfJson => OpenKind::InsideOfJson,
            Unverified::With => OpenKind::With,
            Unverified::Validate => OpenKind::Validate,
        };
        Open::by_program(kind, shown::unverified(open, self.field.value.type_name))
    }

    /// What remains where a value was not asked for.
    fn unseen(&self, value: &ReadValue) -> Vec<Open> {
        let by_reading = |kind, detail| Open { kind, verified_by: Verifier::Reading, detail };
        let mut open =
            vec![by_reading(OpenKind::Value, shown::unverified(Unverified::Unseen, self.field.value.type_name))];
        let source = self.planned.chain().iter().find(|source| self.planned.shown(source) == value.source);
        if let Some(key) = source.and_then(|source| source.key.as_ref()) {
            open.push(by_reading(OpenKind::JsonKey, format!("the key `{key}` in its JSON")));
        }
        // Whoever may ask for a parameter without decryption may read what is not encrypted; of all else it says nothing.
        if value.encrypted() != Some(false) {
            open.push(by_reading(OpenKind::Access, "the right to decrypt it".to_owned()));
        }
        open
    }

    fn failed(&self, failure: &Failure, report: &mut FieldReport) {
        // Where nothing was found there is no source to name, but the whole chain.
        let source = failure.source().filter(|_| failure.kind() != FailureKind::Missing);
        report.source = source.map(|source| shown::source(source).to_owned());
        let remedy = match failure.kind() {
            FailureKind::Missing | FailureKind::NoValue => {
                remedy::first_value(self.stage, self.planned, failure.remedy())
            }
            _ => failure.remedy().to_owned(),
        };
        if !failure.kind().is_unanswered() {
            return self.wrong(failure, remedy, report);
        }
        report.result = FieldResult::Unchecked;
        let (kind, detail) = (FaultKind::Of(failure.kind()), failure.detail().to_owned());
        report.failure = Some(Fault { kind, detail, remedy });
    }

    /// JSON may hold a password, and its type does not say that it holds none.
    fn in_clear(&self, value: &ReadValue) -> Option<Warning> {
        self.field.may_be_a_secret_in_clear().then(|| Warning {
            kind: WarningKind::Plaintext,
            detail: format!(
                "JSON of `{}`, which may hold a secret, is kept in a parameter that is not encrypted",
                self.field.value.type_name
            ),
            remedy: format!(
                "write `#[config(plain)]` on the field if it holds none; else `#[config(secret)]`, and {}",
                remedy::encrypt(self.stage, self.planned, &value.source)
            ),
        })
    }

    /// White space around a text that is taken as it is stored. Lines of a key or a certificate end with a line end, the last
    /// one too.
    fn white_space(&self, value: &ReadValue) -> Option<Warning> {
        let text = value.text().filter(|_| self.field.value.shape.kind == Kind::String)?;
        let line = text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n'));
        let detail = match line {
            Some(line) if line.trim() == line && line.contains('\n') => return None,
            Some(line) if line.trim() == line => "it ends with a line end, which belongs to the value",
            _ if text.trim() != text => "it begins or ends with white space, which belongs to the value",
            _ => return None,
        };
        let remedy = remedy::other_value(self.stage, self.planned, &value.source, "store it without the white space");
        Some(Warning { kind: WarningKind::WhiteSpace, detail: detail.to_owned(), remedy })
    }
}

fn open_source(source: &str, detail: String) -> Open {
    Open { kind: OpenKind::Source, verified_by: verifier(source), detail }
}

/// What would ask a source that was not asked, or not answered.
fn verifier(source: &str) -> Verifier {
    match source.split_once(':') {
        Some(("env" | "kms-env", _)) => Verifier::Deployment,
        Some((scheme, _))
            if !scheme.contains('/') && !matches!(scheme, "ssm" | "secret" | "sealed" | "value" | "arn") =>
        {
            Verifier::Program
        }
        _ => Verifier::Reading,
    }
}
