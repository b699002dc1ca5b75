//! A value that is exported, imported or copied stays the same to the program: bytes, list items
//! and text.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use aws_sdk_ssm::types::ParameterType;
use stage_config::{SecretSlice, SecretString, StageConfig};

use crate::support::artifact;
use crate::support::package::{Package, RunOutput, run_command};
use crate::support::peers::{Peer, moto, roto};
use crate::support::store_clients::StoreClients;
use crate::support::stores::{get_secret_bytes, put_parameter};
use crate::support::transfer_config::command_for;

/// Texts that look like something else.
const ODD: [&str; 12] = [
    "0123",
    "true",
    "null",
    " leading",
    "trailing\n",
    "a,b",
    "[1]",
    "{\"a\":1}",
    "2024-01-01",
    "1e3",
    "\"q\" 'q' `id` $HOME # no \\n",
    "a\r\nb\u{feff}😀",
];

/// Defines a struct with the same fields for each kind of source.
macro_rules! texts {
    ($($name:ident: $type:ty, $source:literal;)*) => {$(
        #[derive(StageConfig)]
        #[stage(dev = $source, fallback = $source)]
        #[config(preview("t-*"))]
        #[allow(dead_code, reason = "only its description is used")]
        struct $name {
            a: Option<$type>,
            b: Option<$type>,
            c: Option<$type>,
            d: Option<$type>,
            e: Option<$type>,
            f: Option<$type>,
            g: Option<$type>,
            h: Option<$type>,
            i: Option<$type>,
            j: Option<$type>,
            k: Option<$type>,
            l: Option<$type>,
        }
    )*};
}

texts! {
    Plain: String, "/unchanged/{stage}/{field}";
    Secure: SecretString, "/unchanged/{stage}/secure/{field}";
    Keys: SecretString, "secret:unchanged/{stage}#{field}";
    Whole: SecretString, "secret:unchanged/{stage}/{field}";
    KeysOfParameter: String, "/unchanged/{stage}/json#{field}";
}

const FIELDS: [&str; 12] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"];

fn run(package: &Package, peer: &Peer, artifact: &Path, arguments: &[&str], input: &[u8]) -> RunOutput {
    run_command(&mut command_for(package, peer, artifact, arguments), input)
}

fn object() -> serde_json::Value {
    FIELDS.iter().zip(ODD).map(|(field, text)| ((*field).to_owned(), serde_json::Value::from(text))).collect()
}

#[test]
fn every_text_survives_every_format_and_source() {
    let places: [(&str, PathBuf); 5] = [
        ("plain", artifact::write_artifact::<Plain>()),
        ("secure", artifact::write_artifact::<Secure>()),
        ("keys", artifact::write_artifact::<Keys>()),
        ("whole", artifact::write_artifact::<Whole>()),
        ("json", artifact::write_artifact::<KeysOfParameter>()),
    ];
    let package = Package::new("");
    for (name, place) in &places {
        let stage = format!("t-{name}");
        // The first import writes the test's values, and each other one writes the previous export.
        let mut text = object().to_string();
        for (index, format) in ["json", "yaml", "json"].into_iter().enumerate() {
            let to = format!("{stage}-{index}");
            let import = ["import", "-", "--format", format, "--stage", &to, "--yes"];
            run(&package, roto(), place, &import, text.as_bytes()).assert_code(0);
            let again = run(&package, roto(), place, &import, text.as_bytes()).assert_code(0);
            again.assert_stderr("there is nothing to write");
            let next = ["yaml", "json", "json"][index];
            text =
                run(&package, roto(), place, &["export", "--stage", &to, "--format", next], b"").assert_code(0).stdout;
        }
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).expect("the text is JSON"), object(), "{name}");
        let copied = format!("{stage}-copied");
        let copy = ["copy", &format!("{stage}-2"), &copied, "--secrets", "--yes"];
        run(&package, roto(), place, &copy, b"").assert_code(0);
        for (field, text) in FIELDS.iter().zip(ODD) {
            let got = run(&package, roto(), place, &["get", field, "--stage", &copied], b"").assert_code(0).stdout;
            assert_eq!(got, text, "{name} {field}");
        }
    }
}

