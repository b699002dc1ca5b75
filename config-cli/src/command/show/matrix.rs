//! Fields × stages → sources, as `--json` prints it.

use std::collections::BTreeMap;

use serde::Serialize;
use stage_config_core::schema::{Content, Schema, Secrecy};
use stage_config_core::{Plan, Stage};

use crate::problem::Problem;
use crate::shown;

/// What stages that nobody declared are called here.
pub(super) const FALLBACK: &str = "fallback";

/// Version 1 of the JSON. Keys are added without a new version; one that goes or changes its meaning raises it.
#[derive(Debug, Serialize)]
pub(super) struct Matrix {
    version: u32,
    pub(super) config: &'static str,
    pub(super) package: &'static str,
    pub(super) app: &'static str,
    pub(super) docs: &'static str,
    pub(super) stage_variable: &'static str,
    pub(super) default_stage: Option<&'static str>,
    /// Patterns; `null` where every undeclared stage may use fallback sources.
    pub(super) preview: Option<&'static [&'static str]>,
    /// The columns.
    pub(super) stages: Vec<String>,
    pub(super) fields: Vec<Row>,
}

#[derive(Debug, Serialize)]
pub(super) struct Row {
    pub(super) field: String,
    #[serde(rename = "type")]
    pub(super) type_name: &'static str,
    /// The secrecy is `yes`.
    pub(super) secret: bool,
    pub(super) secrecy: Secrecy,
    pub(super) optional: bool,
    /// The expression; absent where the field is secret.
    pub(super) default: Option<&'static str>,
    pub(super) has_default: bool,
    pub(super) validated: bool,
    pub(super) refresh_ms: Option<u64>,
    pub(super) docs: &'static str,
    /// The chain of each stage; empty where the stage reads nothing.
    pub(super) sources: BTreeMap<String, Vec<String>>,
}

impl Matrix {
    /// All stages, or these.
    pub(super) fn new(schema: &'static Schema, stages: &[String]) -> Result<Self, Problem> {
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
            fields: rows(schema),
        };
        let declared = || schema.stages.iter().map(|stage| (*stage).to_owned()).collect();
        let wanted: Vec<String> = if stages.is_empty() { declared() } else { stages.to_vec() };
        for name in wanted {
            let refused = |error: stage_config_core::Error| Problem::unchecked(shown::hide(&error.to_string(), &name));
            let stage = Stage::choose(schema, &name).map_err(refused)?;
            let plan = Plan::new(schema, stage, |_| false).map_err(refused)?;
            matrix.add(name, &plan);
        }
        if let Some(stage) = Stage::undeclared(schema).filter(|_| stages.is_empty()) {
            let plan = Plan::new(schema, stage, |_| false).map_err(|error| Problem::unchecked(error.to_string()))?;
            matrix.add(FALLBACK.to_owned(), &plan);
        }
        Ok(matrix)
    }

    fn add(&mut self, stage: String, plan: &Plan) {
        for row in &mut self.fields {
            let sources = plan.sources(&row.field).unwrap_or_default();
            let sources = sources.iter().map(ToString::to_string).collect();
            row.sources.insert(stage.clone(), sources);
            // In one stage a source may be for secrets, and in another not.
            let planned = plan.planned().iter().find(|planned| planned.path() == row.field);
            row.secrecy = planned.map_or(row.secrecy, |planned| row.secrecy.max(planned.secrecy()));
            row.secret = row.secrecy == Secrecy::Yes;
            row.default = row.default.filter(|_| !row.secret);
        }
        self.stages.push(stage);
    }
}

fn rows(schema: &'static Schema) -> Vec<Row> {
    let docs = docs_of(schema, "");
    let row = |leaf: stage_config_core::schema::Leaf<'static>| Row {
        type_name: leaf.value.type_name,
        secret: leaf.secrecy == Secrecy::Yes,
        secrecy: leaf.secrecy,
        optional: leaf.value.shape.optional,
        default: leaf.value.default.filter(|_| leaf.secrecy != Secrecy::Yes),
        has_default: leaf.value.default.is_some(),
        validated: leaf.value.validated,
        refresh_ms: leaf.value.refresh_ms,
        docs: docs.get(&leaf.path).copied().unwrap_or_default(),
        sources: BTreeMap::new(),
        field: leaf.path,
    };
    schema.leaves().into_iter().map(row).collect()
}

/// The documentation of every field that has sources, by its path.
fn docs_of(schema: &'static Schema, prefix: &str) -> BTreeMap<String, &'static str> {
    let mut docs = BTreeMap::new();
    for field in schema.fields {
        let path = format!("{prefix}{}", field.name);
        match &field.content {
            Content::Value(_) => {
                docs.insert(path, field.docs);
            }
            Content::Nested { schema, .. } => docs.extend(docs_of(schema, &format!("{path}."))),
        }
    }
    docs
}
