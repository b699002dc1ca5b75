//! The rule for the name of a Lambda function.

use crate::usage::ArgumentProblem;

/// The maximum length of a function's name (Lambda API reference, `CreateFunction`).
const MAX_NAME: usize = 64;

/// Checks a function's name without a version or an alias: letters, digits, `-` and `_`. Some
/// other characters would be wildcards in a policy.
pub(crate) fn parse_plain_name(name: &str) -> Result<String, ArgumentProblem> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(is_allowed) {
        return Err(ArgumentProblem(format!(
            "the name of a Lambda function has 1 to {MAX_NAME} characters, each a letter, a digit, `-` or \
             `_`"
        )));
    }
    Ok(name.to_owned())
}
