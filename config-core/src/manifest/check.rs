//! What the derive guarantees, asked of a schema that came out of an artifact: nobody after this asks again.

use crate::schema::{Assignment, AssignmentKey, Field, FieldContent, FieldSpec, Kind, Schema, SealedFile, Sources};
use stage_config_grammar::{
    snapshot::check_path,
    source::{Placeholders, SEALED_KEY_FILE, Source, check_scheme, check_sealed_name, check_stage_variable},
    stage::{check_name, check_pattern},
};
use std::collections::HashSet;

/// A stage that nobody declared, for the texts that serve such.
const UNDECLARED: &str = "qa1";

/// Checks a root and all that is nested in it, whose size was checked before.
///
/// # Errors
///
/// What is wrong, and in which struct.
pub(super) fn check(root: &'static Schema) -> Result<(), String> {
    if root.inherit {
        return Err(format!("{:?} cannot be loaded by itself, since it inherits", root.name));
    }
    if root.stages.is_empty() && !root.fallback {
        return Err(format!("{:?} declares no stage", root.name));
    }
    check_struct(root, &root.all_schemes())
}

fn check_struct(schema: &Schema, schemes: &[&str]) -> Result<(), String> {
    let context = |what: String| format!("{what} in {:?}", schema.name);
    check_names(schema).map_err(context)?;
    let stages = check_distinct("stage", schema.stages.iter().map(|stage| stage.to_ascii_lowercase()))
        .and_then(|()| schema.stages.iter().try_for_each(|stage| check_name(stage).map_err(|error| error.to_string())));
    stages.and_then(|()| check_root_options(schema)).map_err(context)?;
    for scheme in schema.schemes {
        check_scheme(scheme).map_err(|error| context(error.to_string()))?;
    }
    check_sealed_files(schema.sealed).map_err(context)?;
    check_snapshot(schema).map_err(context)?;
    let at = SourceContext { schema, schemes, field: Some(&["field"]) };
    check_assignments(schema.templates, &at).map_err(context)?;
    check_distinct("field", schema.fields.iter().map(|field| field.name.to_owned())).map_err(context)?;
    for field in schema.fields {
        check_field(field, &at).map_err(|what| format!("{what} in the field {:?} of {:?}", field.name, schema.name))?;
    }
    Ok(())
}

fn check_names(schema: &Schema) -> Result<(), String> {
    check_identifier(schema.name)?;
    // Cargo's rule is looser than crates.io's, and other build tools have rules of their own.
    if schema.package.is_empty() || schema.package.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err(format!("{:?} is no package", schema.package));
    }
    if schema.module.is_empty() || schema.module.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return Err(format!("{:?} is no module", schema.module));
    }
    check_level(schema.app)
}

fn check_root_options(schema: &Schema) -> Result<(), String> {
    if let Some(variable) = schema.stage_var {
        check_stage_variable(variable).map_err(|error| error.to_string())?;
    }
    if let Some(stage) = schema.default_stage {
        check_declared(schema, stage)?;
    }
    for pattern in schema.preview.unwrap_or_default() {
        check_pattern(pattern).map_err(|error| error.to_string())?;
    }
    check_distinct("account of a stage", schema.accounts.iter().map(|(stage, _)| (*stage).to_owned()))?;
    for (stage, account) in schema.accounts {
        check_declared(schema, stage)?;
        if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(format!("{account:?} is no account"));
        }
    }
    Ok(())
}

fn check_declared(schema: &Schema, stage: &str) -> Result<(), String> {
    if schema.stages.contains(&stage) { Ok(()) } else { Err(format!("the stage {stage:?} is not declared")) }
}

fn check_sealed_files(files: &[SealedFile]) -> Result<(), String> {
    check_distinct("sealed file", files.iter().map(|file| format!("{}/{}", file.stage, file.name)))?;
    for file in files {
        check_name(file.stage).map_err(|error| error.to_string())?;
        if file.name != SEALED_KEY_FILE {
            check_sealed_name(file.name).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

fn check_snapshot(schema: &Schema) -> Result<(), String> {
    let Some(snapshot) = &schema.snapshot else { return Ok(()) };
    check_path(snapshot.path, schema.stages.len())?;
    if snapshot.max_age_ms == Some(0) {
        return Err("a snapshot that is too old at once".to_owned());
    }
    check_distinct("snapshot", snapshot.files.iter().map(|file| file.stage.to_owned()))?;
    snapshot.files.iter().try_for_each(|file| check_declared(schema, file.stage))
}

/// Where a source stands.
struct SourceContext<'a> {
    schema: &'a Schema,
    /// Those of the root and all that is nested in it, as the plan knows them.
    schemes: &'a [&'a str],
    /// What `{field}` stands for in a template. No field of its own has one.
    field: Option<&'a [&'a str]>,
}

