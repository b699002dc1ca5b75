//! `cargo stage copy`: copies values from one stage to another.

use std::process::ExitCode;

use clap::Args;
use stage_config_core::manage::{FieldState, ReadField, ReadMode, ReadStage, VariableSource};
use stage_config_core::{FailureKind, Help, PlannedField};
use stage_config_grammar::source::{Address, Source};
use stage_config_grammar::suggest;

use crate::args::{ArtifactArguments, IdentityArguments};
use crate::error::CliError;
use crate::progress::wait_with_progress;
use crate::read_values::{check_read, print_names};
use crate::sealed_source::StageSource;
use crate::session::{Connections, Session, StageSession};
use crate::transfer::{Transfer, TransferOptions};
use crate::{help, invocation, redact};

const ABOUT: &str = "\
Copy values from the stage FROM to the stage TO: the given fields, or all fields that have no \
value in TO.

Each stage uses the profile or role that [package.metadata.stage.STAGE] of Cargo.toml names. The \
command lists what it would write, without values, and asks for confirmation.

Secrets are copied only with --secrets. If two stages share a secret, a leak in the less protected \
stage exposes the other one; `cargo stage check` and `diff` warn about it.";

const STATUS: &str = "\
Exit status:
  0    written, or there was nothing to write
  1    refused, or only a part was written; the output lists what was written
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

    /// Copy only these fields. Default: all fields that have no value in TO
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
        .with_help(Help::run_to(
            "name them",
            format!(
                "cargo stage copy {} {} FIELD --overwrite",
                invocation::quote(&arguments.from),
                invocation::quote(&arguments.to)
            ),
        )));
    }
    let session = Session::open(&arguments.artifact)?;
    let identity = IdentityArguments::default();
    let (from, to) = (
        session.plan_stage(&arguments.from, &identity)?,
        session.plan_stage(&arguments.to, &identity)?,
    );
    if from.name() == to.name() {
        return Err(
            CliError::undetermined(format!("both stages are `{}`", from.name()))
                .with_help("name two different stages"),
        );
    }
    check_fields(&from, &arguments)?;

    let mut connections = Connections::default();
    let (reading, current) = read_stages(&from, &to, &mut connections).await?;
    let mut transfer = Transfer::new(&session, &to, current, connections);
    let job = CopyJob {
        from: &from,
        to: &to,
        reading: &reading,
        arguments: &arguments,
    };
    check_read(&reading, &from, |path| job.needs(path, &transfer))?;
    for field in job.to.plan.planned_fields() {
        job.add_field(field, &mut transfer);
    }
    let is_secret = |path: &&str| {
        reading
            .fields
            .iter()
            .any(|field| field.planned.path() == *path && field.is_secret())
    };
    let shared: Vec<String> = transfer
        .written_fields()
        .filter(is_secret)
        .map(str::to_owned)
        .collect();

    let status = transfer.run(&arguments.options).await?;
    let note = format!(
        "note: secrets that `{}` and `{}` share, which `check` warns about",
        from.name(),
        to.name()
    );
    print_names(&note, shared.iter().map(String::as_str));
    Ok(status)
}

/// Reads both stages concurrently, so that a store that does not answer costs only one timeout.
/// `connections` are the connections of the stage that is written.
async fn read_stages(
    from: &StageSession,
    to: &StageSession,
    connections: &mut Connections,
) -> Result<(ReadStage, ReadStage), CliError> {
    let activity = format!("reading the stages `{}` and `{}`", from.name(), to.name());
    let reads = async {
        tokio::try_join!(
            from.read(ReadMode::Values, VariableSource::Process),
            to.read_over(connections, ReadMode::Values, VariableSource::Process)
        )
    };
    wait_with_progress(&activity, reads).await
}

/// Checks that the named fields exist, and, without `--secrets`, that none of them is secret.
fn check_fields(from: &StageSession, arguments: &CopyArguments) -> Result<(), CliError> {
    let known: Vec<&str> = from.plan.fields().collect();
    let unknown = arguments
        .fields
        .iter()
        .filter(|name| !known.contains(&name.as_str()));
    let mistakes: Vec<String> = unknown
        .map(|name| redact::unknown_field_message(name, &known))
        .collect();
    if !mistakes.is_empty() {
        return Err(CliError::undetermined(mistakes));
    }
    let named = from
        .plan
        .planned_fields()
        .iter()
        .filter(|field| arguments.fields.iter().any(|name| name == field.path()));
    let secrets: Vec<&str> = named
        .filter(|field| field.is_secret())
        .map(PlannedField::path)
        .collect();
    if arguments.secrets || secrets.is_empty() {
        Ok(())
    } else {
        Err(CliError::failed(format!(
            "secrets are not copied: {}",
            suggest::format_list(&secrets)
        ))
        .with_help(secrets_help(&arguments.to)))
    }
}

/// Returns the help for a secret that is not copied to the stage `to`.
fn secrets_help(to: &str) -> Help {
    Help::run_to(
        "`--secrets` copies secrets; it is safer to give each stage its own",
        invocation::field_command("set", "FIELD", to),
    )
}

struct CopyJob<'a> {
    from: &'a StageSession,
    to: &'a StageSession,
    reading: &'a ReadStage,
    arguments: &'a CopyArguments,
}

impl<'a> CopyJob<'a> {
    /// Returns whether the command needs the value of this field, so that it fails if the field
    /// could not be read.
    fn needs(&self, path: &str, transfer: &Transfer<'_>) -> bool {
        let mut fields = self.to.plan.planned_fields().iter();
        fields
            .find(|field| field.path() == path)
            .is_some_and(|field| self.is_included(field, transfer))
    }

