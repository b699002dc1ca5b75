//! Output at terminals of several widths. No name and no command is split between two lines.

use std::process::Command;

use crate::prompt::{start_terminal, wait_for_end};
use crate::support::endpoint::{Endpoint, Parameters, Secrets};
use crate::support::package::{Package, run_command};
use crate::support::payments;

const WIDTHS: [usize; 4] = [80, 60, 40, 20];

/// Returns the lines that the command prints at a terminal of this width.
fn run_at_width(command: &Command, width: usize) -> Vec<String> {
    let script = format!("stty cols {width} rows 24 && exec \"$@\"");
    let (screen, _) = wait_for_end(start_terminal(&script, command));
    // On a slow machine, the command prints its progress before a line, and then erases the
    // progress.
    let lines = screen
        .lines()
        .filter_map(|line| line.rsplit("\u{1b}[K").next());
    lines.map(|line| line.trim_end().to_owned()).collect()
}

fn new_command(package: &Package, arguments: &[&str], url: &str) -> Command {
    payments::write_artifacts(package);
    let arguments = [arguments, &["--artifact", payments::PATH]].concat();
    let mut command = package.verb_command(&arguments);
    command.env("AWS_ENDPOINT_URL", url).env("NO_COLOR", "1");
    command
}

/// A terminal of each width in [`WIDTHS`] shows every word that the command prints to a pipe. A
/// name without white space is one word.
#[test]
fn tables_show_every_word_whole() {
    let endpoint = Endpoint::start_with(Parameters::default(), Secrets::default());
    for arguments in [
        &["show"][..],
        &["show", "table_name"],
        &["check", "--stage", "prod"],
        &["check"],
        &["diff", "dev", "prod", "--all"],
    ] {
        let package = Package::new("");
        let mut command = new_command(&package, arguments, &endpoint.url);
        let piped = run_command(&mut command, b"");
        let text = piped.stdout + &piped.stderr;
        for width in WIDTHS {
            let lines = run_at_width(&command, width);
            let shown: Vec<&str> = lines.iter().flat_map(|line| line.split(' ')).collect();
            for word in text.split_whitespace() {
                assert!(
                    shown.contains(&word),
                    "{arguments:?} {width}: {word} is not in {lines:#?}"
                );
            }
            // A command, a text in backticks and a single word may be longer than the terminal.
            let too_long = lines.iter().find(|line| {
                let is_whole = line.trim_start().split(' ').count() == 1
                    || line.contains("cargo stage")
                    || line.contains('`');
                line.chars().count() > width && !is_whole
            });
            assert_eq!(too_long, None, "{arguments:?} {width}: {lines:#?}");
        }
    }
}

#[test]
fn a_narrow_terminal_shows_one_block_for_each_field() {
    let package = Package::new("");
    let command = new_command(&package, &["show"], "http://127.0.0.1:1");
    let lines = run_at_width(&command, 60).join("\n");
    let block = "\
FIELD     table_name
TYPE      String
dev       /payments/dev/table_name
prod      /payments/prod/table_name
fallback  /payments/STAGE/table_name
          else /payments/dev/table_name

FIELD     allowed_ips
";
    assert!(lines.contains(block), "{lines}");
}

#[test]
fn an_error_is_wrapped_and_its_command_is_not() {
    let package = Package::new("");
    let endpoint = Endpoint::start_with(Parameters::default(), Secrets::default());
    let arguments = ["get", "table_name", "--stage", "prod"];
    let mut command = new_command(&package, &arguments, &endpoint.url);
    let help = "cargo stage set table_name --stage prod --artifact";
    let is_help = |line: &&String| line.contains(help);

    let piped = run_command(&mut command, b"").assert_code(1).stderr;
    assert_eq!(piped.lines().count(), 2, "{piped}");
    let lines = run_at_width(&command, 40);
    let message = lines.iter().take_while(|line| !line.contains("help:"));
    assert!(message.clone().count() > 1, "{lines:#?}");
    for line in message {
        assert!(line.chars().count() <= 40, "{lines:#?}");
    }
    let command_line = lines.iter().find(is_help).expect("the help is shown");
    assert!(command_line.ends_with(payments::PATH), "{lines:#?}");

    // The log of a CI job has no width, so no line is wrapped.
    command.env("CI", "true");
    let lines = run_at_width(&command, 40);
    let piped: Vec<&str> = piped.lines().collect();
    assert_eq!(lines, piped);
}

/// Documentation is untrusted text. The mark `|` shows that a line is documentation, and not a line
/// of the command itself.
#[test]
fn every_line_of_wrapped_documentation_has_its_mark() {
    let package = Package::new("");
    let command = new_command(&package, &["show", "db_password"], "http://127.0.0.1:1");
    let lines = run_at_width(&command, 30);
    let docs = [
        "  | Database login; the",
        "  | password is one key of a",
        "  | JSON secret.",
    ];
    let shown = lines.iter().filter(|line| line.contains('|'));
    assert_eq!(shown.collect::<Vec<_>>(), docs, "{lines:#?}");
    let others = lines.iter().filter(|line| !line.contains('|'));
    for line in others {
        let is_docs = line.contains("login") || line.contains("JSON");
        assert!(!is_docs, "{lines:#?}");
    }
}
