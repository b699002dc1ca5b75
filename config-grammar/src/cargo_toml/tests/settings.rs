//! Reads the settings of stages from the tables in `Cargo.toml`.

use super::{Files, new_package};
use crate::cargo_toml::{CargoSettings, StageKey};

/// Reads the settings of the package `a`. `package` is the end of the package's `Cargo.toml`, and
/// `workspace` the end of the workspace's `Cargo.toml`.
fn read(package: &str, workspace: &str) -> Result<CargoSettings, Vec<String>> {
    let files = Files::new(&[
        ("", &format!("[workspace]\nmembers = [\"a\"]\n{workspace}")),
        ("a", &new_package("a", package)),
    ]);
    CargoSettings::read(&files.read("a")).map_err(|mistakes| {
        let root = files.0.path().to_str().expect("a name in ASCII");
        mistakes
            .iter()
            .map(|mistake| mistake.replace(root, ""))
            .collect()
    })
}

#[test]
fn the_package_has_priority_over_its_workspace() {
    let settings = read(
        "[package.metadata.stage]\napp = \"shop\"\nfunction = \"shop-{stage}\"\n\
         [package.metadata.stage.dev]\ntemplate = \"/mine/{field}\"\n\
         [package.metadata.stage.\"p*\"]\nkms_key = \"any\"\n\
         [package.metadata.stage.\"pr-*\"]\nkms_key = \"preview\"\n\
         [package.metadata.stage-config]\nfallback = \"/mine/dev/{field}\"",
        "[workspace.metadata.stage]\n\
         dev = { template = [\"/{app}/dev/{field}\", \"/shared/{field}\"], account = \"111122223333\" }\n\
         prod = { template = \"/{app}/prod/{field}\", region = \"eu-west-1\", kms_key = \"prod\" }\n\
         \"pr-*\" = { kms_key = \"far\", profile = \"preview\" }\n\
         [workspace.metadata.stage-config]\n\
         fallback = [\"/{app}/{stage}/{field}\"]\npreview = [\"pr-*\"]\nstage_var = \"STAGE\"\n\
         [workspace.metadata.other]\nkey = 1",
    )
    .unwrap();
    let text = |stage, key| settings.find_text(stage, key).map(|(_, text)| text);
    let template = |stage| {
        settings
            .find_template(stage)
            .map(|(_, templates)| templates.to_vec())
    };
    assert_eq!(settings.stage_names(), ["dev", "prod"]);
    assert_eq!(settings.app().map(|(_, app)| app), Some("shop"));
    assert_eq!(template("dev").unwrap(), ["/mine/{field}"]);
    assert_eq!(template("prod").unwrap(), ["/{app}/prod/{field}"]);
    assert_eq!(
        text("dev", StageKey::Account),
        Some("111122223333"),
        "the account is in the table of the workspace"
    );
    assert_eq!(
        text("prod", StageKey::KmsKey),
        Some("prod"),
        "a name has priority over a pattern"
    );
    assert_eq!(
        text("pr-1", StageKey::KmsKey),
        Some("preview"),
        "the longer pattern has priority, and the package over its workspace"
    );
    assert_eq!(
        text("pr-1", StageKey::Profile),
        Some("preview"),
        "the profile is in the table of the workspace"
    );
    assert_eq!(text("pilot", StageKey::KmsKey), Some("any"));
    assert_eq!(text("dev", StageKey::RoleArn), None);
    assert_eq!(settings.fallback().unwrap().1, ["/mine/dev/{field}"]);
    assert_eq!(settings.preview().unwrap().1, ["pr-*"]);
    assert_eq!(settings.stage_var().unwrap().1, "STAGE");
    assert_eq!(
        settings
            .stage_var()
            .unwrap()
            .0
            .to_string()
            .rsplit('/')
            .next(),
        Some("Cargo.toml")
    );
}

#[test]
fn files_without_a_table_of_a_stage_have_no_settings() {
    let settings = read("", "[workspace.metadata.other]\nkey = 1").unwrap();
    assert!(settings.is_empty());
    assert!(settings.stage_names().is_empty());
    assert!(!read("[package.metadata.stage.dev]", "").unwrap().is_empty());
}

