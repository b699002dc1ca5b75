//! Finds fallback sources that production stages read and no other declared stage reads. Through
//! such a source, a preview stage would use the values of production.

use stage_config_core::{Plan, Schema, Stage};
use stage_config_grammar::arn::{Arn, parameter_path, split_secret_suffix};
use stage_config_grammar::source::Address;
use stage_config_grammar::stage::find_production_word;

use super::report::{CheckWarning, CheckWarningKind};
use crate::parameter_class::ParameterClass;
use crate::redact;

/// Returns a warning for each fallback source that declared production stages read and no other
/// declared stage reads.
pub(super) fn find_warnings(schema: &'static Schema) -> Vec<CheckWarning> {
    let Some(fallback) =
        Stage::new_undeclared(schema).and_then(|stage| Plan::new(schema, stage, |_| false).ok())
    else {
        return Vec::new();
    };
    // A stage without a valid plan reads nothing.
    let stages = schema
        .stages
        .iter()
        .filter_map(|name| Stage::choose(schema, name).ok());
    let declared: Vec<Plan> = stages
        .filter_map(|stage| Plan::new(schema, stage, |_| false).ok())
        .collect();
    let mut warnings = Vec::new();
    for field in fallback.planned_fields() {
        for source in field.chain() {
            let Some(location) =
                ValueLocation::from_address(&source.address, fallback.stage().name())
            else {
                continue;
            };
            let readers: Vec<&str> = declared
                .iter()
                .filter(|plan| reads_location(plan, &location))
                .map(|plan| plan.stage().name())
                .collect();
            if !readers.is_empty()
                && readers
                    .iter()
                    .all(|stage| find_production_word(stage).is_some())
            {
                warnings.push(new_warning(
                    field.path(),
                    &redact::display_source(source),
                    &readers,
                ));
            }
        }
    }
    warnings
}

fn new_warning(field: &str, source: &str, readers: &[&str]) -> CheckWarning {
    let stages = readers.join("`, `");
    CheckWarning::new(
        CheckWarningKind::ProductionFallback,
        "",
        format!(
            "the fallback sources of `{field}` include {source}; of the declared stages, only \
             production reads it: `{stages}`"
        ),
        format!(
            "set `fallback` of `{field}` to a source that no other stage reads, or to a source of \
             a stage that is not production"
        ),
    )
}

fn reads_location(plan: &Plan, location: &ValueLocation<'_>) -> bool {
    let mut sources = plan.planned_fields().iter().flat_map(|field| field.chain());
    sources.any(|source| {
        ValueLocation::from_address(&source.address, plan.stage().name())
            .is_some_and(|other| other.is_same(location))
    })
}

/// The location of a value, independent of its version and of the notation of its address.
struct ValueLocation<'a> {
    store: &'a str,
    /// The stage of a sealed file; empty for other stores.
    sealed_stage: &'a str,
    name: String,
    region: Option<&'a str>,
    /// The account that has the value, if the source names it.
    account: Option<&'a str>,
}

impl<'a> ValueLocation<'a> {
    /// Returns the location of a value. Returns `None` for a literal, and for a variable, because
    /// each deployment has its own variables.
    fn from_address(address: &'a Address, stage_name: &'a str) -> Option<Self> {
        let new = |store, name: &str| Self {
            store,
            sealed_stage: "",
            name: name.to_owned(),
            region: address.region(),
            account: find_account(address),
        };
        match address {
            Address::Parameter { name, .. } => Some(match ParameterClass::from_name(name) {
                ParameterClass::Secret(secret) => new("secret", secret),
                ParameterClass::Own | ParameterClass::Public => new("ssm", parameter_path(name)),
            }),
            Address::ParameterPath { path, .. } => {
                Some(new("ssm", &format!("{}/*", parameter_path(path))))
            }
            Address::Secret { id, .. } => Some(new("secret", strip_secret_suffix(id))),
            Address::AppConfig {
                application,
                environment,
                profile,
                ..
            } => Some(new(
                "appconfig",
                &format!("{application}/{environment}/{profile}"),
            )),
            Address::Sealed { name, stage } => {
                let sealed_stage = stage.as_deref().unwrap_or(stage_name);
                Some(Self {
                    sealed_stage,
                    ..new("sealed", name)
                })
            }
            Address::Custom { scheme, .. } => Some(new(scheme, &address.to_string())),
            Address::KmsEnv { .. } | Address::Env { .. } | Address::Value(_) => None,
        }
    }

