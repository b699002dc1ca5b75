//! The names of the variables that contain the values of fields, in the environment or in a file of
//! variables.

mod reserved;
mod tools;

use std::collections::{BTreeMap, BTreeSet};

use clap::Args;
use stage_config_grammar::suggest;

pub(crate) use self::reserved::is_reserved;
use crate::error::CliError;
use crate::redact;

#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Names")]
pub(crate) struct NamingArguments {
    /// The prefix of every variable's name, for example `PAYMENTS_`
    #[arg(
        long,
        value_name = "PREFIX",
        default_value = "",
        hide_default_value = true
    )]
    pub(crate) prefix: String,

    /// The variable of one field, for example `mail.password=SMTP_PASSWORD` instead of
    /// MAIL_PASSWORD
    #[arg(long = "name", value_name = "FIELD=VARIABLE")]
    pub(crate) names: Vec<String>,
}

/// The variable of each field of a stage.
#[derive(Debug, Default)]
pub(crate) struct VariableNames {
    variables: BTreeMap<String, String>,
    /// The fields whose variable `--name` or `--prefix` chooses.
    chosen: BTreeSet<String>,
}

impl VariableNames {
    /// Creates the names for these fields, for a file of variables.
    ///
    /// # Errors
    ///
    /// Returns an error that lists all problems.
    pub(crate) fn new<'a>(
        paths: impl IntoIterator<Item = &'a str>,
        arguments: &NamingArguments,
    ) -> Result<Self, CliError> {
        let (names, mistakes) = Self::build(paths, arguments, to_upper_case);
        names.check_mistakes(mistakes)
    }

    /// Creates the names for a program or a shell. Refuses a variable that makes a program run
    /// other code, unless `--name` chooses the variable.
    pub(crate) fn new_for_environment<'a>(
        paths: impl IntoIterator<Item = &'a str>,
        arguments: &NamingArguments,
    ) -> Result<Self, CliError> {
        let (names, mut mistakes) = Self::build(paths, arguments, to_upper_case);
        let is_named = |path: &str| {
            arguments
                .names
                .iter()
                .any(|pair| pair.split_once('=').is_some_and(|(field, _)| field == path))
        };
        for (path, variable) in names.variables.iter().filter(|(path, _)| !is_named(path)) {
            if is_reserved(variable) {
                mistakes.push(format!(
                    "the variable of the field `{path}` would be `{variable}`, which tells shells \
                     or other programs what to run"
                ));
            }
        }
        names.check_mistakes(mistakes)
    }

    fn build<'a>(
        paths: impl IntoIterator<Item = &'a str>,
        arguments: &NamingArguments,
        change_case: fn(char) -> char,
    ) -> (Self, Vec<String>) {
        let paths: Vec<&str> = paths.into_iter().collect();
        let mut mistakes = Vec::new();
        let chosen = parse_chosen_names(&paths, &arguments.names, &mut mistakes);
        let mut names = Self::default();
        for path in paths {
            let name = match chosen.get(path) {
                Some(name) => (*name).to_owned(),
                None => derive_name(path, &arguments.prefix, change_case, &mut mistakes),
            };
            names.variables.insert(path.to_owned(), name);
            if chosen.contains_key(path) || !arguments.prefix.is_empty() {
                names.chosen.insert(path.to_owned());
            }
        }
        mistakes.extend(find_collisions(&names.variables));
        (names, mistakes)
    }

    fn check_mistakes(self, mistakes: Vec<String>) -> Result<Self, CliError> {
        if mistakes.is_empty() {
            return Ok(self);
        }
        Err(CliError::undetermined(mistakes).with_help("name the variable: --name FIELD=VARIABLE"))
    }

    /// Refuses a field whose variable is also the variable that names the stage, even if `--name`
    /// chooses it. With the value of the field in this variable, the program would load another
    /// stage.
    pub(crate) fn check_stage_variable(&self, stage_variable: &str) -> Result<(), CliError> {
        match self
            .variables
            .iter()
            .find(|(_, variable)| is_same_variable(variable, stage_variable))
        {
            None => Ok(()),
            Some((path, variable)) => {
                let message = format!(
                    "the variable of the field `{path}` would be `{variable}`, which names the stage"
                );
                Err(CliError::undetermined(message)
                    .with_help(format!("name another variable: --name {path}=VARIABLE")))
            }
        }
    }

    /// Returns whether `--name` or `--prefix` chooses the variable of a field.
    pub(crate) fn is_chosen(&self, path: &str) -> bool {
        self.chosen.contains(path)
    }

    /// Returns the variable of a field.
    pub(crate) fn variable<'a>(&'a self, path: &'a str) -> &'a str {
        self.variables.get(path).map_or(path, String::as_str)
    }

    /// Returns the field with this path or variable.
    pub(crate) fn find_field(&self, name: &str) -> Option<&str> {
        let (path, _) = self
            .variables
            .iter()
            .find(|(path, variable)| *path == name || *variable == name)?;
        Some(path)
    }

    /// Returns the names for suggestions: every variable if `variables` is true, else every path.
    pub(crate) fn list_names(&self, variables: bool) -> impl Iterator<Item = &str> {
        self.variables.iter().map(move |(path, variable)| {
            if variables {
                variable.as_str()
            } else {
                path.as_str()
            }
        })
    }
}

