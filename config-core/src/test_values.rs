//! A configuration built from strings, for a program's tests.

use crate::{
    config_struct::ConfigStruct,
    diagnostic::Diagnostic,
    error::{Error, ErrorKind, Mistake},
    failure::{Failure, FailureKind},
    outcome::Found,
    report::Origin,
    resolve::{FieldOutcome, ResolvedField, ValuePlace, compose_fields},
    schema::{Leaf, Schema},
    stage::Stage,
    struct_decoder::{DecodeResults, StructDecoder},
};
use stage_config_grammar::suggest::format_expected;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    marker::PhantomData,
};

/// Builds a configuration from strings. Decoding, defaults and validation work as in a load, but no
/// store, environment variable or runtime is used. A `default = "TEXT"` is checked even if the
/// field is set. `Debug` shows only the names of the fields. The memory of the values is not wiped.
///
/// ```
/// use stage_config::StageConfig;
///
/// #[derive(StageConfig)]
/// #[stage(prod = "/shop/prod/{field}")]
/// struct Config {
///     port: u16,
///     #[config(default = 30)]
///     timeout_s: u64,
/// }
///
/// let config = Config::for_tests().set("port", "8080").build()?;
/// assert_eq!((config.port, config.timeout_s), (8080, 30));
/// # Ok::<(), stage_config::Error>(())
/// ```
#[must_use = "nothing is built before `build` is called"]
pub struct TestValues<T> {
    values: BTreeMap<String, String>,
    config: PhantomData<fn() -> T>,
}

impl<T: ConfigStruct> TestValues<T> {
    pub(crate) fn new() -> Self {
        Self {
            values: BTreeMap::new(),
            config: PhantomData,
        }
    }

    /// Sets the stored text of the field with this path, such as `mail.host`.
    ///
    /// The text is what a store would hold. A later text for the same field replaces an earlier
    /// one.
    ///
    /// ```
    /// # use stage_config::{Error, StageConfig};
    /// # use std::time::Duration;
    /// #[derive(StageConfig)]
    /// #[config(inherit)]
    /// struct Mail {
    ///     host: String,
    /// }
    ///
    /// #[derive(StageConfig)]
    /// #[stage(prod = "/shop/prod/{field}")]
    /// struct Config {
    ///     timeout: Duration,
    ///     regions: Vec<String>,
    ///     #[config(nested)]
    ///     mail: Mail,
    /// }
    ///
    /// let config = Config::for_tests()
    ///     .set("timeout", "30s")
    ///     .set("regions", "eu-central-1,eu-west-1")
    ///     .set("mail.host", "localhost")
    ///     .build()?;
    /// assert_eq!(config.timeout, Duration::from_secs(30));
    /// assert_eq!(config.regions, ["eu-central-1", "eu-west-1"]);
    /// assert_eq!(config.mail.host, "localhost");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn set(mut self, field: impl Into<String>, text: impl Into<String>) -> Self {
        self.values.insert(field.into(), text.into());
        self
    }

    /// Decodes the texts and builds the configuration.
    ///
    /// ```
    /// # use stage_config::{ErrorKind, StageConfig};
    /// #[derive(StageConfig)]
    /// #[stage(prod = "/shop/prod/{field}")]
    /// #[config(validate = Config::check)]
    /// struct Config {
    ///     min: u8,
    ///     max: u8,
    /// }
    ///
    /// impl Config {
    ///     fn check(&self) -> Result<(), &'static str> {
    ///         if self.min <= self.max { Ok(()) } else { Err("`min` is greater than `max`") }
    ///     }
    /// }
    ///
    /// // A test of the program's own validation.
    /// let error = Config::for_tests().set("min", "9").set("max", "3").build().err().unwrap();
    /// assert_eq!(error.kind(), ErrorKind::Unresolved);
    /// assert_eq!(error.failures()[0].detail(), "`min` is greater than `max`");
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Unresolved`] if a field is missing, a text does not decode, or a
    /// validation fails; the error lists all failures. Returns [`ErrorKind::Options`] if a path
    /// names no field; the error lists all such paths.
    pub fn build(mut self) -> Result<T, Error> {
        let stage = Stage::for_tests();
        let schema: &'static Schema = &T::STRUCT_SCHEMA;
        let leaves = schema.leaves();
        let paths: Vec<&str> = leaves.iter().map(|leaf| leaf.path.as_str()).collect();
        self.check_paths(schema, &paths)?;

        let fields = leaves.iter().map(|leaf| {
            let field = resolve_leaf(leaf, self.values.remove(&leaf.path), &stage);
            (leaf.path.clone(), field)
        });
        let mut fields = fields.collect();
        compose_fields(&mut fields, stage.name());

        let mut results = DecodeResults::new(stage.name());
        results.verifies_defaults = true;
        let config = T::build(&mut StructDecoder::new(schema, &fields, &mut results));
        match (
            Error::unresolved(schema, stage.name(), results.failures),
            config,
        ) {
            (None, Some(config)) => Ok(config),
            (Some(error), _) => Err(error),
            (None, None) => Err(Error::not_built(schema)),
        }
    }

    /// Checks that each value belongs to one of these fields.
    fn check_paths(&self, schema: &Schema, paths: &[&str]) -> Result<(), Error> {
        let known: BTreeSet<&str> = paths.iter().copied().collect();
        let unknown = self.values.keys();
        let unknown = unknown.filter(|path| !known.contains(path.as_str()));
        let mistakes: Vec<Mistake> = unknown
            .map(|path| {
                let expected = format_expected(path, paths);
                let detail = format!("there is no field `{path}`: {expected}");
                Mistake::new(ErrorKind::Options, "", detail, "")
            })
            .collect();
        match mistakes.as_slice() {
            [] => Ok(()),
            [only] => Err(Error::from_mistake(schema, only.clone())),
            several => {
                let text = format!("{} fields do not exist", several.len());
                let kind = ErrorKind::Options;
                Err(Error::from_mistakes(kind, schema, text, mistakes))
            }
        }
    }
}

/// Returns the field with the given text, or without a value.
fn resolve_leaf(leaf: &Leaf<'static>, text: Option<String>, stage: &Stage) -> ResolvedField {
    let path = &leaf.path;
    let outcome = match text {
        Some(text) => FieldOutcome::Found {
            found: Found::from_text(text),
            origin: Origin::Local,
            source: format!("set(\"{path}\", …)"),
            place: ValuePlace::Source,
        },
        None => FieldOutcome::Missing(Failure {
            stage: stage.name().to_owned(),
            source: None,
            diagnostic: Diagnostic::new(
                FailureKind::Missing,
                path.clone(),
                "",
                format!("call `.set(\"{path}\", \"…\")` before `.build()`"),
            ),
        }),
    };
    ResolvedField {
        spec: leaf.spec,
        outcome,
        secrecy: leaf.secrecy,
        variable: None,
    }
}

impl<T> fmt::Debug for TestValues<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.values.keys()).finish()
    }
}
