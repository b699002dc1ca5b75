//! Fallback sources: `check` warns if production is the only declared stage that reads such a
//! source. If a preview stage falls back to the source of a declared stage, the help for the
//! preview stage names the declared stage. For the preview stage, `set`, `rm` and `rollback` refuse
//! to change the value.

use serde_json::Value;
use stage_config::{SecretString, StageConfig};

use super::{parse_json, run};
use crate::support::endpoint::{Endpoint, Parameters, Secrets};
use crate::support::package::Package;

#[derive(StageConfig)]
#[stage(dev = "/it-fallback/dev/{field}", prod = "/it-fallback/prod/{field}", "live-eu" = "/it-fallback/live/{field}")]
#[stage(fallback = ["/it-fallback/{stage}/{field}", "/it-fallback/dev/{field}"])]
#[config(schemes("vault"))]
#[allow(dead_code, reason = "only its schema is used")]
struct Mistaken {
    /// The source of production is the second candidate of the fallback chain.
    #[stage(dev, prod, "live-eu", fallback = ["/it-fallback/{stage}/chained", "/it-fallback/prod/chained"])]
    chained: String,
    /// The fallback source is the ARN of one version of the parameter that `chained` reads in
    /// `prod`.
    #[stage(dev, prod, "live-eu")]
    #[stage(fallback = "arn:aws:ssm:eu-west-1:111122223333:parameter/it-fallback/prod/chained:3")]
    of_another_field: String,
    /// The fallback source is another key of the secret that production reads.
    #[stage(dev = "secret:it-fallback/dev#a", prod = "secret:it-fallback/prod#a", "live-eu" = "secret:it-fallback/live#a")]
    #[stage(fallback = "secret:it-fallback/prod#b")]
    key: SecretString,
    /// The fallback source reads, through Parameter Store, the secret that `key` reads in
    /// `live-eu`.
    #[stage(
        dev,
        prod,
        "live-eu",
        fallback = "/aws/reference/secretsmanager/it-fallback/live"
    )]
    bridged: SecretString,
    #[stage(dev = "vault:dev", prod = "vault:prod", "live-eu" = "vault:live", fallback = "vault:prod")]
    of_vault: Option<String>,
    #[config(nested)]
    mail: Mail,
}

#[derive(StageConfig)]
#[config(inherit)]
#[allow(dead_code, reason = "only its schema is used")]
struct Mail {
    #[stage(
        dev,
        prod,
        "live-eu",
        fallback = "/it-fallback/prod/mail/host?region=eu-west-1"
    )]
    host: String,
}

/// No fallback source of this configuration belongs to production alone.
#[derive(StageConfig)]
#[stage(dev = "/it-fallback/dev/{field}", prod = "/it-fallback/prod/{field}")]
#[stage(fallback = ["/it-fallback/{stage}/{field}", "/it-fallback/dev/{field}"])]
#[allow(dead_code, reason = "only its schema is used")]
struct Sound {
    table: String,
    /// All stages read this source.
    #[stage(all = "/it-fallback/shared")]
    shared: String,
    /// Both dev and prod read the fallback source.
    #[stage(
        dev = "/it-fallback/both",
        prod = "/it-fallback/both",
        fallback = "/it-fallback/both"
    )]
    both: String,
    /// Each deployment sets its own variables, so a variable belongs to no stage.
    #[stage(dev = "env:DEV", prod = "env:PROD", fallback = "env:PROD")]
    variable: Option<String>,
    /// The text of a `value:` source belongs to no stage.
    #[stage(dev = "value:a", prod = "value:b", fallback = "value:b")]
    literal: String,
    /// The same name in another region is another parameter.
    #[stage(
        dev,
        prod = "/it-fallback/far?region=us-east-1",
        fallback = "/it-fallback/far?region=eu-west-1"
    )]
    far: String,
    /// Only previews read the fallback source.
    #[stage(dev, prod, fallback = "/it-fallback/previews/own")]
    own: String,
}

const UNREACHABLE: &str = "http://127.0.0.1:1";

fn warnings<T: StageConfig>(arguments: &[&str]) -> Vec<(String, String)> {
    let arguments = [&["--offline", "--json"], arguments].concat();
    let json =
        parse_json(&run::<T>(&Package::new(""), "check", UNREACHABLE, &arguments).assert_code(0));
    let all = json["warnings"]
        .as_array()
        .unwrap_or_else(|| panic!("{json}"));
    let text = |warning: &Value, key: &str| warning[key].as_str().expect("a text").to_owned();
    all.iter()
        .map(|warning| (text(warning, "kind"), text(warning, "detail")))
        .collect()
}

