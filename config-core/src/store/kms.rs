//! The store of `kms-env:`, which decrypts KMS ciphertext from environment variables.

use super::{
    Failed, FetchFuture, Found, Outcome, PrepareFuture, Request, Store, environment::Environment,
};
use crate::{
    aws::{RegionClients, SharedAwsConfig, classify},
    decode::{KnownType as _, StoredValue},
    diagnostic::Help,
    failure::FailureKind,
    platform::FUNCTION_NAME,
    read_mode::ReadMode,
};
use aws_sdk_kms::{
    Client,
    config::{Builder, IdentityCache},
    primitives::Blob,
};
use futures_util::future::join_all;
use stage_config_grammar::source::Address;
use std::sync::Arc;
use zeroize::Zeroizing;

/// The longest ciphertext that `Decrypt` accepts, in bytes (API reference, `Decrypt`,
/// `CiphertextBlob`).
const MAX_CIPHERTEXT: usize = 6_144;

/// The store of `kms-env:`.
pub(crate) struct KmsVariables {
    aws: Arc<SharedAwsConfig>,
    clients: RegionClients<Client>,
    environment: Environment,
    mode: ReadMode,
}

impl KmsVariables {
    pub(crate) fn new(aws: Arc<SharedAwsConfig>, environment: Environment, mode: ReadMode) -> Self {
        Self {
            aws,
            clients: RegionClients::default(),
            environment,
            mode,
        }
    }

    async fn get(&self, request: &Request) -> Outcome {
        match self.decrypt(request).await {
            Ok(outcome) | Err(outcome) => outcome,
        }
    }

    async fn decrypt(&self, request: &Request) -> Result<Outcome, Outcome> {
        let Address::KmsEnv {
            variable,
            lambda_context,
            key,
        } = request.parsed_address()
        else {
            return Err(Outcome::Missing);
        };
        let ciphertext = read_ciphertext(&self.environment, variable)?;

        if self.mode != ReadMode::Values {
            return Ok(Outcome::Found(Found::new_exists_only()));
        }
        let config = self.aws.config().await.map_err(Outcome::Failed)?;
        let builder = |region| {
            Builder::from(config)
                .region(region)
                .identity_cache(IdentityCache::no_cache())
        };
        let build = |region| Client::from_conf(builder(region).build());
        let region = request.parsed_address().region();
        let client = self
            .clients
            .get_or_build(config, (region, None), build)
            .map_err(Outcome::Failed)?;

        let function = lambda_context
            .then(|| read_function_name(&self.environment))
            .transpose()?;
        let mut call = client.decrypt().ciphertext_blob(Blob::new(ciphertext));
        if let Some(name) = &function {
            call = call.encryption_context("LambdaFunctionName", name);
        }

        let answer = call
            .set_key_id(key.clone())
            .send()
            .await
            .map_err(|error| append_context(classify(&error), function.as_deref()))?;

        let plaintext = answer.plaintext.ok_or_else(|| {
            Outcome::Failed(Failed::new(
                FailureKind::InvalidAnswer,
                "the answer has no plaintext",
            ))
        })?;
        // Do not record the ARN of the key: the check of the account would use it, but the key may
        // be in a company's central account.
        let plaintext = Zeroizing::new(plaintext.into_inner());
        Ok(Outcome::Found(Found::from_text_or_bytes(&plaintext)))
    }
}

impl Store for KmsVariables {
    fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
        Box::pin(join_all(requests.iter().map(|request| self.get(request))))
    }

    /// Fetches no credentials if nothing is decrypted: if no value is read, or if no variable
    /// contains a ciphertext.
    fn prepare<'a>(&'a self, requests: &'a [Request]) -> PrepareFuture<'a> {
        let has_ciphertext = |request: &Request| match request.parsed_address() {
            Address::KmsEnv { variable, .. } => {
                read_ciphertext(&self.environment, variable).is_ok()
            }
            _ => false,
        };
        if self.mode != ReadMode::Values || !requests.iter().any(has_ciphertext) {
            return Box::pin(std::future::ready(Ok(())));
        }
        Box::pin(async { self.aws.config().await.map(drop) })
    }

    fn operation(&self, _: &[Request]) -> &str {
        "Decrypt"
    }
}

