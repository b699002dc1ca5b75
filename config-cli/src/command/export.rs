//! `cargo stage export`: the values of a stage, as a file or on standard output.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use stage_config_core::manage::{Depth, Variables};

use crate::args::{ArtifactArguments, IdentityArguments};
use crate::format::{Entry, Format};
use crate::names::{Names, NamingArguments};
use crate::problem::Problem;
use crate::session::Session;
use crate::values::{Held, Need, Values, Why, say};
use crate::{interrupt, output, private_file};

const ABOUT: &str = "\
Write the values of a stage: dotenv, JSON, YAML, or for a shell.

Every value is the text that is stored, also a number: what it means is the type's to say. In JSON and YAML nested structs are \
objects; in dotenv and for a shell the variable of the field `mail.password` is MAIL_PASSWORD. Bytes that are no text are \
written in base64.

A terminal is shown no secret without --reveal; a pipe and a file get all. A file is made for its owner alone (mode 0600).";

const STATUS: &str = "\
Exit status:
  0    written
  1    refused, or the stage is incomplete: nothing was written
  2    wrong usage, or the stage could not be read
  130  interrupted, and nothing was written";

/// Write the values of a stage: dotenv, JSON, YAML, or for a shell
#[derive(Debug, Args)]
#[command(long_about = ABOUT, after_help = STATUS)]
pub(crate) struct Export {
    /// The stage
    #[arg(long)]
    pub(crate) stage: String,

    /// The format; without it the one that the name of the file tells, else dotenv
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,

    /// The file to write; without it the values go to standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Replace a file that exists
    #[arg(long, requires = "output")]
    pub(crate) overwrite: bool,

    /// Show secrets on a terminal
    #[arg(long)]
    pub(crate) reveal: bool,

    /// Leave out required fields that have no value, instead of writing nothing
    #[arg(long)]
    pub(crate) incomplete: bool,

    #[command(flatten)]
    pub(crate) naming: NamingArguments,

    #[command(flatten)]
    pub(crate) identity: IdentityArguments,

    #[command(flatten)]
    pub(crate) artifact: ArtifactArguments,
}

pub(crate) async fn run(arguments: Export) -> Result<ExitCode, Problem> {
    if let Some(path) = &arguments.output {
        private_file::check(path, arguments.overwrite)?;
    }
    let of_name = arguments.output.as_deref().and_then(Format::of_file);
    let format = arguments.format.or(of_name).unwrap_or(Format::Dotenv);
    let session = Session::open(&arguments.artifact)?;
    let stage = session.stage(&arguments.stage, &arguments.identity)?;
    let names = names(&arguments.naming, format, stage.plan.fields())?;
    names.check_stage_variable(stage.plan.schema().stage_variable())?;
    let reading = stage.read(Depth::Values, Variables::OfProcess).await?;
    let need = if arguments.incomplete { Need::WhatThereIs } else { Need::Readable };
    let mut values = Values::of(&reading, &stage.plan, need, |_| false)?;
    if format.has_variables() && arguments.artifact.artifact.is_some() {
        values.leave_out_code(|path| names.is_chosen(path));
    }
    let hidden = if shows_secrets(&arguments) { 0 } else { hide_secrets(&mut values.held) };
    let entries: Vec<Entry<'_>> = values.held.iter().map(|held| Entry::new(&held.path, &names, &held.text)).collect();
    let written = format.write(&entries)?;

    match &arguments.output {
        Some(path) => {
            let content = written.text.as_bytes();
            interrupt::whole(async { private_file::write(path, content, arguments.overwrite) }).await?;
            output::talk(&format!("{}: {} values of the stage `{}`", path.display(), entries.len(), stage.name()));
        }
        None => output::value(written.text.as_bytes())?,
    }
    written.notes.iter().for_each(|note| output::talk(note));
    if hidden > 0 {
        output::talk(&format!("note: secrets that are not shown on a terminal: {hidden}; `--reveal` shows them"));
    }
    values.say_encoded();
    values.say_left_out_code();
    say("note: left out, since the default is the program's own", values.without(Why::Default));
    say("note: left out, since only the program can ask its own store", values.without(Why::Unknown));
    say("note: left out, since they are missing", values.without(Why::Missing));
    Ok(ExitCode::SUCCESS)
}

/// Names of variables, where the format has them: a field that cannot be one does not keep JSON from being written.
fn names<'a>(
    arguments: &NamingArguments,
    format: Format,
    paths: impl Iterator<Item = &'a str>,
) -> Result<Names, Problem> {
    let given = !arguments.prefix.is_empty() || !arguments.names.is_empty();
    match format.has_variables() {
        true => Names::to_set(paths, arguments),
        false if given => Err(Problem::unchecked("--prefix and --name are for variables: dotenv and shell")
            .remedy("leave them out: in JSON and YAML a field keeps its own name")),
        false => Ok(Names::none()),
    }
}

fn shows_secrets(arguments: &Export) -> bool {
    arguments.reveal || arguments.output.is_some() || !output::data_is_watched()
}

/// Takes the secrets out, and says how many there were.
fn hide_secrets(held: &mut Vec<Held>) -> usize {
    let before = held.len();
    held.retain(|held| !held.secret);
    before - held.len()
}
