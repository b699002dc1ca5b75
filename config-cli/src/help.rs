//! The commands that fix a problem of a field. They replace the library's help if `set` can write
//! the field.

use stage_config_core::{Failure, FailureKind, Help, PlannedField};
use stage_config_grammar::source::Address;

use crate::destination::{WritableSource, find_writable};

/// Returns the help for a field that failed: to set a missing value, else the library's help.
pub(crate) fn for_failure(stage: &str, field: &PlannedField, failure: &Failure) -> Help {
    let is_missing = matches!(failure.kind(), FailureKind::Missing | FailureKind::NoValue);
    match writable_source(stage, field) {
        Some(source) if is_missing && source.can_be_created() => source.build_again(set(stage, field, "")),
        _ => failure.help().clone(),
    }
}

/// Returns the help for a wrong value. `source` is its source, and `help` is the library's help.
pub(crate) fn replace_value(stage: &str, field: &PlannedField, source: &str, help: &Help) -> Help {
    let Some(target) = writable_source(stage, field) else {
        return match field.chain().iter().find(|one| field.redact_source(one) == source).map(|one| &one.address) {
            Some(Address::Value(_)) => "change the text of `value:` in the struct".into(),
            _ => help.clone(),
        };
    };
    let expected = match help {
        Help::ChangeValue { expected, .. } => expected.clone(),
        help => help.to_string(),
    };
    // `set` writes the first source of a chain, which has priority over the wrong one.
    let place = match first_source(field) {
        Some(first) if first != source => format!(", in {first}"),
        _ => String::new(),
    };
    target.build_again(set(stage, field, &format!(" --overwrite  # {expected}{place}")))
}

/// Returns the help for a secret in a String parameter, which an update cannot change to a
/// SecureString.
pub(crate) fn encrypt_value(stage: &str, field: &PlannedField, source: &str) -> Help {
    let path = field.path();
    let replace = "replace the value where it was issued, since others may have read it; then";
    let is_first = first_source(field).is_some_and(|first| first == source);
    match writable_source(stage, field).filter(|_| is_first) {
        Some(_) => {
            format!("{replace} cargo stage rm {path} --stage {stage}, and cargo stage set {path} --stage {stage}")
                .into()
        }
        None => format!("{replace} delete {source}, and make a SecureString").into(),
    }
}

fn set(stage: &str, field: &PlannedField, options: &str) -> Help {
    Help::Run { purpose: String::new(), command: format!("cargo stage set {} --stage {stage}{options}", field.path()) }
}

/// Returns the first source of the chain, if `cargo stage set` writes it.
fn writable_source<'a>(stage: &str, field: &'a PlannedField) -> Option<WritableSource<'a>> {
    find_writable(field.chain().first()?, stage, None).ok()
}

fn first_source(field: &PlannedField) -> Option<String> {
    field.chain().first().map(|first| field.redact_source(first))
}
