//! `cargo stage seal --verify`: checks the stage's files and prints a table, which contains no
//! value.

use std::process::ExitCode;

use stage_config_core::Help;
use stage_config_core::sealed::{KEY_FILE, SealedError, SealedValue, StageKey, UnlockedKey};
use stage_config_grammar::suggest;

use super::{SealArguments, SealContext, await_kms};
use crate::error::CliError;
use crate::sealed_folder::check_name;
use crate::{invocation, output, stage_name};

/// The result of checking one file.
enum FileVerdict {
    /// The file passed all checks that the options select.
    Fine(String),
    Wrong(CliError),
    /// The file could not be checked.
    Unknown(CliError),
    /// The checked part is correct, and the rest was not checked.
    Unchecked(String),
}

struct FileRow {
    name: String,
    verdict: FileVerdict,
}

pub(super) async fn run(
    context: &SealContext,
    arguments: &SealArguments,
) -> Result<ExitCode, CliError> {
    let names =
        list_names(context, arguments.name.as_deref()).map_err(CliError::into_undetermined)?;
    let (key_verdict, key) = match context.require_key() {
        Ok(key) => (
            FileVerdict::Fine(format!(
                "key {}, KMS key {}",
                key.fingerprint(),
                key.kms_key()
            )),
            Some(key),
        ),
        Err(problem) => (FileVerdict::Wrong(problem), None),
    };

    let mut rows = vec![FileRow {
        name: KEY_FILE.to_owned(),
        verdict: key_verdict,
    }];
    let unlocked = match &key {
        Some(key) if !arguments.offline => {
            unlock(
                context,
                &context.folder.display_path(KEY_FILE),
                key,
                &mut rows[0],
            )
            .await
        }
        _ => None,
    };
    for name in names {
        let verdict = check_value(
            context,
            &name,
            key.as_ref(),
            unlocked.as_ref(),
            arguments.offline,
        );
        rows.push(FileRow { name, verdict });
    }
    print_rows(context, &rows)?;
    Ok(summarize(&rows))
}

/// Lists the names of the values to check. Returns an error if the stage has no file.
fn list_names(context: &SealContext, wanted: Option<&str>) -> Result<Vec<String>, CliError> {
    let names = context.folder.list_names()?;
    if names.is_empty() && !context.folder.contains(KEY_FILE) {
        return Err(stage_name::no_key_error(&context.package, context.stage()));
    }
    let Some(wanted) = wanted else {
        return Ok(names);
    };
    if names.iter().any(|name| name == wanted) {
        return Ok(vec![wanted.to_owned()]);
    }
    let mut message = format!("there is no {}", context.folder.display_path(wanted));
    if let Some(closest) = suggest::find_closest(wanted, names.iter().map(String::as_str)) {
        message.push_str(&format!("; did you mean `{closest}`?"));
    }
    let seal = invocation::field_command("seal", wanted, context.stage());
    Err(CliError::failed(message).with_help(Help::run_to("to seal it", seal)))
}

/// Decrypts the stage's key with one `Decrypt` call. If the call fails, writes the error to `row`,
/// which is the row of the key.
async fn unlock(
    context: &SealContext,
    key_path: &str,
    key: &StageKey,
    row: &mut FileRow,
) -> Option<UnlockedKey> {
    let answer = match context.connect_kms().await {
        Ok(kms) => await_kms(key_path, key.unlock(&kms)).await,
        Err(problem) => Err(problem),
    };
    match answer {
        Ok(unlocked) => Some(unlocked),
        Err(problem) => {
            row.verdict = if problem.is_undetermined() {
                FileVerdict::Unknown(problem)
            } else {
                FileVerdict::Wrong(problem)
            };
            None
        }
    }
}

/// Checks a sealed value, and returns how far the check went.
fn check_value(
    context: &SealContext,
    name: &str,
    key: Option<&StageKey>,
    unlocked: Option<&UnlockedKey>,
    offline: bool,
) -> FileVerdict {
    match check_file(context, name, key, unlocked) {
        Err(problem) => FileVerdict::Wrong(problem),
        Ok(()) if unlocked.is_some() => FileVerdict::Fine("decrypts".to_owned()),
        Ok(()) if key.is_none() => FileVerdict::Unchecked(
            "the format is valid; not checked further, because there is no key".to_owned(),
        ),
        Ok(()) if offline => {
            FileVerdict::Fine("format and headers are valid; not decrypted (--offline)".to_owned())
        }
        Ok(()) => FileVerdict::Unchecked("format and headers are valid; not decrypted".to_owned()),
    }
}

/// Checks a file. Without a key, checks only the format. Without an unlocked key, does not decrypt
/// the value.
fn check_file(
    context: &SealContext,
    name: &str,
    key: Option<&StageKey>,
    unlocked: Option<&UnlockedKey>,
) -> Result<(), CliError> {
    check_name(name)?;
    let text = context.folder.read(name)?.unwrap_or_default();
    let display_path = context.folder.display_path(name);
    let to_error = |error: SealedError| CliError::from_sealed(&display_path, &error);
    let value = SealedValue::parse(&text).map_err(to_error)?;
    if let Some(key) = key {
        value.verify(key, name).map_err(to_error)?;
    }
    if let Some(unlocked) = unlocked {
        unlocked.open(&value, name).map_err(to_error)?;
    }
    Ok(())
}

fn print_rows(context: &SealContext, rows: &[FileRow]) -> Result<(), CliError> {
    let mut table = vec![["FILE", "RESULT", "DETAIL"].map(str::to_owned)];
    for row in rows {
        let file = context.folder.display_path(&row.name);
        let (result, detail) = match &row.verdict {
            FileVerdict::Fine(detail) => ("ok", detail.clone()),
            FileVerdict::Wrong(problem) => ("WRONG", problem.line_about(&file)),
            FileVerdict::Unknown(problem) => ("unchecked", problem.line_about(&file)),
            FileVerdict::Unchecked(detail) => ("unchecked", detail.clone()),
        };
        table.push([file, result.to_owned(), detail]);
    }
    output::print_table(&table)
}

/// Prints the number of files by result. Returns status 1 if any file is wrong, else 2 if any file
/// could not be checked completely, else 0.
fn summarize(rows: &[FileRow]) -> ExitCode {
    let count =
        |matches: fn(&FileVerdict) -> bool| rows.iter().filter(|row| matches(&row.verdict)).count();
    let wrong = count(|verdict| matches!(verdict, FileVerdict::Wrong(_)));
    let unchecked =
        count(|verdict| matches!(verdict, FileVerdict::Unchecked(_) | FileVerdict::Unknown(_)));
    output::eprint_line(&format!(
        "files: {}, wrong: {wrong}, not checked: {unchecked}",
        rows.len()
    ));
    ExitCode::from(match (wrong, unchecked) {
        (0, 0) => 0,
        (0, _) => 2,
        _ => 1,
    })
}
