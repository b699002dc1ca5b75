//! Amazon Resource Names: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.

/// An Amazon Resource Name, split into its parts. The parts are not checked.
///
/// ```
/// use stage_config_grammar::arn::Arn;
///
/// let arn = Arn::parse("arn:aws:ssm:eu-west-1:111122223333:parameter/a").unwrap();
/// assert_eq!((arn.service, arn.region, arn.account), ("ssm", Some("eu-west-1"), Some("111122223333")));
/// assert_eq!(arn.resource, "parameter/a");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'t> {
    /// The partition, such as `aws` or `aws-cn`.
    pub partition: &'t str,
    /// The service, such as `ssm`, `secretsmanager` or `kms`.
    pub service: &'t str,
    /// `None` if the part is empty, as for a global service such as IAM.
    pub region: Option<&'t str>,
    /// `None` if the part is empty, as for a public parameter of AWS.
    pub account: Option<&'t str>,
    /// The rest with its colons, such as `parameter/a` or `secret:name-a1B2c3`.
    pub resource: &'t str,
}

impl<'t> Arn<'t> {
    /// Splits a text into the parts of an ARN. Returns `None` if the text does not begin with
    /// `arn:`, or if it has fewer than six parts.
    #[must_use]
    pub fn parse(text: &'t str) -> Option<Self> {
        let mut parts = text.strip_prefix("arn:")?.splitn(5, ':');
        let [
            Some(partition),
            Some(service),
            Some(region),
            Some(account),
            Some(resource),
        ] = [(); 5].map(|()| parts.next())
        else {
            return None;
        };
        let non_empty = |part: &'t str| (!part.is_empty()).then_some(part);
        Some(Self {
            partition,
            service,
            region: non_empty(region),
            account: non_empty(account),
            resource,
        })
    }
}

/// Returns whether a text is the ID of an account: twelve digits.
#[must_use]
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns the full name of a parameter, without the leading slash. `name` is the name or the ARN
/// of the parameter.
///
/// ```
/// use stage_config_grammar::arn::parameter_path;
///
/// assert_eq!(parameter_path("/a/b"), "a/b");
/// assert_eq!(parameter_path("arn:aws:ssm:eu-west-1:111122223333:parameter/a/b"), "a/b");
/// ```
#[must_use]
pub fn parameter_path(name: &str) -> &str {
    let in_arn = Arn::parse(name).and_then(|arn| arn.resource.strip_prefix("parameter/"));
    in_arn.unwrap_or_else(|| name.strip_prefix('/').unwrap_or(name))
}

/// Returns whether every value of this kind of source is a secret. The text may be a template.
///
/// ```
/// use stage_config_grammar::arn::is_made_for_secrets;
///
/// assert!(is_made_for_secrets("secret:shop/{stage}/key"));
/// assert!(!is_made_for_secrets("/shop/dev/{field}"));
/// ```
#[must_use]
pub fn is_made_for_secrets(source: &str) -> bool {
    let is_secret_scheme = |scheme: &&str| source.starts_with(*scheme);
    ["secret:", "kms-env:", "sealed:"]
        .iter()
        .any(is_secret_scheme)
        || referenced_secret(source.strip_prefix("ssm:").unwrap_or(source)).is_some()
}

/// Returns the secret that a parameter refers to: `prod/db` for
/// `/aws/reference/secretsmanager/prod/db`; `None` for any other parameter. Parameter Store reads
/// the secret from Secrets Manager.
#[must_use]
pub fn referenced_secret(name: &str) -> Option<&str> {
    parameter_path(name).strip_prefix("aws/reference/secretsmanager/")
}

/// Returns whether the text is an ARN of KMS, such as that of a key or an alias.
#[must_use]
pub fn is_kms_arn(text: &str) -> bool {
    Arn::parse(text).is_some_and(|arn| arn.service == "kms")
}

/// Returns whether the text is the ARN of a role.
#[must_use]
pub fn is_role_arn(text: &str) -> bool {
    Arn::parse(text).is_some_and(|arn| arn.service == "iam" && arn.resource.starts_with("role/"))
}

/// Splits the ARN of a secret, or the name in it, at the last hyphen, if exactly six letters or
/// digits follow. Secrets Manager appends such a suffix to the name in each ARN. The name itself
/// may also end with such characters, so the result may be a part of the name.
///
/// ```
/// use stage_config_grammar::arn::split_secret_suffix;
///
/// let name = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:db";
/// assert_eq!(split_secret_suffix(&format!("{name}-a1B2c3")), Some((name, "a1B2c3")));
/// assert_eq!(split_secret_suffix(name), None);
/// ```
#[must_use]
pub fn split_secret_suffix(arn: &str) -> Option<(&str, &str)> {
    let (name, suffix) = arn.rsplit_once('-')?;
    let is_suffix = suffix.len() == 6 && suffix.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_suffix.then_some((name, suffix))
}

/// Returns whether the text begins with `arn:`. The ARN may be incomplete.
#[must_use]
pub fn is_arn(text: &str) -> bool {
    text.starts_with("arn:")
}
