//! `check --workspace`. One test runs `check -p` in the workspace.

mod setup;

use std::io::Write as _;

use serde_json::{Value, json};
use stage_config::StageConfig;

use self::setup::{Checked, Queue, Workspace, artifact_message, complete_values};
use super::{parse_json, run};
use crate::support::artifact::build_elf;
use crate::support::endpoint::Parameters;
use crate::support::package::{RunOutput, run_command};
use crate::support::peers::ACCOUNT;
use crate::support::planted::{SECRET, assert_clean};

/// Returns the cells of the rows whose first cell is `binary`.
fn find_rows(ran: &RunOutput, binary: &str) -> Vec<Vec<String>> {
    let rows = ran.stdout.lines().take_while(|line| !line.is_empty());
    rows.map(|row| row.split_whitespace().map(str::to_owned).collect())
        .filter(|row: &Vec<String>| row.first().is_some_and(|first| first == binary))
        .collect()
}

#[test]
fn every_stage_of_every_configuration_has_a_row() {
    let workspace = Workspace::new(complete_values());
    let ran = workspace.check(&[]).assert_code(0);
    let heads: Vec<&str> = ran
        .stdout
        .lines()
        .next()
        .expect("a table")
        .split_whitespace()
        .collect();
    assert_eq!(heads, ["BINARY", "CONFIGURATION", "STAGE", "RESULT"]);
    let expected = [
        vec!["orders/api", "Orders", "dev", "complete"],
        vec!["orders/api", "Orders", "prod", "complete"],
    ];
    assert_eq!(find_rows(&ran, "orders/api"), expected);
    let mail = find_rows(&ran, "mail");
    assert_eq!(mail.len(), 2, "{}", ran.stdout);
    assert!(
        mail[0][1].ends_with("::Mail") && mail[0][2] == "prod",
        "{mail:?}"
    );
    let exception = "except 1 value that only the deployment knows";
    assert!(mail[0].join(" ").ends_with(exception), "{mail:?}");
    assert!(
        mail[1][1].ends_with("::Queue") && mail[1][3] == "complete",
        "{mail:?}"
    );
    ran.assert_stderr("note: skipped, because they load no configuration: orders/tool\n")
        .assert_stderr("configurations: 3, stages: 4, fields: 7, wrong: 0");

    // The binaries `api` and `worker` load the same configuration, so its values are requested
    // once.
    let requests = workspace.endpoint.requests();
    let is_for_orders = |name: &&String| name.ends_with("/prod/table");
    let names = requests.iter().flat_map(|request| &request.names);
    assert_eq!(names.filter(is_for_orders).count(), 1);
    let built = workspace.package.read("built");
    assert!(
        built.contains("--workspace --bins") && !built.contains("--examples"),
        "{built}"
    );
}

#[test]
fn the_worst_result_determines_the_exit_status() {
    let other_account = "[package.metadata.stage.prod]\naccount = \"999988887777\"\n";
    let unchecked = Workspace::with(complete_values(), other_account);
    let ran = unchecked.check(&["--json"]).assert_code(2);
    let report = parse_json(&ran);
    assert_eq!(report["result"], "unchecked");
    let results: Vec<&Value> = report["configurations"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|config| &config["result"])
        .collect();
    assert_eq!(results, ["unchecked", "unchecked", "complete"]);

    let incomplete = Workspace::with(Parameters::default(), other_account);
    incomplete.check(&[]).assert_code(1);
    let complete = Workspace::new(complete_values());
    complete.check(&["--strict"]).assert_code(1);
}

/// The command reads the five configurations of the program, and starts the program for each of
/// them, with the same credentials.
#[test]
fn the_caller_identity_of_a_stage_is_requested_once_for_all_configurations() {
    let mut workspace = Workspace::new(Parameters::default());
    workspace.endpoint = run::start_endpoint_of(ACCOUNT);
    let program = run::program();
    let program = program.to_str().expect("the path is text");
    let message = artifact_message("orders", "bin", "self_check", program);
    workspace.package.write("messages.json", message);
    let mut command = workspace.command(&["--run", "--stage", "prod", "--account", ACCOUNT]);
    let ran = run_command(command.env("BEHAVIOUR", "load").arg("--json"), b"");
    let report = parse_json(&ran);
    let configurations = report["configurations"].as_array().expect("a list");
    assert_eq!(configurations.len(), 5, "{report}");
    for config in configurations {
        let run = &config["stages"][0]["run"];
        assert!(run.is_object() && run["kind"] != "not_started", "{report}");
    }
    assert_eq!(run::count_caller_requests(&workspace.endpoint), 1);
}

