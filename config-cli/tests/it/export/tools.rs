//! Exports in the formats of other tools.

use super::*;

/// Returns the command `cargo stage export --format github` with the variable that GitHub Actions
/// sets for every step.
fn github_command(package: &Package, stage: &str, options: &[&str]) -> Command {
    let options = [&["--format", "github"], options].concat();
    let mut command = export_command(package, stage, &options);
    command.env("GITHUB_ACTIONS", "true");
    command
}

/// The variables, with their values, that an export of the stage from [`fill_stage`] contains.
const FILLED: [(&str, &str); 5] = [
    ("STRIPE_KEY", SECRET),
    ("TABLE_NAME", "orders"),
    ("PORT", "8080"),
    ("MAIL_HOST", "smtp.example.com"),
    ("MAIL_PASSWORD", SECRET),
];

fn filled_package(stage: &str) -> Package {
    fill_stage(roto(), stage);
    Package::new("")
}

fn export_command(package: &Package, stage: &str, options: &[&str]) -> Command {
    let arguments = [&["export", "--stage", stage], options].concat();
    command(package, roto(), &arguments)
}

#[test]
fn sam_reads_every_byte_back() {
    for (stage, texts) in [("t-sam", ODD.as_slice()), ("t-sam-2", &ODDER)] {
        let package = store_texts(roto(), stage, texts);
        let ran = export(&package, stage, &["--format", "sam"]).assert_code(0);
        let read: serde_json::Value = serde_json::from_str(&ran.stdout).expect("it is JSON");
        for (path, text) in texts {
            assert_eq!(read["Parameters"][variable(path)], *text, "{path}");
        }
    }
}

/// python-hcl2 returns the escapes `$${` and `%%{` unchanged. So the script replaces them with `${`
/// and `%{`.
#[test]
fn terraform_reads_every_byte_back() {
    let script = r"
import hcl2, re
from hcl2 import SerializationOptions
options = SerializationOptions(strip_string_quotes=True)
read = hcl2.loads(open('stage.tfvars').read(), serialization_options=options)
read = {name: re.sub(r'[$]([$]{)|%(%{)', r'\1\2', text) for name, text in read.items() if isinstance(text, str)}
";
    for (stage, texts) in [
        ("t-tf", ODD.as_slice()),
        ("t-tf-2", &ODDER),
        ("t-tf-3", &[("a", "${var.x} %{if true} $${y} 100%")]),
    ] {
        let package = store_texts(roto(), stage, texts);
        export(&package, stage, &["-o", "stage.tfvars"]).assert_code(0);
        let read = read_with_python(&package, script);
        for (path, text) in texts {
            assert_eq!(read[path.replace('.', "_")], *text, "{path}");
        }
    }
}

#[test]
fn cargo_lambda_gets_a_file_in_its_own_syntax() {
    let package = store_texts(roto(), "t-lambda", &[("a", "it's"), ("b", "x\ny")]);
    export(
        &package,
        "t-lambda",
        &["--format", "cargo-lambda", "-o", "lambda.env"],
    )
    .assert_code(0);
    assert_eq!(package.read("lambda.env"), "A=`it's`\nB='x\ny'\n");
    let package = store_texts(roto(), "t-lambda-2", &[ODD[3]]);
    export(&package, "t-lambda-2", &["--format", "cargo-lambda"])
        .assert_code(1)
        .assert_stderr("the env file of cargo-lambda cannot contain the value of `d`");
}

#[test]
fn github_gets_masks_before_the_values() {
    let package = filled_package("t-github");
    let file = package.write("env_file", "EARLIER=1\n");
    let mut command = github_command(&package, "t-github", &[]);
    let ran = run_command(command.env("GITHUB_ENV", &file), b"").assert_code(0);
    let mask = format!("::add-mask::{}\n", SECRET.replace('%', "%25"));
    assert_eq!(ran.stdout, mask.repeat(2), "only secrets are masked");
    assert_clean("messages", &ran.stderr);
    let written = package.read("env_file");
    let lines: Vec<&str> = written.lines().collect();
    assert_eq!(lines[0], "EARLIER=1");
    let blocks: Vec<&[&str]> = lines[1..].chunks(3).collect();
    let delimiter = lines[3];
    for ((name, text), block) in FILLED.iter().zip(&blocks) {
        let begin = format!("{name}<<{delimiter}");
        assert_eq!(block, &[begin.as_str(), text, delimiter]);
    }
    assert_eq!(blocks.len(), FILLED.len());
}

