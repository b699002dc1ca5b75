//! After a freeze: what was open and valid before it is of no use any more.

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

/// Another value for each request.
fn counting(request: &Request) -> Answer {
    let value = request.index.to_string();
    Parameters::texts([("/thaw/a", value.as_str())]).answer(request)
}

/// Lets one answer through each connection. After that the connection looks open and nothing comes back, as one whose state a
/// gateway forgot while the process was frozen.
async fn one_answer_a_connection(upstream: SocketAddr) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut client, _)) = listener.accept().await {
            let mut server = TcpStream::connect(upstream).await.expect("the endpoint is there");
            pass_on(&mut client, &mut server).await;
            pass_on(&mut server, &mut client).await;
            open.push((client, server));
        }
    });
    url
}

/// One message, which ends with the first pause after its headers and body are there. Both are small.
async fn pass_on(from: &mut TcpStream, to: &mut TcpStream) {
    let mut message = Vec::new();
    while !is_whole(&message) {
        if from.read_buf(&mut message).await.is_ok_and(|read| read > 0) {
            continue;
        }
        return;
    }
    to.write_all(&message).await.expect("the other side is open");
}

fn is_whole(message: &[u8]) -> bool {
    let text = String::from_utf8_lossy(message).to_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    length.is_some_and(|length| body.len() >= length)
}

fn address(endpoint: &Endpoint) -> SocketAddr {
    endpoint.url().trim_start_matches("http://").trim_end_matches('/').parse().expect("an address")
}

/// A load leaves none behind in the program's own HTTP client.
#[tokio::test]
async fn no_connection_is_left_in_the_programs_own_client() {
    let endpoint = Endpoint::start(counting);
    let url = one_answer_a_connection(address(&endpoint)).await;
    let loader = Config::loader().stage("dev").aws(&aws::settings(&url));
    let live = loader.live(Duration::from_secs(3600)).await.expect("it loads");
    for expected in ["1", "2"] {
        assert_eq!(live.refresh().await.expect("the first refresh after the thaw succeeds").a, expected);
        assert_eq!(live.report().calls[0].retries, 0);
    }
}

/// The program itself may have left some: the try that hangs on one leaves time for another. Only clients without timeouts share the
/// connections of a load, which has none but its deadline.
#[tokio::test]
async fn a_dead_connection_of_the_programs_own_costs_one_try() -> Result<(), BoxError> {
    let endpoint = Endpoint::start(counting);
    let url = one_answer_a_connection(address(&endpoint)).await;
    let settings = aws::settings(&url).into_builder().timeout_config(TimeoutConfig::disabled()).build();
    let live = Config::loader().stage("dev").aws(&settings).timeout(Duration::from_secs(6));
    let live = live.live(Duration::from_secs(3600)).await?;
    aws_sdk_ssm::Client::new(&settings).get_parameters().names("/thaw/a").send().await?;
    // The client's own task is to put the connection back into the pool.
    tokio::task::yield_now().await;
    assert_eq!(live.refresh().await.expect("the first refresh after the thaw succeeds").a, "2");
    assert_eq!(live.report().calls[0].retries, 1, "the pooled connection was tried first");
    Ok(())
}

/// The crate's own client is a new one for each wave.
#[tokio::test(flavor = "multi_thread")]
async fn no_connection_of_before_is_used() {
    let endpoint = Endpoint::start(counting);
    let url = one_answer_a_connection(address(&endpoint)).await;
    let child = move || child::run("live::thaw::inner_no_connection", &aws::variables(&url)).passed();
    tokio::task::spawn_blocking(child).await.expect("the inner test passes");
}

#[tokio::test]
async fn inner_no_connection() {
    if !child::is("live::thaw::inner_no_connection") {
        return;
    }
    let live = Config::loader().live(Duration::from_secs(3600)).await.expect("it loads");
    for expected in ["1", "2"] {
        assert_eq!(live.refresh().await.expect("the first refresh after the thaw succeeds").a, expected);
        assert_eq!(live.report().calls[0].retries, 0);
    }
}

/// Gives a new key each time, as the environment of a function does over the hours.
#[derive(Debug, Clone, Default)]
struct Rotating(Arc<AtomicUsize>);

impl ProvideCredentials for Rotating {
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
async fn credentials_are_asked_for_anew() -> Result<(), BoxError> {
    let endpoint = Endpoint::start(counting);
    let keys = Rotating::default();
    let config = aws::settings(endpoint.url()).into_builder();
    let config = config.credentials_provider(SharedCredentialsProvider::new(keys.clone())).build();
    let live = Config::loader().stage("dev").aws(&config).live(Duration::from_secs(3600)).await?;
    assert_eq!(keys.0.load(Ordering::Relaxed), 1);
    live.refresh().await?;
    assert_eq!(keys.0.load(Ordering::Relaxed), 2);
    Ok(())
}
