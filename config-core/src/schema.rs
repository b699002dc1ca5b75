//! The schema of a configuration. The derive emits it; the plan, the loader, the manifest and the
//! command line read it.
//!
//! All types except [`Leaf`] are data that a `const` can hold. Their fields are public because the
//! derive writes values of these types as literals. No program needs to construct such a value.

mod kind;
mod leaf;
#[cfg(test)]
pub(crate) mod samples;
mod secrecy;

pub use kind::{Kind, TextFormat};
pub use leaf::Leaf;
pub(crate) use leaf::{find_sibling, has_secret_source, may_read_secrets};
pub use secrecy::Secrecy;

use std::fmt;

/// The schema of one struct with `#[derive(StageConfig)]`: its stages, templates and fields,
/// including nested structs.
///
/// ```
/// use stage_config::StageConfig;
///
/// #[derive(StageConfig)]
/// #[stage(dev = "/shop/dev/{field}", prod = "/shop/prod/{field}")]
/// struct Config {
///     table: String,
/// }
///
/// assert_eq!(Config::SCHEMA.stages, ["dev", "prod"]);
/// assert_eq!(Config::SCHEMA.fields[0].name, "table");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Schema {
    /// The struct's name, as in `Config`.
    pub name: &'static str,
    /// The struct's documentation, lines joined by `\n`.
    pub docs: &'static str,
    /// The Cargo package that declares the struct.
    pub package: &'static str,
    /// The module that declares the struct, such as `payments::settings`. It distinguishes two
    /// structs of the same name.
    pub module: &'static str,
    /// The replacement of `{app}`: `#[config(app = "…")]`, else the package's name.
    pub app: &'static str,
    /// `#[config(stage_var = "…")]`; `None` means [`DEFAULT_STAGE_VAR`]. Only the root's option has
    /// an effect.
    pub stage_var: Option<&'static str>,
    /// `#[config(default_stage = "…")]`. Only the root's option has an effect.
    pub default_stage: Option<&'static str>,
    /// `#[config(preview("pr-*"))]`. Only the root's option has an effect.
    pub preview: Option<&'static [&'static str]>,
    /// `#[config(account(prod = "111122223333"))]`: pairs of a stage and its account.
    pub accounts: &'static [(&'static str, &'static str)],
    /// `#[config(schemes("vault"))]`.
    pub schemes: &'static [&'static str],
    /// `#[config(secrets = "batch")]`. Only the root's option has an effect.
    pub batch_secrets: bool,
    /// `#[config(inherit)]`: the struct uses the templates of its parent, and cannot be loaded as a
    /// root.
    pub inherit: bool,
    /// The declared stages, in order of their first mention.
    pub stages: &'static [&'static str],
    /// Whether undeclared stages have sources: an assignment has the key `fallback`, or the struct
    /// has `preview` and an assignment with the key `all`.
    pub fallback: bool,
    /// Whether the struct has `#[config(validate = path)]`.
    pub validated: bool,
    /// The struct's own `#[stage(KEY = "…{field}")]`.
    pub templates: &'static [Assignment],
    /// The fields, in the order of declaration, without those marked `skip`.
    pub fields: &'static [Field],
    /// The sealed files that the struct's own sources name, and the key pair of each stage of these
    /// files.
    pub sealed: &'static [SealedFile],
    /// `#[config(snapshot = "…")]`. Only the root's option has an effect.
    pub snapshot: Option<SnapshotSpec>,
}

/// `#[config(snapshot = "sealed/{stage}.snapshot")]`: values that a load may use when stores
/// throttle its calls or cannot be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotSpec {
    /// The path of the files, relative to the package's root; `{stage}` is replaced by the stage.
    pub path: &'static str,
    /// `#[config(snapshot_max_age = "7d")]`, in milliseconds.
    pub max_age_ms: Option<u64>,
    /// `#[config(snapshot_refreshed)]`: fields with `refresh` may be read from the snapshot too.
    pub refreshed: bool,
    /// The files, one for each declared stage.
    pub files: &'static [SnapshotFile],
}