#[test]
fn every_text_survives_dotenv_or_is_refused() {
    let (package, place) = (Package::new(""), artifact::write_artifact::<Plain>());
    for (index, text) in ODD.iter().enumerate() {
        let (from, to) = (format!("t-env-{index}"), format!("t-env-{index}-to"));
        StoreClients::new(roto()).put_string(&format!("/unchanged/{from}/a"), text);
        let exported = run(&package, roto(), &place, &["export", "--stage", &from], b"");
        if exported.code == Some(1) {
            exported.assert_stderr("`a`").assert_stderr("export with --format json");
            continue;
        }
        let import = ["import", "-", "--format", "dotenv", "--stage", &to, "--yes"];
        run(&package, roto(), &place, &import, exported.assert_code(0).stdout.as_bytes()).assert_code(0);
        let stored = StoreClients::new(roto())
            .get_parameter(&format!("/unchanged/{to}/a"))
            .expect("the parameter was written")
            .0;
        assert_eq!(stored, *text);
    }
}

#[derive(StageConfig)]
#[stage(dev = "/kinds/{stage}/{field}", fallback = "/kinds/{stage}/{field}")]
#[config(preview("t-*"))]
#[allow(dead_code, reason = "only its description is used")]
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

/// A type that looks at the data: items to it are another value than a text.
#[derive(serde::Deserialize)]
#[serde(untagged)]
#[allow(dead_code, reason = "only its name is used")]
enum Own {
    Text(String),
    Items(Vec<String>),
}

fn kinds(peer: &Peer, arguments: &[&str], input: &[u8]) -> RunOutput {
    run(&Package::new(""), peer, &artifact::write_artifact::<Kinds>(), arguments, input)
}

/// Returns what `diff` reports for one field.
fn diff(peer: &Peer, one: &str, other: &str, field: &str) -> String {
    let ran = kinds(peer, &["diff", one, other, "--json"], b"");
    let json: serde_json::Value = serde_json::from_str(&ran.stdout).expect("the text is JSON");
    let fields = json["fields"].as_array().expect("a list");
    let row = fields.iter().find(|row| row["field"] == field).expect("the field is listed");
    row["result"].as_str().expect("a text").to_owned()
}

/// `abcd` is also valid text, and valid base64 of other bytes.
#[test]
fn binary_secrets_stay_binary() {
    for peer in [moto(), roto()] {
        let stored = StoreClients::new(peer);
        stored.create_binary_secret("kinds/t-bytes/blob", b"abcd");
        stored.create_binary_secret("kinds/t-bytes/text", b"a text");
        // To be refused, as a load does: no copy turns it into JSON.
        stored.create_binary_secret("kinds/t-json/document", b"{\"a\":1}");
        stored.create_secret("kinds/t-json-text/document", "{\"a\":1}");
        let refused = kinds(peer, &["copy", "t-json", "t-json-to", "--secrets", "--yes"], b"").assert_code(1);
        refused.assert_stderr("expected JSON as a text");
        let exported = kinds(peer, &["export", "--stage", "t-json", "--format", "json"], b"").assert_code(0);
        assert!(exported.stdout.contains(&format!("\"{}\"", "eyJhIjoxfQ==")), "{}", exported.stdout);
        assert_eq!(diff(peer, "t-json", "t-json-text", "document"), "different");
        kinds(peer, &["copy", "t-bytes", "t-bytes-to", "--secrets", "--yes"], b"").assert_code(0);
        assert_eq!(get_secret_bytes(peer, "kinds/t-bytes-to/blob").as_deref(), Some(&b"abcd"[..]), "{}", peer.name);
        assert_eq!(get_secret_bytes(peer, "kinds/t-bytes-to/text").as_deref(), Some(&b"a text"[..]));
        let exported = kinds(peer, &["export", "--stage", "t-bytes", "--format", "json"], b"").assert_code(0);
        assert!(exported.stdout.contains("\"YWJjZA==\""), "{}", exported.stdout);
        let import = ["import", "-", "--format", "json", "--stage", "t-bytes-to", "--yes"];
        kinds(peer, &import, exported.stdout.as_bytes()).assert_code(0).assert_stderr("there is nothing to write");
        let other = br#"{"blob":"abcd"}"#;
        kinds(peer, &import, other).assert_code(1).assert_stderr("1 of 1 would be replaced");
    }
}

