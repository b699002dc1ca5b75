//! Tests of the endpoint, with a client that uses only rustls and a socket.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    sync::Arc,
};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use coldstart_endpoint::Endpoint;
use coldstart_keys::{parameter, secret, value};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject as _},
};
use serde_json::{Value, json};

struct Client {
    endpoint: Endpoint,
    config: Arc<ClientConfig>,
}

type Connection = BufReader<StreamOwned<ClientConnection, TcpStream>>;

impl Client {
    fn new() -> Self {
        let endpoint = Endpoint::start().expect("the endpoint starts");
        let root = CertificateDer::from_pem_slice(endpoint.root_pem().as_bytes()).expect("a root");
        let mut roots = RootCertStore::empty();
        roots.add(root).expect("the root is valid");
        let provider = Arc::new(ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("ring has the default versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        Self {
            endpoint,
            config: Arc::new(config),
        }
    }

    fn connect(&self) -> Connection {
        let url = self.endpoint.url();
        let address = url.strip_prefix("https://localhost").expect("a local URL");
        let stream = TcpStream::connect(format!("127.0.0.1{address}")).expect("it listens");
        let name = ServerName::try_from("localhost").expect("a name");
        let connection =
            ClientConnection::new(Arc::clone(&self.config), name).expect("a valid configuration");
        BufReader::new(StreamOwned::new(connection, stream))
    }
}

/// Sends one request, and returns the status and the body.
fn call(connection: &mut Connection, target: &str, body: &Value) -> (u16, Value) {
    let body = body.to_string();
    write!(
        connection.get_mut(),
        "POST / HTTP/1.1\r\nhost: localhost\r\nx-amz-target: {target}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .expect("the endpoint reads the request");
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        connection.read_line(&mut line).expect("it answers");
        if line == "\r\n" {
            break;
        }
        head.push(line.to_ascii_lowercase());
    }
    let length = head
        .iter()
        .find_map(|line| line.strip_prefix("content-length: "));
    let length = length.expect("a length").trim().parse().expect("a number");
    let mut body = vec![0; length];
    connection.read_exact(&mut body).expect("a whole body");
    let status = head[0].split(' ').nth(1).expect("a status");
    let status = status.parse().expect("a number");
    (status, serde_json::from_slice(&body).expect("JSON"))
}

fn get_parameters(connection: &mut Connection, count: usize) -> (u16, Value) {
    let names: Vec<String> = (0..count).map(parameter).collect();
    call(
        connection,
        "AmazonSSM.GetParameters",
        &json!({ "Names": names }),
    )
}

#[test]
fn the_counters_are_exact() {
    let client = Client::new();
    let mut first = client.connect();
    for _ in 0..3 {
        assert_eq!(get_parameters(&mut first, 10).0, 200);
    }
    let secret = json!({ "SecretId": "coldstart/key_000" });
    assert_eq!(
        call(&mut first, "secretsmanager.GetSecretValue", &secret).0,
        200
    );
    let mut second = client.connect();
    assert_eq!(get_parameters(&mut second, 1).0, 200);

    let counts = client.endpoint.take_counts();
    assert_eq!((counts.connections, counts.resumed), (2, 1));
    let calls: Vec<_> = counts
        .calls
        .iter()
        .map(|(name, n)| (name.as_str(), *n))
        .collect();
    assert_eq!(calls, [("GetParameters", 4), ("GetSecretValue", 1)]);
    assert_eq!(client.endpoint.take_counts(), Default::default());
}

#[test]
fn zero_and_more_than_ten_parameters_are_refused() {
    let client = Client::new();
    let mut connection = client.connect();
    assert_eq!(get_parameters(&mut connection, 10).0, 200);
    for count in [0, 11] {
        let (status, body) = get_parameters(&mut connection, count);
        assert_eq!(
            (status, &body["__type"]),
            (400, &json!("ValidationException"))
        );
    }
}

#[test]
fn more_than_twenty_secrets_are_refused() {
    let client = Client::new();
    let mut connection = client.connect();
    for (count, expected) in [(20, 200), (21, 400)] {
        let list: Vec<String> = (0..count).map(secret).collect();
        let target = "secretsmanager.BatchGetSecretValue";
        let (status, _) = call(&mut connection, target, &json!({ "SecretIdList": list }));
        assert_eq!(status, expected);
    }
}

#[test]
fn parameter_store_secrets_manager_and_kms_have_the_value_of_the_key() {
    let client = Client::new();
    let mut connection = client.connect();
    let expected = json!(value("key_007"));
    let name = json!({ "Name": parameter(7) });
    let (_, body) = call(&mut connection, "AmazonSSM.GetParameter", &name);
    assert_eq!(body["Parameter"]["Value"], expected);

    let (_, body) = get_parameters(&mut connection, 8);
    assert_eq!(body["Parameters"][7]["Value"], expected);

    let id = json!({ "SecretId": secret(7) });
    let (_, body) = call(&mut connection, "secretsmanager.GetSecretValue", &id);
    assert_eq!(body["SecretString"], expected);

    let ciphertext = json!({ "CiphertextBlob": BASE64_STANDARD.encode("key_007") });
    let (_, body) = call(&mut connection, "TrentService.Decrypt", &ciphertext);
    let plaintext = BASE64_STANDARD.encode(value("key_007"));
    assert_eq!(body["Plaintext"], json!(plaintext));
}

#[test]
fn an_unknown_operation_and_a_wrong_ciphertext_are_refused() {
    let client = Client::new();
    let mut connection = client.connect();
    for (target, body, kind) in [
        (
            "AmazonSSM.PutParameter",
            json!({}),
            "UnknownOperationException",
        ),
        (
            "TrentService.Decrypt",
            json!({ "CiphertextBlob": "?" }),
            "InvalidCiphertextException",
        ),
    ] {
        let (status, answer) = call(&mut connection, target, &body);
        assert_eq!((status, &answer["__type"]), (400, &json!(kind)));
    }
}
