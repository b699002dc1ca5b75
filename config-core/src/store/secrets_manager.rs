//! The store of Secrets Manager. It sends one `GetSecretValue` for each distinct address. If the
//! program selects `secrets = "batch"`, it sends one `BatchGetSecretValue` for several secrets
//! without a version. A read that needs no values sends one `DescribeSecret` for each secret
//! instead.

use super::{Denied, Failed, FetchFuture, Found, Outcome, PrepareFuture, Request, Store};
use crate::{
    aws::{self, RegionClients, SharedAwsConfig, classify, grammar::is_version_id},
    failure::FailureKind,
    read_mode::ReadMode,
};
use aws_sdk_secretsmanager::{
    Client,
    config::{Builder, IdentityCache, http::HttpResponse},
    error::{ProvideErrorMetadata, SdkError},
    primitives::Blob,
    types::{ApiErrorType, SecretValueEntry},
};
use aws_types::{SdkConfig, region::Region};
use futures_util::future::join_all;
use stage_config_grammar::arn::{is_arn, split_secret_suffix};
use stage_config_grammar::source::{Address, SecretVersion};
use std::sync::Arc;
use zeroize::Zeroize;

/// The store of `secret:`.
pub(crate) struct SecretsManager {
    aws: Arc<SharedAwsConfig>,
    clients: RegionClients<Client>,
    mode: ReadMode,
}

impl SecretsManager {
    pub(crate) fn new(aws: Arc<SharedAwsConfig>, mode: ReadMode) -> Self {
        Self {
            aws,
            clients: RegionClients::default(),
            mode,
        }
    }

    async fn get(&self, requests: &[Request]) -> Result<Vec<Outcome>, Outcome> {
        let address = requests.first().map(Request::parsed_address);
        let place = (
            address.and_then(Address::region),
            address.and_then(Address::role),
        );
        let client = self.clients.find(&self.aws, place, build_client).await?;
        match requests {
            _ if self.mode != ReadMode::Values => {
                Ok(join_all(requests.iter().map(|request| describe(&client, request))).await)
            }
            [request] => Ok(vec![get_one(&client, request).await]),
            _ => get_batch(&client, requests).await,
        }
    }
}

/// Builds a client. The credentials are already resolved, so there is nothing to cache.
fn build_client(config: &SdkConfig, region: Region) -> Client {
    let builder = Builder::from(config).region(region);
    Client::from_conf(builder.identity_cache(IdentityCache::no_cache()).build())
}

impl Store for SecretsManager {
    fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
        Box::pin(async move {
            match self.get(requests).await {
                Ok(outcomes) => outcomes,
                Err(outcome) => vec![outcome; requests.len()],
            }
        })
    }

    fn prepare<'a>(&'a self, _: &'a [Request]) -> PrepareFuture<'a> {
        Box::pin(async { self.aws.config().await.map(drop) })
    }

    fn operation(&self, requests: &[Request]) -> &str {
        match self.mode {
            ReadMode::Offline | ReadMode::Existence => "DescribeSecret",
            ReadMode::Values if requests.len() == 1 => "GetSecretValue",
            ReadMode::Values => "BatchGetSecretValue",
        }
    }
}

/// Returns a secret's name or ARN, and its version. Only addresses of secrets reach this store.
fn id_and_version(request: &Request) -> (&str, Option<&SecretVersion>) {
    match request.parsed_address() {
        Address::Secret { id, version, .. } => (id, version.as_ref()),
        _ => ("", None),
    }
}

async fn get_one(client: &Client, request: &Request) -> Outcome {
    let (id, version) = id_and_version(request);
    let call = client.get_secret_value().secret_id(id);
    let call = match version {
        None => call,
        Some(SecretVersion::Stage(stage)) => call.version_stage(stage),
        Some(SecretVersion::Id(id)) => call.version_id(id),
    };

    match call.send().await {
        Ok(answer) => {
            let outcome = if is_answer_for(id, answer.name(), answer.arn()) {
                to_outcome(
                    answer.secret_string(),
                    answer.secret_binary(),
                    answer.version_id(),
                    answer.arn(),
                )
            } else {
                wrong_secret_outcome()
            };
            wipe(answer.secret_string, answer.secret_binary);
            outcome
        }
        Err(error) => classify_error(&error, version.is_some()),
    }
}

/// Checks that the secret and its version exist. This needs no permission to read the value.
async fn describe(client: &Client, request: &Request) -> Outcome {
    let (id, version) = id_and_version(request);
    match client.describe_secret().secret_id(id).send().await {
        Ok(answer) if !is_answer_for(id, answer.name(), answer.arn()) => wrong_secret_outcome(),
        Ok(answer) if answer.deleted_date().is_some() => deletion_outcome(),
        Ok(answer) => {
            let versions = answer.version_ids_to_stages().into_iter().flatten();
            let wanted = |(id, stages): &(&String, &Vec<String>)| match version {
                None => stages.iter().any(|stage| stage == "AWSCURRENT"),
                Some(SecretVersion::Stage(wanted)) => stages.contains(wanted),
                Some(SecretVersion::Id(wanted)) => *id == wanted,
            };
            match ({ versions }.find(wanted), version) {
                (Some((id, _)), _) => {
                    let found = with_valid_version(Found::new_exists_only(), Some(id));
                    Outcome::Found(answer.arn().into_iter().fold(found, Found::with_arn))
                }
                (None, Some(_)) => Outcome::Missing,
                (None, None) => no_value_outcome(),
            }
        }
        Err(error) => classify_error(&error, version.is_some()),
    }
}

