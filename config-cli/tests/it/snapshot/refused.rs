//! The cases in which `cargo stage snapshot` refuses to write a snapshot.

use super::*;

#[test]
fn an_unwritable_snapshot_is_refused() {
    let unreachable = "http://127.0.0.1:1";
    let package = Package::new("");
    snapshot_at(&package, unreachable, &[])
        .assert_code(1)
        .assert_stderr("cargo stage seal --init --stage prod");
    let package = Package::with_stage("snapshot-refused");
    package.write(FILE, "other content");
    snapshot_at(&package, unreachable, &[])
        .assert_code(1)
        .assert_stderr("exists, and is not a snapshot");
    // The key pair belongs to another app, so a load could not open the snapshot.
    let key = package
        .read("sealed/prod/stage.key")
        .replace("app: payments", "app: orders");
    package.write("sealed/prod/stage.key", key);
    snapshot_at(&package, unreachable, &[])
        .assert_code(1)
        .assert_stderr("it belongs to the app `orders`, not to `payments`");

    let elsewhere = tempfile::tempdir().expect("a temporary folder can be created");
    let artifact = package.write("artifact", artifact::build_elf(&[&RECORD]));
    let mut command = package.verb_command(&["snapshot", "--stage", "prod", "--artifact"]);
    command.arg(artifact).current_dir(elsewhere.path());
    run_command(&mut command, b"")
        .assert_code(1)
        .assert_stderr("no Cargo.toml was found");

    let artifact = artifact::write_artifact::<Config>();
    let mut command = package.verb_command(&["snapshot", "--stage", "prod", "--artifact"]);
    run_command(command.arg(artifact), b"")
        .assert_code(2)
        .assert_stderr("`Config` has no snapshot");
}

/// A snapshot contains the outcome of every AWS source of a chain, even if a load does not need the
/// source. So no snapshot is written if one of these sources cannot be read.
#[test]
fn unreadable_sources_are_named() {
    #[derive(StageConfig)]
    #[stage(prod)]
    #[allow(dead_code, reason = "only its schema is used")]
    struct Chain {
        #[stage(prod = ["/it-snapshot/chain/table", "secret:it-snapshot/other"])]
        table: String,
    }
    const CHAIN: Schema = Schema {
        fields: Chain::SCHEMA.fields,
        templates: Chain::SCHEMA.templates,
        schemes: &[],
        ..SCHEMA
    };
    static RECORD: [u8; encoded_len(&CHAIN)] = encode(&CHAIN);
    let package = Package::with_stage("snapshot-chain");
    let artifact = package.write("chain", artifact::build_elf(&[&RECORD]));
    let parameters = Parameters::texts([("/it-snapshot/chain/table", "orders")]);
    let endpoint = Endpoint::start(move |request| match request.service.as_str() {
        "secretsmanager" => {
            Answer::not_authorized("secretsmanager:GetSecretValue", "arn:aws:secretsmanager:x")
        }
        _ => answer(request, &parameters, &Secrets::default()),
    });
    let mut command = package.verb_command(&["snapshot", "--stage", "prod", "--artifact"]);
    command.arg(artifact).env("AWS_ENDPOINT_URL", &endpoint.url);
    run_command(&mut command, b"")
        .assert_code(1)
        .assert_stderr("could not be read: secret:it-snapshot/other");
    assert!(!package.path().join(FILE).exists());
}
