//! A stage key with KMS, from `seal --init` to `seal --rekey`.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::process::{Command, Stdio};

use crate::support::kms::create_key;
use crate::support::package::{Package, open_sealed, run_command};
use crate::support::planted::SECRET;

const PROD: [&str; 2] = ["--stage", "prod"];

fn seal(package: &Package, name: &str, value: &[u8]) {
    package
        .pipe(&[name, "--stage", "prod"], value)
        .assert_code(0);
}

#[test]
fn sealed_values_survive_a_rekey() {
    let package = Package::with_stage("whole-way");
    seal(&package, "stripe_key", SECRET.as_bytes());
    // This value is longer than KMS itself can encrypt, and it is not text.
    let bytes: Vec<u8> = (0..=255).cycle().take(10_000).collect();
    seal(&package, "blob", &bytes);
    let before = package.read_sealed();

    let verified = package
        .run(&["--verify", "--stage", "prod"])
        .assert_code(0)
        .assert_stderr("files: 3, wrong: 0, not checked: 0");
    assert_eq!(
        verified
            .stdout
            .lines()
            .filter(|line| line.ends_with(" ok      decrypts"))
            .count(),
        2,
        "{}",
        verified.stdout
    );

    package
        .run(&["--rekey", "--stage", "prod"])
        .assert_code(0)
        .assert_stderr("resealed values: 2");
    let after = package.read_sealed();
    assert_eq!(
        before.keys().collect::<BTreeSet<_>>(),
        after.keys().collect::<BTreeSet<_>>()
    );
    for (path, content) in &before {
        assert_ne!(content, &after[path], "{} must be new", path.display());
    }
    package.run(&["--verify", "--stage", "prod"]).assert_code(0);
    assert_eq!(
        open_sealed(&package, "prod", "stripe_key"),
        SECRET.as_bytes()
    );
    assert_eq!(open_sealed(&package, "prod", "blob"), bytes);
}

#[test]
fn the_kms_key_comes_from_the_argument_or_the_settings() {
    let (first_key, second_key) = (create_key("alias/named-1"), create_key("alias/named-2"));
    let package = Package::new("[package.metadata.stage.\"pr-*\"]\nkms_key = \"alias/named-1\"\n");
    package.run(&["--init", "--stage", "pr-7"]).assert_code(0);
    assert!(package.read("sealed/pr-7/stage.key").contains(&first_key));
    package
        .run(&["--init", "--stage", "pr-8", "--kms-key", "alias/named-2"])
        .assert_code(0);
    assert!(package.read("sealed/pr-8/stage.key").contains(&second_key));
    // The new stage key can be encrypted with another KMS key.
    package
        .run(&["--rekey", "--stage", "pr-7", "--kms-key", "alias/named-2"])
        .assert_code(0);
    assert!(package.read("sealed/pr-7/stage.key").contains(&second_key));
    package
        .run(&["--init", "--stage", "dev"])
        .assert_code(1)
        .assert_stderr("[package.metadata.stage.dev]");
}

#[test]
fn settings_of_a_workspace_apply_to_its_members() {
    create_key("alias/workspace");
    let package = Package::new("[package.metadata.stage]\napp = \"shop\"\n");
    let member = package.path().join("Cargo.toml");
    let root = Package::new("");
    root.write(
        "Cargo.toml",
        "[workspace]\nmembers = [\"crates/*\"]\n[workspace.metadata.stage.prod]\nkms_key = \
         \"alias/workspace\"\n",
    );
    root.write("crates/payments/Cargo.toml", std::fs::read(member).unwrap());
    root.write("crates/payments/src/lib.rs", "");
    root.write(
        "crates/mail/Cargo.toml",
        "[package]\nname = \"mail\"\nversion = \"0.1.0\"\n",
    );
    root.write("crates/mail/src/lib.rs", "");
    root.run(&["--init", "--stage", "prod"])
        .assert_code(1)
        .assert_stderr("name one with `-p`: `mail`, `payments`");
    root.run(&["--init", "--stage", "prod", "-p", "payment"])
        .assert_code(1)
        .assert_stderr("did you mean `payments`?");
    root.run(&["--init", "--stage", "prod", "-p", "payments"])
        .assert_code(0)
        .assert_stderr("for the app `shop`");
    assert!(
        root.read("crates/payments/sealed/prod/stage.key")
            .contains("app: shop\n")
    );
    let options = ["--manifest-path", "crates/mail/Cargo.toml"];
    root.run(&[&["--init"], PROD.as_slice(), &options].concat())
        .assert_code(0)
        .assert_stderr("for the app `mail`");
}

#[test]
fn a_second_init_is_refused() {
    let package = Package::with_stage("one-key");
    let before = package.read_sealed();
    package
        .run(&["--init", "--stage", "prod"])
        .assert_code(1)
        .assert_stderr("sealed/prod/stage.key exists")
        .assert_stderr("--rekey --stage prod");
    assert_eq!(package.read_sealed(), before);
    // Without the stage key, the sealed values are lost, and a new key would hide this loss.
    seal(&package, "a", b"1");
    std::fs::remove_file(package.path().join("sealed/prod/stage.key")).unwrap();
    package
        .run(&["--init", "--stage", "prod"])
        .assert_code(1)
        .assert_stderr("restore the key from git");
}

