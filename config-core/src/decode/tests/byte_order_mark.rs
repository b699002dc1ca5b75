//! A byte order mark at the beginning of a stored text.

use super::*;

const MARK: &str = "\u{feff}";

#[test]
fn json_may_begin_with_a_byte_order_mark() {
    let login = format!("{MARK}{{\"user\": \"u\", \"port\": 1}}");
    assert_eq!(decode!(Login, text & login).unwrap().port, 1);
    let map = format!("{MARK}\r\n{{\"a\": \"1s\"}}\r\n");
    assert_eq!(
        decode!(BTreeMap<String, Duration>, text &map).unwrap()["a"],
        Duration::from_secs(1)
    );
    let list = format!("{MARK}[\"a\", \"b\"]");
    assert_eq!(decode!(Vec<String>, text & list).unwrap(), ["a", "b"]);
    assert_eq!(
        decode!(serde_json::Value, text & list).unwrap(),
        serde_json::json!(["a", "b"])
    );
    assert_eq!(
        decode!(Shape, text & format!("{MARK}{{\"Circle\": 3}}")).unwrap(),
        Shape::Circle(3)
    );
    assert_eq!(select(&login, "port").unwrap().as_str(), "1");
}

#[test]
fn a_type_that_reads_trimmed_text_ignores_a_byte_order_mark() {
    let marked = |text: &str| format!("{MARK}{text}\r\n");
    assert_eq!(decode!(u16, text & marked("8080")).unwrap(), 8080);
    assert!(decode!(bool, text & marked("true")).unwrap());
    assert_eq!(
        decode!(Level, text & marked("debug")).unwrap(),
        Level::Debug
    );
    assert_eq!(
        decode!(IpAddr, text & marked("::1")).unwrap(),
        "::1".parse::<IpAddr>().unwrap()
    );
    assert_eq!(
        decode!(Duration, text & marked("1s")).unwrap(),
        Duration::from_secs(1)
    );
    assert_eq!(decode!(Vec<u8>, text & marked("AQID")).unwrap(), [1, 2, 3]);
    assert_eq!(decode!(Vec<u16>, text & marked("1,2")).unwrap(), [1, 2]);
    assert_eq!(
        decode!(u16, text MARK).unwrap_err(),
        DecodeError::empty(),
        "a mark alone is an empty text"
    );
    assert_eq!(
        decode!(String, text & marked("x")).unwrap(),
        marked("x"),
        "a `String` keeps the mark"
    );
}

#[test]
fn the_column_in_an_error_does_not_count_the_byte_order_mark() {
    for text in [
        "{\"user\": \"u\", \"port\": -1}",
        "{\"user\": \"u\", \"port\": }",
    ] {
        let marked = format!("{MARK}{text}");
        assert_eq!(
            decode!(Login, text & marked).unwrap_err(),
            decode!(Login, text text).unwrap_err()
        );
    }
}

#[cfg(feature = "manage")]
#[test]
fn an_edit_keeps_the_byte_order_mark() {
    let document = format!("{MARK}{{\"a\": 1, \"b\": 2}}");
    assert_eq!(
        put(&document, "b", "3").unwrap().as_str(),
        format!("{MARK}{{\"a\": 1, \"b\": 3}}")
    );
    assert_eq!(
        put(&document, "c", "3").unwrap().as_str(),
        format!("{MARK}{{\"a\": 1, \"b\": 2,\"c\": 3}}")
    );
    assert_eq!(
        remove(&document, "a").unwrap().as_str(),
        format!("{MARK}{{ \"b\": 2}}")
    );
    assert_eq!(select_json(&document, "b").unwrap().as_str(), "2");
    assert_eq!(Leaves::from_document(&document).unwrap().values.len(), 2);
    assert!(crate::outcome::is_json_container(&document));
}
