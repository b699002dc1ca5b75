//! Tests AppConfig with two servers: ministack, and an endpoint with scripted answers that
//! ministack does not give.

mod faults;
mod sessions;

use std::collections::HashMap;

use serde_json::json;
use stage_config::testing::Memory;
use stage_config::{ExposeSecret, FailureKind, Loaded, SecretString, StageConfig};

use crate::support::app_config::{Application, FEATURE_FLAGS, FREEFORM};
use crate::support::load::{
    assert_failure, expect_config, expect_error, expect_failure, loader, resolve,
};
use crate::support::peers::ministack;
use crate::support::scripted::{Answer, Configurations, Endpoint, is_poll, is_session_start};
use crate::support::{aws, child};

#[tokio::test]
async fn all_keys_of_a_profile_come_from_one_call() {
    #[derive(StageConfig)]
    #[stage(dev = "appconfig:it-keys/{stage}/settings#{field}")]
    struct Keys {
        table: String,
        port: u16,
        names: Vec<String>,
        #[stage(dev = "appconfig:it-keys/dev/settings#mail.host")]
        host: String,
        #[stage(dev = "appconfig:it-keys/dev/settings")]
        whole: HashMap<String, serde_json::Value>,
        #[stage(dev = "appconfig:it-keys/dev/settings#absent")]
        absent: Option<String>,
        #[stage(dev = "appconfig:it-keys/dev/banner")]
        banner: String,
        #[stage(dev = "appconfig:it-keys/dev/banner")]
        secret: SecretString,
    }

    let app = Application::create(ministack(), "it-keys", "dev");
    let settings = app.create_profile("settings", FREEFORM);
    let content = json!({
        "table": "orders",
        "port": 8080,
        "names": ["a", "b"],
        "mail": { "host": "mail.example.com" },
    });
    app.deploy(&settings, content.to_string().as_bytes(), "release-1");
    let banner = app.create_profile("banner", FREEFORM);
    app.deploy(&banner, b" plain: text\n", "");

    let Loaded { config, report, .. } = resolve::<Keys>(&ministack().url)
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((config.table.as_str(), config.port), ("orders", 8080));
    assert_eq!(config.names, ["a", "b"]);
    assert_eq!(config.host, "mail.example.com");
    assert_eq!(config.whole.len(), 4);
    assert_eq!(config.absent, None);
    assert_eq!(config.banner, " plain: text\n");
    assert_eq!(config.secret.expose_secret(), " plain: text\n");

    let mut calls: Vec<_> = report
        .calls
        .iter()
        .map(|call| (call.operation.as_str(), call.names.join(",")))
        .collect();
    calls.sort();
    assert_eq!(
        calls,
        [
            (
                "GetLatestConfiguration",
                "appconfig:it-keys/dev/banner".to_owned()
            ),
            (
                "GetLatestConfiguration",
                "appconfig:it-keys/dev/settings".to_owned()
            ),
        ]
    );
    let version = |index: usize| report.fields[index].version.as_deref();
    assert_eq!((version(0), version(6)), (Some("release-1"), None));
}

#[tokio::test]
async fn flags_are_read_with_their_attributes() {
    #[derive(StageConfig)]
    #[stage(dev = "appconfig:it-flags/dev/flags#{field}.enabled")]
    struct Flags {
        checkout: bool,
        search: bool,
        #[stage(dev = "appconfig:it-flags/dev/flags#checkout.limit")]
        limit: u32,
    }

    let app = Application::create(ministack(), "it-flags", "dev");
    let flags = app.create_profile("flags", FEATURE_FLAGS);
    let content = json!({
        "version": "1",
        "flags": { "checkout": { "name": "checkout" }, "search": { "name": "search" } },
        "values": { "checkout": { "enabled": true, "limit": 25 }, "search": { "enabled": false } },
    });
    app.deploy(&flags, content.to_string().as_bytes(), "");

    let config = expect_config(resolve::<Flags>(&ministack().url).await);
    assert_eq!(
        (config.checkout, config.search, config.limit),
        (true, false, 25)
    );
}