#[test]
fn every_mistake_names_its_file_and_table() {
    for (package, workspace, expected) in [
        (
            "",
            "[workspace.metadata.stage.prod]\nkms-key = \"x\"",
            "unknown key `kms-key` in [workspace.metadata.stage.prod] of /Cargo.toml; expected one of `template`, `account`, `region`, `profile`, `role_arn`, `kms_key`; did you mean `kms_key`?",
        ),
        (
            "[package.metadata.stage.prod]\nkms_key = 1",
            "",
            "`kms_key` in [package.metadata.stage.prod] of /a/Cargo.toml is not a string",
        ),
        (
            "[package.metadata.stage.prod]\nregion = \"\"",
            "",
            "`region` in [package.metadata.stage.prod] of /a/Cargo.toml is empty",
        ),
        (
            "[package.metadata.stage]\nprod = \"x\"",
            "",
            "unexpected `prod` in [package.metadata.stage] of /a/Cargo.toml: a stage is a table with the keys of its settings",
        ),
        (
            "[package.metadata]\nstage = 1",
            "",
            "[package.metadata.stage] of /a/Cargo.toml is not a table",
        ),
        (
            "",
            "[workspace.metadata.stage]\napp = \"x\"",
            "unexpected `app` in [workspace.metadata.stage] of /Cargo.toml: write it into [package.metadata.stage] of a package",
        ),
        (
            "",
            "[workspace.metadata.stage]\nfallback = [\"/x/{field}\"]",
            "unexpected `fallback` in [workspace.metadata.stage] of /Cargo.toml: write it into [workspace.metadata.stage-config]",
        ),
        (
            "",
            "[workspace.metadata.stage]\naccount = \"1\"",
            "unexpected `account` in [workspace.metadata.stage] of /Cargo.toml: it belongs in the table of a stage, such as `prod`",
        ),
        (
            "",
            "[workspace.metadata.stage.fallback]",
            "[workspace.metadata.stage.fallback] of /Cargo.toml: `fallback` cannot be the name of a stage, because it has a special meaning; write `fallback = [\"…\"]` into the table `stage-config`",
        ),
        (
            "",
            "[workspace.metadata.stage.\"eu/prod\"]",
            "[workspace.metadata.stage.\"eu/prod\"] of /Cargo.toml: the name of a stage may contain only ASCII letters, digits, `_`, `.` and `-`, not '/'",
        ),
        (
            "",
            "[workspace.metadata.stage.\"\"]",
            "[workspace.metadata.stage.\"\"] of /Cargo.toml: the name of a stage is empty",
        ),
        (
            "",
            "[workspace.metadata.stage.\"pr-*\"]\ntemplate = \"/x/{field}\"",
            "`template` in [workspace.metadata.stage.\"pr-*\"] of /Cargo.toml: a table whose name has a `*` declares no stage; an undeclared stage uses `fallback` of the table `stage-config`",
        ),
        (
            "",
            "[workspace.metadata.stage.dev]\ntemplate = []",
            "`template` in [workspace.metadata.stage.dev] of /Cargo.toml: write it as in `template = \"/{app}/dev/{field}\"`, or as a list of such texts",
        ),
        (
            "",
            "[workspace.metadata.stage.dev]\ntemplate = \"\"",
            "`template` in [workspace.metadata.stage.dev] of /Cargo.toml is empty",
        ),
        (
            "",
            "[workspace.metadata.stage.dev]\ntemplate = [\"/a/{field}\", \"\"]",
            "`template` in [workspace.metadata.stage.dev] of /Cargo.toml: write it as in `template = \"/{app}/dev/{field}\"`, or as a list of such texts",
        ),
        (
            "",
            "[workspace.metadata.stage.dev]\ntemplate = [\"/a/{field}\", 1]",
            "`template` in [workspace.metadata.stage.dev] of /Cargo.toml: write it as in `template = \"/{app}/dev/{field}\"`, or as a list of such texts",
        ),
        (
            "",
            "[workspace.metadata.stage.dev]\ntemplate = [\"/a/{field}\", \"/a/{field}\"]",
            "`template` in [workspace.metadata.stage.dev] of /Cargo.toml: `/a/{field}` is given twice: keep one",
        ),
        (
            "",
            "[workspace.metadata.stage.dev]\naccount = \"12\"",
            "`account` in [workspace.metadata.stage.dev] of /Cargo.toml: expected the 12 digits of an AWS account ID, as in \"111122223333\"",
        ),
        (
            "",
            "[workspace.metadata.stage-config]\npreviews = [\"pr-*\"]",
            "unknown key `previews` in [workspace.metadata.stage-config] of /Cargo.toml; expected one of `fallback`, `preview`, `stage_var`; did you mean `preview`?",
        ),
        (
            "",
            "[workspace.metadata.stage-config]\npreview = \"pr-*\"",
            "`preview` in [workspace.metadata.stage-config] of /Cargo.toml: write it as in `preview = [\"pr-*\"]`",
        ),
        (
            "",
            "[workspace.metadata.stage-config]\npreview = [\"pr/*\"]",
            "`preview` in [workspace.metadata.stage-config] of /Cargo.toml: `pr/*` is not a pattern for stage names, where `*` matches any text: the name of a stage may contain only ASCII letters, digits, `_`, `.` and `-`, not '/'",
        ),
        (
            "",
            "[workspace.metadata.stage-config]\nstage_var = \"STAGE_CONFIG_X\"",
            "`stage_var` in [workspace.metadata.stage-config] of /Cargo.toml: the environment variable `STAGE_CONFIG_X` begins with `STAGE_CONFIG_`, which stage-config reserves for its own variables: choose another name",
        ),
        (
            "",
            "[workspace.metadata.stage_config]\nfallback = []",
            "unknown table [workspace.metadata.stage_config] of /Cargo.toml: did you mean `stage-config`?",
        ),
        (
            "[package.metadata.stages.dev]\ntemplate = \"/dev/{field}\"",
            "",
            "unknown table [package.metadata.stages] of /a/Cargo.toml: did you mean `stage`?",
        ),
        (
            "[package.metadata.stage.Dev]",
            "[workspace.metadata.stage.dev]",
            "the stages of [package.metadata.stage.Dev] of /a/Cargo.toml and [workspace.metadata.stage.dev] of /Cargo.toml differ only in case: rename one of them",
        ),
    ] {
        assert_eq!(read(package, workspace).unwrap_err(), [expected]);
    }
}

