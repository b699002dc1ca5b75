//! The example of `docs/manifest.md`: its struct, its bytes, its JSON, and test values for the
//! struct.

use stage_config::{ExposeSecret as _, SecretString, StageConfig, manifest};
use std::fmt::Write as _;

/// Settings of the shop.
#[derive(StageConfig)]
#[stage(dev = "/shop/dev/{field}", prod = ["/shop/prod/{field}", "env:{field}"])]
struct Config {
    /// Where orders go.
    table: String,
    #[config(default = 8080)]
    port: u16,
    #[stage(dev = "/db/dev#password", prod = "/db/prod#password")]
    password: SecretString,
    #[config(nested)]
    mail: Option<Mail>,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Mail {
    host: String,
}

static RECORD: [u8; manifest::encoded_len(&Config::SCHEMA)] = manifest::encode(&Config::SCHEMA);

/// Returns the content of the first code block in this language.
fn find_block<'d>(docs: &'d str, language: &str) -> &'d str {
    let (_, from) = docs
        .split_once(&format!("```{language}\n"))
        .expect("the document has a block in this language");
    from.split_once("```").expect("the block ends").0
}

/// Returns the Rust code as the reader sees it, without the hidden lines.
fn find_rust_block(docs: &str) -> String {
    let lines = find_block(docs, "rust").lines();
    let visible = lines.filter(|line| !line.starts_with("# "));
    visible.map(|line| format!("{line}\n")).collect()
}

/// Returns the JSON without white space between its tokens.
fn compact(json: &str) -> String {
    json.lines()
        .map(str::trim_start)
        .collect::<Vec<_>>()
        .concat()
        .replace(": ", ":")
        .replace(", ", ",")
}

#[test]
fn the_encoder_writes_the_documented_example() {
    let docs = include_str!("../../docs/manifest.md");
    assert!(include_str!("manifest.rs").contains(&find_rust_block(docs)));

    // In the document, the package and the module are called `shop`, so the test replaces its own
    // names.
    let json = str::from_utf8(&RECORD[manifest::HEADER..])
        .unwrap()
        .replace(env!("CARGO_PKG_NAME"), "shop");
    let json = json.replace(
        concat!("\"module\":\"", module_path!(), "\""),
        "\"module\":\"shop\"",
    );
    assert_eq!(compact(find_block(docs, "json")), json);

    let length = u32::try_from(json.len()).unwrap().to_le_bytes();
    let record = [
        &RECORD[..manifest::HEADER - length.len()],
        &length,
        json.as_bytes(),
    ]
    .concat();
    let mut bytes = String::new();
    for line in record[..32].chunks(16) {
        let line: Vec<String> = line.iter().map(|byte| format!("{byte:02x}")).collect();
        writeln!(bytes, "{}", line.join(" ")).unwrap();
    }
    assert_eq!(find_block(docs, "text"), bytes);

    let read = manifest::decode(&record).unwrap();
    let described = format!("{:?}", Config::SCHEMA).replace(env!("CARGO_PKG_NAME"), "shop");
    let described = described.replace(
        concat!("module: \"", module_path!(), "\""),
        "module: \"shop\"",
    );
    assert_eq!(format!("{:?}", read[0]), described);
}

#[test]
fn test_values_and_defaults_fill_every_field_of_the_example() {
    let values = [
        ("table", "orders"),
        ("password", "x"),
        ("mail.host", "example.com"),
    ];
    let config = values
        .iter()
        .fold(Config::for_tests(), |config, (path, value)| {
            config.set(*path, *value)
        });
    let Config {
        table,
        port,
        mail,
        password,
    } = config.build().unwrap();
    assert_eq!(password.expose_secret(), "x");
    assert_eq!(
        (
            table.as_str(),
            port,
            mail.map(|Mail { host }| host).as_deref()
        ),
        ("orders", 8080, Some("example.com"))
    );
}
