//! Sources with `?role=`: `check` reads them, `iam` prints the policies for the roles, and `set`,
//! `rm`, `rollback` and `history` refuse them.

use serde_json::{Value, json};
use stage_config::{SecretString, StageConfig};

use crate::check::{fields_by_name, parse_json, run};
use crate::support::endpoint::{
    Endpoint, Parameter, Parameters, Request, Secrets, accept_role, is_role_request, refuse_role,
};
use crate::support::package::{Package, RunOutput};

const ROLE: &str = "arn:aws:iam::210987654321:role/central";

#[derive(StageConfig)]
#[stage(prod = "/it-roles/{field}")]
#[allow(dead_code, reason = "only its schema is used")]
struct Config {
    own: String,
    #[stage(prod = "/it-roles/shared?role=arn:aws:iam::210987654321:role/central")]
    shared: SecretString,
    #[stage(prod = "secret:it-roles/key?role=arn:aws:iam::210987654321:role/central")]
    key: Option<SecretString>,
}

fn run_verb(url: &str, verb: &str, arguments: &[&str]) -> RunOutput {
    let ran = run::<Config>(&Package::new(""), verb, url, arguments);
    let text = format!("{}{}", ran.stdout, ran.stderr);
    assert!(!text.contains("4f2a"), "{text}");
    ran
}

fn values() -> Parameters {
    Parameters::texts([("/it-roles/own", "own")])
        .with("/it-roles/shared", Parameter::secure("planted-4f2a"))
}

fn start(may_assume: bool) -> Endpoint {
    Endpoint::start(move |request: &Request| {
        if is_role_request(request) {
            let message = "User: arn:aws:iam::123456789012:user/anna is not authorized to perform: \
                           sts:AssumeRole on resource: arn:aws:iam::210987654321:role/central";
            return if may_assume {
                accept_role("planted-4f2a")
            } else {
                refuse_role(403, "AccessDenied", message)
            };
        }
        match request.service.as_str() {
            "secretsmanager" => Secrets::default().answer(request),
            _ => values().answer(request),
        }
    })
}

#[test]
fn check_reads_with_the_role() {
    let endpoint = start(true);
    let ran = run_verb(&endpoint.url, "check", &["--stage", "prod", "--json"]).assert_code(0);
    let fields = fields_by_name(&parse_json(&ran));
    assert_eq!(fields["shared"]["result"], "ok");
    let source = format!("/it-roles/shared?role={ROLE}");
    assert_eq!(fields["shared"]["source"], json!(source));
    let requests = endpoint.requests();
    let assumed = requests.iter().filter(|one| is_role_request(one)).count();
    assert_eq!(assumed, 1, "{requests:?}");
}

#[test]
fn check_distinguishes_a_denied_role_from_a_denied_read() {
    let endpoint = start(false);
    let ran = run_verb(&endpoint.url, "check", &["--stage", "prod", "--json"]).assert_code(1);
    let fields = fields_by_name(&parse_json(&ran));
    assert_eq!(fields["own"]["result"], "ok");
    let failure = fields["shared"].to_string();
    let detail = format!("arn:aws:iam::123456789012:user/anna may not assume {ROLE}");
    assert!(failure.contains(&detail), "{failure}");
    assert!(failure.contains("sts:AssumeRole"), "{failure}");
}

#[test]
fn iam_prints_the_policy_of_the_program_and_of_each_role() {
    let location = [
        "--offline",
        "--account",
        "123456789012",
        "--region",
        "eu-west-1",
    ];
    let iam = |arguments: &[&str]| {
        let arguments = [&["--stage", "prod"], &location[..], arguments].concat();
        run_verb("http://127.0.0.1:1", "iam", &arguments)
    };
    let statement = |ran: &RunOutput, sid: &str| -> Value {
        let policy = parse_json(ran);
        let statements = policy["Statement"].as_array().expect("a list");
        let found = statements.iter().find(|one| one["Sid"] == sid);
        found.cloned().unwrap_or_default()
    };

    let ran = iam(&[]).assert_code(0);
    let assume = statement(&ran, "AssumeRoles");
    assert_eq!(assume["Action"], json!(["sts:AssumeRole"]));
    assert_eq!(assume["Resource"], json!([ROLE]));
    let own = "arn:aws:ssm:eu-west-1:123456789012:parameter/it-roles/own";
    assert_eq!(statement(&ran, "ReadParameters")["Resource"], json!([own]));
    assert_eq!(statement(&ran, "ReadSecrets"), Value::Null);
    let command = format!("cargo stage iam --stage prod --for-role {ROLE}");
    assert!(ran.stderr.contains(&command), "{}", ran.stderr);

    let ran = iam(&["--for-role", ROLE]).assert_code(0);
    let shared = "arn:aws:ssm:eu-west-1:210987654321:parameter/it-roles/shared";
    assert_eq!(
        statement(&ran, "ReadParameters")["Resource"],
        json!([shared])
    );
    let key = "arn:aws:secretsmanager:eu-west-1:210987654321:secret:it-roles/key-??????";
    assert_eq!(statement(&ran, "ReadSecrets")["Resource"], json!([key]));
    assert_eq!(statement(&ran, "AssumeRoles"), Value::Null);
    let note = "allow `kms:Decrypt` on it in the policy of the role";
    assert!(ran.stderr.contains(note), "{}", ran.stderr);
    assert!(!ran.stderr.contains("--kms-key"), "{}", ran.stderr);

    iam(&["--for-role", "arn:aws:iam::210987654321:role/centrel"])
        .assert_code(2)
        .assert_stderr("no source of the stage names this role in `?role=`")
        .assert_stderr(ROLE);
    iam(&["--for", "write"])
        .assert_code(0)
        .assert_stderr("is read through the role");
}

#[test]
fn set_rm_rollback_and_history_refuse_a_source_with_a_role() {
    let endpoint = start(true);
    for verb in ["set", "rm", "rollback", "history"] {
        let yes: &[&str] = match verb {
            "rm" | "rollback" => &["--yes"],
            _ => &[],
        };
        let arguments = [&["shared", "--stage", "prod"], yes].concat();
        run_verb(&endpoint.url, verb, &arguments)
            .assert_code(1)
            .assert_stderr(ROLE);
    }
    assert!(endpoint.requests().is_empty());
}
