//! The manifest: the schemas of the configurations that a built artifact loads, encoded as bytes.
//!
//! The derive puts the record of each struct without `inherit` into a link section, and the command
//! line reads the records from the artifact. `docs/manifest.md` specifies the format byte by byte.
//!
//! The writer and the reader walk the same members in the same order (`manifest/json.rs`). A change
//! raises [`VERSION`] if a current reader would refuse or misunderstand the new records: a new
//! member that a reader must know, a new meaning of a member, a new key of assignments. A member
//! that a reader may ignore does not raise the version, since readers ignore unknown members. A new
//! kind does not raise it either: a reader treats an unknown kind as one that only the program can
//! decode.

mod check;
mod error;
mod json;
mod json_writer;
mod limits;
#[cfg(test)]
mod tests;

pub use error::{ManifestError, ManifestErrorKind};

use crate::{
    const_for::const_for,
    nesting::PanicMessage,
    schema::{FieldContent, Schema},
};
use json::SchemaJson;
use json_writer::JsonWriter;

/// The latest version. The reader reads all versions from 1 to this one. The writer writes the
/// oldest version that describes the schema completely: 4 if a field is composed, 3 if a nested
/// field has its own templates, else 2.
pub const VERSION: u32 = 4;

/// The first bytes of each record. None of them is zero, which distinguishes a record from padding.
pub const MAGIC: [u8; 8] = *b"STAGECFG";

/// The length of the header: magic, version and length of the JSON.
pub const HEADER: usize = MAGIC.len() + 4 + 4;

/// The maximum length of the JSON of one record, in bytes.
pub const MAX_JSON: usize = 8 * 1024 * 1024;

/// The maximum length of a section, in bytes, and so of all records in the section together.
pub const MAX_SECTION: usize = 2 * MAX_JSON;

/// Returns the length of a schema's record, in bytes.
///
/// # Panics
///
/// Panics if a reader would refuse the record because of its size. In a `const`, this is a compile
/// error that says what is too large.
#[must_use]
#[track_caller]
pub const fn encoded_len(schema: &Schema) -> usize {
    if let Err(excess) = limits::check(schema) {
        refuse(schema, excess);
    }

    let mut out = JsonWriter::new_counting();
    json::write(&mut out, schema);
    if out.length() > MAX_JSON {
        refuse(
            schema,
            "its schema, with docs, sealed files and snapshots, is larger than 8 MiB",
        );
    }
    HEADER + out.length()
}

#[track_caller]
const fn refuse(schema: &Schema, excess: &str) -> ! {
    PanicMessage::new()
        .text("the configuration `")
        .text(schema.name)
        .text("` is too large: ")
        .text(excess)
        .raise()
}

/// Returns the record of a schema, including nested structs. `N` is the result of [`encoded_len`].
///
/// ```
/// use stage_config::{StageConfig, manifest};
///
/// #[derive(StageConfig)]
/// #[stage(dev = "/shop/dev/{field}")]
/// struct Config {
///     table: String,
/// }
///
/// const LENGTH: usize = manifest::encoded_len(&Config::SCHEMA);
/// static RECORD: [u8; LENGTH] = manifest::encode(&Config::SCHEMA);
/// assert_eq!(*manifest::decode(&RECORD)?[0], Config::SCHEMA);
/// # Ok::<(), manifest::ManifestError>(())
/// ```
///
/// # Panics
///
/// Panics if `N` is not the length of the record.
#[must_use]
pub const fn encode<const N: usize>(schema: &Schema) -> [u8; N] {
    let mut record = [0; N];
    write(schema, &mut record);
    record
}

/// Writes the record into a buffer of the right length.
const fn write(schema: &Schema, record: &mut [u8]) {
    let json = record.len() - HEADER;
    let mut out = JsonWriter::new(record);
    out.write_raw(&MAGIC);
    out.write_raw(&required_version(schema).to_le_bytes());
    out.write_raw(&(json as u32).to_le_bytes());
    json::write(&mut out, schema);
    assert!(
        out.length() == HEADER + json,
        "`N` is not the length of the record"
    );
}

/// Returns the oldest version that describes the schema completely.
const fn required_version(schema: &Schema) -> u32 {
    let mut version = 2;
    const_for!(schema.fields, |field| {
        let needed = match &field.content {
            FieldContent::Nested {
                schema, templates, ..
            } => {
                let inner = required_version(schema);
                if inner < 3 && !templates.is_empty() {
                    3
                } else {
                    inner
                }
            }
            FieldContent::Value(value) if value.compose.is_some() => VERSION,
            FieldContent::Value(_) => 2,
        };
        if needed > version {
            version = needed;
        }
    });
    version
}

