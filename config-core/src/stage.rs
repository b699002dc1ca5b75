//! The choice of the stage. The rules prevent a production program with a typo in its stage from
//! using the values of `dev`. The section "Which stage" in the documentation of the crate
//! `stage-config` lists the rules.

use crate::{
    diagnostic::Help,
    error::{Error, ErrorKind},
    platform::Platform,
    schema::Schema,
};
use stage_config_grammar::{
    stage as grammar,
    suggest::{find_closest, format_list},
};
use std::{env, ffi::OsString, fmt};

/// A stage that was checked against a schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    name: String,
    fallback: bool,
}

impl Stage {
    /// Returns the stage's name, such as `prod` or `pr-17`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns whether the stage is undeclared and therefore uses the `fallback` sources.
    #[must_use]
    pub fn is_fallback(&self) -> bool {
        self.fallback
    }

    /// Checks a name against the schema's rules. An empty name is an error; it never selects the
    /// default stage.
    ///
    /// ```
    /// use stage_config::{ErrorKind, Stage, StageConfig};
    ///
    /// #[derive(StageConfig)]
    /// #[stage(dev = "/shop/dev/{field}", fallback = "/shop/dev/{field}")]
    /// #[stage(prod = "/shop/prod/{field}")]
    /// #[config(preview("pr-*"))]
    /// struct Config {
    ///     table: String,
    /// }
    ///
    /// // Would a process with `stage=pr-17` start, and with which sources?
    /// let stage = Stage::choose(&Config::SCHEMA, "pr-17")?;
    /// assert_eq!(stage.name(), "pr-17");
    /// assert!(stage.is_fallback());
    /// assert!(!Stage::choose(&Config::SCHEMA, "prod")?.is_fallback());
    ///
    /// for refused in ["PROD", "prod-eu", "qa1", "../prod", ""] {
    ///     let error = Stage::choose(&Config::SCHEMA, refused).unwrap_err();
    ///     assert_eq!(error.kind(), ErrorKind::Stage);
    /// }
    /// # Ok::<(), stage_config::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Stage`] if the rules do not permit the name. The error lists the
    /// declared stages, and names a similar one if there is one.
    pub fn choose(schema: &Schema, name: &str) -> Result<Self, Error> {
        if name.is_empty() {
            return Err(stage_error(
                schema,
                None,
                "the stage that the program names is empty",
            ));
        }
        resolve_stage(
            schema,
            &StageEnv {
                value: Some(name.to_owned()),
                ..StageEnv::default()
            },
        )
    }