/// Returns the ciphertext of a variable, after all checks that are possible without a call to KMS.
pub(crate) fn read_ciphertext(
    environment: &Environment,
    variable: &str,
) -> Result<Vec<u8>, Outcome> {
    let undecodable = |detail: &str| Outcome::Failed(Failed::new(FailureKind::Undecodable, detail));
    let text = environment.get(variable)?;
    if text.trim().is_empty() {
        return Err(undecodable(
            "the variable is empty, but it must contain a KMS ciphertext in base64",
        ));
    }

    let bytes = Vec::<u8>::read(StoredValue::from_text(&text)).map_err(|_| {
        undecodable("the variable is not base64: is it plain text that was never encrypted?")
    })?;
    if bytes.len() > MAX_CIPHERTEXT {
        return Err(undecodable(&format!(
            "the ciphertext has {} bytes, but KMS accepts at most {MAX_CIPHERTEXT}",
            bytes.len()
        )));
    }
    Ok(bytes)
}

/// Returns the function's name. The Lambda console's helpers for encryption in transit use this
/// name in the encryption context.
fn read_function_name(environment: &Environment) -> Result<String, Outcome> {
    environment
        .get(FUNCTION_NAME)
        .ok()
        .filter(|name| !name.is_empty())
        .map(|mut name| std::mem::take(&mut *name))
        .ok_or_else(|| {
            let detail = "`?context=lambda` needs the variable `AWS_LAMBDA_FUNCTION_NAME`, which \
                          Lambda sets";
            let help = if environment.is_fixed() {
                format!("add `{FUNCTION_NAME}=NAME` to the file, with the name of the function")
                    .into()
            } else {
                Help::SetVariable {
                    variable: FUNCTION_NAME.to_owned(),
                    value: "the name of the function that the value was encrypted for (outside of \
                            Lambda, the load then refuses local values, as in Lambda)"
                        .to_owned(),
                }
            };
            let failed = Failed::new(FailureKind::InvalidRequest, detail);
            Outcome::Failed(failed.with_help(help))
        })
}

/// Adds the encryption context of the call to the detail of [`FailureKind::WrongContext`]. The
/// detail names two causes, because KMS does not distinguish a wrong context from a damaged
/// ciphertext.
fn append_context(outcome: Outcome, function: Option<&str>) -> Outcome {
    match outcome {
        Outcome::Failed(failed) if failed.kind == FailureKind::WrongContext => {
            let context = match function {
                Some(name) => format!("with the context {{\"LambdaFunctionName\": {name:?}}}"),
                None => "without a context".to_owned(),
            };
            let detail = format!(
                "KMS cannot decrypt it {context}: it was encrypted with another context, or it is \
                 damaged ({})",
                failed.detail
            );
            Outcome::Failed(Failed::new(FailureKind::WrongContext, detail))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt as _;
    use stage_config_grammar::source::Source;
    use std::collections::BTreeMap;

    #[test]
    fn only_a_read_of_values_needs_credentials() {
        let variables = BTreeMap::from([("TOKEN".to_owned(), Zeroizing::new("QUJD".to_owned()))]);
        let requests = [Request(
            Source::parse("kms-env:TOKEN", &[]).unwrap().address,
        )];
        for mode in [ReadMode::Offline, ReadMode::Existence] {
            let store = KmsVariables::new(
                Arc::new(SharedAwsConfig::new(None)),
                Environment::Fixed(Arc::new(variables.clone())),
                mode,
            );
            assert!(matches!(
                store.prepare(&requests).now_or_never(),
                Some(Ok(()))
            ));
        }
    }
}
