//! A secret among the arguments of any verb, at any position, is repeated by no message.

use std::process::Command;
use std::sync::LazyLock;

use crate::support::endpoint::{Answer, Endpoint};
use crate::support::environment;
use crate::support::package::{COMMAND, Package, cargo, run_command};
use crate::support::payments;
use crate::support::planted::{SECRET, assert_clean};

/// A secret that ends with `=`, as base64 does: it is no pair of a name and a value.
const BASE64: &str = "Wng5IWtRN35XdjNeTHA1=";

/// A secret that could be the name of a stage.
const NAME: &str = "zqSecretWv3Lp5";

/// What a verb takes, as its `--help` says.
struct Verb {
    name: String,
    options: Vec<String>,
}

/// `cargo stage …`, where every call to AWS is refused.
fn command(package: &Package, arguments: &[&str]) -> Command {
    static AWS: LazyLock<Endpoint> =
        LazyLock::new(|| Endpoint::start(|_| Answer::not_authorized("any", "arn:aws:ssm:eu-west-1:123456789012:any")));

    let mut command = Command::new(COMMAND);
    command.arg("stage").args(arguments).current_dir(package.path());
    environment::clear(&mut command);
    command.env("CARGO", cargo()).env("AWS_ENDPOINT_URL", &AWS.url);
    command.env("AWS_REGION", "eu-west-1").env("AWS_ACCESS_KEY_ID", "test").env("AWS_SECRET_ACCESS_KEY", "test");
    command
}

fn help(package: &Package, arguments: &[&str]) -> String {
    run_command(command(package, arguments).arg("--help"), b"").assert_code(0).stdout
}

/// The verbs, from the help, so that a new one is looked at too.
fn verbs(package: &Package) -> Vec<Verb> {
    let text = help(package, &[]);
    let lines = text.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    let verb = |name: &str| Verb { name: name.to_owned(), options: options(&help(package, &[name])) };
    names.map(verb).collect()
}

/// The options that take a value. Paths and names of AWS are left out: the message is about them, and tells which.
fn options(help: &str) -> Vec<String> {
    let lines = help.lines().map(str::trim_start).filter(|line| line.starts_with('-') && line.contains(" <"));
    let of_value =
        lines.filter(|line| !line.contains("<PATH>") && !line.contains("<FILE>") && !line.contains("<FOLDER>"));
    let name = |line: &str| line.split_whitespace().find(|word| word.starts_with("--")).map(str::to_owned);
    let of_aws = ["--profile", "--role-arn", "--kms-key"];
    of_value.filter_map(name).filter(|name| !of_aws.contains(&name.as_str())).collect()
}

/// The arguments of one verb with a secret among them.
fn list_lines(verb: &Verb) -> Vec<Vec<String>> {
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
    // The stage alone, and as a pattern.
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
    lines.into_iter().map(|line| line.into_iter().map(str::to_owned).collect()).collect()
}

/// Nothing else in the line is wrong: the error is about the stage, and says how to give another.
#[test]
fn the_error_for_a_stage_names_the_option_and_not_the_word() {
    let package = Package::new("");
    payments::write_artifacts(&package);
    let artifact = package.path().join(payments::PATH);
    let run = |line: &[&str]| {
        let (options, rest) = line.split_at(1);
        let mut command = command(&package, options);
        run_command(command.arg("--artifact").arg(&artifact).args(rest), b"").assert_code(2)
    };
    for stage in [SECRET, NAME] {
        for verb in ["show", "check", "export", "exec", "iam"] {
            let program: &[&str] = if verb == "exec" { &["--", "true"] } else { &[] };
            let ran = run(&[&[verb, "--stage", stage], program].concat());
            assert_clean(verb, &format!("{}{}", ran.stdout, ran.stderr));
            assert!(!ran.stderr.contains(NAME), "{verb}: {}", ran.stderr);
            ran.assert_stderr("not shown").assert_stderr("give --stage one of the declared stages: `dev`");
        }
    }
}

#[test]
fn no_verb_repeats_a_misplaced_secret() {
    let package = Package::new("");
    payments::write_artifacts(&package);
    let verbs = verbs(&package);
    assert!(verbs.len() >= 16 && verbs.iter().any(|verb| verb.options.len() > 8), "the help is not understood");
    let artifact = package.path().join(payments::PATH);
    for verb in &verbs {
        for line in list_lines(verb) {
            let mut command = command(&package, &[&verb.name]);
            if !matches!(verb.name.as_str(), "seal" | "completions" | "man") {
                command.arg("--artifact").arg(&artifact);
            }
            let ran = run_command(command.args(&line), b"");
            let (what, told) = (format!("{} {}", verb.name, line.join(" ")), format!("{}{}", ran.stdout, ran.stderr));
            assert_clean(&what, &told);
            assert!(!told.contains(&BASE64[..12]) && !told.contains(&NAME[..8]), "{what}: {told}");
        }
    }
}
