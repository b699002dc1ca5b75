//! The fields, other than the written one, that read a destination.

use stage_config_core::manage::{NewValue, verify_new_value};
use stage_config_core::schema::{FieldSpec, Secrecy};
use stage_config_core::{Help, Plan, PlannedField};
use stage_config_grammar::source::Source;

use super::Destination;
use super::json_key::keys_overlap;
use crate::error::CliError;
use crate::redact;
use crate::sealed_source::name_stage;
use crate::session::{OtherStage, Session, StageSession};

/// Another field that reads the parameter, secret or file of a destination.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceReader {
    pub(crate) stage: String,
    pub(crate) field: String,
    /// The key of the JSON that the field reads.
    key: Option<String>,
    /// Whether the source is the first one of the field's chain, which commands write.
    is_first: bool,
    spec: &'static FieldSpec,
    secrecy: Secrecy,
}

/// The field and the stage that a command names to write a source.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct WrittenField {
    pub(crate) stage: String,
    pub(crate) field: String,
}

/// Returns the fields that read the source `written`: the other fields of this stage, and the
/// fields of all other declared stages. Skips a stage in which the same source is known to name
/// another parameter, secret or file, for example because the stage has another account.
pub(super) fn find_readers(
    session: &Session,
    stage: &StageSession,
    field: &PlannedField,
    written: Option<&Source>,
) -> Vec<SourceReader> {
    let Some(written) = written else {
        return Vec::new();
    };
    // Plan the stage again: the plan of a verb on one field has only that field.
    let own_plan = Plan::new(session.schema, stage.plan.stage().clone(), |_| false);
    let search = ReaderSearch { stage, written };
    let mut readers: Vec<SourceReader> = own_plan
        .iter()
        .flat_map(|plan| search.find_in_plan(plan, |path| path != field.path()))
        .collect();
    readers.extend(if stage.plan.stage().is_fallback() {
        search.find_in_stages(&stage.owners)
    } else {
        search.find_in_stages(&session.plan_other_stages(|name| name == stage.name()))
    });
    readers
}

/// Returns the field and the stage that a command must name to write the first source of `field`.
/// If `stage` is undeclared and a declared stage reads this source, returns that declared stage and
/// its field. Returns `None` if declared stages read this source, but it is not the first source of
/// any of their fields. Then no command writes it, because a command writes only the first source
/// of a field.
pub(crate) fn find_written_field(
    stage: &StageSession,
    field: &PlannedField,
) -> Option<WrittenField> {
    let owners = field.chain().first().map(|written| {
        let search = ReaderSearch { stage, written };
        search.find_in_stages(&stage.owners)
    });
    match owners.unwrap_or_default().as_slice() {
        [] => Some(WrittenField {
            stage: stage.name().to_owned(),
            field: field.path().to_owned(),
        }),
        owners => choose_owner(owners.iter(), field),
    }
}

/// Returns a reader whose first source is exactly the first source of `field`, including the
/// `#key`. A command that names this reader writes that source. Prefers the reader that has the
/// same name as `field`.
fn choose_owner<'a>(
    owners: impl Iterator<Item = &'a SourceReader>,
    field: &PlannedField,
) -> Option<WrittenField> {
    let key = field.chain().first().map(|source| &source.key);
    let writers: Vec<&SourceReader> = owners
        .filter(|owner| owner.is_first && Some(&owner.key) == key)
        .collect();
    let same = writers.iter().find(|owner| owner.field == field.path());
    let owner = same.or(writers.first())?;
    Some(WrittenField {
        stage: owner.stage.clone(),
        field: owner.field.clone(),
    })
}

