//! `cargo stage import`: everything is checked before anything is written, and nobody is asked in vain.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use aws_sdk_ssm::types::ParameterType;

use crate::prompt::{ended, terminal};
use crate::support::moved::{command, fill};
use crate::support::package::{Package, Ran, ran};
use crate::support::peers::{Peer, moto, roto};
use crate::support::planted::{DIGITS, SECRET, assert_clean};
use crate::support::stored::Stored;

/// `cargo stage import …`, with this on standard input.
fn import(package: &Package, peer: &Peer, stage: &str, arguments: &[&str], input: &[u8]) -> Ran {
    let arguments = [&["import", "--stage", stage], arguments].concat();
    let ran = ran(&mut command(package, peer, &arguments), input);
    assert_clean(&arguments.join(" "), &format!("{}{}", ran.stdout, ran.stderr));
    ran
}

fn private(package: &Package, name: &str, text: &str) {
    let path = package.put(name, text);
    fs::set_permissions(path, fs::Permissions::from_mode(0o600)).expect("the mode can be changed");
}

fn json() -> String {
    format!(
        r#"{{ "stripe_key": "{SECRET}", "table_name": "orders", "port": 8080,
              "mail": {{ "host": "smtp.example.com", "password": "{SECRET}" }} }}"#
    )
}

fn dotenv() -> String {
    format!(
        "STRIPE_KEY='{SECRET}'\nTABLE_NAME=orders\nPORT=8080\nmail.host=smtp.example.com\nMAIL_PASSWORD='{SECRET}'\n"
    )
}

fn yaml() -> String {
    format!(
        "stripe_key: '{SECRET}'\ntable_name: orders\nport: 8080\nmail:\n  host: smtp.example.com\n  password: '{SECRET}'\n"
    )
}

/// What a whole stage looks like at the server.
fn assert_filled(peer: &Peer, stage: &str) {
    let stored = Stored::at(peer);
    let of = |name: &str| stored.parameter(&format!("/move/{stage}/{name}")).map(|(text, kind, _)| (text, kind));
    let plain = |text: &str| Some((text.to_owned(), ParameterType::String));
    let name = peer.name;
    assert_eq!(of("stripe_key"), Some((SECRET.to_owned(), ParameterType::SecureString)), "{name}");
    assert_eq!(of("table_name"), plain("orders"), "{name}");
    assert_eq!(of("port"), plain("8080"), "{name}");
    assert_eq!(of("mail/host"), plain("smtp.example.com"), "{name}");
    let mail: serde_json::Value =
        serde_json::from_str(&stored.text(&format!("move/{stage}/mail")).expect("the secret is there")).expect("JSON");
    assert_eq!(mail["password"], SECRET, "{name}");
}

#[test]
fn every_format_fills_a_stage() {
    for peer in [moto(), roto()] {
        for (stage, file, text) in
            [("t-im-json", "a.json", json()), ("t-im-env", "a.env", dotenv()), ("t-im-yaml", "a.yaml", yaml())]
        {
            let package = Package::new("");
            private(&package, file, &text);
            let ran = import(&package, peer, stage, &[file, "--yes"], b"").ended(0);
            assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
            assert_eq!(ran.stdout.matches(" new").count(), 5, "{}", ran.stdout);
            assert_filled(peer, stage);
            // The same again: nothing is written, and nobody is asked.
            let again = import(&package, peer, stage, &[file], b"").ended(0).said("there is nothing to write");
            assert_eq!(again.stdout.matches("unchanged").count(), 5, "{}", again.stdout);
            let version = Stored::at(peer).parameter(&format!("/move/{stage}/port")).map(|(_, _, version)| version);
            assert_eq!(version, Some(1));
        }
    }
}

#[test]
fn what_is_exported_is_imported() {
    fill(roto(), "t-im-from");
    let package = Package::new("");
    for (index, format) in ["dotenv", "json", "yaml"].into_iter().enumerate() {
        let arguments = ["export", "--stage", "t-im-from", "--format", format];
        let exported = ran(&mut command(&package, roto(), &arguments), b"").ended(0).stdout;
        let to = format!("t-im-to-{index}");
        import(&package, roto(), &to, &["-", "--format", format, "--yes"], exported.as_bytes()).ended(0);
        assert_filled(roto(), &to);
    }
}

