//! One test suite that runs against two independent servers.

use std::collections::BTreeMap;

use stage_config::{ExposeSecret, FailureKind, Loaded, SecretString, StageConfig};

use crate::support::aws::Seed;
use crate::support::load::{assert_failure, error, failure, loaded, resolve};
use crate::support::peers::{self, Peer};

macro_rules! suite {
    ($($case:ident)+) => {
        mod roto {
            $(#[tokio::test] async fn $case() { super::$case(super::peers::roto()).await })+
        }
        mod moto {
            $(#[tokio::test] async fn $case() { super::$case(super::peers::moto()).await })+
        }
    };
}

suite! {
    parameters_of_every_type_are_loaded
    a_pinned_version_is_loaded
    a_labelled_version_is_loaded
    an_arn_is_a_valid_source
    each_region_gets_its_own_call
    many_names_are_split_into_several_calls
    duplicates_are_requested_once
    missing_parameters_are_listed
    the_first_existing_candidate_of_a_chain_is_used
    a_missing_value_is_none_or_the_default
    nested_structs_are_loaded_in_one_wave
    json_keys_select_parts_of_a_parameter
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
    seed.text("/types/text", "  0123 ").await.text("/types/number", "8080\n").await;
    seed.list("/types/list", "a,b, c").await.list("/types/brackets", "[1],2").await;
    seed.secure("/types/secure", "12345").await.secure("/types/secure_number", "42").await;
    seed.secure("/types/secure_list", "AQID").await;

    let Loaded { config, report, .. } = resolve::<Types>(&peer.url).await.expect("all values exist");
    assert_eq!((config.text.as_str(), config.number), ("  0123 ", 8080));
    assert_eq!(config.list, ["a", "b", "c"]);
    assert_eq!(config.brackets, ["[1]", "2"]);
    assert_eq!((config.secure.expose_secret(), config.secure_number), ("12345", 42));
    assert_eq!(config.secure_list, [1, 2, 3]);
    let [call] = &report.calls[..] else { panic!("seven names are one call: {report}") };
    assert_eq!((call.scheme.as_str(), call.operation.as_str(), call.names.len()), ("ssm", "GetParameters", 7));
    assert_eq!(call.retries, 0);
    let field = report.fields.iter().find(|field| field.field == "text").expect("every field is reported");
    assert_eq!((field.source.as_deref(), field.version.as_deref()), (Some("/types/text"), Some("1")));
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
    seed.text("/versions/a", "one").await.text("/versions/a", "two").await.text("/versions/a", "three").await;

    let Loaded { config, report, .. } = resolve::<Versions>(&peer.url).await.expect("the versions exist");
    assert_eq!((config.latest.as_str(), config.first.as_str(), config.second.as_str()), ("three", "one", "two"));
    assert_eq!(config.future, None);
    let versions: Vec<_> = report.fields.iter().map(|field| field.version.as_deref()).collect();
    assert_eq!(versions, [Some("3"), Some("1"), Some("2"), None]);
}

/// moto omits the selector in its answers, so a label is recognized only if its parameter is
/// requested once.
async fn a_labelled_version_is_loaded(peer: &Peer) {
    #[derive(StageConfig)]
    struct Labels {
        #[stage(dev = "/labels/a:blue")]
        blue: String,
        #[stage(dev = ["/labels/b:green", "/labels/c"])]
        green: String,
    }
    let seed = Seed::new(peer);
    seed.text("/labels/a", "one").await.text("/labels/a", "two").await.label("/labels/a", 1, "blue").await;
    seed.text("/labels/b", "unlabelled").await.text("/labels/c", "c").await;

    let config = loaded(resolve::<Labels>(&peer.url).await);
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
    Seed::new(peer).text("/arns/a", "the same").await;
    let config = loaded(resolve::<Arns>(&peer.url).await);
    assert_eq!((config.by_arn.as_str(), config.by_name.as_str(), config.none), ("the same", "the same", None));
}

async fn each_region_gets_its_own_call(peer: &Peer) {
    #[derive(StageConfig)]
    struct Regions {
        #[stage(dev = "/regions/a")]
        here: String,
        #[stage(dev = "/regions/a?region=us-east-1")]
        there: Option<String>,
    }
    Seed::new(peer).text("/regions/a", "here").await;
    let Loaded { config, report, .. } = resolve::<Regions>(&peer.url).await.expect("one of the two values exists");
    assert_eq!((config.here.as_str(), config.there), ("here", None));
    let mut regions: Vec<_> = report.calls.iter().map(|call| call.region.as_deref()).collect();
    regions.sort();
    assert_eq!(regions, [None, Some("us-east-1")], "each region gets its own call");
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
        seed.text(&format!("/many/{name}"), &format!("value of {name}")).await;
    }
    let Loaded { config, report, .. } = resolve::<Many>(&peer.url).await.expect("all values exist");
    let wanted: Vec<_> = NAMES.iter().map(|name| format!("value of {name}")).collect();
    assert_eq!(config.values(), wanted);
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
    Seed::new(peer).text("/twice/a", "7").await.text("/twice/json", r#"{"x":1,"y":2}"#).await;
    let Loaded { config, report, .. } = resolve::<Twice>(&peer.url).await.expect("all values exist");
    assert_eq!((config.text.as_str(), config.number, config.chain.as_str()), ("7", 7, "7"));
    assert_eq!((config.x, config.y), (1, 2));
    let [call] = &report.calls[..] else { panic!("three names are one call: {report}") };
    assert_eq!(call.names.len(), 3, "{report}");
}

async fn missing_parameters_are_listed(peer: &Peer) {
    #[derive(StageConfig)]
    #[stage(dev = "/absent/{field}")]
    #[allow(dead_code)]
    struct Absent {
        there: String,
        gone: String,
        secret: SecretString,
    }
    Seed::new(peer).text("/absent/there", "x").await;
    let error = error(resolve::<Absent>(&peer.url).await);
    let [gone, secret] = error.failures() else { panic!("both are listed: {error}") };
    assert_failure(gone, "gone", FailureKind::Missing, &["/absent/gone", "put-parameter --name /absent/gone"]);
    assert_failure(secret, "secret", FailureKind::Missing, &["/absent/secret", "SecureString"]);
    assert!(!error.to_string().contains("there:"), "what was found is not listed: {error}");
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
    seed.text("/chains/first", "1st").await.text("/chains/second", "2nd").await;
    seed.text("/chains/json", r#"{"present":"p","absent":null}"#).await;

    let Loaded { config, report, .. } = resolve::<Chains>(&peer.url).await.expect("one candidate of each chain exists");
    assert_eq!((config.second.as_str(), config.first.as_str()), ("2nd", "1st"));
    assert_eq!((config.literal.as_str(), config.key.as_str(), config.optional), ("literal", "p", None));
    assert_eq!(report.calls.len(), 1, "a chain needs no second round trip: {report}");
    let failure = failure(resolve::<Nothing>(&peer.url).await);
    assert_failure(&failure, "required", FailureKind::Missing, &["/chains/none", "/chains/nothing"]);
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
        given: u8,
    }
    Seed::new(peer).text("/optional/some", "1").await.text("/optional/given", "2").await;
    let config = loaded(resolve::<Optional>(&peer.url).await);
    assert_eq!((config.some, config.none, config.timeout, config.given), (Some(1), None, 30, 2));
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
    seed.text("/nested/name", "n").await.text("/nested/mail/host", "h").await.text("/nested/mail/port", "25").await;
    seed.text("/nested/letters/host", "l").await.secure("/elsewhere/key", "k").await;

    let Loaded { config, report, .. } = resolve::<Root>(&peer.url).await.expect("all values exist");
    assert_eq!((config.name.as_str(), config.mail.host.as_str(), config.mail.port), ("n", "h", Some(25)));
    assert_eq!((config.post.host.as_str(), config.post.port), ("l", None));
    assert_eq!(config.own.key.expose_secret(), "k");
    assert!(config.absent.is_none());
    assert_eq!(report.calls.len(), 1, "one wave: {report}");

    seed.text("/nested/absent/port", "1").await;
    let failure = failure(resolve::<Root>(&peer.url).await);
    assert_failure(&failure, "absent.host", FailureKind::Missing, &["/nested/absent/host"]);
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
    Seed::new(peer).secure("/json/all", json).await;
    let config = loaded(resolve::<Json>(&peer.url).await);
    assert_eq!((config.password.expose_secret(), config.port), ("pass", 5432));
    assert_eq!(config.tags, ["a", "b"]);
    assert_eq!(config.limits, BTreeMap::from([("x".to_owned(), 1)]));
    assert_eq!((config.deep.as_str(), config.exact.as_str()), ("d", "whole"));
    assert_eq!((config.nothing, config.absent), (None, None));
}

async fn values_of_8_kb_are_loaded(peer: &Peer) {
    #[derive(StageConfig)]
    #[stage(dev = "/long/{field}")]
    struct Long {
        text: String,
        secret: SecretString,
    }
    let long = "x".repeat(8 * 1024);
    Seed::new(peer).text("/long/text", &long).await.secure("/long/secret", &long).await;
    let config = loaded(resolve::<Long>(&peer.url).await);
    assert_eq!((config.text, config.secret.expose_secret()), (long.clone(), long.as_str()));
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
    Seed::new(peer).text("/accounts/a", "x").await;
    assert_eq!(loaded(resolve::<Right>(&peer.url).await).a, "x");
    let failure = failure(resolve::<Wrong>(&peer.url).await.map(|loaded| loaded.config.a));
    assert_failure(&failure, "a", FailureKind::WrongAccount, &["123456789012", "999999999999", "/accounts/a"]);
}
