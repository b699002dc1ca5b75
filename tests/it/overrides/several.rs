//! Several configurations of one program: an override applies to each configuration that has the
//! field.

use super::*;

#[derive(StageConfig)]
#[stage(dev = "/several/{field}")]
struct Orders {
    table: String,
    region: String,
}

#[derive(StageConfig)]
#[stage(dev = "/several/{field}")]
struct Billing {
    currency: String,
    region: String,
}

fn start_endpoint() -> Endpoint {
    Endpoint::with_parameters(Parameters::texts([
        ("/several/table", "orders"),
        ("/several/currency", "EUR"),
        ("/several/currency:2", "CHF"),
        ("/several/region", "here"),
    ]))
}

#[test]
fn an_override_applies_to_every_configuration_with_the_field() {
    let endpoint = start_endpoint();
    let variables = [
        ("STAGE_CONFIG_SET__TABLE", "orders-2"),
        ("STAGE_CONFIG_SOURCE__CURRENCY", "/several/currency:2"),
        ("STAGE_CONFIG_SET__REGION", "there"),
    ];
    run(&endpoint, "several::inner_together", &variables).assert_passed();
    assert_eq!(
        endpoint.names(),
        ["/several/currency:2"],
        "the other fields are set"
    );
}

#[tokio::test]
async fn inner_together() {
    if is_inner("several::inner_together") {
        let (orders, billing) = stage_config::load!(Orders, Billing)
            .await
            .expect("all values exist");
        assert_eq!(
            (orders.table.as_str(), orders.region.as_str()),
            ("orders-2", "there")
        );
        assert_eq!(
            (billing.currency.as_str(), billing.region.as_str()),
            ("CHF", "there")
        );
    }
}

#[test]
fn an_override_of_an_unknown_field_is_an_error() {
    let endpoint = start_endpoint();
    run(
        &endpoint,
        "several::inner_unknown_field",
        &[("STAGE_CONFIG_SET__CURENCY", "CHF")],
    )
    .assert_passed();
    assert_eq!(endpoint.requests().len(), 0);
}

#[tokio::test]
async fn inner_unknown_field() {
    if is_inner("several::inner_unknown_field") {
        let error = expect_error(stage_config::load!(Orders, Billing).await);
        let words = [
            "no field of `",
            "`Orders`",
            "`Billing`",
            "did you mean `STAGE_CONFIG_SET__CURRENCY`?",
        ];
        assert_error(&error, ErrorKind::Options, &words);
    }
}

#[test]
fn a_wrong_override_of_several_configurations_is_one_mistake() {
    let endpoint = start_endpoint();
    run(
        &endpoint,
        "several::inner_wrong",
        &[("STAGE_CONFIG_SOURCE__REGION", "")],
    )
    .assert_passed();
    assert_eq!(endpoint.requests().len(), 0);
}

#[tokio::test]
async fn inner_wrong() {
    if is_inner("several::inner_wrong") {
        let error = expect_error(stage_config::load!(Orders, Billing).await);
        let words = ["`STAGE_CONFIG_SOURCE__REGION`: it is empty"];
        assert_error(&error, ErrorKind::Options, &words);
        assert!(
            !error.to_string().contains("variables are wrong"),
            "{error}"
        );
    }
}

/// The variable names a field that only `Orders` has. A load of `Plain` alone refuses the variable.
/// A joint load of `Plain` and `Orders` accepts the variable, even if `Orders` is already loaded
/// and is not loaded again.
#[test]
fn overrides_of_loaded_configurations_are_valid() {
    let endpoint = start_endpoint();
    run(
        &endpoint,
        "several::inner_loaded_orders",
        &[("STAGE_CONFIG_SET__REGION", "there")],
    )
    .assert_passed();
}

#[tokio::test]
async fn inner_loaded_orders() {
    if is_inner("several::inner_loaded_orders") {
        #[derive(StageConfig)]
        #[stage(dev = "/several/{field}")]
        struct Plain {
            table: String,
        }
        let error = expect_error(Plain::load().await);
        assert_error(
            &error,
            ErrorKind::Options,
            &["no field of `Plain`", "STAGE_CONFIG_SET__REGION"],
        );
        Orders::load()
            .await
            .expect("the configuration has the field");
        let (plain, orders) = stage_config::load!(Plain, Orders)
            .await
            .expect("one of the configurations has the field");
        assert_eq!(
            (plain.table.as_str(), orders.region.as_str()),
            ("orders", "there")
        );
    }
}