/// A snapshot that the derive embedded. `Debug` omits the contents.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SnapshotFile {
    /// The stage.
    pub stage: &'static str,
    /// The contents of the file of the stage's key pair, `sealed/STAGE/stage.key`. `None` if `text`
    /// is a placeholder, which needs no key.
    pub key: Option<&'static str>,
    /// The contents of the file, as the compiler read it.
    pub text: &'static str,
}

impl fmt::Debug for SnapshotFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "snapshot of {}", self.stage)
    }
}

/// A sealed file that the derive embedded. `Debug` omits the contents.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SealedFile {
    /// The stage, which is the name of the file's folder.
    pub stage: &'static str,
    /// The file's name. `stage.key` is the stage's key pair.
    pub name: &'static str,
    /// The contents of the file, as the compiler read it.
    pub text: &'static str,
}

impl fmt::Debug for SealedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sealed/{}/{}", self.stage, self.name)
    }
}

/// The environment variable that names the stage, unless `#[config(stage_var = "…")]` names another
/// one.
pub const DEFAULT_STAGE_VAR: &str = "stage";

/// `KEY = SOURCES` in a `#[stage(…)]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment {
    /// The stages that use the sources.
    pub key: AssignmentKey,
    /// The sources of the value in these stages.
    pub sources: Sources,
}

/// The left side of a `#[stage(KEY = …)]`.
///
/// ```
/// # use stage_config::StageConfig;
/// use stage_config::schema::{Assignment, AssignmentKey, Sources};
///
/// #[derive(StageConfig)]
/// #[stage(prod = "/shop/prod/{field}", fallback = "/shop/dev/{field}")]
/// struct Config {
///     table: String,
/// }
///
/// let templates: [Assignment; 2] = [
///     Assignment {
///         key: AssignmentKey::Stage("prod"),
///         sources: Sources::Chain(&["/shop/prod/{field}"]),
///     },
///     Assignment {
///         key: AssignmentKey::Fallback,
///         sources: Sources::Chain(&["/shop/dev/{field}"]),
///     },
/// ];
/// assert_eq!(Config::SCHEMA.templates, templates);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssignmentKey {
    /// A declared stage.
    Stage(&'static str),
    /// Undeclared stages.
    Fallback,
    /// Every declared stage without its own key, and undeclared stages if there is no `fallback`
    /// key.
    All,
}

/// The right side of a `#[stage(KEY = …)]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sources {
    /// A key without sources. On a field it means that the stage uses the struct's template. On a
    /// nested field it means that the stage uses the template that would apply without the field's
    /// own templates. On the struct it only declares the stage.
    Template,
    /// One or more sources. The first one that exists is used.
    Chain(&'static [&'static str]),
}

/// One field of a struct.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The field's name in Rust, without `r#`.
    pub name: &'static str,
    /// The name of the field in the text that replaces `{field}`, after `rename` or `rename_all`.
    /// For a nested struct, `nested = "…"` sets this name instead of `rename`.
    pub level: &'static str,
    /// The field's documentation, lines joined by `\n`.
    pub docs: &'static str,
    /// A value, or another struct.
    pub content: FieldContent,
}

/// The content of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldContent {
    /// A value.
    Value(FieldSpec),
    /// `#[config(nested)]`: another struct, fetched in the same wave.
    Nested {
        /// The schema of the other struct.
        schema: &'static Schema,
        /// Whether the field is an `Option` of the other struct.
        optional: bool,
        /// The field's own `#[stage(KEY = "…{field}")]`. In the stages of these keys, these
        /// templates replace the templates that the other struct would use. If the list is not
        /// empty, the other struct has no template in the stages that no key includes.
        templates: &'static [Assignment],
    },
}

