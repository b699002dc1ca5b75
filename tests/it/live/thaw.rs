//! After a freeze of the process, its earlier connections and credentials may be unusable.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_ssm::error::BoxError;
use aws_smithy_types::timeout::TimeoutConfig;
use stage_config::StageConfig;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::scripted::{Answer, Endpoint, Parameters, Request};
use crate::support::{aws, child};

#[derive(StageConfig)]
#[stage(dev = "/thaw/{field}")]
struct Config {
    #[config(refresh = "1h")]
    a: String,
}

/// Answers each request with a value that is the index of the request.
fn answer_with_index(request: &Request) -> Answer {
    let value = request.index.to_string();
    Parameters::texts([("/thaw/a", value.as_str())]).answer(request)
}

/// Starts a proxy that lets one answer pass through each connection. After this answer, the
/// connection stays open but silent, like a connection that a gateway dropped while the process was
/// frozen.
async fn start_one_answer_proxy(upstream: SocketAddr) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!(
        "http://{}",
        listener.local_addr().expect("the listener is bound")
    );
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut client, _)) = listener.accept().await {
            let mut server = TcpStream::connect(upstream)
                .await
                .expect("the endpoint listens");
            forward_message(&mut client, &mut server).await;
            forward_message(&mut server, &mut client).await;
            open.push((client, server));
        }
    });
    url
}

/// Forwards one message when its headers and body are complete. Forwards nothing if the connection
/// ends earlier.
async fn forward_message(from: &mut TcpStream, to: &mut TcpStream) {
    let mut message = Vec::new();
    while !is_complete(&message) {
        if from.read_buf(&mut message).await.is_ok_and(|read| read > 0) {
            continue;
        }
        return;
    }
    to.write_all(&message)
        .await
        .expect("the other side is open");
}

fn is_complete(message: &[u8]) -> bool {
    let text = String::from_utf8_lossy(message).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        line.strip_prefix("content-length:")?
            .trim()
            .parse::<usize>()
            .ok()
    });
    length.is_some_and(|length| body.len() >= length)
}

fn parse_address(endpoint: &Endpoint) -> SocketAddr {
    endpoint
        .url()
        .trim_start_matches("http://")
        .trim_end_matches('/')
        .parse()
        .expect("the text is an address")
}

/// A load leaves no connection in the pool of the program's own HTTP client.
#[tokio::test]
async fn a_load_leaves_no_pooled_connection() {
    let endpoint = Endpoint::start(answer_with_index);
    let url = start_one_answer_proxy(parse_address(&endpoint)).await;
    let loader = Config::loader().stage("dev").aws(&aws::settings(&url));
    let live = loader
        .live(Duration::from_secs(3600))
        .await
        .expect("the configuration loads");
    for expected in ["1", "2"] {
        assert_eq!(
            live.refresh()
                .await
                .expect("each refresh after the thaw succeeds")
                .a,
            expected
        );
        assert_eq!(live.report().calls[0].retries, 0);
    }
}

/// The program may have left a connection in the pool. An attempt that hangs on this connection
/// times out early enough for another attempt. A load turns the SDK's timeouts off, and clients
/// share pooled connections only if their timeouts are equal. So the program's client in this test
/// has no timeouts either.
#[tokio::test]
async fn a_dead_pooled_connection_costs_one_attempt() -> Result<(), BoxError> {
    let endpoint = Endpoint::start(answer_with_index);
    let url = start_one_answer_proxy(parse_address(&endpoint)).await;
    let settings = aws::settings(&url)
        .into_builder()
        .timeout_config(TimeoutConfig::disabled())
        .build();
    let live = Config::loader()
        .stage("dev")
        .aws(&settings)
        .timeout(Duration::from_secs(6));
    let live = live.live(Duration::from_secs(3600)).await?;
    aws_sdk_ssm::Client::new(&settings)
        .get_parameters()
        .names("/thaw/a")
        .send()
        .await?;
    // The client's task puts the connection back into the pool.
    tokio::task::yield_now().await;
    assert_eq!(
        live.refresh()
            .await
            .expect("the first refresh after the thaw succeeds")
            .a,
        "2"
    );
    assert_eq!(
        live.report().calls[0].retries,
        1,
        "the pooled connection was tried first"
    );

    Ok(())
}

/// This crate creates a new client for each wave, so a refresh uses no connection of an earlier
/// wave.
#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_uses_a_new_connection() {
    let endpoint = Endpoint::start(answer_with_index);
    let url = start_one_answer_proxy(parse_address(&endpoint)).await;
    let child = move || {
        child::run("live::thaw::inner_new_connection", &aws::variables(&url)).assert_passed()
    };
    tokio::task::spawn_blocking(child)
        .await
        .expect("the inner test passes");
}

#[tokio::test]
async fn inner_new_connection() {
    if !child::is_inner("live::thaw::inner_new_connection") {
        return;
    }
    let live = Config::loader()
        .live(Duration::from_secs(3600))
        .await
        .expect("the configuration loads");
    for expected in ["1", "2"] {
        assert_eq!(
            live.refresh()
                .await
                .expect("each refresh after the thaw succeeds")
                .a,
            expected
        );
        assert_eq!(live.report().calls[0].retries, 0);
    }
}

/// Provides a new key at each request for credentials.
#[derive(Debug, Clone, Default)]
struct RotatingCredentials(Arc<AtomicUsize>);

impl ProvideCredentials for RotatingCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        let number = self.0.fetch_add(1, Ordering::Relaxed);
        let credentials = Credentials::new(format!("key-{number}"), "secret", None, None, "tests");
        future::ProvideCredentials::ready(Ok(credentials))
    }
}

#[tokio::test]
async fn a_refresh_requests_new_credentials() -> Result<(), BoxError> {
    let endpoint = Endpoint::start(answer_with_index);
    let keys = RotatingCredentials::default();
    let config = aws::settings(endpoint.url()).into_builder();
    let config = config
        .credentials_provider(SharedCredentialsProvider::new(keys.clone()))
        .build();
    let live = Config::loader()
        .stage("dev")
        .aws(&config)
        .live(Duration::from_secs(3600))
        .await?;
    assert_eq!(keys.0.load(Ordering::Relaxed), 1);
    live.refresh().await?;
    assert_eq!(keys.0.load(Ordering::Relaxed), 2);
    Ok(())
}
