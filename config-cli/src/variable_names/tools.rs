//! The names of variables for Terraform and for GitHub Actions.

use super::{NamingArguments, VariableNames};
use crate::error::CliError;

/// The names that Terraform reserves for the arguments of a module.
const TERRAFORM_RESERVED: [&str; 8] = [
    "count",
    "depends_on",
    "for_each",
    "lifecycle",
    "locals",
    "providers",
    "source",
    "version",
];

/// The prefixes of the variables that a step of GitHub Actions cannot set.
const GITHUB_RESERVED: [&str; 2] = ["GITHUB_", "RUNNER_"];

impl VariableNames {
    /// Creates the names of Terraform's variables. A name that `--name` does not choose keeps the
    /// case of the field's path.
    pub(crate) fn new_for_terraform<'a>(
        paths: impl IntoIterator<Item = &'a str>,
        arguments: &NamingArguments,
    ) -> Result<Self, CliError> {
        let (names, mut mistakes) = Self::build(paths, arguments, |c| c);
        mistakes.extend(names.describe_reserved("Terraform reserves", |name| {
            TERRAFORM_RESERVED.contains(&name)
        }));
        names.check_mistakes(mistakes)
    }

    /// Creates the names for later steps of a job of GitHub Actions.
    pub(crate) fn new_for_github<'a>(
        paths: impl IntoIterator<Item = &'a str>,
        arguments: &NamingArguments,
    ) -> Result<Self, CliError> {
        let names = Self::new_for_environment(paths, arguments)?;
        let mistakes = names.describe_reserved("GitHub Actions reserves", |name| {
            GITHUB_RESERVED
                .iter()
                .any(|prefix| name.starts_with(prefix))
        });
        names.check_mistakes(mistakes)
    }

    fn describe_reserved(&self, owner: &str, is_reserved: impl Fn(&str) -> bool) -> Vec<String> {
        let reserved = self
            .variables
            .iter()
            .filter(|(_, variable)| is_reserved(variable));
        reserved
            .map(|(path, variable)| {
                format!("the variable of the field `{path}` would be `{variable}`, which {owner}")
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(prefix: &str, names: &[&str]) -> NamingArguments {
        NamingArguments {
            prefix: prefix.to_owned(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    #[test]
    fn a_variable_of_terraform_keeps_the_case_of_its_field() {
        let paths = ["stripe_key", "mail.password"];
        let names = VariableNames::new_for_terraform(paths, &arguments("app_", &[])).unwrap();
        assert_eq!(names.variable("stripe_key"), "app_stripe_key");
        assert_eq!(names.variable("mail.password"), "app_mail_password");
    }

    #[test]
    fn reserved_names_are_refused_even_if_they_are_chosen() {
        let refused = |result: Result<VariableNames, CliError>, variable: &str| {
            let error = result.unwrap_err().to_string();
            let expected = format!("the variable of the field `a` would be `{variable}`, which");
            assert!(
                error.contains(&expected) && error.contains("--name FIELD=VARIABLE"),
                "{error}"
            );
        };
        let chosen = arguments("", &["a=version"]);
        refused(VariableNames::new_for_terraform(["a"], &chosen), "version");
        let chosen = arguments("", &["a=GITHUB_ENV"]);
        refused(VariableNames::new_for_github(["a"], &chosen), "GITHUB_ENV");
        assert!(VariableNames::new_for_github(["version"], &arguments("", &[])).is_ok());
    }
}
