//! The store of AppConfig. It reads each configuration in a session: `StartConfigurationSession`
//! once, then `GetLatestConfiguration` for each poll.

mod sessions;

use super::{Failed, FetchFuture, Found, Outcome, PrepareFuture, Request, Store};
use crate::{
    aws::{RegionClients, SharedAwsConfig, classify, grammar::is_version_label},
    failure::FailureKind,
    read_mode::ReadMode,
};
use aws_sdk_appconfigdata::{
    Client,
    config::{Builder, IdentityCache, http::HttpResponse},
    error::{ProvideErrorMetadata, SdkError},
    operation::get_latest_configuration::GetLatestConfigurationOutput,
};
use aws_types::{SdkConfig, region::Region};
use futures_util::future::join_all;
use sessions::Session;
pub(crate) use sessions::Sessions;
use stage_config_grammar::source::Address;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The shortest polling interval that a session may select, in seconds (API reference,
/// `StartConfigurationSession`). If a session selects none, the server chooses a longer interval,
/// and refreshes would be less frequent than the program wants.
const MIN_POLL_INTERVAL: i32 = 15;

/// The store of `appconfig:`.
pub(crate) struct AppConfig {
    aws: Arc<SharedAwsConfig>,
    clients: RegionClients<Client>,
    sessions: Arc<Sessions>,
    mode: ReadMode,
}

/// A failed poll.
enum PollError {
    /// The server does not accept the token: it is older than 24 hours, for example.
    TokenRejected(Outcome),
    /// Any other failure.
    Other(Outcome),
}

impl AppConfig {
    pub(crate) fn new(aws: Arc<SharedAwsConfig>, sessions: Arc<Sessions>, mode: ReadMode) -> Self {
        Self {
            aws,
            clients: RegionClients::default(),
            sessions,
            mode,
        }
    }

    async fn get(&self, request: &Request) -> Outcome {
        let address = request.parsed_address();
        if let Some(outcome) = self.sessions.find_recent(address) {
            return outcome;
        }
        match self.poll_or_start(address).await {
            // AppConfig has no call that looks up a configuration without its content.
            Ok(Outcome::Found(found)) if self.mode != ReadMode::Values => Outcome::Found(Found {
                version: found.version,
                ..Found::new_exists_only()
            }),
            Ok(outcome) | Err(outcome) => outcome,
        }
    }

    /// Polls the session of the address. Polls a new session if there is none, or if the server
    /// rejects the token.
    async fn poll_or_start(&self, address: &Address) -> Result<Outcome, Outcome> {
        let client = self.find_client(address).await?;
        if let Some(session) = self.sessions.take(address) {
            match self.poll(&client, address, session).await {
                Err(PollError::TokenRejected(_)) => {}
                Err(PollError::Other(outcome)) => return Err(outcome),
                Ok(outcome) => return Ok(outcome),
            }
        }

        let session = Session::new(start_session(&client, address).await?);
        match self.poll(&client, address, session).await {
            Err(PollError::TokenRejected(outcome) | PollError::Other(outcome)) => Err(outcome),
            Ok(outcome) => Ok(outcome),
        }
    }

    async fn find_client(&self, address: &Address) -> Result<Client, Outcome> {
        let place = (address.region(), address.role());
        self.clients.find(&self.aws, place, build_client).await
    }

    /// Polls a session once, and keeps it for the next poll. If the poll fails for another reason
    /// than throttling, or if its future is dropped, the session is lost, because the server may
    /// have used its token.
    async fn poll(
        &self,
        client: &Client,
        address: &Address,
        session: Session,
    ) -> Result<Outcome, PollError> {
        let call = client
            .get_latest_configuration()
            .configuration_token(session.token());
        let error = match call.send().await {
            Ok(answer) => {
                let session = read_answer(session, answer).map_err(PollError::Other)?;
                let outcome = session.outcome();
                self.sessions.put(address, session);
                return Ok(outcome);
            }
            Err(error) => error,
        };

        let outcome = classify_error(&error);
        // The server does not use the token of a call that it throttles.
        if matches!(&outcome, Outcome::Failed(failed) if failed.kind == FailureKind::Throttled) {
            self.sessions.put(address, session);
        }
        Err(match error.as_service_error() {
            Some(error) if error.is_bad_request_exception() => PollError::TokenRejected(outcome),
            _ => PollError::Other(outcome),
        })
    }
}

/// Builds a client. The credentials are already resolved, so there is nothing to cache.
fn build_client(config: &SdkConfig, region: Region) -> Client {
    let builder = Builder::from(config).region(region);
    Client::from_conf(builder.identity_cache(IdentityCache::no_cache()).build())
}

impl Store for AppConfig {
    fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
        Box::pin(join_all(requests.iter().map(|request| self.get(request))))
    }

    /// Fetches no credentials if every request has a session that may not be polled yet, because no
    /// call is made then.
    fn prepare<'a>(&'a self, requests: &'a [Request]) -> PrepareFuture<'a> {
        let is_recent = |request: &Request| {
            self.sessions
                .find_recent(request.parsed_address())
                .is_some()
        };
        if requests.iter().all(is_recent) {
            return Box::pin(std::future::ready(Ok(())));
        }
        Box::pin(async { self.aws.config().await.map(drop) })
    }

    fn operation(&self, _: &[Request]) -> &str {
        "GetLatestConfiguration"
    }
}

/// Starts a session, and returns its first token.
async fn start_session(client: &Client, address: &Address) -> Result<String, Outcome> {
    let Address::AppConfig {
        application,
        environment,
        profile,
        ..
    } = address
    else {
        // Only addresses of AppConfig reach this store.
        return Err(Outcome::Missing);
    };
    let call = client
        .start_configuration_session()
        .application_identifier(application)
        .environment_identifier(environment)
        .configuration_profile_identifier(profile)
        .required_minimum_poll_interval_in_seconds(MIN_POLL_INTERVAL);
    let answer = call.send().await.map_err(|error| classify_error(&error))?;
    answer
        .initial_configuration_token
        .ok_or_else(no_token_outcome)
}

/// Returns the session after this answer. If the answer has no content, the session keeps the
/// content that it has.
fn read_answer(
    session: Session,
    mut answer: GetLatestConfigurationOutput,
) -> Result<Session, Outcome> {
    let bytes = answer.configuration.take().map(|blob| blob.into_inner());
    let bytes = Zeroizing::new(bytes.unwrap_or_default());
    // The content may be any text, so only the token shows that AppConfig sent the answer.
    let token = answer
        .next_poll_configuration_token
        .take()
        .ok_or_else(no_token_outcome)?;
    let content = if bytes.is_empty() {
        session.into_content()
    } else {
        let label = answer
            .version_label()
            .filter(|label| is_version_label(label));
        let found = Found::from_text_or_bytes(&bytes);
        Some(label.into_iter().fold(found, Found::with_version))
    };
    let interval = answer.next_poll_interval_in_seconds();
    Ok(Session::after_poll(token, interval, content))
}

fn no_token_outcome() -> Outcome {
    Outcome::Failed(Failed::new(
        FailureKind::InvalidAnswer,
        "the answer has no token for the next call",
    ))
}

fn classify_error<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Outcome {
    match error.code() {
        Some("ResourceNotFoundException") => Outcome::Missing,
        _ => classify(error),
    }
}
