//! A program that `cargo stage check --run` starts in the tests. The variable `BEHAVIOUR` says how
//! the program loads its configuration, and what else the program does.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "the tests search the program's output"
)]

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::process::Command;
use std::time::Duration;

use serde::Deserialize;
use stage_config::figment::providers::Serialized;
use stage_config::store::{Failed, FetchFuture, Found, Outcome, Request, Store};
use stage_config::testing::Memory;
use stage_config::{FailureKind, SecretString, StageConfig, load};

const BEHAVIOUR: &str = "BEHAVIOUR";

#[derive(StageConfig)]
#[stage(dev = "/self-check/dev/{field}", prod = "/self-check/prod/{field}")]
#[config(schemes("vault"), validate = check_all)]
#[allow(dead_code, reason = "the program only loads it")]
struct Config {
    key: SecretString,
    mode: Mode,
    #[config(with = "percent")]
    share: u8,
    #[config(validate = check_even)]
    port: u16,
    #[config(default = 30, validate = check_timeout)]
    timeout_s: u64,
    #[stage(all = "vault:motto")]
    motto: String,
    #[stage(all = "env:SELF_CHECK_LEVEL")]
    level: Option<String>,
    #[config(nested)]
    mail: Mail,
}

#[derive(StageConfig)]
#[config(inherit, validate = check_mail)]
#[allow(dead_code, reason = "the program only loads it")]
struct Mail {
    host: String,
    from: String,
}

/// A configuration that the program may load before [`Config`], together with it, or alone.
#[derive(StageConfig)]
#[stage(dev = "value:red", prod = "value:blue")]
#[allow(dead_code, reason = "the program only loads it")]
struct Colours {
    first: String,
}

/// A configuration with a value that is encrypted for one function.
#[derive(StageConfig)]
#[stage(prod)]
#[allow(dead_code, reason = "the program only loads it")]
struct Encrypted {
    #[config(secret)]
    #[stage(prod = "kms-env:SELF_CHECK_MODE?context=lambda")]
    mode: Mode,
}

/// A configuration whose defaults cannot be used.
#[derive(StageConfig)]
#[stage(prod = "/self-check/prod/{field}")]
#[config(validate = check_wrong_defaults)]
#[allow(dead_code, reason = "the program only loads it")]
struct WrongDefaults {
    #[config(default = "medium")]
    mode: Mode,
    #[config(default = "81", validate = check_even)]
    port: u16,
    #[config(default = r#"{"a": 300}"#)]
    limits: BTreeMap<String, u8>,
    #[config(default = "medium")]
    #[stage(prod = ["env:SELF_CHECK_LEVEL", "/self-check/prod/mode"])]
    chained: Mode,
}

/// A configuration that reads all parameters below a path.
#[derive(StageConfig)]
#[allow(dead_code, reason = "the program only loads it")]
struct Modes {
    #[stage(prod = "/self-check/prod/modes/*")]
    modes: BTreeMap<String, Mode>,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Mode {
    Fast,
    Slow,
}

mod percent {
    use serde::{Deserialize as _, Deserializer, de::Error as _};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u8, D::Error> {
        let text = String::deserialize(deserializer)?;
        let number = text
            .strip_suffix('%')
            .and_then(|number| number.parse().ok());
        number.ok_or_else(|| D::Error::custom(format!("{text} is not a percentage")))
    }
}

fn check_even(port: &u16) -> Result<(), &'static str> {
    if port.is_multiple_of(2) {
        Ok(())
    } else {
        Err("it is odd")
    }
}

fn check_timeout(_: &u64) -> Result<(), &'static str> {
    match env::var("TIMEOUT_IS_WRONG") {
        Ok(_) => Err("it is too long"),
        Err(_) => Ok(()),
    }
}

fn check_mail(mail: &Mail) -> Result<(), &'static str> {
    if mail.from.ends_with(&mail.host) {
        Ok(())
    } else {
        Err("`from` is not at `host`")
    }
}