/// The program of `mail` is a zip, which cannot be run.
#[test]
fn if_a_stage_cannot_be_read_the_error_is_not_about_the_program() {
    let zip = || {
        let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        zip.start_file("bootstrap", zip::write::SimpleFileOptions::default())
            .expect("a file can be added");
        zip.write_all(&build_elf(&[Queue::__manifest()]))
            .expect("the file can be written");
        zip.finish().expect("the zip can be written").into_inner()
    };
    let other_account = "[package.metadata.stage.prod]\naccount = \"999988887777\"\n";
    for (metadata, expected, result) in [
        ("", "is a zip", "incomplete"),
        (other_account, "999988887777", "unchecked"),
    ] {
        let mut workspace = Workspace::with(Parameters::default(), metadata);
        workspace.endpoint = run::start_endpoint_of(ACCOUNT);
        workspace.package.write("target/mail", zip());
        let options = ["--run", "--json", "--exclude", "orders"];
        let report = parse_json(&workspace.check(&options));
        let mut configurations = report["configurations"].as_array().expect("a list").iter();
        let queue = configurations.find(|config| config["config"] == "Queue");
        let stage = &queue.expect("the configuration is checked")["stages"][0];
        let detail = stage["problem"]["detail"].as_str().expect("a text");
        assert!(detail.contains(expected), "{detail}");
        // What the command has read still counts.
        assert_eq!(stage["result"], result, "{stage}");
        let is_read = result == "incomplete";
        assert_eq!(stage["fields"][0]["result"] == "wrong", is_read, "{stage}");
        assert_eq!(stage["run"]["kind"] == "not_started", is_read, "{stage}");
    }
}

#[test]
fn the_help_selects_the_binary_and_the_configuration() {
    let workspace = Workspace::new(Parameters::default());
    let ran = workspace.check(&["--features", "a"]).assert_code(1);
    for line in [
        "orders/api and 1 more, Orders, prod: INCOMPLETE",
        "help: cargo stage set table --stage prod --features a -p orders --bin api",
    ] {
        assert!(ran.stdout.contains(line), "{line}: {}", ran.stdout);
    }
    let help = ran.stdout.lines().find(|line| line.contains("set port "));
    let help = help.unwrap_or_else(|| panic!("{}", ran.stdout));
    assert!(
        help.contains("-p mail --bin mail --config ") && help.ends_with("::Mail"),
        "{help}"
    );
    assert!(!help.contains("--workspace"), "{help}");

    let report = parse_json(&workspace.check(&["--json"]).assert_code(1));
    assert_eq!(
        (&report["version"], &report["result"]),
        (&json!(2), &json!("incomplete"))
    );
    let orders = &report["configurations"][2];
    assert_eq!(
        orders["programs"],
        json!([
            { "package": "orders", "name": "api", "example": false },
            { "package": "orders", "name": "worker", "example": false },
        ])
    );
    assert_eq!(orders["config"], "Orders");
    assert_eq!(orders["stages"][1]["stage"], "prod");
}

#[test]
fn a_run_is_suggested_only_if_exactly_one_program_loads_the_configuration() {
    let workspace = Workspace::new(complete_values());
    let check = |options: &[&str]| {
        let verb = [
            "check", "-p", "mail", "--config", "Checked", "--stage", "prod",
        ];
        let mut command = workspace.package.verb_command(&[&verb, options].concat());
        command
            .env("AWS_ENDPOINT_URL", &workspace.endpoint.url)
            .env("CARGO", workspace.package.path().join("cargo.sh"));
        run_command(&mut command, b"")
    };
    let write = |name: &str, manifests: &[&'static [u8]]| {
        let path = workspace
            .package
            .write(&format!("target/{name}"), build_elf(manifests));
        artifact_message(
            "mail",
            "bin",
            name,
            path.to_str().expect("the path is text"),
        )
    };
    let (queue, checked) = (Queue::__manifest(), Checked::__manifest());
    let messages = [write("one", &[checked]), write("two", &[queue])];
    workspace
        .package
        .write("messages.json", messages.join("\n"));
    let help = "help: the program verifies the rest: cargo stage check --stage prod --run \
                --config Checked -p mail\n";
    let alone = check(&[]).assert_code(0);
    assert!(alone.stdout.contains(help), "{}", alone.stdout);
    let ran = check(&["--run"]).assert_code(2);
    assert!(
        ran.stdout.contains("target/one cannot be run"),
        "{}",
        ran.stdout
    );

    write("two", &[queue, checked]);
    let shared = check(&[]).assert_code(0);
    assert!(!shared.stdout.contains("--run"), "{}", shared.stdout);
    check(&["--run"])
        .assert_code(2)
        .assert_stderr("several programs load `Checked`: `one`, `two`");
}

