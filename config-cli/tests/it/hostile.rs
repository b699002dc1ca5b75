//! Untrusted text: no verb prints a terminal control character from such a text, or a line that
//! begins with untrusted text. Such a line could look like a message of the command, or like a
//! command to a CI system. There are two exceptions: a pipe receives a stored value unchanged, and
//! the messages of cargo are printed unchanged.

mod files;
mod history;
#[cfg(unix)]
mod terminal;

use std::process::Command;

use stage_config::manifest::{encode, encoded_len};
use stage_config::{Schema, SecretString, StageConfig};

use crate::support::artifact;
use crate::support::endpoint::{Answer, Endpoint};
use crate::support::package::{Package, RunOutput, run_command};

/// ESC and CSI, a bell, a carriage return, a direction override, an isolate, a direction mark, a
/// zero-width space, DEL, line ends, and two noncharacters.
///
/// The command itself uses the noncharacters as marks in its lines: U+FDD0 ends a style, and U+FDD6
/// begins a command.
const HOSTILE: [char; 16] = [
    '\u{1b}', '\u{9b}', '\u{7}', '\r', '\u{202e}', '\u{2066}', '\u{200f}', '\u{200b}', '\u{7f}',
    '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}', '\u{fdd0}', '\u{fdd6}',
];

/// Text that must not begin a line.
const FORGED: &str = "::error::forged";

/// Every kind of line end, each before a forged line. The last forged lines contain noncharacters:
/// without the noncharacters, they would be commands to a CI system.
const LINES: &str = "\n::error::forged\r::error::forged\r\n::error::forged\u{b}::error::forged\u{c}::error::forged\u{85}\
                     ::error::forged\u{2028}::error::forged\u{2029}::error::forged\n:\u{fdd6}:error::forged\n\
                     \u{fdd6}::error::forged #\u{fdd6}#[error]forged ##\u{fdd0}[error]forged";

/// Forged lines in a file name, which must be short and must not contain `/`.
const NAME: &str = "a\n::error::forged\r::error::forged\u{2028}b\u{202e}\u{1b}[31m";

/// Documentation \u{202e} that turns.
///
/// ::error::forged in a line of its own, and ##[error]forged.
#[derive(StageConfig)]
#[stage(dev = "/ab/{field}", prod = "secret:pq#{field}")]
#[allow(dead_code, reason = "only its schema is used")]
struct Config {
    /// Its \u{202e} own \u{200b}.
    ///
    /// ::error::forged in a line of its own.
    ///
    /// Text with ##[error]forged.
    #[stage(dev = "/host", prod = "/host")]
    host: String,
    #[config(default = "x\u{202e}y\u{2028}::error::forged".to_owned())]
    name: String,
    #[stage(
        dev = "value:x\u{202e}y\n::error::forged",
        prod = "value:x\u{2066}y\n::error::forged"
    )]
    fixed: String,
    #[stage(dev = "env:HOST", prod = "env:HOST")]
    plain: String,
    #[stage(dev = "/key", prod = "/prod/key")]
    key: SecretString,
}

const SCHEMA: Schema = Schema {
    package: "pack\u{202e}age",
    app: "ap\u{200b}p",
    ..<Config as StageConfig>::SCHEMA
};
static RECORD: [u8; encoded_len(&SCHEMA)] = encode(&SCHEMA);

fn command(package: &Package, arguments: &[&str], url: &str) -> Command {
    let mut command = package.verb_command(arguments);
    command
        .env("AWS_ENDPOINT_URL", url)
        .env("HOST", "a\u{202e}b");
    command
}

#[track_caller]
fn assert_plain(context: &str, text: &str) {
    for hostile in HOSTILE {
        assert!(
            !text.contains(hostile),
            "{context} shows {hostile:?}: {text:?}"
        );
    }
    assert!(
        !text.contains("##["),
        "{context} has a forged command: {text}"
    );
    assert!(
        !text.lines().any(|line| line.trim_start().starts_with("::")),
        "{context} has a forged line: {text}"
    );
}

/// Asserts that the output of a run is plain, and returns it.
#[track_caller]
fn assert_output_plain(ran: &RunOutput, context: &str) -> String {
    let text = format!("{}{}", ran.stdout, ran.stderr);
    assert_plain(context, &text);
    text
}

/// Starts an endpoint that answers with an error whose texts are all hostile.
fn start_hostile_endpoint() -> Endpoint {
    let all: String = HOSTILE.iter().collect();
    let message = format!("no{all}thing{LINES}");
    Endpoint::start(move |_| Answer::error(400, &format!("Strange{message}Exception"), &message))
}

