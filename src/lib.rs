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
//!    process does not run in Lambda. Otherwise it is an error that lists the declared stages. If a
//!    variable of the same name in another case (`STAGE`) is set, the error names it, and
//!    `default_stage` does not apply.
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
//! | `STAGE_CONFIG_TIMEOUT` | how long a whole load may take, as in `5s`; the default is 8 s |
//! | `STAGE_CONFIG_CHECK_RUN` | set by `cargo stage check --run` only; an error in Lambda |
//! | `STAGE_CONFIG_SOURCE__FIELD`, `STAGE_CONFIG_SET__FIELD` | [environment overrides](#environment-overrides) |
//!
//! These variables win over the program's own options. Any other variable that begins with
//! `STAGE_CONFIG_` is an error, because a misspelled variable must not be ignored silently. The AWS
//! SDK's own variables apply too: credentials, `AWS_REGION`, `AWS_PROFILE`, `AWS_ENDPOINT_URL`,
//! `AWS_ENDPOINT_URL_SSM`, `AWS_USE_FIPS_ENDPOINT`, `AWS_USE_DUALSTACK_ENDPOINT`, `AWS_CA_BUNDLE`,
//! `SSL_CERT_FILE`.
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
//! # Cargo features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `ssm` | yes | Parameter Store, on an HTTP client that uses ring for TLS |
//! | `secrets-manager` | | Secrets Manager: `secret:` |
//! | `kms` | | KMS: `kms-env:`, `sealed:` and snapshots |
//! | `aws-config` | yes | the SDK's default provider chain for credentials and region: profiles, containers, EC2, web identity |
//! | `developer-credentials` | | AWS SSO and `credential_process`, for laptops |
//! | `aws-lc` | | AWS-LC instead of ring for TLS, for compliance rules that require it; to use its FIPS build, pass your own `SdkConfig` to [`Loader::aws`] |
//! | `url`, `uuid` | `url` with `aws-config`, `uuid` with any AWS store | lets `cargo stage check` verify `url::Url` and `uuid::Uuid` |
//! | `testing` | | [`testing`]`::scope`: `get()` and `current()` return a test's own configuration; [`testing`]`::live`, `rotate`: a [`Live`] whose values a test replaces |
//!
//! Without `aws-config`, credentials and region come only from the environment variables that
//! Lambda sets.
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
//! | at most 6,144 bytes of ciphertext; the encryption context must match exactly | [`Decrypt`](https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html) |
//! | the KMS permissions of a `SecureString` | [KMS and Parameter Store](https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html) |
//! | 10 s for the init phase, then a process that is frozen between invocations | [Lambda's execution environment](https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html) |
//! | a random share of a pause that doubles | [Exponential backoff and jitter](https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/) |

#[cfg(any(feature = "ssm", feature = "secrets-manager", feature = "kms"))]
pub use stage_config_core::aws;
#[cfg(feature = "kms")]
pub use stage_config_core::sealed;
pub use stage_config_core::{
    Call, Error, ErrorKind, Failure, FailureKind, Help, Live, Loaded, Loader, Local, Mapped, Plan,
    Report, Schema, Stage, StageConfig, Store, load, manifest, report, schema, store, testing,
};

