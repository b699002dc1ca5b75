//! The ARNs of what sources name.

use super::place::Place;
use super::text::Text;

/// What a parameter is, for IAM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parameter<'a> {
    /// One of an account.
    Own,
    /// One of AWS's own, `/aws/service/…`.
    Public,
    /// A secret seen through Parameter Store, `/aws/reference/secretsmanager/NAME`.
    Secret(&'a str),
}

impl<'a> Parameter<'a> {
    /// By its name or ARN.
    pub(super) fn of(name: &'a str) -> Self {
        let path = name.split_once(":parameter/").map_or(name.trim_start_matches('/'), |(_, path)| path);
        if path.starts_with("aws/service/") {
            return Self::Public;
        }
        path.strip_prefix("aws/reference/secretsmanager/").map_or(Self::Own, Self::Secret)
    }
}

/// `arn:…:parameter/a/b`, for a name with or without a leading slash, or an ARN.
pub(super) fn of_parameter(place: &Place, name: &str) -> Text {
    if name.starts_with("arn:") {
        return Text::from(name);
    }
    let start = match Parameter::of(name) {
        Parameter::Public => place.public_arn("ssm"),
        Parameter::Own | Parameter::Secret(_) => place.arn("ssm"),
    };
    start.with("parameter/").with(name.trim_start_matches('/'))
}

/// The ARNs under which a secret may be found: Secrets Manager puts a hyphen and six characters behind the name.
///
/// An ARN that ends in what might be these characters may be whole or not, as `…:secret:db-secret`. Where all six are small
/// letters it is taken as both.
pub(super) fn of_secret(place: &Place, id: &str) -> Vec<Text> {
    const SUFFIX: &str = "-??????";
    if !id.starts_with("arn:") {
        return vec![place.arn("secretsmanager").with("secret:").with(id).with(SUFFIX)];
    }
    let (whole, partial) = (Text::from(id), Text::from(id).with(SUFFIX));
    match Ending::of(id) {
        Ending::None => vec![partial],
        Ending::Word => vec![whole, partial],
        Ending::Random => vec![whole],
    }
}

/// Whether a secret is named by its whole ARN for certain, so that it exists already.
pub(super) fn is_whole(id: &str) -> bool {
    id.starts_with("arn:") && Ending::of(id) == Ending::Random
}

/// What stands behind the last hyphen of a secret's ARN.
#[derive(PartialEq, Eq)]
enum Ending {
    None,
    /// Six small letters, which may be a word of the name.
    Word,
    /// The six characters that Secrets Manager chose.
    Random,
}

impl Ending {
    fn of(arn: &str) -> Self {
        match arn.rsplit_once('-') {
            Some((_, ending)) if ending.len() == 6 && ending.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                let word = ending.bytes().all(|byte| byte.is_ascii_lowercase());
                if word { Self::Word } else { Self::Random }
            }
            _ => Self::None,
        }
    }
}
