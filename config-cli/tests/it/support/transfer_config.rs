//! Configurations for tests that share a server: each test stores its values under its own stage.

use std::path::PathBuf;
use std::process::Command;

use stage_config::{SecretSlice, SecretString, StageConfig};

use super::package::Package;
use super::peers::Peer;
use super::planted::SECRET;
use super::store_clients::StoreClients;
use super::{artifact, kms};

/// Fields with parameters and secrets as sources: texts, numbers and bytes.
#[derive(StageConfig)]
#[stage(dev = "/move/dev/{field}", fallback = "/move/{stage}/{field}")]
#[config(preview("t-*"))]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) struct TransferConfig {
    stripe_key: SecretString,
    table_name: String,
    port: u16,
    note: Option<String>,
    #[config(default = 30)]
    timeout_s: u64,
    #[stage(all = "secret:move/{stage}/blob")]
    blob: Option<SecretSlice<u8>>,
    #[config(nested)]
    mail: Mail,
}

#[derive(StageConfig)]
#[config(inherit)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) struct Mail {
    host: String,
    #[stage(all = "secret:move/{stage}/mail#password")]
    password: SecretString,
}

/// Texts whose sources are keys of one JSON secret.
#[derive(StageConfig)]
#[stage(
    dev = "secret:move-texts/dev#{field}",
    fallback = "secret:move-texts/{stage}#{field}"
)]
#[config(preview("t-*"))]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) struct TextsConfig {
    a: Option<String>,
    b: Option<String>,
    c: Option<String>,
    d: Option<String>,
    e: Option<String>,
    f: Option<String>,
    g: Option<String>,
    h: Option<String>,
    i: Option<String>,
    j: Option<String>,
    #[config(nested)]
    on: YamlBooleans,
}

/// The path of its field, `on.no`, consists of words that YAML 1.1 reads as booleans.
#[derive(StageConfig)]
#[config(inherit)]
#[allow(dead_code, reason = "only its schema is used")]
pub(crate) struct YamlBooleans {
    no: Option<String>,
}

/// Stores all values that a stage of [`TransferConfig`] needs. Two of them contain the planted
/// secret.
pub(crate) fn fill_stage(peer: &Peer, stage: &str) {
    let clients = StoreClients::new(peer);
    clients.put_secure_string(&format!("/move/{stage}/stripe_key"), SECRET);
    clients.put_string(&format!("/move/{stage}/table_name"), "orders");
    clients.put_string(&format!("/move/{stage}/port"), "8080");
    clients.put_string(&format!("/move/{stage}/mail/host"), "smtp.example.com");
    clients.create_secret(
        &format!("move/{stage}/mail"),
        &format!(r#"{{"password":"{SECRET}","user":"shop"}}"#),
    );
}

pub(crate) fn write_artifact() -> PathBuf {
    artifact::write_artifact::<TransferConfig>()
}

/// Returns the command `cargo stage VERB …` for [`TransferConfig`]. The command sends its requests
/// to the server. `--artifact` comes before the other arguments, because the command passes all
/// arguments after `--` to the program that it runs.
pub(crate) fn command(package: &Package, peer: &Peer, arguments: &[&str]) -> Command {
    command_for(package, peer, &write_artifact(), arguments)
}

/// Returns the same command as [`command`], but for the configuration in this artifact.
pub(crate) fn command_for(
    package: &Package,
    peer: &Peer,
    artifact: &std::path::Path,
    arguments: &[&str],
) -> Command {
    let artifact = artifact.to_str().expect("the path is text");
    let (verb, rest) = arguments.split_first().expect("a verb is named");
    let mut command = package.verb_command(&[&[*verb, "--artifact", artifact], rest].concat());
    command.envs(kms::env_variables(peer));
    command
}
