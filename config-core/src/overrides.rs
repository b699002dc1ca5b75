//! Environment overrides: variables that change the source of one field, or set its value, without
//! a build.
//!
//! `STAGE_CONFIG_SOURCE__MAIL__PASSWORD` overrides the field `mail.password`. The name of the
//! variable contains the path of the field in upper case, with two underscores for a dot. The
//! content of such a variable may be a secret by mistake, so no message repeats any part of it.

use crate::{
    diagnostic::Help,
    error::{ErrorKind, Mistake},
    outcome::Found,
    schema::{Leaf, Schema, Secrecy},
    stage::Stage,
};
use stage_config_grammar::{
    source::{Address, Placeholders, SCHEMES, Source},
    suggest::{find_closest, format_list},
};
use std::ffi::OsStr;

const SOURCE: &str = "STAGE_CONFIG_SOURCE__";
const SET: &str = "STAGE_CONFIG_SET__";

/// Both forms of an environment override, for messages that list the valid variables.
pub(crate) const FORMS: [&str; 2] = ["STAGE_CONFIG_SOURCE__FIELD", "STAGE_CONFIG_SET__FIELD"];

/// The maximum number of fields that the message about an unknown field lists.
const MAX_LISTED: usize = 20;

/// The environment overrides of one configuration.
#[derive(Default)]
pub(crate) struct EnvOverrides(Vec<EnvOverride>);

/// One variable and its effect on one field.
pub(crate) struct EnvOverride {
    /// The name of the variable.
    pub(crate) variable: String,
    /// The path of the field.
    pub(crate) field: String,
    change: OverrideAction,
}

enum OverrideAction {
    Source(Source),
    Set(Found),
}

impl EnvOverrides {
    /// Returns the value that a variable sets for a field, and the variable. Returns `None` if no
    /// variable sets the field.
    pub(crate) fn find_value(&self, field: &str) -> Option<(&Found, &str)> {
        self.filter_by_field(field)
            .find_map(|one| match &one.change {
                OverrideAction::Set(found) => Some((found, one.variable.as_str())),
                OverrideAction::Source(_) => None,
            })
    }

    /// Returns the source that a variable selects for a field, and the variable. Returns `None` if
    /// no variable selects a source, or if another variable sets the field.
    pub(crate) fn find_source(&self, field: &str) -> Option<(&Source, &str)> {
        if self.find_value(field).is_some() {
            return None;
        }
        self.filter_by_field(field)
            .find_map(|one| match &one.change {
                OverrideAction::Source(source) => Some((source, one.variable.as_str())),
                OverrideAction::Set(_) => None,
            })
    }

    /// Returns the variable that determines the value or the source of a field; `None` if no
    /// variable does.
    pub(crate) fn find_deciding_variable(&self, field: &str) -> Option<&str> {
        self.find_value(field)
            .map(|(_, variable)| variable)
            .or_else(|| self.find_source(field).map(|(_, variable)| variable))
    }

    /// Returns every variable with its field, including variables that have no effect because
    /// another variable decides.
    pub(crate) fn as_slice(&self) -> &[EnvOverride] {
        &self.0
    }

    fn filter_by_field(&self, field: &str) -> impl Iterator<Item = &EnvOverride> {
        self.0.iter().filter(move |one| one.field == field)
    }
}

/// Returns whether a variable names a field of this configuration.
pub(crate) fn is_known_variable(schema: &Schema, variable: &str) -> bool {
    let Some((_, field)) = split(variable) else {
        return false;
    };
    schema
        .leaves()
        .iter()
        .any(|leaf| variable_name(leaf) == field)
}

/// Returns the mistake in an environment override that names no field of these configurations.
/// Returns `None` if the variable is not an environment override.
pub(crate) fn describe_unknown(schemas: &[&Schema], variable: &str) -> Option<Mistake> {
    let (form, field) = split(variable)?;
    let names: Vec<String> = schemas
        .iter()
        .flat_map(|schema| schema.leaves())
        .map(|leaf| variable_name(&leaf))
        .collect();
    let configs: Vec<&str> = schemas.iter().map(|schema| schema.name).collect();
    let hint = match find_closest(field, names.iter().map(String::as_str)) {
        Some(name) => format!("did you mean `{form}{name}`?"),
        None if names.len() <= MAX_LISTED => {
            format!("expected `{form}` and one of {}", format_list(&names))
        }
        None => "write the path of the field in upper case, with two underscores for each dot"
            .to_owned(),
    };
    let detail = format!("`{variable}` names no field of {}", format_list(&configs));
    Some(Mistake::new(
        ErrorKind::Options,
        "",
        detail,
        format!("unset it, or correct it: {hint}"),
    ))
}

/// Returns the names of all environment overrides that these schemas permit, for suggestions.
pub(crate) fn all_variable_names(schemas: &[&Schema]) -> Vec<String> {
    let names = schemas
        .iter()
        .flat_map(|schema| schema.leaves())
        .map(|leaf| variable_name(&leaf));
    names
        .flat_map(|name| [SOURCE, SET].map(|form| format!("{form}{name}")))
        .collect()
}

