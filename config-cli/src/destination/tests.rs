//! Tests which sources `set` writes, and which stage and field a suggested command names for a
//! source. The help of `check` must name `set` for exactly the sources that `set` writes. One test
//! selects a parameter below the paths of a chain.

use std::collections::BTreeMap;

use stage_config::{SecretString, StageConfig};
use stage_config_core::{Help, Plan, Stage};
use stage_config_grammar::source::Source;

use super::{Destination, WrittenField, find_writable, find_written_field};
use crate::args::IdentityArguments;
use crate::help;
use crate::session::Session;

/// Returns `Some(true)` if `set` can create a value at the source, `Some(false)` if `set` can only
/// replace the value, and `None` if `set` does not write the source.
fn can_be_created(text: &str) -> Option<bool> {
    let source = Source::parse(text, &["vault"]).unwrap();
    find_writable(&source, "dev", None)
        .ok()
        .map(|writable| writable.can_be_created())
}

#[test]
fn set_writes_and_creates_only_these_sources() {
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
            &stage,
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

#[derive(StageConfig)]
#[allow(dead_code)]
struct TwoPaths {
    #[stage(dev = ["/shop/dev/limits/*", "/shop/all/limits/*"])]
    limits: BTreeMap<String, u16>,
}

#[test]
fn a_parameter_of_a_later_path_of_a_chain_is_selected() {
    let stage = Stage::choose(&TwoPaths::SCHEMA, "dev").unwrap();
    let plan = Plan::new(&TwoPaths::SCHEMA, stage, |_| false).unwrap();
    for parameter in ["/shop/dev/limits/a", "/shop/all/limits/a/b"] {
        let source = Source::parse(parameter, &[]).unwrap();
        let narrowed = plan.narrow_paths(&source.address);
        let [field] = narrowed.planned_fields() else {
            panic!("one field is expected");
        };
        assert_eq!(field.chain(), [source]);
    }
    let other = Source::parse("/shop/prod/limits/a", &[]).unwrap();
    let unchanged = plan.narrow_paths(&other.address);
    assert!(unchanged.planned_fields()[0].reads_path());
}

#[derive(StageConfig)]
#[stage(
    dev = "/owned/dev/{field}",
    prod = "/owned/prod/{field}",
    fallback = "/owned/dev/{field}"
)]
#[config(account(dev = "111122223333"))]
#[allow(dead_code)]
struct Owned {
    table: String,
    #[stage(dev, prod, fallback = "/owned/{stage}/own")]
    own: String,
    #[stage(dev = ["/owned/dev/first", "/owned/second"], prod, fallback = "/owned/second")]
    second: String,
    #[stage(dev, prod, fallback = "/owned/prod/table")]
    other_field: String,
    #[stage(dev = "secret:dev/db", prod)]
    #[stage(fallback = "secret:dev/db#password")]
    part: SecretString,
    #[stage(
        dev = "arn:aws:ssm:eu-central-1:111122223333:parameter/owned/arn",
        prod,
        fallback = "arn:aws:ssm:eu-central-1:111122223333:parameter/owned/arn"
    )]
    by_arn: String,
}

/// [`find_written_field`] returns the field and the stage for which `set` writes the source. It
/// returns the undeclared stage `pr-1` only if [`Destination::new`] accepts the field for `pr-1`.
/// Otherwise, [`Destination::new`] returns an error. If [`find_written_field`] returns a declared
/// stage, the error names the `set` command for this stage.
#[test]
fn the_help_names_the_stage_and_the_field_for_which_set_writes_a_fallback_source() {
    let session = Session {
        artifacts: Vec::new(),
        schema: &Owned::SCHEMA,
        package: None,
    };
    for (account, table) in [(None, "dev"), (Some("444455556666"), "pr-1")] {
        let identity = IdentityArguments {
            account: account.map(str::to_owned),
            ..IdentityArguments::default()
        };
        let stage = session.plan_stage("pr-1", &identity).unwrap();
        for (path, expected) in [
            ("table", Some((table, "table"))),
            ("own", Some(("pr-1", "own"))),
            ("second", account.map(|_| ("pr-1", "second"))),
            ("other_field", Some(("prod", "table"))),
            ("part", account.map(|_| ("pr-1", "part"))),
            ("by_arn", Some(("dev", "by_arn"))),
        ] {
            let field = stage.find_field(path).unwrap();
            let expected = expected.map(|(stage, field)| WrittenField {
                stage: stage.to_owned(),
                field: field.to_owned(),
            });
            assert_eq!(
                find_written_field(&stage, field),
                expected,
                "{path} {account:?}"
            );

            let refusal = Destination::new(&session, &stage, field).err();
            let refusal = refusal.map(|problem| problem.to_string());
            match (expected, refusal) {
                (Some(written), None) => assert_eq!(written.stage, "pr-1", "{path}"),
                (Some(WrittenField { stage, field }), Some(refusal)) => {
                    let command = format!("cargo stage set {field} --stage {stage}");
                    assert!(stage != "pr-1" && refusal.contains(&command), "{path}");
                }
                (None, refusal) => assert!(refusal.is_some(), "{path}"),
            }
        }
    }
}
