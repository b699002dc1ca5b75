//! The store of Parameter Store. It requests up to ten names per `GetParameters` call, with
//! decryption when it reads values. The parameters of a path come from `GetParametersByPath`.

mod path;

use super::{Failed, FetchFuture, Found, Outcome, PrepareFuture, Request, Store};
use crate::{
    aws::{RegionClients, SharedAwsConfig, classify},
    failure::FailureKind,
    read_mode::ReadMode,
};
use aws_sdk_ssm::{
    Client,
    config::{Builder, IdentityCache},
    operation::get_parameters::GetParametersOutput,
    types::{Parameter, ParameterType},
};
use aws_types::{SdkConfig, region::Region};
use path::PathReads;
use stage_config_grammar::source::Address;
use std::sync::Arc;
use zeroize::Zeroize;

/// The store of `ssm:`.
pub(crate) struct ParameterStore {
    aws: Arc<SharedAwsConfig>,
    clients: RegionClients<Client>,
    paths: PathReads,
    mode: ReadMode,
}

impl ParameterStore {
    pub(crate) fn new(aws: Arc<SharedAwsConfig>, mode: ReadMode) -> Self {
        Self {
            aws,
            clients: RegionClients::default(),
            paths: PathReads::default(),
            mode,
        }
    }

    async fn get(&self, requests: &[Request]) -> Result<Vec<Outcome>, Outcome> {
        let client = self.client(requests).await?;
        if let [request] = requests
            && is_path(request)
        {
            return Ok(vec![self.paths.read(&client, request, self.mode).await]);
        }
        let names = requests.iter().map(full_name).collect();
        let call = client
            .get_parameters()
            .set_names(Some(names))
            .with_decryption(self.mode == ReadMode::Values);
        match call.send().await {
            Ok(mut answer) => {
                let outcomes = requests
                    .iter()
                    .map(|request| find_outcome(request, requests, &answer, self.mode))
                    .collect();
                // The outcomes contain copies of the values, so wipe the values in the answer.
                answer
                    .parameters
                    .iter_mut()
                    .flatten()
                    .for_each(|parameter| parameter.value.zeroize());
                Ok(outcomes)
            }
            Err(error) => Err(classify(&error)),
        }
    }

    async fn client(&self, requests: &[Request]) -> Result<Client, Outcome> {
        let address = requests.first().map(Request::parsed_address);
        let place = (
            address.and_then(Address::region),
            address.and_then(Address::role),
        );
        self.clients.find(&self.aws, place, build_client).await
    }
}

/// Builds a client. The credentials are already resolved, so there is nothing to cache.
fn build_client(config: &SdkConfig, region: Region) -> Client {
    let builder = Builder::from(config).region(region);
    Client::from_conf(builder.identity_cache(IdentityCache::no_cache()).build())
}

impl Store for ParameterStore {
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
        match requests {
            [request] if is_path(request) => "GetParametersByPath",
            _ => "GetParameters",
        }
    }
}

/// Returns whether a request asks for all parameters below a path. Such a request is the only
/// one of its call.
fn is_path(request: &Request) -> bool {
    matches!(request.parsed_address(), Address::ParameterPath { .. })
}

/// Returns the name and the selector of an address, as in `/a/b:3`. Only addresses of single
/// parameters reach this function.
fn name_and_selector(request: &Request) -> (&str, Option<&str>) {
    match request.parsed_address() {
        Address::Parameter { name, selector, .. } => (name, selector.as_deref()),
        _ => ("", None),
    }
}

fn full_name(request: &Request) -> String {
    match name_and_selector(request) {
        (name, None) => name.to_owned(),
        (name, Some(selector)) => format!("{name}:{selector}"),
    }
}

/// Returns the outcome of one request. AWS answers in any order, and lists each name either as a
/// parameter or as invalid.
fn find_outcome(
    request: &Request,
    requests: &[Request],
    answer: &GetParametersOutput,
    mode: ReadMode,
) -> Outcome {
    let full = full_name(request);
    let answered = answer
        .parameters()
        .iter()
        .filter(|parameter| is_answer_for(parameter, request, requests));

    // If a server omits selectors, several parameters of the answer can have the same name. The
    // parameter with the greatest version answers a request without a selector.
    if let Some(parameter) = answered.max_by_key(|parameter| parameter.version()) {
        return to_outcome(parameter, mode);
    }

    let (name, selector) = name_and_selector(request);
    let invalid = answer
        .invalid_parameters()
        .iter()
        .any(|invalid| *invalid == full || selector.is_none() && invalid == name);
    if invalid {
        return Outcome::Missing;
    }

    let detail = "the answer contains it neither as a parameter nor as an invalid name";
    Outcome::Failed(Failed::new(FailureKind::InvalidAnswer, detail))
}

/// Returns whether a parameter answers a request. Compares the name or ARN, and the selector, which
/// is a separate member of the answer.
fn is_answer_for(parameter: &Parameter, request: &Request, requests: &[Request]) -> bool {
    let (name, selector) = name_and_selector(request);
    // The answer for a reference to a secret may contain the selector in the name.
    if selector.is_some() && parameter.name() == Some(&full_name(request)) {
        return true;
    }
    if parameter.name() != Some(name) && parameter.arn() != Some(name) {
        return false;
    }
    match (selector, parameter.selector()) {
        (None, None) => true,
        (Some(selector), Some(answered)) => {
            answered.strip_prefix(':').unwrap_or(answered) == selector
        }
        (None, Some(answered)) => answered.is_empty(),
        // Some servers omit the selector. A version can still be compared; a label matches only if
        // no other request has the same name.
        (Some(selector), None) => match selector.parse::<i64>() {
            Ok(version) => parameter.version() == version,
            Err(_) => {
                requests
                    .iter()
                    .filter(|other| name_and_selector(other).0 == name)
                    .count()
                    == 1
            }
        },
    }
}

fn to_outcome(parameter: &Parameter, mode: ReadMode) -> Outcome {
    let Some(value) = parameter.value() else {
        return Outcome::Failed(Failed::new(
            FailureKind::InvalidAnswer,
            "the answer has no value",
        ));
    };

    let found = match (mode, parameter.r#type()) {
        // The value is ciphertext, or a plain text, which this mode discards. `DescribeParameters`
        // would return no values, but this mode does not use it, because a policy cannot allow that
        // call for single parameters.
        (ReadMode::Offline | ReadMode::Existence, _) => Found::new_exists_only(),
        (ReadMode::Values, Some(ParameterType::StringList)) => Found::from_string_list(value),
        (ReadMode::Values, _) => Found::from_text(value),
    };

    let encrypted = parameter
        .r#type()
        .map(|kind| *kind == ParameterType::SecureString);
    let found = Found {
        encrypted,
        ..found.with_version(parameter.version())
    };
    Outcome::Found(match parameter.arn() {
        Some(arn) => found.with_arn(arn),
        None => found,
    })
}
