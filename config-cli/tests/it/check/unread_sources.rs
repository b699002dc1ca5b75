//! A field whose source a check cannot read is unknown: neither ok nor wrong.

use serde_json::{Value, json};
use stage_config::{SecretString, StageConfig};

use super::{fields_by_name, parse_json as parsed, run};
use crate::support::endpoint::{Endpoint, Parameters, Secrets};
use crate::support::package::Package;

#[derive(StageConfig)]
#[stage(prod = "/it-unread/{field}")]
#[config(schemes("vault"))]
#[allow(dead_code, reason = "only its schema is used")]
struct Config {
    #[config(nested)]
    mail: Option<Mail>,
    #[stage(prod = ["vault:port", "/it-unread/port"])]
    port: Option<u16>,
}

#[derive(StageConfig)]
#[config(inherit)]
#[allow(dead_code, reason = "only its schema is used")]
struct Mail {
    #[stage(prod = "env:MAIL_HOST")]
    host: String,
    #[stage(prod = "secret:it-unread#password")]
    password: SecretString,
    user: String,
    from: Option<String>,
}

fn check(
    parameters: Parameters,
    secrets: Secrets,
    variables: Option<&str>,
    arguments: &[&str],
) -> (Value, Value) {
    let package = Package::new("");
    let endpoint = Endpoint::start_with(parameters, secrets);
    let mut arguments = [&["--stage", "prod", "--json"], arguments].concat();
    if let Some(variables) = variables {
        package.write("prod.env", variables);
        arguments.extend(["--env-file", "prod.env"]);
    }
    let json = parsed(&run::<Config>(&package, "check", &endpoint.url, &arguments));
    (
        json["result"].clone(),
        serde_json::to_value(fields_by_name(&json)).expect("the text is JSON"),
    )
}

fn results(fields: &Value) -> [&Value; 4] {
    ["mail.host", "mail.password", "mail.user", "mail.from"].map(|field| &fields[field]["result"])
}

#[test]
fn a_struct_without_known_values_is_unknown() {
    let none = || (Parameters::default(), Secrets::default());
    let (parameters, secrets) = none();
    let (result, fields) = check(parameters, secrets, None, &[]);
    assert_eq!(result, "complete");
    assert_eq!(
        results(&fields),
        ["unknown", "unknown", "unknown", "absent"]
            .map(|word| json!(word))
            .each_ref()
    );
    let detail = fields["mail.user"]["unverified"][0]["detail"]
        .as_str()
        .expect("a text");
    assert_eq!(
        detail,
        "whether its optional struct exists, which depends on env:MAIL_HOST"
    );

    // With the variable, the struct is present, and its other required fields are missing.
    let (parameters, secrets) = none();
    let (result, fields) = check(parameters, secrets, Some("MAIL_HOST=smtp\n"), &[]);
    assert_eq!(result, "incomplete");
    assert_eq!(
        results(&fields),
        ["ok", "wrong", "wrong", "absent"]
            .map(|word| json!(word))
            .each_ref()
    );

    // One field of the struct has a value, so the struct is present with or without the variable.
    let (result, fields) = check(
        Parameters::texts([("/it-unread/mail/user", "u")]),
        Secrets::default(),
        None,
        &[],
    );
    assert_eq!(result, "incomplete");
    assert_eq!(
        results(&fields),
        ["unknown", "wrong", "ok", "absent"]
            .map(|word| json!(word))
            .each_ref()
    );
}

/// A secret that was not decrypted may lack the key `password`, and then the struct may be absent.
#[test]
fn an_undecrypted_secret_does_not_make_a_struct_present() {
    let secrets = || Secrets::texts([("it-unread", r#"{"password":"p"}"#)]);
    let (result, fields) = check(Parameters::default(), secrets(), None, &["--no-decrypt"]);
    assert_eq!(result, "complete");
    assert_eq!(
        results(&fields),
        ["unknown", "exists", "unknown", "absent"]
            .map(|word| json!(word))
            .each_ref()
    );
    let (result, fields) = check(Parameters::default(), secrets(), None, &[]);
    assert_eq!(result, "incomplete");
    assert_eq!(
        results(&fields),
        ["unknown", "ok", "wrong", "absent"]
            .map(|word| json!(word))
            .each_ref()
    );
}

/// An earlier source may have a value, and then a load does not use the wrong value.
#[test]
fn a_wrong_value_after_an_unread_source_is_unknown() {
    let (result, fields) = check(
        Parameters::texts([("/it-unread/port", "80a80")]),
        Secrets::default(),
        None,
        &[],
    );
    assert_eq!(
        (result, &fields["port"]["result"]),
        (json!("complete"), &json!("unknown"))
    );
    let details: Vec<&str> = fields["port"]["unverified"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|open| open["detail"].as_str().expect("a text"))
        .collect();
    assert_eq!(
        details,
        [
            "vault:port (one of the program's own stores)",
            "/it-unread/port: undecodable: expected a whole number from 0 to 65535. A load uses this \
             source only if the sources that were not read have no value"
        ]
    );
}
