//! Messages for wrong arguments.
//!
//! An argument may be a value in the wrong place, as in `set tls_key "$(cat key.pem)"`. So a
//! message of clap is shown without the words of the user. The message still contains the kind of
//! the mistake, the names that the command defines, and the usage.

use std::error::Error as _;
use std::fmt;

use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, Error};

/// Replaces a word of the user.
const REDACTED: &str = "…";

/// The reason why an argument is refused. The text contains no part of the argument, so it is
/// shown.
#[derive(Debug)]
pub(crate) struct ArgumentProblem(pub(crate) String);

impl fmt::Display for ArgumentProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ArgumentProblem {}

/// Returns the error without the words of the user.
pub(crate) fn redact_words(error: Error, command: &Command) -> Error {
    match error.kind() {
        // These texts contain no word of the user.
        ErrorKind::DisplayHelp
        | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand
        | ErrorKind::DisplayVersion
        | ErrorKind::Io
        | ErrorKind::Format => return error,
        _ => {}
    }

    // Create a new error, because the old one wraps another error, whose text may also quote a word
    // of the user.
    let mut clean = Error::new(error.kind()).with_cmd(command);
    for (kind, value) in error.context() {
        if let Some(value) = redact_value(error.kind(), kind, value) {
            clean.insert(kind, value);
        }
    }
    if let Some(tip) = find_tip(&error, command) {
        clean.insert(
            ContextKind::Suggested,
            ContextValue::StyledStrs(vec![StyledStr::from(tip)]),
        );
    }
    clean
}

/// Returns one part of an error: unchanged if the command defines it, redacted if it is a word of
/// the user. Returns `None` for any other part, such as a sentence in which clap quotes words.
fn redact_value(error: ErrorKind, kind: ContextKind, value: &ContextValue) -> Option<ContextValue> {
    let redacted = || Some(ContextValue::String(REDACTED.to_owned()));
    match (kind, value) {
        // If the word is empty, clap prints "a value is required" instead of the word.
        (ContextKind::InvalidValue, ContextValue::String(word)) if word.is_empty() => {
            Some(value.clone())
        }
        (ContextKind::InvalidValue | ContextKind::InvalidSubcommand, _) => redacted(),
        // An unknown argument is a word of the user. For all other errors, the command defines the
        // name of the argument.
        (ContextKind::InvalidArg, _) if error == ErrorKind::UnknownArgument => redacted(),
        (
            ContextKind::InvalidArg
            | ContextKind::PriorArg
            | ContextKind::ValidValue
            | ContextKind::ValidSubcommand
            | ContextKind::SuggestedArg
            | ContextKind::SuggestedSubcommand
            | ContextKind::SuggestedValue
            | ContextKind::MinValues
            | ContextKind::ActualNumValues
            | ContextKind::ExpectedNumValues
            | ContextKind::Usage,
            _,
        ) => Some(value.clone()),
        _ => None,
    }
}

/// Returns the tip for an error. The tip contains no word of the user.
fn find_tip(error: &Error, command: &Command) -> Option<String> {
    let source = error.source();
    if let Some(ArgumentProblem(text)) = source.and_then(|source| source.downcast_ref()) {
        return Some(text.clone());
    }
    match (error.kind(), error.get(ContextKind::InvalidArg)) {
        // If a similar name exists, clap itself suggests that name, and no tip is needed.
        (ErrorKind::UnknownArgument, argument)
            if error.get(ContextKind::SuggestedArg).is_none() =>
        {
            let is_word =
                matches!(argument, Some(ContextValue::String(word)) if !word.starts_with('-'));
            let more = match argument {
                Some(ContextValue::String(word)) if word == "--value" => {
                    "; type a value at the prompt, or pipe it in"
                }
                _ if is_word => "; write a stage as --stage NAME",
                _ => "",
            };
            Some(format!(
                "the argument is not shown, since it may be a value in the wrong place{more}"
            ))
        }
        (ErrorKind::InvalidSubcommand, _)
            if error.get(ContextKind::SuggestedSubcommand).is_none() =>
        {
            let verbs = command.get_subcommands().filter(|verb| !verb.is_hide_set());
            let verbs: Vec<&str> = verbs.map(Command::get_name).collect();
            Some(format!("the verbs are {}", verbs.join(", ")))
        }
        (ErrorKind::ValueValidation, Some(ContextValue::String(argument))) => {
            // `Arg::to_string` needs a built command.
            let mut command = command.clone();
            command.build();
            find_help(&command, argument)
        }
        _ => None,
    }
}

