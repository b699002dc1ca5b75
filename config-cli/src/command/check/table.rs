//! The report for a person at a terminal: a table a stage, what is wrong first.

use super::report::{
    Fault, FieldReport, FieldResult, OpenCounts, OpenKind, Outcome, Report, SameBy, StageReport, Warning,
};
use crate::lines::Lines;
use crate::output::{self, Tone, toned};
use crate::problem::Problem;

pub(super) fn print(report: &Report) -> Result<(), Problem> {
    for stage in &report.stages {
        output::lines(heading(report, stage))?;
        if !stage.fields.is_empty() {
            output::table(&rows(stage));
        }
        let mut lines: Vec<String> =
            stage.unverified.iter().map(|open| format!("not verified: {}", open.detail)).collect();
        if stage.unverified_values.program > 0 {
            lines.extend(verifies_the_rest(report, stage));
        }
        lines.extend(stage.warnings.iter().flat_map(warned));
        lines.push(String::new());
        output::lines(lines)?;
    }
    if !report.warnings.is_empty() {
        let mut lines: Vec<String> = report.warnings.iter().flat_map(warned).collect();
        lines.push(String::new());
        output::lines(lines)?;
    }
    print_same(report)?;
    output::talk(&summary(report));
    Ok(())
}

fn warned(warning: &Warning) -> [String; 2] {
    [format!("{}: {}", toned(Tone::Doubtful, "warning"), warning.detail), format!("remedy: {}", warning.remedy)]
}

fn heading(report: &Report, stage: &StageReport) -> Vec<String> {
    let (tone, word) = match stage.result {
        // Without a network next to nothing is known.
        Outcome::Complete if report.depth == "offline" => (Tone::Doubtful, "nothing is wrong"),
        Outcome::Complete if stage.unverified_values.is_zero() => (Tone::Good, "complete"),
        Outcome::Complete => (Tone::Doubtful, "complete"),
        Outcome::Unverified => (Tone::Bad, "complete"),
        Outcome::Unchecked => (Tone::Doubtful, "could not be checked"),
        Outcome::Incomplete => (Tone::Bad, "INCOMPLETE"),
    };
    let depth = match report.depth {
        "offline" => ", as far as can be told offline",
        "existence" => ", as far as can be told without the values",
        _ => "",
    };
    let except = match (stage.result, report.depth) {
        (_, "offline") => Vec::new(),
        (Outcome::Complete | Outcome::Unverified, _) => except(stage.unverified_values),
        _ => Vec::new(),
    };
    let mut lines = vec![format!("{}: {}", toned(Tone::Heading, &stage.stage), toned(tone, word))];
    // Both in one line would not fit a terminal of 80 columns.
    let mut except = except.into_iter();
    lines[0].extend(except.next().map(|first| format!(", except {first}")));
    lines.extend(except.map(|other| format!("and {other}")));
    lines.last_mut().into_iter().for_each(|last| last.push_str(depth));
    if stage.fallback {
        lines.push(format!("nobody declared `{}`: it uses the fallback sources", stage.stage));
    }
    if let Some(problem) = &stage.problem {
        lines.extend(problem.detail.iter().map(str::to_owned));
        lines.extend(problem.remedy.iter().map(|remedy| format!("remedy: {remedy}")));
    }
    lines
}

/// What a stage is complete but for. Values that were not read are said once, of the whole check.
fn except(open: OpenCounts) -> Vec<String> {
    let values = |count: usize| if count == 1 { "1 value".to_owned() } else { format!("{count} values") };
    let program = (open.program > 0).then(|| format!("{} that only the program can verify", values(open.program)));
    let deployment =
        (open.deployment > 0).then(|| format!("{} that only the deployment knows", values(open.deployment)));
    program.into_iter().chain(deployment).collect()
}

/// Where the program itself verifies what this command cannot.
fn verifies_the_rest(report: &Report, stage: &StageReport) -> [String; 2] {
    let call = format!("  {}::loader().stage({:?}).check().await", report.config, stage.stage);
    ["help: the program verifies the rest:".to_owned(), call]
}

fn rows(stage: &StageReport) -> Vec<[Lines; 3]> {
    let mut fields: Vec<&FieldReport> = stage.fields.iter().collect();
    let first = |of: &str| stage.fields.iter().position(|field| remedy(field) == Some(of));
    // Stable: what is alike stays in the order of declaration, and what one remedy mends stands together.
    fields.sort_by_key(|field| (field.result, field.warnings.is_empty(), word(field), remedy(field).and_then(first)));
    let mut rows = vec![["FIELD", "RESULT", "DETAIL"].map(|head| toned(Tone::Heading, head).into())];
    for (index, field) in fields.iter().enumerate() {
        let next = fields.get(index + 1).and_then(|next| remedy(next));
        let mut lines = detail(field);
        if let Some(remedy) = remedy(field).filter(|remedy| Some(*remedy) != next) {
            lines.push(format!("remedy: {remedy}"));
        }
        for warning in &field.warnings {
            lines.push(format!("warning: {}", warning.detail));
            lines.push(format!("remedy: {}", warning.remedy));
        }
        rows.push([named(field).into(), toned(tone(field), word(field)).into(), lines.into()]);
    }
    rows
}

