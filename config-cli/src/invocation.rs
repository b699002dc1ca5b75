//! The command that was run, for the commands in help lines.
//!
//! A help line suggests `cargo stage set table --stage prod`. The user pastes it, so it must act on
//! the same configuration, artifact and identity as the command that was run. This module adds the
//! shared options of that command. The functions that suggest a command do not know these options.

mod shell_line;

use std::cell::RefCell;
use std::sync::OnceLock;

use clap::parser::ValueSource;
use clap::{ArgAction, ArgMatches, Args as _, Command};
use stage_config_core::Help;

use crate::args::{ArtifactArguments, IdentityArguments, PROGRAM, PackageArguments};
use crate::lines;
use crate::redact::is_name_like;
pub(crate) use stage_config_grammar::shell::quote;

/// The options whose values a help line always repeats: the value is a path, or the command
/// compares or checks it before it suggests a command. A help line repeats the value of any other
/// option only if the value looks like a name. Otherwise, the value may be a secret in the wrong
/// place.
const CHECKED_OPTIONS: [&str; 5] = ["artifact", "manifest-path", "config", "region", "account"];

/// The command of this process. It is unset in unit tests.
static CURRENT: OnceLock<Invocation> = OnceLock::new();

/// The package that declares the configuration. It is set only if neither the arguments nor the
/// folder select a package, so that the name of the package comes from the artifact.
static DECLARING_PACKAGE: OnceLock<String> = OnceLock::new();

thread_local! {
    /// The options of the running call of [`for_program`], which select one program. Each suggested
    /// command also gets them.
    static PROGRAM_OPTIONS: RefCell<Vec<SharedOption>> = const { RefCell::new(Vec::new()) };
}

/// The shared options of a command that was run.
#[derive(Debug)]
pub(crate) struct Invocation {
    /// The definition of all verbs.
    command: Command,
    options: Vec<SharedOption>,
}

/// A shared option and its value.
#[derive(Debug, Clone)]
struct SharedOption {
    /// The name without dashes.
    name: String,
    /// The option with its value, quoted for a POSIX shell.
    text: String,
}

/// Remembers the command of this process.
pub(crate) fn remember(invocation: Invocation) {
    // The arguments of a process are parsed once.
    let _ = CURRENT.set(invocation);
}

/// Remembers the package that declares the configuration. A verb that needs no artifact finds this
/// package only with `-p`.
pub(crate) fn remember_package(name: &str) {
    let _ = DECLARING_PACKAGE.set(name.to_owned());
}

/// Runs `report`. Each command that it suggests also gets these options. They select one program of
/// the workspace and its configuration, for example with `package` and `bin`.
pub(crate) fn for_program<T>(options: &[(&str, &str)], report: impl FnOnce() -> T) -> T {
    let options = options.iter().map(|(name, value)| SharedOption {
        name: (*name).to_owned(),
        text: format_option(name, value),
    });
    PROGRAM_OPTIONS.set(options.collect());
    let reported = report();
    PROGRAM_OPTIONS.take();
    reported
}

/// Adds the options of this process to each `cargo stage` command of the help. Marks all commands,
/// so that they are not wrapped.
pub(crate) fn complete(help: Help) -> Help {
    match CURRENT.get() {
        Some(invocation) => {
            let package = DECLARING_PACKAGE.get().map(String::as_str);
            help.map_commands(&|command| {
                let command = command.replace(lines::is_command_mark, "");
                lines::mark_command(&invocation.complete_line(&command, package))
            })
        }
        None => help,
    }
}

/// Formats a line with the purpose of a command and the command. The command gets the options of
/// this process.
pub(crate) fn format_step(purpose: &str, command: &str) -> String {
    complete(Help::run_to(purpose, command)).to_string()
}

/// Returns the command that runs a verb for a field of a stage.
pub(crate) fn field_command(verb: &str, field: &str, stage: &str) -> String {
    let (field, stage) = (quote(field), quote(stage));
    format!("cargo stage {verb} {field} --stage {stage}")
}

/// The text in place of the key in a suggested command, if the parameter below a path is not known.
/// No parameter can have this name.
pub(crate) const ANY_KEY: &str = "<KEY>";

/// Returns the command that runs a verb for one parameter of a field that reads a path.
pub(crate) fn path_command(verb: &str, field: &str, key: &str, stage: &str) -> String {
    let [field, key, stage] = [field, key, stage].map(quote);
    format!("cargo stage {verb} {field} {key} --stage {stage}")
}

