//! Checks of the templates that are programs. Each check runs its program for two stages, with a
//! server that replaces AWS. On this server, the stage `dev` is incomplete, so `cargo stage check`
//! must stop the deployment. The stage `prod` is complete.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use stage_config_test_support::{environment, node, python, target};
use tempfile::TempDir;

use crate::cloud_formation::assert_payments;
use crate::stage::{PROGRAM, iam, read, run, run_to_end, statements, text, variables};
use crate::templates::{assert_no_lint, folder};

/// A folder with replacements for cargo and the AWS CLI, which record their calls.
struct Tools(TempDir);

impl Tools {
    fn new() -> Self {
        let tools = Self(tempfile::tempdir().expect("a temporary folder can be created"));
        for (name, text) in [
            ("cargo", include_str!("cargo.sh")),
            ("aws", include_str!("aws.sh")),
        ] {
            let path = tools.path(name);
            fs::write(&path, text).expect("the file can be written");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("it is our file");
        }
        tools
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Returns a command that runs the program, which finds the replacements in its `PATH`.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        environment::clear(&mut command);
        command
            .env("PATH", node::search_path(&[self.0.path()]))
            .env("CALLS", self.path("calls"))
            .env("POLICY", self.path("policy.json"))
            .env("PROGRAM", PROGRAM)
            .env("CARGO_STAGE", target::find_program("cargo-stage"))
            .env("HOME", self.0.path())
            .envs(variables());
        command
    }

    fn calls(&self) -> String {
        read(&self.path("calls"))
    }
}

/// Asserts that the command failed because the stage `dev` is incomplete.
#[track_caller]
fn assert_incomplete(command: &mut Command) {
    let output = run_to_end(command, "");
    let text = text(&output);
    assert!(
        !output.status.success() && text.contains("dev: INCOMPLETE"),
        "{text}"
    );
}

pub(crate) fn cdk_synthesizes() {
    let files = [
        ("package.json", read(&folder("cdk/package.json"))),
        ("package-lock.json", read(&folder("cdk/package-lock.json"))),
    ];
    let cdk = node::install(
        "cdk",
        &files.each_ref().map(|(name, text)| (*name, text.as_str())),
    );
    let tools = Tools::new();

    // The check uses copies of the app and of the package, so that nothing is written to the
    // repository. The app finds the package by a relative path, so the copies keep this path.
    let app = tools.path("lambda/deploy/cdk");
    fs::create_dir_all(&app).expect("the folder can be created");
    for name in ["app.ts", "policy.ts", "cdk.json", "package.json"] {
        fs::copy(folder("cdk").join(name), app.join(name)).expect("the file can be copied");
    }
    let package = tools.path("lambda/payments");
    fs::create_dir_all(&package).expect("the folder can be created");
    fs::copy(folder("../payments/Cargo.toml"), package.join("Cargo.toml")).expect("it is a file");
    std::os::unix::fs::symlink(cdk.join("node_modules"), app.join("node_modules"))
        .expect("a link can be created");

    let synth = |stage: &str| {
        let mut command = tools.command(&python::find_program("node"));
        command
            .arg("node_modules/aws-cdk/bin/cdk")
            .args([
                "synth",
                "--quiet",
                "--no-notices",
                "-c",
                &format!("stage={stage}"),
            ])
            .env("CDK_DISABLE_CLI_TELEMETRY", "true")
            .current_dir(&app);
        command
    };
    assert_incomplete(&mut synth("dev"));
    run(&mut synth("prod"), "");
    let build = tools.calls();
    assert!(
        build.contains("--release --arm64 --bin payments"),
        "{build}"
    );
    let template = app.join("cdk.out/payments-prod.template.json");
    assert_payments(&serde_json::from_str(&read(&template)).expect("the template is JSON"));
    assert_no_lint(&template);

    let output = run_to_end(&mut synth("prodution"), "");
    assert!(
        text(&output).contains("give the stage"),
        "{}",
        text(&output)
    );
}

pub(crate) fn sst_runs() {
    let tools = Tools::new();
    let script = tools.path("run_sst.mjs");
    fs::write(&script, include_str!("run_sst.mjs")).expect("the file can be written");
    let deploy = |stage: &str| {
        let mut command = tools.command(&python::find_program("node"));
        command
            .arg("--disable-warning=ExperimentalWarning")
            .arg(&script);
        command
            .arg(folder("sst/sst.config.ts"))
            .arg(stage)
            .current_dir(folder("sst"));
        command
    };
    assert_incomplete(&mut deploy("dev"));
    // A preview stage would fall back to sources that the policy does not grant.
    let refused = run_to_end(&mut deploy("pr-1"), "");
    assert!(
        text(&refused).contains("give the stage"),
        "{}",
        text(&refused)
    );

    let output = run(&mut deploy("prod"), "");
    let created = output.lines().last().expect("the script prints a line");
    let created: Value = serde_json::from_str(created).expect("the last line is JSON");
    assert_eq!(created["policy"]["Statement"], statements());
    let function = &created["function"];
    for (name, value) in [
        ("architecture", "arm64"),
        ("bundle", "../../../../target/lambda/payments"),
        ("handler", "bootstrap"),
        ("name", "payments-prod"),
        ("runtime", "provided.al2023"),
    ] {
        assert_eq!(function[name], value, "{name}");
    }
    assert_eq!(function["environment"]["stage"], "prod");
    assert_eq!(function["policies"][0], "the policy");
}

pub(crate) fn cargo_lambda_deploys() {
    let tools = Tools::new();
    let deploy = |stage: &str| {
        let mut command = tools.command(Path::new("bash"));
        command.arg(folder("cargo-lambda/deploy.sh")).arg(stage);
        command
    };
    assert_incomplete(&mut deploy("dev"));
    let calls = tools.calls();
    assert!(
        !calls.contains("aws iam") && !calls.contains("lambda deploy"),
        "{calls}"
    );

    run(&mut deploy("prod"), "");
    let location = ["--account", "123456789012", "--region", "eu-west-1"];
    let expected = iam(&[&["--stage", "prod", "--offline"], &location[..]].concat());
    assert_eq!(read(&tools.path("policy.json")), expected.trim_end());
    let calls = tools.calls();
    let deployed = calls.lines().last().expect("there are calls");
    assert_eq!(
        deployed,
        "cargo lambda deploy payments-prod --binary-name payments --iam-role \
         arn:aws:iam::123456789012:role/payments-prod --env-var stage=prod --memory 256 --timeout \
         30 --region eu-west-1"
    );
    assert!(
        calls.contains("cargo lambda build --release --arm64\n"),
        "{calls}"
    );
}
