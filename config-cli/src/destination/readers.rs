//! Who else reads what one field of one stage is about to change.

use stage_config_core::manage::{NewValue, verify_new};
use stage_config_core::schema::{Secrecy, Value};
use stage_config_core::{Plan, PlannedField, Stage};
use stage_config_grammar::source::Source;

use crate::args::IdentityArguments;
use crate::package::StageSettings;
use crate::problem::Problem;
use crate::session::{OneStage, Session};
use crate::shown;

/// A field that reads the same parameter, secret or file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reader {
    pub(crate) stage: String,
    pub(crate) field: String,
    /// The key of the JSON that it takes.
    key: Option<String>,
    value: &'static Value,
    secrecy: Secrecy,
}

/// The other fields of this stage and of all declared ones, except those whose stage is in another account or region.
pub(super) fn of(session: &Session, stage: &OneStage, field: &PlannedField) -> Vec<Reader> {
    let Some(written) = field.chain().first() else { return Vec::new() };
    // Planned anew: a verb on one field has a plan of that field alone.
    let own = Plan::new(session.schema, stage.plan.stage().clone(), |_| false);
    let mut readers: Vec<Reader> =
        own.iter().flat_map(|plan| in_plan(plan, written, |path| path != field.path())).collect();
    for name in session.schema.stages.iter().filter(|name| **name != stage.name()) {
        let settings = session.settings(name, &IdentityArguments::default());
        if is_elsewhere(&settings, &stage.settings) {
            continue;
        }
        // A stage that cannot be planned reads nothing.
        let plan = Stage::choose(session.schema, name).and_then(|stage| Plan::new(session.schema, stage, |_| false));
        readers.extend(plan.iter().flat_map(|plan| in_plan(plan, written, |_| true)));
    }
    readers
}

/// A stage that nobody declared falls back on what a declared one has, and must not change it: whoever types the preview's name
/// means the preview.
pub(super) fn check_owner(stage: &OneStage, field: &PlannedField, readers: &[Reader]) -> Result<(), Problem> {
    let owner = readers.iter().find(|reader| reader.stage != stage.name());
    match owner.filter(|_| stage.plan.stage().is_fallback()) {
        None => Ok(()),
        Some(Reader { stage: owner, field: theirs, .. }) => {
            let source = field.chain().first().map(|source| shown::of(field, source)).unwrap_or_default();
            let what =
                format!("`{source}` is what the stage `{owner}` reads, and `{}` only falls back on it", stage.name());
            Err(Problem::refused(what).remedy(format!(
                "work on that stage: --stage {owner}, field {theirs}; or give `{}` a source of its own in `fallback`",
                field.path()
            )))
        }
    }
}

fn in_plan(plan: &Plan, written: &Source, wanted: impl Fn(&str) -> bool) -> Vec<Reader> {
    let fields = plan.planned().iter().filter(|field| wanted(field.path()));
    let reader = |field: &PlannedField| {
        let source = field.chain().iter().find(|source| {
            source.address == written.address && overlap(written.key.as_deref(), source.key.as_deref())
        })?;
        Some(Reader {
            stage: plan.stage().name().to_owned(),
            field: field.path().to_owned(),
            key: source.key.clone(),
            value: field.value(),
            secrecy: field.secrecy(),
        })
    };
    fields.filter_map(reader).collect()
}

/// Whether one key of a JSON holds the other, or is it; without a key it is the whole.
fn overlap(one: Option<&str>, other: Option<&str>) -> bool {
    let holds = |outer: &str, inner: &str| inner.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
    match (one, other) {
        (Some(one), Some(other)) => one == other || holds(one, other) || holds(other, one),
        _ => true,
    }
}

/// Whether two stages are known to be in two places.
fn is_elsewhere(one: &StageSettings, other: &StageSettings) -> bool {
    let differ = |one: &Option<String>, other: &Option<String>| one.is_some() && other.is_some() && one != other;
    differ(&one.account, &other.account) || differ(&one.region, &other.region) || one.role_arn != other.role_arn
}

impl Reader {
    /// Why this one could not read the new value, where `key` is the key that is written.
    pub(super) fn refuses(&self, key: Option<&str>, value: &NewValue) -> Option<String> {
        let Self { stage, field, .. } = self;
        let who = || format!("`{field}` of the stage `{stage}` reads it too");
        match (&self.key, key) {
            (own, key) if own.as_deref() == key => {
                let refused = verify_new(self.value, self.secrecy, value).err()?;
                Some(format!("{}, and takes another form ({}): {refused}", who(), self.value.type_name))
            }
            (Some(own), None) => {
                // Looked at in its place: a copy of its parts would stay in memory.
                let text = value.bytes();
                let is_object = text.trim_ascii_start().starts_with(b"{")
                    && serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok();
                (!is_object).then(|| format!("{}, as the key `{own}` of its JSON, and this is no JSON object", who()))
            }
            _ => None,
        }
    }
}
