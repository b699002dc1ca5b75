//! `cargo stage copy`: what a stage lacks, from another one; secrets only where somebody says so.

use aws_sdk_ssm::types::ParameterType;

use crate::prompt::{ended, terminal};
use crate::support::moved::{command, fill};
use crate::support::package::{Package, Ran, ran};
use crate::support::peers::{Peer, moto, roto};
use crate::support::planted::{SECRET, assert_clean};
use crate::support::stored::Stored;

fn copy(package: &Package, peer: &Peer, arguments: &[&str]) -> Ran {
    let arguments = [&["copy"], arguments].concat();
    let ran = ran(&mut command(package, peer, &arguments), b"");
    assert_clean(&arguments.join(" "), &format!("{}{}", ran.stdout, ran.stderr));
    ran
}

#[test]
fn what_the_other_stage_lacks() {
    for peer in [moto(), roto()] {
        let (stored, package) = (Stored::at(peer), Package::new(""));
        fill(peer, "t-co-from");
        stored.plain("/move/t-co-to/port", "1");
        let text = |name: &str| stored.parameter(&format!("/move/t-co-to/{name}")).map(|(text, ..)| text);

        let ran = copy(&package, peer, &["t-co-from", "t-co-to", "--yes"]).ended(0);
        assert_eq!(ran.stdout.matches("a secret: `--secrets` copies it").count(), 2, "{}", ran.stdout);
        assert_eq!(ran.stdout.matches(" new").count(), 2, "{}", ran.stdout);
        assert_eq!(text("table_name").as_deref(), Some("orders"), "{}", peer.name);
        assert_eq!(text("mail/host").as_deref(), Some("smtp.example.com"));
        assert_eq!(text("port").as_deref(), Some("1"), "what is there stays");
        assert_eq!(text("stripe_key"), None);

        let ran = copy(&package, peer, &["t-co-from", "t-co-to", "--yes", "--secrets"]).ended(0);
        ran.said(
            "note: secrets that `t-co-from` and `t-co-to` share, which `check` warns of: stripe_key, mail.password",
        );
        let stripe = stored.parameter("/move/t-co-to/stripe_key").map(|(text, kind, _)| (text, kind));
        assert_eq!(stripe, Some((SECRET.to_owned(), ParameterType::SecureString)));
        let mail = stored.text("move/t-co-to/mail").expect("the secret is made");
        assert_eq!(mail, format!(r#"{{"password": "{SECRET}"}}"#), "and only its key that the field names");
        copy(&package, peer, &["t-co-from", "t-co-to", "--secrets"]).ended(0).said("there is nothing to write");
    }
}

#[test]
fn fields_that_are_named() {
    let (stored, package) = (Stored::at(roto()), Package::new(""));
    fill(roto(), "t-co-named");
    stored.plain("/move/t-co-named-to/port", "1");
    let of = |rest: &[&str]| copy(&package, roto(), &[&["t-co-named", "t-co-named-to", "--yes"], rest].concat());
    let port = || stored.parameter("/move/t-co-named-to/port").map(|(text, ..)| text);

    of(&["port", "table_name"]).ended(1).said("1 of 2 would be replaced");
    assert_eq!(port().as_deref(), Some("1"));
    of(&["port", "--overwrite"]).ended(0).said("port is written: /move/t-co-named-to/port, version 2");
    assert_eq!(port().as_deref(), Some("8080"));
    assert_eq!(stored.parameter("/move/t-co-named-to/table_name"), None, "it was not named");
    of(&["port"]).ended(0).said("there is nothing to write");

    of(&["prot", "nothing_like_it"])
        .ended(2)
        .said("no field `prot`")
        .said("did you mean `port`?")
        .said("there is no such field: expected one of");
    of(&["stripe_key"]).ended(1).said("secret: `stripe_key`").said("`--secrets`");
    of(&["note"]).ended(1).said("`note` has no value in the stage `t-co-named`");
    of(&["timeout_s"]).ended(1).said("the program's default applies there");
    of(&["--overwrite"]).ended(2).said("--overwrite needs the fields that it is for");
}

#[test]
fn bytes_stay_bytes() {
    let (stored, package) = (Stored::at(roto()), Package::new(""));
    fill(roto(), "t-co-bytes");
    stored.binary("move/t-co-bytes/blob", &[0, 159, 146, 150]);
    copy(&package, roto(), &["t-co-bytes", "t-co-bytes-to", "blob", "--secrets", "--yes"]).ended(0);
    let exported = ran(&mut command(&package, roto(), &["export", "--stage", "t-co-bytes-to", "--incomplete"]), b"");
    assert!(exported.ended(0).stdout.contains("BLOB='AJ+Slg=='\n"));
    assert_eq!(stored.text("move/t-co-bytes-to/blob"), None, "a SecretBinary, and no text");
}

#[test]
fn one_stage_is_not_two() {
    let package = Package::new("");
    copy(&package, roto(), &["t-co-same", "t-co-same"]).ended(2).said("is one stage");
    copy(&package, roto(), &["dev", "prdo"]).ended(2).said("prdo");
}

#[test]
fn somebody_is_asked() {
    fill(roto(), "t-co-asked");
    let package = Package::new("");
    let copy = command(&package, roto(), &["copy", "t-co-asked", "t-co-asked-to"]);
    for (answer, code) in [("n", 1), ("y", 0)] {
        let mut terminal = terminal("exec \"$@\"", &copy);
        let shown = terminal.exp_string("Write 3 values into the stage `t-co-asked-to`? [y/N] ").expect("it asks");
        assert_clean("the terminal", &shown);
        terminal.send_line(answer).expect("it takes a line");
        let (shown, ended) = ended(terminal);
        assert_eq!(ended, code, "{shown}");
        let there = Stored::at(roto()).parameter("/move/t-co-asked-to/port").is_some();
        assert_eq!(there, answer == "y");
    }
}
