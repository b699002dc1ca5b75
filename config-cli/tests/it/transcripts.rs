//! Runs the commands of the transcripts in `tests/cmd/` and in the documentation, and compares
//! their output with the transcripts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use crate::support::kms::{REGION, create_key_in, env_variables};
use crate::support::orders;
use crate::support::package::{COMMAND, Package, cargo, run_command};
use crate::support::payments;
use crate::support::peers::moto;

/// The beginning of a block with a transcript.
const BLOCK_START: &str = "```console\n";

/// Runs the transcripts in `tests/cmd/`, which need no KMS. In them, `cargo` is the command under
/// test. It gets the arguments `stage …`, as it does from the real cargo.
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

/// The page whose transcripts need a deployed function. `deployed::documented` runs these
/// transcripts against its own server.
const PAGE_WITH_FUNCTIONS: &str = "docs/cli/deployed.md";

/// The regions in which the transcripts of the pages run. Each page has its own region, so that no
/// page finds the values that another page wrote. No other test writes values in these regions.
/// Before the output is compared, [`REGION`] replaces the page's region in it.
const PAGE_REGIONS: [&str; 20] = [
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "ca-central-1",
    "sa-east-1",
    "eu-north-1",
    "eu-south-1",
    "eu-west-2",
    "eu-west-3",
    "me-south-1",
    "af-south-1",
    "ap-east-1",
    "ap-south-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-southeast-1",
    "ap-southeast-2",
    "ap-southeast-3",
    "ap-southeast-4",
];

/// Runs the transcripts of the README and of all pages of the guide except [`PAGE_WITH_FUNCTIONS`],
/// with a shell and the real cargo. All pages run, even if one fails.
#[test]
fn documentation_matches_the_real_output() {
    let pages = find_pages();
    for expected in ["README.md", "docs/sealed.md", "docs/cli/check.md"] {
        assert!(
            pages.iter().any(|page| page == expected),
            "{expected} has no transcript"
        );
    }
    assert!(
        pages.len() <= PAGE_REGIONS.len(),
        "add regions for {} pages",
        pages.len()
    );

    thread::scope(|scope| {
        for (page, region) in pages.iter().zip(PAGE_REGIONS) {
            scope.spawn(move || {
                create_key_in(region, "alias/payments");
                run_page(page, &[("AWS_REGION", region)])
            });
        }
    });
}

/// Returns the paths of the README and of the pages of the guide that have a transcript, without
/// [`PAGE_WITH_FUNCTIONS`].
fn find_pages() -> Vec<String> {
    let mut files = vec![root().join("README.md")];
    collect_files(&root().join("docs"), &mut files);
    let has_transcript = |file: &PathBuf| read(file).contains(BLOCK_START);
    let pages = files
        .iter()
        .filter(|file| has_transcript(file))
        .map(|file| {
            let path = file
                .strip_prefix(root())
                .expect("the file is in the repository");
            path.to_str().expect("the path is text").replace('\\', "/")
        });
    let mut pages: Vec<String> = pages.filter(|page| page != PAGE_WITH_FUNCTIONS).collect();
    pages.sort();
    pages
}

/// Adds the Markdown files in the folder and in the folders below it.
fn collect_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let path = entry.expect("the folder can be read").path();
        if path.is_dir() {
            collect_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "md") {
            files.push(path);
        }
    }
}

fn root() -> &'static Path {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    root.expect("the package is in the workspace")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Runs the transcripts of a page against the server at this URL, and returns the number of
/// commands.
#[cfg(feature = "deployed")]
pub(crate) fn check_page(page: &str, url: &str) -> usize {
    run_page(page, &[("AWS_REGION", REGION), ("AWS_ENDPOINT_URL", url)])
}

/// Runs the transcripts of a page one after another in one package, with these variables. Returns
/// the number of commands.
fn run_page(page: &str, variables: &[(&str, &str)]) -> usize {
    let package = Package::new("");
    orders::write_artifact(&package);
    payments::write_artifacts(&package);
    let region = variables.iter().find(|(name, _)| *name == "AWS_REGION");
    let region = region.map_or(REGION, |(_, region)| *region);

    let mut commands = 0;
    for block in read(&root().join(page)).split(BLOCK_START).skip(1) {
        let block = block
            .split("\n```")
            .next()
            .expect("a split has a first part");
        for (command, expected) in parse_transcript(block) {
            let mut shell = new_shell(&package, command);
            let ran = run_command(shell.envs(variables.iter().copied()), b"");
            let actual = ran.stdout.replace(region, REGION);
            assert_eq!(
                normalize(&actual),
                normalize(&expected),
                "{page}: $ {command}\n{actual}"
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

/// Replaces the parts that differ between two runs: the ARNs of KMS keys, random parts
/// (fingerprints, ids of keys and versions), and sizes in bytes, because a size depends on the
/// length of the region's name. Collapses the spaces of columns, and removes empty lines.
fn normalize(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.map(normalize_line).collect()
}

fn normalize_line(line: &str) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let word = |(index, word): (usize, &&str)| {
        let next = words.get(index + 1);
        match word.trim_end_matches([',', ':', ';']) {
            arn if arn.starts_with("arn:aws:kms:") => "ARN".to_owned(),
            id if id.len() == 36 && id.matches('-').count() == 4 => "ID".to_owned(),
            key if key.len() == 44 && key.ends_with('=') => "KEY".to_owned(),
            _ if next.is_some_and(|next| next.starts_with("bytes")) => "SIZE".to_owned(),
            _ => (*word).to_owned(),
        }
    };
    words
        .iter()
        .enumerate()
        .map(word)
        .collect::<Vec<_>>()
        .join(" ")
}
