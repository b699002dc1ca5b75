//! Checks that a schema from an artifact has the properties that the derive guarantees. Later code
//! relies on them.

mod composed;

use crate::schema::{
    Assignment, AssignmentKey, Field, FieldContent, FieldSpec, Kind, Schema, SealedFile, Sources,
};
use stage_config_grammar::{
    arn::is_account,
    snapshot::check_path,
    source::{
        Placeholders, SEALED_KEY_FILE, Source, check_scheme, check_sealed_name,
        check_stage_variable,
    },
    stage::{check_name, check_pattern},
};
use std::collections::HashSet;

/// An undeclared stage, to check the sources that such stages use.
const UNDECLARED: &str = "qa1";

/// Checks a root and all structs nested in it. The caller has already checked their size.
///
/// # Errors
///
/// Returns a message that names the mistake and the struct.
pub(super) fn check(root: &'static Schema) -> Result<(), String> {
    if root.inherit {
        return Err(format!(
            "{:?} cannot be loaded by itself, because it has `inherit`",
            root.name
        ));
    }
    if root.stages.is_empty() && !root.fallback {
        return Err(format!("{:?} declares no stage", root.name));
    }
    check_struct(root, &root.all_schemes())
}

fn check_struct(schema: &Schema, schemes: &[&str]) -> Result<(), String> {
    let context = |mistake: String| format!("{mistake} in {:?}", schema.name);
    check_names(schema).map_err(context)?;

    let stages = check_distinct(
        "stage",
        schema.stages.iter().map(|stage| stage.to_ascii_lowercase()),
    )
    .and_then(|()| schema.stages.iter().try_for_each(|stage| check_name(stage)));
    stages
        .and_then(|()| check_root_options(schema))
        .map_err(context)?;
    for scheme in schema.schemes {
        check_scheme(scheme).map_err(|error| context(error.to_string()))?;
    }
    check_sealed_files(schema.sealed).map_err(context)?;
    check_snapshot(schema).map_err(context)?;

    let at = SourceContext {
        schema,
        schemes,
        field: Some(&["field"]),
    };
    check_assignments(schema.templates, &at).map_err(context)?;
    check_distinct(
        "field",
        schema.fields.iter().map(|field| field.name.to_owned()),
    )
    .map_err(context)?;
    composed::check(schema).map_err(context)?;
    for field in schema.fields {
        check_field(field, &at).map_err(|mistake| {
            format!(
                "{mistake} in the field {:?} of {:?}",
                field.name, schema.name
            )
        })?;
    }
    Ok(())
}

fn check_names(schema: &Schema) -> Result<(), String> {
    check_identifier(schema.name)?;
    // Cargo accepts more names than crates.io, and other build tools have other rules.
    if schema.package.is_empty()
        || schema
            .package
            .contains(|c: char| c.is_control() || c.is_whitespace())
    {
        return Err(format!("{:?} is not a package name", schema.package));
    }
    if schema.module.is_empty()
        || schema
            .module
            .contains(|c: char| c.is_control() || c.is_whitespace())
    {
        return Err(format!("{:?} is not a module path", schema.module));
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
        check_pattern(pattern)?;
    }
    check_distinct(
        "account of a stage",
        schema.accounts.iter().map(|(stage, _)| (*stage).to_owned()),
    )?;
    for (stage, account) in schema.accounts {
        check_declared(schema, stage)?;
        if !is_account(account) {
            return Err(format!("{account:?} is not an account ID"));
        }
    }
    Ok(())
}

fn check_declared(schema: &Schema, stage: &str) -> Result<(), String> {
    if schema.stages.contains(&stage) {
        Ok(())
    } else {
        Err(format!("the stage {stage:?} is not declared"))
    }
}

fn check_sealed_files(files: &[SealedFile]) -> Result<(), String> {
    check_distinct(
        "sealed file",
        files
            .iter()
            .map(|file| format!("{}/{}", file.stage, file.name)),
    )?;
    for file in files {
        check_name(file.stage)?;
        if file.name != SEALED_KEY_FILE {
            check_sealed_name(file.name).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

fn check_snapshot(schema: &Schema) -> Result<(), String> {
    let Some(snapshot) = &schema.snapshot else {
        return Ok(());
    };
    check_path(snapshot.path, schema.stages.len())?;
    if snapshot.max_age_ms == Some(0) {
        return Err("the maximum age of a snapshot is zero".to_owned());
    }
    check_distinct(
        "snapshot",
        snapshot.files.iter().map(|file| file.stage.to_owned()),
    )?;
    snapshot
        .files
        .iter()
        .try_for_each(|file| check_declared(schema, file.stage))
}

/// The context of a source.
struct SourceContext<'a> {
    schema: &'a Schema,
    /// The schemes of the root and of all structs nested in it. The plan uses the same schemes.
    schemes: &'a [&'a str],
    /// The replacement of `{field}` in a template. `None` for a field's own sources.
    field: Option<&'a [&'a str]>,
}

