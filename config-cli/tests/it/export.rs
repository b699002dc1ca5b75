//! `cargo stage export`: real parsers read every byte back, except for values that the command
//! refuses or that a note names. Only the owner can read the files, a pipe gets all values, and a
//! terminal shows no secret without `--reveal`.

mod file;
mod template;
mod tools;

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::prompt::{start_terminal, wait_for_end};
use crate::support::artifact;
use crate::support::folder::list_names;
use crate::support::node;
use crate::support::package::{Package, RunOutput, run_command};
use crate::support::peers::{Peer, moto, roto};
use crate::support::planted::{DIGITS, SECRET, assert_clean};
use crate::support::python;
use crate::support::store_clients::StoreClients;
use crate::support::transfer_config::{TextsConfig, command, command_for, fill_stage};

/// Values that readers of env files, shell scripts or YAML misread without correct quoting.
const ODD: [(&str, &str); 11] = [
    ("a", " leading and trailing "),
    ("b", "two\nlines\n\nand an end\n"),
    ("c", "$HOME $(id) `id` !x # no comment"),
    ("d", "back\\slash \\n \\t \\x"),
    ("e", "\"double\""),
    ("f", "it's single"),
    ("g", "größe 😀 \u{2028} \u{feff}"),
    ("h", "-----BEGIN KEY-----\nMIIE/+=\n-----END KEY-----\n"),
    ("i", "no"),
    ("j", "0123"),
    ("on.no", "{\"a\": [1, \"x\"]}, & ~ * ? | > % @"),
];

/// Values that some formats cannot represent, or that some readers of a format misread.
const ODDER: [(&str, &str); 3] = [
    ("a", "it's \"both\" \\"),
    ("b", "\r\n\ttab\r"),
    ("c", "it's $5 \\\\ \\'\u{7f}\u{85}"),
];

/// Stores the values where a stage of [`TextsConfig`] reads them.
fn store_texts(peer: &Peer, stage: &str, texts: &[(&str, &str)]) -> Package {
    // The key of a nested field contains a dot: `on.no`.
    let object: BTreeMap<&str, &str> = texts.iter().copied().collect();
    let text = serde_json::to_string(&object).expect("texts are JSON");
    StoreClients::new(peer).create_secret(&format!("move-texts/{stage}"), &text);
    Package::new("")
}

fn export(package: &Package, stage: &str, options: &[&str]) -> RunOutput {
    let arguments = [&["export", "--stage", stage], options].concat();
    run_command(
        &mut command_for(
            package,
            roto(),
            &artifact::write_artifact::<TextsConfig>(),
            &arguments,
        ),
        b"",
    )
}

fn variable(path: &str) -> String {
    path.replace('.', "_").to_uppercase()
}

#[test]
fn a_shell_reads_every_byte_back() {
    for (stage, texts) in [("t-shell", ODD.as_slice()), ("t-shell-2", &ODDER)] {
        let package = store_texts(roto(), stage, texts);
        export(&package, stage, &["-o", "values.sh"]).assert_code(0);
        for (path, text) in texts {
            let script = format!(". ./values.sh; printf %s \"${}\"", variable(path));
            let read = Command::new("sh")
                .args(["-c", &script])
                .current_dir(package.path())
                .output()
                .expect("sh runs");
            assert_eq!(String::from_utf8_lossy(&read.stdout), *text, "{path}");
        }
        let script = "eval \"$(cat values.sh)\"; exec env";
        let read = Command::new("sh")
            .args(["-c", script])
            .current_dir(package.path())
            .output()
            .expect("sh runs");
        assert!(
            String::from_utf8_lossy(&read.stdout).contains("\nA="),
            "the variables must be exported"
        );
    }
}

