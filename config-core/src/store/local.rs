//! The local store: values from a TOML file or from memory, which replace all remote stores.

pub(crate) mod misspelled;
mod toml_value;

use super::{Found, memory::Memory};
use crate::{
    decode,
    diagnostic::Help,
    error::{Error, ErrorKind, Mistake},
    schema::Schema,
    stage::Stage,
    typed_value::{TypedData, TypedTable, TypedValue},
};
use stage_config_grammar::{source::Source, suggest::find_closest};
use std::{
    collections::{BTreeMap, HashMap},
    io, iter,
    path::{Path, PathBuf},
    sync::Arc,
};
use toml::de::DeTable;

/// Values that replace all remote stores: a TOML file with one table for each stage, or [`Memory`].
///
/// The keys of a table are sources (`"/stripeSecretKey/test" = "sk_test_1"`) or the paths of fields
/// (`stripe_key = "sk_test_1"`, `[dev.mail]`). A field's path takes precedence. For a type that
/// reads text, a number or a date keeps its spelling in the file: `0x10` is `0x10` for a `String`
/// (also in a struct or a list), and 16 for a `u16`. A list or a table is JSON for a type that
/// reads text. A type that inspects the data first (`#[serde(untagged)]`, `#[serde(flatten)]`) gets
/// a number as a number. Quote the number if such a type must get a text.
///
/// A key of the file that no configuration reads, but that resembles a field or source without a
/// value, causes a `tracing` event of level WARN ("did you mean …").
///
/// The file holds its values as plain text, so keep it out of git if one of them is a real secret.
///
/// An undeclared stage uses the table with its own name, else `[fallback]`. A relative path is
/// relative to the working directory.
///
/// ```
/// use stage_config::StageConfig;
/// # use std::{error::Error, io::Write as _};
///
/// #[derive(StageConfig)]
/// #[stage(dev = "/shop/dev/{field}", prod = "/shop/prod/{field}")]
/// struct Config {
///     table: String,
///     #[stage(dev = "/stripeSecretKey/test", prod = "/stripeSecretKey/live")]
///     #[config(secret)]
///     stripe_key: String,
///     #[config(nested)]
///     mail: Mail,
/// }
///
/// #[derive(StageConfig)]
/// #[config(inherit)]
/// struct Mail {
///     ports: Vec<u16>,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn Error>> {
/// let mut file = tempfile::NamedTempFile::new()?;
/// file.write_all(br#"
/// [dev]
/// table = "orders"
/// "/stripeSecretKey/test" = "sk_test_1"
///
/// [dev.mail]
/// ports = [25, 587]
/// "#)?;
///
/// let loaded = Config::loader().stage("dev").local(file.path()).resolve().await?;
/// assert_eq!(loaded.config.table, "orders");
/// assert_eq!(loaded.config.stripe_key, "sk_test_1");
/// assert_eq!(loaded.config.mail.ports, [25, 587]);
///
/// // The file has no values of `prod`.
/// let error = Config::loader().stage("prod").local(file.path()).resolve().await.unwrap_err();
/// assert_eq!(error.kind(), stage_config::ErrorKind::Local);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Local(LocalOrigin);

#[derive(Clone)]
enum LocalOrigin {
    File(PathBuf),
    /// The same values in every stage.
    Memory(BTreeMap<String, String>),
}

/// Accepts every type that is a path: `&str`, `String`, `PathBuf`, references to them, and the
/// others that `AsRef<Path>` lists.
impl<P: AsRef<Path>> From<P> for Local {
    fn from(path: P) -> Self {
        Self(LocalOrigin::File(path.as_ref().to_owned()))
    }
}

impl From<Memory> for Local {
    fn from(memory: Memory) -> Self {
        Self(LocalOrigin::Memory(memory.0))
    }
}

/// The location of the local values of one stage.
pub(crate) struct LocalTable {
    /// The path of the file, or `memory`.
    pub(crate) name: String,
    /// The name of the table. `None` for memory.
    stage: Option<String>,
}

/// The local values of one stage.
pub(crate) struct LocalValues {
    pub(crate) location: Arc<LocalTable>,
    table: TypedTable,
    /// The keys of the table that are sources: each parsed source, with the text of its key.
    sources: HashMap<Source, String>,
}

