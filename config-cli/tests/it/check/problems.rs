//! The problems that a check finds, and their help.

use serde_json::{Value, json};
use stage_config::{SecretString, StageConfig};

use super::{Config, check, complete_values, fields_by_name, run, start_endpoint};
use crate::support::endpoint::{Answer, Endpoint, Parameter, Parameters, Secret, Secrets, answer};
use crate::support::package::Package;
use crate::support::planted::{SECRET, assert_clean};

fn help(field: &Value) -> &str {
    field["failure"]["help"]
        .as_str()
        .unwrap_or_else(|| panic!("{field}"))
}

#[test]
fn one_table_lists_missing_denied_and_undecodable_fields() {
    let parameters = Parameters::texts([
        ("/it-check/prod/port", "80a80"),
        ("/it-check/prod/hosts", "::1"),
    ]);
    let secrets = Secrets::texts([("it-check/prod", "{}")]);
    let endpoint = Endpoint::start(move |request| {
        if request.asks_for("/it-check/prod/key") {
            Answer::denied("/it-check/prod/key")
        } else {
            answer(request, &parameters, &secrets)
        }
    });
    let ran = check(&endpoint.url, &["--stage", "prod"])
        .assert_code(1)
        .assert_stderr("wrong: 4");
    for line in [
        "key (secret)       DENIED",
        "password (secret)  MISSING",
        "port               UNDECODABLE",
        "table              MISSING",
        "\nhelp: cargo stage set table --stage prod --artifact ",
        "\nhelp: cargo stage set password --stage prod --artifact ",
        "\nhelp: to store a whole number from 0 to 65535: cargo stage set port --stage prod \
         --overwrite --artifact ",
        "help: allow `ssm:GetParameters` on \
         `arn:aws:ssm:eu-west-1:123456789012:parameter/it-check/prod/key`",
    ] {
        assert!(
            ran.stdout.contains(line),
            "{line:?} is not in:\n{}",
            ran.stdout
        );
    }
    // Fields without a problem come after fields with one.
    let position = |text: &str| {
        ran.stdout
            .find(text)
            .unwrap_or_else(|| panic!("{text}: {}", ran.stdout))
    };
    assert!(
        position("MISSING") < position("hosts ") && position("UNDECODABLE") < position("hosts "),
        "{}",
        ran.stdout
    );

    let json =
        super::parse_json(&check(&endpoint.url, &["--stage", "prod", "--json"]).assert_code(1));
    assert_eq!(
        (&json["result"], &json["stages"][0]["result"]),
        (&json!("incomplete"), &json!("incomplete"))
    );
    let fields = fields_by_name(&json);
    for (field, kind) in [
        ("key", "denied"),
        ("password", "missing"),
        ("table", "missing"),
        ("port", "undecodable"),
    ] {
        assert_eq!(
            (&fields[field]["result"], &fields[field]["failure"]["kind"]),
            (&json!("wrong"), &json!(kind))
        );
    }
    assert!(
        fields["password"]["failure"]["detail"]
            .as_str()
            .is_some_and(|detail| detail.contains("no key `password`"))
    );
}

#[test]
fn missing_values_have_a_common_help() {
    const ASK: &str = "help: to let the command ask for each missing value: cargo stage set \
                       --missing --stage prod";
    const REGION: &str = "help: no value was found in eu-west-1; for another region, give --region";
    let check_with = |parameters, secrets| {
        let endpoint = start_endpoint((parameters, secrets));
        check(&endpoint.url, &["--stage", "prod"])
            .assert_code(1)
            .stdout
    };

    let stdout = check_with(Parameters::default(), Secrets::default());
    assert!(stdout.contains(ASK) && stdout.contains(REGION), "{stdout}");

    let secret = Secrets::texts([("it-check/prod", "{}")]);
    let stdout = check_with(Parameters::default(), secret);
    assert!(stdout.contains(ASK), "{stdout}");
    assert!(
        !stdout.contains(REGION),
        "a secret is in the region: {stdout}"
    );

    let (parameters, _) = complete_values();
    let stdout = check_with(parameters, Secrets::default());
    assert!(!stdout.contains(ASK), "only one value is missing: {stdout}");
}

