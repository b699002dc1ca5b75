//! Refreshes of the parts of a composed value.

use std::time::Duration;

use tokio::time::advance;

use super::*;
use crate::live::store::ChangingStore;

#[derive(StageConfig)]
#[stage(dev = "/composed/{field}")]
struct Rotating {
    host: String,
    #[stage(dev = "secret:db#user")]
    #[config(refresh = "5m")]
    user: SecretString,
    #[stage(dev = "secret:db#password")]
    #[config(refresh = "5m")]
    password: SecretString,
    #[config(compose = "amqp://{user}:{password}@{host}")]
    url: SecretString,
}

#[tokio::test(start_paused = true)]
async fn the_parts_and_the_result_change_together() {
    let store = ChangingStore::with_values([
        ("/composed/host", "queue"),
        ("secret:db", r#"{"user": "u1", "password": "p1"}"#),
    ]);
    let live = store
        .loader::<Rotating>()
        .live(Duration::from_secs(3600))
        .await
        .expect("the configuration loads");
    let first = live.current().await.expect("the values are fresh");
    assert_eq!(first.url.expose_secret(), "amqp://u1:p1@queue");

    store.put("secret:db", r#"{"user": "u2", "password": "p2"}"#);
    advance(Duration::from_secs(400)).await;
    let second = live.current().await.expect("the refresh succeeds");
    assert_eq!(second.user.expose_secret(), "u2");
    assert_eq!(second.url.expose_secret(), "amqp://u2:p2@queue");
    assert_eq!(first.url.expose_secret(), "amqp://u1:p1@queue");
}
