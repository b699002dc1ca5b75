//! The help for each kind of failure.

mod command;
mod denied;
mod missing;

pub(crate) use denied::for_denied;
#[cfg(feature = "manage")]
pub(crate) use denied::{grant_resource, reduce_to_existence};

use crate::{
    decode::DecodeError,
    diagnostic::Help,
    failure::FailureKind,
    outcome::{Denied, Found},
    schema::{FieldSpec, Kind, Secrecy},
};
use command::{aws_secret, type_value};
use missing::for_missing;
use stage_config_grammar::shell::quote;
use stage_config_grammar::source::{Address, Source};

/// The help if a Figment value is not text but the field needs text.
pub(crate) const QUOTE: &str = "quote it in the provider, as in `zip = \"0123\"`; Figment's `Env` \
                                takes quotes inside of the variable: `ZIP='\"0123\"'`";

/// The advice to increase the timeout, which is a part of several helps.
const INCREASE_TIMEOUT: &str = "increase the timeout (`STAGE_CONFIG_TIMEOUT` or \
                                `Loader::timeout`; `Loader::refresh_timeout` for a refresh)";

/// Returns the help for the failure of one source of a field.
pub(crate) fn for_source(kind: FailureKind, source: &Source, secrecy: Secrecy) -> Help {
    if let Address::Sealed {
        name,
        stage: Some(stage),
    } = &source.address
        && let Some(help) = for_sealed(kind, name, stage)
    {
        return help;
    }

    if let Address::Custom { scheme, .. } = &source.address
        && let Some(help) = for_own_store(kind, scheme)
    {
        return help;
    }

    match kind {
        FailureKind::Missing => for_missing(source, secrecy),
        // The variable contains no ciphertext.
        FailureKind::Undecodable if matches!(source.address, Address::KmsEnv { .. }) => {
            for_missing(source, secrecy)
        }
        FailureKind::Denied => for_denied(source, &Denied::default()),
        FailureKind::Throttled => {
            format!(
                "too many calls share this quota at once: start fewer processes at the same time, \
                 raise the quota (Parameter Store: higher throughput), or {INCREASE_TIMEOUT}"
            )
            .into()
        }
        FailureKind::TimedOut => {
            format!(
                "check the network (VPC endpoint, security group, proxy), or {INCREASE_TIMEOUT}"
            )
            .into()
        }
        FailureKind::Unavailable => "check the network (VPC endpoint, DNS, proxy) and the health \
                                     of the service"
            .into(),
        FailureKind::Credentials => {
            "provide AWS credentials and a region to the process: an execution role, `AWS_PROFILE`, or \
             AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION"
                .into()
        }
        FailureKind::InvalidAnswer => {
            "check which server answers: an endpoint variable or a proxy may redirect the call"
                .into()
        }
        FailureKind::InvalidRequest => {
            "correct the source: the service rejects this address".into()
        }
        FailureKind::WrongContext => for_wrong_context(&source.address).into(),
        FailureKind::WrongKey => "in `?key=`, name the key that encrypted the value, or encrypt \
                                  the value again"
            .into(),
        FailureKind::KeyUnusable => {
            "enable the key (aws kms enable-key, or cancel-key-deletion), or use another key".into()
        }
        FailureKind::DecryptionFailed => {
            "check the key that encrypts the value: the key must be enabled, and this program must \
             be allowed `kms:Decrypt` on it"
                .into()
        }
        FailureKind::MarkedForDeletion => for_deleted(source),
        FailureKind::NoValue => for_no_value(source),
        FailureKind::WrongAccount if source.address.role().is_some() => {
            "in `?role=`, name a role of the account that has the value".into()
        }
        FailureKind::WrongAccount => {
            "run with the credentials of the stage's account, or change `#[config(account(…))]`"
                .into()
        }
        FailureKind::Undecodable | FailureKind::Invalid => {
            Help::change_value("another value", source.to_string())
        }
    }
}

fn for_deleted(source: &Source) -> Help {
    match &source.address {
        Address::Secret { id, .. } => Help::run(aws_secret("restore-secret", id, &source.address)),
        _ => format!("restore {source}").into(),
    }
}

fn for_no_value(source: &Source) -> Help {
    match &source.address {
        Address::Secret { id, .. } => {
            let command = format!(
                "secretsmanager put-secret-value --secret-id {} --secret-string file:///dev/stdin",
                quote(id)
            );
            type_value(source, "", &command)
        }
        _ => format!("give {source} a value").into(),
    }
}

/// Returns the help for a failure that a store of the program reports; `None` if the help for AWS
/// is also true for such a store.
fn for_own_store(kind: FailureKind, scheme: &str) -> Option<Help> {
    let help = match kind {
        FailureKind::Throttled => format!(
            "start fewer processes at the same time, raise the limit of the server of `{scheme}:`, \
             or {INCREASE_TIMEOUT}"
        ),
        FailureKind::Credentials => {
            format!("give the program's store of `{scheme}:` credentials that its server accepts")
        }
        FailureKind::InvalidAnswer => {
            format!("check the server of `{scheme}:`, and the code of the program's store for it")
        }
        FailureKind::InvalidRequest => {
            format!("correct the source: the program's store of `{scheme}:` rejects this address")
        }
        _ => return None,
    };
    Some(help.into())
}

fn for_wrong_context(address: &Address) -> String {
    match address {
        Address::KmsEnv {
            variable,
            lambda_context: true,
            ..
        } => {
            format!(
                "if the value was encrypted without a context, change the source to \
                 `kms-env:{variable}`; else encrypt the value again"
            )
        }
        Address::KmsEnv {
            variable,
            lambda_context: false,
            ..
        } => {
            format!(
                "if the Lambda console encrypted the value, change the source to \
                 `kms-env:{variable}?context=lambda`; else encrypt the value again"
            )
        }
        _ => "encrypt the value with the context that the source names".to_owned(),
    }
}

