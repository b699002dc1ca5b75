//! Refreshes of two nested fields that share a struct.

use std::time::Duration;

use stage_config::StageConfig;
use tokio::time::advance;

use super::store::ChangingStore;

#[derive(StageConfig)]
#[stage(dev = "/nested/{field}")]
struct Config {
    table: String,
    #[config(nested)]
    #[stage(dev = "/nested/orders-db#{field}")]
    orders: Db,
    #[config(nested)]
    #[stage(dev = "/nested/users-db#{field}")]
    users: Db,
}

#[derive(StageConfig)]
#[config(inherit, refresh = "5m")]
struct Db {
    user: String,
    password: String,
}

#[tokio::test(start_paused = true)]
async fn a_refresh_fetches_the_address_of_each_nested_field_once() {
    let store = ChangingStore::with_values([
        ("/nested/table", "t1"),
        ("/nested/orders-db", r#"{"user":"o1","password":"p1"}"#),
        ("/nested/users-db", r#"{"user":"u1","password":"q1"}"#),
    ]);
    let loaded = store.loader::<Config>().load().await.expect("all exist");
    assert_eq!(
        (loaded.orders.user.as_str(), loaded.users.user.as_str()),
        ("o1", "u1")
    );
    let mut names = store.take_calls().concat();
    names.sort();
    assert_eq!(
        names,
        ["/nested/orders-db", "/nested/table", "/nested/users-db"]
    );

    store.put("/nested/table", "t2");
    store.put("/nested/users-db", r#"{"user":"u2","password":"q2"}"#);
    advance(Duration::from_secs(600)).await;
    let current = Config::current().await.expect("all values exist");
    let read = [&current.orders, &current.users].map(|db| (db.user.as_str(), db.password.as_str()));
    assert_eq!(read, [("o1", "p1"), ("u2", "q2")]);
    assert_eq!(current.table, "t1", "an unmarked field keeps its value");
    let mut names = store.take_calls().concat();
    names.sort();
    assert_eq!(names, ["/nested/orders-db", "/nested/users-db"]);
}
