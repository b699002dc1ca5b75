//! The errors for mistakes in the tables of `Cargo.toml`.

use quote::quote;

use super::{TABLE, messages};

#[test]
fn the_error_for_a_mistake_in_a_table_names_the_key() {
    let message = |table: &str| {
        let input = quote!(
            #[config(workspace)]
            struct Config {
                table: String,
            }
        );
        let messages = messages("", table, input);
        assert_eq!(messages.len(), 1, "{messages:?}");
        messages.into_iter().next().unwrap()
    };
    for (table, expected) in [
        (
            "",
            "`workspace` takes the stages from Cargo.toml, which has none: write `template = \"/{app}/dev/{field}\"` into [workspace.metadata.stage.dev] of $ROOT/Cargo.toml",
        ),
        (
            "[workspace.metadata.stage.dev]\ntemplate = \"/dev/table\"",
            "`template` in [workspace.metadata.stage.dev] of $ROOT/Cargo.toml: without `{field}` every field would read the same value: write it as in `/payments/dev/{field}`",
        ),
        (
            "[workspace.metadata.stage.dev]\ntemplate = \"vault:{field}\"",
            "`template` in [workspace.metadata.stage.dev] of $ROOT/Cargo.toml: unknown scheme",
        ),
        (
            "[workspace.metadata.stage.dev]\ntemplate = [\"value:x\", \"/dev/{field}\"]",
            "`template` in [workspace.metadata.stage.dev] of $ROOT/Cargo.toml: a `value:` source is never missing",
        ),
        (
            "[workspace.metadata.stage.dev]\ntemplate = \"/dev/{field}\"\n[workspace.metadata.stage-config]\npreview = [\"pr-*\"]",
            "`preview` in [workspace.metadata.stage-config] of $ROOT/Cargo.toml sets which stages may use `fallback`, but no `fallback` is declared: write `fallback = \"/{app}/{stage}/{field}\"` into the same table, or `#[stage(fallback = \"…\")]` on the struct",
        ),
        (
            "[workspace.metadata.stage.dev]\ntemplat = \"/dev/{field}\"",
            "unknown key `templat` in [workspace.metadata.stage.dev] of $ROOT/Cargo.toml; expected one of",
        ),
        (
            "[workspace.metadata.stage-config]\nfallback = \"/x/{field}/{stge}\"",
            "`fallback` in [workspace.metadata.stage-config] of $ROOT/Cargo.toml: unknown placeholder",
        ),
    ] {
        let message = message(table);
        assert!(message.starts_with(expected), "{message}");
    }
    let app = messages(
        "[package.metadata.stage]\napp = \"a b\"",
        TABLE,
        quote!(
            #[config(workspace)]
            struct Config {
                table: String,
            }
        ),
    );
    assert_eq!(
        app,
        [
            "`app` in [package.metadata.stage] of $ROOT/a/Cargo.toml: `a b` is used as a level of addresses, where ' ' is not allowed"
        ]
    );
}

#[test]
fn the_error_for_a_visible_secret_names_the_key_of_its_template() {
    let table = "[workspace.metadata.stage.dev]\ntemplate = \"env:{field}\"";
    let input = quote!(
        #[config(workspace)]
        struct Config {
            #[config(secret)]
            key: String,
        }
    );
    let messages = messages("", table, input);
    assert!(
        messages[0]
            .starts_with("`key` is a secret, and `template` in [workspace.metadata.stage.dev]"),
        "{messages:?}"
    );
}
