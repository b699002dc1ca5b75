//! `default = "TEXT"`, which is decoded like a stored text, and `from_str`.

use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use serde::Deserialize;
use stage_config::figment::Figment;
use stage_config::report::Origin;
use stage_config::testing::Memory;
use stage_config::{ExposeSecret as _, FailureKind, SecretBox, StageConfig};

use crate::support::load::{assert_failure, expect_failure};

type Wait = Duration;

#[derive(Deserialize, Debug, PartialEq, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Fast,
    Slow,
}

const REGION: &str = "eu-west-1";

#[derive(StageConfig)]
#[stage(dev = "/defaults/{field}")]
struct Config {
    #[config(default = "eu-west-1")]
    region: String,
    #[config(default = " kept ")]
    exact: String,
    #[config(default = "8080")]
    port: u16,
    #[config(default = "-5")]
    offset: i8,
    #[config(default = "1.5")]
    rate: f64,
    #[config(default = "true")]
    enabled: bool,
    #[config(default = "1h 30m")]
    timeout: Duration,
    #[config(default = "3s")]
    alias: Wait,
    #[config(default = "0.0.0.0:80")]
    listen: SocketAddr,
    #[config(default = "5s")]
    optional: Option<Duration>,
    #[config(default = "a, b")]
    list: Vec<String>,
    #[config(default = "[1, 2]")]
    json_list: Vec<u16>,
    #[config(default = "")]
    empty: Vec<u16>,
    #[config(default = "a, 3s")]
    pair: (String, Duration),
    #[config(default = "{a},{b}")]
    braces: [String; 2],
    #[config(default = "{a}, 3s")]
    brace_pair: (String, Duration),
    #[config(default = "{,}")]
    brace_chars: Vec<char>,
    #[config(default = r#"{"a": "3s"}"#)]
    map: HashMap<String, Duration>,
    #[config(default = "fast")]
    mode: Mode,
    #[config(default = "x", with = "shout")]
    with: String,
    #[config(default = REGION.to_owned())]
    code: String,
    #[config(default = concat!("a", "b").to_owned())]
    macro_call: String,
    #[config(nested)]
    inner: Inner,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Inner {
    #[config(default = "2m")]
    pause: Duration,
}

mod shout {
    use serde::{Deserialize as _, Deserializer};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
        String::deserialize(from).map(|text| text.to_uppercase())
    }
}

#[test]
fn a_default_text_is_decoded_like_a_stored_text() {
    let config = Config::for_tests().build().expect("every default is valid");
    assert_eq!((&*config.region, &*config.exact), ("eu-west-1", " kept "));
    assert_eq!((config.port, config.offset), (8080, -5));
    assert_eq!((config.rate, config.enabled), (1.5, true));
    assert_eq!(config.timeout, Duration::from_secs(5400));
    assert_eq!(config.alias, Duration::from_secs(3));
    assert_eq!(config.listen, SocketAddr::from(([0, 0, 0, 0], 80)));
    assert_eq!(config.optional, Some(Duration::from_secs(5)));
    assert_eq!(config.list, ["a", "b"]);
    assert_eq!((config.json_list, config.empty), (vec![1, 2], vec![]));
    assert_eq!(config.pair, ("a".to_owned(), Duration::from_secs(3)));
    assert_eq!(config.braces, ["{a}", "{b}"]);
    assert_eq!(
        config.brace_pair,
        ("{a}".to_owned(), Duration::from_secs(3))
    );
    assert_eq!(config.brace_chars, ['{', '}']);
    assert_eq!(config.map["a"], Duration::from_secs(3));
    assert_eq!((config.mode, &*config.with), (Mode::Fast, "X"));
    assert_eq!((&*config.code, &*config.macro_call), (REGION, "ab"));
    assert_eq!(config.inner.pause, Duration::from_secs(120));
}

