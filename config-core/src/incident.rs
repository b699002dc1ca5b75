//! When something is on fire: variables that take one field from another source, or set it, without a build.
//!
//! `STAGE_CONFIG_SOURCE__MAIL__PASSWORD` is about the field `mail.password`: its path in upper case, a dot as two underscores.
//! What such a variable holds may be a secret in the wrong place, so no message repeats any of it.

use crate::{
    outcome::Found,
    schema::{Leaf, Schema, Secrecy},
    stage::Stage,
};
use stage_config_grammar::{
    source::{Address, Placeholders, SCHEMES, Source},
    suggest::{closest, list},
};
use std::ffi::OsStr;

const SOURCE: &str = "STAGE_CONFIG_SOURCE__";
const SET: &str = "STAGE_CONFIG_SET__";

/// How the two are written, for messages that list what there is.
pub(crate) const FORMS: [&str; 2] = ["STAGE_CONFIG_SOURCE__FIELD", "STAGE_CONFIG_SET__FIELD"];

/// A list of fields that is longer than this helps nobody.
const MOST_LISTED: usize = 20;

/// What variables change in one configuration.
#[derive(Default)]
pub(crate) struct Incidents(Vec<Incident>);

/// One variable, and what it does to one field.
pub(crate) struct Incident {
    /// The variable's name.
    pub(crate) variable: String,
    /// The field's path.
    pub(crate) field: String,
    change: Change,
}

enum Change {
    Source(Source),
    Set(Found),
}

impl Incidents {
    /// The text that a variable sets a field to, and the variable.
    pub(crate) fn set(&self, field: &str) -> Option<(&Found, &str)> {
        self.of(field).find_map(|incident| match &incident.change {
            Change::Set(found) => Some((found, incident.variable.as_str())),
            Change::Source(_) => None,
        })
    }

    /// The source that a variable takes a field from, and the variable. A field that is set is taken from nowhere.
    pub(crate) fn source(&self, field: &str) -> Option<(&Source, &str)> {
        if self.set(field).is_some() {
            return None;
        }
        self.of(field).find_map(|incident| match &incident.change {
            Change::Source(source) => Some((source, incident.variable.as_str())),
            Change::Set(_) => None,
        })
    }

    /// The variable that decides about a field.
    pub(crate) fn variable(&self, field: &str) -> Option<&str> {
        self.set(field).map(|(_, variable)| variable).or_else(|| self.source(field).map(|(_, variable)| variable))
    }

    /// Every variable with its field, also one that has no effect beside another.
    pub(crate) fn all(&self) -> &[Incident] {
        &self.0
    }

    fn of(&self, field: &str) -> impl Iterator<Item = &Incident> {
        self.0.iter().filter(move |incident| incident.field == field)
    }
}

/// Whether a variable is about a field of this configuration.
pub(crate) fn knows(schema: &Schema, variable: &str) -> bool {
    let Some((_, field)) = split(variable) else { return false };
    schema.leaves().iter().any(|leaf| name_of(leaf) == field)
}

/// What is wrong with a variable that is about no field of these configurations; `None` for one that is not about fields.
pub(crate) fn unknown(schemas: &[&Schema], variable: &str) -> Option<String> {
    let (form, field) = split(variable)?;
    let names: Vec<String> = schemas.iter().flat_map(|schema| schema.leaves()).map(|leaf| name_of(&leaf)).collect();
    let configs: Vec<&str> = schemas.iter().map(|schema| schema.name).collect();
    let mend = match closest(field, names.iter().map(String::as_str)) {
        Some(name) => format!("did you mean `{form}{name}`?"),
        None if names.len() <= MOST_LISTED => format!("expected `{form}` and one of {}", list(&names)),
        None => "a field is named by its path in upper case, a dot as two underscores".to_owned(),
    };
    Some(format!("`{variable}` is about no field of {}. Remedy: unset it, or correct it: {mend}", list(&configs)))
}

/// Every variable of these schemas that could be meant by another one.
pub(crate) fn candidates(schemas: &[&Schema]) -> Vec<String> {
    let names = schemas.iter().flat_map(|schema| schema.leaves()).map(|leaf| name_of(&leaf));
    names.flat_map(|name| [SOURCE, SET].map(|form| format!("{form}{name}"))).collect()
}

