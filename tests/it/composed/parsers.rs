//! Other crates parse a composed URL, and read its parts back.

use std::str::FromStr as _;

use percent_encoding::percent_decode_str;
use proptest::prelude::*;

use super::*;

#[derive(StageConfig)]
#[stage(dev = "/composed/{field}")]
struct Places {
    user: String,
    password: String,
    host: String,
    port: u16,
    path: String,
    query: String,
    fragment: String,
    #[config(
        compose = "postgres://{user}:{password}@{host}:{port}/a/{path}?q={query}&r=1#{fragment}"
    )]
    url: String,
    #[config(compose = "postgres://{user}:{password}@{host}:{port}/{path}")]
    database: String,
}

fn compose(text: &[String; 5], host: &str, port: u16) -> Places {
    let [user, password, path, query, fragment] = text;
    Places::for_tests()
        .set("user", user)
        .set("password", password)
        .set("host", host)
        .set("port", port.to_string())
        .set("path", path)
        .set("query", query)
        .set("fragment", fragment)
        .build()
        .unwrap_or_else(|error| panic!("{error}"))
}

fn decode(text: &str) -> String {
    let decoded = percent_decode_str(text).decode_utf8();
    decoded.expect("the text is UTF-8").into_owned()
}

/// Generates five texts of any characters, in which the characters with a meaning in a URL are
/// frequent.
fn texts() -> impl Strategy<Value = [String; 5]> {
    let text = prop_oneof![
        "\\PC{1,12}",
        "[:/?#@%&=+ .\\[\\]{}\\\\é]{1,8}",
        any::<String>()
    ];
    let text = text.prop_filter("an empty text, `.` and `..` are errors", |text| {
        !matches!(text.as_str(), "" | "." | "..")
    });
    proptest::array::uniform5(text)
}

fn hosts() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]([a-z0-9-]{0,8}[a-z0-9])?(\\.[a-z]{2,6}){0,2}",
        any::<std::net::Ipv4Addr>().prop_map(|address| address.to_string()),
        any::<std::net::Ipv6Addr>().prop_map(|address| address.to_string()),
    ]
}

proptest! {
    #[test]
    fn the_url_crate_reads_the_parts_back(text in texts(), host in hosts(), port: u16) {
        let url = Url::parse(&compose(&text, &host, port).url).expect("a URL");
        let segments: Vec<_> = url.path_segments().expect("a path").map(decode).collect();
        prop_assert_eq!(decode(url.username()), text[0].as_str());
        prop_assert_eq!(decode(url.password().expect("a password")), text[1].as_str());
        match host.parse() {
            Ok(address) => prop_assert_eq!(url.host(), Some(url::Host::Ipv6(address))),
            Err(_) => prop_assert_eq!(url.host_str(), Some(host.as_str())),
        }
        prop_assert_eq!(url.port(), Some(port));
        prop_assert_eq!(segments, ["a", text[2].as_str()]);
        let pairs: Vec<_> = url.query_pairs().collect();
        prop_assert_eq!(&pairs[0], &("q".into(), text[3].as_str().into()));
        prop_assert_eq!(&pairs[1], &("r".into(), "1".into()));
        prop_assert_eq!(decode(url.fragment().expect("a fragment")), text[4].as_str());
    }

    #[test]
    fn tokio_postgres_reads_the_parts_back(text in texts(), host in hosts(), port in 1..=u16::MAX) {
        let database = compose(&text, &host, port).database;
        let config = tokio_postgres::Config::from_str(&database).expect("a URL of PostgreSQL");
        prop_assert_eq!(config.get_user(), Some(text[0].as_str()));
        prop_assert_eq!(config.get_password(), Some(text[1].as_bytes()));
        prop_assert_eq!(config.get_ports(), [port]);
        prop_assert_eq!(config.get_dbname(), Some(text[2].as_str()));
    }

    #[test]
    fn sqlx_reads_the_parts_back(text in texts(), host in hosts(), port: u16) {
        let database = compose(&text, &host, port).database;
        let options = sqlx_postgres::PgConnectOptions::from_str(&database).expect("a URL of PostgreSQL");
        prop_assert_eq!(options.get_username(), text[0].as_str());
        prop_assert_eq!(options.get_port(), port);
        prop_assert_eq!(options.get_database(), Some(text[2].as_str()));
    }
}