#[test]
fn what_is_there_is_replaced_only_when_told() {
    fill(roto(), "t-im-overwrite");
    let stored = Stored::at(roto());
    let package = Package::new("");
    let of = |options: &[&str]| {
        let options = [&["-", "--format", "dotenv"], options].concat();
        import(&package, roto(), "t-im-overwrite", &options, b"PORT=9090\nNOTE=new\nTABLE_NAME=orders\n")
    };
    let refused = of(&["--yes"]).ended(1).said("nothing was written: 1 of 2 would be replaced").said("`--overwrite`");
    assert!(refused.stdout.contains("replaces a String, version 1"), "{}", refused.stdout);
    assert_eq!(stored.parameter("/move/t-im-overwrite/note"), None);
    of(&["--yes", "--overwrite"]).ended(0).said("port is written: /move/t-im-overwrite/port, version 2");
    let port = stored.parameter("/move/t-im-overwrite/port").map(|(text, _, version)| (text, version));
    assert_eq!(port, Some(("9090".to_owned(), 2)));
    let table = stored.parameter("/move/t-im-overwrite/table_name").map(|(_, _, version)| version);
    assert_eq!(table, Some(1), "what is unchanged is not written");
}

/// The secret's other keys are not the stage's to change.
#[test]
fn a_key_of_a_secret_leaves_the_others_alone() {
    for peer in [moto(), roto()] {
        fill(peer, "t-im-key");
        let package = Package::new("");
        let options = ["-", "--format", "dotenv", "--yes", "--overwrite"];
        import(&package, peer, "t-im-key", &options, b"mail.password=changed\n").ended(0);
        let mail = Stored::at(peer).text("move/t-im-key/mail").expect("it is there");
        assert_eq!(mail, r#"{"password":"changed","user":"shop"}"#, "{}", peer.name);
    }
}

#[test]
fn without_a_terminal_nobody_is_asked() {
    let package = Package::new("");
    let input = b"PORT=1\n";
    let ran = import(&package, roto(), "t-im-nobody", &["-", "--format", "dotenv"], input).ended(1);
    let ran = ran.said("nothing was written: there is no terminal to ask at").said("`--yes`");
    assert!(ran.stdout.contains("/move/t-im-nobody/port"), "it is shown: {}", ran.stdout);
    assert_eq!(Stored::at(roto()).parameter("/move/t-im-nobody/port"), None);
}

#[test]
fn at_a_terminal_the_answer_counts() {
    let package = Package::new("");
    private(&package, "a.env", &dotenv());
    let stored = Stored::at(roto());
    let there = || stored.parameter("/move/t-im-asked/port").is_some();
    let asked = || {
        let import = command(&package, roto(), &["import", "a.env", "--stage", "t-im-asked"]);
        let mut terminal = terminal("exec \"$@\"", &import);
        let before = terminal.exp_string("Write 5 values into the stage `t-im-asked`? [y/N] ").expect("it asks");
        assert!(before.contains("/move/t-im-asked/port"), "{before}");
        assert_clean("the terminal", &before);
        terminal
    };
    for answer in ["n", "", "maybe"] {
        let mut terminal = asked();
        terminal.send_line(answer).expect("it takes a line");
        let (shown, code) = ended(terminal);
        assert_eq!((code, there()), (1, false), "{shown}");
    }
    let mut interrupted = asked();
    interrupted.send_control('c').expect("it takes Ctrl-C");
    let (shown, code) = ended(interrupted);
    assert_eq!((code, there()), (130, false), "{shown}");
    assert!(shown.contains("interrupted: nothing was changed"), "{shown}");
    let mut yes = asked();
    yes.send_line("y").expect("it takes a line");
    let (shown, code) = ended(yes);
    assert_eq!((code, there()), (0, true), "{shown}");
    assert_clean("the terminal", &shown);
}

/// The file comes through standard input, and the answer from the terminal.
#[test]
fn a_pipe_and_a_terminal_at_once() {
    let package = Package::new("");
    private(&package, "a.env", "PORT=1\n");
    let import = command(&package, roto(), &["import", "-", "--format", "dotenv", "--stage", "t-im-both"]);
    let mut terminal = terminal("exec \"$@\" < a.env", &import);
    terminal.exp_string("Write 1 value into the stage `t-im-both`? [y/N] ").expect("it asks");
    terminal.send_line("yes").expect("it takes a line");
    let (shown, code) = ended(terminal);
    assert_eq!(code, 0, "{shown}");
    assert!(Stored::at(roto()).parameter("/move/t-im-both/port").is_some());
}

#[test]
fn one_mistake_keeps_everything_from_being_written() {
    let package = Package::new("");
    let stored = Stored::at(roto());
    let input = format!(
        "TABEL_NAME=orders\nPORT={DIGITS}\nSTRIPE_KEY=''\nNOTE=fine\nnote=twice\n{}={SECRET}\nSENTRY_DSN=x\n",
        SECRET.replace(|c: char| !c.is_ascii_alphanumeric(), "")
    );
    let options = ["-", "--format", "dotenv", "--yes"];
    let ran = import(&package, roto(), "t-im-mistakes", &options, input.as_bytes()).ended(2);
    let ran = ran.said("no field `TABEL_NAME`; did you mean `TABLE_NAME`?").said("no field `SENTRY_DSN`");
    ran.said("`note` is given twice").said("no field no. 6 of the file (not shown");
    let input = format!("PORT={DIGITS}\nSTRIPE_KEY=''\nNOTE=fine\nmail.password=\nUNKNOWN={SECRET}\n");
    let options = ["-", "--format", "dotenv", "--yes", "--ignore-unknown"];
    let ran = import(&package, roto(), "t-im-mistakes", &options, input.as_bytes()).ended(1);
    let ran = ran.said("nothing was written\n").said("not what `port` (u16) takes").said("`stripe_key` is empty");
    ran.said("`mail.password` is empty").said("note: names that are no field's: `UNKNOWN`");
    assert_eq!(stored.parameter("/move/t-im-mistakes/note"), None);
}

/// A secret that was stored as a String is not made safe by writing it again.
#[test]
fn a_place_that_may_not_be_written_keeps_everything_from_being_written() {
    let stored = Stored::at(roto());
    stored.plain("/move/t-im-plain/stripe_key", "in clear");
    let package = Package::new("");
    let input = format!("PORT=1\nSTRIPE_KEY='{SECRET}'\n");
    let options = ["-", "--format", "dotenv", "--yes", "--overwrite"];
    import(&package, roto(), "t-im-plain", &options, input.as_bytes()).ended(1).said("`stripe_key` is a secret");
    assert_eq!(stored.parameter("/move/t-im-plain/port"), None);
}

#[test]
fn a_file_that_others_may_read_is_warned_of() {
    let package = Package::new("");
    let path = package.put("a.env", dotenv());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("the mode can be changed");
    let ran = import(&package, roto(), "t-im-mode", &["a.env"], b"").ended(1);
    ran.said("warning: a.env holds secrets, and others may read it (mode 644): chmod 600 a.env");
    fs::write(&path, "PORT=1\n").expect("the file can be written");
    let ran = import(&package, roto(), "t-im-mode", &["a.env"], b"").ended(1);
    assert!(!ran.stderr.contains("warning"), "there is no secret in it: {}", ran.stderr);
}

#[test]
fn files_that_are_none() {
    let package = Package::new("");
    let of = |arguments: &[&str], input: &[u8]| import(&package, roto(), "t-im-files", arguments, input).ended(2);
    of(&["no-such.env"], b"").said("no-such.env cannot be read");
    of(&["-"], b"PORT=1").said("the name of standard input tells no format").said("--format");
    of(&["-", "--format", "json"], SECRET.as_bytes()).said("it is no JSON object: line 1");
    of(&["-", "--format", "yaml"], format!("a: \"{SECRET}").as_bytes()).said("this is no YAML");
    of(&["-", "--format", "dotenv"], format!("A='{SECRET}").as_bytes())
        .said("line 1: its single quote is never closed");
    of(&["-", "--format", "dotenv"], b"").said("there is no value in it");
    of(&["-", "--format", "dotenv"], b"\xff\xfe").said("not text in UTF-8");
    of(&["-", "--format", "shell"], b"export A=b").said("a file for a shell is a program");
}

/// What is interrupted while the server is waited for has changed nothing.
#[test]
fn ctrl_c_while_the_stage_is_read() {
    let package = Package::new("");
    private(&package, "a.env", &dotenv());
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("127.0.0.1 has a free port");
    let mut import = command(&package, roto(), &["import", "a.env", "--yes", "--stage", "t-im-impatient"]);
    import.env("AWS_ENDPOINT_URL", format!("http://{}", silent.local_addr().expect("a listener has an address")));
    let child = import.stderr(std::process::Stdio::piped()).spawn().expect("it starts");
    let connection = silent.accept().expect("it asks");
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("there is kill");
    assert!(killed.success());
    let output = child.wait_with_output().expect("a child can be waited for");
    drop(connection);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{said}");
    assert!(said.contains("interrupted: nothing was changed"), "{said}");
}
