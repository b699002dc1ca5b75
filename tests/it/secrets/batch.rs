//! Batches: calls of `BatchGetSecretValue`, which a program enables with an attribute or with an
//! option of the loader.

use super::*;

suite! {
    an_attribute_enables_batches
    a_loader_option_enables_batches
    a_batch_has_keys_binaries_and_missing_secrets
    a_single_secret_is_not_batched
}

macro_rules! forty_seven {
    ($($field:ident)+) => {
        #[derive(StageConfig)]
        #[stage(dev = "secret:{app}/{field}")]
        #[config(secrets = "batch", app = "by-attribute")]
        struct ByAttribute {
            $($field: String,)+
            #[stage(dev = "secret:by-attribute/s00?version_stage=AWSPREVIOUS")]
            previous: String,
            #[stage(dev = "secret:by-attribute/s00?version_id=11111111-1111-4111-8111-111111111111")]
            pinned: String,
        }

        #[derive(StageConfig)]
        #[stage(dev = "secret:{app}/{field}")]
        #[config(app = "by-option")]
        struct ByOption {
            $($field: String,)+
            #[stage(dev = "secret:by-option/s00?version_stage=AWSPREVIOUS")]
            previous: String,
            #[stage(dev = "secret:by-option/s00?version_id=11111111-1111-4111-8111-111111111111")]
            pinned: String,
        }

        const NAMES: &[&str] = &[$(stringify!($field)),+];

        impl ByAttribute {
            fn values(&self) -> Vec<&str> { vec![$(&self.$field),+] }
        }

        impl ByOption {
            fn values(&self) -> Vec<&str> { vec![$(&self.$field),+] }
        }
    };
}
forty_seven! {
    s00 s01 s02 s03 s04 s05 s06 s07 s08 s09 s10 s11 s12 s13 s14 s15 s16 s17 s18 s19 s20 s21 s22 s23 s24 s25 s26 s27 s28 s29
    s30 s31 s32 s33 s34 s35 s36 s37 s38 s39 s40 s41 s42 s43 s44
}

/// Creates forty-five secrets. The first has two versions.
async fn create_secrets(peer: &Peer, app: &str) {
    let seed = Seed::new(peer);
    for name in NAMES {
        seed.create_text(&format!("{app}/{name}"), &format!("value of {name}"))
            .await;
    }
    seed.add_version(&format!("{app}/s00"), FIRST, "value of s00")
        .await;
}

fn assert_batches(report: &Report) {
    let mut sizes: Vec<_> = report
        .calls
        .iter()
        .map(|call| (call.operation.as_str(), call.names.len()))
        .collect();
    sizes.sort_unstable();
    let [five, twenty] = [5, 20].map(|size| ("BatchGetSecretValue", size));
    let single = ("GetSecretValue", 1);
    assert_eq!(
        sizes,
        [five, twenty, twenty, single, single],
        "pinned versions need single calls: {report}"
    );
}

fn list_expected_values() -> Vec<String> {
    NAMES
        .iter()
        .map(|name| format!("value of {name}"))
        .collect()
}

async fn an_attribute_enables_batches(peer: &Peer) {
    create_secrets(peer, "by-attribute").await;
    let Loaded { config, report, .. } = resolve::<ByAttribute>(&peer.url)
        .await
        .expect("all values exist");
    assert_eq!(config.values(), list_expected_values());
    assert_eq!(
        (config.previous.as_str(), config.pinned.as_str()),
        ("value of s00", "value of s00")
    );
    assert_batches(&report);
}

async fn a_loader_option_enables_batches(peer: &Peer) {
    create_secrets(peer, "by-option").await;
    let singles = resolve::<ByOption>(&peer.url)
        .await
        .expect("all values exist")
        .report;
    assert!(
        singles
            .calls
            .iter()
            .all(|call| call.operation == "GetSecretValue"),
        "{singles}"
    );
    assert_eq!(
        singles.calls.len(),
        47,
        "the default is one call for each address: {singles}"
    );
    let loader = loader::<ByOption>(&peer.url).batch_secrets();
    let Loaded { config, report, .. } = loader.resolve().await.expect("all values exist");
    assert_eq!(config.values(), list_expected_values());
    assert_eq!(
        (config.previous.as_str(), config.pinned.as_str()),
        ("value of s00", "value of s00")
    );
    assert_batches(&report);
}

async fn a_batch_has_keys_binaries_and_missing_secrets(peer: &Peer) {
    #[derive(StageConfig)]
    #[config(secrets = "batch")]
    struct Mixed {
        #[stage(dev = "secret:mixed/json#a")]
        a: String,
        #[stage(dev = "secret:mixed/json#b")]
        b: String,
        #[stage(dev = "secret:mixed/binary")]
        binary: SecretSlice<u8>,
        #[stage(dev = ["secret:mixed/none", "secret:mixed/text"])]
        text: SecretString,
        #[stage(dev = "secret:mixed/none")]
        none: Option<SecretString>,
    }

    let seed = Seed::new(peer);
    seed.create_text("mixed/json", r#"{"a":"1","b":"2"}"#).await;
    seed.create_text("mixed/text", "t").await;
    seed.create_binary("mixed/binary", &[0, 255]).await;
    let Loaded { config, report, .. } = resolve::<Mixed>(&peer.url)
        .await
        .expect("all needed values exist");
    assert_eq!(
        (
            config.a.as_str(),
            config.b.as_str(),
            config.text.expose_secret()
        ),
        ("1", "2", "t")
    );
    assert_eq!(
        (config.binary.expose_secret(), config.none.is_none()),
        (&[0, 255][..], true)
    );

    let names = vec![
        "secret:mixed/binary",
        "secret:mixed/json",
        "secret:mixed/none",
        "secret:mixed/text",
    ];
    assert_eq!(list_calls(&report), [("BatchGetSecretValue", names)]);
}

async fn a_single_secret_is_not_batched(peer: &Peer) {
    #[derive(StageConfig)]
    #[config(secrets = "batch")]
    struct One {
        #[stage(dev = "secret:alone#a")]
        a: String,
        #[stage(dev = "secret:alone#b")]
        b: String,
    }

    Seed::new(peer)
        .create_text("alone", r#"{"a":"1","b":"2"}"#)
        .await;
    let Loaded { config, report, .. } = resolve::<One>(&peer.url).await.expect("all values exist");
    assert_eq!((config.a.as_str(), config.b.as_str()), ("1", "2"));
    assert_eq!(
        list_calls(&report),
        [("GetSecretValue", vec!["secret:alone"])],
        "the single call has the larger quota"
    );
}
