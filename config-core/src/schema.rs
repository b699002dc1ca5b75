//! The one description of a configuration: what the derive emits, and what plan, loader, manifest and command line read.
//!
//! Everything in here is data that a `const` can hold. The derive writes these types as literals, which is why their
//! fields are public; nobody else needs to build one.

mod kind;
mod secrecy;

pub use kind::{Kind, TextFormat};
pub use secrecy::Secrecy;

use std::fmt;

/// One struct with `#[derive(StageConfig)]`: its stages, its templates and its fields, nested structs included.
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
    /// The module that declares the struct, as in `payments::settings`: it tells two structs of one name apart.
    pub module: &'static str,
    /// What `{app}` stands for: `#[config(app = "…")]`, else the package's name.
    pub app: &'static str,
    /// `#[config(stage_var = "…")]`; `None` is [`DEFAULT_STAGE_VAR`]. The root's alone counts.
    pub stage_var: Option<&'static str>,
    /// `#[config(default_stage = "…")]`. The root's alone counts.
    pub default_stage: Option<&'static str>,
    /// `#[config(preview("pr-*"))]`. The root's alone counts.
    pub preview: Option<&'static [&'static str]>,
    /// `#[config(account(prod = "111122223333"))]`: stage and account.
    pub accounts: &'static [(&'static str, &'static str)],
    /// `#[config(schemes("vault"))]`.
    pub schemes: &'static [&'static str],
    /// `#[config(secrets = "batch")]`. The root's alone counts.
    pub batch_secrets: bool,
    /// `#[config(inherit)]`: the struct takes its parent's templates and cannot be loaded on its own.
    pub inherit: bool,
    /// The declared stages, in the order in which they were first named.
    pub stages: &'static [&'static str],
    /// Whether stages that nobody declared have sources: something names `fallback`, or `preview` stands beside an `all`.
    pub fallback: bool,
    /// `#[config(validate = path)]` of the struct as a whole is there.
    pub validated: bool,
    /// The struct's own `#[stage(KEY = "…{field}")]`.
    pub templates: &'static [Assignment],
    /// The fields, in the order of declaration, without those marked `skip`.
    pub fields: &'static [Field],
    /// The sealed files that the struct's own sources name, and the key pair of each of their stages.
    pub sealed: &'static [SealedFile],
    /// `#[config(snapshot = "…")]`. The root's alone counts.
    pub snapshot: Option<SnapshotSpec>,
}

/// `#[config(snapshot = "sealed/{stage}.snapshot")]`: values that a load may start from where no store answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotSpec {
    /// Where the files are, from the package's root; `{stage}` is the stage.
    pub path: &'static str,
    /// `#[config(snapshot_max_age = "7d")]`, in milliseconds.
    pub max_age_ms: Option<u64>,
    /// `#[config(snapshot_refreshed)]`: fields with `refresh` are taken from it too.
    pub refreshed: bool,
    /// The files, one for each declared stage.
    pub files: &'static [SnapshotFile],
}

/// A snapshot that the derive embedded. `Debug` leaves the texts out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SnapshotFile {
    /// The stage.
    pub stage: &'static str,
    /// The text of the stage's key pair, `sealed/STAGE/stage.key`; `None` beside a placeholder, which needs none.
    pub key: Option<&'static str>,
    /// The file's text, as the compiler read it.
    pub text: &'static str,
}

impl fmt::Debug for SnapshotFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "snapshot of {}", self.stage)
    }
}

/// A sealed file that the derive embedded. `Debug` leaves the text out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SealedFile {
    /// The stage, which is its folder's name.
    pub stage: &'static str,
    /// The file's name. `stage.key` is the stage's key pair.
    pub name: &'static str,
    /// The file's text, as the compiler read it.
    pub text: &'static str,
}

impl fmt::Debug for SealedFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sealed/{}/{}", self.stage, self.name)
    }
}

/// The environment variable that names the stage, unless `#[config(stage_var = "…")]` says otherwise.
pub const DEFAULT_STAGE_VAR: &str = "stage";

/// `KEY = SOURCES` in a `#[stage(…)]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Assignment {
    /// Which stages the sources are for.
    pub key: AssignmentKey,
    /// Where these stages keep the value.
    pub sources: Sources,
}

/// The left side of a `#[stage(KEY = …)]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssignmentKey {
    /// A declared stage.
    Stage(&'static str),
    /// Stages that nobody declared.
    Fallback,
    /// Every declared stage, and fallback, without a key of its own.
    All,
}

/// The right side of a `#[stage(KEY = …)]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sources {
    /// A bare key of a field, which takes the struct's template. A bare key of the struct only declares the stage.
    Template,
    /// One source or more, in the grammar of sources; the first that exists wins.
    Chain(&'static [&'static str]),
}

/// One field of a struct.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// The field's name in Rust, without `r#`.
    pub name: &'static str,
    /// What `{field}` stands for: the name after `rename` or `rename_all`; for a nested struct, its level.
    pub level: &'static str,
    /// The field's documentation, lines joined by `\n`.
    pub docs: &'static str,
    /// A value, or another struct.
    pub content: FieldContent,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldContent {
    /// A value with sources.
    Value(FieldSpec),
    /// `#[config(nested)]`: another struct, fetched in the same wave.
    Nested {
        /// The other struct.
        schema: &'static Schema,
        /// The field is an `Option` of it.
        optional: bool,
    },
}