    /// Compares two locations. A missing region or account equals any other, and a path of
    /// Parameter Store equals everything below it.
    fn is_same(&self, other: &Self) -> bool {
        let accounts_differ = self
            .account
            .zip(other.account)
            .is_some_and(|(one, other)| one != other);
        let regions_differ = self
            .region
            .zip(other.region)
            .is_some_and(|(one, other)| one != other);
        !regions_differ
            && !accounts_differ
            && (self.store, self.sealed_stage) == (other.store, other.sealed_stage)
            && (self.name == other.name || self.contains(other) || other.contains(self))
    }

    /// Returns whether this is a path of Parameter Store, and the other location is below it.
    fn contains(&self, other: &Self) -> bool {
        let path = self.name.strip_suffix('*');
        self.store == "ssm" && path.is_some_and(|path| other.name.starts_with(path))
    }
}

/// Returns the account in the ARN of an address or of its role.
fn find_account(address: &Address) -> Option<&str> {
    Arn::parse(address.arn().or(address.role())?)?.account
}

/// Returns the name in the ARN of a secret without the suffix that Secrets Manager adds: a hyphen
/// and six characters. Returns any other text unchanged.
fn strip_secret_suffix(id: &str) -> &str {
    let Some(name) = Arn::parse(id).and_then(|arn| arn.resource.strip_prefix("secret:")) else {
        return id;
    };
    split_secret_suffix(name).map_or(name, |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use stage_config_grammar::source::Source;

    #[track_caller]
    fn assert_is_same(one: (&str, &str), other: (&str, &str), expected: bool) {
        let parse = |text: &str| Source::parse(text, &["vault"]).expect("a source").address;
        let (first, second) = (parse(one.0), parse(other.0));
        let locations = ValueLocation::from_address(&first, one.1)
            .zip(ValueLocation::from_address(&second, other.1));
        assert_eq!(
            locations.is_some_and(|(one, other)| one.is_same(&other)),
            expected,
            "{one:?} {other:?}"
        );
    }

    #[test]
    fn locations_are_compared_independently_of_their_notation() {
        for (one, other) in [
            ("/a/b", "/a/b:3#key"),
            ("/a/b", "arn:aws:ssm:eu-west-1:111122223333:parameter/a/b"),
            (
                "ssm:name",
                "arn:aws:ssm:eu-west-1:111122223333:parameter/name",
            ),
            ("/a/b?region=eu-west-1", "/a/b"),
            (
                "secret:db",
                "secret:arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCdEf",
            ),
            (
                "secret:db?version_stage=AWSPREVIOUS",
                "/aws/reference/secretsmanager/db",
            ),
            ("appconfig:a/b/c#x", "appconfig:a/b/c?region=eu-west-1#y"),
            ("vault:a", "vault:a#key"),
        ] {
            assert_is_same((one, "prod"), (other, "qa"), true);
        }
        for (one, other) in [
            ("/a/b", "/a/c"),
            (
                "/a/b?region=eu-west-1",
                "arn:aws:ssm:us-east-1:111122223333:parameter/a/b",
            ),
            ("/db", "secret:db"),
            ("appconfig:a/b/c", "appconfig:a/d/c"),
            (
                "appconfig:a/b/c?region=eu-west-1",
                "appconfig:a/b/c?region=us-east-1",
            ),
            ("vault:a", "vault:b"),
            ("vault:a*", "vault:ab"),
            ("env:A", "env:A"),
            ("value:a", "value:a"),
            ("kms-env:A", "kms-env:A"),
        ] {
            assert_is_same((one, "prod"), (other, "qa"), false);
        }
    }

    #[test]
    fn a_sealed_file_without_a_stage_belongs_to_the_running_stage() {
        assert_is_same(("sealed:key", "prod"), ("sealed:prod/key", "qa"), true);
        assert_is_same(("sealed:key", "prod"), ("sealed:key", "qa"), false);
        assert_is_same(("sealed:dev/key", "prod"), ("sealed:prod/key", "qa"), false);
    }
}
