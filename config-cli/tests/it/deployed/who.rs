//! `cargo stage who`.

use serde_json::{Value, json};
use stage_config::{SecretString, StageConfig};

use super::{Aws, build_zip, digest, run_in};
use crate::support::endpoint::{Answer, Endpoint};
use crate::support::functions::{Function, is_function_list, list_functions};
use crate::support::package::{Package, RunOutput};
use crate::support::planted::{SECRET, assert_clean};

#[derive(StageConfig)]
#[stage(dev = "/it-deployed/dev/{field}", prod = "/it-deployed/prod/{field}")]
#[config(refresh = "5m")]
#[allow(dead_code, reason = "only its schema is used")]
struct Live {
    table: String,
    #[stage(dev = "secret:it-deployed/dev", prod = "secret:it-deployed/prod#other")]
    key: SecretString,
    #[stage(all = "/it-deployed/prod/table:3")]
    old_table: String,
    #[stage(all = "/it-deployed/all/*")]
    all: std::collections::BTreeMap<String, String>,
}

/// Starts AWS with the functions `payments` (prod), `live` (prod) and `live-dev` (dev), and with
/// `other`, which is not a Rust program. The list of the functions has two pages.
fn start() -> Endpoint {
    let mut aws = Aws::new();
    let zip = build_zip(&[Live::__manifest()]);
    for (name, stage) in [("live", "prod"), ("live-dev", "dev")] {
        let function = Function::new(name, &digest(&zip), "").with_variables([("stage", stage)]);
        let location = format!("LIVE/{name}");
        let mut function = function;
        function.code["Location"] = json!(location);
        aws.functions.insert(name.to_owned(), function);
    }
    let other = Function::new("other", "", "").with("Runtime", json!("nodejs22.x"));
    aws.functions.insert("other".to_owned(), other);
    aws.start_with_code(("LIVE", zip), |request| {
        if !is_function_list(request) {
            return None;
        }
        let names = |names: &[&str]| {
            names
                .iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        Some(if request.line.contains("Marker=next") {
            list_functions(&names(&["live-dev", "other"]), None)
        } else {
            list_functions(&names(&["payments", "live"]), Some("next"))
        })
    })
}

fn run_who(endpoint: &Endpoint, arguments: &[&str]) -> RunOutput {
    let ran = run_in(&Package::new(""), endpoint, "who", arguments);
    assert_clean("who", &format!("{}{}", ran.stdout, ran.stderr));
    ran
}

/// Returns the readers as `FUNCTION STAGE FIELD NEW_VALUE`.
fn list_readers(ran: &RunOutput) -> Vec<String> {
    let json: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    let mut lines = Vec::new();
    for function in json["functions"].as_array().expect("a list") {
        for reader in function["readers"].as_array().expect("a list") {
            let parts = [&function["function"], &reader["stage"], &reader["field"]];
            let parts = parts.map(|part| part.as_str().unwrap_or_default());
            lines.push(format!("{} {}", parts.join(" "), reader["new_value"]));
        }
    }
    lines
}

#[test]
fn the_readers_of_a_parameter_are_listed_with_the_time_of_a_new_value() {
    let endpoint = start();
    let arn = "arn:aws:ssm:eu-west-1:123456789012:parameter/it-deployed/prod/table";
    for source in [
        "/it-deployed/prod/table",
        "ssm:/it-deployed/prod/table",
        arn,
    ] {
        let ran = run_who(&endpoint, &[source, "--json"]).assert_code(0);
        assert_eq!(
            list_readers(&ran),
            [
                "live prod table {\"within_ms\":300000}",
                "live prod old_table \"never\"",
                "live-dev dev old_table \"never\"",
                "payments prod table \"next_deployment\"",
            ],
            "{source}"
        );
    }
    let ran = run_who(&endpoint, &["/it-deployed/prod/table"]).assert_code(0);
    for text in [
        "at its next deployment",
        "within 5m",
        "never: the source names a version",
    ] {
        assert!(ran.stdout.contains(text), "{ran:?}");
    }
    assert!(
        ran.stderr
            .contains("3 functions read /it-deployed/prod/table"),
        "{ran:?}"
    );
}

#[test]
fn a_key_a_path_or_a_stage_limits_the_list_of_readers() {
    let endpoint = start();
    let readers = |arguments: &[&str]| {
        let ran = run_who(&endpoint, &[arguments, &["--json"]].concat()).assert_code(0);
        list_readers(&ran)
    };
    let payments = "payments prod key \"next_deployment\"";
    let live = "live prod key {\"within_ms\":300000}";
    assert_eq!(readers(&["secret:it-deployed/prod"]), [live, payments]);
    assert_eq!(readers(&["secret:it-deployed/prod#key"]), [payments]);
    assert_eq!(readers(&["secret:it-deployed/prod#other"]), [live]);
    let all = "live prod all {\"within_ms\":300000}";
    assert_eq!(readers(&["/it-deployed/all/x", "--stage", "prod"]), [all]);
    assert_eq!(readers(&["/it-deployed/other"]), [""; 0]);
    let below = readers(&["/it-deployed/*", "--stage", "dev"]);
    assert_eq!(below.len(), 3, "{below:?}");
}

#[test]
fn a_function_that_cannot_be_read_is_named() {
    let aws = Aws::new().with_function(|function| {
        function.with(
            "Environment",
            json!({ "Error": { "ErrorCode": "AccessDenied", "Message": SECRET } }),
        )
    });
    let endpoint = aws.start();
    let arguments = ["/it-deployed/prod/table", "--function", "payments"];
    let ran = run_who(&endpoint, &arguments).assert_code(2);
    let reason = "not checked completely: payments: Lambda could not decrypt its variables";
    assert!(ran.stderr.contains(reason), "{ran:?}");
    // No stage of the configuration reads this address, so the stage of the function does not
    // matter.
    let other = ["/it-deployed/other", "--function", "payments"];
    run_who(&endpoint, &other).assert_code(0);
    // With `--stage`, the command lists the fields that read the source in that stage, but the
    // stage of the function is still unknown.
    let arguments = [&arguments[..], &["--stage", "prod", "--json"]].concat();
    let ran = run_who(&endpoint, &arguments).assert_code(2);
    assert_eq!(
        list_readers(&ran),
        ["payments prod table \"next_deployment\""]
    );
}

#[test]
fn a_function_with_an_override_is_named() {
    let override_variable = ("STAGE_CONFIG_SOURCE__TABLE", "/it-deployed/elsewhere");
    let variables = super::VARIABLES.into_iter().chain([override_variable]);
    let endpoint = Aws::new().with_variables(variables).start();
    let arguments = ["/it-deployed/elsewhere", "--function", "payments"];
    run_who(&endpoint, &arguments).assert_code(2).assert_stderr(
        "its variable `STAGE_CONFIG_SOURCE__TABLE` replaces the sources or the value of a field",
    );
}

#[test]
fn a_text_that_is_not_an_address_is_refused_and_not_printed() {
    let endpoint = Aws::new().start();
    for text in [SECRET, "env:NAME", "value:x", "", "sealed:key"] {
        let ran = run_who(&endpoint, &[text]).assert_code(2);
        assert!(
            ran.stderr.contains("is not a source in AWS") || text.is_empty(),
            "{ran:?}"
        );
    }
    assert_eq!(endpoint.signed_requests().len(), 0);
}

#[test]
fn a_denied_list_names_the_permission() {
    let message = "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: \
                   lambda:ListFunctions on resource: *";
    let endpoint = Aws::new().start_with(move |request| {
        is_function_list(request).then(|| Answer::error(403, "AccessDeniedException", message))
    });
    run_who(&endpoint, &["/a/b"])
        .assert_code(2)
        .assert_stderr("lambda:ListFunctions");
}

#[test]
fn each_alias_and_each_version_that_it_routes_to_is_read() {
    let mut aws = Aws::new();
    let aliases = vec![("live", "7", vec!["6"]), ("next", "8", vec![])];
    aws.aliases.insert("payments", aliases);
    let endpoint = aws.start();
    let arguments = [
        "/it-deployed/prod/table",
        "--function",
        "payments",
        "--json",
    ];
    let ran = run_who(&endpoint, &arguments).assert_code(0);
    let functions: Vec<String> = list_readers(&ran)
        .iter()
        .filter_map(|line| line.split(' ').next().map(str::to_owned))
        .collect();
    assert_eq!(
        functions,
        ["payments", "payments:6", "payments:live", "payments:next"]
    );
}
