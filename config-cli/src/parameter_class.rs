//! The class of a parameter: a parameter of an account, a parameter of AWS, or a secret that is
//! read as a parameter.

use stage_config_grammar::arn::{parameter_path, referenced_secret};

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
    /// Returns the class of the parameter with this name or ARN.
    pub(crate) fn from_name(name: &'a str) -> Self {
        match referenced_secret(name) {
            Some(secret) => Self::Secret(secret),
            None if parameter_path(name).starts_with("aws/") => Self::Public,
            None => Self::Own,
        }
    }
}
