//! Tests of `snapshot --verify`, which checks the file of a snapshot, its age and its values.

use super::*;

#[test]
fn verify_distinguishes_wrong_and_undetermined_snapshots() {
    let package = Package::with_stage("snapshot-verify");
    snapshot(&package, &["--verify"])
        .assert_code(1)
        .assert_stderr("there is no sealed/prod.snapshot");
    let nothing = json!({ "version": 1, "found": {}, "missing": [] });
    let good = seal(&package, now(), &nothing);
    for (text, words, offline) in [
        (
            "-----EMPTY STAGE-CONFIG SNAPSHOT-----\n".to_owned(),
            "empty: it is the placeholder",
            1,
        ),
        (
            good[..good.len() - 20].to_owned(),
            "malformed: it is cut off",
            1,
        ),
        (seal(&package, 1_600_000_000, &nothing), "too old: ", 1),
        (
            seal(&package, now() + 100_000, &nothing),
            "from the future: ",
            1,
        ),
        (
            good.replace("stage: prod", "stage: dev"),
            "of another app or stage: ",
            1,
        ),
        (
            good.replace("config: payments::Config", "config: payments::Other"),
            "tampered with: ",
            0,
        ),
        (
            good.clone(),
            "of another schema: it contains no answer for /it-snapshot/prod/hosts",
            0,
        ),
    ] {
        package.write(FILE, &text);
        let ran = snapshot(&package, &["--verify"]).assert_code(1);
        assert!(
            ran.stdout.contains("WRONG") && ran.stdout.contains(words),
            "{words}: {}",
            ran.stdout
        );
        assert!(
            ran.stdout.contains("cargo stage snapshot --stage prod"),
            "{}",
            ran.stdout
        );
        snapshot_at(&package, "http://127.0.0.1:1", &["--verify", "--offline"])
            .assert_code(offline);
    }
    let ran = snapshot_at(&package, "http://127.0.0.1:1", &["--verify"]).assert_code(2);
    assert!(ran.stdout.contains("unchecked"), "{ran:?}");
}

/// The struct changed after the snapshot was written, but the snapshot has an outcome for every AWS
/// address of the changed struct. A load would accept the values of the first case, and refuse the
/// values of the other cases.
#[test]
fn verify_checks_the_values_against_the_fields() {
    #[derive(StageConfig)]
    #[stage(prod = "/it-snapshot/prod/{field}")]
    #[config(schemes("vault"))]
    #[allow(dead_code, reason = "only its schema is used")]
    struct Changed {
        limit: u32,
        port: u16,
        #[stage(prod = "secret:it-snapshot/prod#password")]
        password: SecretString,
        mode: Mode,
        #[config(default = 5)]
        retries: u8,
        #[stage(prod = ["vault:motto", "/it-snapshot/prod/motto"])]
        motto: String,
        #[stage(prod = "env:LOG_LEVEL")]
        level: String,
    }
    #[derive(serde::Deserialize)]
    struct Mode;
    const CHANGED: Schema = Schema {
        fields: Changed::SCHEMA.fields,
        templates: Changed::SCHEMA.templates,
        ..SCHEMA
    };
    static RECORD: [u8; encoded_len(&CHANGED)] = encode(&CHANGED);

    let package = Package::with_stage("snapshot-fields");
    let artifact = package.write("changed", artifact::build_elf(&[&RECORD]));
    let verify = |limit: Option<&str>, port: &str, secret: &str| {
        let text = |text: &str| json!({ "text": STANDARD.encode(text) });
        let mut found = json!({
            "/it-snapshot/prod/port": text(port),
            "/it-snapshot/prod/mode": text("fast"),
            "secret:it-snapshot/prod": text(secret),
        });
        let mut missing = vec!["/it-snapshot/prod/retries", "/it-snapshot/prod/motto"];
        match limit {
            Some(limit) => found["/it-snapshot/prod/limit"] = text(limit),
            None => missing.push("/it-snapshot/prod/limit"),
        }
        package.write(
            FILE,
            seal(
                &package,
                now(),
                &json!({ "version": 1, "found": found, "missing": missing }),
            ),
        );
        let mut command =
            package.verb_command(&["snapshot", "--verify", "--stage", "prod", "--artifact"]);
        let ran = run_command(
            command.arg(&artifact).env("AWS_ENDPOINT_URL", &moto().url),
            b"",
        );
        assert_clean("snapshot", &ran.stdout);
        assert_clean("snapshot", &ran.stderr);
        ran
    };
    let password = format!(r#"{{"password":"{SECRET}"}}"#);
    let good = verify(Some("7"), "8080", &password).assert_code(0);
    assert!(
        good.stdout
            .contains("not verified: mode (`Mode`, which only the program can decode)"),
        "{}",
        good.stdout
    );
    for (limit, port, secret, words) in [
        (
            None,
            "8080",
            password.as_str(),
            "`limit`: missing, /it-snapshot/prod/limit",
        ),
        (
            Some("7"),
            SECRET,
            &password,
            "`port`: undecodable, /it-snapshot/prod/port",
        ),
        (
            Some("7"),
            "8080",
            "{}",
            "`password`: missing, secret:it-snapshot/prod#password",
        ),
        (
            Some("7"),
            "8080",
            SECRET,
            "`password`: undecodable, secret:it-snapshot/prod#password",
        ),
    ] {
        let ran = verify(limit, port, secret).assert_code(1);
        let words = format!("of another schema: its values do not fit the struct: {words}");
        assert!(
            ran.stdout.contains("WRONG") && ran.stdout.contains(&words),
            "{words}: {}",
            ran.stdout
        );
        assert!(
            ran.stdout
                .contains("help: cargo stage snapshot --stage prod"),
            "{}",
            ran.stdout
        );
    }
}