/// Returns the command that runs a verb for a source, with the identity of a stage.
pub(crate) fn source_command(verb: &str, source: &str, stage: &str) -> String {
    let [source, stage] = [source, stage].map(quote);
    format!("cargo stage {verb} {source} --stage {stage}")
}

/// Returns the command that runs a verb for a stage.
pub(crate) fn stage_command(verb: &str, stage: &str) -> String {
    format!("cargo stage {verb} --stage {}", quote(stage))
}

impl Invocation {
    /// Collects the shared options from the parsed arguments of `command`.
    pub(crate) fn new(command: Command, matches: &ArgMatches) -> Self {
        let options = match matches.subcommand() {
            Some((_, verb)) => collect_options(verb),
            None => Vec::new(),
        };
        Self { command, options }
    }

    /// Adds the options to each `cargo stage` command of a shell's command line.
    fn complete_line(&self, line: &str, package: Option<&str>) -> String {
        shell_line::map_commands(line, |words| self.complete_command(words, package))
    }

    /// Adds the options that the verb has and the command lacks.
    fn complete_command(&self, words: &str, package: Option<&str>) -> String {
        let verb = words
            .strip_prefix("cargo stage ")
            .and_then(|rest| rest.split_whitespace().next());
        let Some(verb) = verb.and_then(|verb| self.command.find_subcommand(verb)) else {
            return words.to_owned();
        };

        let mut completed = words.to_owned();
        let program_options = PROGRAM_OPTIONS.with_borrow(Clone::clone);
        for option in self.options.iter().chain(&program_options) {
            if has_option(verb, &option.name) && !gives_option(words, &option.name) {
                completed.push_str(&format!(" {}", option.text));
            }
        }
        let needs_package = has_option(verb, "package") && !has_option(verb, "artifact");
        if let Some(package) =
            package.filter(|_| needs_package && !gives_option(&completed, "package"))
        {
            completed.push_str(&format!(" -p {}", quote(package)));
        }
        completed
    }
}

/// Returns the shared options that the user gave. An option that is added to [`crate::args`] needs
/// no change here.
fn collect_options(matches: &ArgMatches) -> Vec<SharedOption> {
    let shared = PackageArguments::augment_args(IdentityArguments::augment_args(
        ArtifactArguments::augment_args(Command::new(PROGRAM)),
    ));
    let mut options: Vec<SharedOption> = Vec::new();
    for argument in shared.get_arguments() {
        let id = argument.get_id().as_str();
        // An error means that the verb does not have the option.
        let is_given = matches.try_contains_id(id).unwrap_or(false)
            && matches.value_source(id) == Some(ValueSource::CommandLine);
        let Some(name) = argument.get_long().filter(|_| is_given) else {
            continue;
        };
        // Several groups have `--package`.
        if options.iter().any(|other| other.name == name) {
            continue;
        }
        let mut push = |text| {
            options.push(SharedOption {
                name: name.to_owned(),
                text,
            });
        };
        if matches!(argument.get_action(), ArgAction::SetTrue) {
            push(format!("--{name}"));
            continue;
        }
        for value in matches.get_raw(id).into_iter().flatten() {
            let value = value.to_string_lossy();
            if CHECKED_OPTIONS.contains(&name) || value.split([',', ' ']).all(is_name_like) {
                push(format_option(name, &value));
            } else {
                push(format!("--{name} NAME"));
            }
        }
    }
    options
}

/// Writes an option as the documentation does.
fn format_option(name: &str, value: &str) -> String {
    match (name, value.starts_with('-')) {
        (_, true) => format!("--{name}={}", quote(value)),
        ("package", false) => format!("-p {}", quote(value)),
        (_, false) => format!("--{name} {}", quote(value)),
    }
}

fn has_option(verb: &Command, name: &str) -> bool {
    verb.get_arguments()
        .any(|argument| argument.get_long() == Some(name))
}

/// Returns whether a command gives the option already.
fn gives_option(words: &str, name: &str) -> bool {
    words.split_whitespace().any(|word| {
        let long = word.strip_prefix("--").map(|word| word.split('=').next());
        long == Some(Some(name)) || (name == "package" && word == "-p")
    })
}

#[cfg(test)]
mod tests;
