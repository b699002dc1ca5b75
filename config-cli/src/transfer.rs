//! Values on their way into a stage: what would be written where, the question, and the writing. For `import` and `copy`.

use std::process::ExitCode;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use stage_config_core::manage::{Access, Depth, NewValue, ReadField, ReadValue, Reading, State, Variables};
use stage_config_core::{FailureKind, PlannedField};

use crate::destination::{Current, Destination, Existing, WriteOptions};
use crate::output::{Tone, toned};
use crate::problem::Problem;
use crate::progress::waiting;
use crate::session::{OneStage, Session};
use crate::{confirm, output, shown};

/// What both verbs are told.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Replace values that are there
    #[arg(long)]
    pub(crate) overwrite: bool,

    /// Write without asking
    #[arg(short, long)]
    pub(crate) yes: bool,

    /// The KMS key of what is new, in place of the stage's
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) kms_key: Option<String>,

    /// Write parameters of more than 4 KB in the advanced tier, which costs money
    #[arg(long)]
    pub(crate) advanced: bool,
}

/// The values that go into a stage.
pub(crate) struct Transfer<'a> {
    session: &'a Session,
    stage: &'a OneStage,
    /// What is there, to tell what is new.
    there: Reading,
    writes: Vec<Write<'a>>,
    /// Fields that are left alone, and why.
    left: Vec<(&'a PlannedField, String)>,
    /// The lines that say what is wrong.
    mistakes: Vec<String>,
}

struct Write<'a> {
    field: &'a PlannedField,
    destination: Destination<'a>,
    value: NewValue,
    current: Current,
}

const UNCHANGED: &str = "unchanged";

impl<'a> Transfer<'a> {
    /// Reads the stage that is written to.
    pub(crate) async fn into(session: &'a Session, stage: &'a OneStage) -> Result<Self, Problem> {
        let what = format!("reading the stage `{}`", stage.name());
        let there = waiting(&what, stage.read(Depth::Values, Variables::OfProcess)).await?;
        Ok(Self { session, stage, there, writes: Vec::new(), left: Vec::new(), mistakes: Vec::new() })
    }

    /// Whether the stage has nothing for a field, from none of its sources. What cannot be told is no lack.
    pub(crate) fn lacks(&self, field: &PlannedField) -> bool {
        self.there(field).is_some_and(|there| match &there.state {
            State::Failed(failure) => failure.kind() == FailureKind::Missing,
            State::Default(_) | State::Absent => true,
            State::Found(_) | State::Unknown => false,
        })
    }

    /// One more value. A mistake is kept, so that all are told at once.
    pub(crate) fn add(&mut self, field: &'a PlannedField, value: NewValue) {
        if self.there(field).is_some_and(|there| holds(there, &value)) {
            return self.skip(field, UNCHANGED);
        }
        match self.destination(field, &value) {
            Ok(destination) => self.add_write(field, destination, value),
            Err(problem) => self.refuse(&problem),
        }
    }

    /// Where a value goes, or why it does not.
    fn destination(&self, field: &'a PlannedField, value: &NewValue) -> Result<Destination<'a>, Problem> {
        if value.bytes().is_empty() {
            let what = format!("`{}` is empty, and no store keeps an empty value: leave it out", field.path());
            return Err(Problem::refused(what));
        }
        let destination = Destination::of(self.session, self.stage, field)?;
        destination.check(value)?;
        Ok(destination)
    }

    fn add_write(&mut self, field: &'a PlannedField, destination: Destination<'a>, value: NewValue) {
        let shown = destination.shown();
        match self.writes.iter().find(|other| other.destination.shown() == shown) {
            Some(other) if other.value.bytes() == value.bytes() => {
                let why = format!("written with `{}`", other.field.path());
                self.skip(field, &why);
            }
            Some(other) => {
                let what = format!("`{}` and `{}` are both {shown}, with two values", field.path(), other.field.path());
                self.mistake(what);
            }
            None => self.writes.push(Write { field, destination, value, current: Current::default() }),
        }
    }

    /// A value of another stage, in the form that the place keeps.
    pub(crate) fn copy(&mut self, field: &'a PlannedField, value: &ReadValue) {
        let there =
            self.there(field).filter(|there| is_there(there) == Some(true)).and_then(|there| match &there.state {
                State::Found(there) => Some(there),
                _ => None,
            });
        let copied =
            Destination::of(self.session, self.stage, field).and_then(|destination| destination.copied(value, there));
        match copied {
            Ok(value) => self.add(field, value),
            Err(problem) => self.refuse(&problem),
        }
    }

    /// The same, if its field is kept where this program writes; else the field is left alone.
    pub(crate) fn copy_if_writable(&mut self, field: &'a PlannedField, value: &ReadValue) {
        match Destination::of(self.session, self.stage, field) {
            Ok(_) => self.copy(field, value),
            Err(_) => self.skip(field, "not written from here"),
        }
    }

    /// A field that is left alone, and said so.
    pub(crate) fn skip(&mut self, field: &'a PlannedField, why: &str) {
        self.left.push((field, why.to_owned()));
    }

    pub(crate) fn mistake(&mut self, what: String) {
        self.mistakes.push(what);
    }

    /// The same, for what is wrong with one field.
    pub(crate) fn refuse(&mut self, problem: &Problem) {
        self.mistakes.extend(problem.lines());
    }

    /// The fields that would be written.
    pub(crate) fn written(&self) -> impl Iterator<Item = &str> {
        self.writes.iter().map(|write| write.field.path())
    }

    fn there(&self, field: &PlannedField) -> Option<&ReadField> {
        self.there.fields.iter().find(|there| there.path == field.path())
    }
}

/// Whether the first source of a field has a value, where that can be told: it is the one that is written.
fn is_there(field: &ReadField) -> Option<bool> {
    match &field.state {
        State::Found(value) => Some(field.sources.first() == Some(&value.source)),
        State::Failed(failure) if failure.kind() == FailureKind::Missing => Some(false),
        State::Default(_) | State::Absent => Some(false),
        State::Failed(_) | State::Unknown => None,
    }
}

/// Whether a load finds this value already, and where it would be written.
fn holds(field: &ReadField, value: &NewValue) -> bool {
    let State::Found(found) = &field.state else { return false };
    is_there(field) == Some(true) && value.is(found, field.value)
}

impl Transfer<'_> {
    /// Shows what would be written, asks, and writes it.
    pub(crate) async fn run(mut self, options: &Options) -> Result<ExitCode, Problem> {
        self.refuse_mistakes()?;
        let access = self.access().await?;
        self.look(access.as_ref()).await?;
        self.show();
        let count = self.writes.len();
        if count == 0 {
            output::talk("there is nothing to write");
            return Ok(ExitCode::SUCCESS);
        }
        let replaced = self.writes.iter().filter(|write| write.current.existing.is_some()).count();
        if replaced > 0 && !options.overwrite {
            return Err(Problem::refused(format!("nothing was written: {replaced} of {count} would be replaced"))
                .remedy("`--overwrite` replaces what is there"));
        }
        let question = format!("Write {} into the stage `{}`?", counted(count), self.stage.name());
        if !options.yes && !confirm::asked(&question).await? {
            return Err(Problem::refused("nothing was written: the answer was no"));
        }
        self.write(access.as_ref(), options).await
    }

