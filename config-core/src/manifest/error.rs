//! The error of an unreadable manifest.

use super::VERSION;
use crate::{
    diagnostic::{Diagnostic, Help},
    one_line::is_line_end,
};
use std::fmt;

/// The error of an unreadable manifest.
///
/// `Display` prints the problem and the help. The text contains no control character and no line
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
        let detail = detail
            .as_ref()
            .replace(|c: char| c.is_control() || is_line_end(c), "\u{fffd}");
        let help = "rebuild the artifact; if the error remains, find the build step that changes \
                    the artifact";
        Self::new(ManifestErrorKind::Malformed, detail, help)
    }

    pub(super) fn unsupported(version: u32) -> Self {
        let purpose = "install a cargo-stage that is as new as the artifact's stage-config";
        Self::new(
            ManifestErrorKind::UnsupportedVersion,
            format!(
                "the manifest has version {version}, and versions 1 to {VERSION} are supported"
            ),
            Help::run_to(purpose, "cargo install cargo-stage"),
        )
    }

    fn new(kind: ManifestErrorKind, detail: String, help: impl Into<Help>) -> Self {
        Self(Diagnostic::new(
            kind,
            "the manifest cannot be read",
            detail,
            help,
        ))
    }

    /// Creates an error without serde's message, which would quote the artifact without escapes.
    pub(super) fn json(error: &serde_json::Error) -> Self {
        let problem = match error.classify() {
            serde_json::error::Category::Data => "is not of the expected form",
            _ => "is not JSON",
        };
        Self::malformed(format!(
            "the text of a record {problem} (line {}, column {})",
            error.line(),
            error.column()
        ))
    }

    /// Returns the kind of the error.
    #[must_use]
    pub fn kind(&self) -> ManifestErrorKind {
        self.0.kind
    }

    /// Returns the description of the problem, without the help.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// Returns the help.
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
