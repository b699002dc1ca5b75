//! `cargo stage show`: fields and sources as a table, JSON and Markdown, and the errors for wrong
//! names and unusable artifacts.

use serde_json::Value;
use stage_config::{SecretString, StageConfig};

use crate::support::package::{Package, RunOutput};
use crate::support::payments;
use crate::support::planted::{SECRET, assert_clean};
use crate::support::transfer_config::TransferConfig;
use crate::support::{artifact, package};

fn show(arguments: &[&str]) -> RunOutput {
    run("show", arguments)
}

fn run(verb: &str, arguments: &[&str]) -> RunOutput {
    let package = Package::new("");
    payments::write_artifacts(&package);
    let arguments: Vec<&str> = [verb, "--artifact", payments::PATH]
        .into_iter()
        .chain(arguments.iter().copied())
        .collect();
    package::run_command(&mut package.verb_command(&arguments), b"")
}

#[test]
fn every_field_lists_its_sources_for_every_stage() {
    let json: Value =
        serde_json::from_str(&show(&["--json"]).assert_code(0).stdout).expect("the text is JSON");
    assert_eq!(json["version"], 1);
    assert_eq!(
        json["stages"],
        serde_json::json!(["dev", "prod", "fallback"])
    );
    let schema = payments::payments_schema();
    let fields = json["fields"].as_array().expect("a list");
    assert_eq!(fields.len(), schema.leaves().len());
    assert_eq!(
        fields[0]["sources"]["prod"],
        serde_json::json!(["/stripeSecretKey/live"])
    );
    assert_eq!(fields[0]["docs"], "Stripe API key.");
    assert_eq!(fields[0]["secret"], true);
    assert_eq!(
        fields[2]["sources"]["fallback"],
        serde_json::json!(["/payments/STAGE/table_name", "/payments/dev/table_name"])
    );
    assert_eq!(fields[5]["default"], "30");
}

#[test]
fn a_preview_has_its_own_column() {
    let ran = show(&["--stage", "pr-7", "table_name"]).assert_code(0);
    assert!(
        ran.stdout.contains("/payments/pr-7/table_name"),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains("/payments/prod"), "{}", ran.stdout);
    show(&["--stage", "prdo"])
        .assert_code(2)
        .assert_stderr("did you mean `prod`?");
    show(&["tablename"])
        .assert_code(2)
        .assert_stderr("did you mean `table_name`?");
}

#[test]
fn a_repeated_stage_counts_once() {
    let stages = ["prod", "dev", "prod"].map(|stage| ["--stage", stage]);
    let stages = [stages.concat().as_slice(), &["--json"]].concat();
    let json: Value = serde_json::from_str(&show(&stages).stdout).expect("the text is JSON");
    assert_eq!(json["stages"], serde_json::json!(["prod", "dev"]));

    let checked = run("check", &[stages.as_slice(), &["--offline"]].concat());
    let json: Value = serde_json::from_str(&checked.stdout).expect("the text is JSON");
    let checked = json["stages"].as_array().expect("a list");
    let names: Vec<&Value> = checked.iter().map(|stage| &stage["stage"]).collect();
    assert_eq!(names, ["prod", "dev"]);
}

#[test]
fn markdown_has_one_line_per_field() {
    let text = show(&["--markdown"]).assert_code(0).stdout;
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
    assert_eq!(
        rows.len(),
        2 + payments::payments_schema().leaves().len(),
        "{text}"
    );
    let columns = |row: &str| row.matches(" | ").count();
    assert!(
        rows.iter().all(|row| columns(row) == columns(rows[0])),
        "{text}"
    );
}

/// `key` is secret, because `prod` reads it from Secrets Manager. So its default and its `value:`
/// text are hidden in every stage.
#[derive(StageConfig)]
#[stage(dev = "/shop/dev/{field}", prod = "/shop/prod/{field}")]
#[allow(dead_code, reason = "only its schema is used")]
struct Hidden {
    #[config(default = "planted-4f2a-secret-default".to_owned())]
    #[stage(dev = "value:planted", prod = "secret:shop/key")]
    key: String,
    #[config(secret)]
    pin: SecretString,
}

#[test]
fn a_field_secret_in_one_stage_is_hidden_in_all() {
    let path = artifact::write_artifact::<Hidden>();
    let path = path.to_str().expect("the path is text");
    let package = Package::new("");
    for format in [&[][..], &["--json"], &["--markdown"], &["key"]] {
        let ran = package::run_command(
            &mut package.verb_command(&[&["show", "--artifact", path], format].concat()),
            b"",
        )
        .assert_code(0);
        assert_clean(
            "show",
            &ran.stdout.replace("planted-4f2a-secret-default", SECRET),
        );
        assert!(!ran.stdout.contains("value:planted"), "{}", ran.stdout);
        assert!(ran.stdout.contains("secret:shop/key"), "{}", ran.stdout);
    }
}

/// The name of a nested struct selects all its fields.
#[test]
fn a_nested_struct_is_shown_with_all_its_fields() {
    let path = artifact::write_artifact::<TransferConfig>();
    let path = path.to_str().expect("the path is text");
    let package = Package::new("");
    let show_field = |field: &str| {
        package::run_command(
            &mut package.verb_command(&["show", field, "--artifact", path]),
            b"",
        )
    };
    let output = show_field("mail").assert_code(0).stdout;
    assert!(
        output.contains("mail.host: ") && output.contains("mail.password"),
        "{output}"
    );
    assert!(!output.contains("stripe_key"), "{output}");
    show_field("mail.hots")
        .assert_code(2)
        .assert_stderr("did you mean `mail.host`?");
    show_field("mai").assert_code(2);
}

#[test]
fn an_unusable_artifact_is_an_error() {
    let package = Package::new("");
    package.write("none", artifact::build_elf(&[]));
    let show_artifact = |path: &str| {
        package::run_command(
            &mut package.verb_command(&["show", "--artifact", path]),
            b"",
        )
    };
    show_artifact("none")
        .assert_code(2)
        .assert_stderr("none")
        .assert_stderr("loads a configuration");
    show_artifact("absent")
        .assert_code(2)
        .assert_stderr("cannot be read");
    show_artifact("Cargo.toml")
        .assert_code(2)
        .assert_stderr("neither an executable nor a zip");
}
