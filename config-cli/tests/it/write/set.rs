//! The values that `set` writes, and the sources that it writes to.

use aws_sdk_ssm::types::ParameterType;

use super::{ACCOUNT, WriteTest, new_at_all_servers};
use crate::support::kms;
use crate::support::package::RunOutput;
use crate::support::peers::moto;
use crate::support::stores::{
    create_secret, describe_secret, get_parameter, get_parameter_key, get_secret, get_secret_bytes,
    put_parameter,
};

fn assert_written(ran: RunOutput, version: &str) -> RunOutput {
    let version = format!(": version {version}\n");
    assert!(ran.stdout.is_empty(), "{}", ran.stdout);
    ran.assert_code(0)
        .assert_stderr("is written to")
        .assert_stderr(&version)
}

#[test]
fn a_secret_is_encrypted_and_a_plain_value_is_not() {
    for test in new_at_all_servers("types") {
        assert_written(test.set("token", "tok_1"), "1");
        assert_written(test.set("name", "shop"), "1");
        assert_written(test.set("mail.password", "hidden"), "1");
        let stored =
            |name: &str| get_parameter(test.peer, &test.parameter(name)).expect("the value exists");
        assert_eq!(
            (
                stored("token").kind.as_str(),
                stored("token").value.as_str()
            ),
            ("SecureString", "tok_1")
        );
        assert_eq!(
            (stored("name").kind.as_str(), stored("name").value.as_str()),
            ("String", "shop")
        );
        assert_eq!(stored("mail/password").kind, "SecureString");
    }
}

#[test]
fn an_existing_value_is_replaced_only_with_overwrite() {
    for test in new_at_all_servers("overwrite") {
        assert_written(test.set("name", "one"), "1");
        test.set("name", "two")
            .assert_code(1)
            .assert_stderr("exists (String, version 1)")
            .assert_stderr("add `--overwrite` to replace it");
        assert_eq!(
            get_parameter(test.peer, &test.parameter("name"))
                .unwrap()
                .value,
            "one"
        );
        assert_written(test.replace("name", "two"), "2");
        assert_eq!(
            get_parameter(test.peer, &test.parameter("name"))
                .unwrap()
                .value,
            "two"
        );
    }
}

#[test]
fn a_parameter_keeps_its_type() {
    for test in new_at_all_servers("kept") {
        put_parameter(
            test.peer,
            &test.parameter("name"),
            ParameterType::SecureString,
            "one",
        );
        assert_written(test.replace("name", "two"), "2");
        assert_eq!(
            get_parameter(test.peer, &test.parameter("name"))
                .unwrap()
                .kind,
            "SecureString"
        );
        put_parameter(
            test.peer,
            &test.parameter("tags"),
            ParameterType::StringList,
            "a,b",
        );
        assert_written(test.replace("tags", "c,d"), "2");
        assert_eq!(
            get_parameter(test.peer, &test.parameter("tags"))
                .unwrap()
                .kind,
            "StringList"
        );
        test.replace("tags", "[\"c\"]")
            .assert_code(1)
            .assert_stderr("is a StringList");
    }
}

#[test]
fn a_secret_is_not_written_to_an_unencrypted_parameter() {
    for test in new_at_all_servers("in-clear") {
        put_parameter(
            test.peer,
            &test.parameter("token"),
            ParameterType::String,
            "in clear",
        );
        let ran = test
            .replace("token", "tok_1")
            .assert_code(1)
            .assert_stderr("is a String, which is not encrypted");
        assert!(
            ran.stderr
                .contains(&format!("cargo stage rm token --stage {}", test.stage)),
            "{}",
            ran.stderr
        );
        assert_eq!(
            get_parameter(test.peer, &test.parameter("token"))
                .unwrap()
                .value,
            "in clear"
        );
    }
}

