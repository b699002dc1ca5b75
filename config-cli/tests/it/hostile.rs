//! Characters that a terminal obeys, in texts of strangers: none of them comes out of any verb.

use std::process::Command;

use stage_config::manifest::{encode, length};
use stage_config::{Schema, SecretString, StageConfig};

use crate::support::artifact;
use crate::support::endpoint::{Answer, Endpoint};
use crate::support::environment;
use crate::support::kms;
use crate::support::package::{COMMAND, Package, cargo, ran};

/// ESC and CSI, a bell, a carriage return, an override of direction, an isolate, a mark, a blank without width.
const HOSTILE: [char; 9] =
    ['\u{1b}', '\u{9b}', '\u{7}', '\r', '\u{202e}', '\u{2066}', '\u{200f}', '\u{200b}', '\u{7f}'];

/// Documentation \u{202e} that turns.
#[derive(StageConfig)]
#[stage(dev = "/ab/{field}", prod = "secret:pq#{field}")]
#[allow(dead_code, reason = "only its description is used")]
struct Config {
    /// Its \u{202e} own \u{200b}.
    #[stage(dev = "/host", prod = "/host")]
    host: String,
    #[config(default = "x\u{202e}y".to_owned())]
    name: String,
    #[stage(dev = "value:x\u{202e}y", prod = "value:x\u{2066}y")]
    fixed: String,
    #[stage(dev = "env:HOST", prod = "env:HOST")]
    plain: String,
    #[stage(dev = "/key", prod = "/prod/key")]
    key: SecretString,
}

const SCHEMA: Schema = Schema { package: "pack\u{202e}age", app: "ap\u{200b}p", ..<Config as StageConfig>::SCHEMA };
static RECORD: [u8; length(&SCHEMA)] = encode(&SCHEMA);

fn command(package: &Package, arguments: &[&str], url: &str) -> Command {
    let mut command = Command::new(COMMAND);
    command.arg("stage").args(arguments).current_dir(package.path());
    environment::clean(&mut command);
    command.env("CARGO", cargo()).env("AWS_ENDPOINT_URL", url).env("HOST", "a\u{202e}b");
    command.env("AWS_REGION", kms::REGION).env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    command
}

#[track_caller]
fn assert_plain(what: &str, text: &str) {
    for hostile in HOSTILE {
        assert!(!text.contains(hostile), "{what} shows {hostile:?}: {text:?}");
    }
}

#[test]
fn no_verb_shows_what_a_terminal_obeys() {
    let all: String = HOSTILE.iter().collect();
    let message = format!("no{all}thing");
    let endpoint = Endpoint::start(move |_| Answer::error(400, &format!("Strange{message}Exception"), &message));
    let package = Package::new("");
    // A stranger's names of files, as far as a file system takes them.
    let name = "arti\u{202e}fact\u{1b}[31m";
    let artifact = package.put(name, artifact::elf(&[&RECORD]));
    let artifact = artifact.to_str().unwrap();
    let file =
        package.put("va\u{202e}lues\u{1b}.json", format!(r#"{{"ho{all}st": "x", "pla\u001bin": 1, "key": null}}"#));
    let file = file.to_str().unwrap();
    let dotenv = package.put("values.env", format!("NAME=x\nA{all}=b\n"));
    let dotenv = dotenv.to_str().unwrap();
    let lines: [&[&str]; 19] = [
        &["show"],
        &["show", "host"],
        &["show", "--json"],
        &["show", "--markdown"],
        &["check", "--stage", "dev"],
        &["check", "--stage", "dev", "--json"],
        &["check", "--offline"],
        &["diff", "dev", "prod"],
        &["diff", "dev", "prod", "--json"],
        &["get", "host", "--stage", "dev"],
        &["get", "plain", "--stage", "dev", "--json", "--reveal"],
        &["set", "key", "--stage", "dev"],
        &["rm", "key", "--stage", "dev", "--yes"],
        &["history", "key", "--stage", "dev"],
        &["copy", "dev", "prod", "--yes"],
        &["import", file, "--stage", "dev", "--yes"],
        &["import", dotenv, "--stage", "dev", "--yes"],
        &["exec", "--stage", "dev", "--", "true"],
        &["iam", "--stage", "prod", "--account", "123456789012"],
    ];
    for line in lines {
        let ran = ran(command(&package, line, &endpoint.url).args(["--artifact", artifact]), b"value");
        assert_plain(&line.join(" "), &format!("{}{}", ran.stdout, ran.stderr));
    }
    let elsewhere = package.path().join("no\u{1b}\u{202e}thing");
    for verb in ["show", "check"] {
        let ran = ran(command(&package, &[verb, "--artifact"], &endpoint.url).arg(&elsewhere), b"");
        assert_plain(verb, &format!("{}{}", ran.stdout, ran.stderr));
    }
}

/// A pipe and a program get every byte.
#[test]
fn a_value_is_the_same_to_the_byte_in_a_pipe() {
    let endpoint = Endpoint::start(|_| Answer::error(400, "ValidationException", "nobody is asked"));
    let package = Package::new("");
    let artifact = package.put("artifact", artifact::elf(&[&RECORD]));
    let of = |arguments: &[&str]| {
        let mut command = command(&package, arguments, &endpoint.url);
        ran(command.arg("--artifact").arg(&artifact), b"")
    };
    assert_eq!(of(&["get", "plain", "--stage", "dev"]).ended(0).stdout, "a\u{202e}b");
    let json = of(&["get", "plain", "--stage", "dev", "--json", "--reveal"]).ended(0).stdout;
    assert!(json.contains(r#""a\u202eb""#), "{json}");
}
