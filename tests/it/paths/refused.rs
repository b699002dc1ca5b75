//! Paths that the role must not read, paths without parameters, keys and values that do not fit the
//! map, and values of another account.

use stage_config::FailureKind;

use super::*;
use crate::support::load::{assert_failure, expect_error, expect_failure};
use crate::support::scripted::Answer;

#[tokio::test]
async fn the_error_of_a_denied_path_names_the_action_for_paths() {
    let arn = "arn:aws:ssm:eu-west-1:123456789012:parameter/paths/limits";
    let endpoint = Endpoint::start(move |_| Answer::not_authorized("ssm:GetParametersByPath", arn));
    let failure = expect_failure(resolve::<Limits>(endpoint.url()).await);
    let grant = format!("allow `ssm:GetParametersByPath` on `{arn}`");
    let words = ["/paths/limits/*", grant.as_str()];
    assert_failure(&failure, "limits", FailureKind::Denied, &words);
}

#[tokio::test]
async fn the_error_of_a_missing_path_says_how_to_create_a_parameter() {
    let failure = expect_failure(resolve::<Limits>(start(Parameters::default()).url()).await);
    let words = [
        "/paths/limits/*",
        "aws ssm put-parameter --name '/paths/limits/<KEY>'",
    ];
    assert_failure(&failure, "limits", FailureKind::Missing, &words);
}

#[tokio::test]
async fn the_error_of_a_wrong_value_names_its_parameter_and_shows_no_value() {
    let parameters = Parameters::texts([
        ("/paths/limits/a", "1"),
        ("/paths/limits/max/users", "planted-4f2a"),
        ("/paths/limits/z", "3"),
    ]);
    let error = expect_error(resolve::<Limits>(start(parameters).url()).await);
    let words = [
        "/paths/limits/*",
        "expected a whole number from 0 to 65535",
        "(the parameter `max/users` of the path)",
        "store a whole number from 0 to 65535 in /paths/limits/max/users",
    ];
    let failure = &error.failures()[0];
    assert_failure(failure, "limits", FailureKind::Undecodable, &words);
    assert!(!format!("{error} {error:?}").contains("4f2a"), "{error}");
}

#[tokio::test]
async fn the_help_for_a_wrong_parameter_keeps_the_region_of_the_path() {
    #[derive(StageConfig)]
    #[allow(dead_code)]
    struct Regional {
        #[stage(dev = "/paths/regional/*?region=eu-west-1")]
        limits: BTreeMap<String, u16>,
    }

    let parameters = Parameters::texts([("/paths/regional/max/users", "many")]);
    let failure = expect_failure(resolve::<Regional>(start(parameters).url()).await);
    let words = ["in /paths/regional/max/users?region=eu-west-1"];
    assert_failure(&failure, "limits", FailureKind::Undecodable, &words);
}

#[tokio::test]
async fn the_error_of_a_wrong_part_of_a_value_names_its_parameter() {
    #[derive(StageConfig)]
    #[allow(dead_code)]
    struct Nested {
        #[stage(dev = "/paths/nested/*")]
        nested: BTreeMap<String, BTreeMap<String, u8>>,
    }

    let parameters = Parameters::texts([
        ("/paths/nested/a", "{\"b\": 1}"),
        ("/paths/nested/wrong", "{\n  \"b\": 1,\n  \"c\": 256\n}"),
        ("/paths/nested/z", "{}"),
    ]);
    let failure = expect_failure(resolve::<Nested>(start(parameters).url()).await);
    let words = ["(the parameter `wrong` of the path)"];
    assert_failure(&failure, "nested", FailureKind::Undecodable, &words);
}

#[tokio::test]
async fn the_error_of_a_wrong_item_of_a_list_names_its_parameter() {
    #[derive(StageConfig)]
    #[allow(dead_code)]
    struct Lists {
        #[stage(dev = "/paths/lists/*")]
        lists: BTreeMap<String, Vec<u16>>,
        #[stage(dev = "/paths/ports/*")]
        ports: BTreeMap<u16, BTreeMap<String, Vec<u16>>>,
    }

    let lists = |b: &str| {
        Parameters::texts([("/paths/lists/a", "[1]"), ("/paths/lists/b", b)])
            .with("/paths/ports/1", Parameter::text("{\"a\": [1]}"))
    };
    for b in ["[10,20,30,\"x\"]", "x", "!"] {
        let failure = expect_failure(resolve::<Lists>(start(lists(b)).url()).await);
        let words = ["(the parameter `b` of the path)"];
        assert_failure(&failure, "lists", FailureKind::Undecodable, &words);
    }
    let wrong_key = lists("").with("/paths/ports/x", Parameter::text("{}"));
    let failure = expect_failure(resolve::<Lists>(start(wrong_key).url()).await);
    let words = ["(the parameter `x` of the path)"];
    assert_failure(&failure, "ports", FailureKind::Undecodable, &words);
}

#[tokio::test]
async fn two_keys_that_are_equal_in_the_map_are_refused() {
    #[derive(StageConfig)]
    #[allow(dead_code)]
    struct Numbered {
        #[stage(dev = "/paths/numbered/*")]
        numbered: BTreeMap<u16, String>,
    }

    let parameters = Parameters::texts([("/paths/numbered/1", "a"), ("/paths/numbered/01", "b")]);
    let failure = expect_failure(resolve::<Numbered>(start(parameters).url()).await);
    let words = ["two entries have the same key"];
    assert_failure(&failure, "numbered", FailureKind::Undecodable, &words);
}

#[tokio::test]
async fn a_value_of_another_account_is_refused() {
    #[derive(StageConfig)]
    #[config(account(dev = "123456789012"))]
    #[allow(dead_code)]
    struct Guarded {
        #[stage(dev = "/paths/limits/*")]
        limits: BTreeMap<String, u16>,
    }

    let parameters = Parameters::default().with(
        "/paths/limits/max",
        Parameter::text("1").in_account("210987654321"),
    );
    let failure = expect_failure(resolve::<Guarded>(start(parameters).url()).await);
    let words = ["210987654321"];
    assert_failure(&failure, "limits", FailureKind::WrongAccount, &words);
}
