use super::*;
use std::{ffi::OsString, io::Write, net::SocketAddr};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};

const RELATIVE_URI: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const FULL_URI: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
const TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";

const GOOD: &str = r#"{"AccessKeyId": "KEY", "SecretAccessKey": "hunter2", "Token": "hunter3",
    "Expiration": "2026-01-01T12:00:00Z", "AccountId": "111122223333", "RoleArn": "x"}"#;

fn read_endpoint(variables: &[(&str, &str)]) -> Result<ContainerEndpoint, ContainerError> {
    ContainerEndpoint::read(&|name| {
        let found = variables.iter().find(|(other, _)| *other == name);
        found.map(|(_, text)| OsString::from(text))
    })
}

fn create_file(content: &[u8]) -> tempfile::NamedTempFile {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    file
}

/// Returns the error, with its help, as one text. Asserts that the text contains no secret of the
/// tests. Each secret contains `hunter`.
#[track_caller]
fn expect_error<T>(result: Result<T, ContainerError>) -> String {
    let error = result.err().expect("the endpoint cannot be used");
    let text = format!("{error}. Help: {}", error.help());
    assert!(!format!("{text}{error:?}").contains("hunter"), "{text}");
    text
}

/// Starts a server that sends one of these texts on each connection, and then closes the
/// connection. After the last text, the server accepts no connection. The task returns the
/// requests.
async fn start_server(responses: Vec<String>) -> (SocketAddr, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let mut requests = Vec::new();
        for response in responses {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(stream.read_u8().await.unwrap());
            }
            requests.push(String::from_utf8(request).unwrap());
            stream.write_all(response.as_bytes()).await.unwrap();
        }
        requests
    });
    (address, task)
}

fn respond(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}")
}

/// Fetches credentials from a server that sends these responses. Returns the requests too.
async fn fetch_from(responses: Vec<String>) -> (Result<Credentials, ContainerError>, Vec<String>) {
    let (address, task) = start_server(responses).await;
    let url = format!("http://{address}/v1/credentials?x=y");
    let endpoint = read_endpoint(&[(FULL_URI, &url), (TOKEN, "Basic hunter4")]).unwrap();
    let client = crate::aws::new_http_client().unwrap();
    let result = fetch(&client, &endpoint).await;
    (result, task.await.unwrap())
}

#[test]
fn only_local_hosts_and_hosts_with_tls_are_allowed() {
    for url in [
        "http://127.0.0.1/",
        "http://127.8.8.8:9001/v1",
        "http://[::1]:9001/v1",
        "http://localhost:9001",
        "http://LocalHost/x",
        "http://169.254.170.2/v2",
        "http://169.254.170.23/v1/credentials",
        "http://[fd00:ec2::23]/v1/credentials",
        "HTTPS://agent.example/x",
        "https://10.0.0.1/x",
    ] {
        let endpoint = read_endpoint(&[(FULL_URI, url)]);
        assert!(endpoint.is_ok(), "{url}: {}", endpoint.err().unwrap());
    }
    for url in [
        "http://10.0.0.1/",
        "http://169.254.169.254/latest",
        "http://169.254.170.3/",
        "http://[fd00:ec2::24]/",
        "http://[fd00:ec2::254]/",
        "http://127.0.0.1.evil.example/",
        "http://127.0.0.1@evil.example/",
        "http://localhost.evil.example/",
        "http://agent.example/",
        "http://0.0.0.0/",
        "http://[::ffff:10.0.0.1]/",
    ] {
        let text = expect_error(read_endpoint(&[(FULL_URI, url)]));
        assert!(
            text.contains(FULL_URI) && text.contains("without TLS"),
            "{url}: {text}"
        );
        assert!(!text.contains("evil"), "{url}: {text}");
    }
}

/// The path in `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` is a path on the host of ECS. This variable
/// takes precedence over `AWS_CONTAINER_CREDENTIALS_FULL_URI`.
#[test]
fn the_relative_uri_is_on_the_host_of_ecs_and_takes_precedence() {
    let variables = [
        (RELATIVE_URI, "/v2/credentials/1?a=b"),
        (FULL_URI, "http://127.0.0.1/other"),
    ];
    let endpoint = read_endpoint(&variables).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        endpoint.uri.to_string(),
        "http://169.254.170.2/v2/credentials/1?a=b"
    );
    for path in ["@hunter.example/", "v2/credentials", ":80@hunter/"] {
        let text = expect_error(read_endpoint(&[(RELATIVE_URI, path)]));
        assert!(text.contains("begins with `/`"), "{text}");
    }
    let blank = [(RELATIVE_URI, " "), (FULL_URI, "http://127.0.0.1/other")];
    let endpoint = read_endpoint(&blank).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(endpoint.uri.host(), Some("127.0.0.1"));
}

