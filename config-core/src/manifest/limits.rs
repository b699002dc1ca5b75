//! The limits of a schema's size. The writer of the manifest checks them, so that the reader
//! accepts every artifact that compiles. The reader of the manifest checks them too, so that every
//! accepted schema can be planned in bounded time and memory.

use crate::const_for::const_for;
use crate::schema::{Assignment, FieldContent, Kind, Schema, Sources};

/// The maximum depth of nested structs, including the root.
pub(super) const DEPTH: usize = 16;
/// The maximum number of fields of the root and all nested structs, including the fields that are
/// nested structs.
pub(super) const FIELDS: usize = 1024;
/// The maximum number of sealed files of the root and all nested structs.
const SEALED: usize = 1024;
/// The maximum number of stages, previews, accounts and snapshots of one struct: at most this
/// number of each. One `#[stage(…)]` may have this number of keys, and two more: `fallback` and
/// `all`.
pub(super) const STAGES: usize = 64;
/// The maximum number of schemes of one struct.
const SCHEMES: usize = 16;
/// The maximum number of sources in one chain.
pub(super) const CHAIN: usize = 16;
/// The maximum length of a source, or of the template of a composed field, in bytes.
pub(super) const SOURCE: usize = 16 * 1024;
/// The maximum number of placeholders in one source. The limit exists because each placeholder may
/// be replaced by a text as long as the path of a field.
pub(super) const PLACEHOLDERS: usize = 8;
/// The maximum length of a name, in bytes.
pub(super) const NAME: usize = 128;
/// The maximum length of a type as written, in bytes.
const TYPE: usize = 4 * 1024;
/// The maximum depth of one type, which may consist of lists, sets, arrays, tuples, maps and
/// options inside each other. The innermost type counts too.
const KIND: usize = 16;
/// The maximum length of a module's path, in bytes.
const PATH: usize = 1024;

/// The totals of the structs that were checked so far.
struct Totals {
    fields: usize,
    sealed: usize,
}

/// Checks the size of a root and all structs nested in it.
///
/// # Errors
///
/// Returns a clause that names the exceeded limit.
pub(super) const fn check(schema: &Schema) -> Result<(), &'static str> {
    let mut totals = Totals {
        fields: 0,
        sealed: 0,
    };
    check_struct(schema, 1, &mut totals)
}

macro_rules! at_most {
    ($($length:expr, $max:expr => $excess:literal;)*) => {
        $(
            if $length > $max {
                return Err($excess);
            }
        )*
    };
}

const fn check_struct(
    schema: &Schema,
    depth: usize,
    totals: &mut Totals,
) -> Result<(), &'static str> {
    totals.fields += schema.fields.len();
    totals.sealed += schema.sealed.len();
    at_most! {
        depth, DEPTH => "structs are nested more than 16 levels deep";
        totals.fields, FIELDS => "it has more than 1024 fields, including those of nested structs";
        totals.sealed, SEALED => "it has more than 1024 sealed files";
        schema.name.len(), NAME => "the name of a struct has more than 128 bytes";
        schema.package.len(), NAME => "the name of a package has more than 128 bytes";
        schema.module.len(), PATH => "the path of a module has more than 1024 bytes";
        schema.app.len(), NAME => "`app` has more than 128 bytes";
        schema.stages.len(), STAGES => "it declares more than 64 stages";
        schema.accounts.len(), STAGES => "it has more than 64 accounts";
        schema.schemes.len(), SCHEMES => "a struct has more than 16 schemes";
    }
    if let Some(snapshot) = &schema.snapshot {
        at_most! { snapshot.files.len(), STAGES => "it has more than 64 snapshots"; }
    }
    if let Some(patterns) = schema.preview {
        at_most! { patterns.len(), STAGES => "it has more than 64 previews"; }
    }
    if let Some(variable) = schema.stage_var {
        at_most! { variable.len(), NAME => "`stage_var` has more than 128 bytes"; }
    }
    const_for!(schema.schemes, |name| {
        at_most! { name.len(), NAME => "the name of a scheme has more than 128 bytes"; }
    });
    if let Err(excess) = check_assignments(schema.templates) {
        return Err(excess);
    }
    const_for!(schema.fields, |field| {
        at_most! {
            field.name.len(), NAME => "the name of a field has more than 128 bytes";
            field.level.len(), NAME => "the name of a field in sources (`rename` or `nested`) has more than 128 bytes";
        }
        let checked = match &field.content {
            FieldContent::Nested {
                schema, templates, ..
            } => match check_assignments(templates) {
                Ok(()) => check_struct(schema, depth + 1, totals),
                Err(excess) => Err(excess),
            },
            FieldContent::Value(value) => {
                at_most! { value.type_name.len(), TYPE => "the text of a type has more than 4096 \
                bytes"; }
                if let Some(compose) = value.compose {
                    at_most! { compose.template.len(), SOURCE => "the template of a composed \
                    field has more than 16 KiB"; }
                }
                at_most! { measure_depth(&value.shape.kind), KIND => "a type is nested more than \
                16 levels deep"; }
                check_assignments(value.assignments)
            }
        };
        if let Err(excess) = checked {
            return Err(excess);
        }
    });
    Ok(())
}

const fn measure_depth(kind: &Kind) -> usize {
    match kind {
        Kind::ListOf(inner)
        | Kind::SetOf(inner)
        | Kind::Array { item: inner, .. }
        | Kind::Optional(inner) => 1 + measure_depth(inner),
        Kind::MapOf { key, value } => {
            let (key, value) = (measure_depth(key), measure_depth(value));
            1 + if key > value { key } else { value }
        }
        Kind::Tuple(items) => {
            let mut deepest = 0;
            const_for!(items, |item| {
                let depth = measure_depth(item);
                deepest = if depth > deepest { depth } else { deepest };
            });
            1 + deepest
        }
        _ => 1,
    }
}

const fn check_assignments(assignments: &[Assignment]) -> Result<(), &'static str> {
    at_most! { assignments.len(), STAGES + 2 => "a `#[stage(…)]` has more than 66 keys"; }
    const_for!(assignments, |assignment| {
        if let Sources::Chain(texts) = assignment.sources
            && let Err(excess) = check_chain(texts)
        {
            return Err(excess);
        }
    });
    Ok(())
}

const fn check_chain(texts: &[&str]) -> Result<(), &'static str> {
    at_most! { texts.len(), CHAIN => "a chain has more than 16 sources"; }
    const_for!(texts, |text| {
        at_most! {
            text.len(), SOURCE => "a source has more than 16384 bytes";
            count_placeholders(text.as_bytes()), PLACEHOLDERS => "a source has more than 8 placeholders";
        }
    });
    Ok(())
}

/// Counts the opening braces of a source. In a `value:` source, a brace is plain text, so the count
/// is 0.
const fn count_placeholders(mut text: &[u8]) -> usize {
    if let [b'v', b'a', b'l', b'u', b'e', b':', ..] = text {
        return 0;
    }
    let mut count = 0;
    while let [byte, rest @ ..] = text {
        count += (*byte == b'{') as usize;
        text = rest;
    }
    count
}
