//! The grammar of `stage-config`, in one place.
//!
//! The derive checks the texts in attributes while it expands, the runtime reads the same texts at cold start, and the
//! command line reads them out of artifacts. All three parse with this crate, so that a text means the same everywhere.
//!
//! - [`arn`]: Amazon Resource Names.
//! - [`duration`]: durations for a person.
//! - [`snapshot`]: where snapshots are, and their placeholder.
//! - [`source`]: `[scheme:]address[?option=value&…][#json.key]`, typed.
//! - [`stage`]: what a stage may be called, and the patterns over such names.
//! - [`suggest`]: "expected one of …; did you mean …?".

pub mod arn;
pub mod duration;
pub mod snapshot;
pub mod source;
pub mod stage;
pub mod suggest;