#[test]
fn a_wrong_url_is_an_error_that_does_not_show_it() {
    for url in ["hunter2.example/x", "ftp://hunter2/", "http://"] {
        let text = expect_error(read_endpoint(&[(FULL_URI, url)]));
        assert!(text.contains(FULL_URI), "{text}");
    }
}

#[test]
fn the_token_file_takes_precedence_and_is_read_for_each_request() {
    let read = |file: &tempfile::NamedTempFile| {
        let path = file.path().display().to_string();
        let variables = [
            (FULL_URI, "http://127.0.0.1/"),
            (TOKEN_FILE, &path),
            (TOKEN, "unused"),
        ];
        let endpoint = read_endpoint(&variables).unwrap_or_else(|error| panic!("{error}"));
        let token = endpoint.token.expect("the file has a token");
        assert!(token.is_sensitive() && !format!("{token:?}").contains("token"));
        token.to_str().unwrap().to_owned()
    };
    let mut file = create_file(b"the token 1");
    assert_eq!(read(&file), "the token 1");
    file.as_file_mut().set_len(0).unwrap();
    std::fs::write(file.path(), "the token 2").unwrap();
    assert_eq!(read(&file), "the token 2");
}

#[test]
fn a_token_that_cannot_be_used_is_an_error_that_does_not_show_it() {
    for (token, words) in [
        ("hunter2\n", "ends with a line end"),
        ("hunter2\r\nX-Evil: 1", "contains a line end"),
        (" hunter2", "begins or ends with white space"),
        ("\"hunter2\"", "is in quotes"),
        ("hunter2é", "not ASCII"),
    ] {
        let text = expect_error(read_endpoint(&[
            (FULL_URI, "http://127.0.0.1/"),
            (TOKEN, token),
        ]));
        assert!(text.contains(TOKEN) && text.contains(words), "{text}");

        let file = create_file(token.as_bytes());
        let path = file.path().display().to_string();
        let variables = [(FULL_URI, "http://127.0.0.1/"), (TOKEN_FILE, &path)];
        let text = expect_error(read_endpoint(&variables));
        assert!(text.contains(TOKEN_FILE) && text.contains(words), "{text}");
    }
}

#[test]
fn a_token_file_that_cannot_be_read_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let (empty, binary, large) = (
        create_file(b"\n"),
        create_file(b"hunter\xff"),
        create_file(&[b'x'; 70_000]),
    );
    for (path, words) in [
        (
            folder.path().join("hidden"),
            "cannot be read: entity not found",
        ),
        (folder.path().to_owned(), "is not a file"),
        ("/dev/null".into(), "is not a file"),
        (empty.path().to_owned(), "is empty"),
        (binary.path().to_owned(), "cannot be read: invalid data"),
        (large.path().to_owned(), "is greater than 64 KiB"),
    ] {
        let path = path.display().to_string();
        let variables = [(FULL_URI, "http://127.0.0.1/"), (TOKEN_FILE, &path)];
        let text = expect_error(read_endpoint(&variables));
        assert!(text.contains(TOKEN_FILE) && text.contains(words), "{text}");
    }
}

#[tokio::test]
async fn the_answer_has_the_keys_and_their_expiry() {
    let (result, requests) = fetch_from(vec![respond("200 OK", GOOD)]).await;
    let credentials = result.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(credentials.access_key_id(), "KEY");
    assert_eq!(credentials.secret_access_key(), "hunter2");
    assert_eq!(credentials.session_token(), Some("hunter3"));
    let noon = std::time::UNIX_EPOCH + Duration::from_secs(1_767_268_800);
    assert_eq!(credentials.expiry(), Some(noon));
    let account = credentials.account_id().map(|id| id.as_str().to_owned());
    assert_eq!(account.as_deref(), Some("111122223333"));

    let [request] = &requests[..] else {
        panic!("{requests:?}")
    };
    assert!(
        request.starts_with("GET /v1/credentials?x=y HTTP/1.1\r\n"),
        "{request}"
    );
    let request = request.to_lowercase();
    assert!(
        request.contains("authorization: basic hunter4\r\n"),
        "{request}"
    );
    assert!(
        request.contains("accept: application/json\r\n"),
        "{request}"
    );
}

