//! The commands that fix the problems of a check.

use stage_config_core::PlannedField;
use stage_config_grammar::source::{Address, Source};

/// A value where there is none; `otherwise` where `set` cannot write it.
pub(super) fn suggest_set(stage: &str, field: &PlannedField, otherwise: &str) -> String {
    match is_settable(field) {
        true => format!("cargo stage set {} --stage {stage}", field.path()),
        false => otherwise.to_owned(),
    }
}

/// Another value in place of the one that `source` has. `otherwise` is the library's help, which says what it should be.
pub(super) fn suggest_replace(stage: &str, field: &PlannedField, source: &str, otherwise: &str) -> String {
    let Some(first) = field.chain().first().filter(|_| is_settable(field)) else {
        let in_code = source.starts_with("value:");
        return if in_code { "change the text of `value:` in the struct".to_owned() } else { otherwise.to_owned() };
    };
    let which = otherwise.strip_suffix(&format!(" in {source}")).unwrap_or(otherwise);
    let which = which.strip_prefix("store ").unwrap_or(which);
    // `set` writes the first source of a chain, which then goes before the one that is wrong.
    let place = if field.redact_source(first) == source {
        String::new()
    } else {
        format!(", in {}", field.redact_source(first))
    };
    format!("cargo stage set {} --stage {stage} --overwrite  # {which}{place}", field.path())
}

/// A String parameter cannot become a SecureString by an update.
pub(super) fn suggest_encrypt(stage: &str, field: &PlannedField, source: &str) -> String {
    let path = field.path();
    let is_first = field.chain().first().is_some_and(|first| field.redact_source(first) == source);
    if is_first && is_settable(field) {
        return format!(
            "replace the value where it was issued, since others may have read it; then cargo stage rm {path} --stage {stage}, \
             and cargo stage set {path} --stage {stage}"
        );
    }
    format!(
        "replace the value where it was issued, since others may have read it; then delete {source}, and make a SecureString"
    )
}

/// Whether `cargo stage set` writes the first source of the chain.
fn is_settable(field: &PlannedField) -> bool {
    let settable = |source: &Source| match &source.address {
        Address::Parameter { name, selector: None, .. } => !name.starts_with("arn:") && !name.starts_with("/aws/"),
        Address::Secret { version: None, id, .. } => !id.starts_with("arn:"),
        _ => false,
    };
    field.chain().first().is_some_and(settable)
}