/// Parses `--name`. Errors do not repeat the text after the `=`: it may be a value.
fn parse_chosen_names<'a>(
    paths: &[&str],
    pairs: &'a [String],
    mistakes: &mut Vec<String>,
) -> BTreeMap<&'a str, &'a str> {
    let mut chosen = BTreeMap::new();
    for pair in pairs {
        let (field, variable) = pair.split_once('=').unwrap_or((pair, ""));
        if !paths.contains(&field) {
            mistakes.push(format!(
                "--name: {}",
                redact::unknown_field_message(field, paths)
            ));
        } else if !is_variable_name(variable) {
            mistakes.push(format!(
                "--name {field}=…: the name of a variable consists of letters, \
                 digits and `_`, and does not begin with a digit"
            ));
        } else if chosen.insert(field, variable).is_some() {
            mistakes.push(format!("--name: `{field}` is named twice"));
        }
    }

    chosen
}

/// Returns the character in upper case, as in the names of environment variables.
fn to_upper_case(c: char) -> char {
    c.to_ascii_uppercase()
}

fn derive_name(
    path: &str,
    prefix: &str,
    change_case: fn(char) -> char,
    mistakes: &mut Vec<String>,
) -> String {
    let word = path.chars().map(|c| {
        if c.is_ascii_alphanumeric() {
            change_case(c)
        } else {
            '_'
        }
    });
    let name: String = prefix.chars().chain(word).collect();
    if !path.is_ascii() || !is_variable_name(&name) {
        mistakes.push(format!(
            "the name of the field `{path}` is not valid for a variable{}",
            describe_prefix(prefix)
        ));
    }
    name
}

/// Returns whether two names mean the same variable. Windows ignores case.
pub(crate) fn is_same_variable(one: &str, other: &str) -> bool {
    if cfg!(windows) {
        one.eq_ignore_ascii_case(other)
    } else {
        one == other
    }
}

fn describe_prefix(prefix: &str) -> String {
    match prefix {
        "" => String::new(),
        prefix if redact::is_name_like(prefix) => format!(" after the prefix `{prefix}`"),
        _ => " after the given prefix".to_owned(),
    }
}

fn is_variable_name(name: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_alphabetic() || c == '_';
    name.starts_with(is_letter) && name.chars().all(|c| is_letter(c) || c.is_ascii_digit())
}

