//! Determines whether the value of a field is a secret, and what would make a secret visible.

use quote::ToTokens;
use syn::{Expr, ExprLit, Lit};

use super::scope::exclude;
use super::{DefaultModel, SecrecyModel, VisibleValue};
use crate::expander::attr::{FieldInput, FieldOptions, SourceText};
use crate::expander::diagnostics::Diagnostics;
use crate::expander::format_tokens::format_tokens;
use crate::expander::source::SourceVisibility;

impl VisibleValue {
    /// Returns the sources that make their value visible.
    pub(super) fn from_candidates(
        field: &FieldInput,
        candidates: &[(&SourceText, SourceVisibility)],
    ) -> Vec<Self> {
        candidates
            .iter()
            .filter_map(|(literal, visibility)| {
                let why = visibility.secret_message()?;
                Some(Self::new(field, literal, &literal.explain(why)))
            })
            .collect()
    }

    fn new(field: &FieldInput, at: &impl ToTokens, why: &str) -> Self {
        Self {
            at: at.to_token_stream(),
            message: format!("`{}` is a secret, and {why}", field.name()),
        }
    }
}

/// Determines the secrecy. A field that is marked as secret is checked here. For other fields the
/// compiler checks the type.
pub(super) fn build_secrecy(
    field: &FieldInput,
    mut visible: Vec<VisibleValue>,
    report: &mut Diagnostics,
) -> SecrecyModel {
    let FieldOptions {
        secret,
        plain,
        default,
        ..
    } = &field.options;
    if let Some(secret) = secret {
        for VisibleValue { at, message } in &visible {
            report.error(at, message.clone());
        }
        if let Some(default) = default {
            exclude(
                &secret.key,
                &default.key,
                "a default is visible in the source code",
                report,
            );
        }
        if let Some(plain) = plain {
            exclude(&secret.key, &plain.key, "keep one", report);
        }
        return SecrecyModel::Marked;
    }

    let default = default.as_ref().map(|option| {
        visible.push(VisibleValue::new(
            field,
            &option.key,
            "its default is visible in the source code: remove the default",
        ));
        build_default(option.value.as_ref())
    });

    if let Some(plain) = plain {
        visible.push(VisibleValue::new(
            field,
            &plain.key,
            "`plain` says the opposite: remove `plain`",
        ));
    }

    SecrecyModel::ByType {
        plain: plain.is_some(),
        default,
        visible,
    }
}

fn build_default(expr: Option<&Expr>) -> DefaultModel {
    match expr {
        None => DefaultModel::OfType,
        // A macro that passes `$text:expr` puts the literal into a group.
        Some(Expr::Group(group)) => build_default(Some(&group.expr)),
        Some(Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            attrs,
        })) if attrs.is_empty() => DefaultModel::Text(text.clone()),
        Some(expr) => DefaultModel::Expression {
            expr: Box::new(expr.clone()),
            text: format_tokens(expr),
        },
    }
}
