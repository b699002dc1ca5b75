//! A simulated Vault for the example: a few secrets on a free port of this machine.

use std::convert::Infallible;
use std::io;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpListener;

/// Starts the simulated Vault, and returns its URL.
pub(crate) async fn start() -> io::Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let answer = service_fn(async |request| Ok::<_, Infallible>(answer(&request)));
            tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
        }
    });
    Ok(address)
}

/// Answers a request. The token may read everything except the secret of prod.
fn answer(request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let token = request
        .headers()
        .get("x-vault-token")
        .is_some_and(|token| token == "the-token-of-dev");
    let (version, data) = match (request.uri().path(), request.uri().query()) {
        (path, _) if !token || path.ends_with("/prod") => return status(403),
        ("/v1/secret/data/payments/dev", None) => (
            7,
            json!({ "stripe_key": "sk_test_1", "motto": "festina lente" }),
        ),
        ("/v1/secret/data/signing", Some("version=1")) => (1, json!({ "key": "the old key" })),
        _ => return status(404),
    };
    let body = json!({ "data": { "data": data, "metadata": { "version": version } } });
    Response::new(body.to_string().into())
}

fn status(code: u16) -> Response<Full<Bytes>> {
    let mut response = Response::new(json!({ "errors": [] }).to_string().into());
    *response.status_mut() = code.try_into().unwrap_or_default();
    response
}
