//! Loads that fail, each in a child process with its own variables. The process prints the message
//! of the error.

use stage_config::{Error, SecretString, StageConfig};
use stage_config_test_support::guide::Message;

use super::describe;
use crate::support::load::expect_error;
use crate::support::scripted::{Answer, Endpoint, cipher};
use crate::support::{aws, child};

const INNER: &str = "troubleshooting::variables::inner_load";

/// Precedes a message in the output of a child process.
const MARK: &str = "MESSAGE ";

type Variables<'a> = Vec<(&'a str, String)>;

#[derive(StageConfig)]
#[stage(dev = "/payments/dev/{field}", prod = "/payments/prod/{field}")]
#[config(default_stage = "dev")]
#[allow(dead_code)]
struct Defaulted {
    table: String,
}

#[derive(StageConfig)]
#[stage(dev = "/payments/dev/{field}", prod = "/payments/prod/{field}")]
#[allow(dead_code)]
struct Config {
    table: String,
}

#[derive(StageConfig)]
#[allow(dead_code)]
struct Encrypted {
    #[stage(dev = "kms-env:STRIPE_KEY")]
    stripe_key: SecretString,
}

#[derive(StageConfig)]
#[allow(dead_code)]
struct Pinned {
    #[stage(dev = "kms-env:STRIPE_KEY?key=alias/payments")]
    stripe_key: SecretString,
}

pub(super) fn collect() -> Vec<Message> {
    let mut messages: Vec<Message> = [
        ("Config", vec![]),
        ("Config", to_variables(&[("STAGE", "dev")])),
        (
            "Defaulted",
            to_variables(&[("AWS_LAMBDA_FUNCTION_NAME", "payments")]),
        ),
        (
            "Config",
            to_variables(&[("stage", "dev"), ("STAGE_CONFIG_TIMOUT", "5s")]),
        ),
        (
            "Config",
            to_variables(&[("stage", "dev"), ("STAGE_CONFIG_TIMEOUT", "5")]),
        ),
        (
            "Config",
            to_variables(&[("stage", "dev"), ("STAGE_CONFIG_SET__TABEL", "orders")]),
        ),
        (
            "Config",
            to_variables(&[
                ("stage", "dev"),
                ("STAGE_CONFIG_LOCAL", "local.toml"),
                ("AWS_LAMBDA_FUNCTION_NAME", "payments"),
            ]),
        ),
        ("lambda", to_variables(&[("stage", "dev")])),
        (
            "load_now",
            to_variables(&[
                ("stage", "dev"),
                ("AWS_LAMBDA_FUNCTION_NAME", "payments"),
                ("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start"),
            ]),
        ),
        (
            "Config",
            add_laptop_variables(&[("AWS_REGION", "eu-west-1")]),
        ),
        (
            "Config",
            add_laptop_variables(&[
                ("AWS_ACCESS_KEY_ID", "test"),
                ("AWS_SECRET_ACCESS_KEY", "test"),
            ]),
        ),
    ]
    .into_iter()
    .map(|(case, variables)| run(case, variables))
    .collect();

    for (case, code) in [
        ("Encrypted", "InvalidCiphertextException"),
        ("Encrypted", "DisabledException"),
        ("Pinned", "IncorrectKeyException"),
    ] {
        let endpoint = Endpoint::start(move |_| Answer::error(400, code, ""));
        let mut variables = aws::variables(endpoint.url());
        variables.push(("STRIPE_KEY", cipher::to_ciphertext("sk_test_1")));
        messages.push(run(case, variables));
    }
    messages
}

fn to_variables<'a>(variables: &[(&'a str, &str)]) -> Variables<'a> {
    let owned = |(name, value): &(&'a str, &str)| (*name, (*value).to_owned());
    variables.iter().map(owned).collect()
}

/// Returns these variables, and those of a machine without the metadata service of EC2.
fn add_laptop_variables<'a>(variables: &[(&'a str, &'a str)]) -> Variables<'a> {
    let of_laptop = [
        ("stage", "dev"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
        ("STAGE_CONFIG_TIMEOUT", "2s"),
    ];
    to_variables(&[&of_laptop[..], variables].concat())
}

/// Runs a case in a child process, and returns the message that it prints.
fn run(case: &str, mut variables: Variables<'_>) -> Message {
    variables.push(("CASE", case.to_owned()));
    let output = child::run(INNER, &variables).assert_passed();
    let (_, message) = output.stdout.split_once(MARK).expect("a message");
    let line = message.lines().next().expect("a line");
    let (name, text): (String, String) = serde_json::from_str(line).expect("the line is JSON");
    let text = text.replace("Defaulted", "Config");
    Message { name, text }
}

#[tokio::test]
#[allow(clippy::print_stdout)]
async fn inner_load() {
    if !child::is_inner(INNER) {
        return;
    }
    let case = std::env::var("CASE").expect("the outer test sets the case");
    let message = describe(&load(&case).await);
    let json = serde_json::json!([message.name, message.text]);
    println!("{MARK}{json}");
}

async fn load(case: &str) -> Error {
    use lambda_runtime::{LambdaEvent, Runtime, service_fn};
    async fn handle(_: LambdaEvent<()>) -> Result<(), lambda_runtime::Error> {
        Ok(())
    }

    match case {
        "Defaulted" => expect_error(Defaulted::load().await),
        "Encrypted" => expect_error(Encrypted::load().await),
        "Pinned" => expect_error(Pinned::load().await),
        "load_now" => expect_error(stage_config::lambda::load_now::<Config>().await),
        "lambda" => {
            let create = || Runtime::new(service_fn(handle));
            expect_error(stage_config::lambda::load::<Config, _>(create).await)
        }
        _ => expect_error(Config::load().await),
    }
}