/// A field that is not a nested struct.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldSpec {
    /// The shape of the Rust type.
    pub shape: Shape,
    /// The Rust type as written in the struct.
    pub type_name: &'static str,
    /// The secrecy that follows from the field's type, `#[config(secret)]` and `#[config(plain)]`.
    /// [`Leaf::secrecy`] also considers the sources.
    pub secrecy: Secrecy,
    /// `#[config(default = …)]`. It is the code `Default::default()` for `#[config(default)]`.
    pub default: Option<DefaultSpec>,
    /// `#[config(no_fallback)]`.
    pub no_fallback: bool,
    /// Whether the field has `#[config(validate = path)]`.
    pub validated: bool,
    /// Whether the field has `#[config(with = "module")]`.
    pub with: bool,
    /// `#[config(refresh = "5m")]` on the field or its struct, in milliseconds.
    pub refresh_ms: Option<u64>,
    /// `#[config(compose = "…")]`. Such a field has no source.
    pub compose: Option<ComposeSpec>,
    /// The field's own `#[stage(…)]`. If it is empty, the field uses the struct's templates.
    pub assignments: &'static [Assignment],
}

/// The template of a composed field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ComposeSpec {
    /// The template, such as `https://{host}:{port}`.
    pub template: &'static str,
    /// The fields that the template names, each once. A path such as `db.host` begins at the struct
    /// of the composed field.
    pub parts: &'static [&'static str],
}

/// The default of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultSpec {
    /// An expression as written, as in `Duration::from_secs(3)`. It is `…` if the field reads from
    /// a source that is made for secrets.
    Code(&'static str),
    /// A text, which is decoded like a stored one, as in `3s`.
    Text(&'static str),
}

impl DefaultSpec {
    /// Returns the expression as written, or the text without quotes.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code(text) | Self::Text(text) => text,
        }
    }
}

/// The form of the Rust type of a field. Type aliases are resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// The form that the text must have.
    pub kind: Kind,
    /// Whether the type is an `Option`.
    pub optional: bool,
}

impl Shape {
    /// Returns the shape of a type with `#[config(object)]`: the type is read from a JSON object,
    /// or is a list of such types.
    ///
    /// # Panics
    ///
    /// Panics if the kind of the type is already known. In a `const`, this is a compile error.
    #[must_use]
    #[track_caller]
    pub const fn into_object(self) -> Self {
        let kind = match self.kind {
            Kind::Other | Kind::Object => Kind::Object,
            Kind::ListOf(Kind::Other | Kind::Object) => Kind::ListOf(&Kind::Object),
            _ => panic!(
                "`object` is for a type of your own, or for a list of such a type: the form of \
                 this type is already known"
            ),
        };
        Self { kind, ..self }
    }
}

impl Schema {
    /// Returns the environment variable that names the stage.
    #[must_use]
    pub const fn stage_variable(&self) -> &'static str {
        match self.stage_var {
            Some(name) => name,
            None => DEFAULT_STAGE_VAR,
        }
    }
}

impl Schema {
    /// Returns the custom schemes of the struct and of all structs nested in it.
    pub(crate) fn all_schemes(&self) -> Vec<&'static str> {
        let nested = self.fields.iter().filter_map(|field| match &field.content {
            FieldContent::Nested { schema, .. } => Some(schema.all_schemes()),
            FieldContent::Value(_) => None,
        });
        self.schemes
            .iter()
            .copied()
            .chain(nested.flatten())
            .collect()
    }

    /// Returns the sealed files of the struct and of all structs nested in it, each with the app
    /// that owns it.
    #[cfg(feature = "kms")]
    pub fn all_sealed(&self) -> Vec<(&'static str, &'static SealedFile)> {
        let nested = self.fields.iter().filter_map(|field| match &field.content {
            FieldContent::Nested { schema, .. } => Some(schema.all_sealed()),
            FieldContent::Value(_) => None,
        });
        self.sealed
            .iter()
            .map(|file| (self.app, file))
            .chain(nested.flatten())
            .collect()
    }
}
