//! Runs the transcripts in `tests/cmd/` and in the documentation, and compares their output.

use std::path::Path;
use std::process::Command;

use crate::support::kms::{REGION, create_key, create_key_in, env_variables};
use crate::support::package::{COMMAND, Package, cargo, run_command};
use crate::support::payments;
use crate::support::peers::moto;

/// Transcripts without KMS. The command itself replaces cargo, which would run `cargo-stage stage
/// …`.
#[test]
fn transcripts_match_the_real_output() {
    let cases = trycmd::TestCases::new();
    cases.register_bin("cargo", Path::new(COMMAND));
    let cargo = cargo().into_string().expect("cargo's path is text");
    cases
        .env("CARGO", cargo)
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    cases.case("tests/cmd/*.md").case("tests/cmd/*.toml");
}

/// Transcripts with KMS, run by a shell and the real cargo.
#[test]
fn documentation_matches_the_real_output() {
    create_key("alias/payments");
    create_key_in("eu-north-1", "alias/payments");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the package is in the workspace");
    let read =
        |path: &str| std::fs::read_to_string(root.join(path)).expect("the documentation exists");
    let readme = read("README.md");
    let section = |name: &str| {
        let section = readme
            .split("\n## ")
            .find(|section| section.starts_with(&format!("{name}\n")));
        section.unwrap_or_else(|| panic!("the README has a section {name:?}"))
    };
    // Documents that write use their own regions, so that no document finds the values of another.
    let documents = [
        ("docs/cli/show.md", REGION),
        ("docs/cli/check.md", REGION),
        ("docs/cli/iam.md", REGION),
        ("docs/cli/set.md", "eu-west-2"),
        ("docs/cli/import.md", "eu-west-3"),
        ("docs/cli/seal.md", REGION),
        ("docs/cli/snapshot.md", "eu-north-1"),
    ];
    let commands = documents.map(|(document, region)| check(document, region, &read(document)));
    let commands = commands.iter().sum::<usize>()
        + check("README.md", REGION, section("Sealed files"))
        + check("README.md", "eu-central-1", section("Before a deployment"));
    assert!(commands > 10, "{commands}");
}

/// Runs the transcripts of a page against the server at this URL, and returns the number of
/// commands.
#[cfg(feature = "deployed")]
pub(crate) fn check_page(page: &str, url: &str) -> usize {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    let path = root.expect("the package is in the workspace").join(page);
    let text = std::fs::read_to_string(path).expect("the documentation exists");
    check_with(
        page,
        &text,
        &[("AWS_REGION", REGION), ("AWS_ENDPOINT_URL", url)],
    )
}

/// Runs the transcripts of a document against moto.
fn check(document: &str, region: &str, text: &str) -> usize {
    check_with(document, text, &[("AWS_REGION", region)])
}

/// Runs the transcripts of a document one after another in one package, and returns the number of
/// commands.
fn check_with(document: &str, text: &str, variables: &[(&str, &str)]) -> usize {
    let package = Package::new("");
    payments::write_artifacts(&package);
    let mut commands = 0;
    for block in text.split("```console\n").skip(1) {
        let block = block
            .split("\n```")
            .next()
            .expect("a split has a first part");
        for (command, expected) in parse_transcript(block) {
            let mut shell = new_shell(&package, command);
            let ran = run_command(shell.envs(variables.iter().copied()), b"");
            let actual = ran.stdout;
            assert_eq!(
                normalize(&actual),
                normalize(&expected),
                "{document}: $ {command}\n{actual}"
            );
            commands += 1;
        }
    }
    commands
}

/// Returns the commands of a block, each with its output.
fn parse_transcript(block: &str) -> Vec<(&str, String)> {
    let mut steps: Vec<(&str, String)> = Vec::new();
    for line in block.lines() {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push((command, String::new())),
            (None, Some((_, output))) => output.push_str(&format!("{line}\n")),
            (None, None) => panic!("a transcript begins with a command, not with {line:?}"),
        }
    }
    steps
}

fn new_shell(package: &Package, command: &str) -> Command {
    let environment = package.seal_command(&[]);
    let cargo_folder = Path::new(&cargo())
        .parent()
        .map(Path::to_path_buf)
        .unwrap_or_default();
    let command_folder = Path::new(COMMAND)
        .parent()
        .expect("the command is in a folder")
        .to_path_buf();
    let path = std::env::var_os("PATH").expect("PATH is set");
    let path = std::env::join_paths(
        [command_folder, cargo_folder]
            .into_iter()
            .chain(std::env::split_paths(&path)),
    );
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("exec 2>&1; {command}")])
        .current_dir(package.path())
        .env_clear();
    shell.envs(
        environment
            .get_envs()
            .filter_map(|(name, value)| Some((name, value?))),
    );
    shell
        .env("PATH", path.expect("no folder has a colon in its name"))
        .envs(env_variables(moto()));
    shell
}

/// Replaces random parts (fingerprints, ids of keys and versions) and collapses the spaces of
/// columns.
fn normalize(text: &str) -> Vec<String> {
    let word = |word: &str| match word.trim_end_matches([',', ':', ';']) {
        arn if arn.starts_with("arn:aws:kms:") => "ARN".to_owned(),
        id if id.len() == 36 && id.matches('-').count() == 4 => "ID".to_owned(),
        key if key.len() == 44 && key.ends_with('=') => "KEY".to_owned(),
        _ => word.to_owned(),
    };
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines
        .map(|line| {
            line.split_whitespace()
                .map(word)
                .collect::<Vec<_>>()
                .join(" ")
        })
        .collect()
}