fn check_all(config: &Config) -> Result<(), &'static str> {
    match behaviour().as_str() {
        "panic in validate" => panic!("{}", config.mail.host),
        "hang in validate" => park(),
        _ if matches!(config.mode, Mode::Slow) && config.share > 50 => {
            Err("slow with a large share")
        }
        _ => Ok(()),
    }
}

fn check_wrong_defaults(config: &WrongDefaults) -> Result<(), &'static str> {
    if config.port == 8082 {
        Err("the port is reserved")
    } else {
        Ok(())
    }
}

/// A store of the program. If `VAULT_FAILS` is set, every request fails. Otherwise the value is the
/// text of `VAULT_VALUE`, or is missing if this variable is unset.
struct Vault;

impl Store for Vault {
    fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
        let outcome = || match (env::var("VAULT_FAILS"), env::var("VAULT_VALUE")) {
            (Ok(_), _) => {
                Outcome::Failed(Failed::new(FailureKind::InvalidRequest, "no such mount"))
            }
            (_, Ok(value)) => Outcome::Found(Found::from_text(value)),
            _ => Outcome::Missing,
        };
        let outcomes = requests.iter().map(|_| outcome()).collect();
        Box::pin(async move { outcomes })
    }
}

fn behaviour() -> String {
    env::var(BEHAVIOUR).unwrap_or_default()
}

fn park() -> ! {
    loop {
        std::thread::park();
    }
}

/// Starts a process that outlives this one and keeps the standard streams of this one open. Writes
/// the id of the new process to the file that `CHILD_ID` names.
fn start_child() -> std::io::Result<()> {
    let mut command = Command::new(env::current_exe()?);
    let child = command.env(BEHAVIOUR, "hang").spawn()?;
    let path = env::var_os("CHILD_ID").expect("the test names a file");
    std::fs::write(path, child.id().to_string())
}

/// Writes the variables of this process to the file that `SEEN_VARIABLES` names, if this variable
/// is set.
fn write_variables() -> Result<(), Box<dyn Error>> {
    if let Some(path) = env::var_os("SEEN_VARIABLES") {
        let variables: BTreeMap<String, String> = env::vars().collect();
        std::fs::write(path, serde_json::to_string(&variables)?)?;
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    write_variables()?;
    if let Ok(text) = env::var("PRINTED") {
        println!("{text}");
        eprintln!("{text}");
    }
    let loader = || Config::loader().store("vault", Vault);
    match behaviour().as_str() {
        "load" | "panic in validate" | "hang in validate" => drop(loader().load().await?),
        "resolve" => drop(loader().resolve().await?),
        "live" => drop(loader().live(Duration::from_secs(60)).await?),
        "check" => drop(loader().check().await?),
        "other first" => {
            Colours::load().await?;
            loader().load().await?;
        }
        "joint" => drop(load!(Config, Colours).await?),
        "load of colours" => drop(Colours::load().await?),
        "load of encrypted" => drop(Encrypted::load().await?),
        "load of wrong defaults" => drop(WrongDefaults::load().await?),
        "load of modes" => drop(Modes::load().await?),
        "current colours" => drop(Colours::current().await?),
        "blocking" => std::thread::spawn(|| Colours::load_blocking().map(drop))
            .join()
            .expect("the thread does not panic")?,
        "default of the program" => {
            let defaults = BTreeMap::from([("mode", "fast")]);
            loader()
                .defaults(Serialized::defaults(defaults))
                .load()
                .await?;
        }
        "stage of the program" => drop(loader().stage("dev").load().await?),
        "local" => drop(loader().local(Memory::new()).load().await?),
        "absent local file" => drop(loader().local("absent.toml").load().await?),
        "concurrent" => drop(tokio::try_join!(loader().resolve(), loader().resolve())?),
        "fork and load" => {
            start_child()?;
            loader().load().await?;
        }
        "fork and end" => start_child()?,
        "panic" => panic!("before the load"),
        "hang" => park(),
        _ => {}
    }
    println!("loaded");
    Ok(())
}
