//! The functions that read an address, as a table or as JSON.

use serde::Serialize;

use super::readers::Reader;
use crate::error::CliError;
use crate::lines::Lines;
use crate::output::{self, Style, styled};

/// The output of `cargo stage who --json`. Its version is 1. New keys, and new words such as
/// `next_deployment`, do not change the version.
#[derive(Debug, Serialize)]
pub(super) struct WhoReport {
    version: u32,
    source: String,
    functions: Vec<FunctionReaders>,
}

/// A function, and its fields that read the address.
#[derive(Debug, Serialize)]
pub(super) struct FunctionReaders {
    pub(super) function: String,
    /// Why the function could not be read, or why its readers may be wrong.
    pub(super) problem: Option<String>,
    pub(super) readers: Vec<Reader>,
}

impl FunctionReaders {
    pub(super) fn unread(function: &str, problem: &CliError) -> Self {
        Self {
            function: function.to_owned(),
            problem: Some(problem.line()),
            readers: Vec::new(),
        }
    }
}

impl WhoReport {
    pub(super) fn new(source: String, functions: Vec<FunctionReaders>) -> Self {
        Self {
            version: 1,
            source,
            functions,
        }
    }

    /// Returns 2 if a function has a problem, because the function may have further fields that
    /// read the address. Otherwise, returns 0.
    pub(super) fn exit_status(&self) -> u8 {
        let is_unread = |function: &FunctionReaders| function.problem.is_some();
        if self.functions.iter().any(is_unread) {
            2
        } else {
            0
        }
    }

    pub(super) fn print(&self) -> Result<(), CliError> {
        let readers = || self.functions.iter().flat_map(|one| &one.readers);
        if readers().next().is_some() {
            let heads = ["FUNCTION", "STAGE", "FIELD", "USES A NEW VALUE"];
            let mut rows = vec![heads.map(|head| Lines::from(styled(Style::Heading, head)))];
            for function in &self.functions {
                for reader in &function.readers {
                    rows.push([
                        function.function.as_str().into(),
                        reader.stage.as_str().into(),
                        reader.field.as_str().into(),
                        reader.new_value.describe().into(),
                    ]);
                }
            }
            output::print_table(&rows)?;
        }
        for function in &self.functions {
            if let Some(problem) = &function.problem {
                output::eprint_line(&format!(
                    "not checked completely: {}: {problem}",
                    function.function
                ));
            }
        }
        let count = self.functions.iter().filter(|one| !one.readers.is_empty());
        output::eprint_line(&match count.count() {
            0 => format!("none of the functions that were read uses {}", self.source),
            1 => format!("1 function reads {}", self.source),
            count => format!("{count} functions read {}", self.source),
        });
        Ok(())
    }
}
