//! The options that select the program and its configuration, in an unfinished command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{ArgMatches, Command};

/// The options that select the program and its configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct CommandLine {
    pub(super) artifact: Option<PathBuf>,
    pub(super) manifest_path: Option<PathBuf>,
    pub(super) package: Option<String>,
    pub(super) bin: Option<String>,
    pub(super) example: Option<String>,
    pub(super) config: Option<String>,
}

impl CommandLine {
    /// Parses the words of a command line, which begins with `cargo-stage`. Ignores all words after
    /// the first one that is not valid.
    pub(super) fn parse(program: Command, words: impl Iterator<Item = OsString>) -> Self {
        let matches = program.ignore_errors(true).try_get_matches_from(words).ok();
        let verb = matches.as_ref().and_then(ArgMatches::subcommand);
        let Some((_, verb)) = verb else {
            return Self::default();
        };
        let path = |id: &str| verb.try_get_one::<PathBuf>(id).ok().flatten().cloned();
        let text = |id: &str| verb.try_get_one::<String>(id).ok().flatten().cloned();
        Self {
            artifact: path("artifact"),
            manifest_path: path("manifest_path"),
            package: text("package"),
            bin: text("bin"),
            example: text("example"),
            config: text("config"),
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Arguments;

    fn parse(line: &str) -> CommandLine {
        let words = line.split(' ').map(OsString::from);
        CommandLine::parse(Arguments::command(), words)
    }

    #[test]
    fn an_unfinished_line_has_the_options_before_its_end() {
        let expected = CommandLine {
            package: Some("payments".to_owned()),
            config: Some("Config".to_owned()),
            ..CommandLine::default()
        };
        for line in [
            "cargo-stage set --config Config -p payments ",
            "cargo-stage set table --config Config -p payments --stage ",
            "cargo-stage get -p payments --config=Config --stage pr",
        ] {
            assert_eq!(parse(line), expected, "{line}");
        }
        for line in ["cargo-stage", "cargo-stage nothing", "cargo-stage --help "] {
            assert_eq!(parse(line), CommandLine::default(), "{line}");
        }
        let artifact = parse("cargo-stage check --artifact a/b --stage ").artifact;
        assert_eq!(artifact, Some(PathBuf::from("a/b")));
    }
}
