//! Waves: the number of calls and their concurrency, two structs in one wave, loads from many
//! runtimes, and fields that need no call.

use std::collections::BTreeSet;

use stage_config::figment::providers::Serialized;
use stage_config::{Loaded, StageConfig};

use crate::support::load::{loader, resolve};
use crate::support::scripted::{Endpoint, Parameter, Parameters};
use crate::support::{aws, child};

macro_rules! thirty_seven {
    ($($field:ident)+) => {
        #[derive(StageConfig)]
        #[stage(dev = "/wave/{field}")]
        struct ThirtySeven { $($field: String),+ }
        const NAMES: &[&str] = &[$(concat!("/wave/", stringify!($field))),+];
        impl ThirtySeven {
            fn values(&self) -> Vec<&str> { vec![$(&self.$field),+] }
        }
    };
}
thirty_seven! {
    a0 a1 a2 a3 a4 a5 a6 a7 a8 a9 b0 b1 b2 b3 b4 b5 b6 b7 b8 b9 c0 c1 c2 c3 c4 c5 c6 c7 c8 c9 d0 d1 d2 d3 d4 d5 d6
}

fn create_all_parameters() -> Parameters {
    NAMES.iter().fold(Parameters::default(), |all, name| {
        all.with(name, Parameter::text(name))
    })
}

#[tokio::test]
async fn thirty_seven_fields_need_four_concurrent_calls() {
    let endpoint =
        Endpoint::start(|request| create_all_parameters().answer(request).wait_for_calls(4));
    let Loaded { config, report, .. } = resolve::<ThirtySeven>(endpoint.url())
        .await
        .expect("all values exist");
    assert_eq!(config.values(), NAMES);

    let mut sizes: Vec<_> = endpoint
        .requests()
        .iter()
        .map(|request| request.names.len())
        .collect();
    sizes.sort_unstable();
    assert_eq!((sizes, endpoint.most_in_flight()), (vec![7, 10, 10, 10], 4));

    let mut names = NAMES.to_vec();
    names.sort_unstable();
    assert_eq!(endpoint.names(), names, "each name must be requested once");
    assert_eq!(report.calls.len(), 4, "{report}");

    for request in endpoint.requests() {
        assert_eq!(
            (request.operation.as_str(), &request.body["WithDecryption"]),
            ("GetParameters", &true.into())
        );
    }
}

#[derive(StageConfig)]
#[stage(dev = "/wave/{field}")]
struct App {
    name: String,
    #[stage(dev = "/wave/shared")]
    shared: String,
    #[stage(dev = "/wave/json#user")]
    user: String,
}

#[derive(StageConfig)]
#[stage(dev = "/wave/mail/{field}")]
struct Mail {
    host: String,
    #[stage(dev = ["/wave/mail/shared", "/wave/shared"])]
    shared: String,
    #[stage(dev = "/wave/json#password")]
    password: String,
}

#[test]
fn two_structs_share_one_wave() {
    let texts = [
        ("/wave/name", "n"),
        ("/wave/shared", "s"),
        ("/wave/mail/host", "h"),
        ("/wave/json", r#"{"user":"u","password":"p"}"#),
    ];
    let endpoint = Endpoint::with_parameters(Parameters::texts(texts));
    child::run("wave::inner_two_structs", &aws::variables(endpoint.url())).assert_passed();
    let names = [
        "/wave/json",
        "/wave/mail/host",
        "/wave/mail/shared",
        "/wave/name",
        "/wave/shared",
    ];
    assert_eq!(
        (endpoint.names(), endpoint.requests().len()),
        (names.map(str::to_owned).to_vec(), 1)
    );
}

#[tokio::test]
async fn inner_two_structs() {
    if !child::is_inner("wave::inner_two_structs") {
        return;
    }
    let (app, mail) = stage_config::load!(App, Mail)
        .await
        .expect("all values exist");
    assert_eq!(
        (app.name.as_str(), app.shared.as_str(), app.user.as_str()),
        ("n", "s", "u")
    );
    assert_eq!(
        (
            mail.host.as_str(),
            mail.shared.as_str(),
            mail.password.as_str()
        ),
        ("h", "s", "p")
    );
    assert!(std::ptr::eq(app, App::get()) && std::ptr::eq(mail, Mail::get()));
}

#[test]
fn two_structs_fail_together() {
    let endpoint = Endpoint::with_parameters(Parameters::texts([
        ("/wave/name", "n"),
        ("/wave/shared", "s"),
    ]));
    child::run(
        "wave::inner_two_structs_fail",
        &aws::variables(endpoint.url()),
    )
    .assert_passed();
}

#[tokio::test]
async fn inner_two_structs_fail() {
    if !child::is_inner("wave::inner_two_structs_fail") {
        return;
    }
    let error = stage_config::load!(App, Mail)
        .await
        .err()
        .expect("some values are missing");
    let fields: BTreeSet<_> = error
        .failures()
        .iter()
        .map(stage_config::Failure::field)
        .collect();
    assert_eq!(
        fields,
        BTreeSet::from(["App.user", "Mail.host", "Mail.password"]),
        "{error}"
    );
    assert!(App::try_get().is_none() && Mail::try_get().is_none());
}

/// A pooled connection ends with the runtime that opened it, so a load must keep no connection for
/// the next load.
#[test]
fn loads_from_many_short_lived_runtimes_succeed() {
    let endpoint = Endpoint::with_parameters(Parameters::texts([
        ("/wave/name", "n"),
        ("/wave/shared", "s"),
        ("/wave/json", r#"{"user":"u"}"#),
    ]));
    child::run(
        "wave::inner_hundred_runtimes",
        &aws::variables(endpoint.url()),
    )
    .assert_passed();
    assert_eq!(endpoint.requests().len(), 100);
}

#[test]
fn inner_hundred_runtimes() {
    if !child::is_inner("wave::inner_hundred_runtimes") {
        return;
    }
    for _ in 0..100 {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        let config = runtime
            .block_on(App::loader().resolve())
            .expect("all values exist")
            .config;
        assert_eq!(config.name, "n");
    }
}

#[tokio::test]
async fn a_field_set_by_an_overrides_layer_is_not_fetched() {
    let endpoint = Endpoint::with_parameters(Parameters::texts([
        ("/wave/name", "n"),
        ("/wave/json", r#"{"user":"u"}"#),
    ]));
    let loader =
        loader::<App>(endpoint.url()).overrides(Serialized::global("shared", "from the override"));
    let config = loader.resolve().await.expect("all values exist").config;
    assert_eq!(
        (config.shared.as_str(), config.name.as_str()),
        ("from the override", "n")
    );
    assert_eq!(endpoint.names(), ["/wave/json", "/wave/name"]);
}

/// The child's environment has no AWS settings: no region and no credentials.
#[test]
fn clients_are_created_only_if_needed() {
    child::run(
        "wave::inner_without_aws",
        &[("stage", "dev"), ("WAVE_LEVEL", "debug")],
    )
    .assert_passed();
}

#[tokio::test]
async fn inner_without_aws() {
    #[derive(StageConfig)]
    struct Plain {
        #[stage(dev = "env:WAVE_LEVEL")]
        level: String,
        #[stage(dev = "value:literal {braces} # and all")]
        literal: String,
    }

    if !child::is_inner("wave::inner_without_aws") {
        return;
    }

    let plain = Plain::load().await.expect("AWS is not needed");
    assert_eq!(
        (plain.level.as_str(), plain.literal.as_str()),
        ("debug", "literal {braces} # and all")
    );
}