fn find_collisions(names: &BTreeMap<String, String>) -> Vec<String> {
    let mut fields: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (path, name) in names {
        fields.entry(name).or_default().push(path);
    }
    let shared = fields.into_iter().filter(|(_, paths)| paths.len() > 1);
    shared
        .map(|(name, paths)| {
            format!(
                "the fields {} share the variable {name}",
                suggest::format_list(&paths)
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build_names(paths: &[&str], prefix: &str, names: &[&str]) -> Result<VariableNames, String> {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        let arguments = NamingArguments {
            prefix: prefix.to_owned(),
            names,
        };
        VariableNames::new_for_environment(paths.iter().copied(), &arguments)
            .map_err(|problem| problem.to_string())
    }

    #[test]
    fn a_variable_is_in_upper_snake_case_unless_it_is_chosen() {
        let names = build_names(
            &["port", "mail.password", "db.host"],
            "APP_",
            &["db.host=PGHOST"],
        )
        .unwrap();
        assert_eq!(names.variable("port"), "APP_PORT");
        assert_eq!(names.variable("mail.password"), "APP_MAIL_PASSWORD");
        assert_eq!(
            names.variable("db.host"),
            "PGHOST",
            "the chosen name has no prefix"
        );
        for name in ["db.host", "PGHOST"] {
            assert_eq!(names.find_field(name), Some("db.host"));
        }
        assert_eq!(names.find_field("DB_HOST"), None);
    }

    #[test]
    fn two_fields_do_not_share_a_variable() {
        let error = build_names(&["mail.password", "mail_password", "x"], "", &[]).unwrap_err();
        assert!(
            error.contains(
                "the fields `mail.password`, `mail_password` share the variable MAIL_PASSWORD"
            ),
            "{error}"
        );
        assert!(
            build_names(
                &["mail.password", "mail_password"],
                "",
                &["mail_password=OTHER"]
            )
            .is_ok()
        );
        let error = build_names(&["a", "b"], "", &["a=B"]).unwrap_err();
        assert!(error.contains("`a`, `b` share the variable B"), "{error}");
    }

    #[test]
    fn a_variable_that_makes_programs_run_code_must_be_chosen_by_name() {
        for path in [
            "bash_env",
            "node_options",
            "ld_library_path",
            "git.ssh_command",
            "ifs",
            "npm_config_script_shell",
        ] {
            let error = build_names(&[path, "port"], "", &[]).unwrap_err();
            assert!(
                error.contains(&format!("the variable of the field `{path}` would be")),
                "{error}"
            );
            assert!(error.contains("--name FIELD=VARIABLE"), "{error}");
            assert!(
                build_names(&[path], "", &[&format!("{path}=BASH_ENV")]).is_ok(),
                "an explicit name is accepted"
            );
            let arguments = NamingArguments::default();
            assert!(
                VariableNames::new([path], &arguments).is_ok(),
                "a file of variables runs no program"
            );
        }
        for path in ["bash_env", "node_options", "git.ssh_command", "ifs"] {
            assert!(
                build_names(&[path], "SHOP_", &[]).is_ok(),
                "{path}: the prefix makes it another name"
            );
        }
        assert!(
            build_names(&["preload"], "LD_", &[])
                .unwrap_err()
                .contains("LD_PRELOAD"),
            "with the prefix too"
        );
    }

    #[test]
    fn name_and_prefix_choose_a_variable() {
        let chosen =
            |prefix: &str, pairs: &[&str]| build_names(&["a", "b"], prefix, pairs).unwrap();
        assert!(!chosen("", &["a=X"]).is_chosen("b") && chosen("", &["a=X"]).is_chosen("a"));
        assert!(chosen("P_", &[]).is_chosen("b"));
    }

    #[test]
    fn one_error_lists_all_mistakes_and_repeats_no_possible_value() {
        let pairs = ["prot=X", "port=Zx9!kQ7", "path", "b=B", "b=C"];
        let error =
            build_names(&["port", "path", "b", "größe", "ld_preload"], "", &pairs).unwrap_err();
        for expected in [
            "no field `prot`: expected one of `port`, `path`, `b`, `größe`, `ld_preload`; did you \
             mean `port`?",
            "--name port=…: the name of a variable consists of",
            "--name path=…: the name of a variable consists of",
            "`b` is named twice",
            "the name of the field `größe` is not valid",
            "the variable of the field `path` would be `PATH`, which tells shells or other \
             programs what to run",
            "would be `LD_PRELOAD`",
        ] {
            assert!(error.contains(expected), "{expected:?} is not in: {error}");
        }
        assert!(!error.contains("Zx9"), "{error}");
        assert!(
            build_names(&["path"], "", &["path=PATH"]).is_ok(),
            "an explicit name is accepted"
        );
        assert!(
            build_names(&["a"], "1", &[])
                .unwrap_err()
                .contains("after the prefix `1`")
        );
    }
}