    fn refuse_mistakes(&self) -> Result<(), Problem> {
        match self.mistakes.is_empty() {
            true => Ok(()),
            false => Err(Problem::refused([&["nothing was written".to_owned()], self.mistakes.as_slice()].concat())),
        }
    }

    /// Access to AWS, if any of the places needs it.
    async fn access(&self) -> Result<Option<Access>, Problem> {
        for write in &self.writes {
            if let Some(access) = write.destination.access().await? {
                return Ok(Some(access));
            }
        }
        Ok(None)
    }

    /// Looks at every place before the first is written: whether something is there, and whether it may be written.
    async fn look(&mut self, access: Option<&Access>) -> Result<(), Problem> {
        for write in &mut self.writes {
            match write.destination.current(access).await {
                Ok(current) => write.current = current,
                Err(problem) if problem.is_unchecked() => return Err(problem),
                Err(problem) => self.mistakes.extend(problem.lines()),
            }
        }
        self.refuse_mistakes()
    }

    fn show(&self) {
        let mut rows = vec![["FIELD", "WHERE", "CHANGE"].map(str::to_owned)];
        for field in self.stage.plan.planned() {
            let change = match self.writes.iter().find(|write| write.field.path() == field.path()) {
                Some(Write { current: Current { existing: None, .. }, .. }) => toned(Tone::Good, "new"),
                Some(Write { current: Current { existing: Some(existing), .. }, .. }) => {
                    toned(Tone::Doubtful, replaced(existing))
                }
                None => match self.left.iter().find(|(left, _)| left.path() == field.path()) {
                    Some((_, why)) => toned(Tone::Faint, why),
                    None => continue,
                },
            };
            let place = field.chain().first().map(|first| field.shown(first)).unwrap_or_default();
            rows.push([field.path().to_owned(), shown::source(&place).to_owned(), change]);
        }
        if rows.len() > 1 {
            output::table(&rows);
        }
        for Write { destination, current, .. } in &self.writes {
            let notes = [destination.chain_note(), destination.shared_note(), current.note.clone()];
            for note in notes.into_iter().flatten() {
                output::talk(&format!("note: {note}"));
            }
        }
    }

    /// Writes one after another, and says what became of each.
    async fn write(&self, access: Option<&Access>, options: &Options) -> Result<ExitCode, Problem> {
        let Options { overwrite, kms_key, advanced, .. } = options;
        let how = WriteOptions { overwrite: *overwrite, kms_key: kms_key.clone(), advanced: *advanced };
        let (mut failed, mut lines) = (0, Vec::new());
        for Write { field, destination, value, .. } in &self.writes {
            match destination.write(access, value, &how).await {
                Ok(written) => {
                    let version = written.version.map(|version| format!(", version {version}")).unwrap_or_default();
                    output::talk(&format!("{} is written: {}{version}", field.path(), destination.shown()));
                    written.notes.iter().for_each(|note| output::talk(&format!("note: {note}")));
                }
                Err(problem) => {
                    failed += 1;
                    lines.extend(problem.after(&format!("{}: ", field.path())).lines());
                }
            }
        }
        if failed == 0 {
            return Ok(ExitCode::SUCCESS);
        }
        lines.insert(0, format!("not written: {failed} of {}", counted(self.writes.len())));
        Err(Problem::refused(lines).remedy("run it again when that is mended: what is there already is left alone"))
    }
}

fn replaced(existing: &Existing) -> String {
    let version = existing.version.as_ref().map(|version| format!(", version {version}")).unwrap_or_default();
    format!("replaces a {}{version}", existing.kind)
}

fn counted(count: usize) -> String {
    if count == 1 { "1 value".to_owned() } else { format!("{count} values") }
}
