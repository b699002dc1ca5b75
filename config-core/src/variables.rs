//! This crate's own environment variables, which whoever runs a program may set.

use crate::{
    error::{Error, ErrorKind},
    schema::Schema,
    stage::in_lambda,
};
use stage_config_grammar::suggest::expected_one_of;
use std::{env, path::PathBuf, time::Duration};

const PREFIX: &str = "STAGE_CONFIG_";
const LOCAL: &str = "STAGE_CONFIG_LOCAL";
const LOCAL_IN_LAMBDA: &str = "STAGE_CONFIG_LOCAL_IN_LAMBDA";
const DEADLINE: &str = "STAGE_CONFIG_DEADLINE";

/// What the variables say. They win over the program's own options: they can be changed without a build.
pub(crate) struct Variables {
    pub(crate) local: Option<PathBuf>,
    pub(crate) deadline: Option<Duration>,
}

impl Variables {
    /// Reads them all.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Options`] for a name that this crate does not know, since whoever set it expects something of it, and for
    /// a deadline that is none; [`ErrorKind::Local`] for a local file in Lambda.
    pub(crate) fn read(schema: &Schema) -> Result<Self, Error> {
        known_names_only(schema)?;
        Ok(Self { local: local(schema)?, deadline: deadline(schema)? })
    }
}

fn known_names_only(schema: &Schema) -> Result<(), Error> {
    const KNOWN: [&str; 3] = [LOCAL, LOCAL_IN_LAMBDA, DEADLINE];
    let unknown = env::vars_os()
        .filter_map(|(name, _)| name.into_string().ok())
        .filter(|name| name.starts_with(PREFIX) && name != schema.stage_variable())
        .find(|name| !KNOWN.contains(&name.as_str()));
    match unknown {
        None => Ok(()),
        Some(name) => {
            let text = format!(
                "the variable `{name}` is not known. Remedy: unset it, or correct it: {}",
                expected_one_of(&name, &KNOWN)
            );
            Err(Error::new(ErrorKind::Options, schema, text))
        }
    }
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

fn deadline(schema: &Schema) -> Result<Option<Duration>, Error> {
    let Some(text) = env::var_os(DEADLINE).filter(|text| !text.is_empty()) else { return Ok(None) };
    match text
        .to_str()
        .and_then(|text| humantime::parse_duration(text.trim()).ok())
        .filter(|deadline| !deadline.is_zero())
    {
        Some(deadline) => Ok(Some(deadline)),
        None => {
            let text = format!("`{DEADLINE}` is no duration. Remedy: write a number and a unit, as in `{DEADLINE}=5s`");
            Err(Error::new(ErrorKind::Options, schema, text))
        }
    }
}
