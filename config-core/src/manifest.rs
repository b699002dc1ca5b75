//! What a built artifact says of the configurations that it loads: [`Schema`] as bytes, and back.
//!
//! The derive puts one record for each struct into a link section of its own, and the command line reads it out of the
//! binary. `docs/manifest.md` tells the format byte by byte.
//!
//! Writer and reader are walks over the same members in the same order (`manifest/json.rs`). [`VERSION`] is raised whenever a
//! reader of today would refuse or misunderstand what is written: a member that it must know, another meaning of one, a new
//! key. A member that a reader may pass over, since it only adds, does not raise it: unknown members are ignored. Nor does a new
//! kind: one that is not known is one that only the program can read.

mod check;
mod error;
mod json;
mod json_writer;
mod limits;
#[cfg(test)]
mod tests;

pub use error::{ManifestError, ManifestErrorKind};

use crate::{nesting::PanicMessage, schema::Schema};
use json::SchemaJson;
use json_writer::JsonWriter;

/// The version that is written. All versions from 1 to this one are read.
pub const VERSION: u32 = 2;

/// What each record begins with. No byte of it is zero, so that padding is told from a record.
pub const MAGIC: [u8; 8] = *b"STAGECFG";

/// Magic, version and length, which stand before the JSON.
pub const HEADER: usize = MAGIC.len() + 4 + 4;

/// The longest JSON of one record, in bytes.
pub const MAX_JSON: usize = 8 * 1024 * 1024;

/// The longest section, in bytes, and so the most that all records of an artifact may take together.
pub const MAX_SECTION: usize = 2 * MAX_JSON;

/// How many bytes the record of a schema takes.
///
/// # Panics
///
/// Where a reader would refuse the record for its size; in a `const`, that is a compile error which says what is too large.
#[must_use]
#[track_caller]
pub const fn encoded_len(schema: &Schema) -> usize {
    if let Err(what) = limits::check(schema) {
        refuse(schema, what);
    }
    let mut out = JsonWriter::new_counting();
    json::write(&mut out, schema);
    if out.length() > MAX_JSON {
        refuse(schema, "its description, with docs and sealed files, takes more than 8 MiB");
    }
    HEADER + out.length()
}

#[track_caller]
const fn refuse(schema: &Schema, what: &str) -> ! {
    PanicMessage::new().text("the configuration `").text(schema.name).text("` is too large: ").text(what).raise()
}

/// The record of a schema, nested ones included. `N` is what [`encoded_len`] gives.
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
/// Where `N` is another number, or as [`encoded_len`].
#[must_use]
pub const fn encode<const N: usize>(schema: &Schema) -> [u8; N] {
    let mut record = [0; N];
    write(schema, &mut record);
    record
}

/// [`encode`] into a buffer that has the right length.
const fn write(schema: &Schema, record: &mut [u8]) {
    let json = record.len() - HEADER;
    let mut out = JsonWriter::new(record);
    out.write_raw(&MAGIC);
    out.write_raw(&VERSION.to_le_bytes());
    out.write_raw(&(json as u32).to_le_bytes());
    json::write(&mut out, schema);
    assert!(out.length() == HEADER + json, "`N` is not the length of the record");
}

/// Keeps a record in the artifact: the linker drops a static that nothing refers to, and so the manifest of a configuration
/// that nothing loads. The optimizer must believe that the bytes are read.
pub(crate) fn keep(record: &'static [u8]) {
    std::hint::black_box(record);
}

/// Reads all records of a section. Zeros before, between and after them are padding, as linkers put it there.
///
/// What is read is leaked, since a schema is `'static` everywhere: this is for a command that reads one artifact and ends.
/// It takes memory in proportion to the section, which is bounded by [`MAX_SECTION`]. Whatever it gives holds what the derive
/// guarantees, however the bytes came about: names are names, sources parse, nothing is too large to be planned.
///
/// # Errors
///
/// [`ManifestErrorKind::UnsupportedVersion`] where a later version of this crate wrote a record, which is told before its
/// content is looked at; [`ManifestErrorKind::Malformed`] for everything else.
pub fn decode(section: &[u8]) -> Result<Vec<&'static Schema>, ManifestError> {
    if section.len() > MAX_SECTION {
        return Err(ManifestError::malformed(format!("the section has more than {MAX_SECTION} bytes")));
    }
    let mut records = Vec::new();
    let mut rest = skip_padding(section);
    while !rest.is_empty() {
        let (version, json, after) = split_record(rest)?;
        records.push((version, json));
        rest = skip_padding(after);
    }
    records.into_iter().map(|(version, json)| read(version, json)).collect()
}

fn skip_padding(bytes: &[u8]) -> &[u8] {
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    &bytes[zeros..]
}

/// The version and the JSON of the first record, and what follows.
fn split_record(bytes: &[u8]) -> Result<(u32, &[u8], &[u8]), ManifestError> {
    let cut_off = || ManifestError::malformed("a record is cut off");
    let Some(rest) = bytes.strip_prefix(&MAGIC) else {
        return Err(ManifestError::malformed("something else stands where a record should begin"));
    };
    let (version, rest) = rest.split_first_chunk().ok_or_else(cut_off)?;
    let version = match u32::from_le_bytes(*version) {
        0 => return Err(ManifestError::malformed("there is no version 0")),
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
        _ => Err(ManifestError::malformed(format!("a record has {length} bytes: at most {MAX_JSON} are read"))),
    }
}

fn read(version: u32, json: &[u8]) -> Result<&'static Schema, ManifestError> {
    let parsed: SchemaJson = serde_json::from_slice(json).map_err(|error| ManifestError::json(&error))?;
    let schema = parsed.leak(version);
    limits::check(schema).map_err(|what| ManifestError::malformed(format!("a record is too large: {what}")))?;
    check::check(schema).map_err(ManifestError::malformed)?;
    Ok(schema)
}
