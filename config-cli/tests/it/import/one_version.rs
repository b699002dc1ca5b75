//! An import of several keys of one secret writes these keys in one version. Without `--overwrite`,
//! the import does not replace a key that contains another key of the same import.

use stage_config::StageConfig;

use crate::support::artifact;
use crate::support::package::{Package, run_command};
use crate::support::peers::{moto, roto};
use crate::support::store_clients::StoreClients;
use crate::support::transfer_config::{TextsConfig, command_for};

/// A reader of the secret gets either all new values or none.
#[test]
fn the_keys_of_one_secret_are_written_in_one_version() {
    for peer in [moto(), roto()] {
        let clients = StoreClients::new(peer);
        clients.create_secret("move-texts/t-im-one", r#"{"a":"1","other":"kept"}"#);
        let package = Package::new("");
        let arguments = "import --stage t-im-one - --format dotenv --yes --overwrite";
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let artifact = artifact::write_artifact::<TextsConfig>();
        let mut command = command_for(&package, peer, &artifact, &arguments);
        let ran = run_command(&mut command, b"A=2\nB=3\nC=4\n").assert_code(0);

        let versions: Vec<&str> = ran
            .stderr
            .lines()
            .filter(|line| line.contains(" is written: secret:move-texts/t-im-one#"))
            .filter_map(|line| line.split_once(", version ").map(|(_, version)| version))
            .collect();
        assert_eq!(versions.len(), 3, "{ran:?}");
        assert!(
            versions.iter().all(|version| *version == versions[0]),
            "{ran:?}"
        );
        assert_eq!(
            clients.get_secret_text("move-texts/t-im-one").as_deref(),
            Some(r#"{"a":"2","other":"kept","b": "3","c": "4"}"#)
        );
    }
}

/// The source of `db` is a whole key of a secret. The source of `password` is a key inside the
/// value of this key.
#[derive(StageConfig)]
#[config(preview("t-*"))]
#[allow(dead_code, reason = "only its schema is used")]
struct Overlapping {
    #[stage(dev = "secret:move-overlap/dev#db.password")]
    #[stage(fallback = "secret:move-overlap/{stage}#db.password")]
    password: Option<String>,
    #[stage(dev = "secret:move-overlap/dev#db")]
    #[stage(fallback = "secret:move-overlap/{stage}#db")]
    db: Option<String>,
}

/// The value of `db` would replace the value of `password`, which the command has just written.
#[test]
fn a_key_that_contains_another_key_is_not_replaced() {
    let clients = StoreClients::new(roto());
    clients.create_secret("move-overlap/t-im-overlap", "{}");
    let package = Package::new("");
    let arguments = "import --stage t-im-overlap - --format dotenv --yes";
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let artifact = artifact::write_artifact::<Overlapping>();
    let mut command = command_for(&package, roto(), &artifact, &arguments);
    run_command(&mut command, b"PASSWORD=a\nDB=b\n")
        .assert_code(1)
        .assert_stderr("not written: 1 of 2 values")
        .assert_stderr("`--overwrite`");
    assert_eq!(
        clients
            .get_secret_text("move-overlap/t-im-overlap")
            .as_deref(),
        Some(r#"{"db": {"password": "a"}}"#)
    );
}
