//! What no server shows on request: refusals, faults and answers that are none.

use std::time::Duration;

use stage_config::{ErrorKind, FailureKind, Loaded, StageConfig};

use crate::support::load::{assert_failure, error, failure, loader, resolve};
use crate::support::scripted::{Answer, Endpoint, Parameter, Parameters, Request};

mod answers;
mod denied;
mod retries;

#[derive(StageConfig)]
#[stage(dev = "/faults/{field}")]
struct One {
    a: String,
}

fn one() -> Parameters {
    Parameters::texts([("/faults/a", "the value of a")])
}

/// An endpoint that does this to the first requests, and answers as it should afterwards.
fn first(count: usize, answer: Answer) -> Endpoint {
    Endpoint::start(move |request| if request.index < count { answer.clone() } else { one().answer(request) })
}

/// An endpoint that does nothing else.
fn always(answer: Answer) -> Endpoint {
    Endpoint::start(move |_| answer.clone())
}
