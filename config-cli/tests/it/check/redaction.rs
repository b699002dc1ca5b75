//! No output of `check` or `diff` shows a value or a part of one. An absent artifact is reported.

use super::{Config, run};
use crate::support::endpoint::{Answer, Endpoint, Parameter, Parameters, Secrets, answer};
use crate::support::package::{Package, run_command};
use crate::support::planted::{DIGITS, SECRET, assert_clean};

/// Every output format of the commands, and every mode of a read.
const FORMS: [&[&str]; 8] = [
    &["check", "--stage", "prod"],
    &["check", "--format", "github"],
    &["check", "--format", "markdown"],
    &["check", "--json"],
    &["check", "--no-decrypt"],
    &["check", "--offline", "--json"],
    &["diff", "dev", "prod", "--all"],
    &["diff", "dev", "prod", "--json"],
];

fn assert_no_value_shown(context: &str, package: &Package, url: &str) {
    for form in FORMS {
        let ran = run::<Config>(package, form[0], url, &form[1..]);
        assert_clean(
            &format!("{context}, {form:?}"),
            &format!("{}{}", ran.stdout, ran.stderr),
        );
    }
}

/// Serves the same value for several fields of both stages. The types of some fields refuse the
/// value.
fn start_endpoint(value: &str, new_parameter: fn(&str) -> Parameter, secret: &str) -> Endpoint {
    let names = ["key", "table", "port", "hosts", "timeout_s"];
    let names = ["dev", "prod"]
        .iter()
        .flat_map(|stage| names.map(|name| format!("/it-check/{stage}/{name}")));
    let parameters = names.fold(Parameters::default(), |all, name| {
        all.with(&name, new_parameter(value))
    });
    let secrets = Secrets::texts([("it-check/dev", secret), ("it-check/prod", secret)]);
    Endpoint::start_with(parameters, secrets)
}

#[test]
fn values_are_not_printed() {
    let package = Package::new("");
    let json = |value: &str| format!(r#"{{"password": "{value}", "{value}": 1}}"#);
    for (context, value, new_parameter, secret) in [
        (
            "right",
            SECRET,
            Parameter::secure as fn(&str) -> Parameter,
            json(SECRET),
        ),
        ("in plain text", SECRET, Parameter::text, json(SECRET)),
        ("a list", SECRET, Parameter::list, json(SECRET)),
        ("too large a number", DIGITS, Parameter::text, json(DIGITS)),
        (
            "white space",
            &format!("{SECRET}\n"),
            Parameter::secure,
            json(SECRET),
        ),
        ("no JSON", SECRET, Parameter::secure, SECRET.to_owned()),
        (
            "cut off JSON",
            SECRET,
            Parameter::secure,
            format!(r#"{{"password": "{SECRET}"#),
        ),
        (
            "no key in the JSON",
            SECRET,
            Parameter::secure,
            format!(r#"{{"{SECRET}": "{SECRET}"}}"#),
        ),
    ] {
        assert_no_value_shown(
            context,
            &package,
            &start_endpoint(value, new_parameter, &secret).url,
        );
    }
}

/// An error of a server may quote the value that the server received.
#[test]
fn server_messages_are_not_repeated() {
    let package = Package::new("");
    for answer in [
        Answer::error(400, "ValidationException", SECRET),
        Answer::error(400, "AccessDeniedException", SECRET),
        Answer::error(400, "InvalidKeyId", SECRET),
        Answer::error(403, SECRET, SECRET),
    ] {
        let endpoint = Endpoint::start(move |_| answer.clone());
        assert_no_value_shown("an error", &package, &endpoint.url);
    }
}

#[test]
fn env_files_are_not_quoted() {
    let package = Package::new("");
    package.write("good.env", format!("LOG_LEVEL='{SECRET}'\n"));
    package.write(
        "bad.env",
        format!("LOG_LEVEL='{SECRET}'\n{SECRET}\n={SECRET}\nA=\"{SECRET}\n"),
    );
    let endpoint =
        Endpoint::start(|request| answer(request, &Parameters::default(), &Secrets::default()));
    for (file, code) in [("good.env", 1), ("bad.env", 2)] {
        for form in [
            &["check", "--json", "--env-file", file][..],
            &["check", "--offline", "--env-file", file],
        ] {
            let ran = run::<Config>(&package, form[0], &endpoint.url, &form[1..]);
            assert_clean(file, &format!("{}{}", ran.stdout, ran.stderr));
            assert!(
                ran.code == Some(code) || form.contains(&"--offline"),
                "{ran:?}"
            );
        }
        let arguments = ["dev", "prod", "--env-file-a", file, "--env-file-b", file];
        let ran = run::<Config>(&package, "diff", &endpoint.url, &arguments);
        assert_clean(file, &format!("{}{}", ran.stdout, ran.stderr));
    }
}

#[test]
fn an_absent_artifact_is_reported() {
    let package = Package::new("");
    let mut command = package.verb_command(&["check", "--stage", "prod", "--artifact", "absent"]);
    run_command(&mut command, SECRET.as_bytes())
        .assert_code(2)
        .assert_stderr("absent");
}
