//! Several stores, and stores with large contents.

use std::sync::OnceLock;

use stage_config::testing::Memory;

use super::checks::{ExpectedFailure, Watch};
use super::*;
use crate::support::peers::roto;
use crate::support::scripted::{Configurations, Secrets, cipher, is_poll};
use crate::support::{aws, child, load, secrets_and_keys};

/// One field from each of three services.
#[derive(StageConfig)]
#[allow(dead_code)]
struct Three {
    #[stage(dev = "/reliability/table")]
    table: String,
    #[stage(dev = "secret:reliability/key")]
    key: SecretString,
    #[stage(dev = "kms-env:RELIABILITY_TOKEN")]
    token: Option<SecretString>,
}

/// Returns the configurations of AppConfig. All loads can share them, because each load starts its
/// own sessions.
fn configurations() -> &'static Configurations {
    static CONFIGURATIONS: OnceLock<Configurations> = OnceLock::new();
    CONFIGURATIONS.get_or_init(|| Configurations::new(60, [("reliability/dev/flag", SECRET)]))
}

/// Answers like the services of AWS, except that the service `down` always answers 503.
fn answer_services(request: &Request, down: &str) -> Answer {
    match request.service.as_str() {
        service if service == down => Answer::Whole {
            status: 503,
            body: SECRET.to_owned(),
        },
        "AmazonSSM" => answer_normally(request),
        "secretsmanager" => Secrets::texts([("reliability/key", SECRET)]).answer(request),
        "" => configurations().answer(request),
        _ => cipher::answer_decrypt(request),
    }
}

#[test]
fn a_store_that_is_down_fails_only_its_fields() {
    std::thread::scope(|scope| {
        for (down, field, source) in [
            ("AmazonSSM", "table", "/reliability/table"),
            ("secretsmanager", "key", "secret:reliability/key"),
            ("TrentService", "token", "kms-env:RELIABILITY_TOKEN"),
        ] {
            scope.spawn(move || check_one_down(down, field, source));
        }
    });
}

fn check_one_down(down: &'static str, field: &str, source: &str) {
    let endpoint = Endpoint::start(move |request| answer_services(request, down));
    let bundle = create_bundle();
    let mut variables = aws::variables(endpoint.url());
    variables.extend([
        ("RELIABILITY_TOKEN", cipher::to_ciphertext(SECRET)),
        (
            "STAGE_CONFIG_TIMEOUT",
            format!("{}ms", When::NoTimeForRetry.timeout().as_millis()),
        ),
        ("AWS_CA_BUNDLE", bundle.path().display().to_string()),
        ("FIELD", field.to_owned()),
        ("SOURCE", source.to_owned()),
    ]);
    let output =
        child::run("reliability::stores::inner_one_of_three_down", &variables).assert_passed();
    assert_clean("the output", &output.text());

    let count = |service: &str| {
        endpoint
            .requests()
            .iter()
            .filter(|request| request.service == service)
            .count()
    };
    for service in ["AmazonSSM", "secretsmanager", "TrentService"] {
        let times = count(service);
        assert!(
            if service == down {
                times > 1
            } else {
                times == 1
            },
            "{service} got {times} requests"
        );
    }
}

#[tokio::test]
async fn inner_one_of_three_down() {
    if !child::is_inner("reliability::stores::inner_one_of_three_down") {
        return;
    }

    let word = |name: &str| std::env::var(name).expect("the outer test sets the variable");
    let (field, source) = (word("FIELD"), word("SOURCE"));
    let words = [source.as_str(), "HTTP 503", "before the timeout"];
    let watch = Watch::start(When::NoTimeForRetry);
    // The stores return two of the three values. The load still fails, even if the third field is
    // optional.
    watch.assert_failed(
        Three::load().await,
        &ExpectedFailure {
            fields: &[&field],
            kind: FailureKind::Unavailable,
            words: &words,
        },
    );
}

/// One field from each store that makes a call.
#[derive(StageConfig)]
#[config(app = "every-store")]
struct Five {
    #[stage(dev = "/reliability/table")]
    table: String,
    #[stage(dev = "secret:reliability/key")]
    key: SecretString,
    #[stage(dev = "kms-env:RELIABILITY_TOKEN")]
    token: SecretString,
    #[stage(dev = "sealed:every-store/x")]
    sealed: SecretString,
    #[stage(dev = "appconfig:reliability/dev/flag")]
    flag: SecretString,
}

impl KnownValues for Five {
    fn has_expected_values(&self) -> bool {
        let secrets = [&self.key, &self.token, &self.sealed, &self.flag];
        let secrets = secrets.map(ExposeSecret::expose_secret);
        self.table == "orders" && secrets == [SECRET, SECRET, "the value of x", SECRET]
    }
}

/// One call to each store, and one more call to AppConfig: the call that starts a session before
/// the first poll.
const CALLS: usize = 6;

