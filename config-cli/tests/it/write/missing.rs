//! `set --missing`, at a pseudo-terminal and without a terminal.

use rexpect::session::PtySession;
use serde_json::json;
use stage_config::{SecretString, StageConfig};

use super::WriteTest;
use crate::prompt::{start_terminal, wait_for_end};
use crate::support::endpoint::{Answer, Endpoint, caller, is_caller_request};
use crate::support::peers::{ACCOUNT, Peer, moto, roto};
use crate::support::planted::{SECRET, assert_clean};
use crate::support::store_clients::StoreClients;

/// Fields with their own parameters, fields that share a secret, and fields that the command does
/// not ask for.
#[derive(StageConfig)]
#[stage(prod = "/missing/{stage}/{field}")]
#[stage(fallback = ["/missing/{stage}/{field}", "/missing/{stage}-common/{field}"])]
#[config(preview("t-*"))]
#[allow(dead_code, reason = "only its schema is used")]
struct Config {
    token: SecretString,
    port: u16,
    name: String,
    #[stage(all = "secret:missing/{stage}/db#password")]
    db_password: SecretString,
    #[stage(all = "secret:missing/{stage}/db#user")]
    db_user: String,
    #[stage(all = "secret:missing/{stage}/db#user")]
    db_owner: String,
    #[stage(all = "env:LOG_LEVEL")]
    level: String,
    shared: String,
    note: Option<String>,
    #[config(default = 30)]
    timeout_s: u64,
}

/// Creates a test. In its stage, only the second source of `shared` has a value.
fn new_test(peer: &'static Peer, name: &str) -> WriteTest {
    let test = WriteTest::new(peer, name);
    let shared = format!("/missing/{}-common/shared", test.stage);
    StoreClients::new(peer).put_string(&shared, "for all");
    test
}

fn start(test: &WriteTest) -> PtySession {
    start_terminal(
        "exec \"$@\"",
        &test.command_for::<Config>(&["set", "--missing"]),
    )
}

/// Waits for the question about a field, and types a line. Returns the text that the terminal
/// showed before the question.
#[track_caller]
fn answer(terminal: &mut PtySession, test: &WriteTest, field: &str, line: &str) -> String {
    let question = format!("Value of `{field}` for the stage `{}`", test.stage);
    let before = terminal.exp_string(&question).expect("the command asks");
    terminal.exp_string(": ").expect("the question ends");
    terminal
        .send_line(line)
        .expect("the terminal accepts a line");
    before
}

