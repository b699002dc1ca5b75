//! The stages that a struct declares.

use proc_macro2::Ident;
use stage_config_grammar::stage::check_name;
use stage_config_grammar::suggest::{find_closest, format_list};

use crate::expander::attr::{
    AssignmentInput, AssignmentKeyInput, AssignmentKeyModel, SourcesInput, StructInput,
};
use crate::expander::diagnostics::Diagnostics;

/// The stages that a struct declares.
pub(super) struct DeclaredStages {
    pub(super) stages: Vec<String>,
    /// Whether undeclared stages have sources.
    pub(super) fallback: bool,
    /// `#[config(inherit)]`: the parent has the templates and may have more stages.
    pub(super) inherit: bool,
    /// Whether the struct's own keys are valid, and the struct declares a stage, uses fallback or
    /// has `inherit`. A missing stage is reported only in this case.
    pub(super) is_valid: bool,
    /// Whether the keys of each field are valid.
    pub(super) valid_fields: Vec<bool>,
}

/// The stages that use a key. If `fallback` is set, the undeclared stages use it too.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ServedStages<'a> {
    pub(super) stages: Vec<&'a str>,
    pub(super) fallback: bool,
}

impl DeclaredStages {
    pub(super) fn new(input: &StructInput, report: &mut Diagnostics) -> Self {
        let inherit = input.options.inherit.is_some();
        let before = report.count();
        let mut stages = Vec::new();
        for key in input.stages.iter_keys() {
            declare(key, &mut stages, report);
        }

        let is_valid = report.count() == before && !input.stages.is_broken;
        let by_fields = stages.is_empty();
        let struct_stages = (!by_fields).then(|| stages.clone());
        let mut valid_fields = Vec::new();
        for field in &input.fields {
            let before = report.count();
            for key in field.stages.iter_keys() {
                match &struct_stages {
                    None => declare(key, &mut stages, report),
                    Some(declared) if is_valid => check_declared(key, declared, report),
                    // The struct may have an invalid key for this stage, so the field's key is not
                    // reported.
                    Some(_) => {}
                }
            }
            valid_fields.push(report.count() == before && !field.stages.is_broken);
        }

        if inherit && by_fields {
            // The fields may name any stage of the root. Only the root knows all its stages, so the
            // list of declared stages stays empty here.
            stages.clear();
        }

        let fallback = input.names_fallback();
        let mut declared = Self {
            stages,
            fallback,
            inherit,
            is_valid,
            valid_fields,
        };
        if is_valid && !inherit {
            declared.is_valid = declared.check_not_empty(input, report);
        }

        declared
    }

    /// Checks that the struct declares a stage or uses fallback, and returns whether it does.
    fn check_not_empty(&self, input: &StructInput, report: &mut Diagnostics) -> bool {
        if !self.stages.is_empty() || self.fallback {
            return true;
        }

        if self.valid_fields.contains(&false) {
            return false;
        }

        match input
            .iter_keys()
            .find(|key| key.name == AssignmentKeyModel::All)
        {
            Some(all) => report.error(
                all,
                "`all` means the declared stages, but none is declared: name them, as in \
                 `#[stage(dev, prod)]` on the struct",
            ),
            None if !input.cargo.add_help.is_empty() => report.error(
                &input.ident,
                format!(
                    "neither `{}` nor Cargo.toml declares a stage: {}",
                    input.ident, input.cargo.add_help
                ),
            ),
            None => report.error(
                &input.ident,
                format!(
                    "`{}` declares no stage: name each stage with its source, as in `#[stage(dev = \
                     \"/payments/dev/{{field}}\", prod = \"/payments/prod/{{field}}\")]` on the \
                     struct or, for a struct that is nested in another one, write \
                     `#[config(inherit)]`",
                    input.ident
                ),
            ),
        }

        false
    }

    /// Returns the stages that use a key. For `all`, leaves out each key for which `is_excluded`
    /// returns `true`.
    pub(super) fn find_served<'a>(
        &'a self,
        key: &'a AssignmentKeyModel,
        is_excluded: impl Fn(&AssignmentKeyModel) -> bool,
    ) -> ServedStages<'a> {
        match key {
            AssignmentKeyModel::Stage(name) => ServedStages {
                stages: vec![name],
                fallback: false,
            },
            AssignmentKeyModel::Fallback => ServedStages {
                stages: Vec::new(),
                fallback: true,
            },
            AssignmentKeyModel::All => {
                let others = self
                    .stages
                    .iter()
                    .filter(|stage| !is_excluded(&AssignmentKeyModel::Stage((*stage).clone())));
                ServedStages {
                    stages: others.map(String::as_str).collect(),
                    fallback: self.fallback && !is_excluded(&AssignmentKeyModel::Fallback),
                }
            }
        }
    }
}

fn declare(key: &AssignmentKeyInput, stages: &mut Vec<String>, report: &mut Diagnostics) {
    let AssignmentKeyModel::Stage(name) = &key.name else {
        return;
    };
    if stages.contains(name) {
        return;
    }
    if let Err(error) = check_name(name) {
        report.error(key, error.to_string());
    } else if let Some(other) = stages.iter().find(|other| other.eq_ignore_ascii_case(name)) {
        report.error(
            key,
            format!("the stages `{other}` and `{name}` differ only in case: rename one of them"),
        );
    } else {
        stages.push(name.clone());
    }
}

fn check_declared(key: &AssignmentKeyInput, declared: &[String], report: &mut Diagnostics) {
    let AssignmentKeyModel::Stage(name) = &key.name else {
        return;
    };
    if !declared.contains(name) {
        report.error(
            key,
            undeclared_message(name, declared, &["fallback", "all"]),
        );
    }
}

/// Returns the message for a stage that is not declared. `others` are further names that are
/// allowed.
pub(super) fn undeclared_message(name: &str, declared: &[String], others: &[&str]) -> String {
    let known = declared
        .iter()
        .map(String::as_str)
        .chain(others.iter().copied());
    let hint = match find_closest(name, known) {
        Some(closest) => format!("did you mean `{closest}`?"),
        None if check_name(name).is_err() => "name one of these".to_owned(),
        None => format!(
            "declare it with `#[stage({})]` on the struct",
            to_key_text(&name)
        ),
    };
    let declared_list = if declared.is_empty() {
        "none".to_owned()
    } else {
        format_list(declared)
    };
    format!("the stage `{name}` is not declared; the declared stages are {declared_list}; {hint}")
}

/// Returns a stage as written on the left of `=`: as a string if it is not an identifier.
pub(super) fn to_key_text(name: &impl ToString) -> String {
    let name = name.to_string();
    if syn::parse_str::<Ident>(&name).is_ok() {
        name
    } else {
        format!("{name:?}")
    }
}

pub(super) fn has_key(assignments: &[AssignmentInput], key: &AssignmentKeyModel) -> bool {
    assignments
        .iter()
        .any(|assignment| assignment.key.name == *key)
}

/// Returns whether the struct has a template for this key: its own, or the template of `all`.
pub(super) fn has_template(assignments: &[AssignmentInput], key: &AssignmentKeyModel) -> bool {
    has_own_template(assignments, key) || has_own_template(assignments, &AssignmentKeyModel::All)
}

/// Returns whether the struct has a template with this key. A bare key has no template of its own:
/// it declares a stage, which uses the template of `all`.
pub(super) fn has_own_template(assignments: &[AssignmentInput], key: &AssignmentKeyModel) -> bool {
    assignments.iter().any(|assignment| {
        assignment.key.name == *key && matches!(assignment.sources, SourcesInput::Chain(_))
    })
}
