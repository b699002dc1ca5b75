use super::{Evidence::*, InitializationType::*, Platform, Platform::*, *};
use std::os::unix::ffi::OsStringExt;

type Variables<'a> = &'a [(&'a str, &'a str)];

fn detect(variables: Variables<'_>) -> Platform {
    Platform::detect(|name| {
        let variable = variables.iter().find(|(other, _)| *other == name);
        variable.map(|(_, value)| value.into())
    })
}

const NAME: (&str, &str) = (FUNCTION_NAME, "payments");
const API: (&str, &str) = (RUNTIME_API, "127.0.0.1:9001");
const ON_DEMAND: (&str, &str) = (INITIALIZATION_TYPE, "on-demand");

/// Returns some of the variables that Lambda sets. `more` adds variables or replaces them.
fn lambda<'a>(more: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut variables = vec![
        NAME,
        ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512"),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/payments"),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/11/29/[$LATEST]1"),
        ("AWS_EXECUTION_ENV", "AWS_Lambda_rust"),
        ("LAMBDA_TASK_ROOT", "/var/task"),
        ("LAMBDA_RUNTIME_DIR", "/var/runtime"),
        ("_HANDLER", "bootstrap"),
    ];
    variables.retain(|(name, _)| more.iter().all(|(other, _)| other != name));
    variables.extend(more);
    variables
}

/// Returns the variables that `cargo lambda watch` sets, with this address of the runtime API.
fn cargo_lambda(address: &str) -> Vec<(&str, &str)> {
    vec![
        NAME,
        ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "4096"),
        ("AWS_LAMBDA_MAX_CONCURRENCY", "1"),
        (RUNTIME_API, address),
    ]
}

/// A description of the variables, the variables, and the platform that they determine.
type Row<'a> = (&'a str, Vec<(&'a str, &'a str)>, Platform);

#[track_caller]
fn assert_table(table: &[Row<'_>]) {
    for (what, variables, expected) in table {
        assert_eq!(detect(variables), *expected, "{what}: {variables:?}");
    }
}

#[test]
fn variables_without_evidence_of_an_emulator_mean_lambda() {
    let typed = |text| lambda(&[API, (INITIALIZATION_TYPE, text)]);
    assert_table(&[
        ("on demand", typed("on-demand"), Lambda(OnDemand)),
        (
            "provisioned",
            typed("provisioned-concurrency"),
            Lambda(ProvisionedConcurrency),
        ),
        ("SnapStart", typed("snap-start"), Lambda(SnapStart)),
        (
            "managed instances",
            typed("lambda-managed-instances"),
            Lambda(ManagedInstances),
        ),
        ("a new type", typed("on-request"), Lambda(Unknown)),
        ("another case", typed("Snap-Start"), Lambda(Unknown)),
        ("an empty type", typed(""), Lambda(Unknown)),
        ("no type", lambda(&[API]), Lambda(Unknown)),
        ("no runtime API", lambda(&[]), Lambda(Unknown)),
        ("only the name", vec![NAME], Lambda(Unknown)),
        (
            "the Runtime Interface Emulator",
            lambda(&[API, ("AWS_LAMBDA_FUNCTION_NAME", "test_function")]),
            Lambda(Unknown),
        ),
        (
            "the proxy of an extension",
            lambda(&[ON_DEMAND, (RUNTIME_API, "127.0.0.1:9009")]),
            Lambda(OnDemand),
        ),
        (
            "the proxy of an extension, with a path",
            lambda(&[ON_DEMAND, (RUNTIME_API, "127.0.0.1:9009/proxy")]),
            Lambda(OnDemand),
        ),
        (
            "a path, and an empty type",
            lambda(&[
                (INITIALIZATION_TYPE, ""),
                (RUNTIME_API, "127.0.0.1:9001/.rt/payments"),
            ]),
            Lambda(Unknown),
        ),
    ]);
}

#[test]
fn the_variables_of_sam_local_mean_an_emulator_only_if_they_are_consistent() {
    let sam = |value, more: Variables<'static>| {
        let mut variables = lambda(&[(SAM_LOCAL, value)]);
        variables.extend(more);
        variables
    };
    let initialized = |kind| vec![NAME, (SAM_LOCAL, "true"), (INITIALIZATION_TYPE, kind)];
    assert_table(&[
        ("sam local", sam("true", &[ON_DEMAND]), Emulator(SamLocal)),
        (
            "with the emulator of the image",
            sam("true", &[API, ON_DEMAND]),
            Emulator(SamLocal),
        ),
        ("an older sam local", sam("true", &[]), Emulator(SamLocal)),
        ("True", sam("True", &[ON_DEMAND]), Lambda(OnDemand)),
        ("TRUE", sam("TRUE", &[ON_DEMAND]), Lambda(OnDemand)),
        ("1", sam("1", &[ON_DEMAND]), Lambda(OnDemand)),
        ("yes", sam("yes", &[ON_DEMAND]), Lambda(OnDemand)),
        ("a space", sam("true ", &[ON_DEMAND]), Lambda(OnDemand)),
        ("false", sam("false", &[ON_DEMAND]), Lambda(OnDemand)),
        ("empty", sam("", &[ON_DEMAND]), Lambda(OnDemand)),
        (
            "set on a function",
            initialized("snap-start"),
            Lambda(SnapStart),
        ),
        (
            "set on a function",
            initialized("provisioned-concurrency"),
            Lambda(ProvisionedConcurrency),
        ),
        (
            "set on a function",
            initialized("lambda-managed-instances"),
            Lambda(ManagedInstances),
        ),
        (
            "set on a function",
            initialized("on-request"),
            Lambda(Unknown),
        ),
        (
            "no function",
            vec![(SAM_LOCAL, "true"), ON_DEMAND],
            Elsewhere,
        ),
    ]);
}