/// Adds `stage` to a `sealed:` source that names no stage, for commands that need a stage. Any
/// other source is unchanged.
pub(crate) fn with_stage(source: &Source, stage: &str) -> Source {
    let mut source = source.clone();
    if let Address::Sealed {
        stage: named @ None,
        ..
    } = &mut source.address
    {
        *named = Some(stage.to_owned());
    }
    source
}

/// Returns the help for a sealed file that is broken or not embedded; `None` for any other cause.
fn for_sealed(kind: FailureKind, name: &str, stage: &str) -> Option<Help> {
    match kind {
        FailureKind::InvalidRequest => Some(for_missing_sealed(name, stage)),
        FailureKind::Undecodable | FailureKind::DecryptionFailed | FailureKind::WrongKey => {
            let purpose = format!(
                "before the next build, restore the files of sealed/{stage} from git, or seal the \
                 value again"
            );
            let seal = format!("cargo stage seal {name} --stage {stage}");
            Some(Help::run_to(purpose, seal))
        }
        FailureKind::WrongContext => {
            Some(format!("restore sealed/{stage}/stage.key from git, and build again").into())
        }
        _ => None,
    }
}

fn for_missing_sealed(name: &str, stage: &str) -> Help {
    let seal = format!("cargo stage seal {name} --stage {stage}");
    Help::run_to("before the next build", seal)
}

/// Adds the advice to unset `variable`: the environment override that sets the field's value or
/// names its source. If the override sets the value, `source` is the name of the variable too.
pub(crate) fn add_variable_hint(help: Help, source: Option<&str>, variable: Option<&str>) -> Help {
    let Some(variable) = variable else {
        return help;
    };
    let unset = if source == Some(variable) {
        format!("unset `{variable}`")
    } else {
        format!("unset `{variable}`, which names this source")
    };
    match help {
        // No text may follow a command, so the advice precedes it.
        Help::Run { purpose, command } if purpose.is_empty() => {
            Help::run_to(format!("{unset}, or run"), command)
        }
        Help::Run { purpose, command } => Help::run_to(format!("{unset}, or {purpose}"), command),
        help => help.also(format!("or {unset}")),
    }
}

/// Returns the help for a JSON text that does not contain the key. `place` tells the user where the
/// text is.
pub(crate) fn for_key(place: &str, key: &str) -> Help {
    format!("add the key `{key}` to the JSON in {place}").into()
}

/// Returns the help for a text in `place` that does not fit the type of the field. If the field
/// reads the parameters of a path, the help names the wrong parameter and the type of its value.
pub(crate) fn for_text(spec: &FieldSpec, found: &Found, place: &str, error: &DecodeError) -> Help {
    // The options of a source, such as `?region=`, follow the path.
    let place = match (error.parameter(), place.split_once("/*")) {
        (Some(name), Some((path, options))) => format!("{path}/{name}{options}"),
        _ => place.to_owned(),
    };
    // The module of `with` chooses the form, whatever the type of the field is.
    if spec.with {
        return Help::change_value("a text that the field's `with` accepts", place);
    }
    let kind = spec.shape.kind;
    let kind = if found.is_parameter_map {
        kind.map_value()
    } else {
        kind
    };
    Help::change_value(describe_expected(kind), place)
}

fn describe_expected(kind: Kind) -> String {
    match kind {
        Kind::Integer { min, max, nonzero } => {
            let except_zero = if nonzero { ", but not 0" } else { "" };
            format!("a whole number from {min} to {max}{except_zero}")
        }
        Kind::Array { length, .. } => format!("{length} items between commas, or a JSON array"),
        Kind::Tuple(items) => format!("{} items between commas, or a JSON array", items.len()),
        Kind::Bytes {
            length: Some(length),
        } => format!("the base64 of {length} bytes"),
        Kind::Optional(inner) => describe_expected(*inner),
        Kind::ListOf(item) | Kind::SetOf(item)
            if !matches!(item, Kind::String | Kind::ListOf(_) | Kind::SetOf(_)) =>
        {
            let items = kind.describe_fixed().unwrap_or("items");
            format!("{items}, where each item is {}", describe_expected(*item))
        }
        kind => kind.describe_fixed().unwrap_or("another value").to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A store of the program asks a server of its own, so advice about AWS may be wrong.
    #[test]
    fn the_help_for_a_store_of_the_program_does_not_name_aws() {
        let source = Source::parse("vault:payments/table", &["vault"]).unwrap();
        for kind in [
            FailureKind::Throttled,
            FailureKind::Credentials,
            FailureKind::InvalidAnswer,
            FailureKind::InvalidRequest,
        ] {
            let help = for_source(kind, &source, Secrecy::No).to_string();
            assert!(help.contains("`vault:`"), "{help}");
            assert!(
                !help.contains("AWS") && !help.contains("Parameter Store"),
                "{help}"
            );
        }
    }

    #[test]
    fn the_help_for_a_short_timeout_names_its_options() {
        for (kind, source) in [
            (FailureKind::Throttled, "/payments/table"),
            (FailureKind::TimedOut, "/payments/table"),
            (FailureKind::Throttled, "vault:payments/table"),
        ] {
            let source = Source::parse(source, &["vault"]).unwrap();
            let help = for_source(kind, &source, Secrecy::No).to_string();
            for option in [
                "`STAGE_CONFIG_TIMEOUT`",
                "`Loader::timeout`",
                "`Loader::refresh_timeout`",
            ] {
                assert!(help.contains(option), "{help}");
            }
        }
    }
}
