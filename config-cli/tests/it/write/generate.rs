//! Tests of `set --generate`: the random values, the fields for which the command refuses to
//! generate a value, and wrong options.

use std::collections::HashMap;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stage_config::{SecretSlice, SecretString, StageConfig};

use super::{WriteTest, new_at_all_servers};
use crate::support::package::{RunOutput, run_command};
use crate::support::peers::moto;
use crate::support::stores::{create_secret, get_parameter, get_secret};

#[derive(StageConfig)]
#[stage(fallback = "/generate/{stage}/{field}")]
#[config(preview("t-*"))]
#[allow(dead_code, reason = "only its schema is used")]
struct Config {
    token: SecretString,
    name: String,
    #[config(secret)]
    key: [u8; 32],
    bytes: SecretSlice<u8>,
    #[config(secret)]
    wide: [u8; 5000],
    #[config(secret, with = "hexadecimal")]
    decoded: [u8; 16],
    #[config(from_str)]
    label: Label,
    number: u64,
    address: url::Url,
    id: uuid::Uuid,
    list: Vec<SecretString>,
    map: HashMap<String, SecretString>,
    letter: char,
    #[stage(fallback = "secret:generate/{stage}/db#password")]
    password: SecretString,
    #[stage(fallback = "/generate/{stage}/shared")]
    shared: SecretString,
    #[stage(fallback = "/generate/{stage}/shared")]
    shared_number: u64,
    host: SecretString,
    #[config(compose = "https://{host}/orders")]
    url: SecretString,
    #[stage(fallback = "env:LEVEL")]
    level: String,
}

struct Label;

impl FromStr for Label {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Err(format!("no test reads {} bytes", text.len()))
    }
}

/// The program's own function for decoding a key, which the command cannot run.
mod hexadecimal {
    use serde::Deserializer;
    use serde::de::Error as _;

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(_: D) -> Result<[u8; 16], D::Error> {
        Err(D::Error::custom("no test reads a value"))
    }
}

/// Runs `set FIELD --generate` with these options. Standard input contains another value, which the
/// command must ignore.
fn generate(test: &WriteTest, field: &str, options: &[&str]) -> RunOutput {
    let arguments = [&["set", field, "--generate"], options].concat();
    let mut command = test.command_for::<Config>(&arguments);
    command.envs([("RUST_LOG", "trace"), ("RUST_BACKTRACE", "1")]);
    run_command(&mut command, b"piped in by mistake")
}

fn parameter(test: &WriteTest, field: &str) -> Option<String> {
    let name = format!("/generate/{}/{field}", test.stage);
    get_parameter(test.peer, &name).map(|stored| stored.value)
}

/// Generates a value, and returns it with the output of the command. Asserts that the output shows
/// no part of the value.
#[track_caller]
fn generate_parameter(test: &WriteTest, field: &str, options: &[&str]) -> (String, RunOutput) {
    let ran = generate(test, field, options).assert_code(0);
    let value = parameter(test, field).expect("the value is written");
    assert_hidden(&value, &ran);
    (value, ran)
}

/// Asserts that the output contains no eight consecutive characters of the value or of its base64
/// text, and that standard output is empty.
#[track_caller]
fn assert_hidden(value: &str, ran: &RunOutput) {
    let output = format!("{}{}", ran.stdout, ran.stderr);
    let encoded = STANDARD.encode(value);
    for text in [value, &encoded] {
        for part in text.as_bytes().windows(8) {
            let part = str::from_utf8(part).expect("the value is ASCII");
            assert!(!output.contains(part), "{output}");
        }
    }
    assert!(ran.stdout.is_empty(), "{}", ran.stdout);
}

