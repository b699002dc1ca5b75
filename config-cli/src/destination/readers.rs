//! The other fields that read a destination.

use stage_config_core::manage::{NewValue, verify_new_value};
use stage_config_core::schema::{FieldSpec, Secrecy};
use stage_config_core::{Plan, PlannedField, Stage};
use stage_config_grammar::source::Source;

use crate::args::IdentityArguments;
use crate::error::CliError;
use crate::package::StageSettings;
use crate::redact;
use crate::session::{Session, StageSession};

/// A field that reads the same parameter, secret or file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceReader {
    pub(crate) stage: String,
    pub(crate) field: String,
    /// The key of the JSON that the field reads.
    key: Option<String>,
    value: &'static FieldSpec,
    secrecy: Secrecy,
}

/// Returns the other fields that read the same source, of this stage and of all declared stages.
/// Stages with another account, region or role are left out.
pub(super) fn find_readers(session: &Session, stage: &StageSession, field: &PlannedField) -> Vec<SourceReader> {
    let Some(written) = field.chain().first() else { return Vec::new() };
    // Plan the stage again: the plan of a verb on one field has only that field.
    let own = Plan::new(session.schema, stage.plan.stage().clone(), |_| false);
    let mut readers: Vec<SourceReader> =
        own.iter().flat_map(|plan| find_readers_in_plan(plan, written, |path| path != field.path())).collect();
    for name in session.schema.stages.iter().filter(|name| **name != stage.name()) {
        let settings = session.stage_settings(name, &IdentityArguments::default());
        if is_elsewhere(&settings, &stage.settings) {
            continue;
        }
        // A stage without a valid plan reads nothing.
        let plan = Stage::choose(session.schema, name).and_then(|stage| Plan::new(session.schema, stage, |_| false));
        readers.extend(plan.iter().flat_map(|plan| find_readers_in_plan(plan, written, |_| true)));
    }
    readers
}

/// Refuses to write a declared stage's value through an undeclared stage. A user who names the
/// preview means to change only the preview.
pub(super) fn check_owner(
    stage: &StageSession,
    field: &PlannedField,
    readers: &[SourceReader],
) -> Result<(), CliError> {
    let owner = readers.iter().find(|reader| reader.stage != stage.name());
    match owner.filter(|_| stage.plan.stage().is_fallback()) {
        None => Ok(()),
        Some(SourceReader { stage: owner, field: theirs, .. }) => {
            let source = field.chain().first().map(redact::display_source).unwrap_or_default();
            let what = format!("the stage `{owner}` reads `{source}`, and `{}` only falls back to it", stage.name());
            Err(CliError::failed(what).with_help(format!(
                "use that stage: --stage {owner}, field {theirs}; or give `{}` its own source in `fallback`",
                field.path()
            )))
        }
    }
}

fn find_readers_in_plan(plan: &Plan, written: &Source, wanted: impl Fn(&str) -> bool) -> Vec<SourceReader> {
    let fields = plan.planned_fields().iter().filter(|field| wanted(field.path()));
    let reader = |field: &PlannedField| {
        let source = field.chain().iter().find(|source| {
            source.address == written.address && keys_overlap(written.key.as_deref(), source.key.as_deref())
        })?;
        Some(SourceReader {
            stage: plan.stage().name().to_owned(),
            field: field.path().to_owned(),
            key: source.key.clone(),
            value: field.spec(),
            secrecy: field.secrecy(),
        })
    };
    fields.filter_map(reader).collect()
}

/// Returns whether one JSON key contains or equals the other. No key means the whole document.
fn keys_overlap(one: Option<&str>, other: Option<&str>) -> bool {
    let holds = |outer: &str, inner: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
    match (one, other) {
        (Some(one), Some(other)) => one == other || holds(one, other) || holds(other, one),
        _ => true,
    }
}

/// Returns whether two stages are known to have different accounts, regions or roles.
fn is_elsewhere(one: &StageSettings, other: &StageSettings) -> bool {
    let differ = |one: &Option<String>, other: &Option<String>| one.is_some() && other.is_some() && one != other;
    differ(&one.account, &other.account) || differ(&one.region, &other.region) || one.role_arn != other.role_arn
}

impl SourceReader {
    /// Returns why this reader could not read the new value. `key` is the key that is written.
    pub(super) fn explain_refusal(&self, key: Option<&str>, value: &NewValue) -> Option<String> {
        let Self { stage, field, .. } = self;
        let reader = || format!("`{field}` of the stage `{stage}` also reads");
        match (&self.key, key) {
            (own, key) if own.as_deref() == key => {
                let refused = verify_new_value(self.value, self.secrecy, value).err()?;
                Some(format!("{} this source, and has another type ({}): {refused}", reader(), self.value.type_name))
            }
            (Some(own), None) => {
                // Check the text in place: a copy of its parts would stay in memory.
                let text = value.bytes();
                let is_object = text.trim_ascii_start().starts_with(b"{")
                    && serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok();
                (!is_object)
                    .then(|| format!("{} the key `{own}` of this source, and the value is not a JSON object", reader()))
            }
            _ => None,
        }
    }
}