/// Both servers know only the data types `text` and `aws:ec2:image`, as older versions of Parameter
/// Store did.
#[test]
fn a_value_has_the_data_type_text_if_the_server_refuses_another() {
    for test in new_at_all_servers("data-type") {
        for (field, value) in [
            ("port", "8080"),
            ("ratio", "0.5"),
            ("flag", "true"),
            ("limits", "{\"a\":1}"),
        ] {
            assert_written(test.set(field, value), "1")
                .assert_stderr("so the parameter has the data type `text`");
            let stored = get_parameter(test.peer, &test.parameter(field)).unwrap();
            assert_eq!(
                (stored.value.as_str(), stored.data_type.as_deref()),
                (value, Some("text"))
            );
        }
        let ran = assert_written(test.set("name", "x"), "1");
        assert!(!ran.stderr.contains("data type"), "{}", ran.stderr);
    }
}

#[test]
fn the_kms_key_of_the_stage_encrypts_and_the_key_in_use_is_kept() {
    let (stage_kms_key, other) = (
        kms::create_key("alias/write-stage"),
        kms::create_key("alias/write-other"),
    );
    let metadata = format!(
        "[package.metadata.stage.\"t-*\"]\nkms_key = \"{stage_kms_key}\"\naccount = \"{ACCOUNT}\"\n"
    );
    let test = WriteTest::with(moto(), "keys", &metadata);
    assert_written(test.set("token", "one"), "1");
    assert_eq!(
        get_parameter_key(moto(), &test.parameter("token")),
        Some(stage_kms_key.clone())
    );
    assert_written(
        test.pipe(
            &["set", "token", "--overwrite", "--kms-key", &other],
            b"two",
        ),
        "2",
    );
    assert_eq!(
        get_parameter_key(moto(), &test.parameter("token")),
        Some(other.clone())
    );
    // Without a key for the stage, `set` looks up the key in use and keeps it. In a call without a
    // key, Parameter Store would use its default key.
    let without = WriteTest::new(moto(), "keys");
    assert_written(without.replace("token", "three"), "3");
    assert_eq!(
        get_parameter_key(moto(), &test.parameter("token")),
        Some(other)
    );
    test.set("whole", "value").assert_code(0);
    assert_eq!(
        describe_secret(moto(), &test.secret("whole")).0,
        Some(stage_kms_key)
    );
}

#[test]
fn another_account_is_refused_before_any_write() {
    let metadata = "[package.metadata.stage.\"t-*\"]\naccount = \"999988887777\"\n";
    let test = WriteTest::with(moto(), "guarded", metadata);
    test.set("name", "x")
        .assert_code(2)
        .assert_stderr("999988887777")
        .assert_stderr(ACCOUNT);
    assert_eq!(get_parameter(moto(), &test.parameter("name")), None);
}

#[test]
fn a_secret_is_created_and_then_updated() {
    for test in new_at_all_servers("secrets") {
        test.set("whole", "one")
            .assert_code(0)
            .assert_stderr("is written to secret:");
        assert_eq!(
            get_secret(test.peer, &test.secret("whole")).unwrap().0,
            "one"
        );
        test.set("whole", "two")
            .assert_code(1)
            .assert_stderr("exists (secret, version ");
        test.replace("whole", "two").assert_code(0);
        assert_eq!(
            get_secret(test.peer, &test.secret("whole")).unwrap().0,
            "two"
        );
        test.pipe(&["set", "blob"], b"\xff\x00\xfe").assert_code(0);
        assert_eq!(
            get_secret_bytes(test.peer, &test.secret("blob")).unwrap(),
            b"\xff\x00\xfe"
        );
    }
}

