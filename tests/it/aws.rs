//! Parameter Store: one suite that runs against two independent servers.

mod fields;

use std::collections::BTreeMap;

use stage_config::{ExposeSecret, FailureKind, Loaded, SecretString, StageConfig};

use crate::support::aws::Seed;
use crate::support::load::{assert_failure, expect_config, expect_error, expect_failure, resolve};
use crate::support::peers::Peer;
use crate::support::suite::suite;

suite! {
    parameters_of_every_type_are_loaded
    a_pinned_version_is_loaded
    a_labelled_version_is_loaded
    an_arn_is_a_valid_source
    each_region_gets_its_own_call
    many_names_are_split_into_several_calls
    duplicates_are_requested_once
    missing_parameters_are_listed
    values_of_8_kb_are_loaded
    a_value_of_another_account_is_refused
}

async fn parameters_of_every_type_are_loaded(peer: &Peer) {
    #[derive(StageConfig)]
    #[stage(dev = "/types/{field}")]
    struct Types {
        text: String,
        number: u16,
        list: Vec<String>,
        brackets: Vec<String>,
        secure: SecretString,
        #[config(secret)]
        secure_number: u64,
        secure_list: Vec<u8>,
    }
    let seed = Seed::new(peer);
    seed.put_text("/types/text", "  0123 ")
        .await
        .put_text("/types/number", "8080\n")
        .await;
    seed.put_list("/types/list", "a,b, c")
        .await
        .put_list("/types/brackets", "[1],2")
        .await;
    seed.put_secure("/types/secure", "12345")
        .await
        .put_secure("/types/secure_number", "42")
        .await;
    seed.put_secure("/types/secure_list", "AQID").await;

    let Loaded { config, report, .. } =
        resolve::<Types>(&peer.url).await.expect("all values exist");
    assert_eq!((config.text.as_str(), config.number), ("  0123 ", 8080));
    assert_eq!(config.list, ["a", "b", "c"]);
    assert_eq!(config.brackets, ["[1]", "2"]);
    assert_eq!(
        (config.secure.expose_secret(), config.secure_number),
        ("12345", 42)
    );
    assert_eq!(config.secure_list, [1, 2, 3]);
    let [call] = &report.calls[..] else {
        panic!("one call is expected: {report}")
    };
    assert_eq!(
        (
            call.scheme.as_str(),
            call.operation.as_str(),
            call.names.len()
        ),
        ("ssm", "GetParameters", 7)
    );
    assert_eq!(call.retries, 0);
    let field = report
        .fields
        .iter()
        .find(|field| field.field == "text")
        .expect("every field is reported");
    assert_eq!(
        (field.source.as_deref(), field.version.as_deref()),
        (Some("/types/text"), Some("1"))
    );
}

async fn a_pinned_version_is_loaded(peer: &Peer) {
    #[derive(StageConfig)]
    struct Versions {
        #[stage(dev = "/versions/a")]
        latest: String,
        #[stage(dev = "/versions/a:1")]
        first: String,
        #[stage(dev = "ssm:/versions/a:2")]
        second: String,
        #[stage(dev = "/versions/a:9")]
        future: Option<String>,
    }
    let seed = Seed::new(peer);
    seed.put_text("/versions/a", "one")
        .await
        .put_text("/versions/a", "two")
        .await
        .put_text("/versions/a", "three")
        .await;

    let Loaded { config, report, .. } = resolve::<Versions>(&peer.url)
        .await
        .expect("the versions exist");
    assert_eq!(
        (
            config.latest.as_str(),
            config.first.as_str(),
            config.second.as_str()
        ),
        ("three", "one", "two")
    );
    assert_eq!(config.future, None);
    let versions: Vec<_> = report
        .fields
        .iter()
        .map(|field| field.version.as_deref())
        .collect();
    assert_eq!(versions, [Some("3"), Some("1"), Some("2"), None]);
}

/// moto omits the selector in its answers, so a label is recognized only if no other source reads
/// the same parameter.
async fn a_labelled_version_is_loaded(peer: &Peer) {
    #[derive(StageConfig)]
    struct Labels {
        #[stage(dev = "/labels/a:blue")]
        blue: String,
        #[stage(dev = ["/labels/b:green", "/labels/c"])]
        green: String,
    }
    let seed = Seed::new(peer);
    seed.put_text("/labels/a", "one")
        .await
        .put_text("/labels/a", "two")
        .await
        .add_label("/labels/a", 1, "blue")
        .await;
    seed.put_text("/labels/b", "unlabelled")
        .await
        .put_text("/labels/c", "c")
        .await;

    let config = expect_config(resolve::<Labels>(&peer.url).await);
    assert_eq!((config.blue.as_str(), config.green.as_str()), ("one", "c"));
}

async fn an_arn_is_a_valid_source(peer: &Peer) {
    #[derive(StageConfig)]
    struct Arns {
        #[stage(dev = "arn:aws:ssm:eu-west-1:123456789012:parameter/arns/a")]
        by_arn: String,
        #[stage(dev = "/arns/a")]
        by_name: String,
        #[stage(dev = "arn:aws:ssm:eu-west-1:123456789012:parameter/arns/none")]
        none: Option<String>,
    }

    Seed::new(peer).put_text("/arns/a", "the same").await;
    let config = expect_config(resolve::<Arns>(&peer.url).await);
    assert_eq!(
        (config.by_arn.as_str(), config.by_name.as_str(), config.none),
        ("the same", "the same", None)
    );
}

