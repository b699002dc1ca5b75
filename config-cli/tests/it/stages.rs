//! Tests of `cargo stage stages` in the example `examples/workspace` and in a workspace without
//! programs. One test adds a stage to the example.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::support::environment;
use crate::support::folder::copy_fixture;
use crate::support::package::{COMMAND, Package, RunOutput, cargo, run_command};

const STAGING: &str = r#"
[workspace.metadata.stage.staging]
template = "/{app}/staging/{field}"
account = "777788889999"
region = "eu-central-1"
"#;

/// The tests of the example use the same copy, and run one after another, because programs of the
/// same name overwrite each other in the target folder.
static COPY: Mutex<()> = Mutex::new(());

/// A copy of `examples/workspace`. It is built without the clients of AWS: only the derive has the
/// feature `ssm`.
struct ExampleWorkspace(
    PathBuf,
    #[expect(dead_code, reason = "held until the test ends")] MutexGuard<'static, ()>,
);

impl ExampleWorkspace {
    fn new() -> Self {
        // After a failed test, the lock is poisoned. The next test may use the lock, because every
        // test writes all files of the copy again.
        let guard = COPY.lock().unwrap_or_else(PoisonError::into_inner);
        let package = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = package.parent().expect("the package is in the workspace");
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stages");
        copy_fixture(&root.join("examples/workspace"), &folder, root);
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))
            .expect("the lock file can be copied");
        let workspace = Self(folder, guard);
        let library = "stage-config = { path = \"../..\", default-features = false, \
                       features = [\"lambda\", \"ssm\"] }";
        let without_clients = format!(
            "stage-config = {{ path = {root:?}, default-features = false, \
             features = [\"lambda\"] }}\n\
             stage-config-derive = {{ path = {:?}, features = [\"ssm\"] }}",
            root.join("config-derive")
        );
        workspace.replace("Cargo.toml", library, &without_clients);
        for function in workspace.list_functions() {
            let line = "stage-config.workspace = true";
            let both = format!("{line}\nstage-config-derive.workspace = true");
            workspace.replace(&format!("functions/{function}/Cargo.toml"), line, &both);
        }
        workspace
    }

    fn list_functions(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.join("functions")).expect("the folder can be read");
        let names = entries.map(|entry| entry.expect("the folder can be read").file_name());
        names
            .map(|name| name.into_string().expect("a name in ASCII"))
            .collect()
    }

    fn replace(&self, path: &str, from: &str, to: &str) {
        let path = self.0.join(path);
        let text = fs::read_to_string(&path).expect("the example has this file");
        assert!(text.contains(from), "{from} is not in {}", path.display());
        fs::write(path, text.replace(from, to)).expect("the file can be written");
    }

    fn append(&self, path: &str, text: &str) {
        let path = self.0.join(path);
        let before = fs::read_to_string(&path).expect("the example has this file");
        fs::write(path, format!("{before}\n{text}")).expect("the file can be written");
    }

    fn new_command(&self, program: &std::ffi::OsStr) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.0);
        environment::clear(&mut command);
        for name in ["CARGO_HOME", "RUSTUP_HOME", "HOME"] {
            command.envs(std::env::var_os(name).map(|value| (name, value)));
        }
        // Other tests build the same dependencies in this folder, so cargo builds them only once.
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("manifest/debug/target");
        command
            .env("CARGO", cargo())
            .env("CARGO_TARGET_DIR", target)
            .env("CARGO_PROFILE_DEV_DEBUG", "false")
            .env("CARGO_NET_OFFLINE", "true");
        command
    }

    fn run_stage(&self, arguments: &[&str]) -> RunOutput {
        let mut command = self.new_command(COMMAND.as_ref());
        run_command(command.arg("stage").args(arguments), b"")
    }

    fn run_cargo(&self, arguments: &[&str]) -> RunOutput {
        run_command(self.new_command(&cargo()).args(arguments), b"")
    }
}

fn read_example(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/workspace");
    fs::read_to_string(root.join(path)).expect("the example has this file")
}

