//! `cargo stage orphans`.

use serde_json::{Value, json};
use stage_config::manifest::{encode, encoded_len};
use stage_config::schema::SealedFile;
use stage_config::{Schema, SecretString, StageConfig};

use crate::support::artifact::{build_elf, write_artifact};
use crate::support::endpoint::{Answer, Endpoint, Request, caller, is_caller_request};
use crate::support::package::{Package, RunOutput, run_command};
use crate::support::peers::{Peer, ministack, moto};
use crate::support::planted::{SECRET, assert_clean};
use crate::support::schema::{in_stage, secret_field};
use crate::support::scripted_cargo;
use crate::support::store_clients::StoreClients;

#[derive(StageConfig)]
#[stage(
    dev = "/it-orphans/{field}",
    prod = ["/it-orphans/prod/{field}", "secret:it-orphans/prod/{field}"]
)]
#[allow(dead_code, reason = "only its schema is used")]
struct Config {
    table: SecretString,
    #[stage(all = "/it-orphans/prod/shared")]
    shared: String,
    #[stage(all = "/it-orphans/prod/all/*")]
    all: std::collections::BTreeMap<String, String>,
}

fn run_orphans<T: StageConfig>(url: &str, arguments: &[&str]) -> RunOutput {
    let artifact = write_artifact::<T>();
    let artifact = artifact.to_str().expect("the path is text");
    let package = Package::new("");
    let mut command =
        package.verb_command(&[&["orphans", "--artifact", artifact], arguments].concat());
    command.env("AWS_ENDPOINT_URL", url);
    let ran = run_command(&mut command, b"");
    assert_clean("orphans", &format!("{}{}", ran.stdout, ran.stderr));
    ran
}

fn list_orphans(ran: &RunOutput) -> Vec<String> {
    let json: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
    let orphans = json["orphans"].as_array().expect("a list").iter();
    orphans
        .map(|orphan| {
            let parts = [&orphan["kind"], &orphan["name"]];
            parts
                .map(|part| part.as_str().unwrap_or_default())
                .join(" ")
        })
        .collect()
}

fn fill(peer: &Peer) {
    let clients = StoreClients::new(peer);
    for name in [
        "prod/table",
        "prod/shared",
        "prod/all/x",
        "prod/old",
        "prod/a/older",
        "table",
        "old",
    ] {
        clients.put_secure_string(&format!("/it-orphans/{name}"), SECRET);
    }
    clients.create_secret("it-orphans/prod/table", SECRET);
    clients.create_secret("it-orphans/prod/old", SECRET);
}

#[test]
fn values_that_no_program_reads_are_listed_on_both_servers() {
    for peer in [moto(), ministack()] {
        fill(peer);
        let ran = run_orphans::<Config>(&peer.url, &["--stage", "prod", "--json"]).assert_code(0);
        assert_eq!(
            list_orphans(&ran),
            [
                "parameter /it-orphans/prod/a/older",
                "parameter /it-orphans/prod/old",
                "secret it-orphans/prod/old",
            ],
            "{}",
            peer.name
        );
        // The prefix of `prod` is below the prefix of `dev`. The values below both prefixes belong
        // to `prod`.
        let ran = run_orphans::<Config>(&peer.url, &["--stage", "dev", "--json"]).assert_code(0);
        assert_eq!(
            list_orphans(&ran),
            ["parameter /it-orphans/old"],
            "{}",
            peer.name
        );
    }
}

/// Starts an endpoint that lists 120 parameters, at most 50 on a page, and no secrets.
fn start_pages() -> Endpoint {
    Endpoint::start(|request: &Request| {
        if is_caller_request(request) {
            return caller("123456789012");
        }
        if request.operation == "ListSecrets" {
            return Answer::json(&json!({ "SecretList": [] }));
        }
        assert_eq!(request.operation, "DescribeParameters");
        let page: usize = request.body["NextToken"]
            .as_str()
            .and_then(|token| token.parse().ok())
            .unwrap_or_default();
        let names = (page * 50..(page * 50 + 50).min(120))
            .map(|index| json!({ "Name": format!("/it-orphans/prod/{index:03}") }));
        let next = (page < 2).then(|| (page + 1).to_string());
        Answer::json(&json!({ "Parameters": names.collect::<Vec<_>>(), "NextToken": next }))
    })
}

#[test]
fn every_page_is_read_and_no_value_is_requested() {
    let endpoint = start_pages();
    let ran = run_orphans::<Config>(&endpoint.url, &["--stage", "prod", "--json"]).assert_code(0);
    assert_eq!(list_orphans(&ran).len(), 120);
    let requests = endpoint.signed_requests();
    let mut operations: Vec<&str> = requests.iter().map(|one| one.operation.as_str()).collect();
    operations.sort_unstable();
    operations.dedup();
    assert_eq!(
        operations,
        ["DescribeParameters", "GetCallerIdentity", "ListSecrets"]
    );
    let filter = &requests
        .iter()
        .find(|one| one.operation == "DescribeParameters");
    let filter = &filter.expect("it is requested").body["ParameterFilters"][0];
    assert_eq!(
        *filter,
        json!({ "Key": "Name", "Option": "BeginsWith", "Values": ["/it-orphans/prod/"] })
    );
}

#[derive(StageConfig)]
#[stage(prod = "/{field}")]
#[allow(dead_code, reason = "only its schema is used")]
struct WithoutPrefix {
    it_orphans_table: String,
}

#[test]
fn names_of_a_template_without_a_prefix_are_not_listed() {
    let endpoint = start_pages();
    let ran = run_orphans::<WithoutPrefix>(&endpoint.url, &["--stage", "prod"]).assert_code(0);
    let note = "note: the names of the template /{field} are not listed: the template has no text before \
                the field's name";
    assert!(ran.stderr.contains(note), "{ran:?}");
    let requests = endpoint.signed_requests();
    assert!(requests.iter().all(is_caller_request), "{requests:?}");
}

