//! Sources with `?role=`, whose values are in the account of a role that the load assumes.

mod peer;
mod refused;

use std::collections::BTreeMap;

use stage_config::{ExposeSecret, Loaded, SecretString, StageConfig};

use crate::support::load::resolve;
use crate::support::scripted::{
    Answer, Endpoint, Parameter, Parameters, ROLE_KEY_ID, Request, Secret, Secrets, accept_role,
    is_role_request,
};

const ROLE: &str = "arn:aws:iam::210987654321:role/central/config";

/// Sources with and without a role, in two stores.
#[derive(StageConfig)]
#[config(account(dev = "123456789012"))]
struct Central {
    #[stage(dev = "/roles/own")]
    own: String,
    #[stage(dev = "/roles/shared?role=arn:aws:iam::210987654321:role/central/config")]
    shared: String,
    #[stage(dev = "/roles/other?role=arn:aws:iam::210987654321:role/central/config")]
    other: String,
    #[stage(dev = "/roles/limits/*?role=arn:aws:iam::210987654321:role/central/config")]
    limits: BTreeMap<String, u8>,
    #[stage(dev = "secret:roles/key?role=arn:aws:iam::210987654321:role/central/config")]
    key: SecretString,
}

fn create_own() -> Parameters {
    Parameters::texts([("/roles/own", "own")])
}

fn create_central() -> Parameters {
    let add = |all: Parameters, (name, value): (&str, &str)| {
        all.with(name, Parameter::text(value).in_account("210987654321"))
    };
    [
        ("/roles/shared", "shared"),
        ("/roles/other", "other"),
        ("/roles/limits/max", "5"),
    ]
    .into_iter()
    .fold(Parameters::default(), add)
}

/// Returns whether the request is signed with the credentials of the role.
fn is_signed_by_role(request: &Request) -> bool {
    let authorization = request.header("authorization").unwrap_or_default();
    authorization.contains(ROLE_KEY_ID)
}

/// Answers as STS, or as a store in the program's own account or in the account of the role.
fn answer(request: &Request) -> Answer {
    if is_role_request(request) {
        return accept_role("planted-4f2a");
    }
    if request.service == "secretsmanager" {
        assert!(is_signed_by_role(request));
        let secrets = Secrets::default().with("roles/key", Secret::text("k"));
        let body = secrets.answer(request).into_body();
        let body = body.replace("123456789012", "210987654321");
        return Answer::Whole { status: 200, body };
    }
    let parameters = if is_signed_by_role(request) {
        create_central()
    } else {
        create_own()
    };
    parameters.answer(request)
}

#[tokio::test]
async fn a_role_is_assumed_once_and_its_account_is_accepted() {
    let endpoint = Endpoint::start(answer);
    let Loaded { config, report, .. } = resolve::<Central>(endpoint.url())
        .await
        .expect("all values exist");
    assert_eq!(
        (&*config.own, &*config.shared, &*config.other),
        ("own", "shared", "other")
    );
    assert_eq!((config.limits["max"], config.key.expose_secret()), (5, "k"));

    let requests = endpoint.requests();
    let assumed: Vec<_> = requests.iter().filter(|one| is_role_request(one)).collect();
    let [request] = assumed.as_slice() else {
        panic!("one AssumeRole is expected: {requests:?}")
    };
    assert_eq!(request.body["RoleArn"], ROLE);
    assert_eq!(request.body["RoleSessionName"], "stage-config");
    assert_eq!(request.body["DurationSeconds"], "900");
    assert!(!is_signed_by_role(request));
    assert_eq!(requests.len(), 5, "{requests:?}");
    assert_eq!(
        report.calls.len(),
        4,
        "`AssumeRole` is not a call to a store"
    );
    let text = report.to_string();
    assert!(text.contains(ROLE) && !text.contains("4f2a"), "{text}");
}

#[tokio::test]
async fn a_refresh_assumes_the_role_again() {
    let endpoint = Endpoint::start(answer);
    let loader = crate::support::load::loader::<Central>(endpoint.url());
    let live = loader
        .live(std::time::Duration::from_secs(300))
        .await
        .expect("all values exist");
    live.refresh().await.expect("all values still exist");
    let requests = endpoint.requests();
    let assumed = requests.iter().filter(|one| is_role_request(one)).count();
    assert_eq!(assumed, 2, "credentials of a role do not outlive a load");
}

/// A load must not mix the pages of different accounts or regions.
#[tokio::test]
async fn one_path_in_several_accounts_and_regions_is_read_separately() {
    #[derive(StageConfig)]
    struct Paths {
        #[stage(dev = "/roles/path/*")]
        own: BTreeMap<String, u8>,
        #[stage(dev = "/roles/path/*?region=us-east-1")]
        us: BTreeMap<String, u8>,
        #[stage(dev = "/roles/path/*?role=arn:aws:iam::210987654321:role/central/config")]
        central: BTreeMap<String, u8>,
    }

    let numbered = |count: u8| {
        (0..count).fold(Parameters::default(), |all, number| {
            let name = format!("/roles/path/n{number}");
            all.with(&name, Parameter::text(&count.to_string()))
        })
    };
    let endpoint = Endpoint::start(move |request| {
        if is_role_request(request) {
            return accept_role("planted-4f2a");
        }
        let authorization = request.header("authorization").unwrap_or_default();
        let count = match () {
            () if is_signed_by_role(request) => 31,
            () if authorization.contains("/us-east-1/") => 22,
            () => 13,
        };
        numbered(count).answer(request)
    });
    let config = resolve::<Paths>(endpoint.url())
        .await
        .expect("all values exist")
        .config;
    for (map, count) in [(config.own, 13), (config.us, 22), (config.central, 31)] {
        assert_eq!(map.len(), usize::from(count));
        assert!(map.values().all(|value| *value == count), "{map:?}");
    }
}
