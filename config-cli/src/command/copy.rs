//! `cargo stage copy`: copies values from one stage to another.

use std::process::ExitCode;

use clap::Args;
use stage_config_core::manage::{FieldState, ReadField, ReadMode, ReadStage, VariableSource};
use stage_config_core::{FailureKind, PlannedField};
use stage_config_grammar::source::Source;
use stage_config_grammar::suggest;

use crate::args::{ArtifactArguments, IdentityArguments};
use crate::error::CliError;
use crate::progress::wait_with_progress;
use crate::read_values::print_names;
use crate::session::{Session, StageSession};
use crate::transfer::{Transfer, TransferOptions};
use crate::{help, redact};

const ABOUT: &str = "\
Copy values from one stage to another: the given fields, or all fields that the other stage lacks.

Each stage uses its own credentials, as in [package.metadata.stage.STAGE] of Cargo.toml. The \
command lists what it would write, without values, and asks for confirmation.

Secrets are copied only with --secrets. If two stages share a secret, a leak in the less protected \
stage exposes the other one; `cargo stage check` and `diff` warn about it.";

const STATUS: &str = "\
Exit status:
  0    written, or there was nothing to write
  1    refused, or only a part was written; the output lists it
  2    wrong usage, or a stage could not be read
  130  interrupted; the output lists what was changed";

/// Copy values from one stage to another, without showing them
#[derive(Debug, Args)]
#[command(long_about = ABOUT, after_help = STATUS)]
pub(crate) struct CopyArguments {
    /// The stage to read
    #[arg(value_name = "FROM")]
    pub(crate) from: String,

    /// The stage to write
    #[arg(value_name = "TO")]
    pub(crate) to: String,

    /// Copy only these fields. Default: all fields that the other stage lacks
    #[arg(value_name = "FIELD")]
    pub(crate) fields: Vec<String>,

    /// Copy secrets too
    #[arg(long)]
    pub(crate) secrets: bool,

    #[command(flatten)]
    pub(crate) options: TransferOptions,

    #[command(flatten)]
    pub(crate) artifact: ArtifactArguments,
}

pub(crate) async fn run(arguments: CopyArguments) -> Result<ExitCode, CliError> {
    if arguments.options.overwrite && arguments.fields.is_empty() {
        return Err(CliError::undetermined(
            "--overwrite needs the names of the fields: the command does not replace a whole stage",
        )
        .with_help("name them: cargo stage copy FROM TO FIELD… --overwrite"));
    }
    let session = Session::open(&arguments.artifact)?;
    let own = IdentityArguments::default();
    let (from, to) = (session.plan_stage(&arguments.from, &own)?, session.plan_stage(&arguments.to, &own)?);
    if from.name() == to.name() {
        return Err(
            CliError::undetermined(format!("both stages are `{}`", from.name())).with_help("name two different stages")
        );
    }
    check_fields(&from, &arguments)?;
    let what = format!("reading the stage `{}`", from.name());
    let reading = wait_with_progress(&what, from.read(ReadMode::Values, VariableSource::Process)).await?;
    let mut transfer = Transfer::open(&session, &to).await?;
    let copy = CopyJob { from: &from, to: &to, reading: &reading, arguments: &arguments };
    for field in copy.to.plan.planned_fields() {
        copy.add_field(field, &mut transfer);
    }
    let is_secret = |path: &&str| reading.fields.iter().any(|field| field.planned.path() == *path && field.is_secret());
    let shared: Vec<String> = transfer.written_fields().filter(is_secret).map(str::to_owned).collect();
    let ended = transfer.run(&arguments.options).await?;
    let both = format!("note: secrets that `{}` and `{}` share, which `check` warns about", from.name(), to.name());
    print_names(&both, shared.iter().map(String::as_str));
    Ok(ended)
}

