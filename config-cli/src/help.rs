//! The help for a problem of a field: the command that fixes it, or the help of the library if
//! `cargo stage set` cannot write the field.

use stage_config_core::{Failure, FailureKind, Help, PlannedField};
use stage_config_grammar::source::{Address, Source};

use crate::destination::{
    ADD_SOURCE, NAME_SECRET, WritableSource, WrittenField, find_writable, find_written_field,
};
use crate::invocation;
use crate::session::StageSession;

/// The help for a secret that several stages share.
pub(crate) const SEPARATE_SECRETS: &str = "give each stage its own secret";

/// Returns the help for a failed field: the command that sets the value, if the value is missing
/// and `set` can create it. Otherwise returns the help of the library.
pub(crate) fn for_failure(stage: &StageSession, field: &PlannedField, failure: &Failure) -> Help {
    invocation::complete(match find_creator(stage, field, failure) {
        Some(writer) => writer.source.to_help("", writer.set_command()),
        None => failure.help().clone(),
    })
}

/// Returns the command that asks for each missing value, if `set` can create several of them.
pub(crate) fn for_missing<'a>(
    stage: &StageSession,
    failures: impl Iterator<Item = (&'a PlannedField, &'a Failure)>,
) -> Option<Help> {
    // `set --missing` writes only values of its own stage, and no parameter of a path.
    let is_asked_for = |writer: &FieldWriter<'_>| {
        writer.written.stage == stage.name() && !matches!(writer.source, WritableSource::Path)
    };
    let creators = failures.filter_map(|(field, failure)| find_creator(stage, field, failure));
    if creators.filter(is_asked_for).count() < 2 {
        return None;
    }
    let command = invocation::stage_command("set --missing", stage.name());
    Some(invocation::complete(Help::run_to(
        "to let the command ask for each missing value",
        command,
    )))
}

/// Returns the writer of a field that failed, if the value is missing and `set` can create it.
fn find_creator<'a>(
    stage: &'a StageSession,
    field: &'a PlannedField,
    failure: &Failure,
) -> Option<FieldWriter<'a>> {
    let writer = is_absent(failure.kind()).then(|| FieldWriter::find(stage, field));
    writer
        .flatten()
        .filter(|writer| writer.source.can_be_created())
}

/// Returns the help for a value that does not exist: the command that sets it, or another action if
/// `set` cannot create it.
pub(crate) fn create_value(stage: &StageSession, field: &PlannedField) -> Help {
    let Some(source) = field.chain().first() else {
        return ADD_SOURCE.into();
    };
    match find_writable(source, stage.name(), stage.settings.kms_key.as_deref()) {
        Ok(target) if target.can_be_created() => match FieldWriter::find(stage, field) {
            Some(writer) => target.to_help("", writer.set_command()),
            None => format!("give `{}` its own source in `fallback`", field.path()).into(),
        },
        Ok(_) => NAME_SECRET.into(),
        Err(unwritable) => unwritable.help,
    }
}

/// Returns whether a field failed because its value does not exist.
pub(crate) fn is_absent(kind: FailureKind) -> bool {
    matches!(kind, FailureKind::Missing | FailureKind::NoValue)
}

/// Returns the help for a wrong value from `source`. `help` is the help of the library.
pub(crate) fn replace_value(
    stage: &StageSession,
    field: &PlannedField,
    source: &Source,
    help: &Help,
) -> Help {
    let Some(writer) = FieldWriter::find(stage, field) else {
        return invocation::complete(match &source.address {
            Address::Value(_) => "change the text of `value:` in the struct".into(),
            _ => help.clone(),
        });
    };
    let purpose = match help {
        Help::ChangeValue { expected, .. } => format!("to store {expected}"),
        help => help.to_string(),
    };
    // `set` writes the first source of a chain, which takes precedence over the source of the wrong
    // value.
    let written_source = match field.chain().first() {
        Some(first) if first != source => format!(", in {first}"),
        _ => String::new(),
    };
    let key = find_parameter(source, help).unwrap_or(invocation::ANY_KEY);
    let set = format!("{} --overwrite", writer.command("set", key));
    let purpose = format!("{purpose}{written_source}");
    invocation::complete(writer.source.to_help(&purpose, set))
}

/// If the source reads a path, returns the name of the parameter that has the wrong value, relative
/// to the path. Returns `None` for any other source, or if the help of the library does not name
/// the parameter.
fn find_parameter<'a>(source: &Source, help: &'a Help) -> Option<&'a str> {
    match (&source.address, help) {
        (Address::ParameterPath { path, .. }, Help::ChangeValue { source, .. }) => {
            let name = source.strip_prefix(path.as_str())?.strip_prefix('/')?;
            let name = name.split_once('?').map_or(name, |(name, _)| name);
            (name != "*").then_some(name)
        }
        _ => None,
    }
}

/// Returns the help for a secret in a String parameter, which an update cannot change to a
/// SecureString.
pub(crate) fn encrypt_value(stage: &StageSession, field: &PlannedField, source: &Source) -> Help {
    let replace = "replace the value where it was issued, since others may have read it; then";
    let is_written = field.chain().first() == Some(source);
    match FieldWriter::find(stage, field).filter(|_| is_written) {
        Some(writer) => {
            let [rm, set] = ["rm", "set"].map(|verb| writer.command(verb, invocation::ANY_KEY));
            let command = format!("{rm} && {set}");
            invocation::complete(Help::run_to(replace, command))
        }
        None => format!("{replace} delete {source}, and create a SecureString").into(),
    }
}

/// How `cargo stage set` writes the first source of a field's chain.
struct FieldWriter<'a> {
    stage: &'a StageSession,
    written: WrittenField,
    source: WritableSource<'a>,
}

impl<'a> FieldWriter<'a> {
    /// Returns the writer of the first source, or `None` if `set` does not write this source.
    fn find(stage: &'a StageSession, field: &'a PlannedField) -> Option<Self> {
        let written = find_written_field(stage, field)?;
        let source = find_writable(field.chain().first()?, &written.stage, None).ok()?;
        Some(Self {
            stage,
            written,
            source,
        })
    }

    fn set_command(&self) -> String {
        self.command("set", invocation::ANY_KEY)
    }

    /// Returns the command that runs a verb for the field. `key` is the parameter, if the field
    /// reads a path.
    fn command(&self, verb: &str, key: &str) -> String {
        let WrittenField { stage, field } = &self.written;
        match self.source {
            WritableSource::Path => invocation::path_command(verb, field, key, stage),
            _ => self.stage.field_command_of(verb, field, stage),
        }
    }
}