#[tokio::test]
async fn the_report_and_figment_have_the_default() {
    let memory = Memory::new().set("region", "x");
    let loader = Config::loader().stage("dev").local(memory);
    let loaded = loader.resolve().await.expect("every default is valid");
    let field = |name: &str| {
        let fields = &loaded.report.fields;
        fields
            .iter()
            .find(|field| field.field == name)
            .expect("the field is in the report")
    };
    assert_eq!(field("timeout").origin, Origin::Default);
    assert_eq!(field("timeout").source.as_deref(), Some("1h 30m"));
    assert_eq!(field("code").source.as_deref(), Some("REGION.to_owned()"));

    let figment = Figment::from(loaded).select("dev");
    assert_eq!(figment.extract_inner::<u16>("port").ok(), Some(8080));
    assert_eq!(
        figment.extract_inner::<String>("timeout").ok().as_deref(),
        Some("1h 30m")
    );
    assert_eq!(
        figment.extract_inner::<String>("mode").ok().as_deref(),
        Some("fast")
    );
}

/// A type whose `FromStr` quotes the text in its error, and whose `Deserialize` does not read a
/// text.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
struct Level {
    number: u8,
}

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text
            .strip_prefix('L')
            .and_then(|number| number.parse().ok());
        number
            .map(|number| Self { number })
            .ok_or_else(|| text.to_owned())
    }
}

impl zeroize::Zeroize for Level {
    fn zeroize(&mut self) {
        self.number = 0;
    }
}

fn is_low(level: &Level) -> Result<(), &'static str> {
    if level.number < 5 {
        Ok(())
    } else {
        Err("the level is too high")
    }
}

#[derive(StageConfig)]
#[stage(dev = "/defaults/{field}")]
struct Parsed {
    #[config(from_str, default = "L1", validate = is_low)]
    level: Level,
    #[config(from_str)]
    optional: Option<Level>,
    #[config(from_str, plain, default = "L1, L2")]
    list: Vec<Level>,
    #[config(from_str)]
    set: Option<BTreeSet<Level>>,
    #[config(from_str)]
    secret: Option<SecretBox<Level>>,
    #[config(from_str, plain, default = Level { number: 7 })]
    code: Level,
}

#[test]
fn from_str_reads_the_trimmed_text() {
    let defaults = Parsed::for_tests().build().expect("every default is valid");
    assert_eq!((defaults.level.number, defaults.code.number), (1, 7));
    assert_eq!(defaults.list, [Level { number: 1 }, Level { number: 2 }]);
    assert_eq!((defaults.optional, defaults.set), (None, None));
    assert!(defaults.secret.is_none());

    let set = Parsed::for_tests()
        .set("level", "\u{feff} L2\r\n")
        .set("optional", "L3")
        .set("list", r#"["L4"]"#)
        .set("set", "L2,L1,L2")
        .set("secret", "L9")
        .build()
        .expect("every text is valid");
    assert_eq!((set.level.number, set.list[0].number), (2, 4));
    assert_eq!(set.optional, Some(Level { number: 3 }));
    assert_eq!(set.set.map(|set| set.len()), Some(2));
    assert_eq!(
        set.secret.map(|level| level.expose_secret().number),
        Some(9)
    );
}

#[test]
fn an_error_of_from_str_is_not_shown() {
    for (field, text, words) in [
        ("level", "hunter2", "rejects the value"),
        ("level", "L9", "the level is too high"),
        ("optional", "hunter2", "rejects the value"),
        ("list", "L1, hunter2", "item 2"),
        ("set", "hunter2", "item 1"),
        ("secret", "hunter2", "rejects the value"),
    ] {
        let error = Parsed::for_tests().set(field, text).build().err();
        let error = error.unwrap_or_else(|| panic!("{field} is accepted"));
        let [failure] = error.failures() else {
            panic!("one failure is expected: {error}")
        };
        assert_eq!(failure.field(), field);
        let shown = format!("{error}\n{error:?}\n{failure:?}");
        assert!(shown.contains(words), "{shown}");
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}

#[tokio::test]
async fn figment_and_a_local_file_treat_a_field_with_from_str_as_text() {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), "[dev]\nlevel = 'L2'\nlist = ['L3']\n")
        .expect("the file is written");
    let loader = Parsed::loader().stage("dev").local(file.path());
    let loaded = loader.resolve().await.expect("every text is valid");
    assert_eq!(
        (loaded.config.level.number, loaded.config.list[0].number),
        (2, 3)
    );
    let figment = Figment::from(loaded).select("dev");
    assert_eq!(
        figment.extract_inner::<String>("level").ok().as_deref(),
        Some("L2")
    );
    assert_eq!(
        figment.extract_inner::<Vec<String>>("list").ok(),
        Some(vec!["L3".to_owned()])
    );

    // A load keeps the spelling of a number in the file, so `FromStr` gets the text `1.10`.
    std::fs::write(file.path(), "[dev]\nlevel = 1.10\n").expect("the file is written");
    let failed = expect_failure(
        Parsed::loader()
            .stage("dev")
            .local(file.path())
            .resolve()
            .await,
    );
    assert_failure(
        &failed,
        "level",
        FailureKind::Undecodable,
        &["rejects the value", "`FromStr`"],
    );
}

