//! Tests of the sources that `set` writes. The help of `check` must name `set` for exactly these
//! sources.

use stage_config::{SecretString, StageConfig};
use stage_config_core::Help;
use stage_config_grammar::source::Source;

use super::{Destination, find_writable};
use crate::args::IdentityArguments;
use crate::help;
use crate::session::Session;

/// Returns `Some(true)` if `set` can write and create the source, `Some(false)` if it can only
/// write it, and `None` if it cannot write it.
fn can_be_created(text: &str) -> Option<bool> {
    let source = Source::parse(text, &["vault"]).unwrap();
    find_writable(&source, "dev", None)
        .ok()
        .map(|writable| writable.can_be_created())
}

#[test]
fn set_writes_and_creates_these_sources() {
    for text in [
        "/a/b",
        "ssm:name",
        "/a/b#key",
        "/a/b?region=eu-west-1",
        "arn:aws:ssm:eu-west-1:111122223333:parameter/a/b",
        "secret:db",
        "secret:db#key",
        "secret:db?version_stage=AWSCURRENT",
        "sealed:key",
        "sealed:prod/key",
    ] {
        assert_eq!(can_be_created(text), Some(true), "{text}");
    }
    let by_arn = "secret:arn:aws:secretsmanager:eu-west-1:111122223333:secret:db-AbCd12";
    assert_eq!(
        can_be_created(by_arn),
        Some(false),
        "Secrets Manager chooses the ARN"
    );
    for text in [
        "/a/b:3",
        "/a/b:label",
        "/aws/service/x",
        "arn:aws:ssm:eu-west-1::parameter/aws/service/x",
        "/aws/reference/secretsmanager/db",
        "secret:db?version_stage=AWSPREVIOUS",
        "sealed:key#part",
        "env:A",
        "kms-env:A",
        "value:x",
        "vault:a",
    ] {
        assert_eq!(can_be_created(text), None, "{text}");
    }
}

#[derive(StageConfig)]
#[stage(dev = "/payments/dev/{field}")]
#[config(schemes("vault"))]
#[allow(dead_code)]
struct Every {
    table: String,
    #[stage(dev = ["/payments/dev/chain", "env:CHAIN"])]
    chain: String,
    #[stage(dev = "/payments/dev/pinned:3")]
    pinned: String,
    #[stage(dev = "arn:aws:ssm:eu-central-1:444455556666:parameter/shared/x")]
    by_arn: String,
    #[stage(dev = "/aws/service/x")]
    public: String,
    #[stage(dev = "/aws/reference/secretsmanager/bridge")]
    bridge: SecretString,
    #[stage(dev = "secret:dev/db#password")]
    password: SecretString,
    #[stage(dev = "secret:arn:aws:secretsmanager:eu-west-1:111122223333:secret:whole-AbCd12")]
    secret_by_arn: String,
    #[stage(dev = "kms-env:PLAIN")]
    variable: SecretString,
    #[stage(dev = "env:LOG_LEVEL")]
    level: String,
    #[stage(dev = "value:5")]
    literal: u8,
    #[stage(dev = "vault:a/b")]
    vault: String,
}

#[test]
fn the_help_names_set_only_for_sources_that_set_writes() {
    let session = Session {
        artifacts: Vec::new(),
        schema: &Every::SCHEMA,
        package: None,
    };
    let stage = session
        .plan_stage("dev", &IdentityArguments::default())
        .unwrap();

    let mut written = Vec::new();
    for field in stage.plan.planned_fields() {
        let help = help::replace_value(
            "dev",
            field,
            &field.chain()[0],
            &"give another value".into(),
        );
        let names_set =
            matches!(&help, Help::Run { command, .. } if command.starts_with("cargo stage set "));
        let is_written = Destination::new(&session, &stage, field).is_ok();
        assert_eq!(names_set, is_written, "{}: {help}", field.path());
        written.extend(is_written.then_some(field.path()));
    }
    assert_eq!(
        written,
        ["table", "chain", "by_arn", "password", "secret_by_arn"]
    );
}
