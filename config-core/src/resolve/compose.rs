//! Composes the values of fields with `#[config(compose = "…")]` from the texts of other fields.

mod part;
mod write;

use super::{FieldOutcome, ResolvedField, ResolvedFields, ValuePlace};
use crate::{
    diagnostic::{Diagnostic, Help},
    failure::{Failure, FailureKind},
    outcome::Found,
    report::Origin,
    schema::{ComposeSpec, Secrecy, find_sibling},
};
#[cfg(feature = "manage")]
use crate::{plan::PlannedField, schema::FieldSpec};
use part::{PartText, PartValue, read_part};
use stage_config_grammar::compose::{ComposeTemplate, sort_by_parts};
use std::collections::HashMap;
#[cfg(feature = "manage")]
use write::check_alone;
use write::{PlaceError, write_template};

/// Composes each field that has a template. A field that already has a value from a layer above the
/// fetched values, or from an environment override, keeps this value. A field with a value from a
/// layer below keeps it only if a part has no value.
///
/// The decoder reports a failure of a composed field only if none of its parts failed.
pub(crate) fn compose_fields(fields: &mut ResolvedFields, stage: &str) {
    let is_waiting = |field: &ResolvedField| {
        field.spec.compose.is_some()
            && match &field.outcome {
                FieldOutcome::Missing(_) => true,
                FieldOutcome::Found { origin, .. } => *origin == Origin::Defaults,
                FieldOutcome::Failed(_) => false,
            }
    };
    let waiting: Vec<(String, Vec<String>)> = fields
        .iter()
        .filter(|(_, field)| is_waiting(field))
        .map(|(path, field)| (path.clone(), field.spec.list_parts(path).collect()))
        .collect();
    // Neither the derive nor the manifest accepts templates that need each other.
    let order = sort_by_parts(&waiting).unwrap_or_default();
    for (path, _) in order.into_iter().map(|index| &waiting[index]) {
        let composed = fields.get(path).and_then(|field| {
            let composer = Composer {
                path,
                spec: field.spec.compose?,
                stage,
                fields,
            };
            composer.compose(field)
        });
        fields.extend(composed.map(|composed| (path.to_owned(), composed)));
    }
}

/// Checks whether a new value of a part fits the template of a composed field. Only the places of
/// the URL that contain no other part are checked, because the values of the other parts are not
/// known.
///
/// # Errors
///
/// Returns a message without the value.
#[cfg(feature = "manage")]
pub(crate) fn check_part(
    path: &str,
    composed: &FieldSpec,
    part: &PlannedField,
    found: &Found,
) -> Result<(), String> {
    let Some(compose) = composed.compose else {
        return Ok(());
    };
    let is_named = |name: &&&str| find_sibling(path, name) == part.path;
    let (Some(name), Ok(template)) = (
        compose.parts.iter().find(is_named),
        ComposeTemplate::parse(compose.template),
    ) else {
        return Ok(());
    };
    let Some(text) = PartText::read(found, part.spec.shape.kind) else {
        return Ok(());
    };
    check_alone(&template, name, text).map_err(|error| {
        let PlaceError {
            detail, expected, ..
        } = error;
        format!("{detail}: expected {expected}")
    })
}

struct Composer<'a> {
    path: &'a str,
    spec: ComposeSpec,
    stage: &'a str,
    fields: &'a ResolvedFields,
}

impl<'a> Composer<'a> {
    /// Returns the composed field, or `None` if a part has no value and a layer below has a value
    /// for the composed field.
    fn compose(&self, field: &ResolvedField) -> Option<ResolvedField> {
        let parts = self.spec.parts.iter().map(|name| (*name, self.find(name)));
        let parts: Vec<(&str, Option<&ResolvedField>)> = parts.collect();
        let secrecies = parts
            .iter()
            .map(|(_, part)| part.map_or(Secrecy::Yes, |part| part.secrecy));
        let outcome = self.resolve(&parts);
        let is_unset = matches!(outcome, FieldOutcome::Missing(_));
        let has_default = matches!(field.outcome, FieldOutcome::Found { .. });
        (!is_unset || !has_default).then(|| ResolvedField {
            spec: field.spec,
            outcome,
            secrecy: secrecies.fold(field.secrecy, Secrecy::max),
            variable: None,
        })
    }

    fn resolve(&self, parts: &[(&'static str, Option<&'a ResolvedField>)]) -> FieldOutcome {
        let mut texts = HashMap::new();
        let (mut unset, mut failed, mut unread) = (None, None, false);
        for (name, part) in parts {
            match part.map_or(PartValue::Failed, read_part) {
                PartValue::Text(text) => {
                    texts.insert(*name, text);
                }
                PartValue::NotRead => unread = true,
                PartValue::Unset => unset = Some(*name),
                PartValue::Failed => failed = Some(*name),
            }
        }

        if let Some(name) = failed {
            FieldOutcome::Failed(self.fail_without(name))
        } else if let Some(name) = unset {
            FieldOutcome::Missing(self.fail_without(name))
        } else if unread {
            self.new_found_outcome(Found::new_exists_only())
        } else {
            self.write(&texts)
        }
    }

    fn write(&self, texts: &HashMap<&str, PartText<'_>>) -> FieldOutcome {
        let template = match ComposeTemplate::parse(self.spec.template) {
            Ok(template) => template,
            // Neither the derive nor the manifest accepts such a template.
            Err(mistakes) => {
                let (kind, detail) = (FailureKind::InvalidRequest, mistakes.join("; "));
                return FieldOutcome::Failed(self.fail(
                    kind,
                    detail,
                    "correct the template".into(),
                ));
            }
        };
        match write_template(&template, texts) {
            Ok(text) => self.new_found_outcome(Found::from_wiped_text(text)),
            Err(PlaceError {
                detail,
                expected,
                name,
            }) => {
                let place = match self.find(&name).map(|part| &part.outcome) {
                    Some(FieldOutcome::Found { source, place, .. }) => {
                        place.describe(&name, source)
                    }
                    _ => format!("the field `{name}`"),
                };
                let help = Help::change_value(expected, place);
                FieldOutcome::Failed(self.fail(FailureKind::Undecodable, detail, help))
            }
        }
    }

    fn new_found_outcome(&self, found: Found) -> FieldOutcome {
        FieldOutcome::Found {
            found,
            origin: Origin::Composed,
            source: self.spec.template.to_owned(),
            place: ValuePlace::Source,
        }
    }

    fn find(&self, name: &str) -> Option<&'a ResolvedField> {
        self.fields.get(&find_sibling(self.path, name))
    }

    fn fail_without(&self, name: &str) -> Failure {
        self.fail(
            FailureKind::Missing,
            format!("its part `{name}` has no value"),
            format!("give `{name}` a value").into(),
        )
    }

    fn fail(&self, kind: FailureKind, detail: String, help: Help) -> Failure {
        Failure {
            stage: self.stage.to_owned(),
            source: Some(self.spec.template.to_owned()),
            diagnostic: Diagnostic::new(kind, self.path, detail, help),
        }
    }
}

#[cfg(test)]
mod tests;
