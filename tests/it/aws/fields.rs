//! Chains, defaults, nested structs and JSON keys.

use super::*;

suite! {
    the_first_existing_candidate_of_a_chain_is_used
    a_missing_value_is_none_or_the_default
    nested_structs_are_loaded_in_one_wave
    json_keys_select_parts_of_a_parameter
}

async fn the_first_existing_candidate_of_a_chain_is_used(peer: &Peer) {
    #[derive(StageConfig)]
    struct Chains {
        #[stage(dev = ["/chains/none", "/chains/second"])]
        second: String,
        #[stage(dev = ["/chains/first", "/chains/second"])]
        first: String,
        #[stage(dev = ["/chains/none", "/chains/nothing", "value:literal"])]
        literal: String,
        #[stage(dev = ["/chains/json#absent", "/chains/json#present"])]
        key: String,
        #[stage(dev = ["/chains/none", "/chains/nothing"])]
        optional: Option<String>,
    }
    #[derive(StageConfig)]
    #[allow(dead_code)]
    struct Nothing {
        #[stage(dev = ["/chains/none", "/chains/nothing"])]
        required: String,
    }
    let seed = Seed::new(peer);
    seed.put_text("/chains/first", "1st")
        .await
        .put_text("/chains/second", "2nd")
        .await;
    seed.put_text("/chains/json", r#"{"present":"p","absent":null}"#)
        .await;

    let Loaded { config, report, .. } = resolve::<Chains>(&peer.url)
        .await
        .expect("each required field has a candidate that exists");
    assert_eq!(
        (config.second.as_str(), config.first.as_str()),
        ("2nd", "1st")
    );
    assert_eq!(
        (
            config.literal.as_str(),
            config.key.as_str(),
            config.optional
        ),
        ("literal", "p", None)
    );
    assert_eq!(
        report.calls.len(),
        1,
        "a chain needs no second round trip: {report}"
    );
    let failure = expect_failure(resolve::<Nothing>(&peer.url).await);
    assert_failure(
        &failure,
        "required",
        FailureKind::Missing,
        &["/chains/none", "/chains/nothing"],
    );
}

async fn a_missing_value_is_none_or_the_default(peer: &Peer) {
    #[derive(StageConfig)]
    #[stage(dev = "/optional/{field}")]
    struct Optional {
        some: Option<u8>,
        none: Option<u8>,
        secret: Option<SecretString>,
        #[config(default = 30)]
        timeout: u64,
        #[config(default)]
        names: Vec<String>,
        #[config(default = 1)]
        stored: u8,
    }

    Seed::new(peer)
        .put_text("/optional/some", "1")
        .await
        .put_text("/optional/stored", "2")
        .await;
    let config = expect_config(resolve::<Optional>(&peer.url).await);
    assert_eq!(
        (config.some, config.none, config.timeout, config.stored),
        (Some(1), None, 30, 2)
    );
    assert!(config.secret.is_none() && config.names.is_empty());
}

async fn nested_structs_are_loaded_in_one_wave(peer: &Peer) {
    #[derive(StageConfig)]
    #[stage(dev = "/nested/{field}")]
    struct Root {
        name: String,
        #[config(nested)]
        mail: Mail,
        #[config(nested = "letters")]
        post: Mail,
        #[config(nested)]
        own: Own,
        #[config(nested)]
        absent: Option<Mail>,
    }
    #[derive(StageConfig)]
    #[config(inherit)]
    struct Mail {
        host: String,
        port: Option<u16>,
    }
    #[derive(StageConfig)]
    #[stage(dev = "/elsewhere/{field}")]
    struct Own {
        key: SecretString,
    }
    let seed = Seed::new(peer);
    seed.put_text("/nested/name", "n")
        .await
        .put_text("/nested/mail/host", "h")
        .await
        .put_text("/nested/mail/port", "25")
        .await;
    seed.put_text("/nested/letters/host", "l")
        .await
        .put_secure("/elsewhere/key", "k")
        .await;

    let Loaded { config, report, .. } = resolve::<Root>(&peer.url)
        .await
        .expect("the required values exist");
    assert_eq!(
        (
            config.name.as_str(),
            config.mail.host.as_str(),
            config.mail.port
        ),
        ("n", "h", Some(25))
    );
    assert_eq!((config.post.host.as_str(), config.post.port), ("l", None));
    assert_eq!(config.own.key.expose_secret(), "k");
    assert!(config.absent.is_none());
    assert_eq!(
        report.calls.len(),
        1,
        "one call fetches all values: {report}"
    );

    seed.put_text("/nested/absent/port", "1").await;
    let failure = expect_failure(resolve::<Root>(&peer.url).await);
    assert_failure(
        &failure,
        "absent.host",
        FailureKind::Missing,
        &["/nested/absent/host"],
    );
}

async fn json_keys_select_parts_of_a_parameter(peer: &Peer) {
    #[derive(StageConfig)]
    #[stage(dev = "/json/all#{field}")]
    struct Json {
        password: SecretString,
        port: u16,
        tags: Vec<String>,
        limits: BTreeMap<String, u32>,
        #[stage(dev = "/json/all#deep.er.key")]
        deep: String,
        #[stage(dev = "/json/all#exact.key")]
        exact: String,
        nothing: Option<String>,
        absent: Option<String>,
    }

    let json = r#"{"password":"p\u0061ss","port":5432,"tags":["a","b"],"limits":{"x":1},"deep":{"er":{"key":"d"}},
        "exact.key":"whole","exact":{"key":"path"},"nothing":null}"#;
    Seed::new(peer).put_secure("/json/all", json).await;
    let config = expect_config(resolve::<Json>(&peer.url).await);
    assert_eq!(
        (config.password.expose_secret(), config.port),
        ("pass", 5432)
    );
    assert_eq!(config.tags, ["a", "b"]);
    assert_eq!(config.limits, BTreeMap::from([("x".to_owned(), 1)]));
    assert_eq!(
        (config.deep.as_str(), config.exact.as_str()),
        ("d", "whole")
    );
    assert_eq!((config.nothing, config.absent), (None, None));
}
