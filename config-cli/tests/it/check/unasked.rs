//! What a check says where a source cannot be asked: neither that a stage is complete, nor that it is not.

use serde_json::{Value, json};
use stage_config::{SecretString, StageConfig};

use super::{fields_by_name, parse_json as parsed, run};
use crate::support::endpoint::{Endpoint, Parameters, Secrets};
use crate::support::package::Package;

#[derive(StageConfig)]
#[stage(prod = "/it-unasked/{field}")]
#[config(schemes("vault"))]
#[allow(dead_code, reason = "only its description is used")]
struct Config {
    #[config(nested)]
    mail: Option<Mail>,
    #[stage(prod = ["vault:port", "/it-unasked/port"])]
    port: Option<u16>,
}

#[derive(StageConfig)]
#[config(inherit)]
#[allow(dead_code, reason = "only its description is used")]
struct Mail {
    #[stage(prod = "env:MAIL_HOST")]
    host: String,
    #[stage(prod = "secret:it-unasked#password")]
    password: SecretString,
    user: String,
    from: Option<String>,
}

fn check(parameters: Parameters, secrets: Secrets, variables: Option<&str>, arguments: &[&str]) -> (Value, Value) {
    let package = Package::new("");
    let endpoint = Endpoint::start_with(parameters, secrets);
    let mut arguments = [&["--stage", "prod", "--json"], arguments].concat();
    if let Some(variables) = variables {
        package.write("prod.env", variables);
        arguments.extend(["--env-file", "prod.env"]);
    }
    let json = parsed(&run::<Config>(&package, "check", &endpoint.url, &arguments));
    (json["result"].clone(), serde_json::to_value(fields_by_name(&json)).expect("it is JSON"))
}

fn results(fields: &Value) -> [&Value; 4] {
    ["mail.host", "mail.password", "mail.user", "mail.from"].map(|field| &fields[field]["result"])
}

#[test]
fn a_struct_of_which_nothing_is_known_is_neither_absent_nor_there() {
    let none = || (Parameters::default(), Secrets::default());
    let (parameters, secrets) = none();
    let (result, fields) = check(parameters, secrets, None, &[]);
    assert_eq!(result, "complete");
    assert_eq!(results(&fields), ["unknown", "unknown", "unknown", "absent"].map(|word| json!(word)).each_ref());
    let detail = fields["mail.user"]["unverified"][0]["detail"].as_str().expect("a text");
    assert_eq!(detail, "whether its struct is there, which env:MAIL_HOST decides");

    // With the variable it is there, and the rest of it is missing.
    let (parameters, secrets) = none();
    let (result, fields) = check(parameters, secrets, Some("MAIL_HOST=smtp\n"), &[]);
    assert_eq!(result, "incomplete");
    assert_eq!(results(&fields), ["ok", "wrong", "wrong", "absent"].map(|word| json!(word)).each_ref());

    // Something of it is there, whatever the variable is.
    let (result, fields) = check(Parameters::texts([("/it-unasked/mail/user", "u")]), Secrets::default(), None, &[]);
    assert_eq!(result, "incomplete");
    assert_eq!(results(&fields), ["unknown", "wrong", "ok", "absent"].map(|word| json!(word)).each_ref());
}

/// A secret that was not looked into may lack the key, and with it the struct.
#[test]
fn a_secret_that_is_not_decrypted_makes_no_struct() {
    let secrets = || Secrets::texts([("it-unasked", r#"{"password":"p"}"#)]);
    let (result, fields) = check(Parameters::default(), secrets(), None, &["--no-decrypt"]);
    assert_eq!(result, "complete");
    assert_eq!(results(&fields), ["unknown", "exists", "unknown", "absent"].map(|word| json!(word)).each_ref());
    let (result, fields) = check(Parameters::default(), secrets(), None, &[]);
    assert_eq!(result, "incomplete");
    assert_eq!(results(&fields), ["unknown", "ok", "wrong", "absent"].map(|word| json!(word)).each_ref());
}

/// An earlier source may have a value; then the wrong one is not read.
#[test]
fn what_is_wrong_behind_a_source_that_was_not_asked_is_not_known_to_be_wrong() {
    let (result, fields) = check(Parameters::texts([("/it-unasked/port", "80a80")]), Secrets::default(), None, &[]);
    assert_eq!((result, &fields["port"]["result"]), (json!("complete"), &json!("unknown")));
    let details: Vec<&str> = fields["port"]["unverified"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|open| open["detail"].as_str().expect("a text"))
        .collect();
    assert_eq!(
        details,
        [
            "vault:port (a store that the program itself brings)",
            "/it-unasked/port is undecodable if nothing is there: expected a whole number from 0 to 65535"
        ]
    );
}