/// Runs the script in Python, and returns what the script assigns to the variable `read`.
fn read_with_python(package: &Package, script: &str) -> serde_json::Value {
    let script = format!("import json, sys\n{script}\njson.dump(read, sys.stdout)");
    let mut python = Command::new(python::find_program("python"));
    let output = python
        .args(["-c", &script])
        .env("PYTHONUTF8", "1")
        .current_dir(package.path())
        .output();
    let output = output.expect("Python runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("Python prints JSON")
}

#[test]
fn dotenv_readers_read_every_byte_back() {
    let package = store_texts(roto(), "t-dotenv", &ODD);
    export(&package, "t-dotenv", &["-o", ".env"]).assert_code(0);
    let read = read_with_python(
        &package,
        "import dotenv\nread = dict(dotenv.dotenv_values('.env'))",
    );
    let script = "process.stdout.write(JSON.stringify(process.env))";
    let node = node::command("node")
        .args(["--env-file=.env", "-e", script])
        .current_dir(package.path())
        .output();
    let node = node.expect("Node.js runs");
    let by_node: serde_json::Value =
        serde_json::from_slice(&node.stdout).expect("Node.js prints JSON");
    for (path, text) in ODD {
        assert_eq!(read[variable(path)], text, "{path} by python-dotenv");
        assert_eq!(by_node[variable(path)], text, "{path} by Node.js");
    }
}

#[test]
fn values_that_dotenv_parsers_misread_are_noted_or_refused() {
    let package = store_texts(roto(), "t-dotenv-2", &ODDER);
    let refused = export(&package, "t-dotenv-2", &["-o", ".env"])
        .assert_code(1)
        .assert_stderr("for `b`, `c`");
    assert!(!package.path().join(".env").exists(), "{}", refused.stderr);
    let package = store_texts(roto(), "t-dotenv-3", &[ODDER[0], ("b", "${HOME}")]);
    let noted = export(&package, "t-dotenv-3", &["-o", ".env"]).assert_code(0);
    noted
        .assert_stderr("Node.js misreads the escapes in `a`")
        .assert_stderr("python-dotenv replaces `${…}` in `b`");
    let read = read_with_python(
        &package,
        "import dotenv\nread = dict(dotenv.dotenv_values('.env', interpolate=False))",
    );
    assert_eq!(
        (&read["A"], &read["B"]),
        (&ODDER[0].1.into(), &"${HOME}".into())
    );
}

#[test]
fn json_and_yaml_readers_read_every_byte_back() {
    for (stage, texts) in [
        ("t-trees", ODD.as_slice()),
        ("t-trees-2", &ODDER),
        ("t-trees-3", &[("a", "nul \0")]),
    ] {
        let package = store_texts(roto(), stage, texts);
        for (file, script) in [
            ("values.json", "read = json.load(open('values.json'))"),
            (
                "values.yaml",
                "import yaml\nread = yaml.safe_load(open('values.yaml'))",
            ),
        ] {
            export(&package, stage, &["-o", file]).assert_code(0);
            let read = read_with_python(&package, script);
            for (path, text) in texts {
                let pointer = format!("/{}", path.replace('.', "/"));
                assert_eq!(
                    read.pointer(&pointer),
                    Some(&(*text).into()),
                    "{path} in {file}"
                );
            }
        }
        if stage == "t-trees-3" {
            export(&package, stage, &["--format", "shell"])
                .assert_code(1)
                .assert_stderr("the byte 0, which is in `a`");
        }
    }
}

#[test]
fn an_export_to_a_pipe_has_all_values() {
    for peer in [moto(), roto()] {
        fill_stage(peer, "t-pipe");
        StoreClients::new(peer).create_binary_secret("move/t-pipe/blob", &[0, 159, 146, 150]);
        let package = Package::new("");
        let run_export = |options: &[&str]| {
            let ran = run_command(
                &mut command(
                    &package,
                    peer,
                    &[&["export", "--stage", "t-pipe"], options].concat(),
                ),
                b"",
            );
            assert_clean("standard error", &ran.stderr);
            ran.assert_code(0)
        };
        let expected = format!(
            "STRIPE_KEY='{SECRET}'\nTABLE_NAME='orders'\nPORT='8080'\nBLOB='AJ+Slg=='\nMAIL_HOST='smtp.example.com'\n\
             MAIL_PASSWORD='{SECRET}'\n"
        );
        let ran = run_export(&[])
            .assert_stderr("note: left out, since the program uses its default: timeout_s");
        assert_eq!(ran.assert_stderr("in base64: blob").stdout, expected);
        let json: serde_json::Value =
            serde_json::from_str(&run_export(&["--format", "json"]).stdout)
                .expect("the text is JSON");
        let expected = serde_json::json!({
            "stripe_key": SECRET, "table_name": "orders", "port": "8080", "blob": "AJ+Slg==",
            "mail": { "host": "smtp.example.com", "password": SECRET },
        });
        assert_eq!(json, expected);
        let named = run_export(&["--prefix", "P_", "--name", "port=PORT", "--format", "shell"]);
        assert!(
            named
                .stdout
                .contains("export P_TABLE_NAME='orders'\nexport PORT='8080'\n"),
            "{}",
            named.stdout
        );
    }
}

#[test]
fn a_terminal_shows_secrets_only_with_reveal() {
    fill_stage(roto(), "t-terminal");
    let package = Package::new("");
    let run_export = |options: &[&str]| {
        let export = command(
            &package,
            roto(),
            &[&["export", "--stage", "t-terminal"], options].concat(),
        );
        wait_for_end(start_terminal("exec \"$@\"", &export))
    };
    let (screen, code) = run_export(&[]);
    assert_eq!(code, 0, "{screen}");
    assert!(
        screen.contains("TABLE_NAME='orders'") && !screen.contains("STRIPE_KEY"),
        "{screen}"
    );
    assert!(
        screen.contains("secrets that are not shown on a terminal: 2; `--reveal` shows them"),
        "{screen}"
    );
    assert_clean("the terminal", &screen);
    let (screen, code) = run_export(&["--reveal"]);
    assert_eq!(code, 0, "{screen}");
    assert!(
        screen.contains(&format!("STRIPE_KEY='{SECRET}'")),
        "{screen}"
    );
    let (screen, code) = run_export(&["-o", "values.env"]);
    assert_eq!(code, 0, "{screen}");
    assert_clean("the terminal", &screen);
    assert!(package.read("values.env").contains(SECRET));
}

#[test]
fn variable_options_are_refused_for_json() {
    let package = Package::new("");
    let arguments = [
        "export", "--stage", "dev", "--format", "json", "--prefix", "X_",
    ];
    run_command(&mut command(&package, roto(), &arguments), b"")
        .assert_code(2)
        .assert_stderr("--prefix and --name apply only to variables");
}
