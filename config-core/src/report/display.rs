//! The report as text.

use super::{CallReport, FieldReport, Origin, Platform, RefreshReport, Report};
use crate::{failure::write_failures, one_line::OneLine};
use std::fmt::{self, Write as _};

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "configuration `{}`, stage `{}`", self.config, self.stage)?;
        if let Platform::Emulator(evidence) = self.platform {
            write!(f, " (EMULATOR of Lambda: {evidence})")?;
        }
        if self.before_restore {
            f.write_str(" (BEFORE RESTORE: the snapshot of SnapStart may contain the values)")?;
        }
        if self.fallback {
            f.write_str(" (not declared: FALLBACK sources)")?;
        }
        if let Some(local) = &self.local {
            write!(
                OneLine(&mut *f),
                " (LOCAL: {local} replaces every remote store)"
            )?;
        }
        if !self.overrides.is_empty() {
            let names: Vec<&str> = self
                .overrides
                .iter()
                .map(|one| one.variable.as_str())
                .collect();
            write!(OneLine(&mut *f), " (CHANGED by {})", names.join(", "))?;
        }
        writeln!(f)?;

        self.write_fields(f)?;

        if !self.withheld.is_empty() {
            let (fields, reason) = (
                self.withheld.join(", "),
                "a type of the program's own may hold a secret",
            );
            writeln!(
                f,
                "  not passed to Figment: {fields} ({reason}; `#[config(plain)]` declares that it \
                 holds none)"
            )?;
        }

        for call in &self.calls {
            write!(OneLine(&mut *f), "  {call}")?;
            writeln!(f)?;
        }

        if let Some(snapshot) = &self.snapshot {
            writeln!(f, "  {snapshot}")?;
        }

        if let Some(refresh) = &self.refresh {
            write!(OneLine(&mut *f), "  {refresh}")?;
            write_failures(f, &refresh.failures)?;
            writeln!(f)?;
        }

        if self.failures.is_empty() {
            return Ok(());
        }
        write_failures(f, &self.failures)?;
        writeln!(f)
    }
}

impl Report {
    /// Writes one line for each field, in columns.
    fn write_fields(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<[String; 3]> = self.fields.iter().map(FieldReport::to_row).collect();
        let width = |column: usize| {
            rows.iter()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or_default()
        };
        let (first, second) = (width(0), width(1));
        for [field, origin, source] in &rows {
            write!(
                OneLine(&mut *f),
                "{}",
                format!("  {field:first$}  {origin:second$}  {source}").trim_end()
            )?;
            writeln!(f)?;
        }
        Ok(())
    }
}

impl FieldReport {
    fn to_row(&self) -> [String; 3] {
        let secret = if self.secret { " (secret)" } else { "" };
        let version = self
            .version
            .as_ref()
            .map(|version| format!(" (version {version})"))
            .unwrap_or_default();
        let source = self
            .source
            .as_ref()
            .map(|source| format!("{source}{version}"))
            .unwrap_or_default();
        // A variable that sets a field is already shown as the field's source.
        let variable = self
            .variable
            .as_ref()
            .filter(|_| self.origin != Origin::Set);
        let variable = variable
            .map(|name| format!(" (by {name})"))
            .unwrap_or_default();
        let source = format!("{source}{variable}");
        [
            format!("{}{secret}", self.field),
            self.origin.to_string(),
            source,
        ]
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source => f.write_str("source"),
            Self::Local => f.write_str("local"),
            Self::Snapshot => f.write_str("snapshot"),
            Self::Set => f.write_str("set"),
            Self::Override => f.write_str("override"),
            Self::Defaults => f.write_str("defaults"),
            Self::Composed => f.write_str("composed"),
            Self::Default => f.write_str("default"),
            Self::Unset => f.write_str("nothing"),
            Self::Failed(kind) => write!(f, "FAILED: {kind}"),
        }
    }
}

impl fmt::Display for RefreshReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let times = |count: u64| {
            if count == 1 {
                "once".to_owned()
            } else {
                format!("{count} times")
            }
        };
        match (self.succeeded, self.failed) {
            (0, 0) => f.write_str("not refreshed"),
            (succeeded, 0) => write!(f, "refreshed {}", times(succeeded)),
            (_, failed) => {
                write!(
                    f,
                    "NOT REFRESHED, failed {}: the last good values are served",
                    times(failed.into())
                )?;
                self.reason
                    .as_ref()
                    .map_or(Ok(()), |reason| write!(f, ". {reason}"))
            }
        }
    }
}

impl fmt::Display for CallReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = if self.names.len() == 1 {
            "name"
        } else {
            "names"
        };
        write!(
            f,
            "{} {}: {} {names}, {:.1} ms",
            self.scheme,
            self.operation,
            self.names.len(),
            self.elapsed.as_secs_f64() * 1e3
        )?;
        match self.retries {
            0 => Ok(()),
            1 => f.write_str(", 1 retry"),
            retries => write!(f, ", {retries} retries"),
        }
    }
}
