//! The child processes, which hold a secret and drop it on command.

use std::io::{BufRead, stdin};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stage_config::sealed::{KmsClient, StageKey};
use stage_config::store::{FetchFuture, Found, Outcome, Request, Store};
use stage_config::{ExposeSecret, SecretBox, SecretSlice, SecretString, StageConfig};
use zeroize::Zeroizing;

use super::create_needle;
use crate::support::scripted::{Endpoint, cipher};
use crate::support::{aws, child};

/// Answers each address with a secret that it creates at that moment.
#[derive(Clone)]
struct Vault;

impl Store for Vault {
    fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
        Box::pin(std::future::ready(requests.iter().map(answer).collect()))
    }
}

fn answer(request: &Request) -> Outcome {
    let address = request.address();
    let (form, number) = address.split_once('-').expect("a form and a number");
    let text = Zeroizing::new(create_needle(number.parse().expect("a number")));
    Outcome::Found(match form {
        "text" => Found::from_text(create_needle(number.parse().expect("a number"))),
        "bytes" => Found::from_bytes(text.as_bytes()),
        "json" => Found::from_text(format!(r#"{{"user": "u", "password": "{}"}}"#, *text)),
        "escaped" => Found::from_text(format!(r#"{{"password": "\"{}\u0041"}}"#, *text)),
        "list" => Found::from_string_list(format!("a,{}", *text)),
        "base64" => {
            let encoded = Zeroizing::new(STANDARD.encode(text.as_bytes()));
            Found::from_text(encoded.as_str())
        }
        _ => return Outcome::Missing,
    })
}

/// Prints a word, then waits until the parent process writes a line.
#[allow(clippy::print_stdout, reason = "the parent process reads it")]
fn report_and_wait(word: &str) {
    println!("{word}");
    let mut line = String::new();
    stdin()
        .lock()
        .read_line(&mut line)
        .expect("the parent process writes");
}

#[derive(StageConfig)]
#[config(schemes("vault"))]
struct Config {
    #[stage(dev = "vault:text-0")]
    text: SecretString,
    #[stage(dev = "vault:bytes-1")]
    bytes: SecretSlice<u8>,
    #[stage(dev = "vault:json-2#password")]
    json: SecretString,
    #[stage(dev = "vault:escaped-3#password")]
    escaped: SecretString,
    #[stage(dev = "vault:text-4")]
    boxed: SecretBox<String>,
    #[stage(dev = "vault:list-5")]
    list: SecretBox<Vec<String>>,
    #[stage(dev = "vault:base64-6")]
    encoded: SecretSlice<u8>,
}

#[tokio::test]
async fn inner_load() {
    if !child::is_inner("memory::held::inner_load") {
        return;
    }

    let loaded = Config::loader()
        .stage("dev")
        .store("vault", Vault)
        .resolve()
        .await
        .expect("the configuration loads");
    let Config {
        text,
        bytes,
        json,
        escaped,
        boxed,
        list,
        encoded,
    } = &loaded.config;
    assert_eq!(
        (list.expose_secret().len(), encoded.expose_secret().len()),
        (2, 40)
    );
    assert_eq!(bytes.expose_secret().len(), 40);
    assert!(
        [text, json]
            .iter()
            .all(|text| text.expose_secret().len() == 40)
    );
    assert!(escaped.expose_secret().starts_with('"') && escaped.expose_secret().ends_with('A'));
    assert_eq!(boxed.expose_secret().len(), 40);

    report_and_wait("held");
    drop(loaded);
    report_and_wait("dropped");
}

/// One field decodes and the other does not.
#[tokio::test]
async fn inner_failed_load() {
    #[derive(StageConfig)]
    #[config(schemes("vault"))]
    struct Wrong {
        #[stage(dev = "vault:text-0")]
        #[allow(dead_code, reason = "the load fails")]
        text: SecretString,
        #[stage(dev = "vault:text-1")]
        #[config(secret)]
        #[allow(dead_code, reason = "the load fails")]
        number: u64,
    }

    if !child::is_inner("memory::held::inner_failed_load") {
        return;
    }

    let held = [create_needle(0), create_needle(1)].map(Zeroizing::new);
    report_and_wait("held");
    drop(held);
    let result = Wrong::loader()
        .stage("dev")
        .store("vault", Vault)
        .resolve()
        .await;
    let error = result.map(drop).expect_err("the text is not a number");
    report_and_wait("dropped");
    assert_eq!(error.failures().len(), 1, "{error}");
}

/// A store that returns another secret at each fetch.
struct RotatingStore(AtomicU64);

impl Store for RotatingStore {
    fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(std::future::ready(
            requests
                .iter()
                .map(|_| Outcome::Found(Found::from_text(create_needle(number))))
                .collect(),
        ))
    }
}

#[tokio::test]
async fn inner_rotation() {
    #[derive(StageConfig)]
    #[stage(dev = "vault:{field}")]
    #[config(schemes("vault"), refresh = "1h")]
    struct Rotated {
        key: SecretString,
    }

    if !child::is_inner("memory::held::inner_rotation") {
        return;
    }

    let loader = Rotated::loader()
        .stage("dev")
        .store("vault", RotatingStore(0.into()));
    let live = loader
        .live(Duration::from_secs(3600))
        .await
        .expect("the configuration loads");
    let first = live.latest();
    let second = live.refresh().await.expect("the refresh succeeds");
    assert_ne!(first.key.expose_secret(), second.key.expose_secret());

    report_and_wait("held");
    // The next refresh replaces the second value with a third, so `live` no longer holds the
    // second.
    drop((first, second));
    live.refresh().await.expect("the refresh succeeds");
    report_and_wait("dropped");
    drop(live);
}

#[derive(StageConfig)]
#[stage(snapshots = "/snapshots/{field}")]
#[config(app = "snapshots", snapshot = "it/snapshot/files/memory.snapshot")]
struct FromSnapshot {
    needle: SecretString,
}

#[tokio::test]
async fn inner_snapshot() {
    if !child::is_inner("memory::held::inner_snapshot") {
        return;
    }

    let endpoint = Endpoint::start(cipher::answer_decrypt);
    let settings = aws::settings(endpoint.url());
    let loader = FromSnapshot::loader()
        .stage("snapshots")
        .aws(&settings)
        .snapshot_first();
    let loaded = loader
        .resolve()
        .await
        .unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        loaded.config.needle.expose_secret(),
        Zeroizing::new(create_needle(0)).as_str()
    );

    report_and_wait("held");
    drop(loaded);
    report_and_wait("dropped");
}

#[tokio::test]
async fn inner_sealed() {
    if !child::is_inner("memory::held::inner_sealed") {
        return;
    }

    let endpoint = Endpoint::start(|request| match request.operation.as_str() {
        "Encrypt" => cipher::answer_encrypt(request),
        _ => cipher::answer_decrypt(request),
    });
    let kms = KmsClient::new(&aws::settings(endpoint.url()));
    let key = StageKey::create(&kms, cipher::KEY, "tests", "dev")
        .await
        .expect("the endpoint wraps the key");
    let plaintext = Zeroizing::new(create_needle(0));
    let sealed = key
        .seal("name", plaintext.as_bytes())
        .expect("the name is valid");
    let unlocked = key
        .unlock(&kms)
        .await
        .expect("the endpoint unwraps the key");
    let opened = unlocked
        .open(&sealed, "name")
        .expect("the sealed value opens");
    assert_eq!(*opened, plaintext.as_bytes());

    report_and_wait("held");
    drop((plaintext, opened, unlocked));
    report_and_wait("dropped");
}