/// Makes a struct a configuration that loads itself.
///
/// `#[stage(…)]` states where each stage keeps a value. `#[config(…)]` states everything else. Both
/// may occur on the struct and on its fields, any number of times. The struct has named fields and
/// no generic parameters.
///
/// ```
/// use stage_config::{SecretString, StageConfig};
/// use std::time::Duration;
///
/// #[derive(StageConfig)]
/// #[stage(dev = "/payments/dev/{field}", prod = "/payments/prod/{field}")]
/// #[stage(fallback = ["/payments/{stage}/{field}", "/payments/dev/{field}"])]
/// #[config(preview("pr-*"), rename_all = "kebab-case")]
/// struct Config {
///     /// One key of a JSON value.
///     #[stage(dev = "/payments/dev/db#password", prod = "/payments/prod/db#password", fallback = "/payments/dev/db#password")]
///     db_password: SecretString,
///
///     /// `/payments/dev/table-name`, …
///     table_name: String,
///
///     #[stage(all = "env:LOG_LEVEL")]
///     log_level: Option<String>,
///
///     #[config(default = Duration::from_secs(30))]
///     timeout: Duration,
///
///     #[config(nested)]
///     mail: Mail,
/// }
///
/// #[derive(StageConfig)]
/// #[config(inherit)]
/// struct Mail {
///     /// `/payments/dev/mail/host`, …
///     host: String,
/// }
///
/// let plan = Config::loader().stage("pr-7").plan()?;
/// assert_eq!(plan.sources("mail.host").unwrap(), ["/payments/pr-7/mail/host",
/// "/payments/dev/mail/host"]);
/// # Ok::<(), stage_config::Error>(())
/// ```
///
/// # `#[stage(KEY = SOURCE, …)]`
///
/// | KEY | applies to |
/// |---|---|
/// | `dev`, `prod`, … | that stage; quote a name that is not a Rust identifier: `"eu-dev" = "…"` |
/// | `fallback` | undeclared stages; see [Which stage](crate#which-stage) |
/// | `all` | each declared stage without its own source on the same struct or field. Also `fallback`, if another attribute names `fallback` or the struct has `preview` |
///
/// SOURCE is one text, or an array of texts: a chain. All candidates of a chain are requested in
/// the same wave, and the first that exists wins. Only a *missing* candidate lets the next one
/// apply. A denied, throttled or undecodable candidate is an error.
///
/// On the **struct**, a source is a template and contains `{field}`. It applies to fields without
/// their own `#[stage(…)]`. A key alone, `#[stage(dev, prod)]`, declares stages that use the
/// template of `all`. Without `all`, such a stage has no template, and a required field without its
/// own source does not compile.
///
/// On a **field**, a key alone, `#[stage(dev)]`, uses the struct's template.
///
/// On a **nested field**, a source is a template for the fields of the nested struct, as in
/// `#[stage(dev = "secret:shop/dev/orders-db#{field}")]`; see [Nested structs](#nested-structs).
///
/// # Sources
///
/// `[scheme:]address[?option=value&…][#json.key]`
///
/// | source | reads |
/// |---|---|
/// | `/a/b`, `ssm:/a/b`, `ssm:name` | a parameter of Parameter Store, decrypted |
/// | `/a/b:3`, `/a/b:label` | one version of a parameter |
/// | `arn:aws:ssm:eu-west-1:111122223333:parameter/a/b` | a parameter by its ARN, also in another account |
/// | `/a/b?region=eu-west-1` | a parameter in that region |
/// | `/aws/service/…`, `/aws/reference/secretsmanager/NAME` | AWS's public parameters; a secret of Secrets Manager through Parameter Store, with `:AWSPREVIOUS` or `:VERSION-ID` one version of it |
/// | `secret:prod/db`, `secret:arn:…` | a secret of Secrets Manager, by name or ARN: its text or its bytes. Feature `secrets-manager` |
/// | `secret:prod/db?version_stage=AWSPREVIOUS`, `?version_id=…`, `?region=…` | one version of a secret; a secret in that region |
/// | `kms-env:STRIPE_KEY`, `?context=lambda`, `?key=…` | KMS ciphertext in base64, in an environment variable. It is encrypted without an encryption context, or with the context of the Lambda console's helpers (`{"LambdaFunctionName": …}`). `key` pins the KMS key. At most 6,144 bytes. Feature `kms` |
/// | `sealed:stripe_key`, `sealed:dev/stripe_key` | the file `sealed/STAGE/stripe_key` next to `Cargo.toml`, embedded when the crate compiles; in a `fallback`, the file of the named stage. Feature `kms`; see the module `sealed` |
/// | `env:LOG_LEVEL` | an environment variable. An unset variable is missing; an empty variable is an empty text |
/// | `value:debug` | the literal text after the colon: no options, no `#`, no placeholders |
/// | `vault:…` | your own scheme, named in `#[config(schemes("vault"))]`; see [`Store`] |
///
/// `#a.b` selects one key of a JSON object, in any scheme except `value:`. An exact key `a.b` wins
/// over the path `a`, `b`. An absent key and `null` are missing. A text that is not a JSON object
/// is undecodable. A selected string loses its quotes; any other value keeps its JSON text. If
/// several fields select keys of one parameter, the load reads the parameter once.
///
/// A source does not compile if the cargo feature of its scheme is disabled. The error names the
/// feature.
///
/// | placeholder | value | allowed |
/// |---|---|---|
/// | `{stage}` | the stage that runs | in every address and `#key` |
/// | `{field}` | the field's name after `rename` and `rename_all`. In a struct with `inherit`, the levels above come first, from the declaration of the template on. They are joined by `/`; after `#` by `.`, in `env:` and `kms-env:` by `_`, in `sealed:` by `-` | in templates |
/// | `{app}` | `#[config(app = "…")]`, else the Cargo package | in templates |
///
/// # `#[config(…)]` on the struct
///
/// | option | meaning |
/// |---|---|
/// | `stage_var = "stage"` | the environment variable that names the stage; it cannot begin with `STAGE_CONFIG_` |
/// | `default_stage = "dev"` | the stage if that variable is unset; never applies in Lambda |
/// | `preview("pr-*", "feature*")` | the undeclared stages that may use `fallback`; all other undeclared stages are errors |
/// | `account(prod = "111122223333")` | in `prod`, a value whose ARN names another account is an error; this check needs no call |
/// | `rename_all = "kebab-case"` | the case of `{field}`, with serde's names: `lowercase`, `UPPERCASE`, `PascalCase`, `camelCase`, `snake_case`, `SCREAMING_SNAKE_CASE`, `kebab-case`, `SCREAMING-KEBAB-CASE` |
/// | `app = "payments"` | the value of `{app}` |
/// | `schemes("vault")` | schemes for which the program registers a [`Store`] |
/// | `secrets = "batch"` | uses `BatchGetSecretValue`, twenty secrets a call, instead of one call for each secret; see [`Loader::batch_secrets`] for its quota and the wider permission that it needs |
/// | `inherit` | the struct is only for nesting and uses its parent's templates, or those of the nested field; it cannot be loaded alone |
/// | `validate = path` | `fn(&Config) -> Result<(), &'static str>`, called after every field has its value |
/// | `refresh = "5m"` | refreshes all fields whose sources can change, after this time (at least one second). See [`Live`] |
/// | `snapshot = "sealed/{stage}.snapshot"` | embeds a sealed file for each declared stage when the crate compiles; the path is relative to the package's root. A load that is throttled or cannot reach a store uses it. Feature `kms`; see [Snapshots](#snapshots) |
/// | `snapshot_max_age = "7d"` | loads do not use an older snapshot |
/// | `snapshot_refreshed` | fields with `refresh` use the snapshot too |
/// | `crate = "path::to::stage_config"` | the path of this crate, for macros that re-export it and for a dependency with another name in Cargo.toml |
///
/// # `#[config(…)]` on a field
///
/// | option | meaning |
/// |---|---|
/// | `default`, `default = "3s"`, `default = EXPR` | the value if nothing is found: the type's own default; a text that is decoded like a stored one; or an expression of the field's type. Not for secrets. See [Defaults](#defaults) |
/// | `nested`, `nested = "level"` | another struct with this derive, fetched in the same wave. The text is its level in the parent's templates, if it has `inherit` |
/// | `secret` | the field is secret, whatever its type |
/// | `plain` | the program's own types in this field hold no secret; see [Secrets](#secrets) |
/// | `validate = path` | `fn(&T) -> Result<(), &'static str>`; the text goes into the error, and because it is static it cannot contain the value |
/// | `rename = "name"` | the value of `{field}` for this field |
/// | `no_fallback` | `fallback` does not apply to this field, which is an `Option` or has a default |
/// | `object` | the type is your own and is read from a JSON object, or is a list of such types. Any other text is an error, which `cargo stage check` and `set` find too |
/// | `from_str` | the type's `FromStr` reads the trimmed text, also inside an `Option`, a list, a set or a [`SecretBox`]. No error shows the text of its `Err`. Not together with `with` or `object` |
/// | `with = "module"` | as in serde: `module::deserialize(deserializer)` makes the value |
/// | `skip` | the field has no source and takes the type's `Default` |
/// | `refresh = "5m"` | refreshes this field after this time; the next call of `current()` fetches it again. See [`Live`] |
///
/// # Which sources are required
///
/// The declared stages are those that the struct names. If the struct names none, they are all
/// stages that its fields name. An incomplete struct does not compile:
///
/// - A field without its own `#[stage(…)]` uses the struct's templates.
/// - A field with its own `#[stage(…)]` must cover every declared stage: by a source, by a key
///   alone, or by `all`. No stage is filled in implicitly, so a stage that you add to the struct
///   must be added to each such field.
/// - If any attribute names `fallback`, each required field must have a `fallback` source. The same
///   applies if the struct has `preview` and any attribute names `all`.
/// - An `Option`, and a field with a default, may leave out stages. In those stages the value is
///   `None` or the default.
/// - The same applies to a nested field with its own `#[stage(…)]`.
/// - A nested struct must cover the stages and the fallback of the root. An `Option` of a nested
///   struct may have no source at all in a stage, at any depth. If it has one source in a stage,
///   all its required fields must have one.
///
/// # Nested structs
///
/// Only the root decides the stages and the options `stage_var`, `default_stage` and `preview`. An
/// `Option` of a nested struct is `None` if none of its values is found; if some of them are found,
/// each missing required value is an error. `rename_all` applies to the struct that has it, not to
/// nested structs.
///
/// | nested struct | its fields read |
/// |---|---|
/// | with its own templates | its own templates; the struct may also be loaded alone |
/// | with `#[config(inherit)]` | the parent's templates, one level down: `/payments/dev/mail/host`, `…#mail.host` |
/// | any, if the nested field has `#[stage(…)]` | the templates of that field |
///
/// Two fields of the same struct, such as two databases, have one template each:
///
/// ```
/// use stage_config::{SecretString, StageConfig};
///
/// #[derive(StageConfig)]
/// #[stage(dev = "/shop/dev/{field}", prod = "/shop/prod/{field}")]
/// struct Config {
///     /// In prod, one parameter holds the password as JSON, and another one the host.
///     #[config(nested)]
///     #[stage(dev, prod = ["/shop/prod/orders-db#{field}", "/shop/prod/orders-db/{field}"])]
///     orders: Db,
///
///     #[config(nested)]
///     #[stage(all = "/users/{stage}/db#{field}")]
///     users: Db,
/// }
///
/// #[derive(StageConfig)]
/// #[config(inherit)]
/// struct Db {
///     host: String,
///     password: SecretString,
///     #[stage(all = "value:5432")]
///     port: u16,
/// }
///
/// let plan = Config::loader().stage("dev").plan()?;
/// assert_eq!(plan.sources("orders.host").unwrap(), ["/shop/dev/orders/host"]);
/// assert_eq!(plan.sources("users.host").unwrap(), ["/users/dev/db#host"]);
/// assert_eq!(plan.sources("users.port").unwrap(), ["value:5432"]);
/// # Ok::<(), stage_config::Error>(())
/// ```
///
/// - `{field}` begins at the fields of the nested struct: it is `host`, not `orders.host`. In a
///   struct with `inherit` inside the nested struct, it is `pool/size`. `{app}` is that of the
///   struct that contains the nested field.
/// - The nearest template applies. The templates of the nested field replace the struct's own
///   templates. A source on a field of the nested struct stays, and so do the templates of a
///   nested field, or of a struct without `inherit`, inside the nested struct.
/// - A key alone uses the template that would apply without this `#[stage(…)]`.
/// - The field must cover every declared stage, unless it is an `Option`. A stage that an `Option`
///   leaves out has no template.
/// - A template cannot be `sealed:{field}`, since only the nested struct knows its fields. It can
///   name one file with a JSON object: `sealed:orders_db#{field}`.
///
/// A struct with `inherit` cannot be loaded alone, because its templates are those of its parent:
///
/// ```compile_fail,E0599
/// # use stage_config::StageConfig;
/// #[derive(StageConfig)]
/// #[config(inherit)]
/// struct Mail {
///     host: String,
/// }
///
/// let load = Mail::load();
/// ```
///
/// # Values
///
/// The type decides how a text is decoded: in a `String`, `"0123"` stays `0123`.
///
/// | type | decoded from |
/// |---|---|
/// | `String`, [`SecretString`], `PathBuf` | the exact stored text |
/// | numbers, `bool`, `char`, unit enums, and types that deserialize from a string (`IpAddr`, `Url`) | the trimmed text, without a byte order mark. A float must be finite: `nan`, `inf` and `1e400` are errors |
/// | `Vec<T>`, sets, arrays, tuples | a StringList; a JSON array if the text begins with `[`; else items separated by commas, each trimmed. An empty text is the empty list |
/// | maps, and structs that are `Deserialize` | a JSON object. A byte order mark before JSON is ignored |
/// | `Option<T>` | the same as `T`; `None` if nothing is found, never if a read was denied or failed |
/// | `Vec<u8>`, `[u8; N]`, [`SecretSlice<u8>`](SecretSlice) | the bytes of a binary secret, else base64; never a list |
/// | [`Duration`](std::time::Duration) | a number and a unit, from `ns` to `w` (weeks): `250ms`, `30s`, `5m`, `1h 30m`. Months, years and the unit `M` are errors |
/// | [`SecretBox<T>`](SecretBox) | the same as `T` |
/// | `serde_json::Value` | JSON text; any other text and a binary secret are errors |
///
/// The elements of lists, maps, tuples and options follow the same table: a `Vec<Vec<u8>>` holds
/// base64, a `HashMap<String, Duration>` holds texts like `30s`. The fields of your own structs
/// follow serde's rules, but a `Duration` in them is a text like `30s` too.
///
/// serde reads an untagged enum, an internally tagged enum and a flattened struct in two steps.
/// After the first step, it keeps their numbers as `f64`. A float in them is therefore a finite
/// `f64`. If it is too large for an `f32`, it becomes infinite, and the decoder cannot detect this.
/// Use `f64` in such types.
///
/// `null` in JSON is `None` for an `Option`, and `Value::Null` for `serde_json::Value`. For a type
/// that needs a value, `null` is an error; it is never read as the text `null`.
///
/// # Defaults
///
/// A string literal is a stored text: `default = "3s"` of a [`Duration`](std::time::Duration),
/// `default = "0.0.0.0:80"`, `default = "a,b"` of a `Vec<String>`. Any other expression, as in
/// `default = REGION.to_owned()`, has the field's type.
///
/// ```
/// use stage_config::StageConfig;
/// use std::time::Duration;
///
/// #[derive(StageConfig)]
/// #[stage(dev = "/shop/dev/{field}")]
/// struct Config {
///     #[config(default = "3s")]
///     timeout: Duration,
///     #[config(default = "eu-west-1")]
///     region: String,
/// }
///
/// let config = Config::for_tests().build()?;
/// assert_eq!(config.timeout, Duration::from_secs(3));
/// # Ok::<(), stage_config::Error>(())
/// ```
///
/// The compiler checks numbers, `bool`, `char`, durations, IP and socket addresses, and lists of
/// them. Other texts are checked by `for_tests()`, [`Loader::check`] and, as far as the type is in
/// the table above, `cargo stage check`. The manifest omits the default of a field that reads from
/// a source made for secrets.
///
/// # Secrets
///
/// A field is secret if [`SecretString`], [`SecretBox`] or [`SecretSlice`] occurs in its type at
/// any depth, if it has `#[config(secret)]`, or if one of its sources is made for secrets:
/// `secret:`, `kms-env:`, `sealed:` and `/aws/reference/secretsmanager/…`. A field is plain if its
/// type consists only of the types above: texts, numbers, durations, lists and maps of them. Type
/// aliases are resolved. A field with a type of the program's own (a struct, an enum, a newtype)
/// has an **unknown** secrecy, unless it has `#[config(secret)]` or `#[config(plain)]`:
///
/// - When it is read, it is secret if its store encrypts it, as Parameter Store does with a
///   SecureString, or if its text is a JSON object or array.
/// - `cargo stage set`, `copy` and `import` write a new parameter as a SecureString. An existing
///   parameter keeps its type, and the command prints this type.
/// - It may have a `default`, a `value:` and an `env:` source, and an override may set it.
///
/// ```
/// use stage_config::{SecretString, StageConfig, schema::Secrecy};
/// use std::collections::HashMap;
///
/// #[derive(StageConfig)]
/// #[stage(dev = "/shop/dev/{field}")]
/// struct Config {
///     keys: Option<HashMap<String, SecretString>>,
///     login: Login,
///     #[config(plain)]
///     mode: Mode,
/// }
///
/// #[derive(serde::Deserialize)]
/// struct Login {
///     password: String,
/// }
///
/// #[derive(serde::Deserialize)]
/// enum Mode {
///     Fast,
///     Slow,
/// }
///
/// let secrecies: Vec<Secrecy> = Config::SCHEMA.leaves().iter().map(|leaf| leaf.secrecy).collect();
/// assert_eq!(secrecies, [Secrecy::Yes, Secrecy::Unknown, Secrecy::No]);
/// ```
///
/// - Errors, reports, events and `Debug` of this crate never show a stored value, secret or not.
/// - A field that is secret by its type or by an option does not compile with a `default`, with
///   `value:`, or with an `env:` without `?plaintext=allow`.
/// - An empty secret is an error.
/// - Secrets are decoded from the store's buffer, which is wiped, and are not passed to Figment.
///   The same applies to values of unknown secrecy that are secret when they are read. The report
///   of [`Loader::resolve`] names them.
///
/// `#[config(secret)]` on a `String` keeps the value out of reports. A `Debug` that you derive for
/// your own struct still prints it; use [`SecretString`] to prevent that.
///
/// # Snapshots
///
/// With `#[config(snapshot = "sealed/{stage}.snapshot")]` the program embeds a sealed copy of the
/// values that each declared stage had when `cargo stage snapshot --stage STAGE` ran. The first
/// build needs a placeholder, which `--empty` writes.
///
/// A load uses the snapshot if, after half of its timeout (`Loader::snapshot_after`), it has
/// failures and all of them are throttled, timed out or unavailable requests, or truncated answers.
/// It then opens the snapshot with one `Decrypt`, and takes from it all values that the snapshot
/// contains. Fields with `refresh` (unless the struct has `snapshot_refreshed`), fields that an
/// environment override redirects, `kms-env:` and your own stores are still requested until the
/// timeout. A denied, missing or undecodable value never makes a load use the snapshot. A load with
/// `Loader::snapshot_first` uses the snapshot at once.
///
/// [`Report::snapshot`](report::Report::snapshot) and one warning state that a snapshot was used,
/// and how old it is. If a snapshot is not usable, the report and the warning, or
/// [`Error::snapshots`], state the reason: it is too old, of another schema, tampered with, or
/// empty. Undeclared stages have no snapshot. Only the snapshot options of the root apply, not
/// those of nested structs.
///
/// # Limits
///
/// | limit | value |
/// |---|---|
/// | name of a stage | 64 characters |
/// | name of a parameter | 15 levels; 1011 characters with its ARN |
/// | value of a parameter | 4 KB, or 8 KB in the advanced tier |
/// | names in a call | 10; more names become more concurrent calls |
/// | time of a load | 8 s in total, see [`Loader::timeout`] |
/// | depth of a JSON value | 64 levels |
///
/// # Errors
///
/// All mistakes of one struct are reported at once, each at its own position in the code. The
/// derive checks every source with the same code that parses it at run time. Problems that occur
/// only at run time are one [`Error`] with every field that failed.
///
/// # What the macro generates
///
/// The macro generates data, and one call for each field. All logic is in the runtime. For the
/// `Config` above, shortened:
///
/// ```text
/// const _: () = {
///     use ::stage_config::__private as __p;
///
///     impl __p::ConfigStruct for Config {
///         // The attributes as a constant, with the schema of `Mail` in it.
///         const STRUCT_SCHEMA: __p::Schema =
///             __p::Schema { name: "Config", stages: &["dev", "prod"], fields: &[…], … };
///
///         // Decodes every field before the first `?`, so that one error names all failures.
///         fn build(decoder: &mut __p::StructDecoder<'_>) -> Option<Self> {
///             let f0 = decoder.decode_field::<SecretString>(0, …, None, None);
///             let f1 = …;
///             let f4 = <Mail as __p::NestedConfig>::build_nested(decoder, 4);
///             decoder.finish(Self { db_password: f0?, table_name: f1?, … mail: f4? }, None)
///         }
///     }
///
///     // Holds the loaded configuration. A struct with `inherit` has no such impl.
///     impl ::stage_config::StageConfig for Config {
///         fn __cell() -> &'static __p::ConfigCell<Self> {
///             static CELL: __p::ConfigCell<Config> = __p::ConfigCell::new();
///             &CELL
///         }
///
///         // The manifest that `cargo stage` reads from the artifact, in its own link section. Code
///         // that loads the configuration refers to it, so the linker keeps it in such artifacts
///         // only. This is the ELF section; `docs/manifest.md` lists all formats.
///         fn __manifest() -> &'static [u8] {
///             const LENGTH: usize =
///                 __p::encoded_len(&<Config as __p::ConfigStruct>::STRUCT_SCHEMA);
///             #[unsafe(link_section = ".stage_config.52a7d1c8d9a1e6b0")]
///             static RECORD: [u8; LENGTH] =
///                 __p::encode(&<Config as __p::ConfigStruct>::STRUCT_SCHEMA);
///             &RECORD
///         }
///     }
///
///     // Assertions that only the compiler can evaluate: does `Mail` cover every stage of `Config`,
///     // and is a field that shows its value (a default, `value:`, `env:`) secret by its type?
///     const _: () = __p::assert_nested(&<Config as __p::ConfigStruct>::STRUCT_SCHEMA, 4);
///     const _: () = __p::assert_not_secret(__p::secrecy!(Duration), "…");
/// };
/// ```
pub use stage_config_derive::StageConfig;

pub use figment;
pub use secrecy::{ExposeSecret, SecretBox, SecretSlice, SecretString};

#[doc(hidden)]
pub use stage_config_core::private as __private;