#[test]
fn other_keys_of_a_json_secret_are_preserved_byte_for_byte() {
    const BEFORE: &str =
        "{\n  \"user\": \"app\",\n  \"big\": 1.50000000000000000001,\n  \"port\": 5432\n}\n";
    for test in new_at_all_servers("json") {
        create_secret(test.peer, &test.secret("db"), BEFORE);
        test.set("db_password", "p\"w")
            .assert_code(0)
            .assert_stderr("is written to secret:");
        let expected = BEFORE.replace("5432", "5432,\n  \"password\": \"p\\\"w\"");
        assert_eq!(
            get_secret(test.peer, &test.secret("db")).unwrap().0,
            expected
        );
        test.set("db_port", "6543")
            .assert_code(1)
            .assert_stderr("exists (key of a JSON secret");
        test.replace("db_port", "6543").assert_code(0);
        let (text, _) = get_secret(test.peer, &test.secret("db")).unwrap();
        assert_eq!(text, expected.replace("5432", "6543"));
        let (_, mut stages, _) = describe_secret(test.peer, &test.secret("db"));
        stages.sort();
        assert_eq!(
            stages,
            [["AWSCURRENT"], ["AWSPREVIOUS"]],
            "the temporary label must be removed"
        );
    }
}

#[test]
fn the_first_key_creates_a_json_value_and_a_later_write_preserves_the_other_keys() {
    for test in new_at_all_servers("first-key") {
        test.set("db_port", "6543").assert_code(0);
        assert_eq!(
            get_secret(test.peer, &test.secret("db")).unwrap().0,
            "{\"port\": 6543}"
        );
        assert_written(test.set("in_json", "x"), "1");
        put_parameter(
            test.peer,
            &test.parameter("json"),
            ParameterType::String,
            "{\"z\":1,\"a\":{\"b\":\"x\"}}",
        );
        assert_written(test.replace("in_json", "y"), "3");
        let stored = get_parameter(test.peer, &test.parameter("json")).unwrap();
        assert_eq!(stored.value, "{\"z\":1,\"a\":{\"b\":\"y\"}}");
    }
}

#[test]
fn the_first_candidate_of_a_chain_is_written() {
    for test in new_at_all_servers("chain") {
        let ran = assert_written(test.set("chain", "x"), "1");
        assert!(
            ran.stderr
                .contains("is the first source of a chain; unchanged: `/write/common/second`"),
            "{}",
            ran.stderr
        );
        assert_eq!(
            get_parameter(test.peer, &test.parameter("first"))
                .unwrap()
                .value,
            "x"
        );
        assert_eq!(get_parameter(test.peer, "/write/common/second"), None);
    }
}

#[test]
fn a_line_end_is_kept_or_trimmed_and_reported() {
    let test = WriteTest::new(moto(), "line-end");
    assert_written(test.set("name", "x\n"), "1")
        .assert_stderr("ends with a line end, which is kept");
    assert_eq!(
        get_parameter(moto(), &test.parameter("name"))
            .unwrap()
            .value,
        "x\n"
    );
    assert_written(
        test.pipe(&["set", "name", "--overwrite", "--trim"], b"x\n"),
        "2",
    )
    .assert_stderr("was dropped");
    assert_eq!(
        get_parameter(moto(), &test.parameter("name"))
            .unwrap()
            .value,
        "x"
    );

    // A load ignores white space around these values.
    for (field, value) in [("port", "8080\n"), ("tags", "a,b\n")] {
        let ran = assert_written(test.set(field, value), "1");
        assert!(!ran.stderr.contains("line end"), "{}", ran.stderr);
    }
}

#[test]
fn more_than_4_kb_needs_the_advanced_option() {
    let test = WriteTest::new(moto(), "advanced");
    let long = "x".repeat(4097);
    test.set("name", &long)
        .assert_code(1)
        .assert_stderr("4097 bytes")
        .assert_stderr("--advanced");
    assert_written(
        test.pipe(&["set", "name", "--advanced"], long.as_bytes()),
        "1",
    );
    assert_eq!(
        get_parameter(moto(), &test.parameter("name"))
            .unwrap()
            .value,
        long
    );
    test.pipe(&["set", "token", "--advanced"], "x".repeat(8193).as_bytes())
        .assert_code(1)
        .assert_stderr("the limit of a parameter is 8192");
}
