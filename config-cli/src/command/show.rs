//! `cargo stage show`: prints the sources of each field in every stage.

mod markdown;
mod matrix;
mod table;

use std::process::ExitCode;

use clap::Args;

use crate::args::ArtifactArguments;
use crate::error::CliError;
use crate::field_choice::check_field;
use crate::output;
use crate::session::Session;
use matrix::FieldMatrix;

const ABOUT: &str = "\
Show the sources of each field in every stage.

The command sends no request to AWS. The column `fallback` has the sources of undeclared stages, in \
which STAGE means the name of the stage. In a chain of sources, the program reads the first one \
that has a value.";

/// Show the sources of each field in every stage
#[derive(Debug, Args)]
#[command(long_about = ABOUT)]
pub(crate) struct ShowArguments {
    /// Only this field, or the fields of this nested struct, with their documentation
    pub(crate) field: Option<String>,

    /// Only these stages: declared stages, or an undeclared stage such as pr-7
    #[arg(long, value_name = "STAGE")]
    pub(crate) stage: Vec<String>,

    /// Print JSON, for programs
    #[arg(long, conflicts_with = "markdown")]
    pub(crate) json: bool,

    /// Print a table in Markdown, for a repository's documentation
    #[arg(long)]
    pub(crate) markdown: bool,

    #[command(flatten)]
    pub(crate) artifact: ArtifactArguments,
}

pub(crate) fn run(arguments: &ShowArguments) -> Result<ExitCode, CliError> {
    let session = Session::open(&arguments.artifact)?;
    let mut matrix = FieldMatrix::new(&session, &arguments.stage)?;
    if let Some(path) = &arguments.field {
        let prefix = format!("{path}.");
        if !matrix
            .fields
            .iter()
            .any(|field| field.field.starts_with(&prefix))
        {
            check_field(session.schema, path)?;
        }
        matrix
            .fields
            .retain(|field| field.field == *path || field.field.starts_with(&prefix));
    }
    match arguments {
        ShowArguments { json: true, .. } => output::print_json(&matrix)?,
        ShowArguments { markdown: true, .. } => output::print_document(&markdown::render(&matrix))?,
        ShowArguments { field: Some(_), .. } => table::print_fields(&matrix)?,
        _ => table::print_matrix(&matrix)?,
    }
    Ok(ExitCode::SUCCESS)
}
