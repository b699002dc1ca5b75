//! Bad input, functions that do not exist or may not be read, and signals while the command waits
//! for AWS.

use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::{Aws, Config, run_check};
use crate::support::artifact::write_artifact;
use crate::support::endpoint::{Answer, Request, is_caller_request};
use crate::support::functions::{is_function_list, requested_function};
use crate::support::package::Package;

#[test]
fn a_function_that_does_not_exist_or_may_not_be_read_is_not_checked() {
    let endpoint = Aws::new().start();
    let arguments = ["--function", "paymnts", "--stage", "prod"];
    let ran = run_check(&endpoint, &arguments).assert_code(2);
    assert!(
        ran.stdout.contains("there is no function paymnts"),
        "{ran:?}"
    );

    let denied = "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: \
                  lambda:GetFunction on resource: \
                  arn:aws:lambda:eu-west-1:123456789012:function:payments";
    let endpoint = Aws::new().start_with(move |request| {
        requested_function(request).map(|_| Answer::error(403, "AccessDeniedException", denied))
    });
    let arguments = ["--function", "payments", "--stage", "prod"];
    let ran = run_check(&endpoint, &arguments).assert_code(2);
    assert!(ran.stdout.contains("lambda:GetFunction"), "{ran:?}");
}

#[test]
fn a_function_needs_one_stage_of_its_configuration() {
    let endpoint = Aws::new().start();
    for (arguments, expected) in [
        (
            &["--function", "payments"][..],
            "the check of a deployed function needs a stage",
        ),
        (
            &[
                "--function",
                "payments",
                "--stage",
                "prod",
                "--stage",
                "dev",
            ],
            "a function has one stage, and several are given",
        ),
        (
            &["--function", "payments", "--stage", ""],
            "the stage in the command line is empty",
        ),
    ] {
        run_check(&endpoint, arguments)
            .assert_code(2)
            .assert_stderr(expected);
    }
    let arguments = ["--function", "payments", "--stage", "prd"];
    let ran = run_check(&endpoint, &arguments).assert_code(2);
    assert!(ran.stdout.contains("did you mean `prod`?"), "{ran:?}");
}

#[test]
fn a_function_of_another_account_or_region_is_refused() {
    let endpoint = Aws::new().start();
    for (option, value, expected) in [
        (
            "--account",
            "999999999999",
            "the function is in the account 123456789012",
        ),
        (
            "--region",
            "us-east-1",
            "the function is in the region eu-west-1",
        ),
    ] {
        let arn = "arn:aws:lambda:eu-west-1:123456789012:function:payments";
        let arguments = ["--function", arn, "--stage", "prod", option, value];
        run_check(&endpoint, &arguments)
            .assert_code(2)
            .assert_stderr(expected);
    }
    assert_eq!(endpoint.signed_requests().len(), 0);

    let arn = "arn:aws:lambda:eu-west-1:999999999999:function:payments";
    run_check(&endpoint, &["--function", arn, "--stage", "prod"])
        .assert_code(2)
        .assert_stderr("is in account 999999999999, and these credentials belong to account");
}

#[test]
fn options_that_do_not_belong_together_are_refused() {
    let endpoint = Aws::new().start();
    for arguments in [
        &["--function", "payments", "--offline"][..],
        &["--function", "payments", "--no-decrypt"],
        &["--function", "payments", "--run"],
        &["--stack", "shop", "--env-file", "x.env"],
        &["--tag", "a=b", "--workspace"],
        &["--deployed"],
        &["--deployed", "--workspace", "--function", "payments"],
        &["--stack", "shop", "--artifact", "payments.zip"],
        &[
            "--function",
            "payments",
            "--function",
            "mail",
            "--artifact",
            "payments.zip",
        ],
        &["--tag", "app"],
        &["--function", "pay*"],
        &["--function", "payments:a b"],
    ] {
        run_check(&endpoint, &[arguments, &["--stage", "prod"]].concat()).assert_code(2);
    }
    assert_eq!(endpoint.signed_requests().len(), 0);
}

/// Ctrl-C ends a command while the command waits for the answer to a request. Each entry of
/// `points` has the arguments of a command, and a function that selects one of the command's
/// requests.
#[test]
fn a_signal_ends_the_command_while_it_waits_for_aws() {
    let artifact = write_artifact::<Config>();
    let artifact = artifact.to_str().expect("the path is text");
    let check = ["check", "--function", "payments:live", "--stage", "prod"];
    let secrets = write_artifact::<secrets::Secrets>();
    let secrets = secrets.to_str().expect("the path is text");
    let orphans_of_secrets = ["orphans", "--stage", "prod", "--artifact", secrets];
    let orphans = ["orphans", "--stage", "prod", "--artifact", artifact];
    let who = ["who", "/a/b", "--function", "payments"];
    let points: [(&[&str], IsPoint); 15] = [
        (&check, |request| requested_function(request).is_some()),
        (&check, |request| request.line.contains("/aliases/live")),
        (&check, |request| request.line.starts_with("GET /code")),
        (&check, |request| request.operation == "GetParameterHistory"),
        (&check, |request| request.operation == "DescribeSecret"),
        (&check, |request| {
            request.operation == "SimulatePrincipalPolicy"
        }),
        (
            &["check", "--stack", "shop", "--stage", "prod"],
            |request| request.operation == "ListStackResources",
        ),
        (&["check", "--tag", "a=b", "--stage", "prod"], |request| {
            request.operation == "GetResources"
        }),
        (&["who", "/a/b"], is_function_list),
        (&who, |request| request.line.contains("/aliases")),
        (&who, |request| requested_function(request).is_some()),
        (&who, |request| request.line.starts_with("GET /code")),
        (&orphans, is_caller_request),
        (&orphans, |request| {
            request.operation == "DescribeParameters"
        }),
        (&orphans_of_secrets, |request| {
            request.operation == "ListSecrets"
        }),
    ];
    for (arguments, is_point) in points {
        interrupt(arguments, is_point);
    }
}

/// A configuration whose template names secrets.
mod secrets {
    use stage_config::{SecretString, StageConfig};

    #[derive(StageConfig)]
    #[stage(prod = "secret:it-deployed/prod/{field}")]
    #[allow(dead_code, reason = "only its schema is used")]
    pub(super) struct Secrets {
        key: SecretString,
    }
}

type IsPoint = fn(&Request) -> bool;

/// Runs a command, and sends SIGINT while the command waits for the answer to the request that
/// `is_point` selects.
fn interrupt(arguments: &[&str], is_point: IsPoint) {
    let (sender, arrived) = std::sync::mpsc::channel();
    let sender = std::sync::Mutex::new(sender);
    let endpoint = Aws::new().start_with(move |request| {
        is_point(request).then(|| {
            let sender = sender.lock().expect("no test panics here");
            // A command may send such a request again.
            let _ = sender.send(());
            Answer::Hangs
        })
    });
    let package = Package::new("");
    let mut command = package.verb_command(arguments);
    command
        .env("AWS_ENDPOINT_URL", &endpoint.url)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let child = command.spawn().expect("the command starts");
    arrived
        .recv_timeout(Duration::from_secs(60))
        .expect("the request arrives");
    let since = Instant::now();
    kill_process(Pid::from_child(&child), Signal::INT).expect("the process exists");
    let output = child.wait_with_output().expect("a child can be waited for");
    assert!(since.elapsed().as_secs() < 8, "{arguments:?}");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(130), "{arguments:?}: {stderr}");
    assert!(
        stderr.contains("nothing was changed"),
        "{arguments:?}: {stderr}"
    );
}
