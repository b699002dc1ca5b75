//! Functions that run on the real `lambda_runtime`, against a scripted runtime API: INIT, restores
//! of SnapStart, the memory before its snapshot, Managed Instances, an example, and the timeline of
//! a cold start.

mod concurrent;
mod http_api;
mod init;
#[cfg(target_os = "linux")]
mod memory;
mod picture;
mod restore;
mod runtime_api;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Child;
use std::thread::{self, JoinHandle};

use lambda_runtime::{Error as HandlerError, LambdaEvent};
use serde_json::Value;
use stage_config::{ExposeSecret as _, SecretString, StageConfig};

use crate::support::planted::SECRET;
use crate::support::scripted::{Endpoint, Parameter, Parameters};
use crate::support::{aws, child};
use runtime_api::RuntimeApi;

#[derive(StageConfig)]
#[stage(dev = "/lambda/{field}")]
struct Config {
    key: SecretString,
    port: u16,
}

/// Answers whether the handler has the values of the configuration.
async fn handle(_: LambdaEvent<Value>) -> Result<bool, HandlerError> {
    let config = Config::get();
    Ok(config.key.expose_secret() == SECRET && config.port == 8080)
}

fn create_parameters() -> Parameters {
    Parameters::texts([("/lambda/port", "8080")]).with("/lambda/key", Parameter::secure(SECRET))
}

/// A function that runs until the test ends it.
struct Function(Child);

impl Function {
    fn start(inner: &str, variables: &[(&'static str, String)]) -> Self {
        Self(child::start_with(&format!("lambda::{inner}"), variables))
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Returns the variables of a function with this initialization type.
fn variables(endpoint: &Endpoint, api: &str, initialization: &str) -> Vec<(&'static str, String)> {
    let mut variables = aws::variables(endpoint.url());
    let of_lambda = [
        ("AWS_LAMBDA_FUNCTION_NAME", "payments"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
        ("AWS_LAMBDA_FUNCTION_VERSION", "7"),
        ("AWS_LAMBDA_INITIALIZATION_TYPE", initialization),
        ("AWS_LAMBDA_RUNTIME_API", api),
    ];
    variables.extend(of_lambda.map(|(name, value)| (name, value.to_owned())));
    variables
}

/// Starts a server that answers one request with nonsense. Returns its address and its thread.
fn serve_nonsense() -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        stream.write_all(b"\x00nonsense\r\n\r\n").expect("a writer");
        let _ = stream.read_to_end(&mut Vec::new());
    });
    (address, server)
}
