//! `cargo stage copy`: values of one stage, into another one.

use std::process::ExitCode;

use clap::Args;
use stage_config_core::manage::{Depth, ReadField, Reading, State, Variables};
use stage_config_core::{FailureKind, PlannedField};
use stage_config_grammar::suggest;

use crate::args::{ArtifactArguments, IdentityArguments};
use crate::lines::Lines;
use crate::problem::Problem;
use crate::progress::waiting;
use crate::session::{OneStage, Session};
use crate::shown;
use crate::transfer::{Options, Transfer};
use crate::values::say;

const ABOUT: &str = "\
Copy values from one stage into another: those that the other lacks, or the fields that are named.

Each stage is worked on with its own identity, as Cargo.toml has it in [package.metadata.stage.STAGE]. What would be written is \
shown, without a value, and asked about.

Secrets are left out without --secrets: a secret that two stages share is one that a leak of the lesser stage gives away, \
and `cargo stage check` and `diff` warn of it.";

const STATUS: &str = "\
Exit status:
  0    written, or nothing was to be written
  1    refused, or not everything could be written: what was is said
  2    wrong usage, or one of the stages could not be read
  130  interrupted: what was changed is said";

/// Copy values from one stage into another, without showing them
#[derive(Debug, Args)]
#[command(long_about = ABOUT, after_help = STATUS)]
pub(crate) struct Copy {
    /// The stage that is read
    #[arg(value_name = "FROM")]
    pub(crate) from: String,

    /// The stage that is written
    #[arg(value_name = "TO")]
    pub(crate) to: String,

    /// These fields alone; without them, all that the other stage lacks
    #[arg(value_name = "FIELD")]
    pub(crate) fields: Vec<String>,

    /// Copy secrets too
    #[arg(long)]
    pub(crate) secrets: bool,

    #[command(flatten)]
    pub(crate) options: Options,

    #[command(flatten)]
    pub(crate) artifact: ArtifactArguments,
}

pub(crate) async fn run(arguments: Copy) -> Result<ExitCode, Problem> {
    if arguments.options.overwrite && arguments.fields.is_empty() {
        return Err(Problem::unchecked("--overwrite needs the fields that it is for: no stage is replaced as a whole")
            .remedy("name them: cargo stage copy FROM TO FIELD… --overwrite"));
    }
    let session = Session::open(&arguments.artifact)?;
    let own = IdentityArguments::default();
    let (from, to) = (session.stage(&arguments.from, &own)?, session.stage(&arguments.to, &own)?);
    if from.name() == to.name() {
        return Err(Problem::unchecked(format!("`{}` is one stage, and a copy needs two", from.name())));
    }
    check_fields(&from, &arguments)?;
    let what = format!("reading the stage `{}`", from.name());
    let reading = waiting(&what, from.read(Depth::Values, Variables::OfProcess)).await?;
    let mut transfer = Transfer::into(&session, &to).await?;
    let copy = CopyOf { from: &from, to: &to, reading: &reading, arguments: &arguments };
    for field in copy.to.plan.planned() {
        copy.add(field, &mut transfer);
    }
    let is_secret = |path: &&str| reading.fields.iter().any(|field| field.path == *path && field.is_secret());
    let shared: Vec<String> = transfer.written().filter(is_secret).map(str::to_owned).collect();
    let ended = transfer.run(&arguments.options).await?;
    let both = format!("note: secrets that `{}` and `{}` share, which `check` warns of", from.name(), to.name());
    say(&both, shared.iter().map(String::as_str));
    Ok(ended)
}

/// Fields that there are, and secrets only with `--secrets`.
fn check_fields(from: &OneStage, arguments: &Copy) -> Result<(), Problem> {
    let known: Vec<&str> = from.plan.fields().collect();
    let unknown = arguments.fields.iter().filter(|wanted| !known.contains(&wanted.as_str()));
    let mistakes: Vec<String> = unknown.map(|wanted| shown::unknown("field", wanted, &known)).collect();
    if !mistakes.is_empty() {
        return Err(Problem::unchecked(mistakes));
    }
    let named = from.plan.planned().iter().filter(|field| arguments.fields.iter().any(|wanted| wanted == field.path()));
    let secrets: Vec<&str> = named.filter(|field| field.is_secret()).map(PlannedField::path).collect();
    match arguments.secrets || secrets.is_empty() {
        true => Ok(()),
        false => Err(Problem::refused(format!("secret: {}", suggest::list(&secrets))).remedy(SECRETS)),
    }
}

const SECRETS: &str =
    "`--secrets` copies secrets; better give every stage its own: cargo stage set FIELD --stage STAGE";

struct CopyOf<'a> {
    from: &'a OneStage,
    to: &'a OneStage,
    reading: &'a Reading,
    arguments: &'a Copy,
}

impl<'a> CopyOf<'a> {
    /// What is to become of a field of the other stage.
    fn add(&self, field: &'a PlannedField, transfer: &mut Transfer<'a>) {
        let named = self.arguments.fields.iter().any(|wanted| wanted == field.path());
        let all = self.arguments.fields.is_empty();
        if !named && !all {
            return;
        }
        let lacks = transfer.lacks(field);
        if all && !lacks {
            return;
        }
        let Some(source) = self.reading.fields.iter().find(|read| read.path == field.path()) else { return };
        let State::Found(value) = &source.state else {
            return self.without(field, source, named, transfer);
        };
        if all && source.is_secret() && !self.arguments.secrets {
            transfer.skip(field, "a secret: `--secrets` copies it");
        } else if source.is_secret() && !self.arguments.secrets {
            // Named, and of unknown secrecy: only the value tells that it is a secret.
            transfer.mistake(format!(
                "`{}` is a secret where `{}` keeps it: {SECRETS}",
                field.path(),
                self.from.name()
            ));
        } else if self.same_place(field, &value.source) {
            transfer.skip(field, "both stages have it from there");
        } else if all {
            transfer.copy_if_writable(field, value);
        } else {
            transfer.copy(field, value);
        }
    }

    /// There is nothing to copy: an error where the field is named or could not be read.
    fn without(&self, field: &'a PlannedField, source: &ReadField, named: bool, transfer: &mut Transfer<'a>) {
        let from = self.from.name();
        match &source.state {
            State::Failed(failure) if named || failure.kind() != FailureKind::Missing => {
                let problem = Problem::refused(Lines::of_library(failure));
                transfer.refuse(&problem.after(&format!("in the stage `{from}`: ")));
            }
            State::Default(_) if named => transfer.mistake(format!(
                "`{}` has no value in the stage `{from}`: the program's default applies there",
                field.path()
            )),
            State::Absent | State::Unknown if named => {
                transfer.mistake(format!("`{}` has no value in the stage `{from}`", field.path()));
            }
            State::Default(_) | State::Absent => {}
            _ => transfer.skip(field, &format!("`{from}` has no value for it")),
        }
    }

    /// Whether the other stage reads the very value that would be copied.
    fn same_place(&self, field: &PlannedField, source: &str) -> bool {
        let first = field.chain().first().is_some_and(|first| first.to_string() == source);
        let place = |stage: &OneStage| {
            let settings = stage.settings.clone();
            [settings.account, settings.region, settings.profile, settings.role_arn]
        };
        first && place(self.from) == place(self.to)
    }
}