#[tokio::test]
async fn a_busy_endpoint_is_asked_again() {
    for first in [
        respond("500 Internal Server Error", "hunter2"),
        respond("429 Too Many Requests", ""),
        respond("200 OK", "not ready, hunter2"),
        "HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n{".to_owned(),
        String::new(),
    ] {
        let (result, requests) = fetch_from(vec![first.clone(), respond("200 OK", GOOD)]).await;
        assert!(result.is_ok(), "{first}: {}", expect_error(result));
        assert_eq!(requests.len(), 2, "{first}");
    }
}

#[tokio::test]
async fn a_refusal_is_final_and_shows_only_the_status() {
    for (status, words) in [
        ("401 Unauthorized", "holds the token of this process"),
        ("403 Forbidden", "holds the token of this process"),
        ("404 Not Found", "the role of the task or pod"),
        ("302 Found", "the role of the task or pod"),
        ("204 No Content", "the role of the task or pod"),
    ] {
        let (result, requests) = fetch_from(vec![respond(status, "")]).await;
        let text = expect_error(result);
        let code = &status[..3];
        assert!(
            text.contains(&format!("answered with HTTP {code}")),
            "{text}"
        );
        assert!(text.contains(words) && text.contains(FULL_URI), "{text}");
        assert_eq!(requests.len(), 1, "{status}");
    }
}

#[tokio::test]
async fn three_unusable_answers_are_an_error_that_does_not_show_them() {
    let large = format!("{{\"AccessKeyId\": \"{}\"}}", "hunter".repeat(20_000));
    for (body, words) in [
        ("<html>hunter2</html>", "sent no JSON"),
        ("", "sent no JSON"),
        (
            r#"["hunter2"]"#,
            "sent JSON that is not a set of credentials",
        ),
        (
            r#"{"AccessKeyId": {"a": "hunter2"}}"#,
            "sent JSON that is not",
        ),
        (
            r#"{"Code": "hunter", "Message": "hunter2"}"#,
            "sent an error code",
        ),
        (
            r#"{"AccessKeyId": "hunter2", "Token": " ", "Expiration": null}"#,
            "sent credentials without `SecretAccessKey`, `Token`, `Expiration`",
        ),
        (
            r#"{"AccessKeyId": "hunter1", "SecretAccessKey": "hunter2", "Token": "hunter3",
                "Expiration": "tomorrow, hunter"}"#,
            "sent credentials with an `Expiration` that is not a time",
        ),
        (&large, "sent more than 64 KiB"),
    ] {
        let (result, requests) = fetch_from(vec![respond("200 OK", body); 3]).await;
        let text = expect_error(result);
        assert!(text.contains(words), "{text}");
        assert_eq!(requests.len(), 3, "{words}");
    }
}

#[tokio::test]
async fn an_endpoint_that_is_down_is_an_error() {
    let (address, task) = start_server(Vec::new()).await;
    task.await.unwrap();
    let url = format!("http://{address}/");
    let endpoint = read_endpoint(&[(FULL_URI, &url)]).unwrap();
    let client = crate::aws::new_http_client().unwrap();
    let text = expect_error(fetch(&client, &endpoint).await);
    let expected = format!("the endpoint that `{FULL_URI}` names cannot be reached: connection");
    assert!(text.starts_with(&expected), "{text}");
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_hangs_gets_three_attempts() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let endpoint = read_endpoint(&[(FULL_URI, &url)]).unwrap();
    let client = crate::aws::new_http_client().unwrap();
    let start = tokio::time::Instant::now();
    let text = expect_error(fetch(&client, &endpoint).await);
    assert!(text.contains("names did not answer within 1s"), "{text}");
    let elapsed = start.elapsed();
    let bounds = Duration::from_secs(3)..Duration::from_secs(4);
    assert!(bounds.contains(&elapsed), "{elapsed:?}");
}