impl Local {
    /// Reads the stage's table, or the values in memory.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Local`] if the file cannot be read, is not TOML, or has no table for
    /// the stage.
    pub(crate) fn read_values(&self, schema: &Schema, stage: &Stage) -> Result<LocalValues, Error> {
        let (name, stage, table) = match &self.0 {
            LocalOrigin::Memory(values) => {
                let table = values
                    .iter()
                    .map(|(key, text)| (key.clone(), TypedValue::from_text(text)))
                    .collect();
                ("memory".to_owned(), None, table)
            }
            LocalOrigin::File(path) => {
                let name = path.display().to_string();
                let (stage, table) = read_table(path, stage).map_err(|mistake| {
                    Error::from_mistake(
                        schema,
                        Mistake {
                            subject: format!("the local file `{name}`"),
                            ..mistake
                        },
                    )
                })?;
                (name, Some(stage), table)
            }
        };

        let schemes = schema.all_schemes();
        let parse = |key: &String| Some((Source::parse(key, &schemes).ok()?, key.clone()));
        let sources = table.keys().filter_map(parse).collect();
        Ok(LocalValues {
            location: Arc::new(LocalTable { name, stage }),
            table,
            sources,
        })
    }
}

/// Returns the table of a stage, with the table's name. Undeclared stages may share the table
/// `[fallback]`.
fn read_table(path: &Path, stage: &Stage) -> Result<(String, TypedTable), Mistake> {
    let text = std::fs::read_to_string(path).map_err(|error| describe_unreadable(&error))?;
    let file = DeTable::parse(&text).map_err(|error| {
        // Do not show the error: its text quotes the line, which contains the value.
        let start = error.span().map_or(0, |span| span.start);
        let line = text.get(..start).unwrap_or_default().matches('\n').count() + 1;
        let is_twice = |message: &str| {
            message == "duplicate key" || message.starts_with("cannot extend value of type ")
        };
        if is_twice(error.message()) {
            let detail = format!("it has a key or a table twice, at line {line}");
            return new_mistake(detail, "keep one of the two");
        }
        new_mistake(
            format!("it is not TOML, at line {line}"),
            "correct the line: write a name, `=` and a value, with quotes around a text, as in \
             `stripe_key = \"sk_test_1\"`",
        )
    })?;

    let mut file = toml_value::convert_table(file.get_ref(), &text);
    for name in list_table_names(stage) {
        if let Some(TypedValue {
            data: TypedData::Table(table),
            ..
        }) = file.remove(name)
        {
            return Ok((name.to_owned(), table));
        }
    }
    Err(describe_missing_table(&file, stage))
}

/// Returns the names of the tables that a stage may use, in order of precedence.
fn list_table_names(stage: &Stage) -> impl Iterator<Item = &str> {
    let fallback = stage.is_fallback().then_some(FALLBACK);
    iter::once(stage.name()).chain(fallback)
}

const FALLBACK: &str = "fallback";

/// Creates a mistake; the caller adds the name of the file.
fn new_mistake(detail: impl Into<String>, help: impl Into<Help>) -> Mistake {
    Mistake::new(ErrorKind::Local, "", detail, help)
}

fn describe_unreadable(error: &io::Error) -> Mistake {
    let directory = std::env::current_dir()
        .map(|path| path.display().to_string())
        .unwrap_or_default();
    let detail = match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        kind => format!("it cannot be read: {kind}"),
    };
    let help =
        format!("correct the path; a relative path starts in the working directory, {directory}");
    new_mistake(detail, help)
}

fn describe_missing_table(file: &TypedTable, stage: &Stage) -> Mistake {
    let names: Vec<String> = list_table_names(stage)
        .map(|name| format!("`[{name}]`"))
        .collect();
    let wanted = names.join(" or ");
    let detail = format!("it has no table `[{}]`", stage.name());
    let tables = file
        .iter()
        .filter(|(_, value)| matches!(value.data, TypedData::Table(_)))
        .map(|(name, _)| name.as_str());
    let tables: Vec<&str> = tables.collect();
    let find_typo = |name| Some((find_closest(name, tables.iter().copied())?, name));
    if let Some((typo, name)) = list_table_names(stage).find_map(find_typo) {
        let help = format!("rename `[{typo}]` to `[{name}]`, or add {wanted}");
        return new_mistake(detail, help);
    }

    if tables.is_empty() {
        let help = format!("put the fields under {wanted}");
        return new_mistake(format!("{detail} and no other table"), help);
    }

    let detail = format!("{detail}; its tables are `[{}]`", tables.join("]`, `["));
    new_mistake(detail, format!("add {wanted} and its fields"))
}

impl LocalTable {
    /// Returns the location of a field, such as `[dev] mail.host`. For values in memory, returns
    /// the field without a table.
    pub(crate) fn describe(&self, field: &str) -> String {
        match &self.stage {
            Some(stage) => format!("[{stage}] {field}"),
            None => field.to_owned(),
        }
    }

