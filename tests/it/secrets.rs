//! Secrets Manager: suites of tests that run against two independent servers, and tests with
//! scripted answers.

mod batch;
mod batch_faults;
mod bytes;
mod faults;
mod json_keys;

use stage_config::{
    ExposeSecret, FailureKind, Loaded, Report, SecretSlice, SecretString, StageConfig,
};

use crate::support::load::{
    assert_failure, expect_config, expect_error, expect_failure, loader, resolve,
};
use crate::support::peers::Peer;
use crate::support::secrets_and_keys::Secrets as Seed;
use crate::support::suite::suite;

suite! {
    secrets_are_loaded_by_name
    full_and_partial_arns_are_valid_sources
    pinned_versions_are_loaded
    missing_secrets_are_listed
    a_pinned_version_that_does_not_exist_is_missing
    the_first_existing_candidate_of_a_chain_is_used
    a_missing_secret_is_none_or_the_default
    a_secret_without_a_value_is_an_error
    a_secret_marked_for_deletion_is_an_error
    a_secret_of_another_account_is_refused
}

/// Returns the operation of each call with the names that the call requests, sorted.
fn list_calls(report: &Report) -> Vec<(&str, Vec<&str>)> {
    let mut calls: Vec<_> = report
        .calls
        .iter()
        .map(|call| {
            (
                call.operation.as_str(),
                call.names.iter().map(String::as_str).collect(),
            )
        })
        .collect();
    calls.sort();
    calls
}

async fn secrets_are_loaded_by_name(peer: &Peer) {
    #[derive(StageConfig)]
    #[stage(dev = "secret:names/{stage}/{field}")]
    struct Names {
        password: SecretString,
        /// The source makes the field secret, regardless of the type of the field.
        port: u16,
        #[stage(dev = "secret:names_+=.@-x")]
        odd: String,
    }
    let seed = Seed::new(peer);
    seed.create_text("names/dev/password", "  pass\n").await;
    seed.create_text("names/dev/port", " 5432 ").await;
    seed.create_text("names_+=.@-x", "odd").await;

    let Loaded { config, report, .. } =
        resolve::<Names>(&peer.url).await.expect("all values exist");
    assert_eq!(
        (
            config.password.expose_secret(),
            config.port,
            config.odd.as_str()
        ),
        ("  pass\n", 5432, "odd")
    );
    let call = |name| ("GetSecretValue", vec![name]);
    let expected = [
        "secret:names/dev/password",
        "secret:names/dev/port",
        "secret:names_+=.@-x",
    ];
    assert_eq!(list_calls(&report), expected.map(call));
    assert!(
        report
            .fields
            .iter()
            .all(|field| field.secret && field.version.is_some()),
        "{report}"
    );
}

/// An ARN ends with six characters that the server chooses. The test uses them as the stage, since
/// a source can contain `{stage}`.
async fn full_and_partial_arns_are_valid_sources(peer: &Peer) {
    #[derive(StageConfig)]
    struct Arns {
        #[stage(
            dev = "value:x",
            fallback = "secret:arn:aws:secretsmanager:eu-west-1:123456789012:secret:arns/a-{stage}"
        )]
        full: String,
        #[stage(
            dev = "value:x",
            fallback = "secret:arn:aws:secretsmanager:eu-west-1:123456789012:secret:arns/a"
        )]
        partial: String,
        #[stage(dev = "value:x", fallback = "secret:arns/a?region=eu-west-1")]
        name: String,
        #[stage(
            dev = "value:x",
            fallback = "secret:arn:aws:secretsmanager:eu-west-1:123456789012:secret:arns/none-{stage}"
        )]
        none: Option<String>,
        #[stage(
            dev = "value:x",
            fallback = "secret:arn:aws:secretsmanager:us-east-1:123456789012:secret:arns/a-{stage}"
        )]
        elsewhere: Option<String>,
    }

    let arn = Seed::new(peer).create_text("arns/a", "the same").await;
    let suffix = &arn[arn.len() - 6..];
    let Loaded { config, report, .. } = loader::<Arns>(&peer.url)
        .stage(suffix)
        .resolve()
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        (
            config.full.as_str(),
            config.partial.as_str(),
            config.name.as_str()
        ),
        ("the same", "the same", "the same")
    );
    assert_eq!((config.none, config.elsewhere), (None, None));

    let regions: Vec<_> = report
        .calls
        .iter()
        .filter_map(|call| call.region.as_deref())
        .collect();
    assert_eq!(
        (
            regions.len(),
            regions
                .iter()
                .filter(|region| **region == "us-east-1")
                .count()
        ),
        (5, 1),
        "{report}"
    );
}

