//! Composes the values of fields with `#[config(compose = "…")]` from the texts of other fields.

mod part;
mod write;

use super::{FieldOutcome, ResolvedField, ResolvedFields};
use crate::{
    diagnostic::{Diagnostic, Help},
    failure::{Failure, FailureKind},
    outcome::Found,
    report::Origin,
    schema::{ComposeSpec, Secrecy, find_sibling},
};
use part::{PartText, PartValue, read_part};
use stage_config_grammar::compose::ComposeTemplate;
use std::collections::{HashMap, HashSet};
use write::{PlaceError, write_template};

/// Composes each field that has a template, unless a layer has set the field.
///
/// A failure of a composed field is only reported if none of its parts failed.
pub(crate) fn compose_fields(fields: &mut ResolvedFields, stage: &str) {
    let is_waiting = |field: &ResolvedField| {
        field.spec.compose.is_some() && matches!(field.outcome, FieldOutcome::Missing(_))
    };
    let mut waiting: Vec<String> = fields
        .iter()
        .filter(|(_, field)| is_waiting(field))
        .map(|(path, _)| path.clone())
        .collect();

    // A part may itself be composed.
    while !waiting.is_empty() {
        let names: HashSet<String> = waiting.iter().cloned().collect();
        let is_ready = |path: &String| {
            let spec = fields.get(path).map(|field| field.spec);
            let mut parts = spec.into_iter().flat_map(|spec| spec.list_parts(path));
            parts.all(|part| !names.contains(&part))
        };
        let (ready, later): (Vec<_>, Vec<_>) = waiting.iter().cloned().partition(is_ready);
        if ready.is_empty() {
            // Neither the derive nor the manifest accepts a cycle.
            return;
        }
        for path in ready {
            let composed = fields.get(&path).and_then(|field| {
                let composer = Composer {
                    path: &path,
                    spec: field.spec.compose?,
                    stage,
                    fields,
                };
                Some(composer.compose(field))
            });
            fields.extend(composed.map(|composed| (path, composed)));
        }
        waiting = later;
    }
}

struct Composer<'a> {
    path: &'a str,
    spec: ComposeSpec,
    stage: &'a str,
    fields: &'a ResolvedFields,
}

impl<'a> Composer<'a> {
    fn compose(&self, field: &ResolvedField) -> ResolvedField {
        let parts = self.spec.parts.iter().map(|name| (*name, self.find(name)));
        let parts: Vec<(&str, Option<&ResolvedField>)> = parts.collect();
        let secrecies = parts
            .iter()
            .map(|(_, part)| part.map_or(Secrecy::Yes, |part| part.secrecy));
        ResolvedField {
            spec: field.spec,
            outcome: self.resolve(&parts),
            secrecy: secrecies.fold(field.secrecy, Secrecy::max),
            variable: None,
        }
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
            self.find_value(Found::new_exists_only())
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
            Ok(text) => self.find_value(Found::from_wiped_text(text)),
            Err(PlaceError {
                detail,
                expected,
                name,
            }) => {
                let source = match self.find(&name).map(|part| &part.outcome) {
                    Some(FieldOutcome::Found { source, .. }) => source.clone(),
                    _ => format!("the field `{name}`"),
                };
                let help = Help::change_value(expected, source);
                FieldOutcome::Failed(self.fail(FailureKind::Undecodable, detail, help))
            }
        }
    }

    fn find_value(&self, found: Found) -> FieldOutcome {
        FieldOutcome::Found {
            found,
            origin: Origin::Composed,
            source: self.spec.template.to_owned(),
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
