//! This crate's own environment variables, which whoever runs a program may set.

use crate::{
    error::{Error, ErrorKind},
    incident::{self, Incidents},
    schema::Schema,
    stage::{Stage, in_lambda},
};
use stage_config_grammar::suggest::{closest, list};
use std::{
    env,
    ffi::{OsStr, OsString},
    path::PathBuf,
    time::Duration,
};

const PREFIX: &str = "STAGE_CONFIG_";
const LOCAL: &str = "STAGE_CONFIG_LOCAL";
const LOCAL_IN_LAMBDA: &str = "STAGE_CONFIG_LOCAL_IN_LAMBDA";
const DEADLINE: &str = "STAGE_CONFIG_DEADLINE";
const KNOWN: [&str; 3] = [LOCAL, LOCAL_IN_LAMBDA, DEADLINE];

/// What the variable of the deadline says, or what is wrong with it.
pub(crate) type DeadlineVariable = Result<Option<Duration>, String>;

/// What the variables say. They win over the program's own options: they can be changed without a build.
pub(crate) struct Variables {
    pub(crate) local: Option<PathBuf>,
    pub(crate) deadline: Option<Duration>,
    pub(crate) incidents: Incidents,
}

impl Variables {
    /// Reads them all, for a configuration that is loaded alone. The deadline is read before, since waiting counts to it.
    ///
    /// # Errors
    ///
    /// As [`read_together`](Self::read_together).
    pub(crate) fn read(schema: &'static Schema, stage: &Stage, deadline: DeadlineVariable) -> Result<Self, Error> {
        let mut variables = Self::read_together(&[(schema, stage)], &[schema], deadline)?;
        Ok(variables.remove(0))
    }

    /// Reads them all, for each of these configurations. A variable may be about a field of any that is `known`.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Options`] with all of these at once: a name that this crate does not know, since whoever set it expects
    /// something of it; a deadline that is none; a source that is none; what would show a secret. [`ErrorKind::Local`] for a
    /// local file in Lambda.
    pub(crate) fn read_together(
        roots: &[(&'static Schema, &Stage)],
        known: &[&Schema],
        deadline: DeadlineVariable,
    ) -> Result<Vec<Self>, Error> {
        let Some((first, _)) = roots.first() else { return Ok(Vec::new()) };
        let own = own(env::vars_os());
        let mut mistakes = unknown_names(&own, known);
        let deadline = deadline.unwrap_or_else(|mistake| {
            mistakes.push(mistake);
            None
        });
        let mut read = |(schema, stage): &(&'static Schema, &Stage)| {
            let own = own.iter().map(|(name, text)| (name.as_str(), text.as_os_str()));
            incident::read(own, schema, stage, &mut mistakes)
        };
        let incidents: Vec<Incidents> = roots.iter().map(&mut read).collect();
        match mistakes.as_slice() {
            [] => {}
            [only] => return Err(Error::new(ErrorKind::Options, first, only.clone())),
            several => {
                let text = format!("{} variables are wrong", several.len());
                return Err(Error::of_mistakes(ErrorKind::Options, first, text, mistakes));
            }
        }
        let local = local(first)?;
        Ok(incidents.into_iter().map(|incidents| Self { local: local.clone(), deadline, incidents }).collect())
    }
}

/// This crate's variables, in the order of their names.
fn own(all: impl Iterator<Item = (OsString, OsString)>) -> Vec<(String, OsString)> {
    let own = all.filter_map(|(name, text)| Some((name.into_string().ok()?, text)));
    let mut own: Vec<_> = own.filter(|(name, _)| name.starts_with(PREFIX)).collect();
    own.sort();
    own
}

fn unknown_names(own: &[(String, OsString)], schemas: &[&Schema]) -> Vec<String> {
    let known = |name: &str| KNOWN.contains(&name) || schemas.iter().any(|schema| incident::knows(schema, name));
    own.iter().map(|(name, _)| name).filter(|name| !known(name)).map(|name| unknown_name(name, schemas)).collect()
}

fn unknown_name(name: &str, schemas: &[&Schema]) -> String {
    if let Some(mistake) = incident::unknown(schemas, name) {
        return mistake;
    }
    let fields = incident::candidates(schemas);
    let meant = closest(name, KNOWN.into_iter().chain(fields.iter().map(String::as_str)));
    let meant = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
    let expected: Vec<&str> = KNOWN.into_iter().chain(incident::FORMS).collect();
    format!(
        "the variable `{name}` is not known. Remedy: unset it, or correct it: expected one of {}{meant}",
        list(&expected)
    )
}

fn local(schema: &Schema) -> Result<Option<PathBuf>, Error> {
    let path = env::var_os(LOCAL).filter(|path| !path.is_empty()).map(PathBuf::from);
    if path.is_some() && in_lambda() && env::var_os(LOCAL_IN_LAMBDA).is_none_or(|value| value != "1") {
        let text = format!(
            "`{LOCAL}` is set in Lambda, where it would replace the real stores. Remedy: unset it, or set \
             `{LOCAL_IN_LAMBDA}=1` beside it"
        );
        return Err(Error::new(ErrorKind::Local, schema, text));
    }
    Ok(path)
}

/// The deadline of a whole load, where the variable says one.
///
/// # Errors
///
/// What is wrong with the variable.
pub(crate) fn deadline() -> DeadlineVariable {
    let Some(text) = env::var_os(DEADLINE).filter(|text| !text.is_empty()) else { return Ok(None) };
    let parsed = OsStr::to_str(&text).and_then(|text| humantime::parse_duration(text.trim()).ok());
    match parsed.filter(|deadline| !deadline.is_zero()) {
        Some(deadline) => Ok(Some(deadline)),
        None => Err(format!("`{DEADLINE}` is no duration. Remedy: write a number and a unit, as in `{DEADLINE}=5s`")),
    }
}
