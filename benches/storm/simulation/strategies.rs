//! The strategies with which a function gets its thirty values.

use aws_sdk_kms::primitives::Blob;
use aws_sdk_ssm::config::retry::RetryPartition;
use aws_smithy_async::rt::sleep::{SharedAsyncSleep, TokioSleep};
use aws_smithy_async::time::{SharedTimeSource, SystemTimeSource};
use aws_types::{SdkConfig, region::Region};
use stage_config::{Loader, StageConfig};

use super::{
    config::{OneSecret, STAGE, Thirty, WithSnapshot},
    endpoint::Endpoint,
};

/// The way in which a starting function gets its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strategy {
    /// As in tutorials: one call for each value, one after another, with the SDK's defaults.
    OneByOne,
    /// As in other libraries: ten parameters a call and all secrets in one call, one after another,
    /// with the SDK's defaults.
    Batches,
    /// This crate's loader: concurrent calls, retried for 8 s.
    Loader,
    /// The loader with a snapshot in the program. A load that is incomplete after 4 s uses the
    /// snapshot.
    Snapshot,
    /// The loader with `snapshot_first()`, which uses the snapshot at once.
    SnapshotFirst,
    /// The loader without a snapshot and with `batch_secrets()`: the secrets in one call.
    LoaderWithBatches,
    /// The loader with the same number of fields in one JSON secret:
    /// `secret:storm/everything#{field}`.
    LoaderOfOneSecret,
}

impl Strategy {
    /// Returns the label of the strategy in a table.
    pub fn label(self) -> &'static str {
        match self {
            Self::OneByOne => "one call a value, in sequence",
            Self::Batches => "batches, in sequence",
            Self::Loader => "stage-config",
            Self::Snapshot => "stage-config, a snapshot",
            Self::SnapshotFirst => "stage-config, snapshot_first()",
            Self::LoaderWithBatches => "stage-config, batch_secrets()",
            Self::LoaderOfOneSecret => "stage-config, one JSON secret",
        }
    }
}

/// The names that a function requests.
#[derive(Debug)]
pub struct Names {
    /// The names of parameters.
    pub parameters: Vec<String>,
    /// The names of secrets.
    pub secrets: Vec<String>,
    /// The number of sealed files. A strategy without the loader decrypts as many ciphertexts, with
    /// one call to KMS for each.
    pub ciphertexts: usize,
}

impl Names {
    /// Returns the names in the plan of the loader.
    pub fn from_plan() -> Self {
        let plan = Thirty::loader()
            .stage(STAGE)
            .plan()
            .expect("the stage is declared");
        let calls = plan.calls();
        let names = |scheme: &str| -> Vec<String> {
            let requests = calls
                .iter()
                .filter(|call| call.scheme == scheme)
                .flat_map(|call| &call.requests);
            requests
                .map(|request| request.to_string().trim_start_matches("secret:").to_owned())
                .collect()
        };
        Self {
            parameters: names("ssm"),
            secrets: names("secret"),
            ciphertexts: names("sealed").len(),
        }
    }
}

/// The data that all simulated functions share: the requested names, and the access to the
/// services.
#[derive(Debug)]
pub(crate) struct SharedData {
    sdk: SdkConfig,
    names: Names,
}

impl SharedData {
    /// Creates the data of functions that call this endpoint.
    pub(crate) fn new(endpoint: &Endpoint) -> Self {
        Self {
            sdk: new_sdk_config(endpoint),
            names: Names::from_plan(),
        }
    }

    /// Starts one function, and returns whether it has all its values.
    pub(crate) async fn start(&self, strategy: Strategy) -> bool {
        match strategy {
            Strategy::OneByOne => self.fetch_one_by_one().await.is_some(),
            Strategy::Batches => self.fetch_in_batches().await.is_some(),
            Strategy::Loader => load_succeeds(self.new_loader(), Thirty::has_expected_values).await,
            Strategy::Snapshot => {
                load_succeeds(self.new_loader(), WithSnapshot::has_expected_values).await
            }
            Strategy::SnapshotFirst => {
                load_succeeds(
                    self.new_loader().snapshot_first(),
                    WithSnapshot::has_expected_values,
                )
                .await
            }
            Strategy::LoaderWithBatches => {
                load_succeeds(
                    self.new_loader().batch_secrets(),
                    Thirty::has_expected_values,
                )
                .await
            }
            Strategy::LoaderOfOneSecret => {
                load_succeeds(self.new_loader(), OneSecret::has_expected_values).await
            }
        }
    }

