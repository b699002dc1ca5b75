//! Answers a shell that completes a command line.
//!
//! The script of `cargo stage completions` runs `CARGO_STAGE_COMPLETE=SHELL cargo-stage -- WORDS`.
//! clap's engine finds the argument at the cursor. This module adds the fields, stages and
//! configurations of the user's program.
//!
//! An answer must be quick, and must not change the line that the user types. So the process builds
//! nothing, sends no request to AWS, and prints nothing after a failure.

mod candidates;
mod command_line;

use std::ffi::OsString;
use std::sync::{Arc, OnceLock};

use clap::{Arg, Command};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use clap_complete::env::{CompleteEnv, Shells};
use stage_config_grammar::shell;

use crate::args::PROGRAM;
use candidates::ProgramNames;
use command_line::CommandLine;

/// The environment variable that contains the name of the shell. clap proposes the variable
/// `COMPLETE`, which may be set for another purpose.
const VARIABLE: &str = "CARGO_STAGE_COMPLETE";

/// The kind of names that an argument takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NameKind {
    Field,
    Stage,
    Config,
}

impl NameKind {
    fn from_argument(argument: &Arg) -> Option<Self> {
        match argument.get_id().as_str() {
            "field" | "fields" => Some(Self::Field),
            "stage" | "from" | "one" | "other" => Some(Self::Stage),
            // In `copy`, `to` is a stage. In `rollback`, `--to` is a version.
            "to" if argument.is_positional() => Some(Self::Stage),
            "config" => Some(Self::Config),
            _ => None,
        }
    }
}

/// If a shell runs this process to complete a line, answers the shell and returns `true`.
/// Otherwise, returns `false`.
pub(crate) fn answer_shell(program: Command) -> bool {
    let Some(shell) = std::env::var_os(VARIABLE).filter(|shell| !shell.is_empty()) else {
        return false;
    };
    let mut arguments: Vec<OsString> = std::env::args_os().collect();
    let start = arguments.iter().position(|argument| argument == "--");
    let (_, words) = arguments.split_at_mut(start.map_or(0, |index| index + 1));
    // Bash passes the words as the user typed them.
    if shell == "bash" {
        words.iter_mut().for_each(unquote);
    }
    let line = Arc::new(CommandLine::parse(program.clone(), words.iter().cloned()));
    let factory = || add_candidates(program.clone().name(PROGRAM).bin_name(PROGRAM), &line);
    let environment = CompleteEnv::with_factory(factory)
        .var(VARIABLE)
        .bin(PROGRAM)
        .completer(PROGRAM);
    let folder = std::env::current_dir().ok();
    let answered = environment.try_complete(arguments, folder.as_deref());
    // Do not return the error, because its message would appear in the line that the user types.
    // If the variable is `0`, the engine answers nothing and returns `false`.
    answered.unwrap_or(true)
}

/// Replaces a word with the text that the shell reads from it. A word with an open quote does not
/// change.
fn unquote(word: &mut OsString) {
    if let Some(text) = word.to_str().and_then(shell::unquote) {
        *word = text.into();
    }
}

/// Returns the engine's script, which completes `cargo-stage`. Returns `None` for a shell that the
/// engine does not know.
pub(crate) fn registration_script(shell: &str) -> Option<Vec<u8>> {
    let shells = Shells::builtins();
    let mut script = Vec::new();
    shells
        .completer(shell)?
        .write_registration(VARIABLE, PROGRAM, PROGRAM, PROGRAM, &mut script)
        .ok()?;
    Some(script)
}

fn add_candidates(program: Command, line: &Arc<CommandLine>) -> Command {
    let names = Arc::new(OnceLock::new());
    program.mut_subcommands(|verb| {
        verb.mut_args(|argument| match NameKind::from_argument(&argument) {
            Some(kind) => {
                let (names, line) = (Arc::clone(&names), Arc::clone(line));
                // The names are read only if the argument at the cursor takes one of them.
                argument.add(ArgValueCandidates::new(move || {
                    list_names(names.get_or_init(|| ProgramNames::new(&line)), kind)
                }))
            }
            None => argument,
        })
    })
}

fn list_names(names: &ProgramNames, kind: NameKind) -> Vec<CompletionCandidate> {
    let names = match kind {
        NameKind::Field => names.fields(),
        NameKind::Stage => names.stages(),
        NameKind::Config => names.configs(),
    };
    names.into_iter().map(CompletionCandidate::new).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Arguments;

    /// An argument that is renamed would silently lose its candidates.
    #[test]
    fn every_verb_completes_its_names() {
        use NameKind::{Config, Field, Stage};
        let expected = [
            ("show", vec![Field, Stage, Config]),
            ("check", vec![Stage, Config]),
            ("diff", vec![Stage, Stage, Config]),
            ("get", vec![Field, Stage, Config]),
            ("set", vec![Field, Stage, Config]),
            ("rm", vec![Field, Stage, Config]),
            ("history", vec![Field, Stage, Config]),
            ("copy", vec![Stage, Stage, Field, Config]),
            ("import", vec![Stage, Config]),
            ("export", vec![Stage, Config]),
            ("exec", vec![Stage, Config]),
            ("iam", vec![Stage, Config]),
            ("rollback", vec![Field, Stage, Config]),
            ("seal", vec![Field, Stage]),
            ("snapshot", vec![Stage, Config]),
            ("who", vec![Stage]),
            ("orphans", vec![Stage]),
        ];
        let expected: BTreeMap<&str, Vec<NameKind>> = expected.into_iter().collect();
        let program = Arguments::command();
        let kinds = |verb: &Command| -> Vec<NameKind> {
            let arguments = verb.get_arguments();
            arguments.filter_map(NameKind::from_argument).collect()
        };
        let verbs = program.get_subcommands();
        let completed = verbs
            .map(|verb| (verb.get_name(), kinds(verb)))
            .filter(|(_, kinds)| !kinds.is_empty())
            .collect();
        assert_eq!(expected, completed);
    }
}