#[test]
fn a_text_has_the_length_and_the_characters_of_the_options() {
    let is_symbol = |c: char| "!#%&*+-.:=?^_~".contains(c);
    for test in new_at_all_servers("generate") {
        let (value, ran) = generate_parameter(&test, "token", &[]);
        ran.assert_stderr(": version 1\n").assert_stderr(&format!(
            "note: the value has 32 random characters (about 190 bits); to read it: cargo stage \
             get token --stage {}",
            test.stage
        ));
        assert_eq!(value.len(), 32);
        assert!(value.chars().all(|c| c.is_ascii_alphanumeric()), "{value}");

        let hex = ["--overwrite", "--alphabet", "hex", "--length", "64"];
        let (value, ran) = generate_parameter(&test, "token", &hex);
        ran.assert_stderr("64 random characters (about 256 bits)");
        assert_eq!(value.len(), 64);
        let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
        assert!(value.chars().all(is_hex), "{value}");

        let symbols = ["--overwrite", "--alphabet", "symbols", "--length", "16"];
        let (value, ran) = generate_parameter(&test, "token", &symbols);
        ran.assert_stderr("16 random characters (about 99 bits)");
        assert_eq!(value.len(), 16);
        let is_any = |c: char| c.is_ascii_alphanumeric() || is_symbol(c);
        assert!(value.chars().all(is_any) && value.chars().any(is_symbol));

        let longest = ["--overwrite", "--length", "4096"];
        assert_eq!(generate_parameter(&test, "token", &longest).0.len(), 4096);
    }
}

#[test]
fn bytes_are_stored_as_base64() {
    let test = WriteTest::new(moto(), "generate-bytes");
    for (field, options, length) in [
        ("key", &[][..], 32),
        ("key", &["--overwrite", "--length", "32"], 32),
        ("bytes", &[], 32),
        ("bytes", &["--overwrite", "--length", "64"], 64),
    ] {
        let (value, ran) = generate_parameter(&test, field, options);
        let bits = length * 8;
        ran.assert_stderr(&format!(
            "the value has {length} random bytes ({bits} bits), stored as base64; to read it"
        ));
        let bytes = STANDARD.decode(value).expect("the value is base64");
        assert_eq!(bytes.len(), length, "{field}");
    }
    generate(&test, "bytes", &["--overwrite", "--length", "4096"])
        .assert_code(1)
        .assert_stderr("the limit of the standard tier is 4096")
        .assert_stderr("add `--advanced`");
}

#[test]
fn a_type_of_the_program_gets_a_text() {
    let test = WriteTest::new(moto(), "generate-own");
    let options = ["--alphabet", "hex"];
    for field in ["decoded", "label"] {
        let (value, ran) = generate_parameter(&test, field, &options);
        assert_eq!(value.len(), 32, "{field}");
        ran.assert_stderr("only the program can verify this");
    }
}

#[test]
fn an_existing_value_is_replaced_only_with_overwrite_and_can_be_restored() {
    for test in new_at_all_servers("generate-again") {
        let (first, ran) = generate_parameter(&test, "token", &[]);
        assert!(!ran.stderr.contains("rollback"), "{}", ran.stderr);
        generate(&test, "token", &[])
            .assert_code(1)
            .assert_stderr("exists (SecureString, version 1)")
            .assert_stderr("add `--overwrite` to replace it");
        assert_eq!(parameter(&test, "token"), Some(first.clone()));

        let (second, ran) = generate_parameter(&test, "token", &["--overwrite"]);
        assert_ne!(first, second);
        assert_hidden(&first, &ran);
        ran.assert_stderr(&format!(
            "note: to restore the previous value: cargo stage rollback token --stage {}",
            test.stage
        ));
        let mut rollback = test.command_for::<Config>(&["rollback", "token", "--yes"]);
        run_command(&mut rollback, b"").assert_code(0);
        assert_eq!(parameter(&test, "token"), Some(first));
    }
}

#[test]
fn a_key_of_a_json_secret_is_generated() {
    for test in new_at_all_servers("generate-json") {
        let secret = format!("generate/{}/db", test.stage);
        create_secret(test.peer, &secret, "{\"user\": \"app\"}");
        let ran = generate(&test, "password", &["--alphabet", "symbols"]).assert_code(0);
        let (text, _) = get_secret(test.peer, &secret).expect("the secret has a value");
        let json: HashMap<String, String> = serde_json::from_str(&text).expect("it is JSON");
        assert_eq!((json["user"].as_str(), json["password"].len()), ("app", 32));
        assert_hidden(&json["password"], &ran);
    }
}

#[test]
fn a_value_that_is_not_secret_is_reported() {
    let test = WriteTest::new(moto(), "generate-plain");
    let (_, ran) = generate_parameter(&test, "name", &[]);
    ran.assert_stderr("note: `name` (String) is not secret, so a new parameter is not encrypted")
        .assert_stderr("write `#[config(secret)]`");
    let (_, ran) = generate_parameter(&test, "token", &[]);
    assert!(!ran.stderr.contains("is not secret"), "{}", ran.stderr);
}

