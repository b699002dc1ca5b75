//! Which sealed files the sources of a struct name, for which stages.

use std::slice;

use super::declared::has_own_template;
use super::field::{self, is_settled, is_value};
use super::scope::Scope;
use super::stages::{taken_for, takes_one};
use crate::expander::attr::{Assignment, Input, Sources, StageName};
use crate::expander::report::Report;
use crate::expander::sealed::{Needed, SealedFile, embedded, needed};
use crate::expander::source::Readers;

/// The files to embed. Their absence is said beside the other mistakes.
pub(super) fn files(input: &Input, scope: &Scope<'_>, report: &mut Report) -> Vec<SealedFile> {
    // Without the feature the sources themselves are mistakes.
    if !cfg!(feature = "kms") {
        return Vec::new();
    }
    let mut all = Vec::new();
    if !scope.declared.inherit {
        input.stages.assignments.iter().for_each(|template| of_template(input, template, scope, &mut all));
    }
    for field in input.fields.iter().filter(|field| is_value(field)) {
        for assignment in &field.stages.assignments {
            if let Sources::Chain(literals) = &assignment.sources {
                let served = scope.declared.served(&assignment.key.name, |key| is_settled(field, key));
                let elsewhere = assignment.key.name == StageName::All;
                all.extend(needed(literals, &scope.readers(served), None, elsewhere));
            }
        }
    }
    embedded(&all, report)
}

/// Each field reads a template in its own way, and perhaps for some of its stages only.
fn of_template<'i>(input: &Input, template: &'i Assignment, scope: &Scope<'_>, all: &mut Vec<Needed<'i>>) {
    let Sources::Chain(literals) = &template.sources else { return };
    let served = scope.declared.served(&template.key.name, |key| has_own_template(scope.templates, key));
    let app = scope.app();
    for literal in literals {
        for field in &input.fields {
            let Some(level) = field::sound_level(field, scope) else { continue };
            let served = taken_for(field, &served);
            let elsewhere = template.key.name == StageName::All && takes_one(field, &StageName::All);
            let readers = Readers { template: Some((Vec::new(), &app)), ..scope.readers(served) };
            all.extend(needed(slice::from_ref(literal), &readers, Some(&level), elsewhere));
        }
    }
}