    /// Returns the location of a source, such as `[dev] "/shop/dev/table"`.
    pub(crate) fn describe_source(&self, source: &Source) -> String {
        self.describe(&format!("\"{source}\""))
    }

    /// Returns a location as a help shows it. `location` is a text of [`describe`](Self::describe)
    /// or [`describe_source`](Self::describe_source).
    pub(crate) fn describe_for_help(&self, location: &str) -> String {
        let Some(stage) = &self.stage else {
            let key = location.trim_matches('"');
            return format!("`.set(\"{key}\", …)` of `Memory`");
        };
        let table = format!("[{stage}]");
        let key = location
            .strip_prefix(&table)
            .unwrap_or(location)
            .trim_start();
        format!("`{key}` under `{table}` of {}", self.name)
    }
}

impl LocalValues {
    /// Returns the value of a field. The table of the stage `dev` has the field `mail.host` as the
    /// key `"mail.host"`, or as the key `host` in `[dev.mail]`.
    pub(crate) fn find_field(&self, path: &str) -> Option<Found> {
        self.find_value(path).cloned().map(Found::from_typed)
    }

    /// Returns whether the table has the field.
    pub(crate) fn has(&self, path: &str) -> bool {
        self.find_value(path).is_some()
    }

    fn find_value(&self, path: &str) -> Option<&TypedValue> {
        if let Some(value) = self.table.get(path) {
            return Some(value);
        }
        let mut names = path.split('.');
        let first = self.table.get(names.next()?)?;
        names.try_fold(first, |value, name| value.get(name))
    }

    /// Checks the nested structs around a field, from the outermost one. Returns the path of the
    /// first struct whose value is not a table: for the field `mail.host`, returns `mail` if the
    /// stage's table has `mail = "x"`.
    fn find_value_around<'a>(&self, path: &'a str) -> Option<&'a str> {
        let ends = path.match_indices('.').map(|(end, _)| end);
        let mut outer = ends.map(|end| &path[..end]);
        outer.find(|name| {
            let value = self.find_value(name);
            value.is_some_and(|value| !matches!(value.data, TypedData::Table(_)))
        })
    }

    /// Returns the value of a source. The table has the value under the whole source, or under the
    /// source without `#key`. In the second case, the value in the table is a JSON text or a table,
    /// and `#key` selects a part of it. Returns `None` if the table has neither source, and an
    /// error if the table has the source without `#key`, but `#key` selects nothing.
    pub(crate) fn find_source(&self, source: &Source) -> Result<Option<Found>, decode::KeyError> {
        if let Some(value) = self.find_by_text(source) {
            return Ok(Some(Found::from_typed(value.clone())));
        }
        let Some(key) = &source.key else {
            return Ok(None);
        };
        match self.find_by_text(&Source {
            address: source.address.clone(),
            key: None,
        }) {
            Some(
                value @ TypedValue {
                    data: TypedData::Table(_),
                    ..
                },
            ) => {
                let selected = value.select(key).ok_or(decode::KeyError::Missing)?;
                Ok(Some(Found::from_typed(selected.clone())))
            }
            Some(value) => {
                decode::select(value.text(), key).map(|text| Some(Found::from_text(text.as_str())))
            }
            None => Ok(None),
        }
    }

    fn find_by_text(&self, source: &Source) -> Option<&TypedValue> {
        self.sources.get(source).and_then(|key| self.table.get(key))
    }

    /// Returns the help for a source without a value.
    pub(crate) fn help_for_source(&self, source: &Source) -> Help {
        match self.location.stage {
            Some(_) => self.help_for_field(&format!("\"{source}\"")),
            None => self.help_for_field(&source.to_string()),
        }
    }

    /// Returns the help for a field without a value. It mentions a similar key, which may be a
    /// misspelling of the field.
    pub(crate) fn help_for_field(&self, field: &str) -> Help {
        if let Some((stage, outer)) = self
            .location
            .stage
            .as_ref()
            .zip(self.find_value_around(field))
        {
            return format!(
                "replace `{outer} = …` under `[{stage}]` of {} with the table `[{stage}.{outer}]`",
                self.location.name
            )
            .into();
        }
        let similar =
            find_closest(field, self.table.keys().map(String::as_str)).filter(|key| *key != field);
        let hint = similar
            .map(|key| format!(" (is `{key}` misspelled?)"))
            .unwrap_or_default();
        let help = match &self.location.stage {
            Some(stage) => format!(
                "add `{field} = …` under `[{stage}]` of {}{hint}",
                self.location.name
            ),
            None => format!("add `.set(\"{field}\", \"…\")` to the memory{hint}"),
        };
        help.into()
    }
}
