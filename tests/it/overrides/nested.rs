//! Two nested fields have the same struct as their type. An override of a field in one of them does
//! not change the other.

use super::*;

#[derive(StageConfig)]
#[stage(dev, prod)]
struct Databases {
    #[config(nested)]
    #[stage(all = "/nested/orders/{field}")]
    orders: Db,
    #[config(nested)]
    #[stage(all = "/nested/users/{field}")]
    users: Db,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Db {
    host: String,
    #[config(default = 5432)]
    port: u16,
}

#[test]
fn an_override_names_the_path_of_the_field() {
    let endpoint = Endpoint::with_parameters(Parameters::texts([
        ("/nested/orders/host", "orders"),
        ("/nested/users/host", "users"),
        ("/elsewhere/dev", "replica"),
    ]));
    let variables = [
        ("STAGE_CONFIG_SOURCE__USERS__HOST", "/elsewhere/{stage}"),
        ("STAGE_CONFIG_SET__ORDERS__PORT", "5433"),
    ];
    run(&endpoint, "nested::inner_databases", &variables).assert_passed();
    let mut names = endpoint.names();
    names.sort();
    assert_eq!(
        names,
        [
            "/elsewhere/dev",
            "/nested/orders/host",
            "/nested/users/port"
        ]
    );
}

#[tokio::test]
async fn inner_databases() {
    if is_inner("nested::inner_databases") {
        let config = Databases::loader()
            .resolve()
            .await
            .expect("all values exist")
            .config;
        let read = [&config.orders, &config.users].map(|db| (db.host.as_str(), db.port));
        assert_eq!(read, [("orders", 5433), ("replica", 5432)]);
    }
}
