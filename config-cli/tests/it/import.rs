//! `cargo stage import` checks all values of the file before it writes the first one, and asks only
//! if there is something to write. Other tests are about its formats, its messages and Ctrl-C.

mod one_version;
mod terminal;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use aws_sdk_ssm::types::ParameterType;

use crate::prompt::{start_terminal, wait_for_end};
use crate::support::package::{Package, RunOutput, run_command};
use crate::support::peers::{Peer, moto, roto};
use crate::support::planted::{DIGITS, SECRET, assert_clean};
use crate::support::store_clients::StoreClients;
use crate::support::transfer_config::{command, fill_stage};

/// Runs `cargo stage import …` with this standard input.
fn import(
    package: &Package,
    peer: &Peer,
    stage: &str,
    arguments: &[&str],
    input: &[u8],
) -> RunOutput {
    let arguments = [&["import", "--stage", stage], arguments].concat();
    let ran = run_command(&mut command(package, peer, &arguments), input);
    assert_clean(
        &arguments.join(" "),
        &format!("{}{}", ran.stdout, ran.stderr),
    );
    ran
}

fn write_private(package: &Package, name: &str, text: &str) {
    let path = package.write(name, text);
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
        "stripe_key: '{SECRET}'\ntable_name: orders\nport: 8080\nmail:\n  host: \
         smtp.example.com\n  password: '{SECRET}'\n"
    )
}

/// Asserts that the server has the five values of the imported files for this stage.
fn assert_filled(peer: &Peer, stage: &str) {
    let clients = StoreClients::new(peer);
    let get = |name: &str| {
        clients
            .get_parameter(&format!("/move/{stage}/{name}"))
            .map(|(text, kind, _)| (text, kind))
    };
    let plain = |text: &str| Some((text.to_owned(), ParameterType::String));
    let name = peer.name;
    assert_eq!(
        get("stripe_key"),
        Some((SECRET.to_owned(), ParameterType::SecureString)),
        "{name}"
    );
    assert_eq!(get("table_name"), plain("orders"), "{name}");
    assert_eq!(get("port"), plain("8080"), "{name}");
    assert_eq!(get("mail/host"), plain("smtp.example.com"), "{name}");
    let mail: serde_json::Value = serde_json::from_str(
        &clients
            .get_secret_text(&format!("move/{stage}/mail"))
            .expect("the secret exists"),
    )
    .expect("JSON");
    assert_eq!(mail["password"], SECRET, "{name}");
}

#[test]
fn every_format_fills_a_stage() {
    for peer in [moto(), roto()] {
        for (stage, file, text) in [
            ("t-im-json", "a.json", json()),
            ("t-im-env", "a.env", dotenv()),
            ("t-im-yaml", "a.yaml", yaml()),
        ] {
            let package = Package::new("");
            write_private(&package, file, &text);
            let ran = import(&package, peer, stage, &[file, "--yes"], b"").assert_code(0);
            assert!(!ran.stderr.contains("warning"), "{}", ran.stderr);
            assert_eq!(ran.stdout.matches(" new").count(), 5, "{}", ran.stdout);
            assert_filled(peer, stage);
            // A second import writes nothing and asks no question.
            let again = import(&package, peer, stage, &[file], b"")
                .assert_code(0)
                .assert_stderr("there is nothing to write");
            assert_eq!(
                again.stdout.matches("unchanged").count(),
                5,
                "{}",
                again.stdout
            );
            let version = StoreClients::new(peer)
                .get_parameter(&format!("/move/{stage}/port"))
                .map(|(_, _, version)| version);
            assert_eq!(version, Some(1));
        }
    }
}

