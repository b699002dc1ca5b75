use aws_sdk_ssm::error::{DisplayErrorContext, SdkError};
use aws_sdk_ssm::operation::get_parameters::{GetParametersError, GetParametersOutput};

use super::*;
use crate::support::aws;

type GetResult = Result<GetParametersOutput, SdkError<GetParametersError>>;

#[allow(clippy::result_large_err, reason = "the SDK's own error, in a test")]
async fn get(endpoint: &Endpoint, names: &[&str]) -> GetResult {
    let names = names.iter().map(|name| (*name).to_owned()).collect();
    aws::client(endpoint.url())
        .get_parameters()
        .set_names(Some(names))
        .with_decryption(true)
        .send()
        .await
}

fn error_text(result: GetResult) -> String {
    format!(
        "{}",
        DisplayErrorContext(result.expect_err("the answer is not a success"))
    )
}

fn create_one_parameter() -> Parameters {
    Parameters::texts([("/a", "the value of a")])
}

#[tokio::test]
async fn the_endpoint_returns_parameters_like_the_service() {
    let parameters = create_one_parameter()
        .with("/b:3", Parameter::secure("b"))
        .with("/c", Parameter::list("1,2").in_account("999"));
    let endpoint = Endpoint::with_parameters(parameters);
    let output = get(&endpoint, &["/a", "/b:3", "/c", "/d"])
        .await
        .expect("a good answer");
    assert_eq!(output.invalid_parameters(), ["/d"]);

    let [c, b, a] = output.parameters() else {
        panic!("expected three parameters, in another order: {output:?}")
    };
    assert_eq!(
        (a.name(), a.value(), a.selector()),
        (Some("/a"), Some("the value of a"), None)
    );
    assert_eq!(
        (b.name(), b.value(), b.selector()),
        (Some("/b"), Some("b"), Some(":3"))
    );
    assert_eq!(c.arn(), Some("arn:aws:ssm:eu-west-1:999:parameter/c"));

    let requests = endpoint.requests();
    let [request] = &requests[..] else {
        panic!("one request is expected: {requests:?}")
    };
    assert_eq!(
        (request.index, request.operation.as_str(), request.in_flight),
        (0, "GetParameters", 1)
    );
    assert_eq!(
        (request.line.as_str(), request.service.as_str()),
        ("POST /", "AmazonSSM")
    );
    assert_eq!(request.names, ["/a", "/b:3", "/c", "/d"]);
    assert_eq!(request.body["WithDecryption"], true);
    assert!(
        request
            .header("authorization")
            .is_some_and(|header| header.starts_with("AWS4-HMAC-SHA256"))
    );
    assert_eq!((endpoint.most_in_flight(), endpoint.in_flight()), (1, 0));
}

#[tokio::test]
async fn the_endpoint_refuses_invalid_requests_like_the_service() {
    let endpoint = Endpoint::with_parameters(create_one_parameter());
    for (names, fault) in [
        (vec!["/a"; 11], "length"),
        (vec![], "length"),
        (vec!["/a", "/a"], "duplicates"),
    ] {
        let text = error_text(get(&endpoint, &names).await);
        assert!(
            text.contains("ValidationException") && text.contains(fault),
            "{text}"
        );
    }
}

#[tokio::test]
async fn scripted_errors_reach_the_client() {
    for (answer, words) in [
        (Answer::throttled(), "ThrottlingException"),
        (Answer::denied("/a"), "parameter/a because"),
        (Answer::internal_error(), "InternalServerError"),
        (Answer::expired_token(), "ExpiredTokenException"),
        (
            Answer::Whole {
                status: 200,
                body: "{ no JSON".into(),
            },
            "ResponseError",
        ),
    ] {
        let endpoint = Endpoint::start(move |_| answer.clone());
        let text = error_text(get(&endpoint, &["/a"]).await);
        assert!(
            text.to_lowercase().contains(&words.to_lowercase()) || text.contains(words),
            "{words}: {text}"
        );
    }
}

#[tokio::test]
async fn cut_off_reset_slow_and_absent_answers_are_given() {
    let good_body = |request: &Request| create_one_parameter().answer(request).into_body();
    let cut_off = Endpoint::start(move |request| Answer::CutOff {
        body: good_body(request),
    });
    let text = error_text(get(&cut_off, &["/a"]).await);
    assert!(
        text.contains("end of file before message length reached"),
        "{text}"
    );

    let reset = Endpoint::start(|_| Answer::Reset);
    let text = error_text(get(&reset, &["/a"]).await);
    assert!(text.contains("Connection reset"), "{text}");

    let pause = Duration::from_millis(1);
    let drips = Endpoint::start(move |request| Answer::Drips {
        body: good_body(request),
        pieces: 7,
        pause,
    });
    assert_eq!(
        get(&drips, &["/a"])
            .await
            .expect("the answer arrives")
            .parameters()
            .len(),
        1
    );

    for (answer, in_flight) in [
        (Answer::Hangs, 1),
        (Answer::Stalls { body: "{ }".into() }, 0),
    ] {
        let endpoint = Endpoint::start(move |_| answer.clone());
        tokio::select! {
            result = get(&endpoint, &["/a"]) => panic!("no answer is expected: {result:?}"),
            () = async { endpoint.wait_for_arrivals(1).await; tokio::task::yield_now().await } => {}
        }
        assert!(endpoint.requests()[0].in_flight >= in_flight);
        endpoint.wait_until_idle().await;
    }
}

#[tokio::test]
async fn concurrent_calls_are_answered() {
    let endpoint =
        Endpoint::start(|request| create_one_parameter().answer(request).wait_for_calls(3));
    let (a, b, c) = tokio::join!(
        get(&endpoint, &["/a"]),
        get(&endpoint, &["/b"]),
        get(&endpoint, &["/c"])
    );
    assert!(a.is_ok() && b.is_ok() && c.is_ok());
    assert_eq!(
        (endpoint.most_in_flight(), endpoint.names()),
        (3, vec!["/a".into(), "/b".into(), "/c".into()])
    );
}

#[tokio::test]
#[should_panic(expected = "at most 1 of 2 calls were in flight at once")]
async fn sequential_calls_fail_a_test_of_concurrency() {
    let timeout = Duration::from_millis(20);
    let endpoint = Endpoint::start_with_timeout(timeout, |request| {
        create_one_parameter().answer(request).wait_for_calls(2)
    });
    assert!(get(&endpoint, &["/a"]).await.is_ok());
}