const FIRST: &str = "11111111-1111-4111-8111-111111111111";
const SECOND: &str = "22222222-2222-4222-8222-222222222222";

async fn pinned_versions_are_loaded(peer: &Peer) {
    #[derive(StageConfig)]
    struct Versions {
        #[stage(dev = "secret:versions")]
        current: String,
        #[stage(dev = "secret:versions?version_stage=AWSCURRENT")]
        pinned: String,
        #[stage(dev = "secret:versions?version_stage=AWSPREVIOUS")]
        previous: String,
        #[stage(dev = "secret:versions?version_id=11111111-1111-4111-8111-111111111111")]
        first: String,
        #[stage(dev = "secret:versions?version_id=22222222-2222-4222-8222-222222222222#key")]
        second: String,
    }
    let seed = Seed::new(peer);
    seed.create_text("versions", "zero").await;
    seed.add_version("versions", FIRST, "one").await;
    seed.add_version("versions", SECOND, r#"{"key":"two"}"#)
        .await;

    let Loaded { config, report, .. } = resolve::<Versions>(&peer.url)
        .await
        .expect("the versions exist");
    assert_eq!(
        (config.current.as_str(), config.pinned.as_str()),
        (r#"{"key":"two"}"#, r#"{"key":"two"}"#)
    );
    assert_eq!(
        (
            config.previous.as_str(),
            config.first.as_str(),
            config.second.as_str()
        ),
        ("one", "one", "two")
    );
    assert_eq!(
        report.calls.len(),
        5,
        "each version needs its own call: {report}"
    );
    let versions: Vec<_> = report
        .fields
        .iter()
        .filter_map(|field| field.version.as_deref())
        .collect();
    assert_eq!(versions, [SECOND, SECOND, FIRST, FIRST, SECOND]);
}

async fn missing_secrets_are_listed(peer: &Peer) {
    #[derive(StageConfig)]
    #[stage(dev = "secret:absent/{field}")]
    #[allow(dead_code)]
    struct Absent {
        existing: SecretString,
        missing: SecretString,
        #[stage(dev = "secret:rds!db-missing#password")]
        managed: SecretString,
        #[stage(dev = "secret:absent/existing#key")]
        key: Option<String>,
        #[stage(dev = "secret:absent/json#key")]
        required: String,
    }

    let seed = Seed::new(peer);
    seed.create_text("absent/existing", "{}").await;
    seed.create_text("absent/json", r#"{"other":1}"#).await;
    let error = expect_error(resolve::<Absent>(&peer.url).await);
    let [missing, managed, required] = error.failures() else {
        panic!("three failures are expected: {error}")
    };
    // The help quotes the name, because a shell would replace `!db`.
    let words = ["aws secretsmanager create-secret --name 'rds!db-missing'"];
    assert_failure(managed, "managed", FailureKind::Missing, &words);
    let words = [
        "secret:absent/missing",
        "aws secretsmanager create-secret --name absent/missing",
    ];
    assert_failure(missing, "missing", FailureKind::Missing, &words);

    let words = [
        "secret:absent/json#key",
        "its JSON has no key `key`",
        "add the key `key`",
    ];
    assert_failure(required, "required", FailureKind::Missing, &words);
}

/// The secret exists, but its pinned version does not. The value is missing, like a missing version
/// of a parameter.
async fn a_pinned_version_that_does_not_exist_is_missing(peer: &Peer) {
    #[derive(StageConfig)]
    struct Versions {
        #[stage(dev = "secret:pinned?version_stage=AWSPREVIOUS")]
        #[allow(dead_code)]
        previous: SecretString,
        #[stage(dev = ["secret:pinned?version_id=33333333-3333-4333-8333-333333333333", "secret:pinned"])]
        #[allow(dead_code)]
        chain: SecretString,
    }

    Seed::new(peer).create_text("pinned", "x").await;
    let failure = expect_failure(resolve::<Versions>(&peer.url).await);
    let words = [
        "secret:pinned?version_stage=AWSPREVIOUS",
        "list-secret-version-ids --secret-id pinned",
    ];
    assert_failure(&failure, "previous", FailureKind::Missing, &words);
}

async fn the_first_existing_candidate_of_a_chain_is_used(peer: &Peer) {
    #[derive(StageConfig)]
    struct Chains {
        #[stage(dev = ["/secret-chains/none", "secret:chains/second"])]
        second: SecretString,
        #[stage(dev = ["secret:chains/none", "/secret-chains/first", "secret:chains/second"])]
        first: SecretString,
        #[stage(dev = ["secret:chains/json#absent", "secret:chains/json#present"])]
        key: String,
        #[stage(dev = ["/secret-chains/none", "secret:chains/none"])]
        none: Option<SecretString>,
    }

    crate::support::aws::Seed::new(peer)
        .put_secure("/secret-chains/first", "1st")
        .await;
    let seed = Seed::new(peer);
    seed.create_text("chains/second", "2nd").await;
    seed.create_text("chains/json", r#"{"present":"p","absent":null}"#)
        .await;
    let Loaded { config, report, .. } = resolve::<Chains>(&peer.url)
        .await
        .expect("each required field has a candidate that exists");
    assert_eq!(
        (config.second.expose_secret(), config.first.expose_secret()),
        ("2nd", "1st")
    );
    assert_eq!((config.key.as_str(), config.none.is_none()), ("p", true));

    let schemes: Vec<_> = report
        .calls
        .iter()
        .map(|call| call.scheme.as_str())
        .collect();
    assert_eq!(
        schemes.iter().filter(|scheme| **scheme == "ssm").count(),
        1,
        "{report}"
    );
    assert_eq!(
        schemes.iter().filter(|scheme| **scheme == "secret").count(),
        3,
        "{report}"
    );
}

async fn a_missing_secret_is_none_or_the_default(peer: &Peer) {
    #[derive(StageConfig)]
    #[stage(dev = "secret:optional/{field}")]
    struct Optional {
        some: Option<SecretString>,
        none: Option<SecretString>,
        #[stage(dev = ["secret:optional/none", "/secret-optional/timeout"])]
        #[config(default = 30)]
        timeout: u64,
    }

    Seed::new(peer).create_text("optional/some", "s").await;
    let config = expect_config(resolve::<Optional>(&peer.url).await);
    assert_eq!(
        config.some.as_ref().map(ExposeSecret::expose_secret),
        Some("s")
    );
    assert_eq!((config.none.is_none(), config.timeout), (true, 30));
}

#[derive(StageConfig)]
#[allow(dead_code)]
struct Unusable {
    #[stage(dev = ["secret:unusable/empty", "value:x"])]
    empty: Option<String>,
}

async fn a_secret_without_a_value_is_an_error(peer: &Peer) {
    Seed::new(peer).create_without_value("unusable/empty").await;
    let failure = expect_failure(resolve::<Unusable>(&peer.url).await);
    let words = [
        "secret:unusable/empty",
        "has no version `AWSCURRENT`",
        "put-secret-value --secret-id unusable/empty",
    ];
    assert_failure(&failure, "empty", FailureKind::NoValue, &words);
}

async fn a_secret_marked_for_deletion_is_an_error(peer: &Peer) {
    #[derive(StageConfig)]
    #[allow(dead_code)]
    struct Deleted {
        #[stage(dev = "secret:unusable/deleted")]
        deleted: Option<String>,
    }

    let seed = Seed::new(peer);
    seed.create_text("unusable/deleted", "x").await;
    seed.delete("unusable/deleted").await;
    let failure = expect_failure(resolve::<Deleted>(&peer.url).await);
    let words = [
        "secret:unusable/deleted",
        "restore-secret --secret-id unusable/deleted",
    ];
    assert_failure(&failure, "deleted", FailureKind::MarkedForDeletion, &words);
}

async fn a_secret_of_another_account_is_refused(peer: &Peer) {
    #[derive(StageConfig)]
    #[config(account(dev = "999999999999"))]
    #[allow(dead_code)]
    struct Wrong {
        #[stage(dev = "secret:account")]
        a: SecretString,
    }

    Seed::new(peer).create_text("account", "x").await;
    let failure = expect_failure(resolve::<Wrong>(&peer.url).await);
    assert_failure(
        &failure,
        "a",
        FailureKind::WrongAccount,
        &["secret:account", "123456789012", "999999999999"],
    );
}
