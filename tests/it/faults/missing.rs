//! Parameters that do not exist: the help creates them.

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
    /// Another field hides the same value.
    #[stage(dev = "/faults/key")]
    copy: String,
}

#[derive(serde::Deserialize)]
enum Mode {}

/// A value that is not secret is a String, and a value that may be secret a SecureString. Other
/// keys of a JSON value may be secret.
#[tokio::test]
async fn the_help_creates_a_parameter_that_fits_the_secrecy_of_its_field() {
    let endpoint = Endpoint::start(|request| Parameters::default().answer(request));
    let error = expect_error(resolve::<Config>(endpoint.url()).await);
    let types: Vec<_> = error
        .failures()
        .iter()
        .map(|failure| {
            let help = failure.help().to_string();
            let (_, rest) = help.split_once("--type ").expect("the help has a type");
            let kind = rest.split(' ').next().expect("a split has a first part");
            let chosen = !help.contains("use `--type String` if it is not secret");
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
