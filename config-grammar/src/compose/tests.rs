use super::*;

/// Returns the components that are not empty: those in `Place::Literal` as their text, and all
/// others as `PLACE=text`. Placeholders are in braces, with `!` for `:raw`.
fn divide(text: &str) -> Vec<String> {
    let template =
        ComposeTemplate::parse(text).unwrap_or_else(|mistakes| panic!("{text}: {mistakes:?}"));
    let components = template
        .components()
        .iter()
        .filter(|component| !component.pieces.is_empty());
    let show = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Part(part) => format!("{{{}{}}}", part.name, if part.raw { "!" } else { "" }),
    };
    components
        .map(|component| {
            let text: String = component.pieces.iter().map(show).collect();
            match component.place {
                Place::Literal => text,
                place => format!("{place:?}={text}"),
            }
        })
        .collect()
}

fn mistakes(text: &str) -> Vec<String> {
    ComposeTemplate::parse(text).expect_err(text)
}

#[test]
fn a_url_is_divided_into_its_components() {
    assert_eq!(
        divide("postgres://{db.user}:{db.password}@{db.host}:{db.port}/orders/{x}?a={q}&b=1#{f}"),
        [
            "postgres://",
            "UserInfo={db.user}:{db.password}",
            "@",
            "Host={db.host}",
            ":",
            "Port={db.port}",
            "/",
            "PathSegment=orders",
            "/",
            "PathSegment={x}",
            "?",
            "Query=a={q}&b=1",
            "#",
            "Fragment={f}",
        ]
    );
    assert_eq!(
        divide("https://{tenant}.example.com/v1/{id}.json"),
        [
            "https://",
            "Host={tenant}.example.com",
            "/",
            "PathSegment=v1",
            "/",
            "PathSegment={id}.json",
        ]
    );
    assert_eq!(
        divide("sqlite:///{file}"),
        ["sqlite://", "/", "PathSegment={file}"]
    );
    assert_eq!(
        divide("https://{host}?{q}"),
        ["https://", "Host={host}", "?", "Query={q}"]
    );
    assert_eq!(
        divide("{scheme:raw}://{host}"),
        ["{scheme!}://", "Host={host}"]
    );
}

#[test]
fn the_last_at_sign_and_the_last_colon_divide_the_authority() {
    assert_eq!(
        divide("amqp://a:b@c@[::1]:5672/{v}"),
        [
            "amqp://",
            "UserInfo=a:b@c",
            "@",
            "Host=[::1]",
            ":",
            "Port=5672",
            "/",
            "PathSegment={v}"
        ]
    );
    assert_eq!(divide("redis://[::1]/{db}")[1], "Host=[::1]");
}

#[test]
fn a_template_that_is_not_a_url_is_one_text() {
    assert_eq!(
        divide("Server={host:raw};Password={password:raw}"),
        ["Server={host!};Password={password!}"]
    );
    assert_eq!(divide("{{{name:raw}}}"), ["{{name!}}"]);
    assert_eq!(divide("a b://{x:raw}"), ["a b://{x!}"]);
}

#[test]
fn all_mistakes_are_reported_at_once() {
    assert_eq!(
        mistakes("Server={host};Password={password}"),
        [
            "the value of `{host}` cannot be percent-encoded, because the template does not begin \
             with `scheme://`: write `{host:raw}`",
            "the value of `{password}` cannot be percent-encoded, because the template does not \
             begin with `scheme://`: write `{password:raw}`",
        ]
    );
    assert_eq!(mistakes("https://a b/é/{x}").len(), 2);
    assert_eq!(mistakes("{} {a-b} {a:Raw} }").len(), 4);
}

#[test]
fn each_mistake_has_its_message() {
    for (template, words) in [
        ("https://example.com", "no placeholder"),
        ("https://{host", "has no end"),
        ("https://{host}/}", "write `}}`"),
        ("https://{}/", "does not name a field"),
        ("https://{a..b}/", "does not name a field"),
        ("https://{1a}/", "does not name a field"),
        ("https://{a b}/", "does not name a field"),
        ("https://{a:encoded}/", "write `{a}` or `{a:raw}`"),
        (
            "{scheme}://{host}/",
            "because the placeholder is in the scheme: write `{scheme:raw}`",
        ),
        ("1http://{host}/", "begins with a letter"),
        (
            "https://exa_mple..com/{x}",
            "the host `exa_mple..com` is not a DNS name",
        ),
        ("https://a:99999/{x}", "the port `99999`"),
        ("https://a:/{x}", "the port ``"),
        ("https://a/b c/{x}", "write `%20`"),
        ("https://a/é/{x}", "write `%C3%A9`"),
        ("https://a/%zz/{x}", "write `%25`"),
        ("https://a/{{/{x}", "write `%7B`"),
        ("https://a/{x}?a=[", "write `%5B`"),
        ("a={x:raw}\n", "write a visible character"),
        ("https://{a}.{b:raw}/", "write `{a:raw}` too"),
        ("https://h:{a:raw}{b}/", "write `{b:raw}` too"),
    ] {
        let found = mistakes(template);
        assert!(
            found.iter().any(|mistake| mistake.contains(words)),
            "{template}: {found:?}"
        );
    }
}

#[test]
fn the_number_of_placeholders_is_limited() {
    assert!(ComposeTemplate::parse(&"{x:raw}".repeat(64)).is_ok());
    assert_eq!(
        mistakes(&"{x:raw}".repeat(65)),
        ["a template has at most 64 placeholders, but this one has 65"]
    );
}

#[test]
fn every_field_is_listed_once() {
    let template = ComposeTemplate::parse("https://{a}:{b}/{a}/{c.d}").unwrap();
    assert_eq!(template.list_fields(), ["a", "b", "c.d"]);
}

fn host(text: &str) -> Option<String> {
    let mut written = String::new();
    write_host(text, &mut written).ok().map(|()| written)
}

#[test]
fn a_host_is_a_name_or_an_address() {
    for valid in [
        "localhost",
        "db.example.com",
        "db.example.com.",
        "my_db-1",
        "xn--bcher-kva.example",
        "127.0.0.1",
        "[::1]",
        "1password.com",
    ] {
        assert_eq!(host(valid).as_deref(), Some(valid));
    }
    assert_eq!(host("2001:DB8::1").as_deref(), Some("[2001:db8::1]"));
    let long_label = "a".repeat(64);
    let long_name = ["a.".repeat(127), "b".to_owned()].concat();
    for invalid in [
        "",
        ".",
        "a..b",
        "-a",
        "a-",
        "a b",
        "é.example",
        "a/b",
        "a@b",
        "a:80",
        "[a]",
        "[::1",
        "::1]",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "1.2.3.0x4",
        "a.0x",
        "a%2Fb",
        "a?b",
        "a#b",
        "fe80::1%eth0",
        &long_label,
        &long_name,
    ] {
        assert_eq!(host(invalid), None, "{invalid}");
    }
}
