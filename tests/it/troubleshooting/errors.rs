//! Errors of a load, of `get` and of `Live::map` that need no environment variables.

use std::panic::catch_unwind;
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures_util::FutureExt as _;
use stage_config::testing::Memory;
use stage_config::{Error, Mapped, StageConfig};
use stage_config_test_support::guide::Message;

use super::{describe, make_stable};
use crate::live::store::{ChangingStore, Mode};
use crate::support::held::is_pending;
use crate::support::load::expect_error;

pub(super) async fn collect() -> Vec<Message> {
    let mut messages = refuse_stages().await;
    messages.extend(refuse_options().await);
    messages.extend(refuse_local_files().await);
    messages.extend(call_without_runtime().await);
    messages.push(load_twice().await);
    messages.push(wait_for_held_load().await);
    messages.push(build_itself().await);
    messages.push(get_before_load());
    messages
}

#[derive(StageConfig)]
#[stage(dev = "value:dev", prod = "value:prod", fallback = "value:dev")]
#[config(preview("pr-*"))]
#[allow(dead_code)]
struct Config {
    table: String,
}

/// The variable of the stage has the same errors as `stage(…)`.
async fn refuse_stages() -> Vec<Message> {
    #[derive(StageConfig)]
    #[stage(dev = "value:dev", prod = "value:prod")]
    #[allow(dead_code)]
    struct WithoutFallback {
        table: String,
    }

    let mut messages = Vec::new();
    for name in ["../prod", "prod-eu", "porduction", "qa"] {
        let result = Config::loader().stage(name).resolve().await;
        messages.push(describe(&expect_error(result)));
    }
    let result = WithoutFallback::loader().stage("qa").resolve().await;
    let mut message = describe(&expect_error(result));
    message.text = message.text.replace("WithoutFallback", "Config");
    messages.push(message);
    messages
}

async fn refuse_options() -> Vec<Message> {
    #[derive(StageConfig)]
    #[stage(dev = "vault:payments/{field}")]
    #[config(schemes("vault"))]
    #[allow(dead_code)]
    struct Config {
        table: String,
    }

    let without_store = Config::loader().stage("dev").resolve().await;
    vec![describe(&expect_error(without_store))]
}

async fn refuse_local_files() -> Vec<Message> {
    let load = |path: std::path::PathBuf| async move {
        let result = Config::loader().stage("dev").local(path).resolve().await;
        describe(&expect_error(result))
    };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("local.toml");
    let mut messages = vec![load("local.toml".into()).await];
    for text in ["[dev]\ntable = orders\n", "[prod]\ntable = \"orders\"\n"] {
        std::fs::write(&path, text).expect("the file can be written");
        let mut message = load(path.clone()).await;
        let shown = path.display().to_string();
        message.text = message.text.replace(&shown, "local.toml");
        messages.push(message);
    }
    messages
}

async fn call_without_runtime() -> Vec<Message> {
    let inside = Config::loader().stage("dev").load_blocking();
    let outside = std::thread::spawn(|| {
        let mut load = pin!(Config::loader().stage("dev").resolve());
        match load.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(result) => expect_error(result),
            Poll::Pending => panic!("the call waits"),
        }
    });
    let outside = outside.join().expect("the thread does not panic");
    vec![describe(&expect_error(inside)), describe(&outside)]
}

async fn load_twice() -> Message {
    #[derive(StageConfig)]
    #[stage(dev = "value:dev")]
    #[allow(dead_code)]
    struct Config {
        table: String,
    }

    let load = || Config::loader().stage("dev").local(Memory::new()).load();
    load().await.expect("the first load succeeds");
    describe(&expect_error(load().await))
}

/// Waits with a paused clock, so that the default timeout passes at once.
async fn wait_for_held_load() -> Message {
    #[derive(StageConfig)]
    #[stage(dev = "/payments/dev/{field}")]
    #[allow(dead_code)]
    struct Config {
        table: String,
    }

    tokio::time::pause();
    let store = ChangingStore::default();
    store.set_mode(Mode::Waiting);
    let mut held = Box::pin(store.loader::<Config>().load());
    assert!(is_pending(&mut held).await);
    let error = expect_error(Config::load().await);
    tokio::time::resume();
    describe(&error)
}

#[derive(StageConfig)]
#[stage(dev = "/payments/dev/{field}")]
#[allow(dead_code)]
struct Refreshed {
    #[config(refresh = "5m")]
    host: String,
}

/// A product that stores the error that its own build received.
type Cyclic = Mapped<Refreshed, Option<Error>>;

async fn build_itself() -> Message {
    let store = ChangingStore::with_values([("/payments/dev/host", "db.example.com")]);
    let live = store
        .loader::<Refreshed>()
        .live(Duration::from_secs(300))
        .await
        .expect("the configuration loads");
    let cell: Arc<OnceLock<Cyclic>> = Arc::default();
    let inner = cell.clone();
    let product = live.map(move |_| {
        let product = inner.get().expect("the product is set");
        product.latest().now_or_never().and_then(Result::err)
    });
    assert!(cell.set(product).is_ok(), "the product is set once");
    let product = cell.get().expect("the product is set");
    let error = product.latest().await.expect("the product is built");
    let mut message = describe(error.as_ref().as_ref().expect("the build got an error"));
    message.text = message.text.replace("Refreshed", "Config");
    message
}

fn get_before_load() -> Message {
    #[derive(StageConfig)]
    #[stage(dev = "value:dev")]
    #[allow(dead_code)]
    struct Config {
        table: String,
    }

    let panicked = catch_unwind(Config::get).map(drop);
    let text = panicked.expect_err("the configuration is not loaded");
    let text = text.downcast::<String>().expect("the panic has a message");
    Message {
        name: "get()".to_owned(),
        text: make_stable(&text),
    }
}
