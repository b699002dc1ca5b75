//! The credentials of the container endpoint, from which a task on ECS, a pod on EKS, and a Lambda
//! function with SnapStart or on Managed Instances get their credentials.

mod answer;
mod endpoint;
mod error;
#[cfg(test)]
mod tests;

#[cfg(feature = "aws-store")]
pub(super) use error::find_error;

use super::http_client::HyperClient;
use crate::backoff::CALL_BACKOFF;
use answer::{MAX_SIZE, parse_answer};
use aws_credential_types::{
    Credentials,
    provider::{ProvideCredentials, error::CredentialsError, future},
};
use aws_smithy_types::body::SdkBody;
use endpoint::ContainerEndpoint;
use error::ContainerError;
use http::{
    Request, StatusCode,
    header::{ACCEPT, AUTHORIZATION},
};
use hyper::body::{Body, Incoming};
use std::{error::Error, fmt, future::poll_fn, io, pin::Pin, time::Duration};
use tokio::time::{sleep, timeout};
use zeroize::Zeroizing;

/// The timeout of one attempt. Three attempts and their pauses fit into the default timeout of a
/// load under SnapStart, which is the shortest default timeout. So the attempts end before the load
/// times out, and the error names the endpoint.
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(1);

const MAX_RETRIES: u32 = 2;

/// Returns the provider of the container endpoint, or `None` if no variable names the endpoint.
pub(super) fn find_provider(client: &HyperClient) -> Option<ContainerProvider> {
    endpoint::is_named(&read_variable).then(|| ContainerProvider {
        client: client.clone(),
    })
}

fn read_variable(name: &str) -> Option<std::ffi::OsString> {
    std::env::var_os(name)
}

/// A provider that asks the endpoint in each call, with the token that is valid at that time. The
/// caller keeps the credentials until they expire.
pub(super) struct ContainerProvider {
    client: HyperClient,
}

impl ProvideCredentials for ContainerProvider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let fetched = match ContainerEndpoint::read(&read_variable) {
                Ok(endpoint) => fetch(&self.client, &endpoint).await,
                Err(error) => Err(error),
            };
            fetched.map_err(CredentialsError::provider_error)
        })
    }
}

impl fmt::Debug for ContainerProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContainerProvider").finish_non_exhaustive()
    }
}

/// Fetches the credentials. Retries after an error that a busy or starting endpoint may cause.
async fn fetch(
    client: &HyperClient,
    endpoint: &ContainerEndpoint,
) -> Result<Credentials, ContainerError> {
    let mut retries = 0;
    loop {
        let attempt = timeout(ATTEMPT_TIMEOUT, fetch_once(client, endpoint)).await;
        let error = match attempt {
            Ok(Ok(credentials)) => return Ok(credentials),
            Ok(Err(error)) => error,
            Err(_) => endpoint.no_answer(format!("did not answer within {ATTEMPT_TIMEOUT:?}")),
        };
        if !error.is_transient() || retries == MAX_RETRIES {
            return Err(error);
        }
        sleep(CALL_BACKOFF.draw(retries)).await;
        retries += 1;
    }
}

async fn fetch_once(
    client: &HyperClient,
    endpoint: &ContainerEndpoint,
) -> Result<Credentials, ContainerError> {
    let mut request = Request::get(endpoint.uri.clone()).header(ACCEPT, "application/json");
    if let Some(token) = &endpoint.token {
        request = request.header(AUTHORIZATION, token);
    }
    let request = request
        .body(SdkBody::empty())
        .map_err(|_| endpoint.no_answer("cannot be requested".to_owned()))?;

    let response = client.send_directly(request).await;
    let response = response.map_err(|error| endpoint.no_answer(describe_io(&*error)))?;
    if response.status() != StatusCode::OK {
        return Err(endpoint.wrong_status(response.status()));
    }

    let body = read_body(response.into_body(), endpoint).await?;
    parse_answer(&body).map_err(|problem| endpoint.wrong_answer(&problem))
}

async fn read_body(
    mut body: Incoming,
    endpoint: &ContainerEndpoint,
) -> Result<Zeroizing<Vec<u8>>, ContainerError> {
    let mut bytes = Zeroizing::new(Vec::new());
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|_| {
            endpoint.no_answer("closed the connection before the end of its answer".to_owned())
        })?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if bytes.len() + data.len() > MAX_SIZE {
            let problem = format!("more than {} KiB", MAX_SIZE / 1024);
            return Err(endpoint.wrong_answer(&problem));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

/// Describes why a request got no answer, without the address.
fn describe_io(error: &(dyn Error + 'static)) -> String {
    let mut causes = std::iter::successors(Some(error), |&error| error.source());
    let io = causes.find_map(|error| error.downcast_ref::<io::Error>());
    match io {
        Some(error) => format!("cannot be reached: {}", error.kind()),
        None => "cannot be reached".to_owned(),
    }
}
