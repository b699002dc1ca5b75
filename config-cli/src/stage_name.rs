//! The names of stages: checks, suggestions, and their form in messages.

use std::collections::BTreeSet;
use std::fs;

use stage_config_core::sealed::key_path;
use stage_config_core::{Help, Schema, Stage};
use stage_config_grammar::{stage, suggest};

use crate::error::CliError;
use crate::invocation;
use crate::package::Package;
use crate::redact;

/// Checks the name of a stage, which is also the name of a folder.
pub(crate) fn check_name(name: &str) -> Result<(), CliError> {
    let refused = |error| {
        let message = format!("{name:?} is not a valid name for a stage: {error}");
        CliError::undetermined(redact_name(&message, name))
    };
    stage::check_name(name).map_err(refused)
}

/// Chooses a stage by the rules of a load. Messages call the stage `display_name`. The help names
/// the option `--stage` and not the variable that a load reads.
pub(crate) fn choose(schema: &Schema, name: &str, display_name: &str) -> Result<Stage, CliError> {
    if name.is_empty() {
        return Err(empty_error().within(&format!("configuration `{}`", schema.name)));
    }
    Stage::choose(schema, name).map_err(|error| {
        let help = match (separate_stages(schema.stages, name), error.help()) {
            (Some(help), _) => help.into(),
            (None, Help::SetVariable { value, .. }) => format!("give --stage {value}").into(),
            (None, help) => help.clone(),
        };
        let place = format!(
            "configuration `{}`, stage {}",
            schema.name,
            quote_name(display_name)
        );
        CliError::undetermined(error.detail())
            .within(&place)
            .with_help(help)
    })
}

/// Returns the help for a text that consists of several declared stages, such as `dev,prod`.
pub(crate) fn separate_stages(declared: &[&str], text: &str) -> Option<String> {
    let parts = text.split([',', ' ']).filter(|part| !part.is_empty());
    let names: Vec<&str> = parts.collect();
    if names.len() < 2 || !names.iter().all(|name| declared.contains(name)) {
        return None;
    }
    let options: Vec<_> = names.iter().map(|name| format!("--stage {name}")).collect();
    Some(format!(
        "give each stage its own option: {}",
        options.join(" ")
    ))
}

/// Returns the error for an empty name. The message does not name `--stage`, because some verbs
/// take the stage without an option.
pub(crate) fn empty_error() -> CliError {
    CliError::undetermined("the stage in the command line is empty")
        .with_help("name a stage, as in --stage prod; is a variable of the shell unset?")
}

/// Redacts the name of a stage or a pattern in a message, unless the word looks like a stage or a
/// pattern.
pub(crate) fn redact_name(text: &str, name: &str) -> String {
    if is_stage_like(name) {
        text.to_owned()
    } else {
        redact::redact_word(text, name)
    }
}

/// Returns whether a word looks like a stage or a pattern, and not like a value. A capital letter
/// at the start, as in `Prod`, is a usual mistake, so such a word still looks like a stage.
fn is_stage_like(word: &str) -> bool {
    let word = word.replace('*', "");
    // A word with a capital letter, lower case and digits is redacted: many passwords have this
    // form.
    let without_capital = word
        .strip_prefix(|c: char| c.is_ascii_uppercase())
        .filter(|rest| !rest.contains(|c: char| c.is_ascii_digit()));
    redact::is_name_like(without_capital.unwrap_or(&word))
}

/// Quotes a stage or a pattern. If it may be a value, redacts it.
pub(crate) fn quote_name(name: &str) -> String {
    redact_name(&format!("`{name}`"), name)
}

/// Refuses a new stage whose name differs from the name of an existing stage only in case. Some
/// file systems cannot store both.
pub(crate) fn check_new(package: &Package, name: &str) -> Result<(), CliError> {
    match list_known(package)
        .into_iter()
        .find(|other| other != name && other.eq_ignore_ascii_case(name))
    {
        Some(other) => Err(CliError::failed(format!(
            "the stage `{name}` differs from `{other}` only in case"
        ))
        .with_help("choose another name: some file systems do not distinguish the two")),
        None => Ok(()),
    }
}

/// Returns the error for a stage that has no key.
pub(crate) fn no_key_error(package: &Package, name: &str) -> CliError {
    let known = list_known(package);
    let mut message = format!(
        "the stage `{name}` has no key: there is no {}",
        key_path(name)
    );
    let others: Vec<&str> = known
        .iter()
        .map(String::as_str)
        .filter(|other| *other != name)
        .collect();
    if let Some(closest) = suggest::find_closest(name, others.iter().copied()) {
        message.push_str(&format!("; did you mean `{closest}`?"));
    } else {
        let with_key: Vec<&str> = others
            .into_iter()
            .filter(|other| package.folder.join(key_path(other)).is_file())
            .collect();
        if !with_key.is_empty() {
            let with_key = suggest::format_list(&with_key);
            message.push_str(&format!("; stages with a key: {with_key}"));
        }
    }
    if !is_stage_like(name) {
        return CliError::failed(
            redact::redact_word(&message, name).replace(&key_path(name), "such file"),
        )
        .with_help(Help::run_to(
            "for a new stage",
            invocation::stage_command("seal --init", "STAGE"),
        ));
    }
    let key = if package.stage_settings(name).kms_key.is_some() {
        ""
    } else {
        " --kms-key KEY"
    };
    let init = invocation::stage_command("seal --init", name);
    CliError::failed(message).with_help(Help::run_to("for a new stage", format!("{init}{key}")))
}

/// Returns the names of the stages that have a folder in `sealed/`, and of those that have settings
/// in Cargo.toml.
fn list_known(package: &Package) -> BTreeSet<String> {
    let folders = fs::read_dir(package.folder.join("sealed"))
        .into_iter()
        .flatten()
        .flatten();
    let folders = folders
        .filter(|entry| entry.path().is_dir())
        .filter_map(|entry| entry.file_name().into_string().ok());
    let mut known: BTreeSet<String> = folders
        .filter(|name| stage::check_name(name).is_ok())
        .collect();
    known.extend(package.stage_names().into_iter().map(str::to_owned));
    known
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_that_looks_like_a_stage_is_shown() {
        for shown in ["prod", "Prod", "PROD", "pr-42", "Pr-*", "*", "P"] {
            assert_eq!(quote_name(shown), format!("`{shown}`"));
        }
        for hidden in [
            "sk_live_Ab",
            "hunTer",
            "PRod",
            "Zm9vYmFy",
            "P12345",
            "wJalrX/K7",
            "Summer2024",
            "Passw0rd",
        ] {
            assert!(!quote_name(hidden).contains(hidden), "{hidden}");
        }
    }
}
