//! The environment variables of this crate, which the user of a program may set.

use crate::{
    check_run,
    error::{Error, ErrorKind, Mistake},
    overrides::{self, EnvOverrides},
    platform::Platform,
    schema::Schema,
    stage::Stage,
};
use stage_config_grammar::duration::{parse_duration, suggest_duration};
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
const METRICS: &str = "STAGE_CONFIG_METRICS";
/// The variables for users, except the environment overrides. The message about an unknown name
/// lists these variables.
const KNOWN: [&str; 4] = [LOCAL, LOCAL_IN_LAMBDA, TIMEOUT, METRICS];

/// The timeout from `STAGE_CONFIG_TIMEOUT`, or the mistake in this variable.
pub(crate) type TimeoutVariable = Result<Option<Duration>, Mistake>;

/// The options from the variables. They take precedence over the program's own options, because a
/// variable can change without a build.
pub(crate) struct EnvOptions {
    pub(crate) local: Option<PathBuf>,
    pub(crate) overrides: EnvOverrides,
    /// Whether each load writes its metrics in the Embedded Metric Format.
    pub(crate) writes_metrics: bool,
}

impl EnvOptions {
    /// Reads the options of each of these configurations. A variable may name a field of any
    /// `known` configuration. `timeout` was read earlier, because the wait for another load counts
    /// towards it.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Options`] with all mistakes at once: an unknown name, because the
    /// variable would have no effect; an invalid timeout or format of metrics; an override that is
    /// not UTF-8, that names several fields, or whose source is invalid; an override that would
    /// reveal a secret. Without such mistakes, returns [`ErrorKind::Local`] for a local file in
    /// Lambda without `STAGE_CONFIG_LOCAL_IN_LAMBDA=1`.
    pub(crate) fn read(
        roots: &[(&'static Schema, &Stage)],
        known: &[&Schema],
        timeout: &TimeoutVariable,
    ) -> Result<Vec<Self>, Error> {
        let Some((first, _)) = roots.first() else {
            return Ok(Vec::new());
        };
        let variables = filter_own(env::vars_os());
        let mut mistakes = find_unknown_names(&variables, known);
        mistakes.extend(timeout.as_ref().err().cloned());
        let metrics = read_metrics();
        mistakes.extend(metrics.as_ref().err().cloned());
        let mut read = |(schema, stage): &(&'static Schema, &Stage)| {
            let variables = variables
                .iter()
                .map(|(name, text)| (name.as_str(), text.as_os_str()));
            overrides::read(variables, schema, stage, &mut mistakes)
        };

        let overrides: Vec<EnvOverrides> = roots.iter().map(&mut read).collect();
        let mistakes = remove_duplicates(mistakes);
        match mistakes.as_slice() {
            [] => {}
            [only] => return Err(Error::from_mistake(first, only.clone())),
            several => {
                let text = format!("{} variables are wrong", several.len());
                return Err(Error::from_mistakes(
                    ErrorKind::Options,
                    first,
                    text,
                    mistakes,
                ));
            }
        }

        let local = read_local_path(first)?;
        Ok(overrides
            .into_iter()
            .map(|overrides| Self {
                local: local.clone(),
                overrides,
                writes_metrics: metrics.as_ref().is_ok_and(|writes| *writes),
            })
            .collect())
    }
}

/// Keeps one of several equal mistakes: a variable may name a field of several configurations.
fn remove_duplicates(mistakes: Vec<Mistake>) -> Vec<Mistake> {
    let mut different = Vec::new();
    for mistake in mistakes {
        if !different.contains(&mistake) {
            different.push(mistake);
        }
    }
    different
}

/// Returns this crate's variables, sorted by name.
fn filter_own(all: impl Iterator<Item = (OsString, OsString)>) -> Vec<(String, OsString)> {
    let named = all.filter_map(|(name, text)| Some((name.into_string().ok()?, text)));
    let mut variables: Vec<_> = named.filter(|(name, _)| name.starts_with(PREFIX)).collect();
    variables.sort();
    variables
}

fn find_unknown_names(variables: &[(String, OsString)], schemas: &[&Schema]) -> Vec<Mistake> {
    let is_known = |name: &str| {
        KNOWN.contains(&name)
            || name == check_run::VARIABLE
            || schemas
                .iter()
                .any(|schema| overrides::is_known_variable(schema, name))
    };
    variables
        .iter()
        .map(|(name, _)| name)
        .filter(|name| !is_known(name))
        .map(|name| describe_unknown_name(name, schemas))
        .collect()
}

fn describe_unknown_name(name: &str, schemas: &[&Schema]) -> Mistake {
    if let Some(mistake) = overrides::describe_unknown(schemas, name) {
        return mistake;
    }
    let fields = overrides::all_variable_names(schemas);
    let closest = find_closest(
        name,
        KNOWN.into_iter().chain(fields.iter().map(String::as_str)),
    );
    let hint = closest
        .map(|closest| format!("; did you mean `{closest}`?"))
        .unwrap_or_default();
    let expected: Vec<&str> = KNOWN.into_iter().chain(overrides::FORMS).collect();
    let help = format!(
        "unset it, or correct it: expected one of {}{hint}",
        format_list(&expected)
    );
    Mistake::new(
        ErrorKind::Options,
        "",
        format!("the variable `{name}` is not known"),
        help,
    )
}

fn read_local_path(schema: &Schema) -> Result<Option<PathBuf>, Error> {
    let path = env::var_os(LOCAL)
        .filter(|path| !path.is_empty())
        .map(PathBuf::from);
    if path.is_some()
        && Platform::current().is_lambda()
        && env::var_os(LOCAL_IN_LAMBDA).is_none_or(|value| value != "1")
    {
        let text = format!("`{LOCAL}` is set in Lambda, where it would replace the real stores");
        let help = format!("unset it, or set `{LOCAL_IN_LAMBDA}=1` too");
        return Err(Error::new(ErrorKind::Local, schema, text, help));
    }
    Ok(path)
}

/// Returns whether each load writes its metrics.
///
/// # Errors
///
/// Returns the mistake in the variable.
fn read_metrics() -> Result<bool, Mistake> {
    const FORMAT: &str = "emf";
    let Some(text) = env::var_os(METRICS).filter(|text| !text.is_empty()) else {
        return Ok(false);
    };
    if text == FORMAT {
        return Ok(true);
    }
    let detail = format!("`{METRICS}` is not a format of metrics");
    let help = format!("set it to `{FORMAT}`, or unset it");
    Err(Mistake::new(ErrorKind::Options, "", detail, help))
}

/// Returns the timeout of a whole load, or `None` if the variable is unset or empty.
///
/// # Errors
///
/// Returns the mistake in the variable.
pub(crate) fn read_timeout() -> TimeoutVariable {
    let Some(text) = env::var_os(TIMEOUT).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let text = OsStr::to_str(&text).map(str::trim);
    let parsed = text.and_then(|text| parse_duration(text).ok());
    match parsed.filter(|timeout| !timeout.is_zero()) {
        Some(timeout) => Ok(Some(timeout)),
        None => {
            let suggestion = text.and_then(suggest_duration);
            let hint = suggestion
                .map(|right| format!("; did you mean `{right}`?"))
                .unwrap_or_default();
            let help = format!("write a number and a unit, as in `{TIMEOUT}=5s`{hint}");
            Err(Mistake::new(
                ErrorKind::Options,
                "",
                format!("`{TIMEOUT}` is not a duration above zero"),
                help,
            ))
        }
    }
}
