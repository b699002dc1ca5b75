//! `cargo stage` reads what cargo-lambda created: the zip, the folder, and the executable in the
//! folder.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use super::build::artifacts;
use super::function::{FIRST_PASSWORD, Server};
use crate::support::child::{self, ChildOutput};
use crate::support::{aws, environment, target};

fn run(arguments: &[&str], artifact: &Path, url: &str) -> ChildOutput {
    let mut command = Command::new(target::find_program("cargo-stage"));
    environment::clear(&mut command);
    let variables = aws::variables(url);
    command
        .arg("stage")
        .args(arguments)
        .arg("--artifact")
        .arg(artifact)
        .envs(variables.into_iter().filter(|(name, _)| *name != "stage"));
    child::run_to_end(&mut command)
}

#[tokio::test]
async fn cargo_stage_reads_the_zip_and_the_folder_of_cargo_lambda() {
    let server = Server::start("prod").await;
    let url = &server.peer.url;
    let built = artifacts();
    let executable = built.folder.join("bootstrap");
    let read = |artifact: &Path| {
        let show = run(&["show", "--json"], artifact, url).assert_passed();
        let iam = ["iam", "--offline", "--stage", "prod"];
        let iam = run(&iam, artifact, url).assert_passed();

        let complete = run(&["check", "--stage", "prod"], artifact, url).assert_passed();
        assert!(
            complete.stdout.starts_with("prod: complete"),
            "{complete:?}"
        );
        assert!(!complete.text().contains(FIRST_PASSWORD), "{complete:?}");
        let incomplete = run(&["check", "--stage", "dev"], artifact, url).assert_failed();
        assert!(
            incomplete.stdout.starts_with("dev: INCOMPLETE")
                && incomplete.stdout.contains("/payments/dev/stripe_key"),
            "{incomplete:?}"
        );
        [show.stdout, iam.stdout]
            .map(|text| -> Value { serde_json::from_str(&text).expect("the command prints JSON") })
    };

    let [show, iam] = read(&built.zip);
    assert_eq!(show["config"], "Config", "{show}");
    assert!(
        iam.to_string()
            .contains("parameter/payments/prod/stripe_key"),
        "{iam}"
    );
    for artifact in [&built.folder, &executable] {
        assert_eq!(read(artifact), [show.clone(), iam.clone()]);
    }
}