/// The type is checked first, without a request to AWS.
#[test]
fn a_field_that_takes_no_random_value_is_refused() {
    let test = WriteTest::new(moto(), "generate-refused");
    let by_hand = "type the value, or pipe it in: cargo stage set ";
    for (field, options, problem, help) in [
        (
            "number",
            &[][..],
            "(u64) is neither a text nor bytes",
            by_hand,
        ),
        ("address", &[], "no random value fits it", by_hand),
        ("id", &[], "no random value fits it", by_hand),
        ("list", &[], "no random value fits it", by_hand),
        ("map", &[], "no random value fits it", by_hand),
        ("letter", &[], "no random value fits it", by_hand),
        ("wide", &[], "is not an array of 1 to 4096 bytes", by_hand),
        (
            "key",
            &["--length", "16"],
            "takes exactly 32 bytes",
            "remove `--length`",
        ),
        (
            "key",
            &["--alphabet", "hex"],
            "written as base64",
            "remove `--alphabet`",
        ),
        (
            "bytes",
            &["--alphabet", "hex"],
            "takes bytes",
            "remove `--alphabet`",
        ),
    ] {
        let arguments = [&["set", field, "--generate"], options].concat();
        let mut command = test.command_for::<Config>(&arguments);
        command.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
        run_command(&mut command, b"")
            .assert_code(1)
            .assert_stderr(problem)
            .assert_stderr("Nothing was written")
            .assert_stderr(help);
        assert_eq!(parameter(&test, field), None, "{field}");
    }
}

/// The checks of a value that a user types also apply to a random value.
#[test]
fn a_random_value_that_cannot_be_written_or_read_is_refused() {
    let test = WriteTest::new(moto(), "generate-checked");
    let own_source = "give each field its own source";
    for (field, options, problem, help) in [
        ("shared", &[][..], "`shared_number`", own_source),
        (
            "host",
            // A label of a host has at most 63 characters, so a value of this length is not too
            // long. The chance that it contains only characters that a host may contain is about 1
            // in 19,000.
            &["--alphabet", "symbols", "--length", "63"],
            "`url`",
            "pass `--alphabet alphanumeric`",
        ),
        ("url", &[], "is composed of `host`", "write its parts"),
        ("level", &[], "is a variable of the deployment", "set LEVEL"),
    ] {
        generate(&test, field, options)
            .assert_code(1)
            .assert_stderr(problem)
            .assert_stderr(help);
        assert_eq!(parameter(&test, field), None, "{field}");
    }
    generate_parameter(&test, "host", &[]);
}

#[test]
fn wrong_options_are_refused() {
    let test = WriteTest::new(moto(), "generate-options");
    for (options, problem) in [
        (&["--length", "15"][..], "from 16 to 4096"),
        (&["--length", "4097"], "from 16 to 4096"),
        (&["--alphabet", "hexx"], "a similar value exists: 'hex'"),
        (&["--trim"], "cannot be used with '--trim'"),
        (&["secret-value"], "never given as an argument"),
    ] {
        let ran = generate(&test, "token", options).assert_code(2);
        ran.assert_stderr(problem);
    }
    for (arguments, problem) in [
        (["set", "--generate", "--missing"], "cannot be used with"),
        (["set", "token", "--length=32"], "--generate"),
        (["set", "token", "--alphabet=hex"], "--generate"),
    ] {
        test.run(&arguments).assert_code(2).assert_stderr(problem);
    }
    assert_eq!(parameter(&test, "token"), None);
}

#[cfg(unix)]
#[test]
fn generate_asks_no_question_at_a_terminal_and_shows_no_value() {
    use crate::prompt::{start_terminal, wait_for_end};

    let test = WriteTest::new(moto(), "generate-terminal");
    let command = test.command_for::<Config>(&["set", "token", "--generate"]);
    let (screen, code) = wait_for_end(start_terminal("exec \"$@\"", &command));
    assert_eq!(code, 0, "{screen}");
    let value = parameter(&test, "token").expect("the value is written");
    let part = &value[..8];
    assert!(
        !screen.contains(part) && !screen.contains("Value of"),
        "{screen}"
    );
}
