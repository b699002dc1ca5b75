//! Stage-aware configuration and secrets for Rust on AWS Lambda, and in containers.
//!
//! A struct says, field by field, where each stage keeps the value. At cold start the stage is read from the environment
//! variable `stage`, everything that the struct needs is fetched at once, decoded into Rust types, and kept for the life of
//! the process. Handlers read plain fields of a `&'static` struct.
//!
//! ```
//! use stage_config::{SecretString, StageConfig, testing::Memory};
//!
//! /// Settings of the payment service.
//! #[derive(StageConfig)]
//! #[stage(dev = "/payments/dev/{field}", prod = "/payments/prod/{field}")]
//! struct Config {
//!     /// Its own source in each stage.
//!     #[stage(dev = "/stripeSecretKey/test", prod = "/stripeSecretKey/live")]
//!     stripe_key: SecretString,
//!
//!     /// The struct's template: `/payments/dev/table_name`, `/payments/prod/table_name`.
//!     table_name: String,
//!
//!     #[config(default = 30)]
//!     timeout_s: u64,
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), stage_config::Error> {
//! // A program writes `let config = Config::load().await?;`. This one brings its own values, and so needs no AWS:
//! let values = Memory::new().set("/stripeSecretKey/test", "sk_test_1").set("/payments/dev/table_name", "payments");
//! let config: &'static Config = Config::loader().stage("dev").local(values).load().await?;
//! assert_eq!(config.table_name, "payments");
//!
//! // Later, anywhere:
//! assert_eq!(Config::get().timeout_s, 30);
//! # Ok(())
//! # }
//! ```
//!
//! # Where to read on
//!
//! | for | read |
//! |---|---|
//! | attributes, sources, types, what does not compile | [the derive](derive@StageConfig) |
//! | `load`, `get`, and their siblings | [the trait](trait@StageConfig) |
//! | options of one load: stage, stores, layers, deadline | [`Loader`] |
//! | which stage runs, and which names are refused | [Which stage](#which-stage) |
//! | what went wrong | [`Error`], [`Failure`], [`FailureKind`], [`Help`] |
//! | where every value came from | [`Report`] |
//! | what would be fetched, without fetching it | [`Plan`] |
//! | values that are rotated while the program runs | [`Live`], [`StageConfig::current`] |
//! | several structs in one wave | [`load!`] |
//! | values without AWS, on a laptop | [`Local`] |
//! | tests of your own code | [`testing`] |
//! | a scheme of your own | [`store`] |
//! | the description behind it all | [`schema`] |
//!
//! # Which stage
//!
//! A stage's name matches `[A-Za-z0-9][A-Za-z0-9_.-]{0,63}`. The rules go from top to bottom:
//!
//! 1. The variable is unset or empty: `default_stage` is taken, if the struct has one and the process does not run in
//!    Lambda. Otherwise it is an error that lists the declared stages. A variable of the same name in another case
//!    (`STAGE`) is pointed out, and `default_stage` does not apply beside it.
//! 2. The struct declares the stage: its own sources are read.
//! 3. The name counts as production: an error, unless `preview` names it in full, without `*`.
//! 4. The name is a slip of production: the same error, also where a pattern of `preview` matches it.
//! 5. A pattern of `preview` matches it: the `fallback` sources are read.
//! 6. The struct has `preview`, or no `fallback`, or the name looks like a slip of a declared one: an error, with a "did
//!    you mean" where there is a likely one.
//! 7. Anything else: the `fallback` sources are read.
//!
//! Which names count as production (3): the name is compared in lower case. These words are taken out: `nonprod`, `noprod` and
//! `notprod` (also with a separator after the negation, if that begins a word: `non-prod`, not `casino-prod`), `produce`,
//! `produced`, `producer`, `prodigy`, `reproduce`, and `product` unless an `i` follows (`production`, `productie`). If `prod` or
//! `prd` is left anywhere, or if `live` or `prelive` is a whole segment, the name counts as production. Segments end at `-`, `_`,
//! `.`, at digits, and where a lower-case letter is followed by an upper-case one.
//!
//! A slip of production (4) is one edit of `production`, or `prod`, `preprod`, `live` or `prelive` with two neighbouring letters
//! swapped, as the whole name or between separators and digits; or a slip of a declared stage that counts as production.
//!
//! So `pr-1`, `dev-anna`, `qa1` and `nonprod` may use `fallback`, and `PROD`, `prod01`, `euprod`, `prodution`, `prod-eu`, `live-2` and
//! `Dev` may not. A stage that uses it gets a warning (a `tracing` event) and a mark in the report.
//!
//! # Environment variables
//!
//! | variable | meaning |
//! |---|---|
//! | `stage`, or what `#[config(stage_var = "…")]` says | the stage |
//! | `STAGE_CONFIG_LOCAL` | a TOML file in place of every remote store; in Lambda an error |
//! | `STAGE_CONFIG_LOCAL_IN_LAMBDA=1` | allows it there all the same |
//! | `STAGE_CONFIG_TIMEOUT` | how long a whole load may take, as in `5s`; 8 s otherwise |
//! | `STAGE_CONFIG_SOURCE__FIELD`, `STAGE_CONFIG_SET__FIELD` | [When something is on fire](#when-something-is-on-fire) |
//!
//! They win over what the program says. Any other variable that begins with `STAGE_CONFIG_` is an error, since whoever set
//! it expects something of it. The AWS SDK's own variables hold: credentials, `AWS_REGION`, `AWS_PROFILE`,
//! `AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_SSM`, `AWS_USE_FIPS_ENDPOINT`, `AWS_USE_DUALSTACK_ENDPOINT`, `AWS_CA_BUNDLE`,
//! `SSL_CERT_FILE`.
//!
//! # When something is on fire
//!
//! Two variables change a field without a build. FIELD is its path in upper case: `mail.password` is `MAIL__PASSWORD`.
//!
//! | variable | does |
//! |---|---|
//! | `STAGE_CONFIG_SOURCE__STRIPE_KEY=/stripeSecretKey/live:17` | takes `stripe_key` from this source alone, in the same wave: a rollback |
//! | `STAGE_CONFIG_SET__TIMEOUT_S=5` | sets `timeout_s`, which is not fetched. An empty text is an empty text |
//!
//! - A source is one text in [the grammar of sources](derive@StageConfig#sources), with `{stage}` and the struct's own schemes.
//!   The program's policy has to allow it, and `account(…)` holds. That it is not there is an error, also beside a default.
//! - Both win over the program's layers and local values, `SET` over `SOURCE`, and are named in a warning, [`Report`] and [`Plan`].
//!   With local values a source is looked up there under its own text, since they stand in for every remote store.
//! - A field that is secret in any stage is neither set, nor taken from `value:`, or from `env:` without `?plaintext=allow`.
//! - A field that is not there, two of one name in upper case, a source that does not parse: one error names every such
//!   variable, and shows nothing of their texts, before anything is asked for. With [`load!`] a variable may be about any of
//!   the structs; a struct that is loaded alone has to have the field.
//!
//! # Cargo features
//!
//! | feature | default | brings |
//! |---|---|---|
//! | `ssm` | yes | Parameter Store, on an HTTP client whose TLS is ring |
//! | `secrets-manager` | | Secrets Manager: `secret:` |
//! | `kms` | | KMS: `kms-env:`, `sealed:` and snapshots |
//! | `aws-config` | yes | the SDK's chain for credentials and region: profiles, containers, EC2, web identity |
//! | `developer-credentials` | | AWS SSO and `credential_process`, for laptops |
//! | `aws-lc` | | TLS with AWS-LC instead of ring, for those whose rules ask for it; for its FIPS build hand an `SdkConfig` of your own to [`Loader::aws`] |
//! | `url`, `uuid` | with `aws-config`; with any store of AWS | `cargo stage check` knows what a `url::Url` and a `uuid::Uuid` are |
//! | `testing` | | [`testing`]`::scope`: `get()` sees a test's own configuration |
//!
//! Without `aws-config`, credentials and region come from the environment variables alone, which Lambda sets.
//!
//! # Where the rules come from
//!
//! | rule | source |
//! |---|---|
//! | ten names a call; a name that does not exist fails no call | [`GetParameters`](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html) |
//! | names: characters, 15 levels, no `aws` or `ssm` in front | [`PutParameter`](https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html) |
//! | versions and labels after the name | [labels](https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-labels.html) |
//! | 40 calls a second, shared by all functions of an account and region | [quotas](https://docs.aws.amazon.com/general/latest/gr/ssm.html) |
//! | secrets: a call for each, twenty a batch, 64 KB | [`GetSecretValue`](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html), [`BatchGetSecretValue`](https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html), [quotas](https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html) |
//! | ciphertext of at most 6,144 bytes; the context must be equal to the letter | [`Decrypt`](https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html) |
//! | what `SecureString` needs of KMS | [KMS and Parameter Store](https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html) |
//! | 10 s for the start, and a process that is frozen afterwards | [Lambda's execution environment](https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html) |
//! | a random share of a pause that doubles | [Exponential backoff and jitter](https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/) |

#[cfg(any(feature = "ssm", feature = "secrets-manager", feature = "kms"))]
pub use stage_config_core::aws;
#[cfg(feature = "kms")]
pub use stage_config_core::sealed;
pub use stage_config_core::{
    Call, Error, ErrorKind, Failure, FailureKind, Help, Live, Loaded, Loader, Local, Mapped, Plan, Report, Schema,
    Stage, StageConfig, Store, load, manifest, report, schema, store, testing,
};

/// Makes a struct load itself.
///
/// `#[stage(…)]` says where each stage keeps a value, `#[config(…)]` everything else. Both stand on the struct and on its
/// fields, as often as one likes. The struct has named fields and no generic parameters.
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
/// assert_eq!(plan.sources("mail.host").unwrap(), ["/payments/pr-7/mail/host", "/payments/dev/mail/host"]);
/// # Ok::<(), stage_config::Error>(())
/// ```
///
/// # `#[stage(KEY = SOURCE, …)]`
///
/// | KEY | stands for |
/// |---|---|
/// | `dev`, `prod`, … | that stage; a name that is no identifier stands in quotes: `"eu-dev" = "…"` |
/// | `fallback` | stages that nobody declared; see [Which stage](crate#which-stage) |
/// | `all` | every declared stage, and `fallback`, that has no source of its own in the same place. `fallback` is one of them where something names it, or where the struct has `preview` |
///
/// SOURCE is one text, or an array of them: a chain. All of a chain are asked for in the same wave, and the first that exists
/// wins. Only *missing* moves on to the next one. Denied, throttled and undecodable are errors.
///
/// On the **struct** a source is a template, and holds `{field}`. Fields without a `#[stage(…)]` of their own take it. A key
/// alone, `#[stage(dev, prod)]`, declares a stage that takes the template of `all`. Without an `all` that stage has no
/// template, and a required field without a source of its own does not compile.
///
/// On a **field** a key alone, `#[stage(dev)]`, takes the struct's template.
///
/// # Sources
///
/// `[scheme:]address[?option=value&…][#json.key]`
///
/// | text | reads |
/// |---|---|
/// | `/a/b`, `ssm:/a/b`, `ssm:name` | a parameter of Parameter Store, decrypted |
/// | `/a/b:3`, `/a/b:label` | one version of it |
/// | `arn:aws:ssm:eu-west-1:111122223333:parameter/a/b` | a parameter by its ARN, also of another account |
/// | `/a/b?region=eu-west-1` | a parameter of that region |
/// | `/aws/service/…`, `/aws/reference/secretsmanager/NAME` | AWS's public parameters; a secret of Secrets Manager through Parameter Store |
/// | `secret:prod/db`, `secret:arn:…` | a secret of Secrets Manager, by name or ARN: its text, or its bytes. Feature `secrets-manager` |
/// | `secret:prod/db?version_stage=AWSPREVIOUS`, `?version_id=…`, `?region=…` | one version of it; a secret of that region |
/// | `kms-env:STRIPE_KEY`, `?context=lambda`, `?key=…` | KMS ciphertext in base64, in an environment variable: encrypted without a context, or with that of the Lambda console's helpers (`{"LambdaFunctionName": …}`); `key` pins the KMS key. At most 6,144 bytes. Feature `kms` |
/// | `sealed:stripe_key`, `sealed:dev/stripe_key` | the file `sealed/STAGE/stripe_key` beside `Cargo.toml`, embedded when the crate compiles; of another stage in a `fallback`. Feature `kms`; see the module `sealed` |
/// | `env:LOG_LEVEL` | an environment variable. Unset is missing, empty is an empty text |
/// | `value:debug` | the text after the colon, as it is: no options, no `#`, no placeholders |
/// | `vault:…` | a scheme of your own, named in `#[config(schemes("vault"))]`; see [`Store`] |
///
/// `#a.b` takes one key of a JSON object, in any scheme but `value:`. An exact key `a.b` wins over the path `a`, `b`. An
/// absent key and `null` are missing, a text that is no JSON object is undecodable. A string loses its quotes, any other value
/// gives its JSON text. Several fields that take keys of one parameter read it once.
///
/// A scheme whose cargo feature is off does not compile, and the error names the feature.
///
/// | placeholder | is | allowed |
/// |---|---|---|
/// | `{stage}` | the stage that runs | in every address and `#key` |
/// | `{field}` | the field's name after `rename` and `rename_all`; in a struct that inherits, with the levels above it: joined by `/`, after `#` by `.`, in `env:` by `_` | in templates |
/// | `{app}` | `#[config(app = "…")]`, else the Cargo package | in templates |
///
/// # `#[config(…)]` on the struct
///
/// | option | meaning |
/// |---|---|
/// | `stage_var = "stage"` | the environment variable that names the stage; none that begins with `STAGE_CONFIG_` |
/// | `default_stage = "dev"` | the stage when that variable is unset; never in Lambda |
/// | `preview("pr-*", "feature*")` | the undeclared stages that may use `fallback`; all others are then errors |
/// | `account(prod = "111122223333")` | a value of prod whose ARN names another account is an error; costs no call |
/// | `rename_all = "kebab-case"` | what `{field}` becomes, by serde's names: `lowercase`, `UPPERCASE`, `PascalCase`, `camelCase`, `snake_case`, `SCREAMING_SNAKE_CASE`, `kebab-case`, `SCREAMING-KEBAB-CASE` |
/// | `app = "payments"` | what `{app}` is |
/// | `schemes("vault")` | schemes that the program brings a [`Store`] for |
/// | `secrets = "batch"` | `BatchGetSecretValue`, twenty secrets a call, in place of a call for each; see [`Loader::batch_secrets`] for its quota and the wider grant that it needs |
/// | `inherit` | the struct is made to be nested, and takes its parent's templates; it cannot be loaded alone |
/// | `validate = path` | `fn(&Config) -> Result<(), &'static str>`, called when every field has its value |
/// | `refresh = "5m"` | all fields whose sources can change are fetched again after that time; a second or more. See [`Live`] |
/// | `snapshot = "sealed/{stage}.snapshot"` | a sealed file of each declared stage, from the package's root, embedded when the crate compiles: a load that is throttled or cannot reach a store starts from it. Feature `kms`; see [Snapshots](#snapshots) |
/// | `snapshot_max_age = "7d"` | no load starts from one that is older |
/// | `snapshot_refreshed` | fields with `refresh` are taken from it too |
/// | `crate = "path::to::stage_config"` | where this crate is, for macros that re-export it |
///
/// # `#[config(…)]` on a field
///
/// | option | meaning |
/// |---|---|
/// | `default`, `default = EXPR` | the value when nothing is found: the type's own, or an expression of the field's type. Not for secrets |
/// | `nested`, `nested = "level"` | another struct with this derive, fetched in the same wave; the text is its level in the parent's templates, if it inherits |
/// | `secret` | the field is secret, whatever its type |
/// | `plain` | a type of the program's own in it holds no secret; see [Secrets](#secrets) |
/// | `validate = path` | `fn(&T) -> Result<(), &'static str>`; the text goes into the error, so it cannot hold the value |
/// | `rename = "name"` | what `{field}` is for this field |
/// | `no_fallback` | `fallback` does not serve this field, which is an `Option` or has a default |
/// | `object` | the type is one of your own that is read from a JSON object, or a list of such: any other text is an error, which `cargo stage check` and `set` find too |
/// | `with = "module"` | serde's form: `module::deserialize(deserializer)` makes the value |
/// | `skip` | no source: the type's `Default` |
/// | `refresh = "5m"` | this field is fetched again after that time, by whoever asks for the configuration then with `current()`; see [`Live`] |
///
/// # Complete, or it does not compile
///
/// The declared stages are those that the struct names; where it names none, all that its fields name.
///
/// - A field without a `#[stage(…)]` of its own takes the struct's templates.
/// - A field with one states every declared stage itself: by a source, by a key alone, or by `all`. Nothing is filled in
///   behind its back, so a stage that is added to the struct asks for each such field.
/// - Where anything names `fallback`, each required field has one too; so it is where `preview` stands beside an `all`.
/// - An `Option`, and a field with a default, may leave stages out. There they are `None`, or the default.
/// - A nested struct is held to the stages and the fallback of the root. An `Option` of one may have no source in a stage, at
///   any depth; with one source in it, all that is required in it has one.
///
/// # Nested structs
///
/// The root alone decides which stages there are, and the options `stage_var`, `default_stage` and `preview`. An
/// `Option` of a nested struct is `None` when nothing of it is found; a part of it is an error. `rename_all` is for the struct it
/// stands on: a nested struct names its own fields.
///
/// | nested struct | its fields read |
/// |---|---|
/// | with templates of its own | those; it may be loaded alone too |
/// | with `#[config(inherit)]` | the parent's, one level down: `/payments/dev/mail/host`, `…#mail.host` |
///
/// Loaded alone it does not compile, since its templates are its parent's:
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
/// The type decides, not the text: `"0123"` stays `0123` in a `String`.
///
/// | type | from the stored text |
/// |---|---|
/// | `String`, [`SecretString`], `PathBuf` | as stored, to the byte |
/// | numbers, `bool`, `char`, unit enums, and what deserializes from a string (`IpAddr`, `Url`) | trimmed, then parsed; a float is finite: `nan`, `inf` and `1e400` are errors |
/// | `Vec<T>`, sets, arrays, tuples | a StringList, a JSON array if it begins with `[`, else items between commas, trimmed; an empty text is the empty list |
/// | maps, and structs that are `Deserialize` | a JSON object |
/// | `Option<T>` | `None` when nothing is found; never for a read that was denied or failed |
/// | `Vec<u8>`, `[u8; N]`, [`SecretSlice<u8>`](SecretSlice) | a binary secret as it is, else base64; never a list |
/// | [`Duration`](std::time::Duration) | a number and a unit, as in `250ms`, `30s`, `5m`, `1h 30m` |
/// | [`SecretBox<T>`](SecretBox) | as `T` |
/// | `serde_json::Value` | JSON; any other text is an error |
///
/// The parts of lists, maps, tuples and options follow the same table: a `Vec<Vec<u8>>` holds base64, a `HashMap<String, Duration>`
/// texts like `30s`. Inside a struct of your own, serde's rules hold for the fields of it.
///
/// serde reads an untagged or internally tagged enum and a flattened struct in two steps, and its numbers as `f64` first. A float in them
/// is a finite `f64`; one that is too large for an `f32` becomes infinite there, and no decoder sees it. Use `f64` in such types.
///
/// `null` in JSON is `None` for an `Option`, and itself for `serde_json::Value`. For a type that needs a value it is an error, and never
/// the text `null`.
///
/// # Secrets
///
/// A field is secret if [`SecretString`], [`SecretBox`] or [`SecretSlice`] occurs in its type at any depth, if it says
/// `#[config(secret)]`, or if a source of it is made for secrets, as `secret:` and `/aws/reference/secretsmanager/…` are.
/// A field is plain if its type is made of the types above alone: texts, numbers, durations, lists and maps of them. Type
/// aliases are seen through. A field with a type of the program's own (a struct, an enum, a newtype) has an **unknown**
/// secrecy, unless `#[config(secret)]` or `#[config(plain)]` settles it:
///
/// - When it is read, it is secret if Parameter Store keeps it as a SecureString, or if its text is a JSON object or array.
/// - `cargo stage set` writes a new parameter as a SecureString. One that exists keeps its type, and the command says which.
/// - It may have a `default`, a `value:` and an `env:` source, and a variable may set it.
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
/// - Errors, reports, events and `Debug` of this crate never show what a store holds, secret or not.
/// - A field that is secret by type or option does not compile with a `default`, with `value:`, nor with an `env:` that does
///   not say `?plaintext=allow`.
/// - An empty secret is an error.
/// - Secrets are decoded from the store's buffer, which is wiped, and are not handed to Figment. Nor are values of unknown
///   secrecy that prove to be secret when they are read; the report of [`Loader::resolve`] names them.
///
/// `#[config(secret)]` on a `String` keeps it out of reports. The `Debug` that you derive for your own struct still prints it:
/// take [`SecretString`].
///
/// # Snapshots
///
/// With `#[config(snapshot = "sealed/{stage}.snapshot")]` the program carries, sealed, what each declared stage had when `cargo stage snapshot
/// --stage STAGE` was run; `--empty` makes the placeholder that a first build needs. If a load has failures after half of its deadline
/// (`Loader::snapshot_after`), and all of them are throttled, timed out or unavailable, it starts from the snapshot with one `Decrypt`. All that the snapshot
/// holds is then taken from it. Fields with `refresh` (unless the struct says `snapshot_refreshed`), `kms-env:` and stores of your own are
/// asked for up to the deadline. Denied, missing and undecodable never start from it. `Loader::snapshot_first` starts from it at once.
///
/// [`Report::snapshot`](report::Report::snapshot) and one warning say so, and how old it is. One that is too old, of another schema, tampered with or
/// empty is told apart there, or in [`Error::snapshots`]. A stage that nobody declared has none, and of nested structs the root's options
/// count.
///
/// # Limits
///
/// | what | how much |
/// |---|---|
/// | a stage's name | 64 characters |
/// | a parameter's name | 15 levels; 1011 characters with its ARN |
/// | a parameter's value | 4 KB, or 8 KB in the advanced tier |
/// | names a call | 10; more names are more calls at the same time |
/// | a load | 8 s in all, see [`Loader::timeout`] |
/// | depth of a JSON value | 64 |
///
/// # Errors
///
/// All mistakes of one struct are reported at once, each where it stands. The derive checks every source with the same code
/// that reads it at run time. What only the running program can know is one [`Error`], with every field that failed.
///
/// # What the macro generates
///
/// Data, and one call a field. All logic is in the runtime. For the `Config` above, shortened:
///
/// ```text
/// const _: () = {
///     use ::stage_config::__private as __p;
///
///     impl __p::Section for Config {
///         // The attributes as a constant, with the schema of `Mail` in it. `StageConfig::SCHEMA` is this.
///         const SECTION: __p::Schema = __p::Schema { name: "Config", stages: &["dev", "prod"], fields: &[…], … };
///
///         // Every field is tried before the first `?`, so that one error names them all.
///         fn build(values: &mut __p::Values<'_>) -> Option<Self> {
///             let f0 = values.field::<SecretString>(0, __p::Probe::<SecretString>::decode, None, None);
///             let f1 = …;
///             let f4 = values.nested::<Mail>(4);
///             values.finish(Self { db_password: f0?, table_name: f1?, … mail: f4? }, None)
///         }
///     }
///
///     // Where `load` keeps the configuration. A struct with `inherit` has no such impl.
///     impl ::stage_config::StageConfig for Config {
///         fn __cell() -> &'static __p::Cell<Self> {
///             static CELL: __p::Cell<Config> = __p::Cell::new();
///             &CELL
///         }
///
///         // What `cargo stage` reads in the artifact, in a section of its own. Whoever can load the configuration refers to
///         // it, so that the linker keeps it there and nowhere else. ELF's section is shown; `docs/manifest.md` has all.
///         fn __manifest() -> &'static [u8] {
///             const LENGTH: usize = __p::length(&<Config as __p::Section>::SECTION);
///             #[unsafe(link_section = ".stage_config.52a7d1c8d9a1e6b0")]
///             static RECORD: [u8; LENGTH] = __p::encode(&<Config as __p::Section>::SECTION);
///             &RECORD
///         }
///     }
///
///     // Questions that only the compiler can answer: does `Mail` serve every stage of `Config`, and is a field that shows
///     // its value (a default, `value:`, `env:`) a secret by its type?
///     const _: () = __p::assert_nested(&<Config as __p::Section>::SECTION, 4);
///     const _: () = __p::assert_plain(__p::secrecy!(Duration), "…");
/// };
/// ```
pub use stage_config_derive::StageConfig;

pub use figment;
pub use secrecy::{ExposeSecret, SecretBox, SecretSlice, SecretString};

#[doc(hidden)]
pub use stage_config_core::private as __private;

/// README's Rust blocks are tests. They use all features.
#[cfg(all(doctest, feature = "ssm", feature = "testing"))]
#[doc = include_str!("../README.md")]
struct Readme;