/// Checks that the fields exist, and that secrets are only copied with `--secrets`.
fn check_fields(from: &StageSession, arguments: &CopyArguments) -> Result<(), CliError> {
    let known: Vec<&str> = from.plan.fields().collect();
    let unknown = arguments.fields.iter().filter(|wanted| !known.contains(&wanted.as_str()));
    let mistakes: Vec<String> = unknown.map(|wanted| redact::unknown_name_message("field", wanted, &known)).collect();
    if !mistakes.is_empty() {
        return Err(CliError::undetermined(mistakes));
    }
    let named =
        from.plan.planned_fields().iter().filter(|field| arguments.fields.iter().any(|wanted| wanted == field.path()));
    let secrets: Vec<&str> = named.filter(|field| field.is_secret()).map(PlannedField::path).collect();
    if arguments.secrets || secrets.is_empty() {
        Ok(())
    } else {
        Err(CliError::failed(format!("secret: {}", suggest::format_list(&secrets))).with_help(SECRETS_HELP))
    }
}

const SECRETS_HELP: &str =
    "`--secrets` copies secrets; it is safer to give each stage its own: cargo stage set FIELD --stage STAGE";

struct CopyJob<'a> {
    from: &'a StageSession,
    to: &'a StageSession,
    reading: &'a ReadStage,
    arguments: &'a CopyArguments,
}

impl<'a> CopyJob<'a> {
    /// Adds, skips or refuses a field of the other stage.
    fn add_field(&self, field: &'a PlannedField, transfer: &mut Transfer<'a>) {
        let named = self.arguments.fields.iter().any(|wanted| wanted == field.path());
        let all = self.arguments.fields.is_empty();
        if !named && !all {
            return;
        }
        let lacks = transfer.is_missing(field);
        if all && !lacks {
            return;
        }
        let Some(source) = self.reading.fields.iter().find(|read| read.planned.path() == field.path()) else { return };
        let FieldState::Found(value) = &source.state else {
            return self.handle_missing_value(field, source, named, transfer);
        };
        if all && source.is_secret() && !self.arguments.secrets {
            transfer.skip(field, "a secret: `--secrets` copies it");
        } else if source.is_secret() && !self.arguments.secrets {
            // The secrecy of a named field may be unknown until its value is read.
            transfer.add_mistake(format!(
                "`{}` is a secret in the stage `{}`: {SECRETS_HELP}",
                field.path(),
                self.from.name()
            ));
        } else if self.has_same_source(field, &value.source) {
            transfer.skip(field, "both stages read this source");
        } else if all {
            transfer.copy_if_writable(field, value);
        } else {
            transfer.copy(field, value);
        }
    }

    /// Handles a field without a value: an error if the field is named or could not be read.
    fn handle_missing_value(
        &self,
        field: &'a PlannedField,
        source: &ReadField,
        named: bool,
        transfer: &mut Transfer<'a>,
    ) {
        let from = self.from.name();
        match &source.state {
            FieldState::Failed(failure) if named || failure.kind() != FailureKind::Missing => {
                let problem = CliError::failed(failure.message()).within(&format!("in the stage `{from}`"));
                transfer.refuse(&problem.with_help(help::for_failure(from, &source.planned, failure)));
            }
            FieldState::Default(_) if named => transfer.add_mistake(format!(
                "`{}` has no value in the stage `{from}`: the program's default applies there",
                field.path()
            )),
            FieldState::Unset | FieldState::Undecided if named => {
                transfer.add_mistake(format!("`{}` has no value in the stage `{from}`", field.path()));
            }
            FieldState::Default(_) | FieldState::Unset => {}
            _ => transfer.skip(field, &format!("`{from}` has no value for it")),
        }
    }

    /// Returns whether both stages read the same value.
    fn has_same_source(&self, field: &PlannedField, source: &Source) -> bool {
        let place = |stage: &StageSession| {
            let settings = stage.settings.clone();
            [settings.account, settings.region, settings.profile, settings.role_arn]
        };
        field.chain().first() == Some(source) && place(self.from) == place(self.to)
    }
}
