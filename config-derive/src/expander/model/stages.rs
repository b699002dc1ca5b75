//! The struct's templates, and who takes them.

use syn::LitStr;

use super::declared::{Served, has_key, has_own_template};
use super::field::{self, Taken, is_value};
use super::options::RootOptions;
use super::scope::Scope;
use super::{Assignment, Kind, Sources};
use crate::expander::attr::{self, FieldInput, Input, StageName};
use crate::expander::report::Report;
use crate::expander::source::{Readers, check_chain};

/// What kind of struct it is, with its templates; and for each field the arms that it takes.
pub(super) fn kind<'i>(input: &'i Input, scope: &Scope<'_>, report: &mut Report) -> (Kind, Vec<Taken<'i>>) {
    let mut taken: Vec<Taken<'i>> = input.fields.iter().map(|_| Vec::new()).collect();
    let mut templates = Vec::new();
    for assignment in &input.stages.assignments {
        // A key alone declares a stage and is no template: `Declared` has it.
        let attr::Sources::Chain(literals) = &assignment.sources else {
            check_bare(assignment, report);
            continue;
        };
        if scope.declared.inherit {
            report.error(
                &assignment.key,
                "a struct with `inherit` takes its parent's templates: name the stage alone, or leave it out",
            );
        } else {
            take(input, assignment, literals, scope, &mut taken, report);
        }
        let sources = Sources::Chain(literals.iter().map(LitStr::value).collect());
        templates.push(Assignment { key: assignment.key.name.clone(), sources });
    }
    let RootOptions { stage_var, default_stage, preview, accounts, batch_secrets, snapshot } =
        RootOptions::new(&input.options, scope, report);
    let kind = if scope.declared.inherit {
        Kind::Inherit
    } else {
        Kind::Root { stage_var, default_stage, preview, accounts, batch_secrets, templates, snapshot }
    };
    (kind, taken)
}

/// Checks a template as each field reads it that takes it, and notes its arms there.
fn take<'i>(
    input: &'i Input,
    assignment: &attr::Assignment,
    literals: &'i [LitStr],
    scope: &Scope<'_>,
    taken: &mut [Taken<'i>],
    report: &mut Report,
) {
    let served = scope.declared.served(&assignment.key.name, |key| has_own_template(scope.templates, key));
    let takers: Vec<_> = input.fields.iter().zip(taken).filter(|(field, _)| takes(field, &served)).collect();
    let levels: Vec<_> = takers.iter().filter_map(|(field, _)| field::sound_level(field, scope)).collect();
    let app = scope.app();
    let readers =
        Readers { template: Some((levels.iter().map(String::as_str).collect(), &app)), ..scope.readers(served) };
    let arms = check_chain(literals, &readers, report);
    for (_, taken) in takers {
        taken.extend(&arms);
    }
}

fn check_bare(assignment: &attr::Assignment, report: &mut Report) {
    if assignment.key.name == StageName::All {
        report.error(
            &assignment.key,
            "`all` alone does nothing on a struct: name the stages, as in `#[stage(dev, prod)]`, or give `all` a template",
        );
    }
}

/// Whether the field takes the template for any of these.
fn takes(field: &FieldInput, served: &Served<'_>) -> bool {
    let Served { stages, fallback } = taken_for(field, served);
    !stages.is_empty() || fallback
}

/// For which of these the field takes the template.
pub(super) fn taken_for<'a>(field: &FieldInput, served: &Served<'a>) -> Served<'a> {
    let stages = served.stages.iter().copied().filter(|stage| takes_one(field, &StageName::Stage((*stage).to_owned())));
    Served {
        stages: stages.collect(),
        fallback: served.fallback && field.options.no_fallback.is_none() && takes_one(field, &StageName::Fallback),
    }
}

/// Whether the field takes the template for this key, or for all that it does not name.
pub(super) fn takes_one(field: &FieldInput, key: &StageName) -> bool {
    let own = &field.stages.assignments;
    let wanted = if has_key(own, key) { key } else { &StageName::All };
    is_value(field)
        && (own.is_empty() || own.iter().any(|a| a.key.name == *wanted && matches!(a.sources, attr::Sources::Template)))
}