#[test]
fn an_export_can_be_imported() {
    fill_stage(roto(), "t-im-from");
    let package = Package::new("");
    for (index, format) in ["dotenv", "json", "yaml"].into_iter().enumerate() {
        let arguments = ["export", "--stage", "t-im-from", "--format", format];
        let exported = run_command(&mut command(&package, roto(), &arguments), b"")
            .assert_code(0)
            .stdout;
        let to = format!("t-im-to-{index}");
        import(
            &package,
            roto(),
            &to,
            &["-", "--format", format, "--yes"],
            exported.as_bytes(),
        )
        .assert_code(0);
        assert_filled(roto(), &to);
    }
}

#[test]
fn existing_values_are_replaced_only_with_overwrite() {
    fill_stage(roto(), "t-im-overwrite");
    let clients = StoreClients::new(roto());
    let package = Package::new("");
    let run_import = |options: &[&str]| {
        let options = [&["-", "--format", "dotenv"], options].concat();
        import(
            &package,
            roto(),
            "t-im-overwrite",
            &options,
            b"PORT=9090\nNOTE=new\nTABLE_NAME=orders\n",
        )
    };
    let refused = run_import(&["--yes"])
        .assert_code(1)
        .assert_stderr("nothing was written: 1 of 2 would replace an existing value")
        .assert_stderr("`--overwrite`");
    assert!(
        refused.stdout.contains("replaces a String, version 1"),
        "{}",
        refused.stdout
    );
    assert_eq!(clients.get_parameter("/move/t-im-overwrite/note"), None);
    run_import(&["--yes", "--overwrite"])
        .assert_code(0)
        .assert_stderr("port is written: /move/t-im-overwrite/port, version 2");
    let port = clients
        .get_parameter("/move/t-im-overwrite/port")
        .map(|(text, _, version)| (text, version));
    assert_eq!(port, Some(("9090".to_owned(), 2)));
    let table = clients
        .get_parameter("/move/t-im-overwrite/table_name")
        .map(|(_, _, version)| version);
    assert_eq!(table, Some(1), "an unchanged value must not be written");
}

/// An import changes only those keys of a secret that are in the sources of the imported fields.
#[test]
fn writing_a_key_of_a_secret_keeps_its_other_keys() {
    for peer in [moto(), roto()] {
        fill_stage(peer, "t-im-key");
        let package = Package::new("");
        let options = ["-", "--format", "dotenv", "--yes", "--overwrite"];
        import(
            &package,
            peer,
            "t-im-key",
            &options,
            b"mail.password=changed\n",
        )
        .assert_code(0);
        let mail = StoreClients::new(peer)
            .get_secret_text("move/t-im-key/mail")
            .expect("the value exists");
        assert_eq!(
            mail, r#"{"password":"changed","user":"shop"}"#,
            "{}",
            peer.name
        );
    }
}

#[test]
fn one_mistake_prevents_all_writes() {
    let package = Package::new("");
    let clients = StoreClients::new(roto());
    let input = format!(
        "TABEL_NAME=orders\nPORT={DIGITS}\nSTRIPE_KEY=''\nNOTE=fine\nnote=twice\n{}={SECRET}\nSENTRY_DSN=x\n",
        SECRET.replace(|c: char| !c.is_ascii_alphanumeric(), "")
    );
    let options = ["-", "--format", "dotenv", "--yes"];
    let ran = import(
        &package,
        roto(),
        "t-im-mistakes",
        &options,
        input.as_bytes(),
    )
    .assert_code(2);
    let ran = ran
        .assert_stderr("no field `TABEL_NAME`; did you mean `TABLE_NAME`?")
        .assert_stderr("no field `SENTRY_DSN`");
    ran.assert_stderr("`note` is given twice").assert_stderr(
        "name no. 6 of the file (not shown: it may be a part of a value) is not a field",
    );
    let input =
        format!("PORT={DIGITS}\nSTRIPE_KEY=''\nNOTE=fine\nmail.password=\nUNKNOWN={SECRET}\n");
    let options = ["-", "--format", "dotenv", "--yes", "--ignore-unknown"];
    let ran = import(
        &package,
        roto(),
        "t-im-mistakes",
        &options,
        input.as_bytes(),
    )
    .assert_code(1);
    let ran = ran
        .assert_stderr("nothing was written\n")
        .assert_stderr("does not fit `port` (u16)")
        .assert_stderr("give a whole number from 0 to 65535")
        .assert_stderr("note: empty in the file, and not written: mail.password, stripe_key");
    ran.assert_stderr("note: ignored names, which are not fields: `UNKNOWN`");
    assert_eq!(clients.get_parameter("/move/t-im-mistakes/note"), None);
}