#[test]
fn string_list_items_stay_items() {
    for peer in [moto(), roto()] {
        put_parameter(peer, "/kinds/t-items/tags", ParameterType::StringList, "[a,b");
        kinds(peer, &["copy", "t-items", "t-items-to", "--yes"], b"").assert_code(0);
        let stored =
            StoreClients::new(peer).get_parameter("/kinds/t-items-to/tags").expect("the parameter was written");
        assert_eq!((stored.0.as_str(), stored.1), ("[\"[a\",\"b\"]", ParameterType::String), "{}", peer.name);
        let exported = kinds(peer, &["export", "--stage", "t-items"], b"").assert_code(0);
        assert!(exported.stdout.contains("TAGS='[\"[a\",\"b\"]'"), "{}", exported.stdout);
        // An existing StringList stays a StringList.
        put_parameter(peer, "/kinds/t-items-2/tags", ParameterType::StringList, "x");
        kinds(peer, &["copy", "t-items", "t-items-2", "tags", "--overwrite", "--yes"], b"").assert_code(0);
        let stored = StoreClients::new(peer).get_parameter("/kinds/t-items-2/tags").expect("the parameter was written");
        assert_eq!((stored.0.as_str(), stored.1), ("[a,b", ParameterType::StringList));
        put_parameter(peer, "/kinds/t-own/own", ParameterType::StringList, "a,b");
        let copied = kinds(peer, &["copy", "t-own", "t-own-to", "--yes"], b"").assert_code(1);
        copied.assert_stderr("only the program knows what it reads");
        put_parameter(peer, "/kinds/t-own-to/own", ParameterType::StringList, "x");
        kinds(peer, &["copy", "t-own", "t-own-to", "own", "--overwrite", "--yes"], b"").assert_code(0);
        assert_eq!(diff(peer, "t-own", "t-own-to", "own"), "same");
        put_parameter(peer, "/kinds/t-items/json", ParameterType::StringList, "x");
        let set = kinds(peer, &["set", "json", "--stage", "t-items", "--overwrite"], b"{\"a\":1,\"b\":2}");
        set.assert_code(1).assert_stderr("is a StringList");
    }
}

#[test]
fn diff_compares_values_as_the_program_reads_them() {
    let peer = roto();
    let stored = StoreClients::new(peer);
    for (name, a, b) in [("port", "8080", " 8080\n"), ("note", "0123", "123"), ("bytes", "YWJj", "YW Jj")] {
        stored.put_string(&format!("/kinds/t-diff-a/{name}"), a);
        stored.put_string(&format!("/kinds/t-diff-b/{name}"), b);
    }
    put_parameter(peer, "/kinds/t-diff-a/tags", ParameterType::StringList, "a,b");
    stored.put_string("/kinds/t-diff-b/tags", "[\"a\", \"b\"]");
    put_parameter(peer, "/kinds/t-diff-a/set", ParameterType::StringList, "a,b");
    stored.put_string("/kinds/t-diff-b/set", "b, a");
    stored.put_string("/kinds/t-diff-a/json", "{\"a\":1,\"b\":[true]}");
    stored.put_string("/kinds/t-diff-b/json", "{ \"b\": [true], \"a\": 1 }");
    stored.create_binary_secret("kinds/t-diff-a/blob", b"abcd");
    stored.create_secret("kinds/t-diff-b/blob", "abcd");
    for field in ["port", "bytes", "tags", "json", "set"] {
        assert_eq!(diff(peer, "t-diff-a", "t-diff-b", field), "same", "{field}");
    }
    for field in ["note", "blob"] {
        assert_eq!(diff(peer, "t-diff-a", "t-diff-b", field), "different", "{field}");
    }
}

/// Files in the format that Windows writes.
#[test]
fn windows_line_ends_and_bom_are_not_part_of_a_value() {
    let place = artifact::write_artifact::<Plain>();
    for (format, stage, input, expected) in [
        (
            "dotenv",
            "t-win-env",
            "\u{feff}A=\"-----BEGIN\r\nAB\r\n-----END\r\n\"\r\nB=x\r\n",
            "-----BEGIN\nAB\n-----END\n",
        ),
        ("json", "t-win-json", "\u{feff}{\"a\":\"from-windows\"}\r\n", "from-windows"),
        ("yaml", "t-win-yaml", "\u{feff}a: |\r\n  one\r\n  two\r\n", "one\ntwo\n"),
    ] {
        let import = ["import", "-", "--format", format, "--stage", stage, "--yes"];
        run(&Package::new(""), roto(), &place, &import, input.as_bytes()).assert_code(0);
        let stored = StoreClients::new(roto())
            .get_parameter(&format!("/unchanged/{stage}/a"))
            .expect("the parameter was written")
            .0;
        assert_eq!(stored, expected, "{format}");
    }
    let import = ["import", "-", "--format", "dotenv", "--stage", "t-win-none", "--yes"];
    for input in ["A=`it's`\n", "A='a\rb'\n"] {
        run(&Package::new(""), roto(), &place, &import, input.as_bytes()).assert_code(2).assert_stderr("line 1: ");
    }
}