fn check_field(field: &Field, templates: &SourceContext<'_>) -> Result<(), String> {
    check_identifier(field.name)?;
    check_level(field.level)?;
    match &field.content {
        FieldContent::Nested {
            schema,
            templates: own,
            ..
        } => {
            check_assignments(own, templates)?;
            check_struct(schema, templates.schemes)
        }
        FieldContent::Value(value) => {
            check_value(value)?;
            check_assignments(
                value.assignments,
                &SourceContext {
                    field: None,
                    ..*templates
                },
            )
        }
    }
}

fn check_value(value: &FieldSpec) -> Result<(), String> {
    if value.refresh_ms == Some(0) {
        return Err("the interval of a refresh is zero".to_owned());
    }
    check_kind(&value.shape.kind)
}

fn check_kind(kind: &Kind) -> Result<(), String> {
    match kind {
        Kind::Integer { min, max, .. } if u128::try_from(*min).is_ok_and(|min| min > *max) => {
            Err("an empty range of numbers".to_owned())
        }
        Kind::ListOf(inner)
        | Kind::SetOf(inner)
        | Kind::Array { item: inner, .. }
        | Kind::Optional(inner) => check_kind(inner),
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
    check_distinct(
        "key",
        assignments.iter().map(|assignment| name(&assignment.key)),
    )?;
    for assignment in assignments {
        let stage = match assignment.key {
            AssignmentKey::Stage(stage) => {
                check_name(stage)?;
                // A struct that inherits and declares no stages may name any stage of its root.
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
            Sources::Chain(texts) => texts
                .iter()
                .try_for_each(|text| check_source(text, stage, at))?,
        }
    }
    Ok(())
}

fn check_source(text: &str, stage: &str, at: &SourceContext<'_>) -> Result<(), String> {
    if !text.starts_with("value:") && text.contains(char::is_control) {
        return Err(format!("the source {text:?} contains a control character"));
    }
    let app = at.field.map(|_| at.schema.app);
    let placeholders = Placeholders {
        stage: Some(stage),
        field: at.field,
        app,
    };
    match Source::resolve(text, &placeholders, at.schemes) {
        Ok(_) => Ok(()),
        // The text of the error is not used, because it quotes the source without escapes.
        Err(_) => Err(format!("{text:?} is not a source")),
    }
}

/// Checks a Rust identifier, which is the name of a struct or of a field. The name of a field
/// becomes part of the field's path and of a variable's name.
fn check_identifier(name: &str) -> Result<(), String> {
    let is_plain_name = name.chars().all(|c| is_plain(c, &['_']));
    if is_plain_name && !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) {
        return Ok(());
    }
    Err(format!("{name:?} is not a Rust identifier"))
}

/// Checks the replacement of a placeholder. It must not contain characters that have a meaning in
/// sources.
fn check_level(level: &str) -> Result<(), String> {
    if !level.is_empty()
        && level
            .chars()
            .all(|c| is_plain(c, &['_', '-', '.', '/', '+', '@']))
    {
        return Ok(());
    }
    Err(format!("{level:?} is not a level of an address"))
}

/// Returns whether a character is an ASCII letter or digit, one of the `extra` characters, or a
/// non-ASCII character other than a control character or whitespace. Such non-ASCII characters have
/// no meaning in sources.
fn is_plain(c: char, extra: &[char]) -> bool {
    let is_plain_non_ascii = !c.is_ascii() && !c.is_control() && !c.is_whitespace();
    c.is_ascii_alphanumeric() || extra.contains(&c) || is_plain_non_ascii
}

/// Checks that no name occurs twice. `noun` is the term for a name in the error.
fn check_distinct(noun: &str, names: impl Iterator<Item = String>) -> Result<(), String> {
    let mut seen = HashSet::new();
    for name in names {
        if let Some(duplicate) = seen.replace(name) {
            return Err(format!("the {noun} {duplicate:?} occurs twice"));
        }
    }
    Ok(())
}