    /// Returns the declared stage (or `prod`) that an undeclared name resembles.
    #[doc(hidden)]
    #[must_use]
    pub fn find_similar<'a>(schema: &'a Schema, name: &str) -> Option<&'a str> {
        find_typo(schema, name, |_| true)
            .or_else(|| find_closest(name, schema.stages.iter().copied()))
    }

    /// Returns an undeclared stage with the name `STAGE`, for the display of the `fallback`
    /// sources. Returns `None` if undeclared stages have no sources.
    ///
    /// ```
    /// use stage_config::{Plan, Stage, StageConfig};
    ///
    /// #[derive(StageConfig)]
    /// #[stage(prod = "/shop/prod/{field}", fallback = "/shop/{stage}/{field}")]
    /// struct Config {
    ///     table: String,
    /// }
    ///
    /// // Documentation for the developers: where does a stage of their own keep its values?
    /// let stage = Stage::new_undeclared(&Config::SCHEMA).unwrap();
    /// let plan = Plan::new(&Config::SCHEMA, stage, |_| false)?;
    /// assert_eq!(plan.sources("table").unwrap(), ["/shop/STAGE/table"]);
    /// # Ok::<(), stage_config::Error>(())
    /// ```
    #[must_use]
    pub fn new_undeclared(schema: &Schema) -> Option<Self> {
        schema.fallback.then(|| Self {
            name: "STAGE".to_owned(),
            fallback: true,
        })
    }

    /// Returns the stage of configurations that a test builds.
    pub(crate) fn for_tests() -> Self {
        Self {
            name: "tests".to_owned(),
            fallback: false,
        }
    }

    /// Reads the schema's stage variable and checks its value. If the variable is not set, or
    /// empty, the default stage applies, but not in Lambda, and not if a variable exists whose name
    /// differs only in case.
    pub(crate) fn from_environment(schema: &Schema) -> Result<Self, Error> {
        let variable = schema.stage_variable();
        let value = match env::var_os(variable).map(OsString::into_string) {
            None => None,
            Some(Ok(value)) => Some(value),
            Some(Err(_)) => {
                return Err(stage_error(
                    schema,
                    None,
                    &format!("the variable `{variable}` is not UTF-8"),
                ));
            }
        };
        let other_case = env::vars_os()
            .filter_map(|(name, _)| name.into_string().ok())
            .find(|name| name != variable && name.eq_ignore_ascii_case(variable));
        resolve_stage(
            schema,
            &StageEnv {
                value,
                other_case,
                platform: Platform::current(),
            },
        )
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// The part of the environment that determines the stage.
#[derive(Debug, Default)]
struct StageEnv {
    /// The stage variable's value.
    value: Option<String>,
    /// A variable whose name differs only in case, such as `STAGE` for `stage`.
    other_case: Option<String>,
    /// In Lambda a default stage for local development must not apply.
    platform: Platform,
}

fn resolve_stage(schema: &Schema, stage_env: &StageEnv) -> Result<Stage, Error> {
    let Some(name) = stage_env.value.as_deref().filter(|name| !name.is_empty()) else {
        return resolve_unset(schema, stage_env);
    };

    if let Err(error) = grammar::check_name(name) {
        let shortened: String = name.chars().take(80).collect();
        let detail = format!("it is not a valid name for a stage: {error}");
        return Err(stage_error(
            schema,
            Some(&shortened.escape_debug().to_string()),
            &detail,
        ));
    }
    if schema.stages.contains(&name) {
        return Ok(Stage {
            name: name.to_owned(),
            fallback: false,
        });
    }
    resolve_undeclared(schema, name)
}

/// Chooses the stage if the stage variable is not set, or empty.
fn resolve_unset(schema: &Schema, stage_env: &StageEnv) -> Result<Stage, Error> {
    let variable = schema.stage_variable();
    if let Some(other) = &stage_env.other_case {
        let text = format!(
            "`{variable}` is not set, or empty, but `{other}` is set: names of variables are \
             case-sensitive"
        );
        return Err(stage_error(schema, None, &text));
    }
    match schema.default_stage {
        Some(name) if !stage_env.platform.is_lambda() => resolve_stage(
            schema,
            &StageEnv {
                value: Some(name.to_owned()),
                ..StageEnv::default()
            },
        ),
        Some(name) => Err(stage_error(
            schema,
            None,
            &format!(
                "the variable `{variable}` is not set, or empty; the default stage `{name}` does \
                 not apply in Lambda"
            ),
        )),
        None => Err(stage_error(
            schema,
            None,
            &format!("the variable `{variable}` is not set, or empty"),
        )),
    }
}

/// Chooses the stage if the schema does not declare the name.
fn resolve_undeclared(schema: &Schema, name: &str) -> Result<Stage, Error> {
    let preview = schema.preview.unwrap_or_default();
    if !preview.contains(&name) {
        check_not_production(schema, name)?;
    }
    let fallback = Stage {
        name: name.to_owned(),
        fallback: true,
    };
    if schema.fallback
        && preview
            .iter()
            .any(|pattern| grammar::matches(pattern, name))
    {
        return Ok(fallback);
    }
    if let Some(patterns) = schema.preview {
        let text = grammar::describe_no_preview(patterns, name);
        return Err(unknown_stage_error(schema, name, &text));
    }
    if !schema.fallback {
        return Err(unknown_stage_error(
            schema,
            name,
            &format!("it is not declared, and `{}` has no fallback", schema.name),
        ));
    }
    match find_typo(schema, name, |_| true) {
        Some(_) => Err(unknown_stage_error(
            schema,
            name,
            "it is not declared, and looks like a typo",
        )),
        None => Ok(fallback),
    }
}

/// Refuses a name that counts as production or is a typo of production: `prod-eu` must not use the
/// values of `dev`.
fn check_not_production(schema: &Schema, name: &str) -> Result<(), Error> {
    let reason = if let Some(word) = grammar::find_production_word(name) {
        let subject = if word == name {
            String::new()
        } else {
            format!("`{word}` in it ")
        };
        format!("{subject}counts as production")
    } else if grammar::find_production_typo(name).is_some()
        || find_typo(schema, name, |stage| {
            grammar::find_production_word(stage).is_some()
        })
        .is_some()
    {
        "looks like a typo of production".to_owned()
    } else {
        return Ok(());
    };
    Err(unknown_stage_error(
        schema,
        name,
        &format!("it is not declared, and {reason}: it may not use fallback sources"),
    ))
}

/// Common names for the same stage. Production is checked even if the struct does not declare it.
const ALIASES: [(&str, &[&str]); 4] = [
    ("prod", &["prod", "production", "prd", "live"]),
    ("staging", &["staging", "stage", "stg"]),
    ("dev", &["dev", "develop", "devel", "development"]),
    ("test", &["test", "tst", "testing"]),
];

/// Returns the declared stage (or `prod`) that an undeclared name resembles. Compares first the
/// declared stages that `accepts` permits, then the aliases in the rows of [`ALIASES`]. Skips a row
/// whose first name `accepts` does not permit, and a row without a declared stage unless the row is
/// that of `prod`.
fn find_typo<'a>(
    schema: &'a Schema,
    name: &str,
    accepts: impl Fn(&str) -> bool,
) -> Option<&'a str> {
    let name = name.to_ascii_lowercase();
    let edits = |other: &str| strsim::osa_distance(&name, &other.to_ascii_lowercase());
    let is_similar = |stage: &str| match stage.chars().count() {
        0..4 => edits(stage) == 0,
        4..8 => edits(stage) <= 1,
        8.. => edits(stage) <= 2,
    };
    if let Some(stage) = schema
        .stages
        .iter()
        .find(|stage| accepts(stage) && is_similar(stage))
    {
        return Some(stage);
    }
    ALIASES
        .iter()
        .filter(|(name, _)| accepts(name))
        .find_map(|(usual, aliases)| {
            let declared = schema.stages.iter().find(|stage| {
                aliases
                    .iter()
                    .any(|alias| stage.eq_ignore_ascii_case(alias))
            });
            let stage = declared.copied().or((*usual == "prod").then_some(*usual))?;
            aliases
                .iter()
                .any(|alias| edits(alias) <= usize::from(alias.len() > 5))
                .then_some(stage)
        })
}

fn unknown_stage_error(schema: &Schema, name: &str, detail: &str) -> Error {
    match Stage::find_similar(schema, name) {
        Some(stage) if stage != name => stage_error(
            schema,
            Some(name),
            &format!("{detail}; did you mean `{stage}`?"),
        ),
        _ => stage_error(schema, Some(name), detail),
    }
}

fn stage_error(schema: &Schema, name: Option<&str>, detail: &str) -> Error {
    let stages = if schema.stages.is_empty() {
        "none".to_owned()
    } else {
        format_list(schema.stages)
    };
    let previews = schema
        .preview
        .map(|patterns| format!("; previews: {}", format_list(patterns)))
        .unwrap_or_default();
    let variable = schema.stage_variable().to_owned();
    let help = Help::SetVariable {
        variable,
        value: format!("one of the declared stages: {stages}{previews}"),
    };
    match name {
        Some(name) => Error::in_stage(ErrorKind::Stage, schema, name, detail, help),
        None => Error::new(ErrorKind::Stage, schema, detail, help),
    }
}

#[cfg(test)]
mod tests;