#[test]
fn the_stages_of_the_example_are_listed() {
    let workspace = ExampleWorkspace::new();
    let listed = workspace.run_stage(&["stages"]).assert_code(0);
    let table: Vec<&str> = listed.stdout.lines().map(str::trim_end).collect();
    let readme = read_example("README.md");
    assert!(
        readme.contains(&table.join("\n")),
        "the README has another table:\n{}",
        listed.stdout
    );

    let one = workspace
        .run_stage(&["stages", "--json", "-p", "orders"])
        .assert_code(0);
    let report: Value = serde_json::from_str(&one.stdout).expect("the output is JSON");
    let stage = |name, account| {
        json!({
            "stage": name, "account": account, "struct_account": null, "region": "eu-central-1",
            "profile": null, "role_arn": null, "kms_key": null,
            "used_by": [{ "package": "orders", "program": "orders", "config": "Config" }],
        })
    };
    let stages = [
        stage("dev", "111122223333"),
        stage("prod", "444455556666"),
        stage("pr-*", "111122223333"),
    ];
    assert_eq!(report, json!({ "version": 1, "stages": stages }));
}

/// The test changes the copy: one function has its own account in its Cargo.toml, another one has
/// its own stages, and one stage is not used. At the end, a key of Cargo.toml is misspelled.
#[test]
fn packages_may_differ_and_a_mistake_is_reported_before_the_build() {
    let workspace = ExampleWorkspace::new();
    workspace.append(
        "functions/mail/Cargo.toml",
        "[package.metadata.stage.load-test]\ntemplate = \"/mail/test/{field}\"\n\
         [package.metadata.stage.prod]\naccount = \"999900001111\"\nprofile = \"mail\"\n",
    );
    workspace.append(
        "functions/orders/Cargo.toml",
        "[package.metadata.stage.unused]\nregion = \"eu-west-1\"\n",
    );
    workspace.replace(
        "functions/orders/src/main.rs",
        "#[config(workspace)]",
        "#[stage(dev = \"/orders/dev/{field}\", qa = \"/orders/qa/{field}\")]\n\
         #[config(account(dev = \"999988887777\", qa = \"222233334444\"))]",
    );
    let listed = workspace.run_stage(&["stages"]).assert_code(0);
    let rows: Vec<Vec<&str>> = listed
        .stdout
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    for row in [
        "dev 111122223333 eu-central-1 - invoices, mail, reports, webhooks",
        "dev 111122223333, in the struct 999988887777 eu-central-1 - orders",
        "load-test - - - mail",
        "unused - eu-west-1 - -",
        "prod 444455556666 eu-central-1 - invoices, reports, webhooks",
        "prod 999900001111 eu-central-1 mail mail",
        "qa 222233334444 - - orders",
        "pr-* 111122223333 eu-central-1 - invoices, mail, reports, webhooks",
    ] {
        let words: Vec<&str> = row.split_whitespace().collect();
        assert!(rows.contains(&words), "{row}: {}", listed.stdout);
    }

    // With these arguments, the command does not select all programs of `orders`. So it does not
    // list the stage `unused` from the Cargo.toml of `orders`, because a program that is not
    // selected may use this stage.
    for arguments in [
        ["-p", "mail"],
        ["--exclude", "orders"],
        ["--exclude", "ord*"],
    ] {
        let listed = workspace.run_stage(&[&["stages"], &arguments[..]].concat());
        let listed = listed.assert_code(0).stdout;
        assert!(
            listed.contains("load-test") && !listed.contains("unused"),
            "{listed}"
        );
    }
    let listed = workspace
        .run_stage(&["stages", "--bin", "orders"])
        .assert_code(0)
        .stdout;
    assert!(
        listed.contains("qa") && !listed.contains("unused"),
        "{listed}"
    );

    workspace.replace("Cargo.toml", "preview = ", "previews = ");
    let refused = workspace.run_stage(&["stages"]).assert_code(1);
    assert!(
        refused
            .stderr
            .starts_with("error: unknown key `previews` in [workspace.metadata.stage-config] of "),
        "{refused:?}"
    );
    assert!(
        refused.stderr.contains("did you mean `preview`?"),
        "{refused:?}"
    );
}