#[test]
fn each_missing_value_is_asked_for_in_turn() {
    // If a request names no label, moto may return an old version of a secret. So this test uses
    // roto.
    let test = new_test(roto(), "missing");
    let clients = StoreClients::new(roto());
    clients.create_secret("missing/t-missing/db", r#"{"other": 1.10}"#);
    let mut terminal = start(&test);
    let mut screen = answer(&mut terminal, &test, "token", SECRET);
    assert!(
        screen.contains("only the deployment or the program knows whether a value exists: level")
            && screen.contains("missing in the stage `t-missing`: 6 values"),
        "{screen}"
    );
    screen += &answer(&mut terminal, &test, "port", " none ");
    let refused = answer(&mut terminal, &test, "port", " 8080 ");
    assert!(
        refused.contains("the value does not fit `port` (u16)")
            && refused.contains("help: give a whole number from 0 to 65535"),
        "{refused}"
    );
    screen += &answer(&mut terminal, &test, "name", "");
    screen += &answer(&mut terminal, &test, "db_password", SECRET);
    screen += &answer(&mut terminal, &test, "db_user", "shop");
    let (end, code) = wait_for_end(terminal);
    screen += &end;
    assert_clean("the terminal", &screen);
    assert_eq!(code, 1, "{screen}");
    for expected in [
        "`port` of the stage `t-missing` is written to /missing/t-missing/port: version 1",
        "`db_owner` has a value now: secret:missing/t-missing/db#user",
        "still missing in the stage `t-missing`:",
        "  `name`: skipped",
        "set --missing --stage t-missing",
    ] {
        assert!(
            screen.contains(expected),
            "{expected:?} is not in: {screen}"
        );
    }
    let stored = clients.get_parameter("/missing/t-missing/token");
    assert_eq!(
        stored.map(|(value, kind, _)| (value, kind.as_str().to_owned())),
        Some((SECRET.to_owned(), "SecureString".to_owned()))
    );
    let stored = clients.get_parameter("/missing/t-missing/port");
    assert_eq!(stored.expect("the value exists").0, "8080");
    assert_eq!(clients.get_parameter("/missing/t-missing/name"), None);
    assert_eq!(
        clients.get_secret_text("missing/t-missing/db"),
        Some(format!(
            r#"{{"other": 1.10,"password": "{SECRET}","user": "shop"}}"#
        ))
    );

    let mut terminal = start(&test);
    answer(&mut terminal, &test, "name", "orders");
    let (screen, code) = wait_for_end(terminal);
    assert_eq!(code, 0, "{screen}");
    let (screen, code) = wait_for_end(start(&test));
    assert_eq!(code, 0, "{screen}");
    assert!(
        screen.contains("no required value is known to be missing in the stage `t-missing`"),
        "{screen}"
    );
}

#[test]
fn ctrl_c_says_what_was_written() {
    let test = new_test(moto(), "missing-stop");
    let mut terminal = start(&test);
    answer(&mut terminal, &test, "token", SECRET);
    terminal
        .exp_string("Value of `port` for the stage `t-missing-stop`: ")
        .expect("the command asks");
    terminal.send_control('c').expect("the terminal accepts it");
    let (screen, code) = wait_for_end(terminal);
    assert_eq!(code, 130, "{screen}");
    assert!(
        screen.contains("interrupted: earlier writes stay, and nothing more was changed"),
        "{screen}"
    );
    let clients = StoreClients::new(moto());
    let token = clients.get_parameter("/missing/t-missing-stop/token");
    assert_eq!(token.expect("the value exists").0, SECRET);
    assert_eq!(clients.get_parameter("/missing/t-missing-stop/port"), None);
}

#[test]
fn pasted_lines_are_not_written_and_the_command_asks_again() {
    let test = new_test(moto(), "missing-paste");
    let mut terminal = start(&test);
    terminal
        .exp_string("(typing is hidden): ")
        .expect("the command asks");
    terminal
        .send(&format!("a\n{SECRET}\nb\n"))
        .expect("the terminal accepts text");
    terminal.flush().expect("the text is sent at once");
    terminal
        .exp_string("several lines were pasted")
        .expect("the command refuses");
    answer(&mut terminal, &test, "token", "");
    answer(&mut terminal, &test, "port", "1");
    terminal
        .exp_string("is written to")
        .expect("the command writes");
    let clients = StoreClients::new(moto());
    assert_eq!(
        clients.get_parameter("/missing/t-missing-paste/token"),
        None
    );
}

/// The endpoint denies the parameter of `token`, and returns all other parameters and the secret.
#[test]
fn a_field_whose_state_is_unknown_is_named_and_not_asked_for() {
    let endpoint = Endpoint::start(|request| match request.operation.as_str() {
        "GetParameters" if request.names.iter().any(|name| name.ends_with("/token")) => {
            Answer::not_authorized(
                "ssm:GetParameters",
                "arn:aws:ssm:eu-west-1:123456789012:parameter/missing/t-denied/token",
            )
        }
        "GetParameters" => {
            let parameter = |name: &String| {
                let value = if name.ends_with("/port") { "1" } else { "x" };
                json!({ "Name": name, "Type": "String", "Value": value, "Version": 1 })
            };
            let found: Vec<_> = request.names.iter().map(parameter).collect();
            Answer::json(&json!({ "Parameters": found, "InvalidParameters": [] }))
        }
        "GetSecretValue" => Answer::json(&json!({
            "ARN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:missing/t-denied/db-AbCdEf",
            "Name": "missing/t-denied/db",
            "VersionId": "00000000-0000-0000-0000-000000000000",
            "SecretString": r#"{"password":"x","user":"y"}"#,
        })),
        _ => Answer::internal_error(),
    });
    let test = WriteTest::new(moto(), "denied");
    let mut command = test.command_for::<Config>(&["set", "--missing"]);
    command.env("AWS_ENDPOINT_URL", &endpoint.url);
    let (screen, code) = wait_for_end(start_terminal("exec \"$@\"", &command));
    assert_eq!(code, 2, "{screen}");
    for expected in [
        "not asked for, because the value could not be read: token",
        "could not be read in the stage `t-denied`, and not asked for:",
        "  token: denied",
    ] {
        assert!(
            screen.contains(expected),
            "{expected:?} is not in: {screen}"
        );
    }
    assert!(!screen.contains("Value of"), "{screen}");
}

#[test]
fn a_service_that_answers_no_request_is_named_once() {
    let endpoint = Endpoint::start(|_| Answer::expired_token());
    let test = WriteTest::new(moto(), "unread");
    let mut command = test.command_for::<Config>(&["set", "--missing"]);
    command.env("AWS_ENDPOINT_URL", &endpoint.url);
    let (screen, code) = wait_for_end(start_terminal("exec \"$@\"", &command));
    assert_eq!(code, 2, "{screen}");
    let count = |words: &str| screen.matches(words).count();
    assert_eq!(count("no usable credentials"), 1, "{screen}");
    assert_eq!(count("help: sign in, or name the identity"), 1, "{screen}");
    assert!(
        screen.contains(" (token, port, name, db_password, "),
        "{screen}"
    );
    assert!(!screen.contains("known to be missing"), "{screen}");
}

/// Three fields. One request reads their values.
#[derive(StageConfig)]
#[stage(
    prod = "/missing/away/{field}",
    fallback = "/missing/away-{stage}/{field}"
)]
#[config(preview("t-*"))]
#[allow(dead_code, reason = "only its schema is used")]
struct Three {
    first: String,
    second: String,
    third: String,
}