/// A field that has sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FieldSpec {
    /// What is known from the Rust type.
    pub shape: Shape,
    /// The Rust type as it is written in the struct.
    pub type_name: &'static str,
    /// What the types in the field's type tell, unless `#[config(secret)]` or `#[config(plain)]` settles it.
    /// [`Leaf::secrecy`] takes the sources into account too.
    pub secrecy: Secrecy,
    /// `#[config(default)]` or `#[config(default = EXPR)]`: the expression as it is written, `Default::default()` for the
    /// first.
    pub default: Option<&'static str>,
    /// `#[config(no_fallback)]`.
    pub no_fallback: bool,
    /// `#[config(validate = path)]` is there.
    pub validated: bool,
    /// `#[config(with = "module")]` is there.
    pub with: bool,
    /// `#[config(refresh = "5m")]` on the field or its struct, in milliseconds.
    pub refresh_ms: Option<u64>,
    /// The field's own `#[stage(…)]`; where it is empty the field takes the struct's templates.
    pub assignments: &'static [Assignment],
}

/// What the Rust type of a field tells, aliases seen through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// What the text must be.
    pub kind: Kind,
    /// The type is an `Option`.
    pub optional: bool,
}

impl Shape {
    /// Returns the shape of a type that `#[config(object)]` marks: it is read from a JSON object, or is a list of such types.
    ///
    /// # Panics
    ///
    /// If the kind of the type is known. In a `const`, this is a compile error.
    #[must_use]
    #[track_caller]
    pub const fn into_object(self) -> Self {
        let kind = match self.kind {
            Kind::Other | Kind::Object => Kind::Object,
            Kind::ListOf(Kind::Other | Kind::Object) => Kind::ListOf(&Kind::Object),
            _ => panic!("`object` is for a type of your own, or a list of one: what this type reads is known"),
        };
        Self { kind, ..self }
    }
}

impl Schema {
    /// The environment variable that names the stage.
    #[must_use]
    pub const fn stage_variable(&self) -> &'static str {
        match self.stage_var {
            Some(name) => name,
            None => DEFAULT_STAGE_VAR,
        }
    }
}

impl Schema {
    /// The custom schemes of the struct and of all that are nested in it.
    pub(crate) fn all_schemes(&self) -> Vec<&'static str> {
        let nested = self.fields.iter().filter_map(|field| match &field.content {
            FieldContent::Nested { schema, .. } => Some(schema.all_schemes()),
            FieldContent::Value(_) => None,
        });
        self.schemes.iter().copied().chain(nested.flatten()).collect()
    }

    /// The sealed files of the struct and of all that are nested in it, each with the app that it belongs to.
    #[cfg(feature = "kms")]
    pub(crate) fn all_sealed(&self) -> Vec<(&'static str, &'static SealedFile)> {
        let nested = self.fields.iter().filter_map(|field| match &field.content {
            FieldContent::Nested { schema, .. } => Some(schema.all_sealed()),
            FieldContent::Value(_) => None,
        });
        self.sealed.iter().map(|file| (self.app, file)).chain(nested.flatten()).collect()
    }

    /// Every field that has sources, nested ones included, in the order of declaration.
    #[must_use]
    pub fn leaves(&self) -> Vec<Leaf<'_>> {
        let mut leaves = Vec::new();
        self.gather("", self.templates, &mut leaves);
        leaves
    }

    fn gather<'a>(&'a self, prefix: &str, templates: &'a [Assignment], leaves: &mut Vec<Leaf<'a>>) {
        for field in self.fields {
            let path = [prefix, field.name].concat();
            match &field.content {
                FieldContent::Value(value) => {
                    leaves.push(Leaf { path, spec: value, secrecy: value.secrecy(templates) })
                }
                FieldContent::Nested { schema, .. } => {
                    let templates = if schema.inherit { templates } else { schema.templates };
                    schema.gather(&format!("{path}."), templates, leaves);
                }
            }
        }
    }
}

/// A field that has sources, seen from the root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaf<'a> {
    /// The path from the root, as in `mail.password`.
    pub path: String,
    /// What the field says.
    pub spec: &'a FieldSpec,
    /// Whether the field must be hidden: by its type, by `#[config(secret)]`, or because one of its sources, in any stage,
    /// is made for secrets (`secret:`, `kms-env:`, `sealed:`).
    pub secrecy: Secrecy,
}

impl FieldSpec {
    /// Whether the field must be hidden, where `templates` are those that it would take.
    pub(crate) fn secrecy(&self, templates: &[Assignment]) -> Secrecy {
        let takes_templates = self.assignments.is_empty()
            || self.assignments.iter().any(|assignment| assignment.sources == Sources::Template);
        let by_source = self.assignments.iter().any(Assignment::keeps_secrets)
            || takes_templates && templates.iter().any(Assignment::keeps_secrets);
        if by_source { Secrecy::Yes } else { self.secrecy }
    }
}

impl Assignment {
    fn keeps_secrets(&self) -> bool {
        match self.sources {
            Sources::Chain(texts) => texts.iter().any(|text| is_made_for_secrets(text)),
            Sources::Template => false,
        }
    }
}

/// Whether whatever a source reads is a secret.
pub(crate) fn is_made_for_secrets(source: &str) -> bool {
    const MADE_FOR_SECRETS: [&str; 5] =
        ["secret:", "kms-env:", "sealed:", "/aws/reference/secretsmanager/", "ssm:/aws/reference/secretsmanager/"];
    MADE_FOR_SECRETS.iter().any(|start| source.starts_with(start))
}