#[test]
fn an_unknown_stage_and_a_denied_list_are_errors() {
    let endpoint = start_pages();
    let ran = run_orphans::<Config>(&endpoint.url, &["--stage", "prd"]).assert_code(2);
    assert!(ran.stderr.contains("did you mean `prod`?"), "{ran:?}");
    assert_eq!(endpoint.signed_requests().len(), 0);

    let endpoint = Endpoint::start(|request: &Request| {
        if is_caller_request(request) {
            return caller("123456789012");
        }
        Answer::not_authorized("ssm:DescribeParameters", "*")
    });
    run_orphans::<Config>(&endpoint.url, &["--stage", "prod"])
        .assert_code(2)
        .assert_stderr("ssm:DescribeParameters");
}

/// The names of the values of preview stages begin with the prefix of `prod`, and end like the
/// names of `prod`.
#[derive(StageConfig)]
#[stage(
    prod = "/it-orphans/prod/{field}/value",
    fallback = ["/it-orphans/prod/{stage}/{field}/value", "/it-orphans/prod/preview/{field}/value"]
)]
#[config(preview("pr-*"))]
#[allow(dead_code, reason = "only its schema is used")]
struct WithPreview {
    table: String,
}

#[test]
fn values_of_preview_stages_are_not_orphans() {
    let names = [
        "table/value",
        "pr-7/table/value",
        "preview/table/value",
        "old/value",
        "old/other",
    ];
    let endpoint = Endpoint::start(move |request: &Request| {
        if is_caller_request(request) {
            return caller("123456789012");
        }
        let names = names.map(|name| json!({ "Name": format!("/it-orphans/prod/{name}") }));
        Answer::json(&json!({ "Parameters": names }))
    });
    let arguments = ["--stage", "prod", "--json"];
    let ran = run_orphans::<WithPreview>(&endpoint.url, &arguments).assert_code(0);
    assert_eq!(list_orphans(&ran), ["parameter /it-orphans/prod/old/value"]);
}

/// The prefix of `dev` is below the prefix of `prod`, but in another region.
#[derive(StageConfig)]
#[stage(
    dev = "/it-orphans/dev/{field}?region=eu-central-1",
    prod = "/it-orphans/{field}"
)]
#[allow(dead_code, reason = "only its schema is used")]
struct InTwoRegions {
    table: String,
}

#[test]
fn values_below_a_longer_prefix_in_another_region_are_orphans() {
    let endpoint = Endpoint::start(|request: &Request| {
        if is_caller_request(request) {
            return caller("123456789012");
        }
        Answer::json(&json!({ "Parameters": [{ "Name": "/it-orphans/dev/table" }] }))
    });
    for (stage, orphans) in [
        ("prod", &["parameter /it-orphans/dev/table"][..]),
        ("dev", &[]),
    ] {
        let arguments = ["--stage", stage, "--json"];
        let ran = run_orphans::<InTwoRegions>(&endpoint.url, &arguments).assert_code(0);
        assert_eq!(list_orphans(&ran), orphans, "{stage}");
    }
}

/// The schema that the derive creates for `#[stage(prod = "sealed:key")] key: SecretString`.
const SEALED: Schema = Schema {
    name: "Sealed",
    package: "payments",
    app: "payments",
    templates: &[],
    fields: &[secret_field("key", &[in_stage("prod", &["sealed:key"])])],
    sealed: &[SealedFile {
        stage: "prod",
        name: "key",
        text: "",
    }],
    ..<WithoutPrefix as StageConfig>::SCHEMA
};
static SEALED_RECORD: [u8; encoded_len(&SEALED)] = encode(&SEALED);

/// Two packages have a sealed file of the same name, and only `payments` has a program.
#[test]
fn sealed_files_that_no_program_contains_are_listed() {
    let package = Package::new("[workspace]\nmembers = [\"payments\", \"mail\"]\n");
    for member in ["payments", "mail"] {
        let cargo_toml = format!("[package]\nname = \"{member}\"\n");
        package.write(&format!("{member}/Cargo.toml"), cargo_toml);
    }
    for path in [
        "payments/sealed/prod/stage.key",
        "payments/sealed/prod/key",
        "payments/sealed/prod/kye",
        "payments/sealed/dev/other",
        "mail/sealed/prod/key",
    ] {
        package.write(path, SECRET);
    }
    let executable = build_elf(&[&SEALED_RECORD]);
    let programs = [("payments", "api", executable)];
    scripted_cargo::install(&package, &["payments", "mail"], &programs);
    let endpoint = start_pages();
    let mut command = package.verb_command(&["orphans", "--stage", "prod"]);
    command
        .env("AWS_ENDPOINT_URL", &endpoint.url)
        .env("CARGO", scripted_cargo::path(&package));

    let ran = run_command(&mut command, b"")
        .assert_code(0)
        .assert_stderr("git rm mail/sealed/prod/key payments/sealed/prod/kye");
    let rows: Vec<&str> = ran.stdout.lines().map(str::trim).collect();
    assert_eq!(
        rows,
        [
            "KIND         NAME",
            "sealed file  mail/sealed/prod/key",
            "sealed file  payments/sealed/prod/kye",
        ]
    );
    let json = run_command(command.arg("--json"), b"").assert_code(0);
    assert_eq!(
        list_orphans(&json),
        [
            "sealed_file mail/sealed/prod/key",
            "sealed_file payments/sealed/prod/kye",
        ]
    );
    assert_clean("orphans", &format!("{ran:?} {json:?}"));
}
