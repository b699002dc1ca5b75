//! The simulation of Parameter Store, Secrets Manager and KMS. The SDK's clients call it through an
//! HTTP client that uses no socket, and only simulated time.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use aws_smithy_runtime_api::{
    client::{
        http::{
            HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector,
            http_client_fn,
        },
        orchestrator::{HttpRequest, HttpResponse},
        result::ConnectorError,
    },
    http::StatusCode,
};
use aws_smithy_types::body::SdkBody;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use fastrand::Rng;
use serde_json::{Value, json};
use stage_config::StageConfig;
use tokio::time::sleep;

use super::{
    config::{OneSecret, STAGE, find_value},
    quota::{Bucket, Quotas},
};

/// The time from the first byte of a call to the last byte of its answer, in milliseconds.
const LATENCY: std::ops::RangeInclusive<u64> = 5..=50;

/// The three simulated services of one account and region.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    latency: Rng,
    parameter_store: Bucket,
    secrets: Bucket,
    secret_batches: Bucket,
    kms: Bucket,
    /// The secret that [`OneSecret`] reads: the text of a JSON object.
    everything: String,
    counts: CallCounts,
}

/// The number of calls to the services.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CallCounts {
    /// All calls, including the throttled ones.
    pub calls: u64,
    /// The calls that were answered with `ThrottlingException`.
    pub throttles: u64,
}

impl Endpoint {
    /// Creates services with full buckets. The same seed gives the same latencies.
    pub(crate) fn new(quotas: Quotas, seed: u64) -> Self {
        Self(Arc::new(Mutex::new(State {
            latency: Rng::with_seed(seed),
            parameter_store: Bucket::new(quotas.parameter_store),
            secrets: Bucket::new(quotas.secrets),
            secret_batches: Bucket::new(quotas.secret_batches),
            kms: Bucket::new(quotas.kms),
            everything: build_everything(),
            counts: CallCounts::default(),
        })))
    }

    /// Returns an HTTP client that reaches only these services.
    pub(crate) fn http_client(&self) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(self.clone());
        http_client_fn(move |_, _| connector.clone())
    }

    /// Returns the number of calls so far.
    pub(crate) fn counts(&self) -> CallCounts {
        self.state().counts
    }

    /// Locks the state. A poisoned lock is usable, because no panic leaves the state half-changed.
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HttpConnector for Endpoint {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let endpoint = self.clone();
        HttpConnectorFuture::new(async move {
            let latency = endpoint.state().latency.u64(LATENCY);
            let request_time = latency / 2;
            sleep(Duration::from_millis(request_time)).await;
            let answer = endpoint.state().answer(&request);
            let (status, body) = answer.map_err(|problem| ConnectorError::user(problem.into()))?;
            sleep(Duration::from_millis(latency - request_time)).await;
            let status =
                StatusCode::try_from(status).map_err(|error| ConnectorError::user(error.into()))?;
            Ok(HttpResponse::new(status, SdkBody::from(body.to_string())))
        })
    }
}

impl State {
    /// Returns the status and body, or the reason why the call is not supported.
    fn answer(&mut self, request: &HttpRequest) -> Result<(u16, Value), String> {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let body: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default())
            .map_err(|error| format!("the body of {target:?} is not JSON: {error}"))?;
        self.counts.calls += 1;
        let (bucket, answer): (_, fn(&str, &Value) -> Option<Value>) = match target {
            "AmazonSSM.GetParameter" => (&mut self.parameter_store, |_, body| {
                Some(json!({ "Parameter": build_parameter(body["Name"].as_str()?) }))
            }),
            "AmazonSSM.GetParameters" => (&mut self.parameter_store, |_, body| {
                let found: Option<Vec<Value>> = list_texts(&body["Names"])?
                    .map(|name| Some(build_parameter(name?)))
                    .collect();
                Some(json!({ "Parameters": found?, "InvalidParameters": [] }))
            }),
            "secretsmanager.GetSecretValue" => (&mut self.secrets, |everything, body| {
                Some(build_secret(body["SecretId"].as_str()?, everything))
            }),
            "secretsmanager.BatchGetSecretValue" => {
                (&mut self.secret_batches, |everything, body| {
                    let found: Option<Vec<Value>> = list_texts(&body["SecretIdList"])?
                        .map(|id| Some(build_secret(id?, everything)))
                        .collect();
                    Some(json!({ "SecretValues": found?, "Errors": [] }))
                })
            }
            "TrentService.Decrypt" => (&mut self.kms, |_, body| {
                Some(json!({ "Plaintext": decrypt(body["CiphertextBlob"].as_str()?)? }))
            }),
            other => return Err(format!("the simulation has no operation {other:?}")),
        };
        if !bucket.take() {
            self.counts.throttles += 1;
            return Ok((
                400,
                json!({ "__type": "ThrottlingException", "message": "Rate exceeded" }),
            ));
        }
        let answer = answer(&self.everything, &body)
            .ok_or_else(|| format!("the body of {target:?} does not have the expected form"))?;
        Ok((200, answer))
    }
}

fn list_texts(list: &Value) -> Option<impl Iterator<Item = Option<&str>>> {
    Some(list.as_array()?.iter().map(Value::as_str))
}

fn build_parameter(name: &str) -> Value {
    json!({
        "Name": name,
        "Type": "String",
        "Value": find_value(name.rsplit('/').next().unwrap_or_default()),
        "Version": 1,
        "ARN": format!("arn:aws:ssm:eu-west-1:123456789012:parameter{name}"),
    })
}

fn build_secret(id: &str, everything: &str) -> Value {
    let text = if id == "storm/everything" {
        everything
    } else {
        find_value(id)
    };
    json!({
        "Name": id,
        "SecretString": text,
        "VersionId": "11111111-1111-1111-1111-111111111111",
        "ARN": format!("arn:aws:secretsmanager:eu-west-1:123456789012:secret:{id}-AbCdEf"),
    })
}

/// Returns the text of a JSON object with the value of every field of [`OneSecret`].
fn build_everything() -> String {
    let plan = OneSecret::loader()
        .stage(STAGE)
        .plan()
        .expect("the stage is declared");
    let fields = plan
        .fields()
        .map(|field| (field.to_owned(), Value::from(find_value(field))));
    Value::Object(fields.collect()).to_string()
}

/// Simulates a decryption, which reverses the bytes.
fn decrypt(base64: &str) -> Option<String> {
    let mut bytes = STANDARD.decode(base64).ok()?;
    bytes.reverse();
    Some(STANDARD.encode(bytes))
}