/// Returns the help text that this command or one of its verbs defines for an argument, for example
/// for `--recovery-days <DAYS>`.
fn find_help(command: &Command, argument: &str) -> Option<String> {
    let found = command
        .get_arguments()
        .find(|other| other.to_string() == argument);
    let help = found
        .and_then(|found| found.get_help())
        .map(|help| format!("{argument}: {help}"));
    help.or_else(|| {
        command
            .get_subcommands()
            .find_map(|verb| self::find_help(verb, argument))
    })
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use clap::{ArgAction, CommandFactory as _, Parser as _};

    use super::*;
    use crate::cli::Arguments;

    const SECRETS: [&str; 6] = [
        "Zx9kQ7Wv3Lp5",
        "-----BEGIN KEY-----\nZx9kQ7Wv3Lp5",
        "a=Zx9kQ7Wv3Lp5",
        "--Zx9kQ7Wv3Lp5",
        "-Zx9kQ7Wv3Lp5",
        "stagE-Zx9kQ7Wv3Lp5",
    ];

    /// Returns whether clap refuses the words. Panics if the message contains a part of the secret.
    #[track_caller]
    fn refuses_without_secret(command: &mut Command, words: &[OsString]) -> bool {
        let Err(error) = command.try_get_matches_from_mut(words) else {
            return false;
        };
        let message = redact_words(error, command).render().to_string();
        for part in ["Zx9", "Q7Wv", "Lp5", "BEGIN"] {
            assert!(!message.contains(part), "{words:?}: {message}");
        }
        // For an unknown short option, clap quotes one letter of the secret.
        assert!(!message.contains("-Z"), "{words:?}: {message}");
        true
    }

    /// Returns command lines that contain the secret: as an argument, as the value of each long
    /// option, and next to each long option. The options come from clap's definition of the
    /// command.
    fn list_lines_with_secret(
        path: &[OsString],
        command: &Command,
        secret: &OsString,
    ) -> Vec<Vec<OsString>> {
        let append = |more: &[OsString]| [path, more].concat();
        let joined = |option: &str| {
            let mut word = OsString::from(format!("--{option}="));
            word.push(secret);
            word
        };
        let mut lines = vec![
            append(std::slice::from_ref(secret)),
            append(&[
                secret.clone(),
                secret.clone(),
                secret.clone(),
                secret.clone(),
            ]),
            append(&["--".into(), secret.clone()]),
            append(&[joined("unknown")]),
            append(&[joined("stage"), secret.clone()]),
        ];
        for argument in command.get_arguments() {
            let Some(long) = argument.get_long() else {
                continue;
            };
            let long_word = OsString::from(format!("--{long}"));
            lines.push(append(&[joined(long)]));
            lines.push(append(&[joined(long), joined(long)]));
            lines.push(append(&[long_word.clone(), secret.clone()]));
            lines.push(append(&[secret.clone(), long_word.clone()]));
            // A typing error in the option's name, followed by a value.
            lines.push(append(&[joined(&format!("{long}x"))]));
            if matches!(argument.get_action(), ArgAction::SetTrue) {
                lines.push(append(&[long_word.clone(), long_word, secret.clone()]));
            }
        }
        lines
    }

    fn walk(path: &[OsString], command: &Command, visit: &mut impl FnMut(&[OsString], &Command)) {
        visit(path, command);
        for verb in command.get_subcommands() {
            walk(&[path, &[verb.get_name().into()]].concat(), verb, visit);
        }
    }

    /// Tests every verb with the lines of [`list_lines_with_secret`]. Returns the number of refused
    /// lines.
    fn count_refused(secret: &OsString) -> usize {
        let mut command = Arguments::command();
        command.build();
        let mut lines = Vec::new();
        walk(&["cargo-stage".into()], &command, &mut |path, verb| {
            lines.extend(list_lines_with_secret(path, verb, secret))
        });
        lines
            .iter()
            .filter(|line| refuses_without_secret(&mut command, line))
            .count()
    }

    #[test]
    fn no_verb_repeats_a_secret_at_any_position() {
        for secret in SECRETS {
            let refused = count_refused(&secret.into());
            assert!(refused > 500, "only {refused} lines were refused");
        }
    }

    #[cfg(unix)]
    #[test]
    fn an_argument_that_is_not_utf_8_is_not_repeated() {
        use std::os::unix::ffi::OsStringExt as _;
        assert!(count_refused(&OsString::from_vec(b"Zx9kQ7Wv3Lp5\xff".to_vec())) > 500);
    }

    #[test]
    fn messages_keep_the_names_that_the_command_defines() {
        let message = |words: &[&str]| {
            let words: Vec<OsString> = ["cargo-stage"]
                .iter()
                .chain(words)
                .map(OsString::from)
                .collect();
            let error = Arguments::try_parse_from(words).unwrap_err();
            redact_words(error, &Arguments::command())
                .render()
                .to_string()
        };
        let text = message(&["set", "a", "--stage", "dev", "--ovewrite"]);
        assert!(text.contains("unexpected argument '…' found"), "{text}");
        assert!(
            text.contains("a similar argument exists: '--overwrite'"),
            "{text}"
        );
        assert!(text.contains("Usage: cargo stage set"), "{text}");
        for words in [&["--value", "x9Zq"][..], &["--value=x9Zq"]] {
            let text = message(&[&["set", "a", "--stage", "dev"], words].concat());
            assert!(text.contains("type a value at the prompt"), "{text}");
            assert!(!text.contains("x9Zq"), "{text}");
        }
        let text = message(&["sael"]);
        assert!(
            text.contains("unrecognized subcommand '…'")
                && text.contains("similar subcommands exist: 'set', 'stages', 'seal'"),
            "{text}"
        );
        let text = message(&["environment"]);
        assert!(
            text.contains("tip: the verbs are show, stages, check, "),
            "{text}"
        );
        let text = message(&["export", "--stage", "dev", "--format", "toml"]);
        assert!(
            text.contains("invalid value '…' for '--format <FORMAT>'"),
            "{text}"
        );
        assert!(
            text.contains("possible values: dotenv, json, yaml, shell"),
            "{text}"
        );
        let text = message(&["export", "--stage", "dev", "--trim=x"]);
        assert!(text.contains("unexpected argument '…' found"), "{text}");
        let text = message(&["set", "a"]);
        assert!(text.contains("--stage <STAGE>"), "{text}");
        let text = message(&["rm", "a", "--stage", "dev", "--recovery-days", "99"]);
        assert!(
            text.contains("invalid value '…' for '--recovery-days <DAYS>'"),
            "{text}"
        );
        assert!(text.contains("from 7 to 30"), "{text}");
        let text = message(&[
            "set",
            "a",
            "--stage",
            "dev",
            "--generate",
            "--alphabet",
            "hexx",
        ]);
        assert!(
            text.contains("possible values: alphanumeric, hex, symbols")
                && text.contains("a similar value exists: 'hex'"),
            "{text}"
        );
        let text = message(&["set", "a", "--stage", "dev", "--kms-key", ""]);
        assert!(
            text.contains("a value is required for '--kms-key <KEY>'"),
            "{text}"
        );
    }
}