async fn each_region_gets_its_own_call(peer: &Peer) {
    #[derive(StageConfig)]
    struct Regions {
        #[stage(dev = "/regions/a")]
        default_region: String,
        #[stage(dev = "/regions/a?region=us-east-1")]
        other_region: Option<String>,
    }

    Seed::new(peer).put_text("/regions/a", "x").await;
    let Loaded { config, report, .. } = resolve::<Regions>(&peer.url)
        .await
        .expect("one of the two values exists");
    assert_eq!(
        (config.default_region.as_str(), config.other_region),
        ("x", None)
    );

    let mut regions: Vec<_> = report
        .calls
        .iter()
        .map(|call| call.region.as_deref())
        .collect();
    regions.sort();
    assert_eq!(
        regions,
        [None, Some("us-east-1")],
        "each region gets its own call"
    );
}

async fn many_names_are_split_into_several_calls(peer: &Peer) {
    macro_rules! many {
        ($($field:ident)+) => {
            #[derive(StageConfig)]
            #[stage(dev = "/many/{field}")]
            struct Many { $($field: String),+ }
            const NAMES: &[&str] = &[$(stringify!($field)),+];
            impl Many {
                fn values(&self) -> Vec<&str> { vec![$(&self.$field),+] }
            }
        };
    }

    many! { a b c d e f g h i j k l m n o p q r s t u v w }
    let seed = Seed::new(peer);
    for name in NAMES {
        seed.put_text(&format!("/many/{name}"), &format!("value of {name}"))
            .await;
    }
    let Loaded { config, report, .. } = resolve::<Many>(&peer.url).await.expect("all values exist");
    let expected: Vec<_> = NAMES
        .iter()
        .map(|name| format!("value of {name}"))
        .collect();
    assert_eq!(config.values(), expected);

    let mut sizes: Vec<_> = report.calls.iter().map(|call| call.names.len()).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [3, 10, 10]);
}

async fn duplicates_are_requested_once(peer: &Peer) {
    #[derive(StageConfig)]
    struct Twice {
        #[stage(dev = "/twice/a")]
        text: String,
        #[stage(dev = "ssm:/twice/a")]
        number: u8,
        #[stage(dev = ["/twice/none", "/twice/a"])]
        chain: String,
        #[stage(dev = "/twice/json#x")]
        x: u8,
        #[stage(dev = "/twice/json#y")]
        y: u8,
    }

    Seed::new(peer)
        .put_text("/twice/a", "7")
        .await
        .put_text("/twice/json", r#"{"x":1,"y":2}"#)
        .await;
    let Loaded { config, report, .. } =
        resolve::<Twice>(&peer.url).await.expect("all values exist");
    assert_eq!(
        (config.text.as_str(), config.number, config.chain.as_str()),
        ("7", 7, "7")
    );
    assert_eq!((config.x, config.y), (1, 2));

    let [call] = &report.calls[..] else {
        panic!("one call is expected: {report}")
    };
    assert_eq!(call.names.len(), 3, "{report}");
}

async fn missing_parameters_are_listed(peer: &Peer) {
    #[derive(StageConfig)]
    #[stage(dev = "/absent/{field}")]
    #[allow(dead_code)]
    struct Absent {
        existing: String,
        missing: String,
        secret: SecretString,
    }

    Seed::new(peer).put_text("/absent/existing", "x").await;
    let error = expect_error(resolve::<Absent>(&peer.url).await);
    let [missing, secret] = error.failures() else {
        panic!("two failures are expected: {error}")
    };
    assert_failure(
        missing,
        "missing",
        FailureKind::Missing,
        &["/absent/missing", "put-parameter --name /absent/missing"],
    );
    assert_failure(
        secret,
        "secret",
        FailureKind::Missing,
        &["/absent/secret", "SecureString"],
    );
    assert!(
        !error.to_string().contains("existing:"),
        "a found value is listed: {error}"
    );
}

async fn values_of_8_kb_are_loaded(peer: &Peer) {
    #[derive(StageConfig)]
    #[stage(dev = "/long/{field}")]
    struct Long {
        text: String,
        secret: SecretString,
    }

    let long = "x".repeat(8 * 1024);
    Seed::new(peer)
        .put_text("/long/text", &long)
        .await
        .put_secure("/long/secret", &long)
        .await;
    let config = expect_config(resolve::<Long>(&peer.url).await);
    assert_eq!(
        (config.text, config.secret.expose_secret()),
        (long.clone(), long.as_str())
    );
}

async fn a_value_of_another_account_is_refused(peer: &Peer) {
    #[derive(StageConfig)]
    #[stage(dev = "/accounts/{field}")]
    #[config(account(dev = "123456789012"))]
    struct Right {
        a: String,
    }
    #[derive(StageConfig)]
    #[stage(dev = "/accounts/{field}")]
    #[config(account(dev = "999999999999"))]
    struct Wrong {
        a: String,
    }

    Seed::new(peer).put_text("/accounts/a", "x").await;
    assert_eq!(expect_config(resolve::<Right>(&peer.url).await).a, "x");

    let failure = expect_failure(
        resolve::<Wrong>(&peer.url)
            .await
            .map(|loaded| loaded.config.a),
    );
    assert_failure(
        &failure,
        "a",
        FailureKind::WrongAccount,
        &["123456789012", "999999999999", "/accounts/a"],
    );
}