fn check_field(field: &Field, templates: &SourceContext<'_>) -> Result<(), String> {
    check_identifier(field.name)?;
    check_level(field.level)?;
    match &field.content {
        FieldContent::Nested { schema, .. } => check_struct(schema, templates.schemes),
        FieldContent::Value(value) => {
            check_value(value)?;
            check_assignments(value.assignments, &SourceContext { field: None, ..*templates })
        }
    }
}

fn check_value(value: &FieldSpec) -> Result<(), String> {
    if value.refresh_ms == Some(0) {
        return Err("a refresh after no time".to_owned());
    }
    check_kind(&value.shape.kind)
}

fn check_kind(kind: &Kind) -> Result<(), String> {
    match kind {
        Kind::Integer { min, max, .. } if u128::try_from(*min).is_ok_and(|min| min > *max) => {
            Err("a range of numbers that holds none".to_owned())
        }
        Kind::ListOf(inner) | Kind::SetOf(inner) | Kind::Array { item: inner, .. } | Kind::Optional(inner) => {
            check_kind(inner)
        }
        Kind::MapOf { key, value } => check_kind(key).and_then(|()| check_kind(value)),
        Kind::Tuple(items) => items.iter().try_for_each(check_kind),
        _ => Ok(()),
    }
}

fn check_assignments(assignments: &[Assignment], at: &SourceContext<'_>) -> Result<(), String> {
    let name = |key: &AssignmentKey| match key {
        AssignmentKey::Stage(name) => (*name).to_owned(),
        AssignmentKey::Fallback => "fallback".to_owned(),
        AssignmentKey::All => "all".to_owned(),
    };
    check_distinct("key", assignments.iter().map(|assignment| name(&assignment.key)))?;
    for assignment in assignments {
        let stage = match assignment.key {
            AssignmentKey::Stage(stage) => {
                check_name(stage).map_err(|error| error.to_string())?;
                // One that inherits and declares none may name whatever its root does.
                if !(at.schema.inherit && at.schema.stages.is_empty()) {
                    check_declared(at.schema, stage)?;
                }
                stage
            }
            AssignmentKey::Fallback | AssignmentKey::All => UNDECLARED,
        };
        match assignment.sources {
            Sources::Template => {}
            Sources::Chain([]) => return Err("a chain without a source".to_owned()),
            Sources::Chain(texts) => texts.iter().try_for_each(|text| check_source(text, stage, at))?,
        }
    }
    Ok(())
}

fn check_source(text: &str, stage: &str, at: &SourceContext<'_>) -> Result<(), String> {
    if !text.starts_with("value:") && text.contains(char::is_control) {
        return Err(format!("the source {text:?} holds a control character"));
    }
    let app = at.field.map(|_| at.schema.app);
    let placeholders = Placeholders { stage: Some(stage), field: at.field, app };
    match Source::resolve(text, &placeholders, at.schemes) {
        Ok(_) => Ok(()),
        // The error quotes the text as it is.
        Err(_) => Err(format!("{text:?} is no source")),
    }
}

/// A name of Rust's: it becomes the path of a field and the name of a variable.
fn check_identifier(name: &str) -> Result<(), String> {
    let plain = name.chars().all(|c| is_plain(c, &['_']));
    if plain && !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) {
        return Ok(());
    }
    Err(format!("{name:?} is no name in Rust"))
}

/// What a placeholder stands for: a text that cannot become grammar.
fn check_level(level: &str) -> Result<(), String> {
    if !level.is_empty() && level.chars().all(|c| is_plain(c, &['_', '-', '.', '/', '+', '@'])) {
        return Ok(());
    }
    Err(format!("{level:?} is no level of an address"))
}

/// Of what is not ASCII, Unicode's tables alone know what a name holds; no grammar of ours uses it.
fn is_plain(c: char, also: &[char]) -> bool {
    let foreign = !c.is_ascii() && !c.is_control() && !c.is_whitespace();
    c.is_ascii_alphanumeric() || also.contains(&c) || foreign
}

fn check_distinct(what: &str, names: impl Iterator<Item = String>) -> Result<(), String> {
    let mut met = HashSet::new();
    for name in names {
        if let Some(twice) = met.replace(name) {
            return Err(format!("the {what} {twice:?} stands there twice"));
        }
    }
    Ok(())
}