/// Refuses a write if the command names an undeclared stage, but the value belongs to a declared
/// stage. A user who gives the name of a preview stage wants to change only the preview. The help
/// contains the same verb for the declared stage, if a command for that stage writes the source.
pub(super) fn check_owner(
    verb: &str,
    stage: &StageSession,
    field: &PlannedField,
    readers: &[SourceReader],
) -> Result<(), CliError> {
    let is_owner =
        |reader: &&SourceReader| stage.plan.stage().is_fallback() && reader.stage != stage.name();
    let owners = || readers.iter().filter(is_owner);
    let Some(owner) = owners().next() else {
        return Ok(());
    };
    let source = field
        .chain()
        .first()
        .map(redact::display_source)
        .unwrap_or_default();
    let message = format!(
        "the stage `{}` reads `{source}`, and `{}` only falls back to it",
        owner.stage,
        stage.name()
    );
    let separate = format!("give `{}` its own source in `fallback`", field.path());
    let help = match choose_owner(owners(), field) {
        Some(written) => {
            let command = stage.field_command_of(verb, &written.field, &written.stage);
            Help::run_to(format!("{separate}; or use that stage"), command)
        }
        None => separate.into(),
    };
    Err(CliError::failed(message).with_help(help))
}

/// The search for the fields that read a source of a stage.
struct ReaderSearch<'a> {
    stage: &'a StageSession,
    written: &'a Source,
}

impl ReaderSearch<'_> {
    /// Finds the fields in other stages. Skips a stage in which the same source is known to name
    /// another parameter, secret or file.
    fn find_in_stages(&self, others: &[OtherStage]) -> Vec<SourceReader> {
        let (address, settings) = (&self.written.address, &self.stage.settings);
        others
            .iter()
            .filter(|other| other.may_share(address, settings))
            .flat_map(|other| self.find_in_plan(&other.plan, |_| true))
            .collect()
    }

    fn find_in_plan(&self, plan: &Plan, includes: impl Fn(&str) -> bool) -> Vec<SourceReader> {
        let written = self.written;
        let address = name_stage(&written.address, self.stage.plan.stage());
        let plan = plan.narrow_paths(&written.address);
        let fields = plan
            .planned_fields()
            .iter()
            .filter(|field| includes(field.path()));
        let find_reader = |field: &PlannedField| {
            let is_read = |source: &Source| {
                name_stage(&source.address, plan.stage()) == address
                    && keys_overlap(written.key.as_deref(), source.key.as_deref())
            };
            let position = field.chain().iter().position(is_read)?;
            let source = &field.chain()[position];
            Some(SourceReader {
                stage: plan.stage().name().to_owned(),
                field: field.path().to_owned(),
                key: source.key.clone(),
                is_first: position == 0,
                spec: field.spec(),
                secrecy: field.secrecy(),
            })
        };
        fields.filter_map(find_reader).collect()
    }
}

impl Destination<'_> {
    /// Returns the other fields, of any stage, that read this destination.
    pub(crate) fn readers(&self) -> &[SourceReader] {
        &self.readers
    }

    /// Returns a note if other fields also read this destination.
    pub(crate) fn shared_note(&self) -> Option<String> {
        (!self.readers.is_empty()).then(|| {
            format!(
                "`{}` is also read by {}",
                self.source_text(),
                self.describe_readers()
            )
        })
    }

    /// Names the other fields that read this destination, each with its stage.
    pub(crate) fn describe_readers(&self) -> String {
        let describe =
            |reader: &SourceReader| format!("`{}` of the stage `{}`", reader.field, reader.stage);
        let readers: Vec<String> = self.readers.iter().map(describe).collect();
        readers.join(", ")
    }
}

impl SourceReader {
    /// Returns the reason why this reader could not read the new value, or `None` if no reason is
    /// known. `key` is the JSON key that the command writes.
    pub(super) fn explain_refusal(&self, key: Option<&str>, value: &NewValue) -> Option<String> {
        let Self { stage, field, .. } = self;
        let reader_text = || format!("`{field}` of the stage `{stage}` also reads");
        match (&self.key, key) {
            (own_key, key) if own_key.as_deref() == key => {
                let reason = verify_new_value(self.spec, self.secrecy, value).err()?;
                Some(format!(
                    "{} this source, and has another type ({}): {reason}",
                    reader_text(),
                    self.spec.type_name
                ))
            }
            (Some(own_key), None) => {
                // Check the text without copying parts of it, because the copies would stay in
                // memory.
                let text = value.bytes();
                let is_object = text.trim_ascii_start().starts_with(b"{")
                    && serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok();
                (!is_object).then(|| {
                    format!(
                        "{} the key `{own_key}` of this source, and the value is not a JSON object",
                        reader_text()
                    )
                })
            }
            _ => None,
        }
    }
}
