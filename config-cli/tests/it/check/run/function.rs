//! A Lambda function checks itself: the function of the README, which calls `lambda::load`.

use stage_config_test_support::target;

use crate::support::endpoint::{Endpoint, Parameter, Parameters, Secrets};
use crate::support::package::{Package, run_command};

#[test]
fn a_function_checks_itself_outside_of_lambda() {
    let parameters = Parameters::default()
        .with("/stripe/live", Parameter::secure("sk_live_1"))
        .with("/orders/prod/table_name", Parameter::text("orders"));
    let endpoint = Endpoint::start_with(parameters, Secrets::default());
    let package = Package::new("");
    let program = target::profile().join(format!("orders{}", std::env::consts::EXE_SUFFIX));
    assert!(program.is_file(), "`cargo test --workspace` builds it");

    let artifact = program.to_str().expect("the path is text");
    let mut command = package.verb_command(&[
        "check",
        "--run",
        "--strict",
        "--stage",
        "prod",
        "--artifact",
        artifact,
    ]);
    let ran = run_command(command.env("AWS_ENDPOINT_URL", &endpoint.url), b"").assert_code(0);
    assert!(ran.stdout.starts_with("prod: complete\n"), "{}", ran.stdout);
}
