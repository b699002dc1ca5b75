//! A function in the command line: its name, optionally with a version or an alias, or its ARN.

use std::fmt;
use std::str::FromStr;

use stage_config_grammar::arn::{Arn, is_account};

use crate::function_name::parse_plain_name;
use crate::usage::ArgumentProblem;

/// The maximum length of a version or an alias (Lambda API reference, `GetFunction`).
const MAX_QUALIFIER: usize = 128;

/// A function, and optionally one of its versions or aliases: `payments`, `payments:live`,
/// `payments:7`, or an ARN of one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FunctionName {
    pub(crate) name: String,
    /// A version or an alias.
    pub(crate) qualifier: Option<String>,
    /// The region and the account in the ARN.
    pub(crate) location: Option<FunctionLocation>,
}

/// The region and the account in the ARN of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FunctionLocation {
    pub(crate) region: String,
    pub(crate) account: String,
}

impl FromStr for FunctionName {
    type Err = ArgumentProblem;

    fn from_str(text: &str) -> Result<Self, ArgumentProblem> {
        let (location, rest) = match Arn::parse(text) {
            Some(arn) => split_arn(&arn)?,
            None if text.starts_with("arn:") => return Err(expected_arn()),
            None => (None, text),
        };
        let (name, qualifier) = match rest.split_once(':') {
            Some((name, qualifier)) => (name, Some(qualifier)),
            None => (rest, None),
        };
        if let Some(qualifier) = qualifier.filter(|qualifier| !is_qualifier(qualifier)) {
            let hint = if qualifier.contains(':') {
                "; an ARN begins with `arn:`"
            } else {
                ""
            };
            return Err(ArgumentProblem(format!(
                "after the colon, a version or an alias has up to {MAX_QUALIFIER} letters, \
                 digits, `-` and `_`{hint}"
            )));
        }
        Ok(Self {
            name: parse_plain_name(name)?,
            qualifier: qualifier.map(str::to_owned),
            location,
        })
    }
}

fn split_arn<'t>(arn: &Arn<'t>) -> Result<(Option<FunctionLocation>, &'t str), ArgumentProblem> {
    let (Some(region), Some(account), Some(rest)) = (
        arn.region,
        arn.account.filter(|account| is_account(account)),
        arn.resource.strip_prefix("function:"),
    ) else {
        return Err(expected_arn());
    };
    if arn.service != "lambda" {
        return Err(expected_arn());
    }
    let location = FunctionLocation {
        region: region.to_owned(),
        account: account.to_owned(),
    };
    Ok((Some(location), rest))
}

fn expected_arn() -> ArgumentProblem {
    ArgumentProblem(
        "the ARN of a function has the form arn:aws:lambda:REGION:ACCOUNT:function:NAME".to_owned(),
    )
}

fn is_qualifier(text: &str) -> bool {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    text == "$LATEST"
        || !text.is_empty() && text.len() <= MAX_QUALIFIER && text.chars().all(is_allowed)
}

/// Writes the name as in the command line, without the region and the account of an ARN.
impl fmt::Display for FunctionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match &self.qualifier {
            Some(qualifier) => write!(f, ":{qualifier}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_versions_aliases_and_arns_are_accepted() {
        for (text, name, qualifier, region) in [
            ("payments-prod", "payments-prod", None, None),
            ("payments:live", "payments", Some("live"), None),
            ("payments:7", "payments", Some("7"), None),
            ("payments:$LATEST", "payments", Some("$LATEST"), None),
            (
                "arn:aws:lambda:eu-west-1:123456789012:function:payments",
                "payments",
                None,
                Some("eu-west-1"),
            ),
            (
                "arn:aws-cn:lambda:cn-north-1:123456789012:function:payments:live",
                "payments",
                Some("live"),
                Some("cn-north-1"),
            ),
        ] {
            let parsed: FunctionName = text.parse().unwrap();
            assert_eq!(parsed.name, name, "{text}");
            assert_eq!(parsed.qualifier.as_deref(), qualifier, "{text}");
            let location = parsed.location.map(|location| location.region);
            assert_eq!(location.as_deref(), region, "{text}");
        }
    }

    #[test]
    fn other_texts_are_refused_and_the_error_does_not_repeat_them() {
        for text in [
            "",
            "pay ments",
            "payments:",
            "payments:a b",
            "payments:live:2",
            "pay*",
            "123456789012:function:payments",
            "arn:aws:lambda:eu-west-1:function:payments",
            "arn:aws:lambda:eu-west-1:12:function:payments",
            "arn:aws:s3:eu-west-1:123456789012:function:payments",
            "arn:aws:lambda:eu-west-1:123456789012:layer:payments",
            &"a".repeat(65),
        ] {
            let problem = text.parse::<FunctionName>().unwrap_err();
            assert!(
                text.is_empty() || !problem.0.contains(text),
                "{text}: {}",
                problem.0
            );
        }
    }
}