/// Reads the variables that name fields of this configuration. Their mistakes are added to
/// `mistakes`.
pub(crate) fn read<'v>(
    variables: impl Iterator<Item = (&'v str, &'v OsStr)>,
    schema: &Schema,
    stage: &Stage,
    mistakes: &mut Vec<Mistake>,
) -> EnvOverrides {
    let leaves = schema.leaves();
    let mut overrides = Vec::new();
    for (variable, text) in variables {
        let Some((form, name)) = split(variable) else {
            continue;
        };
        let named: Vec<&Leaf<'_>> = leaves
            .iter()
            .filter(|leaf| variable_name(leaf) == name)
            .collect();
        let change = match (named.as_slice(), text.to_str()) {
            ([], _) => continue,
            ([_], None) => Err(new_mistake("it is not UTF-8", "correct it, or unset it")),
            ([leaf], Some(text)) if form == SET => parse_set(leaf, text),
            ([leaf], Some(text)) => {
                parse_source(leaf, text, schema, stage).map(OverrideAction::Source)
            }
            (several, _) => Err(describe_ambiguous(several)),
        };

        match (change, named.first()) {
            (Ok(change), Some(leaf)) => {
                overrides.push(EnvOverride {
                    variable: variable.to_owned(),
                    field: leaf.path.clone(),
                    change,
                });
            }
            (Err(mistake), _) => mistakes.push(Mistake {
                subject: format!("`{variable}`"),
                ..mistake
            }),
            (Ok(_), None) => {}
        }
    }
    EnvOverrides(overrides)
}

/// Returns the form of an environment override and the field name in it, or `None` for any other
/// variable.
fn split(variable: &str) -> Option<(&'static str, &str)> {
    [SOURCE, SET]
        .into_iter()
        .find_map(|form| Some((form, variable.strip_prefix(form)?)))
}

fn variable_name(leaf: &Leaf<'_>) -> String {
    leaf.path.replace('.', "__").to_uppercase()
}

/// Creates a mistake; the caller adds the name of the variable.
fn new_mistake(detail: impl Into<String>, help: impl Into<Help>) -> Mistake {
    Mistake::new(ErrorKind::Options, "", detail, help)
}

fn describe_ambiguous(leaves: &[&Leaf<'_>]) -> Mistake {
    let paths: Vec<&str> = leaves.iter().map(|leaf| leaf.path.as_str()).collect();
    let help = "unset it; to override one of these fields, rename that field in the program";
    new_mistake(
        format!("it names several fields: {}", format_list(&paths)),
        help,
    )
}

fn parse_set(leaf: &Leaf<'_>, text: &str) -> Result<OverrideAction, Mistake> {
    if leaf.secrecy == Secrecy::Yes {
        let (path, name) = (&leaf.path, variable_name(leaf));
        return Err(new_mistake(
            format!(
                "it would set `{path}`, which is a secret, and the value would be visible in the \
                 function's settings"
            ),
            format!(
                "unset it, put the value into a store, and name the source in `{SOURCE}{name}`"
            ),
        ));
    }
    Ok(OverrideAction::Set(Found::from_text(text)))
}

fn parse_source(
    leaf: &Leaf<'_>,
    text: &str,
    schema: &Schema,
    stage: &Stage,
) -> Result<Source, Mistake> {
    let schemes = schema.all_schemes();
    let placeholders = Placeholders {
        stage: Some(stage.name()),
        ..Placeholders::default()
    };
    // The messages of the grammar quote the text, so they are dropped.
    let source = Source::resolve(text, &placeholders, &schemes)
        .map_err(|_| describe_invalid_source(text, &schemes))?;

    let path = &leaf.path;
    match &source.address {
        Address::Value(_) if leaf.secrecy == Secrecy::Yes => Err(new_mistake(
            format!(
                "it reads `{path}`, which is a secret, from `value:`, which is visible in the \
                 function's settings"
            ),
            "put the value into a store, and name its source",
        )),
        Address::Env {
            plaintext_allowed: false,
            ..
        } if leaf.secrecy == Secrecy::Yes => Err(new_mistake(
            format!(
                "it reads `{path}`, which is a secret, from `env:`, which is visible in the \
                 function's settings"
            ),
            "put the value into a store, and name its source; or add `?plaintext=allow`",
        )),
        _ => Ok(source),
    }
}

/// Describes why a text is not a source, without quoting it.
fn describe_invalid_source(text: &str, schemes: &[&str]) -> Mistake {
    let example = "as in `/payments/prod/key:3` or `secret:prod/db#password`";
    if text.is_empty() {
        return new_mistake(
            "it is empty",
            format!("name a source, {example}, or unset it"),
        );
    }

    let known: Vec<&str> = SCHEMES.iter().chain(schemes).copied().collect();
    let scheme = known.iter().find(|scheme| {
        text.strip_prefix(**scheme)
            .is_some_and(|rest| rest.starts_with(':'))
    });
    let problem = match scheme {
        Some(scheme) => format!("has an invalid address after `{scheme}:`"),
        None if text.starts_with('/') => {
            "begins with `/`, but is not a valid name of a parameter".to_owned()
        }
        None => {
            format!(
                "begins neither with `/` nor with a known scheme: {}",
                format_list(&known)
            )
        }
    };
    new_mistake(
        format!(
            "it is not a source: it {problem}. The text is hidden, because it may be a value in \
             the wrong place"
        ),
        format!("name a source, {example}, or unset it"),
    )
}

#[cfg(test)]
mod tests;
