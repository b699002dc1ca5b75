//! `cargo stage seal --verify`: a table of the stage's files, without a value.

use std::process::ExitCode;

use stage_config_core::sealed::{KEY_FILE, SealedError, SealedValue, StageKey, UnlockedKey};
use stage_config_grammar::suggest;

use super::{Place, Seal, in_time};
use crate::folder::check_name;
use crate::problem::Problem;
use crate::{output, stage};

/// What is known of one file.
enum Verdict {
    /// Everything that was to be checked is right.
    Fine(String),
    Wrong(Problem),
    /// Neither.
    Unchecked(String),
}

struct Row {
    name: String,
    verdict: Verdict,
}

pub(super) async fn run(place: &Place, arguments: &Seal) -> Result<ExitCode, Problem> {
    let names = names(place, arguments.field.as_deref()).map_err(Problem::into_unchecked)?;
    let (key_verdict, key) = match place.key() {
        Ok(key) => (Verdict::Fine(format!("key {}, KMS key {}", key.fingerprint(), key.kms_key())), Some(key)),
        Err(problem) => (Verdict::Wrong(problem), None),
    };
    let mut rows = vec![Row { name: KEY_FILE.to_owned(), verdict: key_verdict }];
    let unlocked = match &key {
        Some(key) if !arguments.offline => unlock(place, &place.folder.shown(KEY_FILE), key, &mut rows[0]).await,
        _ => None,
    };
    for name in names {
        let verdict = verdict(place, &name, key.as_ref(), unlocked.as_ref(), arguments.offline);
        rows.push(Row { name, verdict });
    }
    show(place, &rows);
    Ok(ended(&rows))
}

/// The values to check. A stage without any file is no stage that could be checked.
fn names(place: &Place, only: Option<&str>) -> Result<Vec<String>, Problem> {
    let names = place.folder.names()?;
    if names.is_empty() && !place.folder.holds(KEY_FILE) {
        return Err(stage::unknown(&place.package, place.stage()));
    }
    let Some(only) = only else { return Ok(names) };
    if names.iter().any(|name| name == only) {
        return Ok(vec![only.to_owned()]);
    }
    let mut what = format!("there is no {}", place.folder.shown(only));
    if let Some(meant) = suggest::closest(only, names.iter().map(String::as_str)) {
        what.push_str(&format!("; did you mean `{meant}`?"));
    }
    Err(Problem::refused(what).remedy(format!("to seal it: cargo stage seal {only} --stage {}", place.stage())))
}

/// One `Decrypt` for the whole stage.
async fn unlock(place: &Place, shown: &str, key: &StageKey, row: &mut Row) -> Option<UnlockedKey> {
    let answer = match place.kms().await {
        Ok(kms) => in_time(shown, key.unlock(&kms)).await,
        Err(problem) => Err(problem),
    };
    match answer {
        Ok(unlocked) => Some(unlocked),
        Err(problem) => {
            row.verdict = match problem.is_unchecked() {
                true => Verdict::Unchecked(problem.line()),
                false => Verdict::Wrong(problem),
            };
            None
        }
    }
}

fn verdict(
    place: &Place,
    name: &str,
    key: Option<&StageKey>,
    unlocked: Option<&UnlockedKey>,
    offline: bool,
) -> Verdict {
    match checked(place, name, key, unlocked) {
        Err(problem) => Verdict::Wrong(problem),
        Ok(()) if unlocked.is_some() => Verdict::Fine("decrypts".to_owned()),
        Ok(()) if key.is_none() => Verdict::Unchecked("its form is right; there is no key to check it with".to_owned()),
        Ok(()) if offline => Verdict::Fine("form and headers are right; not decrypted (--offline)".to_owned()),
        Ok(()) => Verdict::Unchecked("form and headers are right; not decrypted".to_owned()),
    }
}

/// Everything that can be checked with what there is.
fn checked(place: &Place, name: &str, key: Option<&StageKey>, unlocked: Option<&UnlockedKey>) -> Result<(), Problem> {
    check_name(name)?;
    let text = place.folder.read(name)?.unwrap_or_default();
    let shown = place.folder.shown(name);
    let wrong = |error: SealedError| Problem::of_sealed(&shown, &error);
    let value = SealedValue::parse(&text).map_err(wrong)?;
    if let Some(key) = key {
        value.verify(key, name).map_err(wrong)?;
    }
    if let Some(unlocked) = unlocked {
        unlocked.open(&value, name).map_err(wrong)?;
    }
    Ok(())
}

fn show(place: &Place, rows: &[Row]) {
    let mut table = vec![["FILE", "RESULT", "DETAIL"].map(str::to_owned)];
    for row in rows {
        let (result, detail) = match &row.verdict {
            Verdict::Fine(detail) => ("ok", detail.clone()),
            Verdict::Wrong(problem) => ("WRONG", problem.line()),
            Verdict::Unchecked(detail) => ("unchecked", detail.clone()),
        };
        let file = place.folder.shown(&row.name);
        // The first column says it.
        let detail = detail.strip_prefix(&format!("{file}: ")).unwrap_or(&detail).to_owned();
        table.push([file, result.to_owned(), detail]);
    }
    output::table(&table);
}

/// 1 if anything is wrong, else 2 if anything is unknown.
fn ended(rows: &[Row]) -> ExitCode {
    let count = |is: fn(&Verdict) -> bool| rows.iter().filter(|row| is(&row.verdict)).count();
    let wrong = count(|verdict| matches!(verdict, Verdict::Wrong(_)));
    let unchecked = count(|verdict| matches!(verdict, Verdict::Unchecked(_)));
    output::talk(&format!("files: {}, wrong: {wrong}, not checked: {unchecked}", rows.len()));
    ExitCode::from(match (wrong, unchecked) {
        (0, 0) => 0,
        (0, _) => 2,
        _ => 1,
    })
}
