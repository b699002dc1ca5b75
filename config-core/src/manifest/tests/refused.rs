//! Tests of records that the derive never writes. Each record lacks one property that later code
//! relies on.

use super::*;

/// The JSON of a valid record. Each case makes one change to it.
const VALID: &str = r#"{
    "name": "Config", "package": "shop", "module": "shop", "app": "shop", "stages": ["dev", "prod"], "fallback": true, "schemes": ["vault"],
    "accounts": [["dev", "111122223333"]], "default_stage": "dev", "preview": ["pr-*"], "stage_var": "STAGE",
    "templates": [{"key": "all", "sources": ["/{app}/{stage}/{field}"]}],
    "sealed": [{"stage": "dev", "name": "stage.key", "text": "k"}, {"stage": "dev", "name": "x", "text": "v"}],
    "snapshot": {"path": "sealed/{stage}.snapshot", "max_age_ms": 5, "files": [{"stage": "dev", "key": "k", "text": "t"}]},
    "fields": [
        {"name": "table", "level": "tableName", "content": {"value": {"kind": "string", "type": "String",
            "assignments": [{"key": "dev", "sources": ["/{stage}/a", "value:{"]}, {"key": "prod"}, {"key": "fallback"}]}}},
        {"name": "port", "level": "port", "content": {"value": {"kind": {"list_of": {"integer": {"min": "-1", "max": "9"}}}}}},
        {"name": "mail", "level": "mail", "content": {"nested": {"templates": [{"key": "dev", "sources": ["vault:mail#{field}"]}, {"key": "all"}], "schema": {
            "name": "Mail", "package": "shop", "module": "shop", "app": "shop", "inherit": true, "stages": [], "fields": [
                {"name": "host", "level": "host", "content": {"value": {"kind": {"bytes": 4},
                    "assignments": [{"key": "qa", "sources": ["vault:x"]}]}}}]}}}}
    ]
}"#;

