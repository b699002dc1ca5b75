//! Tests of the KMS keys in a policy: keys that were looked up, named keys, and unknown keys. Also
//! tests the note on the maximum length of a policy.

use std::collections::BTreeMap;

use stage_config_grammar::source::{Address, Source};

use super::*;

#[derive(StageConfig)]
#[stage(dev = "/shop/{field}")]
#[allow(dead_code)]
struct Shop {
    table: String,
    token: SecretString,
    other_token: SecretString,
    #[stage(dev = "/shop/json#key")]
    member: SecretString,
    #[stage(dev = "secret:shop/db#password")]
    password: SecretString,
}

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

fn parse_address(text: &str) -> Address {
    Source::parse(text, &[]).unwrap().address
}

fn keys_looked_up<const N: usize>(known: [(&str, KeyLookup); N]) -> KnownKeys {
    let looked_up = known
        .into_iter()
        .map(|(text, key)| (parse_address(text), key))
        .collect::<BTreeMap<_, _>>();
    KnownKeys {
        looked_up,
        named: None,
    }
}

fn keys_named(key: &str) -> KnownKeys {
    KnownKeys {
        named: Some(key.to_owned()),
        ..KnownKeys::default()
    }
}

fn encrypted_with(key: &str) -> KeyLookup {
    KeyLookup::Encrypted(Some(key.to_owned()))
}

#[test]
fn a_key_that_was_looked_up_gets_a_grant_without_a_note() {
    let keys = keys_looked_up([
        ("/shop/table", KeyLookup::Plain),
        ("/shop/token", encrypted_with(KEY)),
        ("/shop/other_token", encrypted_with("alias/aws/ssm")),
        (
            "/shop/json",
            encrypted_with("1234abcd-12ab-34cd-56ef-1234567890ab"),
        ),
        ("secret:shop/db", KeyLookup::Encrypted(None)),
    ]);
    let policy = build_read_policy(
        &plan_needs(&Shop::SCHEMA, "dev"),
        &known_location(),
        &keys,
        None,
    );
    let expected = json!({
        "Sid": "DecryptParameters", "Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": [KEY],
        "Condition": { "StringEquals": { "kms:EncryptionContext:PARAMETER_ARN": [
            "arn:aws:ssm:eu-west-1:111122223333:parameter/shop/json",
            "arn:aws:ssm:eu-west-1:111122223333:parameter/shop/token",
        ] } },
    });
    assert_eq!(
        find_statement(&policy, "DecryptParameters"),
        expected,
        "the id and the ARN name the same key"
    );
    assert_eq!(to_json(&policy)["Statement"].as_array().unwrap().len(), 3);
    assert_eq!(policy.notes, [] as [&str; 0]);
}

#[test]
fn a_note_says_that_the_key_of_the_stage_is_assumed() {
    let policy = build_read_policy(
        &plan_needs(&Shop::SCHEMA, "dev"),
        &known_location(),
        &keys_named(KEY),
        None,
    );
    let decrypt = find_statement(&policy, "DecryptParameters")["Condition"].to_string();
    assert!(
        decrypt.contains("shop/token") && !decrypt.contains("shop/table"),
        "only a secret field needs the key: {decrypt}"
    );
    let decrypt = find_statement(&policy, "DecryptSecrets");
    let context = json!({ "kms:EncryptionContext:SecretARN":
        "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/db-??????"
    });
    assert_eq!(decrypt["Condition"], json!({ "StringLike": context }));
    let [key, none] = policy.notes.as_slice() else {
        panic!("{:?}", policy.notes)
    };
    assert!(
        key.starts_with(&format!(
            "assumed, not looked up: the stage's KMS key {KEY}"
        )) && key.contains("secret:shop/db"),
        "{key}"
    );
    assert!(
        none.starts_with("assumed, not looked up: no customer managed KMS key")
            && none.contains("/shop/table"),
        "{none}"
    );
    assert!(!none.contains("/shop/token"), "{none}");
}

#[test]
fn a_key_that_is_neither_looked_up_nor_named_gets_no_grant_but_a_note() {
    let policy = build_read_policy(
        &plan_needs(&Shop::SCHEMA, "dev"),
        &known_location(),
        &KnownKeys::default(),
        None,
    );
    assert!(!to_json(&policy).to_string().contains("kms:"));
    let [note] = policy.notes.as_slice() else {
        panic!("{:?}", policy.notes)
    };
    assert!(
        note.starts_with("assumed, not looked up: ") && note.contains("--kms-key"),
        "{note}"
    );
    for address in [
        "/shop/json",
        "/shop/other_token",
        "/shop/table",
        "/shop/token",
        "secret:shop/db",
    ] {
        assert!(note.contains(address), "{address} in {note}");
    }
}

