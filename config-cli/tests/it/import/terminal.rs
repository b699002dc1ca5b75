//! The question before a write, at a terminal and without one, and the note about chains.

use super::*;
use crate::support::endpoint::{Endpoint, Parameters, Secrets};

#[test]
fn an_import_needs_yes_without_a_terminal() {
    let package = Package::new("");
    let input = b"PORT=1\n";
    let ran = import(
        &package,
        roto(),
        "t-im-no-terminal",
        &["-", "--format", "dotenv"],
        input,
    )
    .assert_code(1);
    let ran = ran
        .assert_stderr("nothing was written: there is no terminal for the question")
        .assert_stderr("add `--yes` to write without asking");
    assert!(
        ran.stdout.contains("/move/t-im-no-terminal/port"),
        "the changes must be shown: {}",
        ran.stdout
    );
    assert_eq!(
        StoreClients::new(roto()).get_parameter("/move/t-im-no-terminal/port"),
        None
    );
}

#[test]
fn the_answer_at_a_terminal_decides() {
    let package = Package::new("");
    write_private(&package, "a.env", &dotenv());
    let clients = StoreClients::new(roto());
    let is_written = || clients.get_parameter("/move/t-im-asked/port").is_some();
    let start_import = || {
        let import = command(
            &package,
            roto(),
            &["import", "a.env", "--stage", "t-im-asked"],
        );
        let mut terminal = start_terminal("exec \"$@\"", &import);
        let before = terminal
            .exp_string("Write 5 values into the stage `t-im-asked`? [y/N] ")
            .expect("the command asks");
        assert!(before.contains("/move/t-im-asked/port"), "{before}");
        assert_clean("the terminal", &before);
        terminal
    };
    for answer in ["n", "", "maybe"] {
        let mut terminal = start_import();
        terminal
            .send_line(answer)
            .expect("the terminal accepts a line");
        let (screen, code) = wait_for_end(terminal);
        assert_eq!((code, is_written()), (1, false), "{screen}");
    }
    let mut interrupted = start_import();
    interrupted
        .send_control('c')
        .expect("the terminal accepts Ctrl-C");
    let (screen, code) = wait_for_end(interrupted);
    assert_eq!((code, is_written()), (130, false), "{screen}");
    assert!(
        screen.contains("interrupted: nothing was changed"),
        "{screen}"
    );
    let mut confirmed = start_import();
    confirmed
        .send_line("y")
        .expect("the terminal accepts a line");
    let (screen, code) = wait_for_end(confirmed);
    assert_eq!((code, is_written()), (0, true), "{screen}");
    assert_clean("the terminal", &screen);
}

/// The command reads the file from standard input and the answer from the terminal.
#[test]
fn a_piped_import_still_asks_at_the_terminal() {
    let package = Package::new("");
    write_private(&package, "a.env", "PORT=1\n");
    let import = command(
        &package,
        roto(),
        &["import", "-", "--format", "dotenv", "--stage", "t-im-both"],
    );
    let mut terminal = start_terminal("exec \"$@\" < a.env", &import);
    terminal
        .exp_string("Write 1 value into the stage `t-im-both`? [y/N] ")
        .expect("the command asks");
    terminal
        .send_line("yes")
        .expect("the terminal accepts a line");
    let (screen, code) = wait_for_end(terminal);
    assert_eq!(code, 0, "{screen}");
    assert!(
        StoreClients::new(roto())
            .get_parameter("/move/t-im-both/port")
            .is_some()
    );
}

/// In a preview stage most fields have a chain, so one note for each field would hide the other
/// messages.
#[test]
fn the_note_about_chains_is_printed_once() {
    let import = |lines: &str| {
        let package = Package::new("");
        write_private(&package, "a.env", lines);
        let endpoint = Endpoint::start_with(Parameters::default(), Secrets::default());
        crate::check::run::<crate::check::Config>(
            &package,
            "import",
            &endpoint.url,
            &["a.env", "--stage", "pr-7"],
        )
        .assert_code(1)
    };
    let several = import("TABLE=orders\nPORT=1\n");
    assert_eq!(several.stderr.matches("note:").count(), 1, "{several:?}");
    several.assert_stderr(
        "note: only the first source of the chain of each of these fields is written: `table`, \
         `port`",
    );
    import("PORT=1\n").assert_stderr(
        "note: `/it-check/pr-7/port` is the first source of a chain; unchanged: \
         `/it-check/dev/port`",
    );
}
