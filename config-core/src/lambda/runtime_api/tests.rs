use super::*;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

fn create_error() -> InitError {
    InitError {
        error_type: "StageConfig.Missing".to_owned(),
        message: "a: missing".to_owned(),
    }
}

async fn send_to(address: &str) -> Result<(), String> {
    send(Some(address), &create_error()).await
}

/// Sends the error to a server that answers with this text. Returns the result and the request.
async fn send_to_server(
    prefix: &str,
    path: &str,
    answer: &'static str,
) -> (Result<(), String>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"}") {
            request.push(stream.read_u8().await.unwrap());
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8(request).unwrap()
    });
    let result = send_to(&format!("{prefix}{address}{path}")).await;
    (result, server.await.unwrap())
}

#[tokio::test]
async fn the_report_has_the_type_and_the_message() {
    let accepted = "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n";
    for (prefix, path, line) in [
        ("", "", "POST /2018-06-01/runtime/init/error HTTP/1.1\r\n"),
        (
            "http://",
            "/",
            "POST /2018-06-01/runtime/init/error HTTP/1.1\r\n",
        ),
        (
            "http://",
            "/.rt/payments",
            "POST /.rt/payments/2018-06-01/runtime/init/error HTTP/1.1\r\n",
        ),
    ] {
        let (result, request) = send_to_server(prefix, path, accepted).await;
        assert_eq!(result, Ok(()));
        assert!(request.starts_with(line), "{request}");
        let header = "\r\nlambda-runtime-function-error-type: StageConfig.Missing\r\n";
        assert!(
            request.to_lowercase().contains(&header.to_lowercase()),
            "{request}"
        );
        let (_, body) = request.split_once("\r\n\r\n").unwrap();
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        let expected = serde_json::json!({
            "errorMessage": "a: missing",
            "errorType": "StageConfig.Missing",
            "stackTrace": [],
        });
        assert_eq!(body, expected);
    }
}

#[tokio::test]
async fn a_report_that_is_not_accepted_is_an_error() {
    for (response, problem) in [
        (
            "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n",
            "HTTP 403",
        ),
        ("no HTTP\r\n\r\n", "does not answer with HTTP"),
        ("", "does not answer with HTTP"),
    ] {
        let (result, _) = send_to_server("", "", response).await;
        let error = result.expect_err("the report was not accepted");
        assert!(error.contains(problem), "{error}");
    }
}

#[tokio::test]
async fn an_address_that_cannot_be_used_is_an_error() {
    let error = send(None, &create_error()).await.expect_err("no address");
    assert_eq!(error, "`AWS_LAMBDA_RUNTIME_API` is not set");
    for (address, problem) in [
        ("", "is not an address"),
        (" 127.0.0.1:9001", "is not an address"),
        ("127.0.0.1:9001/path", "is not an address"),
        ("/", "is not an address"),
        ("http://", "is not an address"),
        ("http:///path", "is not an address"),
        ("a b", "is not an address"),
        (":9001", "is not an address"),
    ] {
        let error = send_to(address).await.expect_err("the address is wrong");
        assert!(error.contains(problem), "{address:?}: {error}");
    }

    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let error = send_to(&address).await.expect_err("no server");
    assert!(error.contains("cannot be reached"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_runtime_api_that_hangs_delays_the_error_by_a_second() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let start = tokio::time::Instant::now();
    let error = send_to(&address).await.expect_err("no answer");
    assert!(error.contains("did not answer within 1s"), "{error}");
    assert!(start.elapsed() < TIMEOUT * 2);
}
