//! The request for a check. It names the configuration, the stage, and the report file.

use crate::schema::Schema;
use serde::Deserialize;
#[cfg(feature = "manage")]
use serde::Serialize;
use std::path::PathBuf;

/// The version of the format of check requests and of their reports. Increase it with each change
/// that an older program or command would misunderstand.
pub(super) const VERSION: u32 = 1;

/// A request to check a configuration, as JSON in the variable [`VARIABLE`](super::VARIABLE).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "manage", derive(Serialize))]
pub struct CheckRequest {
    version: u32,
    /// The package, the module and the name of the struct.
    config: String,
    pub(super) stage: String,
    pub(super) report: PathBuf,
}

/// The part of a check request that is the same in every version of the format.
#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

impl CheckRequest {
    /// Creates a request. The report file must not exist yet.
    #[must_use]
    #[cfg(feature = "manage")]
    pub fn new(schema: &Schema, stage: &str, report: PathBuf) -> Self {
        Self {
            version: VERSION,
            config: format_config_path(schema),
            stage: stage.to_owned(),
            report,
        }
    }

    /// Returns the request as JSON, the text of the variable [`VARIABLE`](super::VARIABLE).
    ///
    /// # Errors
    ///
    /// Returns an error if the path of the report is not UTF-8.
    #[cfg(feature = "manage")]
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Parses the text of the variable [`VARIABLE`](super::VARIABLE).
    ///
    /// # Errors
    ///
    /// Returns the version of the request if it differs from [`VERSION`], and `None` if the text is
    /// not a request.
    pub(super) fn parse(text: &str) -> Result<Self, Option<u32>> {
        match serde_json::from_str(text) {
            Ok(Versioned { version: VERSION }) => serde_json::from_str(text).map_err(|_| None),
            Ok(Versioned { version }) => Err(Some(version)),
            Err(_) => Err(None),
        }
    }

    pub(super) fn is_for(&self, schema: &Schema) -> bool {
        self.config == format_config_path(schema)
    }

    pub(crate) fn stage(&self) -> &str {
        &self.stage
    }
}

fn format_config_path(schema: &Schema) -> String {
    format!("{}/{}::{}", schema.package, schema.module, schema.name)
}
