//! Errors of the local file (missing, not UTF-8, not TOML, without the stage or a field, with a
//! wrong value), warnings about its keys, and the error about `STAGE_CONFIG_LOCAL` in Lambda.

use std::collections::BTreeMap;
use std::path::Path;

use stage_config::testing::Memory;
use stage_config::{ErrorKind, FailureKind, Local, SecretString, StageConfig};

use crate::support::child;
use crate::support::load::{assert_error, assert_failure, expect_error, expect_failure};
use crate::support::logs::Logs;

#[derive(StageConfig)]
#[stage(dev = "/local/dev/{field}", staging = "/local/staging/{field}")]
#[allow(dead_code)]
struct Config {
    name: String,
    key: SecretString,
    port: Option<u16>,
    limits: Option<BTreeMap<String, String>>,
    #[config(nested)]
    mail: Mail,
}

#[derive(StageConfig)]
#[config(inherit)]
#[allow(dead_code)]
struct Mail {
    host: Option<String>,
}

#[derive(StageConfig)]
#[stage(dev = "/local/dev/{field}", fallback = "/local/preview/{field}")]
#[allow(dead_code)]
struct WithFallback {
    name: String,
}

/// Creates a temporary file with this text.
fn create_file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), text).expect("the file can be written");
    file
}

async fn load(path: &Path) -> Result<stage_config::Loaded<Config>, stage_config::Error> {
    Config::loader().stage("dev").local(path).resolve().await
}

#[tokio::test]
async fn a_missing_file_is_an_error() {
    let error = expect_error(load(Path::new("no/such/file.toml")).await);
    assert_error(
        &error,
        ErrorKind::Local,
        &[
            "no/such/file.toml",
            "does not exist",
            "working directory",
            "Help",
        ],
    );
    let error = expect_error(load(Path::new("")).await);
    assert_error(&error, ErrorKind::Local, &["the local file ``", "Help"]);
}

#[tokio::test]
async fn a_file_that_is_not_utf_8_is_an_error() {
    let file = create_file("");
    std::fs::write(file.path(), b"[dev]\nname = \"\xFF\"").expect("the file can be written");
    assert_error(
        &expect_error(load(file.path()).await),
        ErrorKind::Local,
        &["cannot be read", "Help"],
    );
}

#[tokio::test]
async fn invalid_toml_is_an_error_with_its_line() {
    for (text, line) in [
        ("[dev]\nname = planted", 2),
        ("[dev\n", 1),
        ("[dev]\n\nkey = \"planted", 3),
        ("[dev]\nkey = \"planted\nkey = \"x\"", 2),
    ] {
        let file = create_file(text);
        let error = expect_error(load(file.path()).await);
        let line = format!("is not TOML, at line {line}");
        assert_error(
            &error,
            ErrorKind::Local,
            &[&file.path().display().to_string(), &line, "Help"],
        );
        assert!(!error.to_string().contains("planted"), "{error}");
    }
}

#[tokio::test]
async fn a_key_or_table_that_occurs_twice_is_an_error_with_its_line() {
    for (text, line) in [
        ("[dev]\nkey = \"planted\"\nkey = \"planted\"", 3),
        ("[dev]\nmail = \"planted\"\nmail.host = \"h\"", 3),
        ("[dev]\n[dev]\nkey = \"planted\"", 2),
    ] {
        let file = create_file(text);
        let error = expect_error(load(file.path()).await);
        let line = format!("has a key or a table twice, at line {line}");
        assert_error(&error, ErrorKind::Local, &[&line, "keep one of the two"]);
        assert!(!error.to_string().contains("planted"), "{error}");
    }
}

#[tokio::test]
async fn a_file_without_the_stage_is_an_error() {
    for (text, words) in [
        (
            "",
            [
                "has no table `[dev]` and no other table",
                "put the fields under `[dev]`",
            ],
        ),
        (
            "[prod]\n[staging]\n",
            [
                "has no table `[dev]`; its tables are `[prod]`, `[staging]`",
                "add `[dev]`",
            ],
        ),
        (
            "[Dev]\nname = \"n\"",
            ["has no table `[dev]`", "rename `[Dev]` to `[dev]`"],
        ),
        (
            "dev = 1",
            [
                "has no table `[dev]` and no other table",
                "put the fields under `[dev]`",
            ],
        ),
    ] {
        let file = create_file(text);
        assert_error(
            &expect_error(load(file.path()).await),
            ErrorKind::Local,
            &words,
        );
    }
}

