//! Why a section is not read.

use super::VERSION;
use crate::one_line::is_line_end;
use std::fmt;

/// Why the manifest of an artifact cannot be read.
///
/// `Display` says what is wrong and what mends it. It holds no control character and no line end, so that an artifact that was made for it does
/// nothing to a terminal.
#[derive(Clone, PartialEq, Eq)]
pub struct ManifestError {
    kind: ManifestErrorKind,
    detail: String,
    help: &'static str,
}

/// What sort of mistake a [`ManifestError`] is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ManifestErrorKind {
    /// A later version of `stage-config` wrote it.
    UnsupportedVersion,
    /// It is not what any version writes.
    Malformed,
}

impl ManifestError {
    pub(super) fn malformed(detail: impl AsRef<str>) -> Self {
        Self {
            kind: ManifestErrorKind::Malformed,
            // Some of it was said by others, who quote what they refuse as it is.
            detail: detail
                .as_ref()
                .split(|c: char| c.is_control() || is_line_end(c))
                .collect::<Vec<_>>()
                .join("\u{fffd}"),
            help: "build the artifact anew; if that does not help, look at what changes it after the build",
        }
    }

    pub(super) fn unsupported(version: u32) -> Self {
        Self {
            kind: ManifestErrorKind::UnsupportedVersion,
            detail: format!("it has version {version}, and this program reads versions 1 to {VERSION}"),
            help: "cargo install cargo-stage (the release of the artifact's own stage-config, or a later one)",
        }
    }

    /// serde's own words would quote the artifact as it is.
    pub(super) fn json(error: &serde_json::Error) -> Self {
        let what = match error.classify() {
            serde_json::error::Category::Data => "is not of the form that a record has",
            _ => "is no JSON",
        };
        Self::malformed(format!("the text of a record {what} (line {}, column {})", error.line(), error.column()))
    }

    /// What sort of mistake it is.
    #[must_use]
    pub fn kind(&self) -> ManifestErrorKind {
        self.kind
    }

    /// What is wrong, without the help.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// What mends it.
    #[must_use]
    pub fn help(&self) -> &str {
        self.help
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the manifest cannot be read: {}. Help: {}", self.detail, self.help)
    }
}

impl fmt::Debug for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ManifestError {}
