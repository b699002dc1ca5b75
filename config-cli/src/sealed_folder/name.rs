//! The name of a sealed value, as an argument of the command line.

use stage_config_core::Help;
use stage_config_grammar::source::check_sealed_name;

use crate::error::CliError;
use crate::{invocation, redact};

/// The maximum number of characters of a name, as in the library. A valid name has only characters
/// of one byte.
const MAX_NAME_LENGTH: usize = 128;

/// Checks the name of a value, which is also the name of its file.
pub(crate) fn check_name(name: &str) -> Result<(), CliError> {
    // A user who writes `name=value` must not see the value again in an error.
    match name.split_once('=') {
        Some((name, value)) if redact::is_name_like(name) && !value.is_empty() => {
            let seal = invocation::field_command("seal", name, "STAGE");
            return Err(value_argument_error().with_help(Help::run_to("type the value", seal)));
        }
        // The argument may also be a base64 text, which can end with `=`.
        Some(_) => return Err(value_argument_error()),
        None => {}
    }
    let help = "give only the name of the value; --stage gives the stage";
    let name_error = |message: String| {
        CliError::undetermined(redact::redact_word(&message, name)).with_help(help)
    };
    let length = name.chars().count();
    if length > MAX_NAME_LENGTH {
        return Err(name_error(format!(
            "the name of a sealed file has at most {MAX_NAME_LENGTH} characters, this one has \
             {length}"
        )));
    }
    check_sealed_name(name).map_err(|error| name_error(error.to_string()))
}

/// Returns the error for a value among the arguments. It does not repeat the value.
pub(crate) fn value_argument_error() -> CliError {
    CliError::undetermined(
        "a value is never given as an argument: it would appear in the shell's history and in \
         process lists",
    )
    .with_help(
        "type it at the prompt or pipe it in; if it was a secret, replace it where it was \
         issued",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_a_name_is_counted_in_characters() {
        let message = |name: &str| check_name(name).map_err(|error| error.to_string());
        assert_eq!(message(&"a".repeat(128)), Ok(()));

        let long = "at most 128 characters, this one has 129";
        for name in ["a".repeat(129), "ü".repeat(129)] {
            let error = message(&name).unwrap_err();
            assert!(error.contains(long), "{error}");
        }

        // 100 characters, but 200 bytes: it is not too long.
        let error = message(&"ü".repeat(100)).unwrap_err();
        assert!(error.contains("contains 'ü'"), "{error}");
    }
}