#[test]
fn every_check_warns_of_fallback_sources_that_only_production_reads() {
    let expected = [
        ("chained", "/it-fallback/prod/chained", "prod"),
        (
            "of_another_field",
            "arn:aws:ssm:eu-west-1:111122223333:parameter/it-fallback/prod/chained:3",
            "prod",
        ),
        ("key", "secret:it-fallback/prod#b", "prod"),
        (
            "bridged",
            "/aws/reference/secretsmanager/it-fallback/live",
            "live-eu",
        ),
        ("of_vault", "vault:prod", "prod"),
        (
            "mail.host",
            "/it-fallback/prod/mail/host?region=eu-west-1",
            "prod",
        ),
    ];
    let expected = expected.map(|(field, source, stage)| {
        let detail = format!(
            "the fallback sources of `{field}` include {source}; of the declared stages, only \
             production reads it: `{stage}`"
        );
        ("production_fallback".to_owned(), detail)
    });
    for arguments in [&[][..], &["--stage", "dev"], &["--stage", "pr-7"]] {
        assert_eq!(warnings::<Mistaken>(arguments), expected, "{arguments:?}");
    }
    assert_eq!(warnings::<Sound>(&[]), []);
}

#[test]
fn the_text_output_warns_of_fallback_sources_that_only_production_reads() {
    let ran = run::<Mistaken>(
        &Package::new(""),
        "check",
        UNREACHABLE,
        &["--offline", "--stage", "dev"],
    )
    .assert_code(0);
    let ran = ran.assert_stderr("warnings: 6");
    assert!(
        ran.stdout.contains(
            "warning: the fallback sources of `chained` include /it-fallback/prod/chained"
        ),
        "{}",
        ran.stdout
    );
    assert!(
        ran.stdout
            .contains("help: set `fallback` of `chained` to a source that no other stage reads"),
        "{}",
        ran.stdout
    );
}

#[derive(StageConfig)]
#[stage(dev = "/it-preview/dev/{field}", fallback = "/it-preview/dev/{field}")]
#[allow(dead_code, reason = "only its schema is used")]
struct Previewed {
    table: String,
    #[stage(dev, fallback = "/it-preview/{stage}/own")]
    own: String,
}

/// `set` refuses to write the value of a declared stage through a preview stage, so the help must
/// name the declared stage.
#[test]
fn the_help_for_a_preview_names_the_stage_that_owns_the_source() {
    let endpoint = Endpoint::start_with(Parameters::default(), Secrets::default());
    for (verb, arguments) in [
        ("check", &["--stage", "pr-7"][..]),
        ("export", &["--stage", "pr-7"]),
        ("get", &["table", "--stage", "pr-7"]),
        ("copy", &["pr-7", "dev", "table"]),
    ] {
        let ran = run::<Previewed>(&Package::new(""), verb, &endpoint.url, arguments);
        let text = ran.stdout + &ran.stderr;
        assert!(text.contains("cargo stage set table --stage dev"), "{text}");
        if verb == "check" {
            assert!(text.contains("cargo stage set own --stage pr-7"), "{text}");
        }
    }
}

#[test]
fn a_write_through_a_preview_is_refused_and_the_help_names_the_declared_stage() {
    for verb in ["set", "rm", "rollback"] {
        let arguments = ["table", "--stage", "pr-7"];
        run::<Previewed>(&Package::new(""), verb, UNREACHABLE, &arguments)
            .assert_code(1)
            .assert_stderr("the stage `dev` reads `/it-preview/dev/table`, and `pr-7` only falls")
            .assert_stderr(&format!("cargo stage {verb} table --stage dev"));
    }
}

/// In another region, the same name is another parameter, which the declared stage does not read.
#[test]
fn the_help_for_a_preview_in_another_region_names_the_preview() {
    let package = Package::new(
        "[package.metadata.stage.\"pr-*\"]\nregion = \"us-east-1\"\n\n\
         [package.metadata.stage.dev]\nregion = \"eu-central-1\"\n",
    );
    let endpoint = Endpoint::start_with(Parameters::default(), Secrets::default());
    let ran = run::<Previewed>(&package, "check", &endpoint.url, &["--stage", "pr-7"]);
    let help = "cargo stage set table --stage pr-7";
    assert!(ran.stdout.contains(help), "{}", ran.stdout);
}