/// A secret is not written into an existing parameter of the type String, even with `--overwrite`.
#[test]
fn one_refused_source_prevents_all_writes() {
    let clients = StoreClients::new(roto());
    clients.put_string("/move/t-im-plain/stripe_key", "in clear");
    let package = Package::new("");
    let input = format!("PORT=1\nSTRIPE_KEY='{SECRET}'\n");
    let options = ["-", "--format", "dotenv", "--yes", "--overwrite"];
    import(&package, roto(), "t-im-plain", &options, input.as_bytes())
        .assert_code(1)
        .assert_stderr("`stripe_key` is a secret");
    assert_eq!(clients.get_parameter("/move/t-im-plain/port"), None);
}

#[test]
fn a_file_with_secrets_that_other_users_may_read_causes_a_warning() {
    let package = Package::new("");
    let path = package.write("a.env", dotenv());
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("the mode can be changed");
    let ran = import(&package, roto(), "t-im-mode", &["a.env"], b"").assert_code(1);
    ran.assert_stderr(
        "warning: a.env contains secrets, and other users may read it (mode 644): chmod 600 a.env",
    );
    fs::write(&path, "PORT=1\n").expect("the file can be written");
    let ran = import(&package, roto(), "t-im-mode", &["a.env"], b"").assert_code(1);
    assert!(
        !ran.stderr.contains("warning"),
        "the file contains no secret: {}",
        ran.stderr
    );
}

#[test]
fn invalid_files_are_refused() {
    let package = Package::new("");
    let import_refused = |arguments: &[&str], input: &[u8]| {
        import(&package, roto(), "t-im-files", arguments, input).assert_code(2)
    };
    import_refused(&["no-such.env"], b"").assert_stderr("no-such.env cannot be read");
    import_refused(&["-"], b"PORT=1")
        .assert_stderr("standard input has no file name that shows the format")
        .assert_stderr("--format");
    import_refused(&["-", "--format", "json"], SECRET.as_bytes())
        .assert_stderr("it is not a JSON object: line 1");
    import_refused(
        &["-", "--format", "yaml"],
        format!("a: \"{SECRET}").as_bytes(),
    )
    .assert_stderr("this is not YAML");
    import_refused(
        &["-", "--format", "dotenv"],
        format!("A='{SECRET}").as_bytes(),
    )
    .assert_stderr("line 1: the single quote is never closed");
    import_refused(&["-", "--format", "dotenv"], b"").assert_stderr("there are no values");
    import_refused(&["-", "--format", "dotenv"], b"\xff\xfe").assert_stderr("not text in UTF-8");
    import_refused(&["-", "--format", "shell"], b"export A=b")
        .assert_stderr("a shell file is a program");
}

#[test]
fn ctrl_c_while_reading_the_stage_changes_nothing() {
    let package = Package::new("");
    write_private(&package, "a.env", &dotenv());
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("127.0.0.1 has a free port");
    let mut import = command(
        &package,
        roto(),
        &["import", "a.env", "--yes", "--stage", "t-im-impatient"],
    );
    import.env(
        "AWS_ENDPOINT_URL",
        format!(
            "http://{}",
            listener.local_addr().expect("a listener has an address")
        ),
    );
    let child = import
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the command starts");
    let connection = listener.accept().expect("the command connects");
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .expect("`kill` exists");
    assert!(killed.success());
    let output = child.wait_with_output().expect("a child can be waited for");
    drop(connection);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(
        stderr.contains("interrupted: nothing was changed"),
        "{stderr}"
    );
}
