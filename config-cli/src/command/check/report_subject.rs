//! What a report is about: the programs of a workspace, and their configuration.

use serde::Serialize;

use super::report::{CheckReport, StageCheck};

/// A program of a workspace that loads a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct ProgramName {
    pub(super) package: String,
    pub(super) name: String,
    pub(super) example: bool,
}

/// A report, and what it is about.
pub(super) struct ReportSubject<'a> {
    /// The programs; empty if only one configuration is checked.
    pub(super) programs: Vec<String>,
    /// The name of the configuration, unique in its program.
    pub(super) config: &'a str,
    pub(super) report: &'a CheckReport,
}

impl ProgramName {
    /// Returns `api` of the package `payments` as `payments/api`.
    pub(super) fn display(&self) -> String {
        let suffix = if self.example { " (example)" } else { "" };
        if self.package == self.name {
            format!("{}{suffix}", self.name)
        } else {
            format!("{}/{}{suffix}", self.package, self.name)
        }
    }
}

impl ReportSubject<'_> {
    /// Returns the title of a stage. It is `prod` if one configuration is checked, and
    /// `payments/api, Config, prod` in a workspace.
    pub(super) fn stage_title(&self, stage: &StageCheck) -> String {
        self.title(&stage.stage)
    }

    /// Returns the title of a part of the report.
    pub(super) fn title(&self, part: &str) -> String {
        let programs = match self.programs.as_slice() {
            [] => return part.to_owned(),
            [only] => only.clone(),
            [first, others @ ..] => format!("{first} and {} more", others.len()),
        };
        [programs.as_str(), self.config, part]
            .iter()
            .filter(|text| !text.is_empty())
            .copied()
            .collect::<Vec<_>>()
            .join(", ")
    }
}