/// Runs an inner test, which loads [`Five`], and returns the number of requests.
fn run_five(inner: &str, script: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> usize {
    let endpoint = Endpoint::start(script);
    let bundle = create_bundle();
    let mut variables = aws::variables(endpoint.url());
    variables.extend([
        ("RELIABILITY_TOKEN", cipher::to_ciphertext(SECRET)),
        ("AWS_CA_BUNDLE", bundle.path().display().to_string()),
    ]);
    let output = child::run(&format!("reliability::stores::{inner}"), &variables).assert_passed();
    assert_clean("the output", &output.text());

    endpoint.requests().len()
}

/// A load retries the transient errors of each store. If a service refuses a request because of its
/// time, the client of the service reads the right time from the refusal.
#[test]
fn every_store_retries_and_corrects_the_clock() {
    let seen = std::sync::Mutex::new(std::collections::HashSet::new());
    // The request of each poll of AppConfig differs, because it contains another token. So all
    // polls count as one call.
    let is_first = move |request: &Request| {
        let call = if is_poll(request) {
            "poll".to_owned()
        } else {
            request.body.to_string()
        };
        seen.lock()
            .expect("no answer panics while it holds the lock")
            .insert(call)
    };
    let cut_off_first = move |request: &Request| match answer_services(request, "none") {
        answer if is_first(request) => Answer::CutOff {
            body: answer.into_body(),
        },
        answer => answer,
    };
    assert_eq!(
        run_five("inner_every_store", cut_off_first),
        2 * CALLS + 1,
        "each call must be made twice, and a cut off poll needs a new session"
    );

    let answer_after_time_check = |request: &Request| {
        let is_late = credentials::compute_signing_time_error(request) > credentials::TOLERANCE;
        let refusal = || Answer::error(400, "InvalidSignatureException", "Signature expired");
        if is_late {
            refusal()
        } else {
            answer_services(request, "none")
        }
    };
    let calls = run_five(
        "inner_every_store_with_a_wrong_clock",
        answer_after_time_check,
    );
    assert!(
        (CALLS + 1..=2 * CALLS).contains(&calls),
        "{calls} calls were made"
    );
}

#[tokio::test]
async fn inner_every_store() {
    if child::is_inner("reliability::stores::inner_every_store") {
        assert_succeeds(Five::loader(), When::AfterAPause).await;
    }
}

#[tokio::test]
async fn inner_every_store_with_a_wrong_clock() {
    if child::is_inner("reliability::stores::inner_every_store_with_a_wrong_clock") {
        let url = std::env::var("AWS_ENDPOINT_URL").expect("the outer test sets the variable");
        let settings = aws::settings(&url)
            .into_builder()
            .time_source(credentials::WrongClock(-7200));
        assert_succeeds(Five::loader().aws(&settings.build()), When::AfterAPause).await;
    }
}

/// The value has the maximum size that Secrets Manager accepts. One load reads the value from a
/// server, and another load reads it from local values.
#[tokio::test]
async fn a_value_of_64_kb_is_loaded() {
    #[derive(StageConfig)]
    struct Large {
        #[stage(dev = "secret:reliability/64-kb")]
        value: SecretString,
    }
    impl KnownValues for Large {
        fn has_expected_values(&self) -> bool {
            self.value.expose_secret() == repeat_secret(65_536)
        }
    }
    /// Returns the secret, repeated up to this size.
    fn repeat_secret(size: usize) -> String {
        SECRET.chars().cycle().take(size).collect()
    }

    let value = repeat_secret(65_536);
    secrets_and_keys::Secrets::new(roto())
        .create_text("reliability/64-kb", &value)
        .await;
    let values = Memory::new().set("secret:reliability/64-kb", value.as_str());
    for loader in [
        load::loader::<Large>(&roto().url),
        Large::loader().stage("dev").local(values),
    ] {
        assert_succeeds(loader, When::Computing).await;
    }
}

/// A configuration with 31 values in each of 32 nested structs. The 992 values and the 32 structs
/// are 1,024 fields, which is the maximum.
mod large {
    macro_rules! large {
        ($($outer:ident)+; $inner:tt) => {
            #[derive(stage_config::StageConfig)]
            #[stage(dev = "/large/{field}")]
            pub(super) struct Large { $(#[config(nested)] $outer: Inner),+ }
            large!(@inner $inner);
            impl Large {
                pub(super) fn values(&self) -> Vec<(String, String)> {
                    [$((stringify!($outer), &self.$outer)),+].into_iter().flat_map(|(outer, inner)| inner.values(outer)).collect()
                }
            }
        };
        (@inner ($($inner:ident)+)) => {
            #[derive(stage_config::StageConfig)]
            #[config(inherit)]
            struct Inner { $($inner: String),+ }
            impl Inner {
                fn values(&self, outer: &str) -> Vec<(String, String)> {
                    vec![$((format!("/large/{outer}/{}", stringify!($inner)), self.$inner.clone())),+]
                }
            }
        };
    }
    large! {
        a0 a1 a2 a3 a4 a5 a6 a7 b0 b1 b2 b3 b4 b5 b6 b7 c0 c1 c2 c3 c4 c5 c6 c7 d0 d1 d2 d3 d4 d5 d6 d7;
        (e0 e1 e2 e3 e4 e5 e6 e7 f0 f1 f2 f3 f4 f5 f6 f7 g0 g1 g2 g3 g4 g5 g6 g7 h0 h1 h2 h3 h4 h5 h6)
    }
}

/// Returns the value for a name. Each name has a different value, which contains the secret.
fn format_value(name: &str) -> String {
    format!("{SECRET} of {name}")
}

impl KnownValues for large::Large {
    fn has_expected_values(&self) -> bool {
        let values = self.values();
        values.len() == 992
            && values
                .iter()
                .all(|(name, value)| *value == format_value(name))
    }
}

#[tokio::test]
async fn a_memory_store_of_10_000_values_is_loaded() {
    let plan = large::Large::loader().stage("dev").plan().expect("a plan");
    let names: Vec<String> = plan
        .calls()
        .iter()
        .flat_map(|call| &call.requests)
        .map(ToString::to_string)
        .collect();
    assert_eq!(names.len(), 992);

    let others = (names.len()..10_000).map(|number| format!("/large/other/{number}"));
    let values = names
        .into_iter()
        .chain(others)
        .fold(Memory::new(), |values, name| {
            let value = format_value(&name);
            values.set(name, value)
        });
    let report = assert_succeeds(
        large::Large::loader().stage("dev").local(values),
        When::Computing,
    )
    .await;
    assert_eq!(report.fields.len(), 992);
}
