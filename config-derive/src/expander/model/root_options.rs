//! The `#[config(…)]` options of the struct that only a root can have.

use stage_config_grammar::arn::is_account;
use stage_config_grammar::source::check_stage_variable;
use stage_config_grammar::stage::check_pattern;
use syn::LitStr;

use super::declared_stages::{DeclaredStages, undeclared_message};
use super::scope::{StructScope, duplicate_message, exclude};
use super::snapshot::{self, SnapshotModel};
use crate::expander::attr::{AccountEntry, AssignmentKeyModel, OptionKey, StructOptions};
use crate::expander::diagnostics::Diagnostics;

/// The options that only a root can have.
#[derive(Default)]
pub(super) struct RootOptions {
    pub(super) stage_var: Option<String>,
    pub(super) default_stage: Option<String>,
    pub(super) preview: Option<Vec<String>>,
    pub(super) accounts: Vec<(String, String)>,
    pub(super) batch_secrets: bool,
    pub(super) snapshot: Option<SnapshotModel>,
}

impl RootOptions {
    pub(super) fn new(
        options: &StructOptions,
        scope: &StructScope<'_>,
        report: &mut Diagnostics,
    ) -> Self {
        let declared = &scope.declared;
        if let Some(inherit) = &options.inherit {
            let root_keys = [
                options.stage_var.as_ref().map(|option| &option.key),
                options.default_stage.as_ref().map(|option| &option.key),
                options.preview.as_ref().map(|option| &option.key),
                options.account.as_ref().map(|option| &option.key),
                options.secrets.as_ref().map(|option| &option.key),
                options.workspace.as_ref().map(|option| &option.key),
            ];
            for key in root_keys
                .into_iter()
                .flatten()
                .chain(snapshot::snapshot_keys(options))
            {
                exclude(&inherit.key, key, "only the root can set it", report);
            }
            return Self::default();
        }

        Self {
            stage_var: options
                .stage_var
                .as_ref()
                .map(|option| read_stage_variable(&option.value, report)),
            default_stage: options
                .default_stage
                .as_ref()
                .map(|option| read_default_stage(&option.value, declared, report)),
            preview: options
                .preview
                .as_ref()
                .map(|option| read_preview(&option.key, &option.value, declared, report)),
            accounts: options.account.as_ref().map_or_else(Vec::new, |option| {
                read_accounts(&option.value, declared, report)
            }),
            batch_secrets: options
                .secrets
                .as_ref()
                .is_some_and(|option| read_batch_secrets(&option.value, report)),
            snapshot: snapshot::build_snapshot(options, scope, report),
        }
    }
}

fn read_stage_variable(literal: &LitStr, report: &mut Diagnostics) -> String {
    let name = literal.value();
    if let Err(error) = check_stage_variable(&name) {
        report.error(literal, error.to_string());
    }
    name
}

fn read_default_stage(
    literal: &LitStr,
    declared: &DeclaredStages,
    report: &mut Diagnostics,
) -> String {
    let name = literal.value();
    if declared.is_valid && !declared.stages.contains(&name) {
        report.error(literal, undeclared_message(&name, &declared.stages, &[]));
    }
    name
}

fn read_preview(
    key: &OptionKey,
    literals: &[LitStr],
    declared: &DeclaredStages,
    report: &mut Diagnostics,
) -> Vec<String> {
    if declared.is_valid && !declared.fallback {
        report.error(
            key,
            "`preview` sets which stages may use `fallback`, but the struct has no `fallback`: \
             add `#[stage(fallback = \"…\")]`",
        );
    }

    let mut patterns = Vec::new();
    for literal in literals {
        let pattern = literal.value();
        if let Err(error) = check_pattern(&pattern) {
            report.error(
                literal,
                format!(
                    "`{pattern}` is not a pattern for stage names, where `*` matches any text: \
                     {error}"
                ),
            );
        } else if patterns.contains(&pattern) {
            report.error(literal, duplicate_message(&pattern));
        }
        patterns.push(pattern);
    }

    patterns
}

fn read_batch_secrets(literal: &LitStr, report: &mut Diagnostics) -> bool {
    let text = literal.value();
    let is_batch = text == "batch";
    if !is_batch {
        report.error(
            literal,
            format!(
                "unknown `{text}`; expected `batch`; without `secrets`, each secret takes one call"
            ),
        );
    }
    is_batch
}

fn read_accounts(
    entries: &[AccountEntry],
    declared: &DeclaredStages,
    report: &mut Diagnostics,
) -> Vec<(String, String)> {
    let mut accounts: Vec<(String, String)> = Vec::new();
    for AccountEntry { stage, number } in entries {
        let name = stage.name.to_string();
        let is_declared =
            matches!(stage.name, AssignmentKeyModel::Stage(_)) && declared.stages.contains(&name);
        if declared.is_valid && !is_declared {
            report.error(stage, undeclared_message(&name, &declared.stages, &[]));
        }
        if accounts.iter().any(|(other, _)| *other == name) {
            report.error(stage, duplicate_message(&name));
        }
        let digits = number.value();
        if !is_account(&digits) {
            report.error(
                number,
                format!(
                    "`{digits}` is not an AWS account ID: expected 12 digits, as in `111122223333`"
                ),
            );
        }
        accounts.push((name, digits));
    }

    accounts
}