#[tokio::test]
async fn a_file_without_an_undeclared_stage_is_an_error() {
    for (text, help) in [
        ("", "put the fields under `[pr-7]` or `[fallback]`"),
        ("[dev]\n", "add `[pr-7]` or `[fallback]` and its fields"),
        (
            "[pr-8]\n",
            "rename `[pr-8]` to `[pr-7]`, or add `[pr-7]` or `[fallback]`",
        ),
        (
            "[fallbak]\n",
            "rename `[fallbak]` to `[fallback]`, or add `[pr-7]` or `[fallback]`",
        ),
    ] {
        let file = create_file(text);
        let loader = WithFallback::loader().stage("pr-7").local(file.path());
        let error = expect_error(loader.resolve().await);
        assert_error(&error, ErrorKind::Local, &["has no table `[pr-7]`"]);
        assert_eq!(error.help().to_string(), help);
    }
}

#[tokio::test]
async fn a_field_missing_from_the_file_is_an_error() {
    let file = create_file("[dev]\nname = \"n\"\nkye = \"planted\"\n");
    let failure = expect_failure(load(file.path()).await);
    let path = file.path().display().to_string();
    assert_failure(
        &failure,
        "key",
        FailureKind::Missing,
        &["add `key", "[dev]", &path, "is `kye` misspelled?"],
    );
    assert!(!failure.to_string().contains("planted"), "{failure}");
}

#[tokio::test]
async fn a_text_in_place_of_a_nested_struct_is_an_error_that_names_the_table() {
    #[derive(StageConfig)]
    #[stage(dev = "/local/dev/{field}")]
    #[allow(dead_code)]
    struct Outer {
        #[config(nested)]
        db: Inner,
    }

    #[derive(StageConfig)]
    #[config(inherit)]
    #[allow(dead_code)]
    struct Inner {
        host: String,
    }

    let file = create_file("[dev]\ndb = \"postgres://planted\"\n");
    let loader = Outer::loader().stage("dev").local(file.path());
    let failure = expect_failure(loader.resolve().await);
    let help = format!(
        "replace `db = …` under `[dev]` of {} with the table `[dev.db]`",
        file.path().display()
    );
    assert_failure(&failure, "db.host", FailureKind::Missing, &[&help]);
    assert!(!failure.to_string().contains("planted"), "{failure}");
}

#[tokio::test]
async fn a_misspelled_key_is_a_warning() {
    for (text, key, closest) in [
        ("name = \"n\"\nkey = \"k\"\nprot = 1", "prot", "port"),
        (
            "name = \"n\"\nkey = \"k\"\n\"/local/dev/prot\" = 1",
            "/local/dev/prot",
            "/local/dev/port",
        ),
        (
            "name = \"n\"\nkey = \"k\"\n[dev.mial]\nhost = \"h\"",
            "mial.host",
            "mail.host",
        ),
        (
            "name = \"n\"\nkey = \"k\"\nmail = { hots = \"h\" }",
            "mail.hots",
            "mail.host",
        ),
        (
            "name = \"n\"\nkey = \"k\"\nlimts = { a = \"planted\" }",
            "limts",
            "limits",
        ),
    ] {
        let file = create_file(&format!("[dev]\n{text}\n"));
        let logs = Logs::start();
        load(file.path())
            .await
            .expect("the required fields have values");
        let events = logs.own_events();
        let warning = events.lines().find(|line| line.contains("unknown key"));
        let warning = warning.unwrap_or_else(|| panic!("{text}: {events}"));
        assert!(warning.trim_start().starts_with("WARN"), "{warning}");
        assert!(
            warning.contains(&format!("did you mean `{closest}`?"))
                && warning.contains(&format!("key=\"{key}\""))
                && !warning.contains("planted"),
            "{warning}"
        );
    }
}

