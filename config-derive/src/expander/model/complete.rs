//! Complete, or it does not compile.

use stage_config_grammar::suggest::list;

use super::declared::{Declared, as_key, has_key, has_template};
use super::field::is_required;
use crate::expander::attr::{FieldInput, Input, StageName};
use crate::expander::report::Report;

/// Every required field has sources in every stage. A stage that the templates leave out is one mistake, however many
/// fields take them; a field that leaves out a stage itself is another.
pub(super) fn check(input: &Input, declared: &Declared, report: &mut Report) {
    if !declared.sound {
        return;
    }
    let slots = all_slots(declared);
    let templates = &input.stages.assignments;
    let has_any_template = slots.iter().any(|slot| has_template(templates, slot));
    let mut by_templates: Vec<(Vec<StageName>, Vec<String>)> = Vec::new();
    for (field, sound) in input.fields.iter().zip(&declared.sound_fields) {
        if !sound || !is_required(field) {
            continue;
        }
        let own = &field.stages.assignments;
        if !own.is_empty() {
            let forgotten = forgotten(declared, |slot| has_key(own, slot) || has_key(own, &StageName::All));
            check_own(field, &forgotten, |slot| has_template(templates, slot), report);
        } else if declared.inherit {
            // The parent's templates are not known here; the root's assertion asks for them.
        } else if has_any_template {
            let forgotten = forgotten(declared, |slot| has_template(templates, slot));
            match by_templates.iter_mut().find(|(slots, _)| *slots == forgotten) {
                Some((_, fields)) => fields.push(field.name()),
                None => by_templates.push((forgotten, vec![field.name()])),
            }
        } else {
            let keys = attribute(&slots, "…");
            report.error(
                &field.ident,
                format!(
                    "`{}` has no source: add `#[stage({keys})]`, or make it an `Option`, or give it a `default`",
                    field.name()
                ),
            );
        }
    }
    for (forgotten, fields) in by_templates.iter().filter(|(forgotten, _)| !forgotten.is_empty()) {
        report.error(
            &input.ident,
            format!(
                "the templates leave out {}: add `#[stage({})]` to the struct, for {}",
                list(&names(forgotten)),
                attribute(forgotten, "…/{field}"),
                list(fields)
            ),
        );
    }
}

fn check_own(
    field: &FieldInput,
    forgotten: &[StageName],
    has_template: impl Fn(&StageName) -> bool,
    report: &mut Report,
) {
    if forgotten.is_empty() {
        return;
    }
    let mut message = format!(
        "`{}` leaves out {}: add `#[stage({})]`",
        field.name(),
        list(&names(forgotten)),
        attribute(forgotten, "…")
    );
    if forgotten.iter().all(has_template) {
        let keys: Vec<_> = forgotten.iter().map(as_key).collect();
        message += &format!(", or `#[stage({})]` for the struct's template", keys.join(", "));
    }
    report.error(&field.ident, message);
}

/// Every declared stage, and fallback where anything names it.
fn all_slots(declared: &Declared) -> Vec<StageName> {
    let stages = declared.stages.iter().cloned().map(StageName::Stage);
    stages.chain(declared.fallback.then_some(StageName::Fallback)).collect()
}

fn forgotten(declared: &Declared, has: impl Fn(&StageName) -> bool) -> Vec<StageName> {
    all_slots(declared).into_iter().filter(|slot| !has(slot)).collect()
}

fn names(slots: &[StageName]) -> Vec<String> {
    slots.iter().map(StageName::to_string).collect()
}

fn attribute(slots: &[StageName], source: &str) -> String {
    let keys: Vec<_> = slots.iter().map(|slot| format!("{} = \"{source}\"", as_key(slot))).collect();
    keys.join(", ")
}
