//! `Config::current()`, which reads the configuration of the process, or, inside `testing::scope`,
//! the configuration of the test.

use std::sync::Arc;
use std::time::Duration;

use stage_config::{StageConfig, testing};
use tokio::time::advance;

use super::store::ChangingStore;
use crate::support::child;

#[tokio::test(start_paused = true)]
async fn current_refreshes_and_get_returns_the_loaded_values() {
    #[derive(StageConfig)]
    #[stage(dev = "/current/{field}")]
    struct Config {
        a: String,
        #[config(refresh = "5m")]
        b: String,
    }

    let store = ChangingStore::with_values([("/current/a", "a1"), ("/current/b", "b1")]);
    assert!(
        Config::live().is_none(),
        "a configuration is loaded already"
    );

    let loaded = store
        .loader::<Config>()
        .load()
        .await
        .expect("the configuration loads");
    store.take_calls();
    store.put("/current/a", "a2");
    store.put("/current/b", "b2");
    advance(Duration::from_secs(600)).await;
    let current = Config::current()
        .await
        .expect("the values have no maximum age");
    assert_eq!(
        (current.a.as_str(), current.b.as_str()),
        ("a1", "b2"),
        "an unmarked field keeps its value"
    );
    assert_eq!(
        (loaded.b.as_str(), Config::get().b.as_str()),
        ("b1", "b1"),
        "a reference keeps its values"
    );
    assert_eq!(store.take_calls(), [["/current/b"]]);
    assert_eq!(
        Config::live()
            .expect("the configuration is loaded")
            .report()
            .refresh
            .as_ref()
            .map(|refresh| refresh.succeeded),
        Some(1)
    );
}

#[tokio::test(start_paused = true)]
async fn current_returns_the_loaded_values_without_refresh() {
    #[derive(StageConfig)]
    #[stage(dev = "/plain/{field}")]
    struct Config {
        a: String,
    }

    let store = ChangingStore::with_values([("/plain/a", "a1")]);
    let loaded = store
        .loader::<Config>()
        .load()
        .await
        .expect("the configuration loads");
    store.take_calls();
    advance(Duration::from_secs(86_400)).await;
    let current = Config::current()
        .await
        .expect("the values have no maximum age");
    assert!(
        std::ptr::eq(loaded, Arc::as_ptr(&current)),
        "the pointers differ"
    );
    assert_eq!(current.a, "a1");
    assert_eq!(store.take_calls().len(), 0);
}

#[tokio::test]
async fn current_returns_the_configuration_of_the_scope_of_a_test() {
    #[derive(StageConfig)]
    #[stage(dev = "/scoped/{field}")]
    struct Config {
        a: String,
    }

    let config = Config::for_tests()
        .set("a", "of the test")
        .build()
        .expect("the configuration is complete");
    testing::scope(config, async {
        let current = Config::current().await.expect("the values are served");
        assert_eq!(current.a, "of the test");
        assert!(std::ptr::eq(Config::get(), Arc::as_ptr(&current)));
    })
    .await;
}

/// `current` loads a configuration at first use. It also returns the configurations that were
/// loaded in one wave.
#[test]
fn current_loads_at_first_use() {
    child::run(
        "live::current::inner_current_loads",
        &[("stage", "dev"), ("A", "from the variable")],
    )
    .assert_passed();
}

#[tokio::test]
async fn inner_current_loads() {
    if !child::is_inner("live::current::inner_current_loads") {
        return;
    }

    #[derive(StageConfig)]
    #[stage(dev = "env:{field}")]
    #[config(rename_all = "SCREAMING_SNAKE_CASE")]
    struct One {
        a: String,
    }
    #[derive(StageConfig)]
    struct Two {
        #[stage(dev = "env:A")]
        b: String,
    }

    assert_eq!(
        One::current().await.expect("the configuration loads").a,
        "from the variable"
    );

    let (one, two) = stage_config::load!(One, Two)
        .await
        .expect("both configurations load");
    assert!(std::ptr::eq(
        one,
        Arc::as_ptr(&One::current().await.expect("the values are served"))
    ));
    assert!(std::ptr::eq(
        two,
        Arc::as_ptr(&Two::current().await.expect("the values are served"))
    ));
    assert_eq!(two.b, "from the variable");
}