/// Reads all pages: twenty secrets of 64 KB exceed a megabyte, so the service may split the answer.
async fn get_batch(client: &Client, requests: &[Request]) -> Result<Vec<Outcome>, Outcome> {
    let ids: Vec<_> = requests
        .iter()
        .map(|request| id_and_version(request).0.to_owned())
        .collect();
    let (mut secrets, mut errors, mut token) = (WipedEntries(Vec::new()), Vec::new(), None);
    loop {
        let call = client
            .batch_get_secret_value()
            .set_secret_id_list(Some(ids.clone()))
            .set_next_token(token);
        let page = call.send().await.map_err(|error| classify(&error))?;
        secrets.0.extend(page.secret_values.unwrap_or_default());
        errors.extend(page.errors.unwrap_or_default());
        token = page.next_token.filter(|token| !token.is_empty());
        if token.is_none() {
            return Ok(ids
                .iter()
                .map(|id| find_outcome(id, &secrets.0, &errors))
                .collect());
        }
    }
}

/// The entries of all pages. They are wiped on drop, also if a later page fails or the timeout is
/// reached.
struct WipedEntries(Vec<SecretValueEntry>);

impl Drop for WipedEntries {
    fn drop(&mut self) {
        self.0
            .iter_mut()
            .for_each(|secret| wipe(secret.secret_string.take(), secret.secret_binary.take()));
    }
}

fn find_outcome(id: &str, secrets: &[SecretValueEntry], errors: &[ApiErrorType]) -> Outcome {
    if let Some(secret) = secrets
        .iter()
        .find(|secret| is_answer_for(id, secret.name(), secret.arn()))
    {
        return to_outcome(
            secret.secret_string(),
            secret.secret_binary(),
            secret.version_id(),
            secret.arn(),
        );
    }
    match errors.iter().find(|error| error.secret_id() == Some(id)) {
        Some(error) => classify_batch_error(error),
        None => {
            let detail = "the answer contains neither the secret nor an error for it";
            Outcome::Failed(Failed::new(FailureKind::InvalidAnswer, detail))
        }
    }
}

/// Returns whether a secret answers a request. `id` may be the secret's name, its ARN, or its ARN
/// without the six random characters that Secrets Manager appends.
fn is_answer_for(id: &str, name: Option<&str>, arn: Option<&str>) -> bool {
    let without_suffix = || arn.and_then(split_secret_suffix).map(|(arn, _)| arn);
    name == Some(id) || arn == Some(id) || is_arn(id) && without_suffix() == Some(id)
}

fn wrong_secret_outcome() -> Outcome {
    Outcome::Failed(Failed::new(
        FailureKind::InvalidAnswer,
        "the answer is about another secret",
    ))
}

fn to_outcome(
    text: Option<&str>,
    binary: Option<&Blob>,
    version: Option<&str>,
    arn: Option<&str>,
) -> Outcome {
    let found = match (text, binary) {
        (Some(text), _) => Found::from_text(text),
        (None, Some(bytes)) => Found::from_bytes(bytes.as_ref()),
        (None, None) => {
            let detail = "the version of the secret has neither a text nor bytes";
            return Outcome::Failed(Failed::new(FailureKind::NoValue, detail));
        }
    };
    Outcome::Found(
        arn.into_iter()
            .fold(with_valid_version(found, version), Found::with_arn),
    )
}

/// Adds the version to the value, and marks the value as encrypted. The report shows the version,
/// so an invalid one is omitted.
fn with_valid_version(found: Found, version: Option<&str>) -> Found {
    let version = version.filter(|version| is_version_id(version));
    Found {
        encrypted: Some(true),
        ..version.into_iter().fold(found, Found::with_version)
    }
}

/// Wipes the value in an answer. An outcome has its own copy.
fn wipe(mut text: Option<String>, binary: Option<Blob>) {
    text.zeroize();
    binary.map(Blob::into_inner).zeroize();
}

fn deletion_outcome() -> Outcome {
    Outcome::Failed(Failed::new(
        FailureKind::MarkedForDeletion,
        "it cannot be read until it is restored",
    ))
}

fn no_value_outcome() -> Outcome {
    Outcome::Failed(Failed::new(
        FailureKind::NoValue,
        "the secret exists, but has no version `AWSCURRENT`",
    ))
}

fn classify_error<E: ProvideErrorMetadata>(
    error: &SdkError<E, HttpResponse>,
    pinned: bool,
) -> Outcome {
    let message = error.message().unwrap_or_default();
    classify_code(error.code().unwrap_or_default(), message, pinned)
        .unwrap_or_else(|| classify(error))
}

fn classify_batch_error(error: &ApiErrorType) -> Outcome {
    let (code, message) = (
        error.error_code().unwrap_or_default(),
        error.message().unwrap_or_default(),
    );
    classify_code(code, message, false).unwrap_or_else(|| aws::classify_code(code, 400, message))
}

/// Classifies an error by its code and its message, because some codes have several causes. Returns
/// `None` if the caller must classify the error by its code alone. The messages are those in the
/// AWS documentation. If AWS changes them, a secret without a value is reported as missing, and
/// every other error is classified by its code alone.
fn classify_code(code: &str, message: &str, pinned: bool) -> Option<Outcome> {
    match code {
        // If a pinned version does not exist, the outcome is missing, as for a pinned version of a
        // parameter.
        "ResourceNotFoundException" if !pinned && message.contains("secret value") => {
            Some(no_value_outcome())
        }
        "ResourceNotFoundException" => Some(Outcome::Missing),
        "InvalidRequestException"
            if message.contains("deletion") || message.contains("deleted") =>
        {
            Some(deletion_outcome())
        }
        "AccessDeniedException" if message.contains("Access to KMS is not allowed") => {
            let detail = "this program may not use the KMS key that encrypts the secret";
            Some(Outcome::Denied(Denied {
                is_key_denied: true,
                ..Denied::new(detail)
            }))
        }
        _ => None,
    }
}
