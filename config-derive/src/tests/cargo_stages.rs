//! Structs that take their stages from `Cargo.toml`.

mod mistakes;

use std::fs;

use proc_macro2::TokenStream;
use quote::quote;
use tempfile::TempDir;

use super::expand_messages;
use crate::expander::expand;
use crate::expander::package_folder::TEST_FOLDER;

const TABLE: &str = r#"
[workspace.metadata.stage.dev]
template = "/{app}/dev/{field}"

[workspace.metadata.stage.prod]
template = ["/{app}/prod/{field}", "/shared/{field}"]
account = "111122223333"

[workspace.metadata.stage."pr-*"]
account = "444455556666"

[workspace.metadata.stage-config]
fallback = "/{app}/{stage}/{field}"
preview = ["pr-*"]
stage_var = "STAGE"
"#;

/// Runs `test` in the package `a` of a workspace. Returns the result, in which the folder of the
/// workspace is `$ROOT`.
fn in_workspace(package: &str, workspace: &str, test: impl FnOnce() -> String) -> String {
    let root = TempDir::new().expect("the folder for temporary files is writable");
    let folder = root.path().join("a");
    fs::create_dir(&folder).expect("the folder is writable");
    let write = |folder: &std::path::Path, text: String| {
        fs::write(folder.join("Cargo.toml"), text).expect("the folder is writable");
    };
    write(
        root.path(),
        format!("[workspace]\nmembers = [\"a\"]\n{workspace}"),
    );
    write(&folder, format!("[package]\nname = \"a\"\n{package}"));
    let before = TEST_FOLDER.replace(folder);
    let result = test();
    TEST_FOLDER.set(before);
    let root = root.path().to_str().expect("a name in ASCII");
    result.replace(root, "$ROOT")
}

fn messages(package: &str, workspace: &str, input: TokenStream) -> Vec<String> {
    let text = in_workspace(package, workspace, || expand_messages(input).join("\n"));
    text.lines().map(str::to_owned).collect()
}

#[test]
fn stages_of_cargo_toml_expand_like_stages_of_attributes() {
    let expand = |input| expand(input, "").to_string();
    let from_cargo = in_workspace("[package.metadata.stage]\napp = \"shop\"", TABLE, || {
        expand(quote! {
            #[stage(qa = "/qa/{field}")]
            #[config(workspace, default_stage = "dev", account(qa = "777788889999"))]
            struct Config {
                table: String,
                #[stage(all, dev = "env:TABLE")]
                other: Option<String>,
            }
        })
    });
    let written = expand(quote! {
        #[stage(dev = "/{app}/dev/{field}", prod = ["/{app}/prod/{field}", "/shared/{field}"])]
        #[stage(fallback = "/{app}/{stage}/{field}")]
        #[stage(qa = "/qa/{field}")]
        #[config(app = "shop", default_stage = "dev", preview("pr-*"), stage_var = "STAGE")]
        #[config(account(qa = "777788889999", prod = "111122223333"))]
        struct Config {
            table: String,
            #[stage(all, dev = "env:TABLE")]
            other: Option<String>,
        }
    });
    let find_schema = |expanded: &str| {
        let (_, after) = expanded
            .split_once("const STRUCT_SCHEMA")
            .expect("the schema");
        let (schema, _) = after
            .split_once("fn build")
            .expect("the code after the schema");
        schema.to_owned()
    };
    assert_eq!(find_schema(&from_cargo), find_schema(&written));
    for file in ["$ROOT/a/Cargo.toml", "$ROOT/Cargo.toml"] {
        assert!(
            from_cargo.contains(&format!("include_bytes ! (\"{file}\")")),
            "{file}: {from_cargo}"
        );
    }
}

#[test]
fn a_package_without_a_workspace_has_its_own_table() {
    let table = TABLE.replace("workspace.metadata", "package.metadata");
    let expanded = in_workspace(&table, "exclude = [\"a\"]", || {
        expand(
            quote!(
                #[config(workspace)]
                struct Config {
                    table: String,
                }
            ),
            "",
        )
        .to_string()
    });
    assert!(expanded.contains("\"/{app}/prod/{field}\""), "{expanded}");
}

/// Returns the messages for one struct in a workspace with [`TABLE`].
fn messages_in_table(input: TokenStream) -> Vec<String> {
    messages("", TABLE, input)
}

#[test]
fn an_attribute_that_contradicts_the_table_is_an_error() {
    let contradicting = messages_in_table(quote! {
        #[stage(dev = "/other/{field}", prod = ["/{app}/prod/{field}", "/shared/{field}"], fallback = "/x/{field}")]
        #[config(workspace, preview("x-*"), stage_var = "OTHER", account(prod = "999999999999"))]
        struct Config { table: String }
    });
    let ending = "of $ROOT/Cargo.toml: remove one of the two";
    assert_eq!(
        contradicting,
        [
            format!("contradicts `template` in [workspace.metadata.stage.dev] {ending}"),
            format!("contradicts `fallback` in [workspace.metadata.stage-config] {ending}"),
            format!("contradicts `preview` in [workspace.metadata.stage-config] {ending}"),
            format!("contradicts `account` in [workspace.metadata.stage.prod] {ending}"),
            format!("contradicts `stage_var` in [workspace.metadata.stage-config] {ending}"),
        ]
    );
    let app = messages(
        "[package.metadata.stage]\napp = \"shop\"",
        TABLE,
        quote!(
            #[config(workspace, app = "other")]
            struct Config {
                table: String,
            }
        ),
    );
    assert_eq!(
        app,
        [
            "contradicts `app` in [package.metadata.stage] of $ROOT/a/Cargo.toml: remove one of the two"
        ]
    );
}