    /// Returns whether the command copies the field. If the user named fields, the command copies
    /// these. Otherwise it copies each field that has no value in the stage `to`, or that could not
    /// be read there.
    fn is_included(&self, field: &PlannedField, transfer: &Transfer<'_>) -> bool {
        match self.arguments.fields.as_slice() {
            [] => transfer.is_missing(field) || transfer.is_unread(field),
            names => names.iter().any(|name| name == field.path()),
        }
    }

    /// Adds a field of the stage `to` to the transfer, or skips or refuses it.
    fn add_field(&self, field: &'a PlannedField, transfer: &mut Transfer<'a>) {
        if !self.is_included(field, transfer) {
            return;
        }
        let all = self.arguments.fields.is_empty();
        let Some(read_field) = self
            .reading
            .fields
            .iter()
            .find(|read_field| read_field.planned.path() == field.path())
        else {
            return;
        };
        if field.spec().compose.is_some() {
            if !all {
                let path = field.path();
                transfer.add_mistake(format!("`{path}` is composed of other fields: copy these"));
            }
            return;
        }
        let FieldState::Found(value) = &read_field.state else {
            return self.handle_missing_value(field, read_field, !all, transfer);
        };
        if all && read_field.is_secret() && !self.arguments.secrets {
            transfer.skip(field, "a secret: `--secrets` copies it");
        } else if read_field.is_secret() && !self.arguments.secrets {
            // The secrecy of a named field may be unknown until its value is read. `check_fields`
            // then did not refuse the field.
            transfer.add_mistake(format!(
                "`{}` is a secret in the stage `{}`: {}",
                field.path(),
                self.from.name(),
                invocation::complete(secrets_help(self.to.name()))
            ));
        } else if self.has_same_source(field, &value.source) {
            transfer.skip(field, "both stages read this source");
        } else if all {
            transfer.copy_if_writable(field, value);
        } else {
            transfer.copy(field, value);
        }
    }

    /// Handles a field without a value. This is an error if the user names the field, or if a read
    /// of the field failed.
    fn handle_missing_value(
        &self,
        field: &'a PlannedField,
        read_field: &ReadField,
        named: bool,
        transfer: &mut Transfer<'a>,
    ) {
        let from = self.from.name();
        match &read_field.state {
            FieldState::Failed(failure) if named || failure.kind() != FailureKind::Missing => {
                let problem =
                    CliError::failed(failure.message()).within(&format!("in the stage `{from}`"));
                transfer.add_problem(&problem.with_help(help::for_failure(
                    self.from,
                    &read_field.planned,
                    failure,
                )));
            }
            FieldState::Default(_) if named => transfer.add_mistake(format!(
                "`{}` has no value in the stage `{from}`: the program's default applies there",
                field.path()
            )),
            FieldState::Unset if named => transfer.add_mistake(format!(
                "`{}` has no value in the stage `{from}`",
                field.path()
            )),
            FieldState::Undecided => {
                let sources = redact::display_chain(&read_field.unreachable_sources).join(", ");
                let reason = format!("only the program can read {sources}");
                if named {
                    transfer.add_mistake(format!(
                        "`{}` is not copied from the stage `{from}`: {reason}",
                        field.path()
                    ));
                } else {
                    transfer.skip(field, &reason);
                }
            }
            FieldState::Default(_) | FieldState::Unset => {}
            _ => transfer.skip(field, &format!("the stage `{from}` has no value for it")),
        }
    }

    /// Returns whether the first source of the field in the stage `to` is the same place as
    /// `source` in the stage `from`.
    fn has_same_source(&self, field: &PlannedField, source: &Source) -> bool {
        let first = field.chain().first();
        first.is_some_and(|first| is_same_place((self.from, source), (self.to, first)))
    }
}

/// Returns whether both stages read the same sealed file, or the same source with the same account,
/// region and identity.
fn is_same_place(
    (one, one_source): (&StageSession, &Source),
    (other, other_source): (&StageSession, &Source),
) -> bool {
    let identity = |stage: &StageSession| {
        let settings = stage.settings.clone();
        [
            settings.account,
            settings.region,
            settings.profile,
            settings.role_arn,
        ]
    };
    let locate = |stage, source| StageSource { stage, source };
    let is_sealed = matches!(one_source.address, Address::Sealed { .. });
    locate(one.plan.stage(), one_source).is_same(locate(other.plan.stage(), other_source))
        && (is_sealed || identity(one) == identity(other))
}

#[cfg(test)]
mod tests {
    use stage_config::StageConfig;

    use super::*;

    #[derive(StageConfig)]
    #[stage(dev = "/dev/{field}", prod = "/prod/{field}")]
    #[config(account(dev = "111122223333"))]
    #[allow(dead_code, reason = "only its stages are used")]
    struct Config {
        field: String,
    }

    #[test]
    fn a_sealed_file_is_the_same_in_every_account() {
        let session = Session {
            artifacts: Vec::new(),
            schema: &Config::SCHEMA,
            package: None,
        };
        let [dev, prod] =
            ["dev", "prod"].map(|name| session.plan_stage(name, &Default::default()).unwrap());
        for (dev_text, prod_text, expected) in [
            ("sealed:key", "sealed:key", false),
            ("sealed:prod/key", "sealed:key", true),
            ("sealed:prod/key", "sealed:prod/key", true),
            ("/shop/key", "/shop/key", false),
        ] {
            let [one, other] = [dev_text, prod_text].map(|text| Source::parse(text, &[]).unwrap());
            let is_same = is_same_place((&dev, &one), (&prod, &other));
            assert_eq!(is_same, expected, "{dev_text} {prod_text}");
        }
        let key = Source::parse("/shop/key", &[]).unwrap();
        assert!(is_same_place((&dev, &key), (&dev, &key)));
    }
}