#[test]
fn an_alias_becomes_a_condition() {
    for alias in [
        "alias/shop",
        "arn:aws:kms:eu-west-1:111122223333:alias/shop",
    ] {
        let policy = build_read_policy(
            &plan_needs(&Shop::SCHEMA, "dev"),
            &known_location(),
            &keys_named(alias),
            None,
        );
        let decrypt = find_statement(&policy, "DecryptSecrets");
        assert_eq!(
            decrypt["Resource"],
            json!(["arn:aws:kms:eu-west-1:111122223333:key/*"])
        );
        let aliases = &decrypt["Condition"]["ForAnyValue:StringEquals"]["kms:ResourceAliases"];
        assert_eq!(aliases, &json!("alias/shop"));
        assert!(decrypt["Condition"]["StringLike"]["kms:EncryptionContext:SecretARN"].is_string());
    }
    let policy = build_read_policy(
        &plan_needs(&Shop::SCHEMA, "dev"),
        &known_location(),
        &keys_named("alias/aws/ssm"),
        None,
    );
    assert!(
        !to_json(&policy).to_string().contains("kms:"),
        "a reader needs no grant for the key that AWS manages"
    );
}

#[test]
fn the_write_policy_grants_the_actions_that_each_service_needs() {
    let policy = build_write_policy(
        Writer::Set,
        &plan_needs(&Shop::SCHEMA, "dev"),
        &known_location(),
        &keys_named(KEY),
    );
    let encrypt = find_statement(&policy, "EncryptParameters2");
    assert_eq!(
        encrypt["Action"],
        json!(["kms:Encrypt", "kms:GenerateDataKey"])
    );
    let change = find_statement(&policy, "EncryptParameters");
    assert_eq!(
        change["Action"],
        json!(["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"])
    );
    assert!(
        change["Condition"]
            .to_string()
            .contains("parameter/shop/json\""),
        "a change of one JSON key also reads the parameter: {change}"
    );
    assert!(
        !change["Condition"]
            .to_string()
            .contains("parameter/shop/token")
    );
    assert_eq!(
        find_statement(&policy, "EncryptSecrets")["Action"],
        json!(["kms:Decrypt", "kms:GenerateDataKey"])
    );
}

#[derive(StageConfig)]
#[stage(dev = "kms-env:{field}")]
#[config(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(dead_code)]
struct Variables {
    a: SecretString,
    b: SecretString,
}

#[test]
fn an_encrypted_variable_without_a_known_key_gets_a_placeholder() {
    let policy = build_read_policy(
        &plan_needs(&Variables::SCHEMA, "dev"),
        &known_location(),
        &KnownKeys::default(),
        None,
    );
    let decrypt = find_statement(&policy, "DecryptVariables");
    assert_eq!(
        decrypt["Resource"],
        json!(["arn:aws:kms:eu-west-1:111122223333:key/KEY_ID"])
    );
    assert!(
        list_notes(&policy, PolicyFormat::Terraform)
            .iter()
            .any(|note| note.starts_with("KEY_ID ")),
        "{:?}",
        policy.notes
    );
    let policy = build_read_policy(
        &plan_needs(&Variables::SCHEMA, "dev"),
        &known_location(),
        &keys_named(KEY),
        None,
    );
    assert_eq!(
        find_statement(&policy, "DecryptVariables")["Resource"],
        json!([KEY])
    );
}

#[test]
fn a_note_says_that_a_policy_is_too_long() {
    let list_notes_for = |count: usize| {
        let address = |index: usize| {
            parse_address(&format!("/shop/{index:04}/a-name-that-is-somewhat-longer"))
        };
        let reads = (0..count).map(|index| (address(index), false)).collect();
        build_read_policy(
            &Needs {
                reads,
                ..Needs::default()
            },
            &AwsLocation::default(),
            &KnownKeys::default(),
            None,
        )
        .collect_notes(|_| true)
        .join("\n")
    };
    assert!(!list_notes_for(50).contains("characters"));
    let (managed, inline) = (list_notes_for(80), list_notes_for(200));
    assert!(
        managed.contains("6144") && managed.contains("inline"),
        "{managed}"
    );
    assert!(
        inline.contains("10240") && inline.contains("several managed policies"),
        "{inline}"
    );
}
