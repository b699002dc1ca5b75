//! `#[config(…)]` on the struct.

use stage_config_grammar::source::check_stage_variable;
use stage_config_grammar::stage::check_pattern;
use syn::LitStr;

use super::declared::{Declared, undeclared};
use super::scope::{Scope, exclude, twice};
use super::snapshot::{self, Snapshot};
use crate::expander::attr::{Account, Key, StageName, StructOptions};
use crate::expander::report::Report;

/// What the root alone decides.
#[derive(Default)]
pub(super) struct RootOptions {
    pub(super) stage_var: Option<String>,
    pub(super) default_stage: Option<String>,
    pub(super) preview: Option<Vec<String>>,
    pub(super) accounts: Vec<(String, String)>,
    pub(super) batch_secrets: bool,
    pub(super) snapshot: Option<Snapshot>,
}

impl RootOptions {
    pub(super) fn new(options: &StructOptions, scope: &Scope<'_>, report: &mut Report) -> Self {
        let declared = &scope.declared;
        if let Some(inherit) = &options.inherit {
            let of_the_root = [
                options.stage_var.as_ref().map(|given| &given.key),
                options.default_stage.as_ref().map(|given| &given.key),
                options.preview.as_ref().map(|given| &given.key),
                options.account.as_ref().map(|given| &given.key),
                options.secrets.as_ref().map(|given| &given.key),
            ];
            for key in of_the_root.into_iter().flatten().chain(snapshot::keys(options)) {
                exclude(&inherit.key, key, "the root alone decides it", report);
            }
            return Self::default();
        }
        Self {
            stage_var: options.stage_var.as_ref().map(|given| variable(&given.value, report)),
            default_stage: options.default_stage.as_ref().map(|given| default_stage(&given.value, declared, report)),
            preview: options.preview.as_ref().map(|given| preview(&given.key, &given.value, declared, report)),
            accounts: options.account.as_ref().map_or_else(Vec::new, |given| accounts(&given.value, declared, report)),
            batch_secrets: options.secrets.as_ref().is_some_and(|given| batch_secrets(&given.value, report)),
            snapshot: snapshot::of(options, scope, report),
        }
    }
}

fn variable(literal: &LitStr, report: &mut Report) -> String {
    let name = literal.value();
    if let Err(error) = check_stage_variable(&name) {
        report.error(literal, error.to_string());
    }
    name
}

fn default_stage(literal: &LitStr, declared: &Declared, report: &mut Report) -> String {
    let name = literal.value();
    if declared.sound && !declared.stages.contains(&name) {
        report.error(literal, undeclared(&name, &declared.stages, &[]));
    }
    name
}

fn preview(key: &Key, literals: &[LitStr], declared: &Declared, report: &mut Report) -> Vec<String> {
    if declared.sound && !declared.fallback {
        report.error(
            key,
            "`preview` says which stages may use `fallback`, and nothing here names it: add `#[stage(fallback = \"…\")]`",
        );
    }
    let mut patterns = Vec::new();
    for literal in literals {
        let pattern = literal.value();
        if let Err(error) = check_pattern(&pattern) {
            report.error(literal, format!("`{pattern}` is no pattern over names, where `*` is any text: {error}"));
        } else if patterns.contains(&pattern) {
            report.error(literal, twice(&pattern));
        }
        patterns.push(pattern);
    }
    patterns
}

fn batch_secrets(literal: &LitStr, report: &mut Report) -> bool {
    let text = literal.value();
    let is_batch = text == "batch";
    if !is_batch {
        report.error(literal, format!("unknown `{text}`; expected `batch`, or no `secrets`: one call for each secret"));
    }
    is_batch
}

fn accounts(entries: &[Account], declared: &Declared, report: &mut Report) -> Vec<(String, String)> {
    let mut accounts: Vec<(String, String)> = Vec::new();
    for Account { stage, number } in entries {
        let name = stage.name.to_string();
        let is_declared = matches!(stage.name, StageName::Stage(_)) && declared.stages.contains(&name);
        if declared.sound && !is_declared {
            report.error(stage, undeclared(&name, &declared.stages, &[]));
        }
        if accounts.iter().any(|(other, _)| *other == name) {
            report.error(stage, twice(&name));
        }
        let digits = number.value();
        if digits.len() != 12 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            report.error(number, format!("`{digits}` is no AWS account: expected 12 digits, as in `111122223333`"));
        }
        accounts.push((name, digits));
    }
    accounts
}
