//! What a report is about: the programs of a workspace, and their configuration.

use super::report::{CheckReport, StageCheck};

/// A report, with the programs and the configuration that it is about.
pub(super) struct ReportSubject<'a> {
    /// The programs; empty without `--workspace`.
    pub(super) programs: Vec<String>,
    /// The name of the configuration, unique in its program.
    pub(super) config: &'a str,
    pub(super) report: &'a CheckReport,
}

impl ReportSubject<'_> {
    /// Returns the title of a stage: `payments/api, Config, prod`, or `prod` without `--workspace`.
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