/// Cargo repeats unknown values, and the command passes the messages of cargo on unchanged. So the
/// command refuses hostile text before it runs cargo.
#[test]
fn hostile_text_is_not_passed_to_cargo() {
    let package = Package::new("");
    let value = format!("x{NAME}");
    for option in [
        "--package",
        "--bin",
        "--example",
        "--features",
        "--target",
        "--manifest-path",
    ] {
        let ran = run_command(
            &mut command(&package, &["show", option, &value], "http://127.0.0.1:1"),
            b"",
        )
        .assert_code(2);
        let output = assert_output_plain(&ran, option);
        assert!(
            output.contains(&format!(
                "the value of `{option}` contains a control or an invisible"
            )),
            "{output}"
        );
    }
}

#[test]
fn no_verb_prints_terminal_control_characters() {
    let endpoint = start_hostile_endpoint();
    let package = Package::new("");
    // Hostile file names, as far as the file system allows them.
    let artifact = package.write(NAME, artifact::build_elf(&[&RECORD]));
    let artifact = artifact.to_str().unwrap();
    let key = serde_json::to_string(&format!(
        "ho{}st{LINES}",
        HOSTILE.iter().collect::<String>()
    ))
    .unwrap();
    let content = format!(r#"{{{key}: "x", "pla\u001bin\n::error::forged": null, "key": null}}"#);
    let file = package.write(&format!("{NAME}.json"), content);
    let file = file.to_str().unwrap();
    let dotenv = package.write(&format!("{NAME}.env"), format!("NAME=x\nA{LINES}=b\n"));
    let dotenv = dotenv.to_str().unwrap();
    let lines: [&[&str]; 26] = [
        &["show"],
        &["show", "host"],
        &["show", "--json"],
        &["show", "--markdown"],
        &["check", "--stage", "dev"],
        &["check", "--stage", "dev", "--json"],
        &["check", "--offline"],
        &["check", "--stage", "dev", "--format", "markdown"],
        &["diff", "dev", "prod"],
        &["diff", "dev", "prod", "--json"],
        &["get", "host", "--stage", "dev"],
        &["get", "plain", "--stage", "dev", "--json", "--reveal"],
        &["set", "key", "--stage", "dev"],
        &["rm", "key", "--stage", "dev", "--yes"],
        &["history", "key", "--stage", "dev"],
        &["rollback", "key", "--stage", "dev", "--yes"],
        &["copy", "dev", "prod", "--yes"],
        &["import", file, "--stage", "dev", "--yes"],
        &["import", dotenv, "--stage", "dev", "--yes"],
        &["exec", "--stage", "dev", "--", "true"],
        &["exec", "--stage", "dev", "--env-file", dotenv, "--", "true"],
        &["export", "--stage", "dev"],
        &[
            "export",
            "--stage",
            "dev",
            "--incomplete",
            "-o",
            NAME,
            "--format",
            "json",
        ],
        &["iam", "--stage", "prod", "--account", "123456789012"],
        &["snapshot", "--stage", "dev"],
        &["snapshot", "--stage", "dev", "--verify", "--offline"],
    ];
    for line in lines {
        // `--artifact` goes directly after the verb: the arguments after `--` belong to the
        // program.
        let (verb, rest) = line.split_first().unwrap();
        let line = [&[*verb, "--artifact", artifact], rest].concat();
        assert_output_plain(
            &run_command(&mut command(&package, &line, &endpoint.url), b"value"),
            &line.join(" "),
        );
    }
}

/// Each line of `--format github` is a workflow command that `cargo stage` wrote. Untrusted text
/// cannot begin another workflow command.
#[test]
fn hostile_text_stays_inside_the_line_of_its_annotation() {
    let package = Package::new("");
    let artifact = package.write("artifact", artifact::build_elf(&[&RECORD]));
    let artifact = artifact.to_str().expect("the path is text");
    let arguments = ["check", "--format", "github", "--artifact", artifact];
    let endpoint = start_hostile_endpoint();
    let ran = run_command(&mut command(&package, &arguments, &endpoint.url), b"");
    assert_plain("stderr", &ran.stderr);
    let first = "::error title=dev%3A host";
    assert!(ran.stdout.contains(first), "{}", ran.stdout);
    for line in ran.stdout.lines() {
        let rest = line
            .strip_prefix("::error title=")
            .or_else(|| line.strip_prefix("::warning title="))
            .unwrap_or_else(|| panic!("{line:?}"));
        let (title, message) = rest.split_once("::").expect("a message");
        assert!(!title.contains([':', ',']), "{title}");
        assert_plain("an annotation", &message.replace("%0A", "; "));
    }
}

/// Hostile text appears in the output, inside a line. If it did not, the test of terminal control
/// characters would prove nothing.
#[test]
fn hostile_text_appears_only_inside_a_line() {
    let endpoint = start_hostile_endpoint();
    let package = Package::new("");
    let artifact = package.write("artifact", artifact::build_elf(&[&RECORD]));
    let artifact = artifact.to_str().unwrap();
    let missing = format!("{}/{NAME}", package.path().display());
    let dotenv = package.write(&format!("{NAME}.env"), "NAME=x\n=\n");
    let dotenv = dotenv.to_str().unwrap();
    for line in [
        ["show", "--artifact", &missing].as_slice(),
        &["check", "--artifact", &missing],
        &["show", "--artifact", artifact],
        &["show", "host", "--artifact", artifact],
        &["show", "--markdown", "--artifact", artifact],
        &[
            "check",
            "--stage",
            "dev",
            "--artifact",
            artifact,
            "--env-file",
            dotenv,
        ],
        &[
            "diff",
            "dev",
            "prod",
            "--artifact",
            artifact,
            "--env-file-a",
            dotenv,
        ],
    ] {
        let output = assert_output_plain(
            &run_command(&mut command(&package, line, &endpoint.url), b""),
            &line.join(" "),
        );
        assert!(output.contains(FORGED), "{line:?}: {output}");
    }
}

/// A manifest whose names contain forged lines is refused, and the error contains no forged line.
#[test]
fn invalid_names_in_a_manifest_are_refused() {
    const HOSTILE_NAME: Schema = Schema {
        name: "Con\n::error::forged\u{2028}fig",
        ..SCHEMA
    };
    static NAME: [u8; encoded_len(&HOSTILE_NAME)] = encode(&HOSTILE_NAME);
    const HOSTILE_STAGE: Schema = Schema {
        stages: &["dev\n::error::forged\u{2028}", "prod"],
        ..SCHEMA
    };
    static STAGE: [u8; encoded_len(&HOSTILE_STAGE)] = encode(&HOSTILE_STAGE);
    const HOSTILE_PACKAGE: Schema = Schema {
        package: "a\n::error::forged\u{2028}",
        ..SCHEMA
    };
    static PACKAGE: [u8; encoded_len(&HOSTILE_PACKAGE)] = encode(&HOSTILE_PACKAGE);
    const HOSTILE_PATH: Schema = Schema {
        module: "a\n::error::forged\u{2028}",
        ..SCHEMA
    };
    static PATH: [u8; encoded_len(&HOSTILE_PATH)] = encode(&HOSTILE_PATH);
    let package = Package::new("");
    for record in [NAME.as_slice(), &STAGE, &PACKAGE, &PATH] {
        let artifact = package.write("artifact", artifact::build_elf(&[record]));
        for verb in [
            ["show"].as_slice(),
            &["check"],
            &["export", "--stage", "dev"],
            &["set", "key", "--stage", "dev"],
        ] {
            let ran = run_command(
                command(&package, verb, "http://127.0.0.1:9")
                    .arg("--artifact")
                    .arg(&artifact),
                b"",
            );
            assert_output_plain(&ran, verb[0]);
            ran.assert_code(2)
                .assert_stderr("has a manifest that is damaged");
        }
    }
}

#[test]
fn a_pipe_receives_every_byte_of_a_value() {
    let endpoint =
        Endpoint::start(|_| Answer::error(400, "ValidationException", "no request is expected"));
    let package = Package::new("");
    let artifact = package.write("artifact", artifact::build_elf(&[&RECORD]));
    let run_verb = |arguments: &[&str]| {
        let mut command = command(&package, arguments, &endpoint.url);
        run_command(command.arg("--artifact").arg(&artifact), b"")
    };
    assert_eq!(
        run_verb(&["get", "plain", "--stage", "dev"])
            .assert_code(0)
            .stdout,
        "a\u{202e}b"
    );
    let json = run_verb(&["get", "plain", "--stage", "dev", "--json", "--reveal"])
        .assert_code(0)
        .stdout;
    assert!(json.contains(r#""a\u202eb""#), "{json}");
}
