//! Stage-aware configuration and secrets for Rust on AWS Lambda, and in containers.
//!
//! A struct declares, for each field, where each stage keeps the value. At cold start the library
//! reads the stage from the environment variable `stage`, fetches all values of the struct
//! concurrently, decodes them into Rust types, and keeps the result for the life of the process.
//! Handlers read plain fields of a `&'static` struct.
//!
//! ```
//! use stage_config::{SecretString, StageConfig, testing::Memory};
//!
//! /// Settings of the payment service.
//! #[derive(StageConfig)]
//! #[stage(dev = "/payments/dev/{field}", prod = "/payments/prod/{field}")]
//! struct Config {
//!     /// Has its own source in each stage.
//!     #[stage(dev = "/stripeSecretKey/test", prod = "/stripeSecretKey/live")]
//!     stripe_key: SecretString,
//!
//!     /// Uses the struct's template: `/payments/dev/table_name`, `/payments/prod/table_name`.
//!     table_name: String,
//!
//!     #[config(default = 30)]
//!     timeout_s: u64,
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), stage_config::Error> {
//! // A program calls `Config::load().await?`. This example sets its own values, so it needs no AWS.
//! let values = Memory::new()
//!     .set("/stripeSecretKey/test", "sk_test_1")
//!     .set("/payments/dev/table_name", "payments");
//! let config: &'static Config = Config::loader().stage("dev").local(values).load().await?;
//! assert_eq!(config.table_name, "payments");
//!
//! // Later, anywhere:
//! assert_eq!(Config::get().timeout_s, 30);
//! # Ok(())
//! # }
//! ```
//!
//! # Topics
//!
//! | topic | documentation |
//! |---|---|
//! | attributes, sources, types, compile errors | [the derive](derive@StageConfig) |
//! | `load`, `get`, and related functions | [the trait](trait@StageConfig) |
//! | options of one load: stage, stores, layers, timeout | [`Loader`] |
//! | which stage runs, and which names are refused | [Which stage](#which-stage) |
//! | errors | [`Error`], [`Failure`], [`FailureKind`], [`Help`] |
//! | the origin of every value | [`Report`] |
//! | the requests of a load, without sending them | [`Plan`] |
//! | values that rotate while the program runs | [`Live`], [`StageConfig::current`] |
//! | several structs in one wave | [`load!`] |
//! | values without AWS, on a laptop | [`Local`] |
//! | tests of your own code | [`testing`] |
//! | your own scheme | [`store`] |
//! | the schema of a struct | [`schema`] |
//!
//! # Which stage
//!
//! The name of a stage matches `[A-Za-z0-9][A-Za-z0-9_.-]{0,63}`, and is not `fallback`, `all`,
//! `default` or `global` in any case. The first rule that applies decides:
//!
//! 1. The variable is unset or empty: `default_stage` applies, if the struct has one and the
//!    process does not run in Lambda ([`report::Platform`]). Otherwise it is an error that lists
//!    the declared stages. If a variable of the same name in another case (`STAGE`) is set, the
//!    error names it, and `default_stage` does not apply.
//! 2. The struct declares the stage: the load reads the sources of that stage.
//! 3. The name counts as production: an error, unless `preview` contains the full name, without
//!    `*`.
//! 4. The name is a typo of production: the same error, even if a pattern of `preview` matches it.
//! 5. A pattern of `preview` matches the name: the load reads the `fallback` sources.
//! 6. The struct has `preview`, or has no `fallback`, or the name looks like a typo of a declared
//!    stage: an error, with a "did you mean" if there is a likely name.
//! 7. Any other name: the load reads the `fallback` sources.
//!
//! For rule 3, a name counts as production if it contains `prod` or `prd`, or if `live` or
//! `prelive` is a whole segment of it. Case is ignored. Segments end at `-`, `_`, `.`, at digits,
//! and between a lower-case and an upper-case letter. These words do not count:
//!
//! - `nonprod`, `noprod` and `notprod`. A separator may follow the negation if the negation begins
//!   a word: `non-prod` does not count, but `casino-prod` does.
//! - `produce`, `produced`, `producer`, `prodigy` and `reproduce`.
//! - `product`, unless an `i` follows it. `production` and `productie` count.
//!
//! For rule 4, a name is a typo of production if the whole name, or a segment of it, is one of
//! these. A change from lower to upper case may begin a segment.
//!
//! - One edit of `production` or `preproduction`.
//! - `prod`, `prd`, `preprod`, `live` or `prelive`, with two neighbouring letters swapped.
//! - The letters of `prod` or `prd` in another order that begins with `p`, also after `pre`.
//! - A typo of a declared stage that counts as production.
//!
//! A typo of `production` may also be a part of a segment, if it begins with `p` or is a swap
//! (`euporduction`).
//!
//! For example, `pr-1`, `dev-anna`, `qa1` and `nonprod` may use `fallback`. `PROD`, `prod01`,
//! `euprod`, `prodution`, `prod-eu`, `live-2` and `Dev` may not. A load that uses `fallback` emits
//! a warning (a `tracing` event) and marks its report.
//!
//! # Environment variables
//!
//! | variable | meaning |
//! |---|---|
//! | `stage`, or the name in `#[config(stage_var = "…")]` | the stage |
//! | `STAGE_CONFIG_LOCAL` | a TOML file that replaces every remote store; an error in Lambda |
//! | `STAGE_CONFIG_LOCAL_IN_LAMBDA=1` | allows `STAGE_CONFIG_LOCAL` in Lambda |
//! | `STAGE_CONFIG_TIMEOUT` | how long a whole load may take, as in `5s`; the default depends on the platform, see [`Loader::timeout`] |
//! | `STAGE_CONFIG_METRICS=emf` | each load writes its [metrics](#events-spans-and-metrics) to standard output |
//! | `STAGE_CONFIG_CHECK_RUN` | set by `cargo stage check --run` only; an error in Lambda |
//! | `STAGE_CONFIG_SOURCE__FIELD`, `STAGE_CONFIG_SET__FIELD` | [environment overrides](#environment-overrides) |
//!
//! These variables win over the program's own options. Any other variable that begins with
//! `STAGE_CONFIG_` is an error, because a misspelled variable must not be ignored silently. The AWS
//! SDK's own variables apply too: credentials, `AWS_REGION`, `AWS_PROFILE`, `AWS_ENDPOINT_URL`,
//! `AWS_ENDPOINT_URL_SSM`, `AWS_USE_FIPS_ENDPOINT`, `AWS_USE_DUALSTACK_ENDPOINT`.
//!
//! TLS trusts the roots of Mozilla, which are compiled in, or those of the machine with the cargo
//! feature `native-roots`. If `AWS_CA_BUNDLE` names a PEM file, the certificates in this file
//! replace the roots. Otherwise, the certificates of the file in `SSL_CERT_FILE` and of the folders
//! in `SSL_CERT_DIR` replace the roots, if one of these variables is set.
//!
//! With the cargo feature `aws-config`, the profile (`AWS_PROFILE`, or `default`) provides each
//! setting that no variable sets: credentials, region, `endpoint_url`, `services`, FIPS, dual
//! stack. In Lambda, profile files are read only if `AWS_PROFILE`, `AWS_CONFIG_FILE` or
//! `AWS_SHARED_CREDENTIALS_FILE` is set.
//!
//! Calls go through the proxy that `HTTPS_PROXY`, `HTTP_PROXY` or `ALL_PROXY` names, in upper or
//! lower case, except to the hosts in `NO_PROXY`, to loopback and link-local addresses, and to the
//! endpoints of credentials and of the Lambda runtime.
//!
//! # Environment overrides
//!
//! In an emergency, two variables change one field without a build. FIELD is the path of the field
//! in upper case, with `__` for a dot: `mail.password` is `MAIL__PASSWORD`.
//!
//! | variable | effect |
//! |---|---|
//! | `STAGE_CONFIG_SOURCE__STRIPE_KEY=/stripeSecretKey/live:17` | reads `stripe_key` from this source only, in the same wave: a rollback |
//! | `STAGE_CONFIG_SET__TIMEOUT_S=5` | sets `timeout_s`, which is not fetched. An empty variable sets an empty text |
//!
//! - A source is one text in [the grammar of sources](derive@StageConfig#sources), and may use
//!   `{stage}` and the struct's own schemes. The program's policy must allow it, and `account(…)`
//!   still applies. A missing value is an error, even if the field has a default.
//! - Both variables win over the program's layers and local values, and `SET` wins over `SOURCE`. A
//!   warning, the [`Report`] and the [`Plan`] name them. If the load uses local values, it looks up
//!   the source there, because local values replace every remote store.
//! - A field that is secret in any stage cannot be set. It cannot be read from `value:`, or from
//!   `env:` without `?plaintext=allow`.
//! - An unknown field, two fields with the same upper-case name, and a source that does not parse
//!   are errors. One error names all such variables before any request is sent. It never shows
//!   their content. With [`load!`] a variable may name a field of any of the structs. A struct that
//!   is loaded alone must have the field.
//!
//! # Events, spans and metrics
//!
//! The names and fields in this table are stable. All have the `tracing` target `stage_config`.
//! None contains a stored value; names of parameters and secrets occur in `report`, `failures` and
//! `error` only. Each event is one line: a text with several lines is escaped.
//!
//! | name | kind | fields |
//! |---|---|---|
//! | `stage_config.load` | span, INFO | `config`, `stage`, `fallback`, `calls`, `retries`, `throttles`, `snapshot`; `error`: the kind, if a field failed. [`load!`] joins the names of its structs. A load that fails before its calls has no span |
//! | `stage_config.refresh` | span, INFO | `config`, `stage`, `calls`, `retries`, `throttles`; `error`: the kind, if it failed |
//! | `stage_config.call` | span, INFO, in the two above | `scheme`, `operation`, `region` if a source names one; `names`: how many were requested; `retries`, `throttles`; `failed`: how many names failed or were denied |
//! | configuration loaded | event, INFO | `config`, `stage`, `fallback`, `calls`, `retries`, `throttles`, `snapshot`, `ms`; `report`: the [`Report`] as JSON |
//! | the configuration could not be loaded | event, ERROR | `config`, `stage`, `kind`; `failures`: the [`Failure`]s as JSON; `error`: the text of the [`Error`] |
//! | configuration refreshed | event, INFO if values changed, else DEBUG | `config`, `stage`, `ms`; `fields`: those that changed |
//! | the configuration could not be refreshed | event, WARN | `config`, `stage`, `failed`: how often, `age_s`, `report` |
//! | metrics | a line of JSON | `ms`, `calls`, `retries`, `throttles`; `fallback`, `snapshot` and `failed`: 0 or 1 |
//!
//! `throttles` is the number of attempts that a store throttled. With `STAGE_CONFIG_METRICS=emf`,
//! each load that has made its calls writes the metrics to standard output, in the Embedded Metric
//! Format of CloudWatch: one line for each struct, in the namespace `stage-config`, with the
//! dimensions `config`, `stage` and, in Lambda, `function`. The structs of a [`load!`] share its
//! calls, so the line of each has the totals of all: do not add them. CloudWatch charges for each
//! combination of dimensions, so also for each preview stage. The text of a [`Report`] is a table,
//! which no event contains.
//!
//! # Cargo features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `ssm` | yes | Parameter Store, on an HTTP client that uses ring for TLS |
//! | `secrets-manager` | | Secrets Manager: `secret:` |
//! | `appconfig` | | AppConfig: `appconfig:` |
//! | `kms` | | KMS: `kms-env:`, `sealed:` and snapshots |
//! | `assume-role` | | `?role=` in a source: the values of another account, with aws-sdk-sts |
//! | `aws-config` | yes | the SDK's default provider chain for credentials and region: profiles, containers, EC2, web identity |
//! | `developer-credentials` | | AWS SSO and `credential_process`, for laptops |
//! | `lambda` | | `lambda`: one call in `main` that loads for each initialization type of Lambda, after the restore under SnapStart, and reports a failed INIT; depends on `lambda_runtime` 1.5 |
//! | `aws-lc` | | AWS-LC instead of ring for TLS, for compliance rules that require it; to use its FIPS build, pass your own `SdkConfig` to [`Loader::aws`] |
//! | `figment` | yes | Figment's providers as [defaults](Loader::defaults) and [overrides](Loader::overrides), and [`Loaded`] as a provider |
//! | `native-roots` | | TLS trusts the root certificates of the machine instead of the compiled-in roots of Mozilla |
//! | `url`, `uuid` | `url` with `aws-config`, `uuid` with any AWS store | lets `cargo stage check` verify `url::Url` and `uuid::Uuid` |
//! | `testing` | | [`testing`]`::scope`: `get()` and `current()` return a test's own configuration; [`testing`]`::live`, `rotate`: a [`Live`] whose values a test replaces |
//!
//! Without `aws-config`, the region comes from a variable. Credentials come from variables, or from
//! the container endpoint that `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI` or `…_FULL_URI` names.
//!
//! # AWS facts and their sources
//!
//! | fact | source |
//! |---|---|
//! | a call takes ten names; a missing name does not fail the call | [`GetParameters`](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html) |
//! | names: characters, 15 levels, no `aws` or `ssm` prefix | [`PutParameter`](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html) |
//! | versions and labels after the name | [labels](https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-labels.html) |
//! | 40 calls a second, shared by all functions of an account and region | [quotas](https://docs.aws.amazon.com/general/latest/gr/ssm.html) |
//! | one call for each secret, or twenty secrets in a batch; 64 KB | [`GetSecretValue`](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html), [`BatchGetSecretValue`](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html), [quotas](https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html) |
//! | a configuration is read in a session: each token is valid for one call and for 24 hours, the server says when the next call may follow, and an empty content means no change | [`StartConfigurationSession`](https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_appconfigdata_StartConfigurationSession.html), [`GetLatestConfiguration`](https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_appconfigdata_GetLatestConfiguration.html) |
//! | a path: ten parameters a page, each page names the next one, and a page may be empty; only the permission on the path is checked | [`GetParametersByPath`](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html), [access to parameters](https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html) |
//! | the shortest lifetime that a caller can request for the credentials of a role is 15 minutes | [`AssumeRole`](https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html) |
//! | at most 6,144 bytes of ciphertext; the encryption context must match exactly | [`Decrypt`](https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html) |
//! | the KMS permissions of a `SecureString` | [KMS and Parameter Store](https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html) |
//! | 10 s for the init phase, then a process that is frozen between invocations | [Lambda's execution environment](https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html) |
//! | pauses between attempts that double, each multiplied by a random factor from 0 to 1 | [Exponential backoff and jitter](https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/) |

#[cfg(any(
    feature = "ssm",
    feature = "secrets-manager",
    feature = "appconfig",
    feature = "kms"
))]
pub use stage_config_core::aws;
#[cfg(feature = "lambda")]
pub use stage_config_core::lambda;
#[cfg(feature = "kms")]
pub use stage_config_core::sealed;
pub use stage_config_core::{
    Call, Error, ErrorKind, Failure, FailureKind, Help, Live, Loaded, Loader, Local, Mapped, Plan,
    Report, Schema, Stage, StageConfig, Store, load, manifest, report, schema, store, testing,
};

#[doc = include_str!("derive.md")]
pub use stage_config_derive::StageConfig;

#[cfg(feature = "figment")]
pub use figment;
pub use secrecy::{ExposeSecret, SecretBox, SecretSlice, SecretString};

#[doc(hidden)]
pub use stage_config_core::private as __private;