/// The server chooses the IDs, so the source cannot contain one literally. The source contains
/// `{stage}`, and the name of the stage is the ID of the profile.
#[tokio::test]
async fn a_source_may_contain_an_id() {
    #[derive(StageConfig)]
    struct Id {
        #[stage(
            dev = "value:x",
            fallback = "appconfig:it-ids/dev/{stage}?region=eu-west-1"
        )]
        text: String,
    }

    let app = Application::create(ministack(), "it-ids", "dev");
    let profile = app.create_profile("text", FREEFORM);
    app.deploy(&profile, b"by id", "");
    let loaded = loader::<Id>(&ministack().url).stage(&profile).resolve();
    assert_eq!(expect_config(loaded.await).text, "by id");
}

#[tokio::test]
async fn bytes_that_are_not_text_are_read_as_bytes() {
    #[derive(StageConfig)]
    #[stage(dev = "appconfig:it-bytes/dev/{field}")]
    struct Bytes {
        binary: Vec<u8>,
    }

    let app = Application::create(ministack(), "it-bytes", "dev");
    let profile = app.create_profile("binary", FREEFORM);
    app.deploy(&profile, &[0, 159, 146, 150], "");
    let config = expect_config(resolve::<Bytes>(&ministack().url).await);
    assert_eq!(config.binary, [0, 159, 146, 150]);
}

/// The application, the environment or the profile does not exist, or the profile has no
/// deployment.
#[tokio::test]
async fn a_configuration_that_is_not_deployed_is_missing() {
    #[derive(StageConfig)]
    struct Missing {
        #[stage(dev = "appconfig:it-no-app/dev/text")]
        application: Option<String>,
        #[stage(dev = "appconfig:it-missing/no-environment/text")]
        environment: Option<String>,
        #[stage(dev = "appconfig:it-missing/dev/no-profile")]
        #[config(default = 7)]
        profile: u16,
        #[stage(dev = ["appconfig:it-missing/dev/empty", "appconfig:it-missing/dev/text"])]
        chain: String,
    }
    #[derive(StageConfig)]
    #[allow(dead_code)]
    struct Required {
        #[stage(dev = "appconfig:it-missing/dev/empty#key")]
        value: String,
    }

    let app = Application::create(ministack(), "it-missing", "dev");
    app.create_profile("empty", FREEFORM);
    let profile = app.create_profile("text", FREEFORM);
    app.deploy(&profile, b"second", "");
    let config = expect_config(resolve::<Missing>(&ministack().url).await);
    assert_eq!((config.application, config.environment), (None, None));
    assert_eq!((config.profile, config.chain.as_str()), (7, "second"));

    let failure = expect_failure(resolve::<Required>(&ministack().url).await);
    assert_failure(
        &failure,
        "value",
        FailureKind::Missing,
        &[
            "appconfig:it-missing/dev/empty#key",
            "aws appconfig start-deployment --application-id APPLICATION_ID",
            "--configuration-profile-id PROFILE_ID",
            "a JSON object with the key `key`",
        ],
    );
}

/// The content is not JSON, is not an object, or does not have the key.
#[tokio::test]
async fn a_key_needs_a_json_object() {
    #[derive(StageConfig)]
    #[stage(dev = "appconfig:it-json/dev/{field}#key")]
    #[allow(dead_code)]
    struct Keys {
        text: String,
        list: Option<String>,
        object: String,
    }

    let app = Application::create(ministack(), "it-json", "dev");
    for (name, content) in [("text", "planted"), ("list", "[1]"), ("object", "{}")] {
        let profile = app.create_profile(name, FREEFORM);
        app.deploy(&profile, content.as_bytes(), "");
    }
    let error = expect_error(resolve::<Keys>(&ministack().url).await);
    let [text, list, object] = error.failures() else {
        panic!("three failures are expected: {error}")
    };
    for (failure, field) in [(text, "text"), (list, "list")] {
        let words = ["`#key` needs a JSON object", "store a JSON object"];
        assert_failure(failure, field, FailureKind::Undecodable, &words);
        assert!(!failure.to_string().contains("planted"), "{failure}");
    }
    assert_failure(
        object,
        "object",
        FailureKind::Missing,
        &["has no key `key`"],
    );
}

