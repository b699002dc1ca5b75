//! The error of a manifest that cannot be read.

use super::VERSION;
use crate::{
    diagnostic::{Diagnostic, Help},
    one_line::is_line_end,
};
use std::fmt;

/// The reason why the manifest of an artifact cannot be read.
///
/// `Display` says what is wrong and how to fix it. It contains no control character and no line
/// end, so a crafted artifact cannot send control sequences to a terminal.
#[derive(Clone, PartialEq, Eq)]
pub struct ManifestError(Diagnostic<ManifestErrorKind>);

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
        // Errors of other modules quote the input without escapes.
        let detail = detail.as_ref().replace(|c: char| c.is_control() || is_line_end(c), "\u{fffd}");
        let help = "rebuild the artifact; if that does not help, find out what changes it after the build";
        Self::new(ManifestErrorKind::Malformed, detail, help)
    }

    pub(super) fn unsupported(version: u32) -> Self {
        let purpose = "install the release of the artifact's own stage-config, or a later one";
        Self::new(
            ManifestErrorKind::UnsupportedVersion,
            format!("it has version {version}, and this program reads versions 1 to {VERSION}"),
            Help::run_to(purpose, "cargo install cargo-stage"),
        )
    }

    fn new(kind: ManifestErrorKind, detail: String, help: impl Into<Help>) -> Self {
        Self(Diagnostic::new(kind, "the manifest cannot be read", detail, help))
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
        self.0.kind
    }

    /// Returns what is wrong, without the help.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// Returns how to fix it.
    #[must_use]
    pub fn help(&self) -> &Help {
        &self.0.help
    }
}

impl fmt::Display for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for ManifestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ManifestError {}