#[test]
fn a_table_of_another_tool_is_ignored() {
    let other = "[package.metadata.stages]\ncount = 3\n[package.metadata.Stage.x]\nkey = \"1\"";
    assert!(read(other, "").unwrap().is_empty());
}

/// The priority of patterns must not depend on the order of the keys of the table, which cargo
/// features of `toml` change.
#[test]
fn patterns_of_the_same_length_apply_in_alphabetical_order() {
    for table in [
        "\"pr-*\" = { region = \"b\" }\n\"*-eu\" = { region = \"a\" }",
        "\"*-eu\" = { region = \"a\" }\n\"pr-*\" = { region = \"b\" }",
    ] {
        let settings = read("", &format!("[workspace.metadata.stage]\n{table}")).unwrap();
        let region = settings.find_text("pr-1-eu", StageKey::Region);
        assert_eq!(region.map(|(_, region)| region), Some("a"));
    }
}

#[test]
fn all_mistakes_are_reported_at_once() {
    let mistakes = read(
        "[package.metadata.stage.dev]\nregoin = \"x\"\nprofile = 1",
        "[workspace.metadata.stage.Prod!]\n[workspace.metadata.stage-config]\nfalback = 1",
    );
    // TOML allows no `!` in a bare key, so the file is not valid TOML, and its tables cannot be
    // checked.
    assert!(mistakes.unwrap_err()[0].contains("is not valid TOML"));
    let mistakes = read(
        "[package.metadata.stage.dev]\nregoin = \"x\"\nprofile = 1",
        "[workspace.metadata.stage-config]\nfalback = 1",
    )
    .unwrap_err();
    assert_eq!(mistakes.len(), 3, "{mistakes:?}");
}