#[tokio::test]
async fn a_local_value_replaces_a_configuration() {
    #[derive(StageConfig)]
    #[stage(dev = "appconfig:it-local/dev/flags#{field}.enabled")]
    struct Flags {
        checkout: bool,
    }

    let flags = r#"{"checkout": {"enabled": true}}"#;
    let values = Memory::new().set("appconfig:it-local/dev/flags", flags);
    let loaded = Flags::loader().stage("dev").local(values).resolve().await;
    assert!(expect_config(loaded).checkout);
}

#[test]
fn the_service_has_its_own_endpoint_variable() {
    let configurations = Configurations::new(15, [("shop/dev/text", "from its endpoint")]);
    let specific = Endpoint::start(move |request| configurations.answer(request));
    let general = Endpoint::start(|_| Answer::internal_error());
    let mut variables = aws::variables(general.url());
    variables.push(("AWS_ENDPOINT_URL_APPCONFIGDATA", specific.url().to_owned()));
    child::run("app_config::inner_endpoint", &variables).assert_passed();
    let requests = (specific.requests().len(), general.requests().len());
    assert_eq!(requests, (2, 0));

    let wrong = ("AWS_ENDPOINT_URL_APPCONFIGDATA", "localhost".to_owned());
    variables.pop();
    variables.push(wrong);
    let output = child::run("app_config::inner_endpoint", &variables);
    let problem = "`AWS_ENDPOINT_URL_APPCONFIGDATA` has no scheme";
    assert!(output.text().contains(problem), "{}", output.text());
}

#[tokio::test]
async fn inner_endpoint() {
    #[derive(StageConfig)]
    struct Text {
        #[stage(dev = "appconfig:shop/dev/text")]
        text: String,
    }

    if child::is_inner("app_config::inner_endpoint") {
        let config = Text::load().await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(config.text, "from its endpoint");
    }
}

/// `?region=` selects the client, and the plan shows one call for each profile and region.
#[tokio::test]
async fn each_profile_and_region_has_its_own_call() {
    #[derive(StageConfig)]
    #[allow(dead_code)]
    struct Regions {
        #[stage(dev = "appconfig:a/b/c#x")]
        x: String,
        #[stage(dev = "appconfig:a/b/c#y")]
        y: String,
        #[stage(dev = "appconfig:a/b/c?region=us-east-1#x")]
        elsewhere: String,
        #[stage(dev = "appconfig:a/b/d#x")]
        other: String,
    }

    let plan = Regions::loader().stage("dev").plan().expect("a plan");
    let calls: Vec<_> = plan
        .calls()
        .iter()
        .map(|call| (call.region.clone(), call.requests.len()))
        .collect();
    let us = Some("us-east-1".to_owned());
    assert_eq!(calls, [(None, 1), (None, 1), (us, 1)]);

    let content = r#"{"x": "1", "y": "2"}"#;
    let configurations = Configurations::new(15, [("a/b/c", content), ("a/b/d", content)]);
    let endpoint = Endpoint::start(move |request| configurations.answer(request));
    let config = expect_config(resolve::<Regions>(endpoint.url()).await);
    assert_eq!((config.x.as_str(), config.y.as_str()), ("1", "2"));
    let requests = endpoint.requests();
    let scopes = |region: &str| {
        let scope = format!("/{region}/appconfig/aws4_request");
        let in_scope = |request: &&crate::support::scripted::Request| {
            request
                .header("authorization")
                .is_some_and(|header| header.contains(&scope))
        };
        requests.iter().filter(in_scope).count()
    };
    assert_eq!((scopes("eu-west-1"), scopes("us-east-1")), (4, 2));
    let starts = requests.iter().filter(|request| is_session_start(request));
    assert!(
        starts
            .clone()
            .all(|start| start.body["RequiredMinimumPollIntervalInSeconds"] == 15)
    );
    let polls = requests.iter().filter(|request| is_poll(request)).count();
    assert_eq!((starts.count(), polls), (3, 3));
}
