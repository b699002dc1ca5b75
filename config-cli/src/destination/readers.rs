//! The fields that read a destination, besides the field that is written.

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
    spec: &'static FieldSpec,
    secrecy: Secrecy,
}

/// Returns the fields that read the source `written`: the other fields of this stage, and the
/// fields of all declared stages. Skips a stage that is known to have another account, region or
/// role.
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
    let mut readers: Vec<SourceReader> = own_plan
        .iter()
        .flat_map(|plan| find_readers_in_plan(plan, written, |path| path != field.path()))
        .collect();

    for name in session
        .schema
        .stages
        .iter()
        .filter(|name| **name != stage.name())
    {
        let settings = session.stage_settings(name, &IdentityArguments::default());
        if are_known_to_differ(&settings, &stage.settings) {
            continue;
        }
        // A stage without a valid plan reads nothing.
        let plan = Stage::choose(session.schema, name)
            .and_then(|stage| Plan::new(session.schema, stage, |_| false));
        readers.extend(
            plan.iter()
                .flat_map(|plan| find_readers_in_plan(plan, written, |_| true)),
        );
    }
    readers
}

/// Refuses to write the value of a declared stage through an undeclared stage. A user who gives the
/// name of a preview stage wants to change only the preview.
pub(super) fn check_owner(
    stage: &StageSession,
    field: &PlannedField,
    readers: &[SourceReader],
) -> Result<(), CliError> {
    let owner = readers.iter().find(|reader| reader.stage != stage.name());
    match owner.filter(|_| stage.plan.stage().is_fallback()) {
        None => Ok(()),
        Some(SourceReader {
            stage: owner,
            field: owner_field,
            ..
        }) => {
            let source = field
                .chain()
                .first()
                .map(redact::display_source)
                .unwrap_or_default();
            let message = format!(
                "the stage `{owner}` reads `{source}`, and `{}` only falls back to it",
                stage.name()
            );
            Err(CliError::failed(message).with_help(format!(
                "use that stage: --stage {owner}, field {owner_field}; or give `{}` its own source \
                 in `fallback`",
                field.path()
            )))
        }
    }
}

fn find_readers_in_plan(
    plan: &Plan,
    written: &Source,
    includes: impl Fn(&str) -> bool,
) -> Vec<SourceReader> {
    let fields = plan
        .planned_fields()
        .iter()
        .filter(|field| includes(field.path()));
    let find_reader = |field: &PlannedField| {
        let source = field.chain().iter().find(|source| {
            source.address == written.address
                && keys_overlap(written.key.as_deref(), source.key.as_deref())
        })?;
        Some(SourceReader {
            stage: plan.stage().name().to_owned(),
            field: field.path().to_owned(),
            key: source.key.clone(),
            spec: field.spec(),
            secrecy: field.secrecy(),
        })
    };
    fields.filter_map(find_reader).collect()
}

/// Returns whether one JSON key contains or equals the other. No key means the whole document.
fn keys_overlap(one: Option<&str>, other: Option<&str>) -> bool {
    let contains = |outer: &str, inner: &str| {
        inner
            .strip_prefix(outer)
            .is_some_and(|rest| rest.starts_with('.'))
    };
    match (one, other) {
        (Some(one), Some(other)) => one == other || contains(one, other) || contains(other, one),
        _ => true,
    }
}

/// Returns whether two stages are known to have different accounts, regions or roles. A stage
/// without a role differs from a stage with one.
fn are_known_to_differ(one: &StageSettings, other: &StageSettings) -> bool {
    let differ = |one: &Option<String>, other: &Option<String>| {
        one.is_some() && other.is_some() && one != other
    };
    differ(&one.account, &other.account)
        || differ(&one.region, &other.region)
        || one.role_arn != other.role_arn
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
                // Check the text without a copy of its parts, which would stay in memory.
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
