//! Scripted answers of Parameter Store: denials, errors, invalid answers, and missing parameters.

use std::time::Duration;

use stage_config::{ErrorKind, ExposeSecret, FailureKind, Loaded, SecretString, StageConfig};

use crate::support::load::{assert_failure, expect_error, expect_failure, loader, resolve};
use crate::support::scripted::{Answer, Endpoint, Parameter, Parameters, Request};

mod answers;
mod denied;
mod missing;
mod retries;

#[derive(StageConfig)]
#[stage(dev = "/faults/{field}")]
struct One {
    a: String,
}

fn create_one_parameter() -> Parameters {
    Parameters::texts([("/faults/a", "the value of a")])
}

/// Starts an endpoint that gives `answer` to the first `count` requests, and correct answers
/// afterwards.
fn start_failing_first(count: usize, answer: Answer) -> Endpoint {
    Endpoint::start(move |request| {
        if request.index < count {
            answer.clone()
        } else {
            create_one_parameter().answer(request)
        }
    })
}

/// Starts an endpoint that always gives this answer.
fn start_answering(answer: Answer) -> Endpoint {
    Endpoint::start(move |_| answer.clone())
}