#[test]
fn an_attribute_that_repeats_the_table_is_allowed() {
    let repeating = messages_in_table(quote! {
        #[stage(dev = "/{app}/dev/{field}", prod, fallback = "/{app}/{stage}/{field}")]
        #[config(workspace, preview("pr-*"), stage_var = "STAGE", account(prod = "111122223333"))]
        struct Config { table: String }
    });
    assert!(repeating.is_empty(), "{repeating:?}");
}

#[test]
fn each_field_with_its_own_sources_must_name_a_new_stage() {
    let table =
        format!("{TABLE}\n[workspace.metadata.stage.staging]\ntemplate = \"/staging/{{field}}\"");
    let input = quote! {
        #[config(workspace)]
        struct Config {
            table: String,
            #[stage(dev = "env:A", prod = "env:B", fallback = "env:A")]
            first: String,
            #[stage(dev = "env:C", prod = "env:D", fallback = "env:C")]
            second: String,
        }
    };
    assert_eq!(
        messages("", &table, input),
        [
            "`first` leaves out `staging`: add `#[stage(staging = \"…\")]`, or `#[stage(staging)]` for the struct's template",
            "`second` leaves out `staging`: add `#[stage(staging = \"…\")]`, or `#[stage(staging)]` for the struct's template",
        ]
    );
}

#[test]
fn the_error_for_a_stage_without_a_template_names_its_table() {
    let table = format!("{TABLE}\n[workspace.metadata.stage.staging]\nregion = \"eu-west-1\"");
    let input = quote!(
        #[config(workspace)]
        struct Config {
            table: String,
        }
    );
    assert_eq!(
        messages("", &table, input),
        [
            "the templates leave out `staging`, which `table` needs: add `#[stage(staging = \"…/{field}\")]` to the struct, or `template` to \
          [workspace.metadata.stage.staging] of $ROOT/Cargo.toml"
        ]
    );
}

#[test]
fn errors_name_the_table_that_needs_a_template() {
    let input = || {
        quote!(
            #[config(workspace)]
            struct Config {
                table: String,
                other: String,
            }
        )
    };
    assert_eq!(
        messages(
            "",
            "[workspace.metadata.stage.prod]\naccount = \"111122223333\"",
            input()
        ),
        [
            "the templates leave out `prod`, which `table`, `other` need: add `#[stage(prod = \"…/{field}\")]` to the struct, or `template` to \
             [workspace.metadata.stage.prod] of $ROOT/Cargo.toml"
        ]
    );
    assert_eq!(
        messages(
            "",
            "[workspace.metadata.stage.\"pr-*\"]\nregion = \"eu-west-1\"",
            input()
        ),
        [
            "neither `Config` nor Cargo.toml declares a stage: write `template = \"/{app}/dev/{field}\"` into \
             [workspace.metadata.stage.dev] of $ROOT/Cargo.toml"
        ]
    );
}

#[test]
fn a_template_of_all_that_no_stage_uses_is_an_error() {
    let tables = "[workspace.metadata.stage.dev]\ntemplate = \"/dev/{field}\"\n";
    let input = || {
        quote! {
            #[stage(all = "/mine/{field}")]
            #[config(workspace)]
            struct Config { table: String }
        }
    };
    assert_eq!(
        messages("", tables, input()),
        [
            "no stage uses `all`, because each has its own template: remove `all`, or `template` from \
             [workspace.metadata.stage.dev] of $ROOT/Cargo.toml"
        ]
    );
    let more = format!("{tables}[workspace.metadata.stage.prod]\nregion = \"eu-west-1\"");
    assert!(messages("", &more, input()).is_empty(), "prod uses `all`");
}

#[test]
fn stages_of_cargo_toml_come_first_in_alphabetical_order() {
    let tables = "[workspace.metadata.stage.prod]\n[workspace.metadata.stage.dev]";
    let expanded = in_workspace("", tables, || {
        let input = quote! {
            #[stage(qa = "/qa/{field}", prod = "/prod/{field}", dev = "/dev/{field}")]
            #[config(workspace)]
            struct Config { table: String }
        };
        expand(input, "").to_string()
    });
    assert!(
        expanded.contains("stages : & [\"dev\" , \"prod\" , \"qa\"]"),
        "{expanded}"
    );
}

#[test]
fn the_account_of_a_pattern_applies_to_stages_of_the_fields() {
    let tables = "[workspace.metadata.stage.\"*\"]\naccount = \"111122223333\"";
    let expanded = in_workspace("", tables, || {
        let input = quote! {
            #[config(workspace)]
            struct Config {
                #[stage(dev = "/dev/a", prod = "/prod/a")]
                first: String,
                #[stage(dev = "/dev/b", prod = "/prod/b")]
                second: String,
            }
        };
        expand(input, "").to_string()
    });
    let accounts = "accounts : & [(\"dev\" , \"111122223333\") , (\"prod\" , \"111122223333\")]";
    assert!(expanded.contains(accounts), "{expanded}");
}

#[test]
fn only_a_root_takes_stages_from_cargo_toml() {
    let input = quote!(
        #[config(inherit, workspace)]
        struct Config {
            table: String,
        }
    );
    assert_eq!(
        messages_in_table(input),
        ["`workspace` cannot be combined with `inherit`: only the root can set it"]
    );
}

#[test]
fn a_missing_cargo_toml_is_an_error() {
    let before = TEST_FOLDER.replace("/nowhere".into());
    let messages = expand_messages(quote!(
        #[config(workspace)]
        struct Config {
            table: String,
        }
    ));
    TEST_FOLDER.set(before);
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(
        messages[0].starts_with("/nowhere/Cargo.toml cannot be read: "),
        "{messages:?}"
    );
}