#[test]
fn no_other_region_is_suggested_if_every_source_names_its_region() {
    #[derive(StageConfig)]
    #[stage(prod = "/it-check/prod/{field}?region=us-east-1")]
    #[allow(dead_code, reason = "only its schema is used")]
    struct Elsewhere {
        table: String,
        queue: String,
    }

    let endpoint = start_endpoint((Parameters::default(), Secrets::default()));
    let ran = run::<Elsewhere>(
        &Package::new(""),
        "check",
        &endpoint.url,
        &["--stage", "prod"],
    );
    let stdout = ran.assert_code(1).stdout;
    assert!(stdout.contains("MISSING"), "{stdout}");
    assert!(!stdout.contains("no value was found in"), "{stdout}");
}

/// If one action solves the problem of several fields, the help for this action is printed only
/// once.
#[test]
fn a_shared_help_is_printed_once() {
    let endpoint = Endpoint::start(|_| Answer::expired_token());
    let ran = check(&endpoint.url, &["--stage", "prod"])
        .assert_code(2)
        .assert_stderr("not checked: 6");
    assert!(
        ran.stdout.contains("prod: could not be checked"),
        "{}",
        ran.stdout
    );
    assert_eq!(
        ran.stdout
            .matches("help: sign in, or name the identity")
            .count(),
        1,
        "{}",
        ran.stdout
    );
    assert_eq!(
        ran.stdout.matches("no usable credentials").count(),
        1,
        "{}",
        ran.stdout
    );
}

#[test]
fn a_known_error_outranks_a_failed_request() {
    let endpoint = Endpoint::start(|request| match request.service.as_str() {
        "AmazonSSM" => Parameters::default().answer(request),
        _ => Answer::expired_token(),
    });
    let json =
        super::parse_json(&check(&endpoint.url, &["--stage", "prod", "--json"]).assert_code(1));
    let fields = fields_by_name(&json);
    assert_eq!(
        (&fields["table"]["result"], &fields["password"]["result"]),
        (&json!("wrong"), &json!("unchecked"))
    );
}

#[test]
fn plain_text_is_wrong_only_for_a_secret() {
    let (parameters, secrets) = complete_values();
    let endpoint = start_endpoint((
        parameters.with("/it-check/prod/key", Parameter::text("sk_live ")),
        secrets,
    ));
    for arguments in [
        &["--stage", "prod", "--json"][..],
        &["--stage", "prod", "--json", "--no-decrypt"],
    ] {
        let json = super::parse_json(&check(&endpoint.url, arguments).assert_code(1));
        let fields = fields_by_name(&json);
        assert_eq!(fields["key"]["failure"]["kind"], "plaintext", "{json}");
        let help = help(&fields["key"]);
        assert!(help.contains("cargo stage rm key --stage prod"), "{help}");
        // The white space has no help of its own, because that help would not work.
        assert_eq!(fields["key"]["warnings"], json!([]));
        assert_eq!(fields["table"]["failure"], Value::Null);
    }
}

#[test]
fn white_space_causes_a_warning_around_text_but_not_around_numbers() {
    let (parameters, secrets) = complete_values();
    let parameters = parameters
        .with("/it-check/prod/table", Parameter::text("orders\n"))
        .with("/it-check/prod/key", Parameter::secure(" sk_live"))
        .with("/it-check/prod/port", Parameter::text(" 8080\n"));
    let endpoint = start_endpoint((parameters, secrets));
    let json =
        super::parse_json(&check(&endpoint.url, &["--stage", "prod", "--json"]).assert_code(0));
    let fields = fields_by_name(&json);
    let warning = &fields["table"]["warnings"][0];
    assert_eq!(
        (&warning["kind"], &fields["table"]["result"]),
        (&json!("white_space"), &json!("ok"))
    );
    assert!(
        warning["detail"]
            .as_str()
            .is_some_and(|detail| detail.contains("line end")),
        "{warning}"
    );
    assert!(
        warning["help"]
            .as_str()
            .is_some_and(|help| help.contains("set table --stage prod --overwrite"))
    );
    assert_eq!(fields["key"]["warnings"][0]["kind"], "white_space");
    assert_eq!(fields["port"]["warnings"], json!([]));
    // Every line of a PEM key ends with a line end, including the last line.
    let pem = "-----BEGIN-----\nMIIE\n-----END-----\n";
    let (parameters, secrets) = complete_values();
    let endpoint = start_endpoint((
        parameters.with("/it-check/prod/key", Parameter::secure(pem)),
        secrets,
    ));
    check(&endpoint.url, &["--stage", "prod"])
        .assert_code(0)
        .assert_stderr("warnings: 0");
}

