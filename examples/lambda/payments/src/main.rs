//! Charges a payment with the key of the stage, and stores the payment in a database whose password
//! rotates.

#[cfg(test)]
mod tests;

use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use serde::{Deserialize, Serialize};
use stage_config::{ExposeSecret, SecretString, StageConfig, lambda};
use ureq::Agent;
use url::Url;

#[derive(StageConfig)]
#[stage(dev = "/payments/dev/{field}", prod = "/payments/prod/{field}")]
#[stage(fallback = ["/payments/{stage}/{field}", "/payments/dev/{field}"])]
#[config(preview("pr-*", "feature*"))]
struct Config {
    stripe_key: SecretString,
    #[config(default = "https://api.stripe.com")]
    stripe_url: Url,
    #[config(default = 100_000)]
    max_amount: u64,
    /// The HTTP interface of a ClickHouse database.
    db_url: Url,
    #[stage(
        dev = "secret:payments/dev/db#password",
        prod = "secret:payments/prod/db#password"
    )]
    #[stage(fallback = "secret:payments/dev/db#password")]
    #[config(refresh = "5m")]
    db_password: SecretString,
}

#[derive(Deserialize, Serialize)]
struct Payment {
    order: String,
    amount: u64,
}

#[derive(Debug, Deserialize, Serialize)]
struct Charge {
    id: String,
}

async fn handler(agent: &Agent, event: LambdaEvent<Payment>) -> Result<Charge, Error> {
    let config = Config::current().await?; // fetches the password about every five minutes
    let (agent, payment) = (agent.clone(), event.payload);
    if payment.amount > config.max_amount {
        return Err(format!("an amount may have at most {} cents", config.max_amount).into());
    }
    tokio::task::spawn_blocking(move || charge(&agent, &config, &payment)).await?
}

fn charge(agent: &Agent, config: &Config, payment: &Payment) -> Result<Charge, Error> {
    let url = config.stripe_url.join("/v1/charges")?;
    let key = format!("Bearer {}", config.stripe_key.expose_secret());
    let amount = payment.amount.to_string();
    let form = [("amount", amount.as_str()), ("currency", "eur")];
    let request = agent.post(url.as_str()).header("Authorization", key);
    let request = request.header("Idempotency-Key", &payment.order); // retries do not charge again
    let answer = request.send_form(form)?.body_mut().read_to_string()?;
    let charge: Charge = serde_json::from_str(&answer)?;

    let request = agent.post(config.db_url.as_str());
    let request = request.header("X-ClickHouse-Key", config.db_password.expose_secret());
    let insert = request.query("query", "INSERT INTO payments FORMAT JSONEachRow");
    insert.send(serde_json::to_string(payment)?)?;
    tracing::info!(order = payment.order, charge = charge.id, "charged");
    Ok(charge)
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    tracing_subscriber::fmt().json().init();
    let agent = Agent::new_with_defaults(); // keeps its connections for the next invocation
    let create = || Runtime::new(service_fn(|event| handler(&agent, event)));
    let runtime = lambda::load::<Config, _>(create).await?; // in INIT, or after the restore
    runtime.run().await
}
