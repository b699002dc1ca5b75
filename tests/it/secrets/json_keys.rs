//! Keys of a JSON secret.

use super::*;

suite! {
    json_keys_of_a_secret_need_one_call
    a_struct_is_loaded_from_one_secret
}

async fn json_keys_of_a_secret_need_one_call(peer: &Peer) {
    #[derive(StageConfig)]
    struct Json {
        #[stage(dev = "secret:json/db#user")]
        user: String,
        #[stage(dev = "secret:json/db#password")]
        password: SecretString,
        #[stage(dev = "secret:json/db#deep.er.key")]
        deep: String,
        #[stage(dev = "secret:json/db#exact.key")]
        exact: String,
        #[stage(dev = "secret:json/db#nothing")]
        nothing: Option<String>,
        #[stage(dev = "secret:json/db#hosts")]
        hosts: Vec<String>,
        #[stage(dev = "secret:json/db")]
        whole: SecretString,
    }

    let text = r#"{"user":"u","password":"p\u0061ss","deep":{"er":{"key":"d"}},"exact.key":"whole","exact":{"key":"path"},
        "nothing":null,"hosts":["a","b"]}"#;
    Seed::new(peer).create_text("json/db", text).await;
    let Loaded { config, report, .. } = resolve::<Json>(&peer.url).await.expect("all values exist");
    assert_eq!(
        (config.user.as_str(), config.password.expose_secret()),
        ("u", "pass")
    );
    assert_eq!(
        (config.deep.as_str(), config.exact.as_str(), config.nothing),
        ("d", "whole", None)
    );
    assert_eq!(
        (config.hosts, config.whole.expose_secret()),
        (vec!["a".to_owned(), "b".to_owned()], text)
    );
    assert_eq!(
        calls(&report),
        [("GetSecretValue", vec!["secret:json/db"])],
        "several keys of a secret need one call"
    );
}

async fn a_struct_is_loaded_from_one_secret(peer: &Peer) {
    #[derive(StageConfig)]
    #[stage(dev = "secret:whole/{stage}#{field}")]
    struct Payments {
        stripe_key: SecretString,
        timeout_s: u64,
        #[config(nested)]
        mail: Mail,
        #[config(nested = "letters")]
        post: Mail,
        #[config(nested)]
        absent: Option<Mail>,
    }
    #[derive(StageConfig)]
    #[config(inherit)]
    struct Mail {
        host: String,
        #[config(nested)]
        login: Login,
    }
    #[derive(StageConfig)]
    #[config(inherit)]
    struct Login {
        user: Option<String>,
        password: SecretString,
    }

    let text = r#"{"stripe_key":"sk","timeout_s":5,"mail":{"host":"h","login":{"user":"u","password":"p"}},
        "letters.host":"l","letters":{"login":{"password":"q"}}}"#;
    Seed::new(peer).create_text("whole/dev", text).await;
    let Loaded { config, report, .. } = resolve::<Payments>(&peer.url)
        .await
        .expect("all values exist");
    assert_eq!(
        (config.stripe_key.expose_secret(), config.timeout_s),
        ("sk", 5)
    );
    assert_eq!(
        (config.mail.host.as_str(), config.mail.login.user.as_deref()),
        ("h", Some("u"))
    );
    assert_eq!(
        (
            config.mail.login.password.expose_secret(),
            config.post.login.password.expose_secret()
        ),
        ("p", "q")
    );
    assert_eq!(
        (config.post.host.as_str(), config.post.login.user.as_deref()),
        ("l", None)
    );
    assert!(config.absent.is_none());
    assert_eq!(
        calls(&report),
        [("GetSecretValue", vec!["secret:whole/dev"])],
        "a struct from one secret needs one call"
    );
}
