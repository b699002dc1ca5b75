//! The result of a check as annotations of a GitHub Actions job.
//!
//! GitHub shows at most ten annotations of each level for a step. So a stage has one annotation for
//! all values that are not verified, and one error for each cause that prevented the check of
//! several fields.

use stage_config_core::Diagnostic;

use super::report::{CheckResult, FieldCheck, FieldResult, StageCheck};
use super::report_subject::ReportSubject;
use super::shared_cause::{SharedCause, find_shared_causes, is_shared};
use super::table;
use crate::cause::Cause;
use crate::error::CliError;
use crate::help::SEPARATE_SECRETS;
use crate::output::{self, Annotation, AnnotationLevel};

pub(super) fn print(subjects: &[ReportSubject<'_>]) -> Result<(), CliError> {
    let annotations: Vec<Annotation> = subjects.iter().flat_map(annotate_report).collect();
    output::print_annotations(&annotations)
}

fn annotate_report(subject: &ReportSubject<'_>) -> Vec<Annotation> {
    let mut annotations = Vec::new();
    for stage in &subject.report.stages {
        annotations.extend(annotate_stage(&subject.stage_title(stage), stage));
    }
    let title = subject.title("");
    let title = if title.is_empty() {
        subject.config
    } else {
        &title
    };
    for warning in &subject.report.warnings {
        annotations.push(annotate_warning(title, warning));
    }
    for shared in &subject.report.shared_secrets {
        let line = format!("the stages {} share this secret", shared.stages.join(", "));
        let lines = vec![line, format!("help: {SEPARATE_SECRETS}")];
        let title = format!("{title}: {}", shared.field);
        annotations.push(new_annotation(AnnotationLevel::Warning, title, lines));
    }
    annotations
}

fn annotate_stage(title: &str, stage: &StageCheck) -> Vec<Annotation> {
    let mut annotations = Vec::new();
    if let Some(problem) = &stage.problem {
        let title = if stage.result == CheckResult::Unchecked {
            format!("{title}: could not be checked")
        } else {
            title.to_owned()
        };
        annotations.push(new_annotation(
            AnnotationLevel::Error,
            title,
            problem.lines(),
        ));
    }
    let shared = find_shared_causes(stage);
    annotations.extend(shared.iter().map(|shared| annotate_cause(title, shared)));
    let causes: Vec<Cause> = shared.into_iter().map(|shared| shared.cause).collect();
    for field in table::sort_fields(stage) {
        annotations.extend(annotate_field(title, field, &causes));
    }
    annotations.extend(annotate_unverified(title, stage));
    let warnings = stage.warnings.iter();
    annotations.extend(warnings.map(|warning| annotate_warning(title, warning)));
    annotations
}

/// Returns the annotation of all fields whose check was prevented by one cause.
fn annotate_cause(title: &str, shared: &SharedCause<'_>) -> Annotation {
    let title = format!("{title}: {} fields: unchecked", shared.fields.len());
    new_annotation(AnnotationLevel::Error, title, shared.lines())
}

/// Returns the annotations of a field. If the cause of its failure is in `causes`, the failure has
/// no annotation here, because the cause has one.
fn annotate_field(title: &str, field: &FieldCheck, causes: &[Cause]) -> Vec<Annotation> {
    let title = format!("{title}: {}", table::name_subject(field));
    let mut annotations = Vec::new();
    let is_failed = matches!(field.result, FieldResult::Wrong | FieldResult::Unchecked);
    if is_failed && !is_shared(field, causes) {
        let mut lines = table::format_detail(field, &[]);
        if let Some(help) = table::find_help(field) {
            lines.push(format!("help: {help}"));
        }
        let title = format!("{title}: {}", table::format_result(field));
        annotations.push(new_annotation(AnnotationLevel::Error, title, lines));
    }
    let warnings = field.warnings.iter();
    annotations.extend(warnings.map(|warning| annotate_warning(&title, warning)));
    annotations
}

/// Returns one annotation for everything that is not verified, except in fields that are wrong or
/// unchecked. The level of the annotation is error if unverified values make the command fail, and
/// warning otherwise.
fn annotate_unverified(title: &str, stage: &StageCheck) -> Option<Annotation> {
    let fields = stage
        .fields
        .iter()
        .filter(|field| !matches!(field.result, FieldResult::Wrong | FieldResult::Unchecked))
        .flat_map(|field| {
            let items = field.unverified.iter();
            items.map(|item| format!("{}: {}", field.field, item.detail))
        });
    let structs = stage.unverified.iter().map(|item| item.detail.clone());
    let lines: Vec<String> = fields.chain(structs).collect();
    let level = match stage.result {
        CheckResult::Unverified => AnnotationLevel::Error,
        _ => AnnotationLevel::Warning,
    };
    (!lines.is_empty()).then(|| new_annotation(level, format!("{title}: not verified"), lines))
}

fn annotate_warning<K>(title: &str, warning: &Diagnostic<K>) -> Annotation {
    let lines = vec![warning.detail.clone(), format!("help: {}", warning.help)];
    new_annotation(AnnotationLevel::Warning, title.to_owned(), lines)
}

fn new_annotation(level: AnnotationLevel, title: String, lines: Vec<String>) -> Annotation {
    Annotation {
        level,
        title,
        message: lines.into(),
    }
}
