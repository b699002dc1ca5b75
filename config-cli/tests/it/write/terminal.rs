//! The questions of `set`, `rm` and `rollback`, and the output of `get`, at a pseudo-terminal.

use rexpect::session::PtySession;

use super::WriteTest;
use crate::prompt::{start_terminal, wait_for_end};
use crate::support::peers::moto;
use crate::support::planted::{SECRET, assert_clean};
use crate::support::stores::get_parameter;

fn start_at_terminal(test: &WriteTest, verb: &[&str]) -> PtySession {
    start_terminal("exec \"$@\"", &test.command(verb))
}

fn start_prompt(test: &WriteTest) -> PtySession {
    let mut terminal = start_at_terminal(test, &["set", "token"]);
    let question = format!(
        "Value of `token` for the stage `{}` (typing is hidden): ",
        test.stage
    );
    terminal.exp_string(&question).expect("the command asks");
    terminal
}

#[test]
fn a_typed_secret_is_written_and_not_echoed() {
    let test = WriteTest::new(moto(), "typed");
    let mut terminal = start_prompt(&test);
    terminal
        .send_line(SECRET)
        .expect("the terminal accepts a line");
    let (screen, code) = wait_for_end(terminal);
    assert_eq!(code, 0, "{screen}");
    assert_clean("the terminal", &screen);
    let stored = get_parameter(moto(), &test.parameter("token")).expect("the value exists");
    assert_eq!(
        (stored.value.as_str(), stored.kind.as_str()),
        (SECRET, "SecureString"),
        "without the line end"
    );
}

/// White space is a part of a text, but a load ignores it around a number, a list or a map.
#[test]
fn a_plain_value_is_shown_and_is_trimmed_as_in_a_load() {
    let test = WriteTest::new(moto(), "typed-plain");
    for (field, typed, stored) in [
        ("port", " 8080 ", "8080"),
        ("tags", " a,b ", "a,b"),
        ("limits", " {\"a\":1} ", "{\"a\":1}"),
        ("name", " orders ", " orders "),
    ] {
        let mut terminal = start_at_terminal(&test, &["set", field]);
        let question = format!("Value of `{field}` for the stage `{}`: ", test.stage);
        terminal.exp_string(&question).expect("the command asks");
        terminal
            .send_line(typed)
            .expect("the terminal accepts a line");
        let (screen, code) = wait_for_end(terminal);
        assert_eq!(code, 0, "{screen}");
        assert!(
            screen.contains(typed),
            "the terminal must show it: {screen}"
        );
        let value = get_parameter(moto(), &test.parameter(field)).expect("the value exists");
        assert_eq!(value.value, stored, "{field}");
    }
}

#[test]
fn pasted_lines_of_a_plain_value_are_refused() {
    let test = WriteTest::new(moto(), "pasted-plain");
    let mut terminal = start_at_terminal(&test, &["set", "port"]);
    terminal.exp_string("`: ").expect("the command asks");
    terminal
        .send("8080\nexit 7\n")
        .expect("the terminal accepts text");
    terminal.flush().expect("the text is sent");
    let (screen, code) = wait_for_end(terminal);
    assert_eq!(code, 1, "{screen}");
    assert!(screen.contains("several lines were pasted"), "{screen}");
    assert_eq!(get_parameter(moto(), &test.parameter("port")), None);
}

#[test]
fn ctrl_c_at_the_prompt_writes_nothing() {
    let test = WriteTest::new(moto(), "ctrl-c");
    let mut terminal = start_prompt(&test);
    terminal.send(SECRET).expect("the terminal accepts text");
    terminal
        .send_control('c')
        .expect("the terminal accepts Ctrl-C");
    let (screen, code) = wait_for_end(terminal);
    assert_eq!(code, 130, "{screen}");
    assert!(
        screen.contains("interrupted: nothing was changed"),
        "{screen}"
    );
    assert_clean("the terminal", &screen);
    assert_eq!(get_parameter(moto(), &test.parameter("token")), None);
}

#[test]
fn an_existing_value_is_reported_before_the_prompt() {
    let test = WriteTest::new(moto(), "typed-twice");
    test.set("token", "one").assert_code(0);
    let (screen, code) = wait_for_end(start_at_terminal(&test, &["set", "token"]));
    assert_eq!(code, 1, "{screen}");
    assert!(
        screen.contains("add `--overwrite` to replace it") && !screen.contains("typing is hidden"),
        "{screen}"
    );
}

#[test]
fn a_terminal_shows_a_secret_only_with_reveal() {
    let test = WriteTest::new(moto(), "reveal");
    test.set("token", SECRET).assert_code(0);
    test.set("name", "shop").assert_code(0);
    let (screen, code) = wait_for_end(start_at_terminal(&test, &["get", "token"]));
    assert_eq!(code, 1, "{screen}");
    assert_clean("get", &screen);
    assert!(screen.contains("add `--reveal` to show it"), "{screen}");
    let (screen, code) = wait_for_end(start_at_terminal(&test, &["get", "token", "--reveal"]));
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains(&format!("{SECRET}\r\n")), "{screen}");
    let (screen, _) = wait_for_end(start_at_terminal(&test, &["get", "name"]));
    assert!(screen.contains("shop\r\n"), "{screen}");
}

#[test]
fn rm_asks_for_the_name_of_the_stage() {
    let test = WriteTest::new(moto(), "confirm");
    test.set("name", "x").assert_code(0);
    for (typed, status, still_exists) in [("prod", 1, true), ("t-confirm", 0, false)] {
        let mut terminal = start_at_terminal(&test, &["rm", "name"]);
        terminal
            .exp_string("cannot be restored")
            .expect("the command warns");
        terminal
            .exp_string("Type the stage's name to remove the value (t-confirm): ")
            .expect("the command asks");
        terminal
            .send_line(typed)
            .expect("the terminal accepts a line");
        let (screen, code) = wait_for_end(terminal);
        assert_eq!(code, status, "{screen}");
        assert_eq!(
            get_parameter(moto(), &test.parameter("name")).is_some(),
            still_exists
        );
    }
}

#[test]
fn a_rollback_is_confirmed_and_shows_no_value() {
    let test = WriteTest::new(moto(), "rollback-terminal");
    test.set("token", SECRET).assert_code(0);
    test.replace("token", "another").assert_code(0);
    let name = test.parameter("token");
    for (answer, code, version) in [("n", 1, 2), ("yes", 0, 3)] {
        let mut terminal = start_at_terminal(&test, &["rollback", "token"]);
        let question = "Make the older version current again? [y/N] ";
        let before = terminal.exp_string(question).expect("the command asks");
        assert!(before.contains("current: version 2 (") && before.contains("older:   version 1 ("));
        terminal
            .send_line(answer)
            .expect("the terminal accepts a line");
        let (screen, ended) = wait_for_end(terminal);
        assert_eq!(ended, code, "{screen}");
        assert_clean("the terminal", &format!("{before}{screen}"));
        let stored = get_parameter(moto(), &name).expect("the value exists");
        assert_eq!(stored.version, version, "{answer}");
    }
}