fn named(field: &FieldReport) -> String {
    if field.secret { format!("{} (secret)", field.field) } else { field.field.clone() }
}

fn remedy(field: &FieldReport) -> Option<&str> {
    field.failure.as_ref().map(|fault| fault.remedy.as_str())
}

fn word(field: &FieldReport) -> String {
    let word = match (field.result, &field.failure) {
        (FieldResult::Wrong, Some(fault)) => return fault.kind.word().to_uppercase(),
        (FieldResult::Wrong, None) => "WRONG",
        (FieldResult::Unchecked, _) => "unchecked",
        (FieldResult::Unknown, _) => "unknown",
        (FieldResult::Exists, _) => "exists",
        (FieldResult::Ok, _) => "ok",
        (FieldResult::Default, _) => "default",
        (FieldResult::Absent, _) => "absent",
    };
    let comma = if field.warnings.is_empty() { "" } else { ", warning" };
    format!("{word}{comma}")
}

fn tone(field: &FieldReport) -> Tone {
    match field.result {
        FieldResult::Wrong => Tone::Bad,
        FieldResult::Unchecked | FieldResult::Unknown => Tone::Doubtful,
        _ if !field.warnings.is_empty() => Tone::Doubtful,
        FieldResult::Exists | FieldResult::Ok => Tone::Good,
        FieldResult::Default | FieldResult::Absent => Tone::Faint,
    }
}

fn detail(field: &FieldReport) -> Vec<String> {
    let mut lines = vec![match (field.result, &field.failure) {
        (_, Some(fault)) => faulty(field, fault),
        (FieldResult::Default, _) => match field.default {
            Some(default) => format!("{default}{}", nothing_in(field)),
            None => format!("it applies{}", nothing_in(field)),
        },
        (FieldResult::Absent, _) => format!("it is optional{}", nothing_in(field)),
        _ => found(field),
    }];
    if !field.unverified.is_empty() {
        let open: Vec<&str> = field.unverified.iter().map(|open| open.detail.as_str()).collect();
        lines.push(format!("not verified: {}", open.join(", ")));
    }
    lines.retain(|line| !line.is_empty());
    lines
}

fn faulty(field: &FieldReport, fault: &Fault) -> String {
    let source = field.source.clone().unwrap_or_else(|| field.sources.join(", else "));
    // Where nobody answered, the word of the table does not say why.
    let kind = if field.result == FieldResult::Unchecked { fault.kind.word() } else { String::new() };
    [source, kind, fault.detail.clone()].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(": ")
}

/// Where it is; and where a chain comes before, that it is not there.
fn found(field: &FieldReport) -> String {
    let Some(source) = &field.source else { return String::new() };
    let before: Vec<&str> =
        field.sources.iter().map(String::as_str).take_while(|other| *other != source.as_str()).collect();
    let unasked = field.unverified.iter().any(|open| open.kind == OpenKind::Source);
    match (before.is_empty(), unasked) {
        (true, _) => source.clone(),
        (false, true) => format!("{source}, unless something is in {}", before.join(", ")),
        (false, false) => format!("{source}, since nothing is in {}", before.join(", ")),
    }
}

fn nothing_in(field: &FieldReport) -> String {
    match field.sources.is_empty() {
        true => ", and the stage reads nothing".to_owned(),
        false => format!(", since nothing is in {}", field.sources.join(", ")),
    }
}

fn print_same(report: &Report) -> Result<(), Problem> {
    if report.same_secrets.is_empty() {
        return Ok(());
    }
    output::lines(toned(Tone::Doubtful, "warning: secrets that several stages share"))?;
    let mut rows = vec![["FIELD", "STAGES", "SAME"].map(|head| toned(Tone::Heading, head))];
    rows.extend(report.same_secrets.iter().map(|same| {
        let by = match same.by {
            SameBy::Value => "value",
            SameBy::Source => "source",
        };
        [same.field.clone(), same.stages.join(", "), by.to_owned()]
    }));
    output::table(&rows);
    output::lines(vec!["remedy: give each stage a secret of its own".to_owned(), String::new()])
}

fn summary(report: &Report) -> String {
    let fields = || report.stages.iter().flat_map(|stage| &stage.fields);
    let count = |result: FieldResult| fields().filter(|field| field.result == result).count();
    let open = fields().filter(|field| !field.unverified.is_empty()).count()
        + report.stages.iter().map(|stage| stage.unverified.len()).sum::<usize>();
    let unread = report.stages.iter().filter(|stage| stage.problem.is_some()).count();
    let unread = if unread > 0 { format!(", stages not checked: {unread}") } else { String::new() };
    let of_stages = report.stages.iter().map(|stage| stage.warnings.len()).sum::<usize>();
    let of_all = report.warnings.len() + report.same_secrets.len();
    let warnings = fields().map(|field| field.warnings.len()).sum::<usize>() + of_stages + of_all;
    let strict = match report.result {
        Outcome::Unverified => "; with --strict, what is not verified is an error",
        _ => "",
    };
    format!(
        "fields: {}, wrong: {}, not checked: {}, not verified: {open}, warnings: {warnings}{unread}{strict}",
        fields().count(),
        count(FieldResult::Wrong),
        count(FieldResult::Unchecked),
    )
}
