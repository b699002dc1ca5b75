//! The class of a parameter: of the account, of AWS, or a secret.

use stage_config_grammar::arn::Arn;

/// The class of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ParameterClass<'a> {
    /// A parameter of an account.
    Own,
    /// A parameter of AWS, such as `/aws/service/…`, which only AWS writes.
    Public,
    /// A secret read through Parameter Store, `/aws/reference/secretsmanager/NAME`.
    Secret(&'a str),
}

impl<'a> ParameterClass<'a> {
    /// Returns the class of a parameter's name or ARN.
    pub(crate) fn from_name(name: &'a str) -> Self {
        match parameter_path(name).strip_prefix("aws/") {
            Some(path) => path
                .strip_prefix("reference/secretsmanager/")
                .map_or(Self::Public, Self::Secret),
            None => Self::Own,
        }
    }
}

/// Returns the name of a parameter, given as a name or an ARN, without the leading slash.
pub(crate) fn parameter_path(name: &str) -> &str {
    let in_arn = Arn::parse(name).and_then(|arn| arn.resource.strip_prefix("parameter/"));
    in_arn.unwrap_or_else(|| name.trim_start_matches('/'))
}
