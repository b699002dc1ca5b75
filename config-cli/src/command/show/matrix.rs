//! The sources by field and stage, as `--json` prints them.

use std::collections::BTreeMap;

use serde::Serialize;
use stage_config_core::schema::{DefaultSpec, FieldContent, Schema, Secrecy};
use stage_config_core::{Plan, Stage};

use crate::error::CliError;
use crate::session::{Session, plan_stage};
use crate::stage_name;

/// The column name for undeclared stages.
pub(super) const FALLBACK: &str = "fallback";

/// The output of `cargo stage show --json`. Its version is 1, and changes only if a key is removed
/// or its meaning changes.
#[derive(Debug, Serialize)]
pub(super) struct FieldMatrix {
    version: u32,
    pub(super) config: &'static str,
    pub(super) package: &'static str,
    pub(super) app: &'static str,
    pub(super) docs: &'static str,
    pub(super) stage_variable: &'static str,
    pub(super) default_stage: Option<&'static str>,
    /// The patterns of preview stages. `null` if no pattern limits which undeclared stages may use
    /// the fallback sources.
    pub(super) preview: Option<&'static [&'static str]>,
    /// The columns: the names of the stages, and [`FALLBACK`] for undeclared stages.
    pub(super) stages: Vec<String>,
    pub(super) fields: Vec<MatrixRow>,
}

#[derive(Debug, Serialize)]
pub(super) struct MatrixRow {
    pub(super) field: String,
    #[serde(rename = "type")]
    pub(super) type_name: &'static str,
    /// Whether the secrecy is `yes`.
    pub(super) secret: bool,
    pub(super) secrecy: Secrecy,
    pub(super) optional: bool,
    /// The Rust expression or the text of the default. `None` if the field has no default or is
    /// secret.
    pub(super) default: Option<&'static str>,
    pub(super) has_default: bool,
    pub(super) validated: bool,
    pub(super) refresh_ms: Option<u64>,
    /// The template of a composed field. Such a field has no source.
    pub(super) compose: Option<&'static str>,
    pub(super) docs: &'static str,
    /// The chain of each stage. A chain is empty if the field has no source in the stage.
    pub(super) sources: BTreeMap<String, Vec<String>>,
}

impl FieldMatrix {
    /// Creates the matrix of the given stages, or, if none is given, the matrix of all declared
    /// stages and the fallback.
    pub(super) fn new(session: &Session, given: &[String]) -> Result<Self, CliError> {
        let schema = session.schema;
        let mut matrix = Self {
            version: 1,
            config: schema.name,
            package: schema.package,
            app: schema.app,
            docs: schema.docs,
            stage_variable: schema.stage_variable(),
            default_stage: schema.default_stage,
            preview: schema.preview,
            stages: Vec::new(),
            fields: build_rows(schema),
        };
        for name in session.list_stage_names(given) {
            let plan = plan_stage(schema, stage_name::choose(schema, name, name)?, |_| false)?;
            matrix.add_stage(name.to_owned(), &plan);
        }
        if let Some(stage) = Stage::new_undeclared(schema).filter(|_| given.is_empty()) {
            matrix.add_stage(FALLBACK.to_owned(), &plan_stage(schema, stage, |_| false)?);
        }
        Ok(matrix)
    }

    fn add_stage(&mut self, stage: String, plan: &Plan) {
        for row in &mut self.fields {
            let sources = plan.sources(&row.field).unwrap_or_default();
            let sources = sources.iter().map(ToString::to_string).collect();
            row.sources.insert(stage.clone(), sources);
            // The secrecy of a field may differ between stages, because it can depend on the
            // source.
            let planned = plan
                .planned_fields()
                .iter()
                .find(|planned| planned.path() == row.field);
            row.secrecy = planned.map_or(row.secrecy, |planned| row.secrecy.max(planned.secrecy()));
            row.secret = row.secrecy == Secrecy::Yes;
            row.default = row.default.filter(|_| !row.secret);
        }
        self.stages.push(stage);
    }
}

fn build_rows(schema: &'static Schema) -> Vec<MatrixRow> {
    let docs = collect_docs(schema, "");
    let build_row = |leaf: stage_config_core::schema::Leaf<'static>| MatrixRow {
        type_name: leaf.spec.type_name,
        secret: leaf.secrecy == Secrecy::Yes,
        secrecy: leaf.secrecy,
        optional: leaf.spec.shape.optional,
        default: leaf
            .spec
            .default
            .filter(|_| leaf.secrecy != Secrecy::Yes)
            .map(DefaultSpec::as_str),
        has_default: leaf.spec.default.is_some(),
        validated: leaf.spec.validated,
        refresh_ms: leaf.spec.refresh_ms,
        compose: leaf.spec.compose.map(|compose| compose.template),
        docs: docs.get(&leaf.path).copied().unwrap_or_default(),
        sources: BTreeMap::new(),
        field: leaf.path,
    };
    schema.leaves().into_iter().map(build_row).collect()
}

/// Returns the documentation of every field that is not a nested struct, by path.
fn collect_docs(schema: &'static Schema, prefix: &str) -> BTreeMap<String, &'static str> {
    let mut docs = BTreeMap::new();
    for field in schema.fields {
        let path = format!("{prefix}{}", field.name);
        match &field.content {
            FieldContent::Value(_) => {
                docs.insert(path, field.docs);
            }
            FieldContent::Nested { schema, .. } => {
                docs.extend(collect_docs(schema, &format!("{path}.")))
            }
        }
    }
    docs
}
