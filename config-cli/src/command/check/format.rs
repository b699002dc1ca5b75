//! The output formats of a check.

use clap::ValueEnum;

use super::report::CheckReport;
use super::report_subject::ReportSubject;
use super::summary::format_summary;
use super::{github, markdown, table};
use crate::error::CliError;
use crate::output;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// Tables for a person
    Text,
    /// JSON, for programs
    Json,
    /// Annotations of a GitHub Actions job: errors, and warnings for what is not verified
    Github,
    /// A table for the summary of a GitHub Actions job: >> "$GITHUB_STEP_SUMMARY"
    Markdown,
}

impl CheckFormat {
    /// Prints the report of one configuration.
    pub(super) fn print(self, report: &CheckReport) -> Result<(), CliError> {
        match self {
            Self::Text => table::print(report),
            Self::Json => output::print_json(report),
            Self::Github | Self::Markdown => self.print_for_job(&[ReportSubject {
                programs: Vec::new(),
                config: report.config,
                report,
            }]),
        }
    }

    /// Prints these reports for a job of GitHub Actions.
    pub(super) fn print_for_job(self, subjects: &[ReportSubject<'_>]) -> Result<(), CliError> {
        if self == Self::Github {
            github::print(subjects)?;
        } else {
            output::print_document(&markdown::render(subjects))?;
        }
        let reports: Vec<&CheckReport> = subjects.iter().map(|subject| subject.report).collect();
        output::eprint_line(&format_summary(&reports));
        Ok(())
    }
}