/// Reads the variables that are about fields of this configuration; what is wrong with them goes to `mistakes`.
pub(crate) fn read<'v>(
    variables: impl Iterator<Item = (&'v str, &'v OsStr)>,
    schema: &Schema,
    stage: &Stage,
    mistakes: &mut Vec<String>,
) -> Incidents {
    let leaves = schema.leaves();
    let mut incidents = Vec::new();
    for (variable, text) in variables {
        let Some((form, name)) = split(variable) else { continue };
        let meant: Vec<&Leaf<'_>> = leaves.iter().filter(|leaf| name_of(leaf) == name).collect();
        let change = match (meant.as_slice(), text.to_str()) {
            ([], _) => continue,
            ([_], None) => Err("is not UTF-8. Remedy: correct it, or unset it".to_owned()),
            ([leaf], Some(text)) if form == SET => set(leaf, text),
            ([leaf], Some(text)) => source(leaf, text, schema, stage).map(Change::Source),
            (several, _) => Err(ambiguous(several)),
        };
        match (change, meant.first()) {
            (Ok(change), Some(leaf)) => {
                incidents.push(Incident { variable: variable.to_owned(), field: leaf.path.clone(), change });
            }
            (Err(what), _) => mistakes.push(format!("`{variable}` {what}")),
            (Ok(_), None) => {}
        }
    }
    Incidents(incidents)
}

/// The form of a variable that is about a field, and the field's name in it.
fn split(variable: &str) -> Option<(&'static str, &str)> {
    [SOURCE, SET].into_iter().find_map(|form| Some((form, variable.strip_prefix(form)?)))
}

fn name_of(leaf: &Leaf<'_>) -> String {
    leaf.path.replace('.', "__").to_uppercase()
}

fn ambiguous(leaves: &[&Leaf<'_>]) -> String {
    let paths: Vec<&str> = leaves.iter().map(|leaf| leaf.path.as_str()).collect();
    format!(
        "is about several fields at once: {}. Remedy: unset it; only another name for one of them in the program tells them apart",
        list(&paths)
    )
}

fn set(leaf: &Leaf<'_>, text: &str) -> Result<Change, String> {
    if leaf.secrecy == Secrecy::Yes {
        let (path, name) = (&leaf.path, name_of(leaf));
        return Err(format!(
            "would set `{path}`, which is a secret, and a variable shows it to whoever reads the function's settings. Remedy: \
             unset it, put the value into a store, and name the place by `{SOURCE}{name}`"
        ));
    }
    Ok(Change::Set(Found::text(text)))
}

fn source(leaf: &Leaf<'_>, text: &str, schema: &Schema, stage: &Stage) -> Result<Source, String> {
    let schemes = schema.all_schemes();
    let placeholders = Placeholders { stage: Some(stage.name()), ..Placeholders::default() };
    // The grammar's own words quote the text.
    let source = Source::resolve(text, &placeholders, &schemes).map_err(|_| no_source(text, &schemes))?;
    let path = &leaf.path;
    match &source.address {
        Address::Value(_) if leaf.secrecy == Secrecy::Yes => Err(format!(
            "gives `{path}`, which is a secret, as a `value:`, which shows it to whoever reads the function's settings. \
             Remedy: put the value into a store, and name the place"
        )),
        Address::Env { plaintext_allowed: false, .. } if leaf.secrecy == Secrecy::Yes => Err(format!(
            "takes `{path}`, which is a secret, from `env:`, which shows it to whoever reads the function's settings. \
             Remedy: put the value into a store, and name the place; or add `?plaintext=allow`"
        )),
        _ => Ok(source),
    }
}

/// Why a text is no source, without a word of it.
fn no_source(text: &str, schemes: &[&str]) -> String {
    let example = "as in `/payments/prod/key:3` or `secret:prod/db#password`";
    if text.is_empty() {
        return format!("is empty. Remedy: name a source, {example}, or unset it");
    }
    let known: Vec<&str> = SCHEMES.iter().chain(schemes).copied().collect();
    let scheme = known.iter().find(|scheme| text.strip_prefix(**scheme).is_some_and(|rest| rest.starts_with(':')));
    let what = match scheme {
        Some(scheme) => format!("has something after `{scheme}:` that is no address there"),
        None if text.starts_with('/') => "begins like a parameter, and is no name of one".to_owned(),
        None => format!("begins with none of the known schemes, {}, and is no path of a parameter", list(&known)),
    };
    format!(
        "is no source: it {what}. Its text is not shown here, since it may be a value in the wrong place. Remedy: name a \
         source, {example}, or unset it"
    )
}

#[cfg(test)]
mod tests;
