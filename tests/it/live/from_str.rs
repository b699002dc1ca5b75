//! Refreshes and checks of fields with the option `from_str`. The error of the type's own `FromStr`
//! quotes the text of the store, and no output may contain this text.

use std::str::FromStr;
use std::time::Duration;

use stage_config::{ExposeSecret as _, FailureKind, SecretBox, StageConfig};
use tokio::time::advance;

use super::store::ChangingStore;
use crate::support::load::assert_failure;
use crate::support::logs::Logs;
use crate::support::planted::{SECRET, assert_clean, assert_report_clean};

const TTL: Duration = Duration::from_secs(300);

#[derive(Debug, PartialEq, Eq)]
struct Level(u8);

impl FromStr for Level {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let number = text.strip_prefix('L').and_then(|rest| rest.parse().ok());
        number.map(Self).ok_or_else(|| text.to_owned())
    }
}

impl zeroize::Zeroize for Level {
    fn zeroize(&mut self) {
        self.0 = 0;
    }
}

#[derive(StageConfig)]
#[stage(dev = "/from-str/{field}")]
#[config(refresh = "5m")]
struct Config {
    #[config(from_str, plain)]
    level: Level,
    #[config(from_str, plain)]
    list: Vec<Level>,
    #[config(from_str)]
    secret: SecretBox<Level>,
}

fn create_store() -> ChangingStore {
    ChangingStore::with_values([
        ("/from-str/level", "L1"),
        ("/from-str/list", "L1, L2"),
        ("/from-str/secret", "L1"),
    ])
}

#[tokio::test(start_paused = true)]
async fn a_refresh_reads_the_new_text_or_keeps_the_last_value() {
    let logs = Logs::start();
    let store = create_store();
    let loader = store.loader::<Config>();
    let live = loader.live(TTL).await.expect("every text is valid");
    for (name, text) in [("level", " L2\n"), ("list", r#"["L3"]"#), ("secret", "L4")] {
        store.put(&format!("/from-str/{name}"), text);
    }
    advance(TTL * 2).await;
    let current = live.current().await.expect("every text is valid");
    assert_eq!(
        (&current.level, &*current.list),
        (&Level(2), &[Level(3)][..])
    );
    assert_eq!(current.secret.expose_secret(), &Level(4));

    for name in ["level", "list", "secret"] {
        store.put(&format!("/from-str/{name}"), SECRET);
    }
    advance(TTL * 2).await;
    let current = live.current().await.expect("the last values are good");
    assert_eq!(
        (&current.level, &*current.list),
        (&Level(2), &[Level(3)][..])
    );
    assert_eq!(current.secret.expose_secret(), &Level(4));

    let report = live.report();
    let refresh = report.refresh.as_ref().expect("a refresh was attempted");
    let failed: Vec<_> = refresh
        .failures
        .iter()
        .map(|failure| (failure.field(), failure.kind()))
        .collect();
    let undecodable = |field| (field, FailureKind::Undecodable);
    assert_eq!(failed, ["level", "list", "secret"].map(undecodable));
    assert_report_clean("the report", &report);
    assert!(logs.own_events().contains("could not be refreshed"));
    assert_clean("the log", &logs.text());
}

#[tokio::test(start_paused = true)]
async fn a_check_does_not_show_a_refused_text() {
    let store = create_store();
    let check = async || {
        let report = store.loader::<Config>().check().await;
        report.expect("the fields can be tried")
    };
    assert!(check().await.is_complete());

    store.put("/from-str/level", SECRET);
    store.put("/from-str/list", &format!("L1, {SECRET}"));
    store.put("/from-str/secret", SECRET);
    let report = check().await;
    assert_clean("the report", &format!("{report}\n{report:?}"));
    let [level, list, secret] = report.failures.as_slice() else {
        panic!("three failures: {report}")
    };
    let kind = FailureKind::Undecodable;
    assert_failure(level, "level", kind, &["/from-str/level", "`FromStr`"]);
    assert_failure(list, "list", kind, &["/from-str/list", "item 2"]);
    assert_failure(secret, "secret", kind, &["/from-str/secret"]);
}