#[test]
fn a_missing_kms_key_is_an_error() {
    let package = Package::new("");
    let ran = package
        .run(&["--init", "--stage", "prod", "--kms-key", "alias/missing"])
        .assert_code(1);
    assert!(ran.stderr.contains("alias/missing"), "{}", ran.stderr);
    assert!(package.read_sealed().is_empty());
}

#[test]
fn verify_distinguishes_wrong_files_from_unreachable_kms() {
    let package = Package::with_stage("verify");
    seal(&package, "a", b"1");
    seal(&package, "b", b"2");
    let mut offline = package.seal_command(&["--verify", "--stage", "prod"]);
    offline.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    let unchecked = run_command(&mut offline, b"").assert_code(2);
    assert!(
        unchecked.stdout.contains("unchecked"),
        "{}",
        unchecked.stdout
    );
    package
        .run(&["--verify", "--stage", "prod", "a"])
        .assert_code(0)
        .assert_stderr("files: 2, wrong: 0");

    // The headers show that the file is a copy of another one.
    package.write("sealed/prod/c", package.read("sealed/prod/b"));
    let ran = package
        .run(&["--verify", "--stage", "prod", "--offline"])
        .assert_code(1);
    let row = ran
        .stdout
        .lines()
        .find(|line| line.starts_with("sealed/prod/c"))
        .expect("a row");
    assert!(row.contains("WRONG"), "{row}");
    // If the name in the headers is changed too, only decryption shows that the file is a copy.
    package.write(
        "sealed/prod/c",
        package
            .read("sealed/prod/b")
            .replace("name: b\n", "name: c\n"),
    );
    package
        .run(&["--verify", "--stage", "prod", "--offline"])
        .assert_code(0);
    package
        .run(&["--verify", "--stage", "prod"])
        .assert_code(1)
        .assert_stderr("wrong: 1");
}

#[test]
fn a_failed_rekey_changes_nothing() {
    let package = Package::with_stage("rekey-failure");
    seal(&package, "a", b"1");
    package.write(
        "sealed/prod/b",
        package
            .read("sealed/prod/a")
            .replace("name: a\n", "name: b\n"),
    );
    let before = package.read_sealed();
    package
        .run(&["--rekey", "--stage", "prod"])
        .assert_code(1)
        .assert_stderr("sealed/prod/b");
    assert_eq!(package.read_sealed(), before);
    std::fs::remove_file(package.path().join("sealed/prod/b")).unwrap();

    let before = package.read_sealed();
    package
        .run(&["--rekey", "--stage", "prod", "--kms-key", "alias/missing"])
        .assert_code(1);
    assert_eq!(package.read_sealed(), before);
    let mut offline = package.seal_command(&["--rekey", "--stage", "prod"]);
    offline.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    run_command(&mut offline, b"").assert_code(1);
    assert_eq!(package.read_sealed(), before);
}

/// The command is interrupted while it waits for the first answer of KMS. By then, the command has
/// read the key file and every sealed file.
#[test]
#[cfg(unix)]
fn ctrl_c_while_waiting_for_kms_changes_nothing() {
    let package = Package::with_stage("impatience");
    seal(&package, "a", b"1");
    let before = package.read_sealed();
    let listener = TcpListener::bind("127.0.0.1:0").expect("127.0.0.1 has a free port");
    let mut rekey = package.seal_command(&["--rekey", "--stage", "prod"]);
    rekey.env(
        "AWS_ENDPOINT_URL",
        format!(
            "http://{}",
            listener.local_addr().expect("a listener has an address")
        ),
    );
    let child = rekey
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    let connection = listener.accept().expect("the command calls KMS");
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .expect("`kill` exists");
    assert!(killed.success());
    let output = child.wait_with_output().expect("a child can be waited for");
    drop(connection);
    assert_eq!(
        output.status.code(),
        Some(130),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(package.read_sealed(), before);
}

#[test]
fn concurrent_rekey_and_seal_lose_nothing() {
    let package = Package::with_stage("at-once");
    seal(&package, "a", b"1");
    std::thread::scope(|scope| {
        scope.spawn(|| package.run(&["--rekey", "--stage", "prod"]).assert_code(0));
        for name in ["b", "c", "d"] {
            let package = &package;
            scope.spawn(move || seal(package, name, name.as_bytes()));
        }
    });
    package
        .run(&["--verify", "--stage", "prod"])
        .assert_code(0)
        .assert_stderr("files: 5, wrong: 0, not checked: 0");
}

/// Nothing is encrypted yet, so the error must not say that another key encrypted the file.
#[test]
fn an_unknown_alias_is_reported_as_unknown() {
    let package = Package::new("");
    let ran = package.run(&[
        "--init",
        "--stage",
        "prod",
        "--kms-key",
        "alias/no-such-key",
    ]);
    let ran = ran.assert_stderr("KMS cannot find the key: alias/no-such-key");
    assert!(
        !ran.stderr.contains("another key encrypted"),
        "{}",
        ran.stderr
    );
}