#[test]
fn a_record_that_the_derive_cannot_write_is_refused() {
    let read = decode(&encode_record(VALID)).unwrap()[0];
    assert_eq!(decode(&encode_schema(read)), Ok(vec![read]));
    let deep = format!(
        r#"{}{{"bytes": 4}}{}"#,
        r#"{"list_of": "#.repeat(16),
        "}".repeat(16)
    );
    for (valid, invalid, words) in [
        (
            r#""name": "Config""#,
            r#""name": "Con fig""#,
            "\"Con fig\" is not a Rust identifier",
        ),
        (
            r#""name": "Config""#,
            r#""name": "\u001b[2J""#,
            r#""\u{1b}[2J" is not a Rust identifier"#,
        ),
        (
            r#""package": "shop""#,
            r#""package": """#,
            "\"\" is not a package name in \"Config\"",
        ),
        (
            r#""app": "shop""#,
            r#""app": "a#b""#,
            "\"a#b\" is not a level of an address",
        ),
        (
            r#""dev", "prod"]"#,
            r#""dev", "../prod"]"#,
            "the name of a stage may contain",
        ),
        (
            r#""dev", "prod"]"#,
            r#""dev", "all"]"#,
            "`all` cannot be the name of a stage",
        ),
        (
            r#""dev", "prod"]"#,
            r#""dev", "DEV"]"#,
            "the stage \"dev\" occurs twice",
        ),
        (
            r#""stages": ["dev", "prod"], "fallback": true"#,
            r#""stages": []"#,
            "\"Config\" declares no stage",
        ),
        (
            r#""fallback": true"#,
            r#""inherit": true"#,
            "\"Config\" cannot be loaded by itself",
        ),
        (
            r#""schemes": ["vault"]"#,
            r#""schemes": ["ssm"]"#,
            "the scheme `ssm` already exists",
        ),
        (
            r#"["dev", "111122223333"]"#,
            r#"["dev", "11112222333x"]"#,
            "\"11112222333x\" is not an account ID",
        ),
        (
            r#"["dev", "111122223333"]"#,
            r#"["qa", "111122223333"]"#,
            "the stage \"qa\" is not declared",
        ),
        (
            r#""default_stage": "dev""#,
            r#""default_stage": "qa""#,
            "the stage \"qa\" is not declared",
        ),
        (
            r#""preview": ["pr-*"]"#,
            r#""preview": ["pr/*"]"#,
            "not '/'",
        ),
        (
            r#""stage_var": "STAGE""#,
            r#""stage_var": "A=B""#,
            "the environment variable `A=B` contains '='",
        ),
        (
            r#""stage_var": "STAGE""#,
            r#""stage_var": "A\u0007""#,
            "the environment variable `A\u{fffd}` contains '\\u{7}'",
        ),
        (
            r#""name": "x", "text""#,
            r#""name": "../x", "text""#,
            "the sealed file `../x` contains '/'",
        ),
        (
            r#""name": "x", "text""#,
            r#""name": "stage.key", "text""#,
            "the sealed file \"dev/stage.key\" occurs twice",
        ),
        (
            r#""stage": "dev", "name": "x""#,
            r#""stage": "..", "name": "x""#,
            "the name of a stage must begin with",
        ),
        (
            r#""path": "sealed/{stage}.snapshot""#,
            r#""path": "../{stage}""#,
            "not a path below the package's root",
        ),
        (
            r#""path": "sealed/{stage}.snapshot""#,
            r#""path": "one""#,
            "is one file for 2 stages",
        ),
        (
            r#""max_age_ms": 5"#,
            r#""max_age_ms": 0"#,
            "the maximum age of a snapshot is zero",
        ),
        (
            r#"{"stage": "dev", "key": "k""#,
            r#"{"stage": "qa", "key": "k""#,
            "the stage \"qa\" is not declared",
        ),
        (
            r#""key": "prod""#,
            r#""key": "dev""#,
            "the key \"dev\" occurs twice in the field \"table\" of \"Config\"",
        ),
        (
            r#""key": "prod""#,
            r#""key": "qa""#,
            "the stage \"qa\" is not declared in the field \"table\"",
        ),
        (
            r#"["/{stage}/a", "value:{"]"#,
            "[]",
            "a chain without a source in the field \"table\"",
        ),
        (
            "/{stage}/a",
            "/{field}/a",
            "\"/{field}/a\" is not a source in the field \"table\"",
        ),
        ("/{stage}/a", "nothing:a", "\"nothing:a\" is not a source"),
        (
            "/{stage}/a",
            r"vault:\u0007",
            r#""vault:\u{7}" contains a control character"#,
        ),
        (
            "/{app}/{stage}/{field}",
            "/{app}/{stage}/{other}",
            "\"/{app}/{stage}/{other}\" is not a source",
        ),
        (
            r#""name": "port""#,
            r#""name": "table""#,
            "the field \"table\" occurs twice",
        ),
        (
            r#""level": "port""#,
            r#""level": "{port}""#,
            "\"{port}\" is not a level of an address in the field \"port\"",
        ),
        (
            r#""name": "host""#,
            r#""name": "0""#,
            "\"0\" is not a Rust identifier in the field \"0\" of \"Mail\"",
        ),
        (
            r#""min": "-1""#,
            r#""min": "10""#,
            "an empty range of numbers",
        ),
        (
            r#""min": "-1""#,
            r#""min": "x""#,
            "is not of the expected form (line 10",
        ),
        (
            r#""kind": "string""#,
            r#""kind": 5"#,
            "is not of the expected form",
        ),
        (
            r#""kind": "string""#,
            r#""kind": {}"#,
            "is not of the expected form",
        ),
        (
            r#""kind": "string""#,
            r#""kind": "string", "refresh_ms": 0"#,
            "the interval of a refresh is zero",
        ),
        (
            r#"{"bytes": 4}"#,
            &deep,
            "a type is nested more than 16 levels deep",
        ),
        (
            r#""sources": ["vault:x"]"#,
            r#""sources": ["vault:x" "y"]"#,
            "is not JSON",
        ),
        (
            r#"{"key": "all"}], "schema""#,
            r#"{"key": "qa"}], "schema""#,
            "the stage \"qa\" is not declared in the field \"mail\" of \"Config\"",
        ),
        (
            r#"{"key": "all"}], "schema""#,
            r#"{"key": "dev"}], "schema""#,
            "the key \"dev\" occurs twice in the field \"mail\" of \"Config\"",
        ),
        (
            "vault:mail#{field}",
            "valt:mail#{field}",
            "\"valt:mail#{field}\" is not a source in the field \"mail\" of \"Config\"",
        ),
    ] {
        assert!(VALID.contains(valid), "{valid}");
        let error = decode(&encode_record(&VALID.replacen(valid, invalid, 1))).expect_err(invalid);
        assert_eq!(error.kind(), ManifestErrorKind::Malformed);
        assert!(error.detail().contains(words), "{invalid}: {error}");
        assert!(!error.to_string().contains(char::is_control), "{error:?}");
    }
}
