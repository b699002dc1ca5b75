//! The program reads the same value after an export, import or copy: the same bytes, list items and
//! text. A text that a format cannot hold is refused, and so is ambiguous dotenv syntax.

mod kinds;

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

/// Texts that look like values of other types, or that contain special characters.
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
        #[allow(dead_code, reason = "only its schema is used")]
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

fn run(
    package: &Package,
    peer: &Peer,
    artifact: &Path,
    arguments: &[&str],
    input: &[u8],
) -> RunOutput {
    run_command(&mut command_for(package, peer, artifact, arguments), input)
}

fn object() -> serde_json::Value {
    FIELDS
        .iter()
        .zip(ODD)
        .map(|(field, text)| ((*field).to_owned(), serde_json::Value::from(text)))
        .collect()
}

#[test]
fn every_text_is_unchanged_by_json_yaml_and_copy_in_every_source() {
    let artifacts: [(&str, PathBuf); 5] = [
        ("plain", artifact::write_artifact::<Plain>()),
        ("secure", artifact::write_artifact::<Secure>()),
        ("keys", artifact::write_artifact::<Keys>()),
        ("whole", artifact::write_artifact::<Whole>()),
        ("json", artifact::write_artifact::<KeysOfParameter>()),
    ];
    let package = Package::new("");
    for (name, artifact) in &artifacts {
        let stage = format!("t-{name}");
        // The first round imports the values of the test. Each later round imports the export of
        // the round before.
        let mut text = object().to_string();
        for (index, format) in ["json", "yaml", "json"].into_iter().enumerate() {
            let to = format!("{stage}-{index}");
            let import = ["import", "-", "--format", format, "--stage", &to, "--yes"];
            run(&package, roto(), artifact, &import, text.as_bytes()).assert_code(0);
            let again = run(&package, roto(), artifact, &import, text.as_bytes()).assert_code(0);
            again.assert_stderr("there is nothing to write");
            let next = ["yaml", "json", "json"][index];
            text = run(
                &package,
                roto(),
                artifact,
                &["export", "--stage", &to, "--format", next],
                b"",
            )
            .assert_code(0)
            .stdout;
        }
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&text).expect("the text is JSON"),
            object(),
            "{name}"
        );
        let copied = format!("{stage}-copied");
        let copy = ["copy", &format!("{stage}-2"), &copied, "--secrets", "--yes"];
        run(&package, roto(), artifact, &copy, b"").assert_code(0);
        for (field, text) in FIELDS.iter().zip(ODD) {
            let value = run(
                &package,
                roto(),
                artifact,
                &["get", field, "--stage", &copied],
                b"",
            )
            .assert_code(0)
            .stdout;
            assert_eq!(value, text, "{name} {field}");
        }
    }
}

#[test]
fn every_text_survives_dotenv_or_is_refused() {
    let (package, artifact) = (Package::new(""), artifact::write_artifact::<Plain>());
    for (index, text) in ODD.iter().enumerate() {
        let (from, to) = (format!("t-env-{index}"), format!("t-env-{index}-to"));
        StoreClients::new(roto()).put_string(&format!("/unchanged/{from}/a"), text);
        let exported = run(
            &package,
            roto(),
            &artifact,
            &["export", "--stage", &from],
            b"",
        );
        if exported.code == Some(1) {
            exported
                .assert_stderr("`a`")
                .assert_stderr("export with --format json");
            continue;
        }
        let import = ["import", "-", "--format", "dotenv", "--stage", &to, "--yes"];
        run(
            &package,
            roto(),
            &artifact,
            &import,
            exported.assert_code(0).stdout.as_bytes(),
        )
        .assert_code(0);
        let stored = StoreClients::new(roto())
            .get_parameter(&format!("/unchanged/{to}/a"))
            .expect("the parameter was written")
            .0;
        assert_eq!(stored, *text);
    }
}

/// The input has the line ends and the byte order mark that programs on Windows write.
#[test]
fn windows_line_ends_and_bom_are_not_part_of_a_value() {
    let artifact = artifact::write_artifact::<Plain>();
    for (format, stage, input, expected) in [
        (
            "dotenv",
            "t-win-env",
            "\u{feff}A=\"-----BEGIN\r\nAB\r\n-----END\r\n\"\r\nB=x\r\n",
            "-----BEGIN\nAB\n-----END\n",
        ),
        (
            "json",
            "t-win-json",
            "\u{feff}{\"a\":\"from-windows\"}\r\n",
            "from-windows",
        ),
        (
            "yaml",
            "t-win-yaml",
            "\u{feff}a: |\r\n  one\r\n  two\r\n",
            "one\ntwo\n",
        ),
    ] {
        let import = ["import", "-", "--format", format, "--stage", stage, "--yes"];
        run(
            &Package::new(""),
            roto(),
            &artifact,
            &import,
            input.as_bytes(),
        )
        .assert_code(0);
        let stored = StoreClients::new(roto())
            .get_parameter(&format!("/unchanged/{stage}/a"))
            .expect("the parameter was written")
            .0;
        assert_eq!(stored, expected, "{format}");
    }
}

#[test]
fn ambiguous_dotenv_syntax_is_refused() {
    let artifact = artifact::write_artifact::<Plain>();
    let import = [
        "import",
        "-",
        "--format",
        "dotenv",
        "--stage",
        "t-win-none",
        "--yes",
    ];
    for input in ["A=`it's`\n", "A='a\rb'\n"] {
        run(
            &Package::new(""),
            roto(),
            &artifact,
            &import,
            input.as_bytes(),
        )
        .assert_code(2)
        .assert_stderr("line 1: ");
    }
}
