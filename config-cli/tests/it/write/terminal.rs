//! The questions of `set` and `rm`, and the output of `get`, at a pseudo-terminal.

use rexpect::session::PtySession;

use super::WriteTest;
use crate::prompt::{start_terminal, wait_for_end};
use crate::support::peers::moto;
use crate::support::planted::{SECRET, assert_clean};
use crate::support::stores::get_parameter;

fn start_at_terminal(place: &WriteTest, verb: &[&str]) -> PtySession {
    start_terminal("exec \"$@\"", &place.command(verb))
}

fn start_prompt(place: &WriteTest) -> PtySession {
    let mut terminal = start_at_terminal(place, &["set", "token"]);
    let question = format!("Value of `token` for the stage `{}` (typing is hidden): ", place.stage);
    terminal.exp_string(&question).expect("the command asks");
    terminal
}

#[test]
fn typed_input_is_written_and_not_echoed() {
    let place = WriteTest::new(moto(), "typed");
    let mut terminal = start_prompt(&place);
    terminal.send_line(SECRET).expect("the terminal accepts a line");
    let (shown, code) = wait_for_end(terminal);
    assert_eq!(code, 0, "{shown}");
    assert_clean("the terminal", &shown);
    let stored = get_parameter(moto(), &place.parameter("token")).expect("the value exists");
    assert_eq!((stored.value.as_str(), stored.kind.as_str()), (SECRET, "SecureString"), "without the line end");
}

#[test]
fn ctrl_c_at_the_prompt_writes_nothing() {
    let place = WriteTest::new(moto(), "ctrl-c");
    let mut terminal = start_prompt(&place);
    terminal.send(SECRET).expect("the terminal accepts text");
    terminal.send_control('c').expect("the terminal accepts Ctrl-C");
    let (shown, code) = wait_for_end(terminal);
    assert_eq!(code, 130, "{shown}");
    assert!(shown.contains("interrupted: nothing was changed"), "{shown}");
    assert_clean("the terminal", &shown);
    assert_eq!(get_parameter(moto(), &place.parameter("token")), None);
}

#[test]
fn an_existing_value_is_reported_before_the_prompt() {
    let place = WriteTest::new(moto(), "typed-twice");
    place.set("token", "one").assert_code(0);
    let (shown, code) = wait_for_end(start_at_terminal(&place, &["set", "token"]));
    assert_eq!(code, 1, "{shown}");
    assert!(shown.contains("`--overwrite` replaces it") && !shown.contains("typing is hidden"), "{shown}");
}

#[test]
fn a_terminal_shows_a_secret_only_with_reveal() {
    let place = WriteTest::new(moto(), "reveal");
    place.set("token", SECRET).assert_code(0);
    place.set("name", "shop").assert_code(0);
    let (shown, code) = wait_for_end(start_at_terminal(&place, &["get", "token"]));
    assert_eq!(code, 1, "{shown}");
    assert_clean("get", &shown);
    assert!(shown.contains("`--reveal` shows it"), "{shown}");
    let (shown, code) = wait_for_end(start_at_terminal(&place, &["get", "token", "--reveal"]));
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains(&format!("{SECRET}\r\n")), "{shown}");
    let (shown, _) = wait_for_end(start_at_terminal(&place, &["get", "name"]));
    assert!(shown.contains("shop\r\n"), "{shown}");
}

#[test]
fn rm_asks_for_the_name_of_the_stage() {
    let place = WriteTest::new(moto(), "confirm");
    place.set("name", "x").assert_code(0);
    for (typed, status, is_there) in [("prod", 1, true), ("t-confirm", 0, false)] {
        let mut terminal = start_at_terminal(&place, &["rm", "name"]);
        terminal.exp_string("cannot be restored").expect("the command warns");
        terminal.exp_string("Type the stage's name to remove it (t-confirm): ").expect("the command asks");
        terminal.send_line(typed).expect("the terminal accepts a line");
        let (shown, code) = wait_for_end(terminal);
        assert_eq!(code, status, "{shown}");
        assert_eq!(get_parameter(moto(), &place.parameter("name")).is_some(), is_there);
    }
}
