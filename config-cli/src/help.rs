//! The help for a problem of a field: the command that fixes it, or the help of the library if
//! `cargo stage set` cannot write the field.

use stage_config_core::{Failure, FailureKind, Help, PlannedField};
use stage_config_grammar::source::{Address, Source};

use crate::destination::{ADD_SOURCE, NAME_SECRET, WritableSource, find_writable};
use crate::invocation;

/// The help for a secret that several stages share.
pub(crate) const SEPARATE_SECRETS: &str = "give each stage its own secret";

/// Returns the help for a failed field: the command that sets the value, if it is missing and `set`
/// can create it. Otherwise returns the help of the library.
pub(crate) fn for_failure(stage: &str, field: &PlannedField, failure: &Failure) -> Help {
    invocation::complete(match writable_source(stage, field) {
        Some(source) if is_absent(failure.kind()) && source.can_be_created() => {
            source.build_again(Help::run(set_command(stage, field)))
        }
        _ => failure.help().clone(),
    })
}

/// Returns the help for a value that does not exist: the command that sets it, or another action if
/// `set` cannot create it. `kms_key` is the stage's key.
pub(crate) fn create_value(stage: &str, field: &PlannedField, kms_key: Option<&str>) -> Help {
    let Some(source) = field.chain().first() else {
        return ADD_SOURCE.into();
    };
    match find_writable(source, stage, kms_key) {
        Ok(target) if target.can_be_created() => {
            target.build_again(Help::run(set_command(stage, field)))
        }
        Ok(_) => NAME_SECRET.into(),
        Err(unwritable) => unwritable.help,
    }
}

/// Returns whether a field failed because its value does not exist.
pub(crate) fn is_absent(kind: FailureKind) -> bool {
    matches!(kind, FailureKind::Missing | FailureKind::NoValue)
}

/// Returns the help for a wrong value from `source`. `help` is the help of the library.
pub(crate) fn replace_value(
    stage: &str,
    field: &PlannedField,
    source: &Source,
    help: &Help,
) -> Help {
    let Some(target) = writable_source(stage, field) else {
        return invocation::complete(match &source.address {
            Address::Value(_) => "change the text of `value:` in the struct".into(),
            _ => help.clone(),
        });
    };
    let expected = match help {
        Help::ChangeValue { expected, .. } => expected.clone(),
        help => help.to_string(),
    };
    // `set` writes the first source of a chain, which takes precedence over the source of the wrong
    // value.
    let written_source = match field.chain().first() {
        Some(first) if first != source => format!(", in {first}"),
        _ => String::new(),
    };
    let set = set_command(stage, field);
    invocation::complete(target.build_again(Help::run(format!(
        "{set} --overwrite  # {expected}{written_source}"
    ))))
}

/// Returns the help for a secret in a String parameter, which an update cannot change to a
/// SecureString.
pub(crate) fn encrypt_value(stage: &str, field: &PlannedField, source: &Source) -> Help {
    let replace = "replace the value where it was issued, since others may have read it; then";
    match writable_source(stage, field).filter(|_| field.chain().first() == Some(source)) {
        Some(_) => {
            let command = invocation::replace_parameter_command(field.path(), stage);
            invocation::complete(Help::run_to(replace, command))
        }
        None => format!("{replace} delete {source}, and create a SecureString").into(),
    }
}

fn set_command(stage: &str, field: &PlannedField) -> String {
    invocation::field_command("set", field.path(), stage)
}

/// Returns the first source of the chain, if `cargo stage set` can write to it.
fn writable_source<'a>(stage: &str, field: &'a PlannedField) -> Option<WritableSource<'a>> {
    find_writable(field.chain().first()?, stage, None).ok()
}
