//! This crate's own environment variables, which the user who runs a program may set.

use crate::{
    error::{Error, ErrorKind, Mistake},
    overrides::{self, EnvOverrides},
    schema::Schema,
    stage::{Stage, in_lambda},
};
use stage_config_grammar::suggest::{find_closest, format_list};
use std::{
    env,
    ffi::{OsStr, OsString},
    path::PathBuf,
    time::Duration,
};

const PREFIX: &str = "STAGE_CONFIG_";
const LOCAL: &str = "STAGE_CONFIG_LOCAL";
const LOCAL_IN_LAMBDA: &str = "STAGE_CONFIG_LOCAL_IN_LAMBDA";
const TIMEOUT: &str = "STAGE_CONFIG_TIMEOUT";
const KNOWN: [&str; 3] = [LOCAL, LOCAL_IN_LAMBDA, TIMEOUT];

/// The timeout from the variable, or the mistake in it.
pub(crate) type TimeoutVariable = Result<Option<Duration>, Mistake>;

/// The options from the variables. They take precedence over the program's own options, because
/// they can change without a build.
pub(crate) struct EnvOptions {
    pub(crate) local: Option<PathBuf>,
    pub(crate) overrides: EnvOverrides,
}

impl EnvOptions {
    /// Reads the options of each of these configurations. A variable may name a field of any
    /// `known` configuration. `timeout` was read earlier, because the wait for another load counts
    /// towards it.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Options`] with all of these at once: a name that this crate does not
    /// know, because the user expects an effect; an invalid timeout; an invalid source; a variable
    /// that would reveal a secret. Returns [`ErrorKind::Local`] for a local file in Lambda.
    pub(crate) fn read(
        roots: &[(&'static Schema, &Stage)],
        known: &[&Schema],
        timeout: &TimeoutVariable,
    ) -> Result<Vec<Self>, Error> {
        let Some((first, _)) = roots.first() else { return Ok(Vec::new()) };
        let own = filter_own(env::vars_os());
        let mut mistakes = find_unknown_names(&own, known);
        mistakes.extend(timeout.as_ref().err().cloned());
        let mut read = |(schema, stage): &(&'static Schema, &Stage)| {
            let own = own.iter().map(|(name, text)| (name.as_str(), text.as_os_str()));
            overrides::read(own, schema, stage, &mut mistakes)
        };
        let incidents: Vec<EnvOverrides> = roots.iter().map(&mut read).collect();
        match mistakes.as_slice() {
            [] => {}
            [only] => return Err(Error::from_mistake(first, only.clone())),
            several => {
                let text = format!("{} variables are wrong", several.len());
                return Err(Error::from_mistakes(ErrorKind::Options, first, text, mistakes));
            }
        }
        let local = read_local_path(first)?;
        Ok(incidents.into_iter().map(|overrides| Self { local: local.clone(), overrides }).collect())
    }
}

/// Returns this crate's variables, sorted by name.
fn filter_own(all: impl Iterator<Item = (OsString, OsString)>) -> Vec<(String, OsString)> {
    let own = all.filter_map(|(name, text)| Some((name.into_string().ok()?, text)));
    let mut own: Vec<_> = own.filter(|(name, _)| name.starts_with(PREFIX)).collect();
    own.sort();
    own
}

fn find_unknown_names(own: &[(String, OsString)], schemas: &[&Schema]) -> Vec<Mistake> {
    let known =
        |name: &str| KNOWN.contains(&name) || schemas.iter().any(|schema| overrides::is_known_variable(schema, name));
    own.iter()
        .map(|(name, _)| name)
        .filter(|name| !known(name))
        .map(|name| describe_unknown_name(name, schemas))
        .collect()
}

fn describe_unknown_name(name: &str, schemas: &[&Schema]) -> Mistake {
    if let Some(mistake) = overrides::describe_unknown(schemas, name) {
        return mistake;
    }
    let fields = overrides::all_variable_names(schemas);
    let meant = find_closest(name, KNOWN.into_iter().chain(fields.iter().map(String::as_str)));
    let meant = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
    let expected: Vec<&str> = KNOWN.into_iter().chain(overrides::FORMS).collect();
    let help = format!("unset it, or correct it: expected one of {}{meant}", format_list(&expected));
    Mistake::new(ErrorKind::Options, "", format!("the variable `{name}` is not known"), help)
}

fn read_local_path(schema: &Schema) -> Result<Option<PathBuf>, Error> {
    let path = env::var_os(LOCAL).filter(|path| !path.is_empty()).map(PathBuf::from);
    if path.is_some() && in_lambda() && env::var_os(LOCAL_IN_LAMBDA).is_none_or(|value| value != "1") {
        let text = format!("`{LOCAL}` is set in Lambda, where it would replace the real stores");
        let help = format!("unset it, or set `{LOCAL_IN_LAMBDA}=1` too");
        return Err(Error::new(ErrorKind::Local, schema, text, help));
    }
    Ok(path)
}

/// Returns the timeout of a whole load, if the variable is set.
///
/// # Errors
///
/// Returns the mistake in the variable.
pub(crate) fn read_timeout() -> TimeoutVariable {
    let Some(text) = env::var_os(TIMEOUT).filter(|text| !text.is_empty()) else { return Ok(None) };
    let parsed = OsStr::to_str(&text).and_then(|text| humantime::parse_duration(text.trim()).ok());
    match parsed.filter(|deadline| !deadline.is_zero()) {
        Some(deadline) => Ok(Some(deadline)),
        None => {
            let help = format!("write a number and a unit, as in `{TIMEOUT}=5s`");
            Err(Mistake::new(ErrorKind::Options, "", format!("`{TIMEOUT}` is not a duration"), help))
        }
    }
}