    fn new_loader<C: StageConfig>(&self) -> Loader<C> {
        C::loader().stage(STAGE).aws(&self.sdk)
    }

    async fn fetch_one_by_one(&self) -> Option<()> {
        let clients = Clients::new(&self.sdk);
        for name in &self.names.parameters {
            let answer = clients
                .ssm
                .get_parameter()
                .name(name)
                .with_decryption(true)
                .send()
                .await
                .ok()?;
            answer.parameter?.value?;
        }
        for id in &self.names.secrets {
            clients
                .secrets
                .get_secret_value()
                .secret_id(id)
                .send()
                .await
                .ok()?
                .secret_string?;
        }
        clients.decrypt(self.names.ciphertexts).await
    }

    async fn fetch_in_batches(&self) -> Option<()> {
        let clients = Clients::new(&self.sdk);
        for names in self.names.parameters.chunks(10) {
            let call = clients
                .ssm
                .get_parameters()
                .set_names(Some(names.to_vec()))
                .with_decryption(true);
            let answer = call.send().await.ok()?;
            (answer.parameters?.len() == names.len()).then_some(())?;
        }
        let call = clients
            .secrets
            .batch_get_secret_value()
            .set_secret_id_list(Some(self.names.secrets.clone()));
        (call.send().await.ok()?.secret_values?.len() == self.names.secrets.len()).then_some(())?;
        clients.decrypt(self.names.ciphertexts).await
    }
}

/// Returns whether the load succeeds with the expected values.
async fn load_succeeds<C: StageConfig>(
    loader: Loader<C>,
    has_expected_values: fn(&C) -> bool,
) -> bool {
    loader
        .resolve()
        .await
        .is_ok_and(|loaded| has_expected_values(&loaded.config))
}

/// The clients of one simulated function, with the SDK's own retries.
struct Clients {
    ssm: aws_sdk_ssm::Client,
    secrets: aws_sdk_secretsmanager::Client,
    kms: aws_sdk_kms::Client,
}

impl Clients {
    /// Creates clients with their own retry budgets. By default, all clients of a process for the
    /// same service and region share one retry budget, so the thousands of functions that this
    /// process simulates would share it.
    fn new(sdk: &SdkConfig) -> Self {
        let partition = || RetryPartition::custom("one function").build();
        let ssm = aws_sdk_ssm::config::Builder::from(sdk).retry_partition(partition());
        let secrets =
            aws_sdk_secretsmanager::config::Builder::from(sdk).retry_partition(partition());
        let kms = aws_sdk_kms::config::Builder::from(sdk).retry_partition(partition());
        Self {
            ssm: aws_sdk_ssm::Client::from_conf(ssm.build()),
            secrets: aws_sdk_secretsmanager::Client::from_conf(secrets.build()),
            kms: aws_sdk_kms::Client::from_conf(kms.build()),
        }
    }

    /// Makes one call for each ciphertext, because KMS has no batch. The endpoint decrypts `txet`
    /// to `text`: it reverses the bytes.
    async fn decrypt(&self, ciphertexts: usize) -> Option<()> {
        for _ in 0..ciphertexts {
            self.kms
                .decrypt()
                .ciphertext_blob(Blob::new(*b"txet"))
                .send()
                .await
                .ok()?
                .plaintext?;
        }
        Some(())
    }
}

/// Creates a configuration with the SDK's defaults, an HTTP client for the endpoint, and pauses in
/// simulated time. The signatures of requests use the real clock, and the endpoint does not check
/// them.
fn new_sdk_config(endpoint: &Endpoint) -> SdkConfig {
    use aws_sdk_ssm::config::{BehaviorVersion, Credentials, SharedCredentialsProvider};
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            "storm", "storm", None, None, "storm",
        )))
        .http_client(endpoint.http_client())
        .sleep_impl(SharedAsyncSleep::new(TokioSleep::new()))
        .time_source(SharedTimeSource::new(SystemTimeSource::new()))
        .build()
}
