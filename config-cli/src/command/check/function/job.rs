//! Prints the result of checking functions in the two forms that GitHub Actions shows for a job:
//! annotations, and a Markdown table.

use super::report::{FindingGroup, FindingResult, FunctionReport};
use super::table::format_result;
use crate::command::check::markdown::{escape_line, push_row};
use crate::error::CliError;
use crate::output::{self, Annotation, AnnotationLevel};

/// Prints an annotation for each group of findings that is not ok, and for each function that could
/// not be checked completely.
pub(super) fn print_annotations(report: &FunctionReport) -> Result<(), CliError> {
    let mut annotations = Vec::new();
    for check in &report.functions {
        let title = check.title();
        annotations.extend(check.problem.as_ref().map(|problem| Annotation {
            level: AnnotationLevel::Error,
            title: format!("{title}: could not be checked"),
            message: problem.lines().into(),
        }));
        let groups = check.group_findings();
        annotations.extend(groups.iter().filter_map(|group| annotate(&title, group)));
    }
    output::print_annotations(&annotations)?;
    output::eprint_line(&report.summary());
    Ok(())
}

fn annotate(title: &str, group: &FindingGroup<'_>) -> Option<Annotation> {
    let finding = group.first;
    let level = match finding.result {
        FindingResult::Wrong | FindingResult::Unchecked => AnnotationLevel::Error,
        FindingResult::Unverified | FindingResult::Warning => AnnotationLevel::Warning,
        FindingResult::Ok => return None,
    };
    let mut lines = vec![group.message()];
    if !finding.help().is_empty() {
        lines.push(format!("help: {}", finding.help()));
    }
    let (part, result) = (finding.part.label(), finding.result.label());
    Some(Annotation {
        level,
        title: format!("{title}: {part}: {result}"),
        message: lines.into(),
    })
}

/// Prints a table for the summary of a job.
pub(super) fn print_markdown(report: &FunctionReport) -> Result<(), CliError> {
    let mut text = String::new();
    let head = ["Function", "Stage", "Part", "Result", "Detail"].map(str::to_owned);
    push_row(&mut text, &head);
    push_row(&mut text, &head.map(|_| "---".to_owned()));
    for check in &report.functions {
        let place = [&check.function, &check.stage].map(|text| escape_line(text));
        let problem = check.problem.as_ref().map(CliError::line);
        let result = [
            String::new(),
            escape_line(&output::remove_marks(&format_result(check))),
            escape_line(&problem.unwrap_or_default()),
        ];
        push_row(&mut text, &[&place[..], &result].concat());
        for group in check.group_findings() {
            let finding = group.first;
            if finding.result == FindingResult::Ok {
                continue;
            }
            let cells = [
                finding.part.label().to_owned(),
                finding.result.label().to_owned(),
                escape_line(&group.message()),
            ];
            push_row(&mut text, &[&place[..], &cells].concat());
        }
    }
    text.push_str(&format!("\n{}\n", escape_line(&report.summary())));
    output::print_document(&text)?;
    output::eprint_line(&report.summary());
    Ok(())
}
