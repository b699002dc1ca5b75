use super::*;

#[test]
fn values_are_compared_as_a_program_reads_them() {
    const PORT: Kind = Kind::Integer {
        min: 0,
        max: 65535,
        nonzero: false,
    };
    let text = StoredValue::from_text;
    for (kind, one, other, expected) in [
        (PORT, text("8080"), text(" +8080\n"), Some(true)),
        (PORT, text("8080"), text("808"), Some(false)),
        (PORT, text("8080"), text("x"), None),
        (
            Kind::Integer {
                min: i128::MIN,
                max: i128::MAX.unsigned_abs(),
                nonzero: false,
            },
            text("-1"),
            text("1"),
            Some(false),
        ),
        (
            Kind::Float { bits: 64 },
            text("1.0"),
            text("1e0"),
            Some(true),
        ),
        (Kind::Bool, text("true"), text("true "), Some(true)),
        (Kind::String, text("0123"), text("123"), Some(false)),
        (Kind::String, text("a"), text("a\n"), Some(false)),
        (
            Kind::String,
            text("a"),
            StoredValue::from_bytes(b"a"),
            Some(true),
        ),
        (
            Kind::Bytes { length: None },
            text("YWJj"),
            StoredValue::from_bytes(b"abc"),
            Some(true),
        ),
        (
            Kind::Bytes { length: None },
            text("abcd"),
            StoredValue::from_bytes(b"abcd"),
            Some(false),
        ),
        (Kind::Duration, text("60s"), text("1m"), Some(true)),
        (
            Kind::ListOf(&Kind::String),
            StoredValue::from_list("a, b"),
            text("[\"a\",\"b\"]"),
            Some(true),
        ),
        (
            Kind::ListOf(&Kind::String),
            StoredValue::from_list("[1]"),
            text("[1]"),
            Some(false),
        ),
        (
            Kind::ListOf(&PORT),
            text("1,2"),
            text("[1, \"2\"]"),
            Some(true),
        ),
        (
            Kind::Tuple(&[Kind::String, PORT]),
            text("a,1"),
            text("[\"a\", \"+1\"]"),
            Some(true),
        ),
        (
            Kind::Format(TextFormat::Ipv6Addr),
            text("::1"),
            text("0:0::1\n"),
            Some(true),
        ),
        (
            Kind::MapOf {
                key: &Kind::String,
                value: &PORT,
            },
            text("{\"a\":1}"),
            text("{\"a\":\"01\"}"),
            Some(true),
        ),
        (
            Kind::MapOf {
                key: &Kind::String,
                value: &PORT,
            },
            text("{\"a\":1}"),
            text("{}"),
            Some(false),
        ),
        (
            Kind::Object,
            text("{\"a\":1,\"b\":[\"x\"]}"),
            text("{ \"b\": [\"\\u0078\"], \"a\": 1 }"),
            Some(true),
        ),
        (
            Kind::Object,
            text("{\"a\":1}"),
            text("{\"a\":\"1\"}"),
            Some(false),
        ),
        (Kind::Object, text("[1]"), text("[1]"), None),
        (
            Kind::Object,
            text("{\"a\":1}"),
            StoredValue::from_bytes(b"{\"a\":1}"),
            Some(true),
        ),
        (
            Kind::Json,
            text("{\"a\":1}"),
            StoredValue::from_bytes(b"{\"a\":1}"),
            None,
        ),
        (
            Kind::Json,
            text("{\"a\":1}"),
            StoredValue::from_list("{\"a\": 1}"),
            Some(true),
        ),
        (
            Kind::Json,
            text("[1.0,1e0]"),
            text("[1e0, 1.00]"),
            Some(true),
        ),
        (Kind::Json, text("1"), text("1.0"), Some(false)),
        (
            Kind::Float { bits: 32 },
            text("0.1"),
            text("0.10000000001"),
            Some(true),
        ),
        (
            Kind::Float { bits: 64 },
            text("0.1"),
            text("0.10000000001"),
            Some(false),
        ),
        (Kind::Float { bits: 32 }, text("0.1"), text("1e39"), None),
        (
            Kind::SetOf(&Kind::String),
            StoredValue::from_list("a,b"),
            text("b, a, b"),
            Some(true),
        ),
        (
            Kind::SetOf(&Kind::String),
            text("a,b"),
            text("a"),
            Some(false),
        ),
        (
            Kind::SetOf(&PORT),
            text("1,2"),
            text("[2, \"01\"]"),
            Some(true),
        ),
        (Kind::SetOf(&PORT), text("1,2"), text("1,x"), None),
        (
            Kind::ListOf(&Kind::String),
            text("a,b"),
            text("b,a"),
            Some(false),
        ),
        (Kind::ListOf(&PORT), text("x"), text("[\"x\"]"), None),
        (Kind::ListOf(&Kind::Json), text("x"), text("[\"x\"]"), None),
        (
            Kind::ListOf(&Kind::Other),
            text("x"),
            text("[\"x\"]"),
            Some(true),
        ),
        (
            Kind::ListOf(&Kind::Optional(&PORT)),
            text("[null]"),
            text("[1]"),
            Some(false),
        ),
        (
            Kind::MapOf {
                key: &PORT,
                value: &PORT,
            },
            text("{\"1\":1}"),
            text("{\"01\":1}"),
            Some(true),
        ),
        (
            Kind::Json,
            text("{\"a\":1,\"a\":2}"),
            text("{\"a\":2}"),
            Some(true),
        ),
        (
            Kind::Integer {
                min: 0,
                max: 9,
                nonzero: false,
            },
            text("10"),
            text("10"),
            None,
        ),
        (
            Kind::Bytes { length: Some(2) },
            text("YWJj"),
            text("YWJj"),
            None,
        ),
        (
            Kind::Array {
                item: &PORT,
                length: 2,
            },
            text("1"),
            text("1"),
            None,
        ),
        (Kind::Other, text("a"), text("a"), None),
    ] {
        assert_eq!(compare_values(kind, one, other), expected, "{kind:?}");
        assert_eq!(compare_values(kind, other, one), expected, "{kind:?}");
    }
}