/// Nothing is built, because no package has a program.
#[test]
fn a_workspace_without_programs_lists_its_tables() {
    let package = Package::new("[package.metadata.stage.dev]\naccount = \"111122223333\"\n");
    let mut command = package.verb_command(&["stages"]);
    for name in ["CARGO_HOME", "RUSTUP_HOME", "HOME"] {
        command.envs(std::env::var_os(name).map(|value| (name, value)));
    }
    let listed = run_command(&mut command, b"").assert_code(0).stdout;
    let row = listed.lines().nth(1).unwrap_or_default();
    let words: Vec<&str> = row.split_whitespace().collect();
    assert_eq!(words, ["dev", "111122223333", "-", "-", "-"], "{listed}");
}

/// After the edit, the compiler names the fields whose own sources leave out the new stage.
#[test]
fn one_edit_adds_a_stage() {
    let workspace = ExampleWorkspace::new();
    workspace.run_cargo(&["check"]).assert_code(0);
    workspace.append("Cargo.toml", STAGING);
    let readme = read_example("README.md");
    assert!(
        readme.contains(STAGING.trim()),
        "the README shows another table"
    );

    let built = workspace
        .run_cargo(&["check", "--keep-going", "--color=never"])
        .assert_code(101);
    let messages: Vec<&str> = built
        .stderr
        .lines()
        .filter(|line| line.starts_with("error: ") && !line.starts_with("error: could not compile"))
        .collect();
    let leaves_out = |field: &str| {
        format!(
            "error: `{field}` leaves out `staging`: add `#[stage(staging = \"…\")]`, or \
             `#[stage(staging)]` for the struct's template"
        )
    };
    let mut expected = [leaves_out("partner"), leaves_out("warehouse")];
    expected.sort();
    let mut sorted = messages.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, expected, "{}", built.stderr);
    assert!(
        readme.contains(messages[0]) || readme.contains(messages[1]),
        "the README shows another message"
    );

    let add = |function: &str, stage: &str| {
        let path = format!("functions/{function}/src/main.rs");
        workspace.replace(
            &path,
            "#[stage(fallback = ",
            &format!("#[stage(staging = \"{stage}\", fallback = "),
        );
    };
    workspace.replace(
        "functions/reports/src/main.rs",
        "fallback = \"/ware",
        "staging = \"/warehouse/live/url\", fallback = \"/ware",
    );
    add("webhooks", "value:https://sandbox.partner.example");
    let listed = workspace.run_stage(&["stages"]).assert_code(0);
    let row = listed
        .stdout
        .lines()
        .find(|line| line.starts_with("staging"));
    let row: Vec<&str> = row.expect("the new stage").split_whitespace().collect();
    assert_eq!(
        row.join(" "),
        "staging 777788889999 eu-central-1 - invoices, mail, orders, reports, webhooks"
    );

    // The artifact contains the stage, so these commands do not need the Cargo.toml of the example.
    let artifact =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("manifest/debug/target/debug/orders");
    let elsewhere = Package::new("");
    let show = [
        "show",
        "--json",
        "--stage",
        "staging",
        "--artifact",
        artifact.to_str().unwrap(),
    ];
    let shown = run_command(&mut elsewhere.verb_command(&show), b"").assert_code(0);
    assert!(
        shown.stdout.contains("/orders/staging/table"),
        "{}",
        shown.stdout
    );
    let iam = [
        "iam",
        "--stage",
        "staging",
        "--artifact",
        artifact.to_str().unwrap(),
        "--region",
        "eu-central-1",
    ];
    let policy = run_command(&mut elsewhere.verb_command(&iam), b"").assert_code(0);
    assert!(
        policy.stdout.contains("parameter/orders/staging/table"),
        "{}",
        policy.stdout
    );
    assert!(policy.stdout.contains("777788889999"), "{}", policy.stdout);
}