#[test]
fn github_needs_a_file_and_appends_to_it() {
    let package = filled_package("t-github-2");
    let run = |options: &[&str]| {
        let mut command = github_command(&package, "t-github-2", options);
        run_command(command.env_remove("GITHUB_ENV"), b"")
    };
    run(&[])
        .assert_code(2)
        .assert_stderr("GITHUB_ENV is not set");
    run(&["-o", "new", "--overwrite"])
        .assert_code(2)
        .assert_stderr("--overwrite does not apply to --format github");
    run(&["-o", "new"]).assert_code(0);
    run(&["-o", "new", "--prefix", "SECOND_"]).assert_code(0);
    let path = package.path().join("new");
    let mode = fs::metadata(&path).expect("it exists").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let written = package.read("new");
    assert!(written.contains("\nSECOND_PORT<<") && written.contains("\nPORT<<"));

    symlink(&path, package.path().join("link")).expect("a link can be created");
    run(&["-o", "link"])
        .assert_code(1)
        .assert_stderr("link is a symbolic link");
    run(&["-o", "new", "--name", "port=GITHUB_PORT"])
        .assert_code(2)
        .assert_stderr("`GITHUB_PORT`, which GitHub Actions reserves");
    assert_eq!(package.read("new"), written);
}

/// Another CI system would not hide the masks in its log, and the masks contain the secrets.
#[test]
fn github_is_refused_outside_of_github_actions() {
    let package = filled_package("t-github-5");
    let file = package.write("env_file", "");
    for value in [None, Some(""), Some("false"), Some("1")] {
        for options in [&["-o", "new"][..], &[]] {
            let mut command = github_command(&package, "t-github-5", options);
            command
                .env_remove("GITHUB_ACTIONS")
                .env("GITHUB_ENV", &file);
            command.envs(value.map(|value| ("GITHUB_ACTIONS", value)));
            let ran = run_command(&mut command, b"")
                .assert_code(2)
                .assert_stderr("GITHUB_ACTIONS is not `true`")
                .assert_stderr("--format dotenv --output FILE");
            assert_eq!(ran.stdout, "");
        }
    }
    assert!(!package.path().join("new").exists());
    assert_eq!(package.read("env_file"), "");
}

#[test]
fn no_value_is_written_if_the_masks_cannot_be_printed() {
    let package = filled_package("t-github-4");
    let file = package.write("env_file", "");
    let (reader, writer) = std::io::pipe().expect("a pipe can be created");
    drop(reader);
    let mut command = github_command(&package, "t-github-4", &[]);
    let ended = command
        .env("GITHUB_ENV", &file)
        .stdout(writer)
        .stderr(Stdio::piped())
        .output()
        .expect("the command runs");
    let stderr = String::from_utf8_lossy(&ended.stderr);
    assert_eq!(ended.status.code(), Some(1), "{stderr}");
    assert!(
        stderr.contains("standard output cannot be written"),
        "{stderr}"
    );
    assert_eq!(package.read("env_file"), "");
}

/// The masks contain the secrets. So at a terminal, the command prints no masks and writes no
/// secrets to the file.
#[test]
fn a_terminal_shows_no_masks() {
    let package = filled_package("t-github-3");
    let mut command = github_command(&package, "t-github-3", &[]);
    command.env("GITHUB_ENV", package.path().join("env_file"));
    let (screen, code) = wait_for_end(start_terminal("exec \"$@\"", &command));
    assert_eq!(code, 0, "{screen}");
    assert_clean("the terminal", &screen);
    assert!(
        screen.contains("secrets that are not shown on a terminal: 2"),
        "{screen}"
    );
    assert_clean("the file", &package.read("env_file"));
}

#[test]
fn tfvars_refuses_reserved_names_and_accepts_a_prefix() {
    let package = filled_package("t-tf-4");
    let run = |options: &[&str]| {
        let options = [&["--format", "tfvars"], options].concat();
        run_command(&mut export_command(&package, "t-tf-4", &options), b"")
    };
    run(&["--name", "port=version"])
        .assert_code(2)
        .assert_stderr(
            "the variable of the field `port` would be `version`, which Terraform reserves",
        );
    let ran = run(&["--prefix", "app_", "--name", "mail.host=smtp"]).assert_code(0);
    assert!(
        ran.stdout.contains("app_port          = \"8080\"\n")
            && ran
                .stdout
                .contains("smtp              = \"smtp.example.com\"\n"),
        "{}",
        ran.stdout
    );
}
