//! The error as text.

use super::Error;
use crate::{diagnostic::Diagnostic, failure::write_failures, one_line::OneLine};
use std::fmt::{self, Write as _};

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Diagnostic {
            kind,
            subject: config,
            detail,
            help,
        } = &self.0.diagnostic;
        let stage = self
            .0
            .stage
            .as_ref()
            .map(|stage| format!(", stage `{stage}`"))
            .unwrap_or_default();
        let subject = if config.is_empty() {
            String::new()
        } else {
            format!("configuration `{config}`{stage}")
        };
        write!(
            f,
            "{}",
            Diagnostic::new(kind, subject, detail, help.clone())
        )?;
        for mistake in &self.0.mistakes {
            f.write_str("\n")?;
            write!(OneLine(&mut *f), "  {mistake}")?;
        }

        write_failures(f, &self.0.failures)?;
        self.0.snapshots.iter().try_for_each(|snapshot| {
            if !snapshot.is_used() {
                write!(f, "\n  {snapshot}")
            } else {
                let path = &snapshot.path;
                f.write_str("\n")?;
                let problem = "was opened, but does not contain these fields, because a load \
                               always requests them from the stores";
                write!(OneLine(&mut *f), "  the snapshot {path} {problem}")
            }
        })
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
