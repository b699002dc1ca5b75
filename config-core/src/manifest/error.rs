//! Why a section is not read.

use super::VERSION;
use crate::{
    diagnostic::{Diagnostic, Help},
    one_line::is_line_end,
};
use std::fmt;

/// Why the manifest of an artifact cannot be read.
///
/// `Display` says what is wrong, and the help. It holds no control character and no line end, so that an artifact that was made for it does
/// nothing to a terminal.
#[derive(Clone, PartialEq, Eq)]
pub struct ManifestError(Diagnostic<ManifestErrorKind>);

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
        // Some of it was said by others, who quote what they refuse as it is.
        let detail = detail.as_ref().replace(|c: char| c.is_control() || is_line_end(c), "\u{fffd}");
        let help = "build the artifact again; if that does not help, look at what changes it after the build";
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
        self.0.kind
    }

    /// What is wrong, without the help.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// What the user should do about it.
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
