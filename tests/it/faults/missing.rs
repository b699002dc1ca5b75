//! Parameters that do not exist: the help contains a command that creates the parameter.

use super::*;

#[derive(StageConfig)]
#[stage(dev = "/faults/{field}")]
#[allow(dead_code)]
struct Config {
    table: String,
    key: SecretString,
    mode: Mode,
    #[stage(dev = "/faults/db#port")]
    port: u16,
    /// Reads the same value as `key`, whose type makes the value secret.
    #[stage(dev = "/faults/key")]
    copy: String,
}

#[derive(serde::Deserialize)]
enum Mode {}

/// The command creates a `String` for a value that is not secret, and a `SecureString` for a value
/// that is or may be secret. A value with a `#key` may be secret, because its other keys may be
/// secret.
#[tokio::test]
async fn the_command_in_the_help_fits_the_secrecy_of_the_field() {
    let endpoint = Endpoint::start(|request| Parameters::default().answer(request));
    let error = expect_error(resolve::<Config>(endpoint.url()).await);
    let types: Vec<_> = error
        .failures()
        .iter()
        .map(|failure| {
            let help = failure.help().to_string();
            let (purpose, command) = help.split_once(": ").expect("a purpose and a command");
            let (_, rest) = command
                .split_once("--type ")
                .expect("the command has a type");
            let kind = rest.split(' ').next().expect("a split has a first part");
            let chosen = !purpose.contains("with `--type String` if it is not secret");
            (failure.field().to_owned(), kind.to_owned(), chosen)
        })
        .collect();
    let expected = [
        ("table", "String", true),
        ("key", "SecureString", true),
        ("mode", "SecureString", false),
        ("port", "SecureString", false),
        ("copy", "SecureString", true),
    ];
    let expected = expected.map(|(field, kind, chosen)| (field.into(), kind.into(), chosen));
    assert_eq!(types, expected);
}
