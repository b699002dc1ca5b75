//! The error of a manifest that cannot be read.

use super::VERSION;
use crate::one_line::is_line_end;
use std::fmt;

/// The reason why the manifest of an artifact cannot be read.
///
/// `Display` says what is wrong and how to fix it. It contains no control character and no line
/// end, so a crafted artifact cannot send control sequences to a terminal.
#[derive(Clone, PartialEq, Eq)]
pub struct ManifestError {
    kind: ManifestErrorKind,
    detail: String,
    help: &'static str,
}

/// The kind of a [`ManifestError`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ManifestErrorKind {
    /// A later version of `stage-config` wrote the manifest.
    UnsupportedVersion,
    /// No version of `stage-config` writes such a manifest.
    Malformed,
}

impl ManifestError {
    pub(super) fn malformed(detail: impl AsRef<str>) -> Self {
        Self {
            kind: ManifestErrorKind::Malformed,
            // Errors of other modules quote the input without escapes.
            detail: detail
                .as_ref()
                .split(|c: char| c.is_control() || is_line_end(c))
                .collect::<Vec<_>>()
                .join("\u{fffd}"),
            help: "rebuild the artifact; if that does not help, find out what changes it after the build",
        }
    }

    pub(super) fn unsupported(version: u32) -> Self {
        Self {
            kind: ManifestErrorKind::UnsupportedVersion,
            detail: format!("it has version {version}, and this program reads versions 1 to {VERSION}"),
            help: "cargo install cargo-stage (the release of the artifact's own stage-config, or a later one)",
        }
    }

    /// Drops serde's message, which would quote the artifact without escapes.
    pub(super) fn json(error: &serde_json::Error) -> Self {
        let what = match error.classify() {
            serde_json::error::Category::Data => "is not of the expected form",
            _ => "is not JSON",
        };
        Self::malformed(format!("the text of a record {what} (line {}, column {})", error.line(), error.column()))
    }

    /// Returns the kind of the error.
    #[must_use]
    pub fn kind(&self) -> ManifestErrorKind {
        self.kind
    }

    /// Returns what is wrong, without the help.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Returns how to fix it.
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
