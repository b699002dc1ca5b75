//! Failures of fields, made by a scripted endpoint.

use std::time::Duration;

use futures_util::future::join_all;
use stage_config::{SecretString, StageConfig};
use stage_config_test_support::guide::Message;

use super::{describe, describe_whole};
use crate::support::load::{expect_error, loader};
use crate::support::scripted::{Answer, Endpoint, Parameter, Parameters, Secret, Secrets};

/// The timeout of most loads, because some of them retry or hang until their timeout. A slow
/// machine needs most of this time to create a client.
const SHORT: Duration = Duration::from_secs(2);

pub(super) async fn collect() -> Vec<Message> {
    [
        from_answers().await,
        from_parameters().await,
        from_secrets().await,
        vec![from_two_fields().await],
    ]
    .concat()
}

async fn load<C: StageConfig>(endpoint: &Endpoint) -> Message {
    let result = loader::<C>(endpoint.url()).timeout(SHORT).resolve().await;
    describe(&expect_error(result))
}

/// Failures of one parameter.
async fn from_answers() -> Vec<Message> {
    #[derive(StageConfig)]
    #[stage(dev = "/payments/dev/{field}")]
    #[allow(dead_code)]
    struct Config {
        table: String,
    }

    let html = Answer::Whole {
        status: 200,
        body: "<html></html>".to_owned(),
    };
    let answers = [
        Answer::denied("/payments/dev/table"),
        Answer::throttled(),
        Answer::Hangs,
        Answer::expired_token(),
        html,
        Answer::error(400, "ValidationException", ""),
    ];
    let start = |answer: Answer| Endpoint::start(move |_| answer.clone());
    let mut endpoints: Vec<Endpoint> = answers.map(start).into();
    endpoints.push(Endpoint::with_parameters(Parameters::default()));
    let mut messages = join_all(endpoints.iter().map(load::<Config>)).await;

    let url = endpoints[0].url().to_owned();
    // The drop closes the port.
    drop(endpoints);
    let refused = loader::<Config>(&url).timeout(SHORT).resolve().await;
    messages.push(describe(&expect_error(refused)));
    messages
}

fn check_limit(limit: &u16) -> Result<(), &'static str> {
    if *limit == 0 {
        return Err("the limit must not be zero");
    }
    Ok(())
}

/// Failures of parameters that exist.
async fn from_parameters() -> Vec<Message> {
    #[derive(StageConfig)]
    #[stage(dev = "/payments/dev/{field}")]
    #[allow(dead_code)]
    struct Limit {
        #[config(validate = check_limit)]
        limit: u16,
    }
    #[derive(StageConfig)]
    #[allow(dead_code)]
    struct Key {
        #[stage(dev = "/payments/dev/db#password")]
        password: SecretString,
    }
    #[derive(StageConfig)]
    #[stage(dev = "/payments/dev/{field}")]
    #[config(account(dev = "111122223333"))]
    #[allow(dead_code)]
    struct Guarded {
        table: String,
    }

    let start = |name: &str, parameter| {
        Endpoint::with_parameters(Parameters::default().with(name, parameter))
    };
    let limit = |text| start("/payments/dev/limit", Parameter::text(text));
    let db = |text| start("/payments/dev/db", Parameter::secure(text));
    let table = Parameter::text("orders").in_account("444455556666");
    vec![
        load::<Limit>(&limit("many")).await,
        load::<Limit>(&limit("0")).await,
        load::<Key>(&db("{}")).await,
        load::<Key>(&db("sk_test_1")).await,
        load::<Guarded>(&start("/payments/dev/table", table)).await,
    ]
}

/// Failures of one secret.
async fn from_secrets() -> Vec<Message> {
    #[derive(StageConfig)]
    #[allow(dead_code)]
    struct Config {
        #[stage(dev = "secret:dev/stripe")]
        stripe_key: SecretString,
    }

    let mut messages = Vec::new();
    for secret in [
        Secret::Fault("AccessDeniedException", "Access to KMS is not allowed"),
        Secret::Fault("DecryptionFailure", ""),
        Secret::Deleted,
        Secret::Empty,
    ] {
        let endpoint = Endpoint::with_secrets(Secrets::default().with("dev/stripe", secret));
        messages.push(load::<Config>(&endpoint).await);
    }
    messages
}

/// The whole error of two fields.
async fn from_two_fields() -> Message {
    #[derive(StageConfig)]
    #[stage(dev = "/payments/dev/{field}")]
    #[allow(dead_code)]
    struct Config {
        #[stage(dev = "/stripeSecretKey/test")]
        stripe_key: SecretString,
        limit: u16,
    }

    let limit = Parameters::texts([("/payments/dev/limit", "many")]);
    let endpoint = Endpoint::with_parameters(limit);
    let result = loader::<Config>(endpoint.url()).resolve().await;
    describe_whole(&expect_error(result))
}