#[test]
fn a_named_stage_is_checked_where_it_is_declared() {
    let workspace = Workspace::new(complete_values());
    let ran = workspace.check(&["--stage", "dev"]).assert_code(0);
    assert_eq!(find_rows(&ran, "orders/api").len(), 1);
    assert!(find_rows(&ran, "mail").is_empty(), "{}", ran.stdout);
    ran.assert_stderr("skipped, because they have no stage to check");

    // No configuration declares `pr-7`, but one permits it as a preview stage.
    let ran = workspace.check(&["--stage", "pr-7"]).assert_code(0);
    assert!(
        ran.stdout.contains("`pr-7` is not declared"),
        "{}",
        ran.stdout
    );
    for typo in ["prdo", "porduction", "live"] {
        workspace
            .check(&["--stage", typo])
            .assert_code(2)
            .assert_stderr("did you mean `prod`?");
    }
    workspace
        .check(&["--stage", "dev,prod"])
        .assert_code(2)
        .assert_stderr("give each stage its own option: --stage dev --stage prod");
    workspace
        .check(&["--stage", "qa"])
        .assert_code(2)
        .assert_stderr(
            "in the workspace, stage `qa`: it is not declared, and no `preview` pattern (`pr-*`) \
             matches it\n  help: give --stage one of the declared stages: `dev`, `prod`; \
             previews: `pr-*`\n",
        );
    // The pattern matches this name, but a stage whose name counts as production may not use
    // fallback sources.
    workspace
        .check(&["--stage", "pr-prod"])
        .assert_code(2)
        .assert_stderr("stage `pr-prod`: it is not declared, and `prod` in it counts as production")
        .assert_stderr("previews: `pr-*`");
    let ran = workspace.check(&["--stage", SECRET]).assert_code(2);
    assert_clean("a value as a stage", &ran.stderr);
    for (name, reason) in [
        ("", "the stage in the command line is empty"),
        ("pr/1", "is not a valid name for a stage"),
    ] {
        workspace
            .check(&["--stage", name])
            .assert_code(2)
            .assert_stderr(reason);
    }

    let messages = workspace.package.read("messages.json");
    let mail = messages.lines().find(|line| line.contains("target/mail"));
    let mail = mail.expect("the program of `mail` is built");
    workspace.package.write("messages.json", mail);
    workspace
        .check(&["--stage", "qa"])
        .assert_code(2)
        .assert_stderr(
            "stage `qa`: it is not declared, and no configuration has a fallback\n  help: give \
             --stage one of the declared stages: `prod`\n",
        );
}

#[test]
fn options_have_the_same_meaning_as_in_cargo() {
    let workspace = Workspace::new(complete_values());
    workspace
        .check(&["--exclude", "mail", "--examples"])
        .assert_code(0);
    let built = workspace.package.read("built");
    assert!(
        built.contains("--bins --examples --exclude mail"),
        "{built}"
    );
    workspace
        .check(&["--exclude", "mial"])
        .assert_code(2)
        .assert_stderr("did you mean `mail`?");
    for other in ["--artifact", "-p", "--bin", "--example", "--config"] {
        workspace
            .check(&[other, "x"])
            .assert_code(2)
            .assert_stderr("cannot be used with");
    }
    let mut alone = workspace
        .package
        .verb_command(&["check", "--exclude", "mail"]);
    run_command(&mut alone, b"")
        .assert_code(2)
        .assert_stderr("--workspace");

    workspace.package.write("messages.json", "");
    workspace
        .check(&[])
        .assert_code(2)
        .assert_stderr("no binary of the workspace contains a manifest");
}

#[test]
fn the_table_fits_a_terminal_of_80_columns() {
    let workspace = Workspace::new(complete_values());
    let command = workspace.command(&["--stage", "prod"]);
    let script = "stty cols 80 rows 24 && NO_COLOR=1 exec \"$@\" 2>/dev/null";
    let (screen, code) =
        crate::prompt::wait_for_end(crate::prompt::start_terminal(script, &command));
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("CONFIGURATION"), "{screen}");
    let is_narrow = |line: &str| line.chars().count() <= 80;
    assert!(screen.lines().all(is_narrow), "{screen}");
}

#[test]
fn markdown_names_the_binary_and_the_configuration() {
    let ran = Workspace::new(Parameters::default())
        .check(&["--format", "markdown"])
        .assert_code(1);
    assert!(
        ran.stdout
            .starts_with("| Binary | Configuration | Stage | Field | Result | Detail |\n"),
        "{}",
        ran.stdout
    );
    let row = "| orders/api<br>orders/worker | Orders | prod | key (secret) | MISSING | ";
    assert!(ran.stdout.contains(row), "{}", ran.stdout);
}