#[test]
fn an_address_with_a_path_means_an_emulator_only_without_an_initialization_type() {
    for address in [
        "127.0.0.1:9001/.rt/payments",
        "http://127.0.0.1:9001/.rt/payments",
        "http://[::]:9000/.rt",
        "https://localhost:9000/.rt/payments",
        " http://127.0.0.1:9000//x/ ",
    ] {
        let variables = cargo_lambda(address);
        assert_eq!(detect(&variables), Emulator(RuntimeApiPath), "{address}");
        let lambda = lambda(&[ON_DEMAND, (RUNTIME_API, address)]);
        assert_eq!(detect(&lambda), Lambda(OnDemand), "{address}");
        assert_eq!(detect(&[(RUNTIME_API, address)]), Elsewhere, "{address}");
    }
    for address in [
        "",
        "/",
        "127.0.0.1:9001",
        "127.0.0.1:9001/",
        "127.0.0.1:9001//",
        "http://127.0.0.1:9001",
        "http://127.0.0.1:9001/",
        "https://[::1]:9001",
        "http://",
        "/.rt/payments",
        "http:///.rt/payments",
    ] {
        let variables = cargo_lambda(address);
        assert_eq!(detect(&variables), Lambda(Unknown), "{address}");
    }
}

#[test]
fn an_empty_function_name_is_set() {
    let empty = (FUNCTION_NAME, "");
    let watch = [empty, (RUNTIME_API, "127.0.0.1:9001/.rt/_")];
    assert_table(&[
        ("empty", vec![empty], Lambda(Unknown)),
        ("empty", lambda(&[empty, ON_DEMAND]), Lambda(OnDemand)),
        ("empty, watch", watch.to_vec(), Emulator(RuntimeApiPath)),
        (
            "empty, sam",
            vec![empty, (SAM_LOCAL, "true")],
            Emulator(SamLocal),
        ),
        ("nothing", vec![], Elsewhere),
        ("a laptop", vec![("HOME", "/home/me")], Elsewhere),
    ]);
}

/// In each case, one variable is not UTF-8. A name of the function counts as set, and any other
/// variable is no evidence of an emulator.
#[test]
fn a_text_that_is_not_utf8_is_no_evidence() {
    let not_utf8 = |name: &str, variables: Variables<'_>| {
        Platform::detect(|other| {
            let variable = variables.iter().find(|(one, _)| *one == other);
            if other == name {
                Some(OsString::from_vec(b"127.0.0.1:9001/\xff".to_vec()))
            } else {
                variable.map(|(_, value)| value.into())
            }
        })
    };
    let watch = [NAME, (RUNTIME_API, "127.0.0.1:9001/.rt/_")];
    assert_eq!(not_utf8(FUNCTION_NAME, &[]), Lambda(Unknown));
    assert_eq!(not_utf8(RUNTIME_API, &[NAME]), Lambda(Unknown));
    assert_eq!(not_utf8(SAM_LOCAL, &[NAME]), Lambda(Unknown));
    assert_eq!(not_utf8(INITIALIZATION_TYPE, &watch), Lambda(Unknown));
}

#[test]
fn the_default_timeout_fits_the_initialization() {
    for (platform, seconds) in [
        (Elsewhere, 8),
        (Emulator(SamLocal), 8),
        (Emulator(RuntimeApiPath), 8),
        (Lambda(OnDemand), 8),
        (Lambda(ProvisionedConcurrency), 8),
        (Lambda(Unknown), 8),
        (Lambda(SnapStart), 6),
        (Lambda(ManagedInstances), 30),
    ] {
        let timeout = platform.default_timeout();
        assert_eq!(timeout, Duration::from_secs(seconds), "{platform:?}");
    }
}

#[test]
fn the_evidence_names_its_variables() {
    assert_eq!(SamLocal.to_string(), "`AWS_SAM_LOCAL` is `true`");
    assert_eq!(
        RuntimeApiPath.to_string(),
        "`AWS_LAMBDA_RUNTIME_API` has a path and `AWS_LAMBDA_INITIALIZATION_TYPE` is not set"
    );
}

#[test]
fn a_platform_is_serialized_with_its_evidence_or_its_initialization() {
    for (platform, json) in [
        (Elsewhere, r#""elsewhere""#),
        (Emulator(SamLocal), r#"{"emulator":"sam_local"}"#),
        (
            Emulator(RuntimeApiPath),
            r#"{"emulator":"runtime_api_path"}"#,
        ),
        (Lambda(OnDemand), r#"{"lambda":"on-demand"}"#),
        (Lambda(SnapStart), r#"{"lambda":"snap-start"}"#),
        (
            Lambda(ManagedInstances),
            r#"{"lambda":"lambda-managed-instances"}"#,
        ),
        (Lambda(Unknown), r#"{"lambda":"unknown"}"#),
    ] {
        assert_eq!(serde_json::to_string(&platform).unwrap(), json);
    }
}
