//! The lower bound ("floor") of a cold start: a program that does only what the network protocol
//! needs. It has one thread, which waits with `poll`. It uses rustls with one root certificate,
//! signs its requests with its own code, and opens one connection for each batch. It sends all
//! batches concurrently. It has no retries and no timeouts, and its error messages do not help a
//! user, so do not use it as an example.
//!
//! `coldstart-floor COUNT [secrets]` reads parameters, up to ten in one call. With the argument
//! `secrets`, it reads secrets, up to twenty in one call.

mod connection;
mod signature;

use std::{env, error::Error, sync::Arc};

use coldstart_keys as keys;
use rustix::event::{PollFd, PollFlags, poll};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};

use crate::{connection::Connection, signature::Signer};

/// One operation that reads several values.
struct Operation {
    service: &'static str,
    /// The value of the header `X-Amz-Target`.
    target: &'static str,
    batch_size: usize,
    /// Returns the name of the value with this index.
    name: fn(usize) -> String,
    /// The JSON key of the list of names in the request.
    names_key: &'static str,
    /// The other members of the JSON object in the request, with a comma before them.
    options: &'static str,
    /// The text before each value in the answer: the key in quotes, the colon, and the first quote
    /// of the value.
    value_key: &'static str,
}

const PARAMETERS: Operation = Operation {
    service: "ssm",
    target: "AmazonSSM.GetParameters",
    batch_size: 10,
    name: keys::parameter,
    names_key: "Names",
    options: ",\"WithDecryption\":true",
    value_key: "\"Value\":\"",
};

const SECRETS: Operation = Operation {
    service: "secretsmanager",
    target: "secretsmanager.BatchGetSecretValue",
    batch_size: 20,
    name: keys::secret,
    names_key: "SecretIdList",
    options: "",
    value_key: "\"SecretString\":\"",
};

fn main() -> Result<(), Box<dyn Error>> {
    let operation = match env::args().nth(2).as_deref() {
        Some("secrets") => SECRETS,
        _ => PARAMETERS,
    };
    let url = env::var("AWS_ENDPOINT_URL")?;
    let host = url
        .strip_prefix("https://")
        .ok_or("`AWS_ENDPOINT_URL` must begin with `https://`")?;
    let signer = Signer::from_env(host, operation.service)?;

    let config = tls_config()?;
    let names: Vec<String> = (0..keys::count_argument()).map(operation.name).collect();
    let mut connections = Vec::new();
    for batch in names.chunks(operation.batch_size) {
        let body = format!(
            "{{\"{}\":[\"{}\"]{}}}",
            operation.names_key,
            batch.join("\",\""),
            operation.options
        );
        let request = signer.sign(operation.target, &body);
        connections.push(Connection::open(host, Arc::clone(&config), request)?);
    }
    exchange(&mut connections)?;

    let mut pairs = Vec::new();
    for connection in connections {
        read_values(&connection.into_body()?, operation.value_key, &mut pairs)?;
    }
    keys::finish(&keys::sort(pairs))
}

fn tls_config() -> Result<Arc<ClientConfig>, Box<dyn Error>> {
    let path = env::var("SSL_CERT_FILE")?;
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(path)?)?;
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// Sends and reads on all connections until each has its whole answer.
fn exchange(connections: &mut [Connection]) -> Result<(), Box<dyn Error>> {
    loop {
        for connection in connections.iter_mut() {
            connection.advance()?;
        }
        let mut open: Vec<PollFd<'_>> = connections
            .iter()
            .filter(|connection| !connection.is_complete())
            .map(|connection| PollFd::new(connection, PollFlags::IN))
            .collect();
        if open.is_empty() {
            return Ok(());
        }
        poll(&mut open, None)?;
    }
}

/// Reads the names and values of a JSON text whose objects have the name before the value.
fn read_values(
    body: &str,
    value_key: &str,
    pairs: &mut Vec<(String, String)>,
) -> Result<(), Box<dyn Error>> {
    for object in body.split("\"Name\":\"").skip(1) {
        let name = object.split('"').next();
        let value = object.split(value_key).nth(1);
        let value = value.and_then(|rest| rest.split('"').next());
        let (Some(name), Some(value)) = (name, value) else {
            return Err("an object has no value".into());
        };
        pairs.push((name.to_owned(), value.to_owned()));
    }
    Ok(())
}
