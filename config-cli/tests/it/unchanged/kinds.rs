//! Binary secrets and items of lists after a transfer, and the values that `diff` counts as equal.

use super::*;

#[derive(StageConfig)]
#[stage(dev = "/kinds/{stage}/{field}", fallback = "/kinds/{stage}/{field}")]
#[config(preview("t-*"))]
#[allow(dead_code, reason = "only its schema is used")]
struct Kinds {
    tags: Option<Vec<String>>,
    port: Option<u16>,
    note: Option<String>,
    bytes: Option<Vec<u8>>,
    json: Option<serde_json::Value>,
    #[stage(all = "secret:kinds/{stage}/blob")]
    blob: Option<SecretSlice<u8>>,
    #[stage(all = "secret:kinds/{stage}/text")]
    text: Option<SecretString>,
    #[stage(all = "secret:kinds/{stage}/document")]
    document: Option<serde_json::Value>,
    own: Option<Own>,
    set: Option<BTreeSet<String>>,
}

/// A type whose value depends on the form of the data: a list and a text are different values.
#[derive(serde::Deserialize)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its name is used")]
enum Own {
    Text(String),
    Items(Vec<String>),
}

fn kinds(peer: &Peer, arguments: &[&str], input: &[u8]) -> RunOutput {
    run(
        &Package::new(""),
        peer,
        &artifact::write_artifact::<Kinds>(),
        arguments,
        input,
    )
}

/// Returns what `diff` reports for one field.
fn diff(peer: &Peer, one: &str, other: &str, field: &str) -> String {
    let ran = kinds(peer, &["diff", one, other, "--json"], b"");
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).expect("the text is JSON");
    let fields = json["fields"].as_array().expect("a list");
    let row = fields
        .iter()
        .find(|row| row["field"] == field)
        .expect("the field is listed");
    row["result"].as_str().expect("a text").to_owned()
}

/// `abcd` is also valid text, and valid base64 of other bytes.
#[test]
fn binary_secrets_stay_binary() {
    for peer in [moto(), roto()] {
        let clients = StoreClients::new(peer);
        clients.create_binary_secret("kinds/t-bytes/blob", b"abcd");
        clients.create_binary_secret("kinds/t-bytes/text", b"a text");
        // A copy refuses this value, as a load does, and does not turn it into JSON.
        clients.create_binary_secret("kinds/t-json/document", b"{\"a\":1}");
        clients.create_secret("kinds/t-json-text/document", "{\"a\":1}");
        let refused = kinds(
            peer,
            &["copy", "t-json", "t-json-to", "--secrets", "--yes"],
            b"",
        )
        .assert_code(1);
        refused.assert_stderr("expected JSON as text");
        let exported = kinds(
            peer,
            &["export", "--stage", "t-json", "--format", "json"],
            b"",
        )
        .assert_code(0);
        assert!(
            exported.stdout.contains(&format!("\"{}\"", "eyJhIjoxfQ==")),
            "{}",
            exported.stdout
        );
        assert_eq!(diff(peer, "t-json", "t-json-text", "document"), "different");
        kinds(
            peer,
            &["copy", "t-bytes", "t-bytes-to", "--secrets", "--yes"],
            b"",
        )
        .assert_code(0);
        assert_eq!(
            get_secret_bytes(peer, "kinds/t-bytes-to/blob").as_deref(),
            Some(&b"abcd"[..]),
            "{}",
            peer.name
        );
        assert_eq!(
            get_secret_bytes(peer, "kinds/t-bytes-to/text").as_deref(),
            Some(&b"a text"[..])
        );
        let exported = kinds(
            peer,
            &["export", "--stage", "t-bytes", "--format", "json"],
            b"",
        )
        .assert_code(0);
        assert!(
            exported.stdout.contains("\"YWJjZA==\""),
            "{}",
            exported.stdout
        );
        let import = [
            "import",
            "-",
            "--format",
            "json",
            "--stage",
            "t-bytes-to",
            "--yes",
        ];
        kinds(peer, &import, exported.stdout.as_bytes())
            .assert_code(0)
            .assert_stderr("there is nothing to write");
        let other = br#"{"blob":"abcd"}"#;
        kinds(peer, &import, other)
            .assert_code(1)
            .assert_stderr("1 of 1 would replace an existing value");
    }
}

