//! Keys of a JSON secret.

use super::*;

suite! {
    json_keys_of_a_secret_need_one_call
    a_struct_is_loaded_from_one_secret
    several_databases_share_a_struct
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
    let Loaded { config, report, .. } = resolve::<Json>(&peer.url)
        .await
        .expect("all required values exist");
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
        list_calls(&report),
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
        .expect("all required values exist");
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
        list_calls(&report),
        [("GetSecretValue", vec!["secret:whole/dev"])],
        "a struct from one secret needs one call"
    );
}

async fn several_databases_share_a_struct(peer: &Peer) {
    #[derive(StageConfig)]
    #[stage(dev = "secret:nested/{stage}/app#{field}")]
    struct Shop {
        #[config(nested)]
        #[stage(dev = "secret:nested/{stage}/orders-db#{field}")]
        orders: Db,
        #[config(nested)]
        #[stage(dev = ["secret:nested/absent#{field}", "secret:nested/dev/users-db#{field}"])]
        users: Option<Db>,
        #[config(nested)]
        cache: Db,
        #[config(nested)]
        #[stage(dev = "secret:nested/absent#{field}")]
        absent: Option<Db>,
    }
    #[derive(StageConfig)]
    #[config(inherit)]
    struct Db {
        host: String,
        password: SecretString,
        #[config(default = 5432)]
        port: u16,
        #[config(nested)]
        pool: Pool,
    }
    #[derive(StageConfig)]
    #[config(inherit)]
    struct Pool {
        size: Option<u8>,
    }

    let seed = Seed::new(peer);
    let orders = r#"{"host":"orders","password":"p1","port":5433,"pool":{"size":3}}"#;
    seed.create_text("nested/dev/orders-db", orders).await;
    let users = r#"{"host":"users","password":"p2"}"#;
    seed.create_text("nested/dev/users-db", users).await;
    let app = r#"{"cache":{"host":"cache","password":"p3"}}"#;
    seed.create_text("nested/dev/app", app).await;

    let Loaded { config, report, .. } = resolve::<Shop>(&peer.url)
        .await
        .expect("all required values exist");
    let users = config.users.expect("its secret exists");
    let read = [&config.orders, &users, &config.cache].map(|db| {
        let password = db.password.expose_secret();
        (db.host.as_str(), password, db.port, db.pool.size)
    });
    assert_eq!(
        read,
        [
            ("orders", "p1", 5433, Some(3)),
            ("users", "p2", 5432, None),
            ("cache", "p3", 5432, None)
        ]
    );
    assert!(config.absent.is_none());
    let names = [
        "secret:nested/absent",
        "secret:nested/dev/app",
        "secret:nested/dev/orders-db",
        "secret:nested/dev/users-db",
    ];
    assert_eq!(
        list_calls(&report),
        names.map(|name| ("GetSecretValue", vec![name])),
        "all keys of a secret need one call"
    );
}
