//! The grammar of `stage-config`, in one place.
//!
//! The derive checks the texts in attributes at compile time, the runtime reads them at a cold
//! start, and the command line reads them from artifacts. All three use this crate, so that a text
//! has the same meaning everywhere.
//!
//! - [`arn`]: Amazon Resource Names.
//! - [`bytes`]: base64, the encoding of bytes as text.
//! - `cargo_toml`: the settings of stages in `Cargo.toml` (cargo feature `cargo-toml`).
//! - [`compose`]: the templates of composed fields.
//! - [`duration`]: how durations are parsed, and how messages show durations.
//! - [`region`]: the names of regions, and the region that a wrong name means.
//! - [`shell`]: the quoting of texts in commands, and some of the commands that messages suggest.
//! - [`snapshot`]: the paths of snapshots, and the placeholder for a snapshot that is not written
//!   yet.
//! - [`source`]: `[scheme:]address[?option=value&…][#json.key]`, as typed data.
//! - [`stage`]: the names of stages, and patterns for them.
//! - [`suggest`]: "expected one of …; did you mean …?".
//! - [`white_space`]: white space and byte order marks around a stored text.

#![cfg_attr(docsrs, feature(doc_cfg))]

pub mod arn;
pub mod bytes;
#[cfg(feature = "cargo-toml")]
pub mod cargo_toml;
pub mod compose;
pub mod duration;
pub mod region;
pub mod shell;
pub mod snapshot;
pub mod source;
pub mod stage;
pub mod suggest;
pub mod white_space;
