//! The errors of real calls on loopback, and the error of a time limit.

use super::*;
use aws_smithy_types::body::SdkBody;
use http::Request;
use hyper::body::{Body, Bytes, Frame};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use std::{
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::{io::AsyncReadExt as _, net::TcpListener};

/// The body of an HTTP request. Reading the body fails, as for a file that cannot be read.
struct FailingBody;

impl Body for FailingBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(Some(Err(io::Error::other("the file is gone"))))
    }
}

async fn call(address: SocketAddr, body: SdkBody) -> ConnectorError {
    let client = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
    let request = Request::post(format!("http://{address}/")).body(body);
    let error = client.request(request.unwrap()).await.unwrap_err();
    to_connector_error(error.into())
}

/// Starts a server that reads requests, or immediately closes each connection.
async fn start_server(reads: bool) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = Vec::new();
            if reads {
                let _ = stream.read_to_end(&mut bytes).await;
            }
        }
    });
    address
}

#[tokio::test]
async fn an_error_while_reading_the_request_body_is_not_an_error_of_the_network() {
    let address = start_server(true).await;
    let error = call(address, SdkBody::from_body_1_x(FailingBody)).await;
    assert!(error.is_user(), "{error:?}");
}

#[tokio::test]
async fn a_refused_connection_is_an_error_of_the_network() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = call(address, SdkBody::empty()).await;
    assert!(error.is_io(), "{error:?}");
}

#[tokio::test]
async fn a_connection_that_closes_before_the_answer_may_be_retried() {
    let address = start_server(false).await;
    let error = call(address, SdkBody::from("{}")).await;
    let is_transient = error.as_other() == Some(ErrorKind::TransientError);
    assert!(error.is_io() || is_transient, "{error:?}");
}

#[test]
fn the_error_of_a_time_limit_names_the_phase() {
    let limit = Duration::from_secs(3);
    let error = to_connector_error(
        TimedOut {
            phase: "connect",
            limit,
        }
        .into(),
    );
    assert!(error.is_timeout(), "{error:?}");
    let text = TimedOut {
        phase: "read",
        limit,
    }
    .to_string();
    assert_eq!(text, "HTTP read timeout after 3s");
}