#[derive(StageConfig)]
#[stage(dev = "/defaults/{field}")]
#[allow(dead_code, reason = "decoded, not read")]
struct Wrong {
    #[config(default = "medium")]
    mode: Mode,
    #[config(from_str, default = "hunter2")]
    level: Option<Level>,
    #[config(from_str, default = "L9", validate = is_low)]
    high: Level,
    #[config(default = r#"{"a": 1"#)]
    map: HashMap<String, u8>,
}

fn assert_wrong(failures: &[stage_config::Failure]) {
    let found: Vec<_> = failures
        .iter()
        .map(|failure| (failure.field(), failure.kind()))
        .collect();
    let undecodable = |field| (field, FailureKind::Undecodable);
    assert_eq!(
        found,
        [
            undecodable("mode"),
            undecodable("level"),
            ("high", FailureKind::Invalid),
            undecodable("map")
        ]
    );
    for failure in failures {
        let text = failure.to_string();
        assert!(
            text.contains("its default") && text.contains("correct the `default`"),
            "{text}"
        );
        assert!(!text.contains("hunter2") && !text.contains("L9"), "{text}");
    }
}

/// The compiler cannot check these defaults, so `for_tests` and `check` report them, even if the
/// field has a value.
#[tokio::test]
async fn a_wrong_default_is_reported() {
    let error = |values| {
        let values: [(&str, &str); 4] = values;
        let not_empty = values.into_iter().filter(|(_, text)| !text.is_empty());
        let set = not_empty.fold(Wrong::for_tests(), |all, (field, text)| {
            all.set(field, text)
        });
        set.build().err().expect("the defaults are wrong")
    };
    let right = [
        ("mode", "fast"),
        ("level", "L1"),
        ("high", "L1"),
        ("map", "{}"),
    ];
    assert_wrong(error(right.map(|(field, _)| (field, ""))).failures());
    assert_wrong(error(right).failures());

    let memory = || {
        right
            .iter()
            .fold(Memory::new(), |all, (field, text)| all.set(*field, *text))
    };
    let loader = || Wrong::loader().stage("dev");
    let report = loader()
        .local(memory())
        .check()
        .await
        .expect("the fields can be tried");
    assert_wrong(&report.failures);
    assert!(
        loader().local(memory()).resolve().await.is_ok(),
        "the load failed, although it does not use the defaults"
    );
}

/// The value and the default of one field are both wrong. A load reports only the failure of the
/// value, so `for_tests` lists this failure first.
#[test]
fn the_failure_of_a_value_precedes_that_of_the_default() {
    let values = [("mode", "fast"), ("level", "L1"), ("map", "{}")];
    let right = values
        .into_iter()
        .fold(Wrong::for_tests(), |all, (field, text)| {
            all.set(field, text)
        });
    let error = right.set("high", "low").build().err();
    let error = error.expect("a value is wrong");
    let found: Vec<_> = error
        .failures()
        .iter()
        .filter(|failure| failure.field() == "high")
        .map(|failure| (failure.kind(), failure.detail().contains("its default")))
        .collect();
    assert_eq!(
        found,
        [
            (FailureKind::Undecodable, false),
            (FailureKind::Invalid, true)
        ]
    );
}
