//! A secret in the arguments of a verb, as an argument or as the value of an option, appears in no
//! message. The options for paths and for names of AWS are an exception: messages may repeat their
//! values.

use std::process::Command;
use std::sync::LazyLock;

use crate::support::endpoint::{Answer, Endpoint};
use crate::support::package::{Package, run_command};
use crate::support::payments;
use crate::support::planted::{SECRET, assert_clean};

/// A secret that ends with `=`, like base64. It is not a pair of a name and a value.
const BASE64: &str = "Wng5IWtRN35XdjNeTHA1=";

/// A secret that could be the name of a stage.
const NAME: &str = "zqSecretWv3Lp5";

/// A verb and its options, from its `--help`.
struct Verb {
    name: String,
    options: Vec<String>,
}

/// Returns `cargo stage …` with an endpoint that denies every call.
fn build_command(package: &Package, arguments: &[&str]) -> Command {
    static AWS: LazyLock<Endpoint> = LazyLock::new(|| {
        Endpoint::start(|_| Answer::not_authorized("any", "arn:aws:ssm:eu-west-1:123456789012:any"))
    });

    let mut command = package.verb_command(arguments);
    command.env("AWS_ENDPOINT_URL", &AWS.url);
    command
}

fn read_help(package: &Package, arguments: &[&str]) -> String {
    run_command(build_command(package, arguments).arg("--help"), b"")
        .assert_code(0)
        .stdout
}

/// Returns the verbs in the help, so that the tests include new ones.
fn list_verbs(package: &Package) -> Vec<Verb> {
    let text = read_help(package, &[]);
    let lines = text
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names
        .filter_map(|line| line.split_whitespace().next())
        .filter(|name| *name != "help");
    let read_verb = |name: &str| Verb {
        name: name.to_owned(),
        options: list_options(&read_help(package, &[name])),
    };
    names.map(read_verb).collect()
}

/// Returns the options that take a value, without the options for paths and for names of AWS:
/// messages may repeat the values of those options.
fn list_options(help: &str) -> Vec<String> {
    let lines = help
        .lines()
        .map(str::trim_start)
        .filter(|line| line.starts_with('-') && line.contains(" <"));
    let with_value = lines.filter(|line| {
        !line.contains("<PATH>") && !line.contains("<FILE>") && !line.contains("<FOLDER>")
    });
    let find_name = |line: &str| {
        line.split_whitespace()
            .find(|word| word.starts_with("--"))
            .map(str::to_owned)
    };
    let aws_options = ["--profile", "--role-arn", "--kms-key"];
    with_value
        .filter_map(find_name)
        .filter(|name| !aws_options.contains(&name.as_str()))
        .collect()
}

/// Returns lists of arguments for a verb. Each list contains a secret.
fn list_arguments(verb: &Verb) -> Vec<Vec<String>> {
    let stage: &[&str] = match verb.name.as_str() {
        "copy" | "diff" | "completions" | "man" => &[],
        _ => &["--stage", "dev"],
    };
    let mut lines: Vec<Vec<&str>> = Vec::new();
    let pair = format!("table_name={SECRET}");
    for secret in [SECRET, &pair, BASE64] {
        lines.push([stage, &[secret]].concat());
        lines.push([stage, &["table_name", secret]].concat());
        lines.push(vec!["dev", "prod", secret]);
        lines.push(vec![secret, "prod"]);
    }
    // The secret as a stage, and as a stage pattern.
    let patterns = [format!("{SECRET}*"), format!("{NAME}*")];
    for secret in [SECRET, NAME, &patterns[0], &patterns[1]] {
        lines.push(match stage {
            [] => vec![secret, secret],
            _ => vec!["--stage", secret],
        });
        lines.push(vec!["table_name", "--stage", secret]);
    }
    for option in &verb.options {
        match stage {
            [] => lines.push(vec!["dev", "prod", option, SECRET]),
            stage => lines.push([&["table_name", option, SECRET], stage].concat()),
        }
    }
    lines
        .into_iter()
        .map(|line| line.into_iter().map(str::to_owned).collect())
        .collect()
}

/// Only the stage is wrong, so the error is about the stage and names the option for it.
#[test]
fn the_error_for_a_wrong_stage_names_the_option_and_not_the_value() {
    let package = Package::new("");
    payments::write_artifacts(&package);
    let artifact = package.path().join(payments::PATH);
    let run = |line: &[&str]| {
        let (verb, rest) = line.split_at(1);
        let mut command = build_command(&package, verb);
        run_command(command.arg("--artifact").arg(&artifact).args(rest), b"").assert_code(2)
    };
    for stage in [SECRET, NAME] {
        for verb in ["show", "check", "export", "exec", "iam"] {
            let program: &[&str] = if verb == "exec" { &["--", "true"] } else { &[] };
            let ran = run(&[&[verb, "--stage", stage], program].concat());
            assert_clean(verb, &format!("{}{}", ran.stdout, ran.stderr));
            assert!(!ran.stderr.contains(NAME), "{verb}: {}", ran.stderr);
            ran.assert_stderr("not shown")
                .assert_stderr("give --stage one of the declared stages: `dev`");
        }
    }
}

#[test]
fn no_verb_prints_a_misplaced_secret() {
    let package = Package::new("");
    payments::write_artifacts(&package);
    let verbs = list_verbs(&package);
    assert!(
        verbs.len() >= 16 && verbs.iter().any(|verb| verb.options.len() > 8),
        "the help could not be parsed"
    );
    let artifact = package.path().join(payments::PATH);
    for verb in &verbs {
        for line in list_arguments(verb) {
            let mut command = build_command(&package, &[&verb.name]);
            if !matches!(verb.name.as_str(), "seal" | "completions" | "man") {
                command.arg("--artifact").arg(&artifact);
            }
            let ran = run_command(command.args(&line), b"");
            let (context, output) = (
                format!("{} {}", verb.name, line.join(" ")),
                format!("{}{}", ran.stdout, ran.stderr),
            );
            assert_clean(&context, &output);
            assert!(
                !output.contains(&BASE64[..12]) && !output.contains(&NAME[..8]),
                "{context}: {output}"
            );
        }
    }
}