/// Keeps a record in the artifact. The linker drops the record of a configuration that the program
/// never loads, because no code references this record. `black_box` makes the optimizer assume that
/// the bytes are read.
pub(crate) fn keep(record: &'static [u8]) {
    std::hint::black_box(record);
}

/// The text that an artifact contains if its program can load after a restore of SnapStart, because
/// the program calls `lambda::load` or `lambda::load_with`. A record cannot contain this fact,
/// because a record describes the struct, and not the program.
pub const RESTORE_MARK: &[u8] = b"stage-config: a load after a restore of SnapStart";

/// Reads all records of a section. Zeros before, between and after the records are padding from the
/// linker.
///
/// The result is leaked, since a schema is `'static` everywhere. So call this function only in a
/// command that reads one artifact and ends. The memory is proportional to the section, whose
/// maximum is [`MAX_SECTION`]. For any input bytes, every returned schema has the properties that
/// the derive guarantees: names are valid, sources parse, and the size permits planning.
///
/// ```
/// use stage_config::{StageConfig, manifest};
///
/// #[derive(StageConfig)]
/// #[stage(prod = "/shop/prod/{field}")]
/// struct App {
///     table: String,
/// }
///
/// #[derive(StageConfig)]
/// #[stage(prod = "/mail/prod/{field}")]
/// struct Mail {
///     host: String,
/// }
///
/// // A section as the linker writes it: a record for each struct, with padding between them.
/// const APP: [u8; manifest::encoded_len(&App::SCHEMA)] = manifest::encode(&App::SCHEMA);
/// const MAIL: [u8; manifest::encoded_len(&Mail::SCHEMA)] = manifest::encode(&Mail::SCHEMA);
/// let section = [&APP[..], &[0; 5], &MAIL[..]].concat();
/// let names: Vec<&str> = manifest::decode(&section)?.iter().map(|schema| schema.name).collect();
/// assert_eq!(names, ["App", "Mail"]);
///
/// let error = manifest::decode(b"not a manifest").unwrap_err();
/// assert_eq!(error.kind(), manifest::ManifestErrorKind::Malformed);
/// # Ok::<(), manifest::ManifestError>(())
/// ```
///
/// # Errors
///
/// Returns [`ManifestErrorKind::UnsupportedVersion`] if a record has a later version than
/// [`VERSION`]. The function does not read the content of such a record. Returns
/// [`ManifestErrorKind::Malformed`] for all other errors.
pub fn decode(section: &[u8]) -> Result<Vec<&'static Schema>, ManifestError> {
    if section.len() > MAX_SECTION {
        return Err(ManifestError::malformed(format!(
            "the section has more than {MAX_SECTION} bytes"
        )));
    }
    let mut records = Vec::new();
    let mut rest = skip_padding(section);
    while !rest.is_empty() {
        let (version, json, after) = split_record(rest)?;
        records.push((version, json));
        rest = skip_padding(after);
    }
    records
        .into_iter()
        .map(|(version, json)| read(version, json))
        .collect()
}

fn skip_padding(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    &bytes[zeros..]
}

/// Returns the version and the JSON of the first record, and the bytes after it.
fn split_record(bytes: &[u8]) -> Result<(u32, &[u8], &[u8]), ManifestError> {
    let cut_off = || ManifestError::malformed("a record is cut off");

    let Some(rest) = bytes.strip_prefix(&MAGIC) else {
        return Err(ManifestError::malformed(
            "expected a record, found other bytes",
        ));
    };

    let (version, rest) = rest.split_first_chunk().ok_or_else(cut_off)?;
    let version = match u32::from_le_bytes(*version) {
        0 => return Err(ManifestError::malformed("version 0 does not exist")),
        version @ 1..=VERSION => version,
        version => return Err(ManifestError::unsupported(version)),
    };

    let (length, rest) = rest.split_first_chunk().ok_or_else(cut_off)?;
    let length = u32::from_le_bytes(*length);
    match usize::try_from(length) {
        Ok(length @ ..=MAX_JSON) => {
            let (json, after) = rest.split_at_checked(length).ok_or_else(cut_off)?;
            Ok((version, json, after))
        }
        _ => Err(ManifestError::malformed(format!(
            "a record has {length} bytes; the maximum is {MAX_JSON}"
        ))),
    }
}

fn read(version: u32, json: &[u8]) -> Result<&'static Schema, ManifestError> {
    let parsed: SchemaJson =
        serde_json::from_slice(json).map_err(|error| ManifestError::json(&error))?;
    let schema = parsed.leak(version);
    limits::check(schema)
        .map_err(|excess| ManifestError::malformed(format!("a record is too large: {excess}")))?;
    check::check(schema).map_err(ManifestError::malformed)?;
    Ok(schema)
}
