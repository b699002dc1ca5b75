//! The comparison for a person at a terminal: differences first, and what is the same as a number.

use super::compare::{Comparison, Difference, Row, Side, SideState};
use crate::lines::Lines;
use crate::output::{self, Tone, toned};
use crate::problem::Problem;

pub(super) fn print(difference: &Difference, all: bool) -> Result<(), Problem> {
    let Difference { a, b, fields, .. } = difference;
    let uninteresting = |row: &Row| matches!(row.result, Comparison::Same | Comparison::MissingInBoth) && !row.warning;
    let mut shown: Vec<&Row> = fields.iter().filter(|row| all || !uninteresting(row)).collect();
    shown.sort_by_key(|row| row.result);
    if !shown.is_empty() {
        let mut rows: Vec<[Lines; 4]> = vec![["FIELD", "RESULT", a, b].map(|head| toned(Tone::Heading, head).into())];
        rows.extend(shown.iter().map(|row| {
            let (tone, word) = worded(difference, row);
            [named(row).into(), toned(tone, word).into(), side(&row.a), side(&row.b)]
        }));
        output::table(&rows);
        print_remedies(&shown)?;
    }
    output::talk(&summary(fields));
    Ok(())
}

fn named(row: &Row) -> String {
    if row.secret { format!("{} (secret)", row.field) } else { row.field.clone() }
}

fn worded(difference: &Difference, row: &Row) -> (Tone, String) {
    match row.result {
        Comparison::Unread => (Tone::Bad, "COULD NOT BE READ".to_owned()),
        Comparison::MissingInA => (Tone::Bad, format!("missing in {}", difference.a)),
        Comparison::MissingInB => (Tone::Bad, format!("missing in {}", difference.b)),
        Comparison::Different => (Tone::Good, "different".to_owned()),
        Comparison::Unknown => (Tone::Doubtful, "not compared".to_owned()),
        Comparison::Same if row.warning => (Tone::Doubtful, "same, warning".to_owned()),
        Comparison::Same => (Tone::Faint, "same".to_owned()),
        Comparison::MissingInBoth => (Tone::Faint, "missing in both".to_owned()),
    }
}

fn side(side: &Side) -> Lines {
    let head = match (side.state, &side.failure) {
        (SideState::Found, _) => None,
        (_, Some(failure)) => Some(failure.kind.to_string()),
        (SideState::Default, _) => return "the default".into(),
        (SideState::Unknown, _) => Some("unknown".to_owned()),
        (SideState::Missing | SideState::Unread, _) => return "-".into(),
    };
    let lines: Vec<String> = head.into_iter().chain(Lines::chain(&side.sources)).collect();
    lines.into()
}

/// Each once, below the table: commands are copied, and a cell would wrap them.
fn print_remedies(shown: &[&Row]) -> Result<(), Problem> {
    let mut told: Vec<&str> = Vec::new();
    for failure in shown.iter().flat_map(|row| [&row.a, &row.b]).filter_map(|side| side.failure.as_ref()) {
        if !told.contains(&failure.remedy.as_str()) {
            told.push(&failure.remedy);
        }
    }
    if shown.iter().any(|row| row.warning) {
        told.push("give each stage a secret of its own");
    }
    if told.is_empty() {
        return Ok(());
    }
    let remedies = told.iter().map(|remedy| format!("remedy: {remedy}"));
    let lines: Vec<String> = std::iter::once(String::new()).chain(remedies).collect();
    output::lines(lines)
}

fn summary(rows: &[Row]) -> String {
    let count = |of: &[Comparison]| rows.iter().filter(|row| of.contains(&row.result)).count();
    let missing = count(&[Comparison::MissingInA, Comparison::MissingInB]);
    let different = count(&[Comparison::Different]);
    let same = count(&[Comparison::Same, Comparison::MissingInBoth]);
    let not_compared = count(&[Comparison::Unknown, Comparison::Unread]);
    let warnings = rows.iter().filter(|row| row.warning).count();
    format!(
        "fields: {}, missing in one: {missing}, different: {different}, same: {same}, not compared: {not_compared}, \
         warnings: {warnings}",
        rows.len()
    )
}
