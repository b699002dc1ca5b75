//! Calls with a name that the policy does not grant, or that is invalid. AWS then refuses the whole
//! call.

use super::*;

/// Defines a struct with the fields `a` to `h` and the given ones. Together their sources have ten
/// names, which one call requests.
macro_rules! ten {
    ($name:ident, $($chain:tt)*) => {
        #[derive(StageConfig)]
        #[stage(dev = "/faults/{field}")]
        #[allow(dead_code)]
        struct $name {
            a: String,
            b: String,
            c: String,
            d: String,
            e: String,
            f: String,
            g: String,
            h: String,
            $($chain)*
        }
    };
}

fn create_ten_parameters() -> Parameters {
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    names.into_iter().fold(Parameters::default(), |all, name| {
        all.with(&format!("/faults/{name}"), Parameter::text(name))
    })
}

fn start_denying(names: &'static [&'static str]) -> Endpoint {
    Endpoint::start(move |request| create_ten_parameters().answer_denying(names, request))
}

#[tokio::test]
async fn one_denied_name_fails_only_its_field() {
    ten! { Ten, i: String, j: String }
    let endpoint = start_denying(&["/faults/d"]);
    let failure = expect_failure(resolve::<Ten>(endpoint.url()).await);
    let words = [
        "/faults/d",
        "allow `ssm:GetParameters` on `arn:aws:ssm:",
        "parameter/faults/d`",
    ];
    assert_failure(&failure, "d", FailureKind::Denied, &words);
    let sizes: Vec<_> = endpoint
        .requests()
        .iter()
        .map(|request| request.names.len())
        .collect();
    assert_eq!(
        sizes,
        [vec![10], vec![1; 10]].concat(),
        "one call for all names, then one for each"
    );
}

#[tokio::test]
async fn a_denied_candidate_after_the_winner_is_ignored() {
    ten! { Chain, #[stage(dev = ["/faults/i", "/faults/j"])] i: String }
    let endpoint = start_denying(&["/faults/j"]);
    let Loaded { config, report, .. } = resolve::<Chain>(endpoint.url())
        .await
        .expect("the first candidate is found");
    assert_eq!(
        (config.a.as_str(), config.h.as_str(), config.i.as_str()),
        ("a", "h", "i")
    );
    assert!(report.is_complete(), "{report}");
}

#[tokio::test]
async fn a_denied_candidate_before_the_winner_is_an_error() {
    ten! { Chain, #[stage(dev = ["/faults/i", "/faults/j"])] i: String }
    let endpoint = start_denying(&["/faults/i"]);
    let failure = expect_failure(resolve::<Chain>(endpoint.url()).await);
    assert_failure(
        &failure,
        "i",
        FailureKind::Denied,
        &["/faults/i", "ssm:GetParameters"],
    );
}

#[tokio::test]
async fn a_denied_candidate_after_a_missing_one_is_an_error() {
    ten! { Chain, #[stage(dev = ["/faults/none", "/faults/j"])] i: Option<String> }
    let endpoint = start_denying(&["/faults/j"]);
    let failure = expect_failure(resolve::<Chain>(endpoint.url()).await);
    assert_failure(&failure, "i", FailureKind::Denied, &["/faults/j"]);
}

#[tokio::test]
async fn a_denied_optional_value_is_an_error() {
    #[derive(StageConfig)]
    #[stage(dev = "/faults/{field}")]
    #[allow(dead_code)]
    struct Optional {
        a: Option<String>,
        #[config(default = 1)]
        b: u8,
    }

    let endpoint = start_denying(&["/faults/a", "/faults/b"]);
    let error = expect_error(resolve::<Optional>(endpoint.url()).await);
    assert_eq!(error.kind(), ErrorKind::Unresolved);

    let [a, b] = error.failures() else {
        panic!("two failures are expected: {error}")
    };
    assert_failure(a, "a", FailureKind::Denied, &["/faults/a"]);
    assert_failure(b, "b", FailureKind::Denied, &["/faults/b"]);
}

#[tokio::test]
async fn an_invalid_name_fails_only_its_field() {
    ten! { Ten, i: String, j: String }
    let answer_refusing_c = |request: &Request| {
        let is_refused = request.asks_for("/faults/c");
        let fault = || {
            Answer::error(
                400,
                "ValidationException",
                "Parameter name: can't be prefixed with that",
            )
        };
        if is_refused {
            fault()
        } else {
            create_ten_parameters().answer(request)
        }
    };
    let endpoint = Endpoint::start(answer_refusing_c);
    let failure = expect_failure(resolve::<Ten>(endpoint.url()).await);
    assert_failure(&failure, "c", FailureKind::InvalidRequest, &["/faults/c"]);
}