/// The credentials expire after the stage was read.
#[test]
fn a_service_that_no_longer_answers_is_named_once() {
    let endpoint = Endpoint::start(|request| match request.names.len() {
        3 => Answer::json(&json!({ "Parameters": [], "InvalidParameters": request.names })),
        _ => Answer::expired_token(),
    });
    let test = WriteTest::new(moto(), "away");
    let mut command = test.command_for::<Three>(&["set", "--missing"]);
    command.env("AWS_ENDPOINT_URL", &endpoint.url);
    let (screen, code) = wait_for_end(start_terminal("exec \"$@\"", &command));
    assert_eq!(code, 1, "{screen}");
    assert_eq!(
        screen.matches("no usable credentials").count(),
        1,
        "{screen}"
    );
    assert!(
        screen.contains(" (first, second, third); help: "),
        "{screen}"
    );
}

/// To connect, the command asks STS for the account of the credentials, because Cargo.toml names an
/// account. So one request to STS shows that the command connected once.
#[test]
fn the_missing_values_are_written_over_the_connection_of_the_read() {
    let endpoint = Endpoint::start(|request| match request.operation.as_str() {
        _ if is_caller_request(request) => caller(ACCOUNT),
        "PutParameter" => Answer::json(&json!({ "Version": 1, "Tier": "Standard" })),
        _ => Answer::json(&json!({ "Parameters": [], "InvalidParameters": request.names })),
    });
    let metadata = format!("[package.metadata.stage.\"*\"]\naccount = \"{ACCOUNT}\"\n");
    let test = WriteTest::with(moto(), "once", &metadata);
    let mut command = test.command_for::<Three>(&["set", "--missing"]);
    command.env("AWS_ENDPOINT_URL", &endpoint.url);
    let mut terminal = start_terminal("exec \"$@\"", &command);
    for field in ["first", "second", "third"] {
        answer(&mut terminal, &test, field, "1");
    }
    let (screen, code) = wait_for_end(terminal);
    assert_eq!(code, 0, "{screen}");
    assert_eq!(
        endpoint
            .requests()
            .iter()
            .filter(|request| is_caller_request(request))
            .count(),
        1
    );
}

/// The stage `prod` and the previews have the same source. A preview must not write the value of a
/// declared stage.
#[derive(StageConfig)]
#[stage(prod = "/missing/owned/{field}", fallback = "/missing/owned/{field}")]
#[config(preview("t-*"))]
#[allow(dead_code, reason = "only its schema is used")]
struct Owned {
    owned: String,
}

#[test]
fn a_missing_value_that_set_cannot_write_is_named() {
    let test = WriteTest::new(moto(), "owned");
    let command = test.command_for::<Owned>(&["set", "--missing"]);
    let (screen, code) = wait_for_end(start_terminal("exec \"$@\"", &command));
    assert_eq!(code, 1, "{screen}");
    assert!(
        screen.contains("  `owned`: the stage `prod` reads `/missing/owned/owned`"),
        "{screen}"
    );
    assert!(!screen.contains("Value of"), "{screen}");
}

#[test]
fn nothing_is_read_without_a_terminal() {
    let endpoint = Endpoint::start(|_| Answer::internal_error());
    let test = WriteTest::new(moto(), "no-terminal");
    let mut command = test.command_for::<Config>(&["set", "--missing"]);
    command.env("AWS_ENDPOINT_URL", &endpoint.url);
    crate::support::package::run_command(&mut command, SECRET.as_bytes())
        .assert_code(1)
        .assert_stderr("standard input is not a terminal, so the command cannot ask")
        .assert_stderr("cargo stage import FILE --stage t-no-terminal");
    assert!(endpoint.requests().is_empty());
}
