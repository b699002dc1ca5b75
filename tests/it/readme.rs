//! The README: its size, its first commands, its function and its errors.
//!
//! Other tests run what the README shows: a test of the package `orders` runs the function, and
//! `config-cli/tests/it/transcripts.rs` runs the commands of `cargo stage`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use stage_config::{SecretString, StageConfig};
use toml::Table;

use crate::support::aws;
use crate::support::load::expect_error;
use crate::support::scripted::{Endpoint, Parameter, Parameters};

/// The maximum size of the README in bytes. Reading this many bytes takes about ten minutes.
const MAX_SIZE: usize = 12 * 1024;

#[derive(StageConfig)]
#[stage(dev = "/orders/dev/{field}", prod = "/orders/prod/{field}")]
#[allow(dead_code)]
struct Config {
    #[stage(dev = "/stripe/test", prod = "/stripe/live")]
    stripe_key: SecretString,
    table_name: String,
    #[config(default = 30)]
    timeout_s: u64,
}

/// Returns the text of a file of the repository.
fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the section below this heading of the README.
fn find_section(readme: &str, heading: &str) -> String {
    let start = format!("\n## {heading}\n");
    let (_, rest) = readme
        .split_once(&start)
        .unwrap_or_else(|| panic!("the README has no section {heading:?}"));
    rest.split("\n## ").next().unwrap_or_default().to_owned()
}

/// Returns the code blocks of this language in the section of the README with this heading.
fn find_blocks(heading: &str, language: &str) -> Vec<String> {
    let section = find_section(&read("README.md"), heading);
    let begin = format!("```{language}\n");
    let blocks = section.split(&begin).skip(1);
    let contents = blocks.filter_map(|block| block.split("```").next());
    let contents: Vec<_> = contents.map(str::to_owned).collect();
    assert!(!contents.is_empty(), "{heading:?} has no {language} block");
    contents
}

#[test]
fn the_readme_is_short_and_begins_with_the_setup() {
    let readme = read("README.md");
    assert!(readme.len() <= MAX_SIZE, "{} bytes", readme.len());
    let (_, first) = readme.split_once("```sh\n").expect("it has commands");
    let setup =
        "stage=dev cargo run --example payments\ncargo test --workspace --all-features\n```";
    assert!(first.starts_with(setup), "{first}");
}

/// The example `orders` has the same code as the function in the README, so that this function is
/// built and run as the README shows it.
#[test]
fn the_function_is_the_example() {
    let code = &find_blocks("A Lambda function", "rust,no_run")[0];
    assert_eq!(code.lines().count(), 25);
    let example = read("examples/lambda/orders/src/main.rs");
    let (docs, example) = example.split_once("\n\n").expect("it begins with its docs");
    assert!(docs.starts_with("//! "));
    assert_eq!(example, code);

    let values = &find_blocks("Local values", "toml")[0];
    assert_eq!(&read("examples/lambda/orders/local.toml"), values);

    let dependencies = |text: &str| -> BTreeSet<String> {
        let manifest: Table = text.parse().expect("it is TOML");
        let dependencies = manifest["dependencies"].as_table().expect("a table");
        dependencies.keys().cloned().collect()
    };
    assert_eq!(
        dependencies(&find_blocks("A Lambda function", "toml")[0]),
        dependencies(&read("examples/lambda/orders/Cargo.toml"))
    );
}

/// The README shows the compiler's message that a test of the derive expects. The message names
/// line 10. In the code of the README with the added stage, line 10 must also be the field
/// `stripe_key`.
#[test]
fn the_message_for_an_added_stage_is_that_of_the_compiler() {
    let message = &find_blocks("Adding a stage", "text")[0];
    let recorded = read("config-derive/tests/ui/incomplete/stage_added.stderr");
    let place = "tests/ui/incomplete/stage_added.rs";
    assert_eq!(message, &recorded.replace(place, "src/main.rs"));

    let code = &find_blocks("A Lambda function", "rust,no_run")[0];
    let templates = "prod = \"/orders/prod/{field}\")]\n";
    let added = "#[stage(staging = \"/orders/staging/{field}\")]\n";
    assert!(find_section(&read("README.md"), "Adding a stage").contains(added.trim()));
    let code = code.replace(templates, &format!("{templates}{added}"));
    assert_eq!(code.lines().nth(9), Some("    stripe_key: SecretString,"));
}

#[tokio::test]
async fn the_error_is_that_of_a_load() {
    let parameters = Parameters::default()
        .with("/stripe/live", Parameter::secure("sk_live_1"))
        .with("/orders/prod/timeout_s", Parameter::text("30s"));
    let endpoint =
        Endpoint::start(move |request| parameters.answer_denying(&["/stripe/live"], request));
    let load = Config::loader()
        .stage("prod")
        .aws(&aws::settings(endpoint.url()))
        .resolve();
    let error = expect_error(load.await);
    // The scripted answer names the role `function/payments`. The README names the role of
    // `orders`.
    let text = error
        .to_string()
        .replace("function/payments", "orders-prod/orders");
    assert_eq!(
        find_blocks("One error", "text")[0],
        format!("Error: {text}\n")
    );
}