#[tokio::test]
async fn any_other_key_is_accepted_silently() {
    for text in [
        "name = \"n\"\nkey = \"k\"\nport = 1\nprot = 1",
        "name = \"n\"\nkey = \"k\"\nsomething_else = 1",
        "\"/local/dev/name\" = \"n\"\n\"/local/dev/key\" = \"k\"\nmail.host = \"h\"",
        "name = \"n\"\n\"/local/dev/name\" = \"n\"\nkey = \"k\"\n\"mail.host\" = \"h\"",
        "name = \"n\"\nkey = \"k\"\nlimits = { prot = \"1\" }",
    ] {
        let file = create_file(&format!("[dev]\n{text}\n"));
        let logs = Logs::start();
        load(file.path())
            .await
            .expect("the required fields have values");
        let events = logs.own_events();
        assert!(!events.contains("unknown key"), "{text}: {events}");
    }
}

#[tokio::test]
async fn a_value_of_the_wrong_type_in_the_file_is_an_error() {
    let file = create_file("[dev]\nname = \"n\"\nkey = \"k\"\nport = \"planted\"\n");
    let failure = expect_failure(load(file.path()).await);
    assert_failure(
        &failure,
        "port",
        FailureKind::Undecodable,
        &[
            "[dev] port: expected",
            "store a whole number from 0 to 65535 in `port` under `[dev]` of /",
        ],
    );
    assert!(!failure.to_string().contains("planted"), "{failure}");
}

#[tokio::test]
async fn the_help_for_wrong_json_names_its_place_in_the_local_values() {
    #[derive(StageConfig)]
    #[allow(dead_code)]
    struct Key {
        #[stage(dev = "/local/db#password")]
        password: SecretString,
    }

    let load = |local: Local| Key::loader().stage("dev").local(local).resolve();
    let in_memory = |text| Local::from(Memory::new().set("/local/db", text));
    let file = |text| create_file(&format!("[dev]\n\"/local/db\" = '{text}'\n"));
    let (wrong, without_key) = (file("planted"), file("{}"));

    let memory = "`.set(\"/local/db\", …)` of `Memory`";
    let table = "`\"/local/db\"` under `[dev]` of /";
    for (local, place) in [
        (in_memory("planted"), memory),
        (Local::from(wrong.path()), table),
    ] {
        let failure = expect_failure(load(local).await);
        let help = format!("store a JSON object in {place}");
        assert_failure(&failure, "password", FailureKind::Undecodable, &[&help]);
    }
    for (local, place) in [
        (in_memory("{}"), memory),
        (Local::from(without_key.path()), table),
    ] {
        let failure = expect_failure(load(local).await);
        let help = format!("add the key `password` to the JSON in {place}");
        assert_failure(&failure, "password", FailureKind::Missing, &[&help]);
    }
}

#[test]
fn stage_config_local_in_lambda_is_an_error_unless_another_variable_allows_it() {
    let file = create_file("[dev]\nname = \"n\"\nkey = \"k\"\n");
    let path = file.path().display().to_string();
    let lambda = [
        ("stage", "dev"),
        ("STAGE_CONFIG_LOCAL", path.as_str()),
        ("AWS_LAMBDA_FUNCTION_NAME", "payments"),
    ];
    child::run("bad_input::local::inner_in_lambda", &lambda).assert_passed();
    child::run("bad_input::local::inner_allowed", &lambda[..2]).assert_passed();
    let allowed = [
        lambda[0],
        lambda[1],
        lambda[2],
        ("STAGE_CONFIG_LOCAL_IN_LAMBDA", "1"),
    ];
    child::run("bad_input::local::inner_allowed", &allowed).assert_passed();
}

#[tokio::test]
async fn inner_in_lambda() {
    if child::is_inner("bad_input::local::inner_in_lambda") {
        let error = expect_error(Config::load().await);
        assert_error(
            &error,
            ErrorKind::Local,
            &[
                "`STAGE_CONFIG_LOCAL` is set in Lambda",
                "STAGE_CONFIG_LOCAL_IN_LAMBDA=1",
            ],
        );
    }
}

#[tokio::test]
async fn inner_allowed() {
    if child::is_inner("bad_input::local::inner_allowed") {
        let loaded = Config::loader()
            .resolve()
            .await
            .expect("the file has all required values");
        assert_eq!(
            (loaded.config.name.as_str(), loaded.config.port),
            ("n", None)
        );
        let marked = loaded
            .report
            .local
            .clone()
            .expect("the report names the local file");
        assert_eq!(std::env::var("STAGE_CONFIG_LOCAL").as_ref(), Ok(&marked));
        assert!(
            loaded.report.calls.is_empty() && loaded.report.to_string().contains("LOCAL"),
            "{}",
            loaded.report
        );
    }
}