/// Text fields: two read a whole secret, and one reads a key of a secret.
#[derive(StageConfig)]
#[allow(dead_code, reason = "only its schema is used")]
struct Login {
    #[stage(prod = "secret:it-check/login")]
    whole: SecretString,
    #[stage(prod = "secret:it-check/login#password")]
    password: SecretString,
    #[stage(prod = "secret:it-check/certificate")]
    certificate: SecretString,
}

#[test]
fn a_text_field_that_reads_a_whole_json_secret_causes_a_warning() {
    let login = format!(r#"{{"username": "app", "password": "{SECRET}"}}"#);
    let secrets = Secrets::texts([
        ("it-check/login", login.as_str()),
        ("it-check/certificate", "{not JSON}"),
    ]);
    let endpoint = Endpoint::start(move |request| secrets.answer(request));
    let ran = run::<Login>(
        &Package::new(""),
        "check",
        &endpoint.url,
        &["--stage", "prod"],
    )
    .assert_code(0)
    .assert_stderr("warnings: 1");
    assert_clean("check", &ran.stdout);
    assert!(
        ran.stdout
            .contains("warning: the secret is a JSON object, and the field reads all of it")
            && ran
                .stdout
                .contains("name it in the source: secret:it-check/login#KEY"),
        "{}",
        ran.stdout
    );
}

#[test]
fn each_failure_of_a_secret_has_its_own_help() {
    for (secret, kind, command) in [
        (
            Secret::Empty,
            "no_value",
            "cargo stage set password --stage prod",
        ),
        (
            Secret::Deleted,
            "marked_for_deletion",
            "restore-secret --secret-id it-check/prod",
        ),
        (
            Secret::Denied,
            "denied",
            "allow `secretsmanager:GetSecretValue`",
        ),
    ] {
        let (parameters, _) = complete_values();
        let endpoint =
            start_endpoint((parameters, Secrets::default().with("it-check/prod", secret)));
        let json =
            super::parse_json(&check(&endpoint.url, &["--stage", "prod", "--json"]).assert_code(1));
        let password = &fields_by_name(&json)["password"];
        assert_eq!(password["failure"]["kind"], kind);
        assert!(help(password).contains(command), "{password}");
    }
}

/// With `--env-file`, a variable in the file is verified. Without `--env-file`, the result is
/// unknown.
#[test]
fn an_env_file_provides_the_variables_of_the_deployment() {
    let package = Package::new("");
    package.write(
        "prod.env",
        "# the variables of the Lambda function\nexport LOG_LEVEL='info'\nOTHER=1\n",
    );
    let endpoint = start_endpoint(complete_values());
    let check_log_level = |arguments: &[&str]| {
        let arguments = [&["--stage", "prod", "--json"], arguments].concat();
        let json = super::parse_json(
            &super::run::<Config>(&package, "check", &endpoint.url, &arguments).assert_code(0),
        );
        fields_by_name(&json)["log_level"].clone()
    };
    assert_eq!(check_log_level(&["--env-file", "prod.env"])["result"], "ok");
    let unknown = check_log_level(&[]);
    assert_eq!(
        (&unknown["result"], &unknown["unverified"][0]["kind"]),
        (&json!("unknown"), &json!("source"))
    );
}

/// The console of Lambda encrypts a variable for one function, so the file must contain the name of
/// the function.
#[test]
fn a_lambda_context_needs_the_name_of_the_function_in_the_file() {
    #[derive(StageConfig)]
    #[allow(dead_code, reason = "only its schema is used")]
    struct Encrypted {
        #[stage(prod = "kms-env:STRIPE_KEY?context=lambda")]
        stripe_key: String,
    }

    let package = Package::new("");
    package.write("prod.env", "STRIPE_KEY=QUJD\n");
    let endpoint = Endpoint::start(|_| Answer::internal_error());
    let arguments = ["--stage", "prod", "--json", "--env-file", "prod.env"];
    let ran = super::run::<Encrypted>(&package, "check", &endpoint.url, &arguments);
    let json = super::parse_json(&ran.assert_code(1));
    let expected = "add `AWS_LAMBDA_FUNCTION_NAME=NAME` to the file, with the name of the function";
    assert_eq!(help(&fields_by_name(&json)["stripe_key"]), expected);
}
