//! Hostile text at a pseudo-terminal, where the command writes colours, shows values and asks
//! questions.

use crate::hostile::{FORGED, NAME, RECORD, command, start_hostile_endpoint};
use crate::prompt::{start_terminal, wait_for_end};
use crate::support::artifact;
use crate::support::package::Package;

/// Returns every line that a terminal, or a viewer of the terminal's log, would show.
fn split_lines(screen: &str) -> impl Iterator<Item = &str> {
    screen
        .split([
            '\r', '\n', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}',
        ])
        .map(str::trim_start)
}

#[test]
fn no_line_at_a_terminal_begins_with_hostile_text() {
    let endpoint = start_hostile_endpoint();
    let package = Package::new("");
    let artifact = package.write("artifact", artifact::build_elf(&[&RECORD]));
    let artifact = artifact.to_str().unwrap();
    let missing = format!("{}/{NAME}", package.path().display());
    let mut forged = 0;
    for line in [
        ["show", "--artifact", artifact].as_slice(),
        &["show", "host", "--artifact", artifact],
        &["show", "--artifact", &missing],
        &["check", "--stage", "dev", "--artifact", artifact],
        &["diff", "dev", "prod", "--all", "--artifact", artifact],
        &["history", "key", "--stage", "dev", "--artifact", artifact],
        &[
            "get",
            "plain",
            "--stage",
            "dev",
            "--artifact",
            artifact,
            "--reveal",
        ],
        &["rm", "key", "--stage", "dev", "--artifact", artifact],
        &["export", "--stage", "dev", "--artifact", artifact],
        &["seal", "--init", "--stage", "dev", "--kms-key", NAME],
        &["snapshot", "--empty", "--stage", "dev", "--file", NAME],
    ] {
        // The terminal is so wide that no line wraps.
        let (screen, _) = wait_for_end(start_terminal(
            "stty cols 2000 && exec \"$@\"",
            &command(&package, line, &endpoint.url),
        ));
        for hostile in [
            '\u{1b}', '\u{9b}', '\u{7}', '\u{202e}', '\u{2066}', '\u{200b}', '\u{7f}',
        ] {
            // Removes the command's own colours and the erase sequence of its progress line.
            let text = screen.replace("\u{1b}[0m", "").replace("\u{1b}[K", "");
            let text = ["1m", "2m", "31m", "32m", "33m"]
                .iter()
                .fold(text, |text, end| text.replace(&format!("\u{1b}[{end}"), ""));
            assert!(
                !text.contains(hostile),
                "{line:?} shows {hostile:?}: {text:?}"
            );
        }
        assert!(
            !split_lines(&screen).any(|line| line.starts_with("::")),
            "{line:?} has a forged line: {screen:?}"
        );
        forged += usize::from(screen.contains(FORGED));
    }
    assert!(forged >= 3, "only {forged} outputs show hostile text");
}
