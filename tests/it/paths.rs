//! Sources that read all parameters below a path: `/a/b/*`.

mod pages;
mod peers;
mod refused;

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde::Deserialize;
use stage_config::{ExposeSecret, Loaded, SecretString, StageConfig};

use crate::support::load::resolve;
use crate::support::scripted::{Endpoint, Parameter, Parameters};

#[derive(StageConfig)]
struct Limits {
    #[stage(dev = "/paths/limits/*")]
    limits: BTreeMap<String, u16>,
}

fn start(parameters: Parameters) -> Endpoint {
    Endpoint::start(move |request| parameters.answer(request))
}

async fn load<C: StageConfig>(parameters: Parameters) -> Loaded<C> {
    let endpoint = start(parameters);
    resolve::<C>(endpoint.url())
        .await
        .expect("all values exist")
}

#[tokio::test]
async fn the_rest_of_each_name_is_a_key() {
    let parameters = Parameters::texts([
        ("/paths/limits/max", "5"),
        ("/paths/limits/per/user", "3\n"),
        ("/paths/limits/per.user", "4"),
        ("/paths/limits2/max", "9"),
        ("/paths/limits", "8"),
    ]);
    let endpoint = start(parameters);
    let Loaded { config, report, .. } = resolve::<Limits>(endpoint.url())
        .await
        .expect("all values exist");
    let expected = [("max", 5), ("per.user", 4), ("per/user", 3)];
    assert_eq!(
        config.limits,
        expected.map(|(key, limit)| (key.to_owned(), limit)).into()
    );

    let [request] = &endpoint.requests()[..] else {
        panic!("one page is expected")
    };
    let body = &request.body;
    assert_eq!(request.operation, "GetParametersByPath");
    assert_eq!(body["Path"], "/paths/limits");
    assert_eq!(body["Recursive"], true);
    assert_eq!(body["WithDecryption"], true);
    let [call] = &report.calls[..] else {
        panic!("one call is expected: {report}")
    };
    assert_eq!(call.operation, "GetParametersByPath");
    assert_eq!(call.names, ["/paths/limits/*"]);
    let field = &report.fields[0];
    assert_eq!(field.source.as_deref(), Some("/paths/limits/*"));
    assert_eq!(field.version, None);
}

#[tokio::test]
async fn each_value_is_decoded_like_a_parameter() {
    #[derive(Deserialize, Debug, PartialEq)]
    struct Tenant {
        name: String,
        quota: u32,
    }

    #[derive(StageConfig)]
    struct Maps {
        #[stage(dev = "/paths/keys/*")]
        keys: HashMap<String, SecretString>,
        #[stage(dev = "/paths/hosts/*")]
        hosts: BTreeMap<String, Vec<String>>,
        #[stage(dev = "/paths/times/*")]
        times: BTreeMap<u8, Duration>,
        #[stage(dev = "/paths/tenants/*")]
        tenants: BTreeMap<String, Tenant>,
        #[stage(dev = "/paths/nested/*")]
        nested: BTreeMap<String, BTreeMap<String, u8>>,
        #[stage(dev = "/paths/json/*")]
        json: serde_json::Value,
        #[stage(dev = "/paths/tenants/*")]
        as_texts: BTreeMap<String, String>,
    }

    let parameters = Parameters::default()
        .with("/paths/keys/stripe", Parameter::secure(" \"k\\1\" "))
        .with("/paths/keys/empty", Parameter::secure("{{x}}"))
        .with("/paths/hosts/list", Parameter::list("a.example, b.example"))
        .with("/paths/hosts/json", Parameter::text("[\"c.example\"]"))
        .with("/paths/hosts/ips", Parameter::list("[::1]:80,[::2]:80"))
        .with("/paths/times/1", Parameter::text("1m 30s"))
        .with("/paths/times/20", Parameter::text("5s"))
        .with(
            "/paths/tenants/acme",
            Parameter::text("{\n  \"name\": \"A\",\n  \"quota\": 7\n}\n"),
        )
        .with(
            "/paths/nested/a",
            Parameter::text("{\"b\": \"1\", \"c\": 2}"),
        )
        .with("/paths/json/a", Parameter::text("1"))
        .with("/paths/json/b", Parameter::text("{\"c\": null}"));
    let config = load::<Maps>(parameters).await.config;
    assert_eq!(config.keys["stripe"].expose_secret(), " \"k\\1\" ");
    assert_eq!(config.keys["empty"].expose_secret(), "{{x}}");
    assert_eq!(config.hosts["list"], ["a.example", "b.example"]);
    assert_eq!(config.hosts["json"], ["c.example"]);
    assert_eq!(config.hosts["ips"], ["[::1]:80", "[::2]:80"]);
    assert_eq!(config.times[&1], Duration::from_secs(90));
    assert_eq!(config.times[&20], Duration::from_secs(5));
    let acme = Tenant {
        name: "A".to_owned(),
        quota: 7,
    };
    assert_eq!(config.tenants["acme"], acme);
    assert_eq!((config.nested["a"]["b"], config.nested["a"]["c"]), (1, 2));
    assert_eq!(
        config.json,
        serde_json::json!({ "a": "1", "b": { "c": null } })
    );
    assert_eq!(
        config.as_texts["acme"],
        "{\n  \"name\": \"A\",\n  \"quota\": 7\n}"
    );
}

#[tokio::test]
async fn a_path_without_parameters_is_missing() {
    #[derive(StageConfig)]
    struct Optional {
        #[stage(dev = "/paths/none/*")]
        option: Option<BTreeMap<String, String>>,
        #[stage(dev = "/paths/none/*")]
        #[config(default)]
        default: BTreeMap<String, String>,
        #[stage(dev = ["/paths/none/*", "/paths/limits/*"])]
        chain: BTreeMap<String, u16>,
        #[stage(dev = ["/paths/none/*", "value:{\"max\": 1}"])]
        literal: BTreeMap<String, u16>,
    }

    let parameters = Parameters::texts([("/paths/limits/max", "5")]);
    let endpoint = start(parameters);
    let config = resolve::<Optional>(endpoint.url())
        .await
        .expect("every field may be missing")
        .config;
    assert!(config.option.is_none() && config.default.is_empty());
    assert_eq!(config.chain["max"], 5);
    assert_eq!(config.literal["max"], 1);
    assert_eq!(endpoint.requests().len(), 2, "each path is read once");
}

#[tokio::test]
async fn a_path_and_names_are_different_calls_of_one_wave() {
    #[derive(StageConfig)]
    #[stage(dev = "/paths/{field}")]
    struct Both {
        table: String,
        #[stage(dev = "/paths/limits/*")]
        limits: BTreeMap<String, u16>,
        #[stage(dev = "/paths/limits/max")]
        max: u16,
    }

    let parameters = Parameters::texts([("/paths/table", "t"), ("/paths/limits/max", "5")]);
    let endpoint = Endpoint::start(move |request| parameters.answer(request).wait_for_calls(2));
    let config = resolve::<Both>(endpoint.url())
        .await
        .expect("all values exist")
        .config;
    assert_eq!((config.table.as_str(), config.max), ("t", 5));
    assert_eq!(config.limits["max"], 5);
    assert_eq!(endpoint.most_in_flight(), 2);
}