#[test]
fn string_list_items_stay_items() {
    for peer in [moto(), roto()] {
        put_parameter(
            peer,
            "/kinds/t-items/tags",
            ParameterType::StringList,
            "[a,b",
        );
        kinds(peer, &["copy", "t-items", "t-items-to", "--yes"], b"").assert_code(0);
        let stored = StoreClients::new(peer)
            .get_parameter("/kinds/t-items-to/tags")
            .expect("the parameter was written");
        assert_eq!(
            (stored.0.as_str(), stored.1),
            ("[\"[a\",\"b\"]", ParameterType::String),
            "{}",
            peer.name
        );
        let exported = kinds(peer, &["export", "--stage", "t-items"], b"").assert_code(0);
        assert!(
            exported.stdout.contains("TAGS='[\"[a\",\"b\"]'"),
            "{}",
            exported.stdout
        );
        // An existing StringList stays a StringList.
        put_parameter(
            peer,
            "/kinds/t-items-2/tags",
            ParameterType::StringList,
            "x",
        );
        kinds(
            peer,
            &[
                "copy",
                "t-items",
                "t-items-2",
                "tags",
                "--overwrite",
                "--yes",
            ],
            b"",
        )
        .assert_code(0);
        let stored = StoreClients::new(peer)
            .get_parameter("/kinds/t-items-2/tags")
            .expect("the parameter was written");
        assert_eq!(
            (stored.0.as_str(), stored.1),
            ("[a,b", ParameterType::StringList)
        );
        put_parameter(peer, "/kinds/t-own/own", ParameterType::StringList, "a,b");
        let copied = kinds(peer, &["copy", "t-own", "t-own-to", "--yes"], b"").assert_code(1);
        copied.assert_stderr("only the program knows how its type reads a text");
        put_parameter(peer, "/kinds/t-own-to/own", ParameterType::StringList, "x");
        kinds(
            peer,
            &["copy", "t-own", "t-own-to", "own", "--overwrite", "--yes"],
            b"",
        )
        .assert_code(0);
        assert_eq!(diff(peer, "t-own", "t-own-to", "own"), "same");
        put_parameter(peer, "/kinds/t-items/json", ParameterType::StringList, "x");
        let set = kinds(
            peer,
            &["set", "json", "--stage", "t-items", "--overwrite"],
            b"{\"a\":1,\"b\":2}",
        );
        set.assert_code(1).assert_stderr("is a StringList");
    }
}

#[test]
fn diff_compares_values_as_the_program_reads_them() {
    let peer = roto();
    let clients = StoreClients::new(peer);
    for (name, a, b) in [
        ("port", "8080", " 8080\n"),
        ("note", "0123", "123"),
        ("bytes", "YWJj", "YW Jj"),
    ] {
        clients.put_string(&format!("/kinds/t-diff-a/{name}"), a);
        clients.put_string(&format!("/kinds/t-diff-b/{name}"), b);
    }
    put_parameter(
        peer,
        "/kinds/t-diff-a/tags",
        ParameterType::StringList,
        "a,b",
    );
    clients.put_string("/kinds/t-diff-b/tags", "[\"a\", \"b\"]");
    put_parameter(
        peer,
        "/kinds/t-diff-a/set",
        ParameterType::StringList,
        "a,b",
    );
    clients.put_string("/kinds/t-diff-b/set", "b, a");
    clients.put_string("/kinds/t-diff-a/json", "{\"a\":1,\"b\":[true]}");
    clients.put_string("/kinds/t-diff-b/json", "{ \"b\": [true], \"a\": 1 }");
    clients.create_binary_secret("kinds/t-diff-a/blob", b"abcd");
    clients.create_secret("kinds/t-diff-b/blob", "abcd");
    for field in ["port", "bytes", "tags", "json", "set"] {
        assert_eq!(diff(peer, "t-diff-a", "t-diff-b", field), "same", "{field}");
    }
    for field in ["note", "blob"] {
        assert_eq!(
            diff(peer, "t-diff-a", "t-diff-b", field),
            "different",
            "{field}"
        );
    }
}
