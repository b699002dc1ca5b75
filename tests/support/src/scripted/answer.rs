//! What a script can do about a request.

use std::time::Duration;

use serde_json::{Value, json};

/// What the endpoint does about a request.
#[derive(Debug, Clone)]
pub enum Answer {
    /// The whole body, with this status.
    Whole {
        /// The HTTP status.
        status: u16,
        /// The body, which may be anything but JSON.
        body: String,
    },
    /// The length of the whole body is announced, half of it is sent, and the connection closed.
    CutOff {
        /// The whole body.
        body: String,
    },
    /// Half of the body is sent, and the connection reset (RST).
    ResetsInBody {
        /// The whole body.
        body: String,
    },
    /// Half of the body is sent, and nothing after it.
    Stalls {
        /// The whole body.
        body: String,
    },
    /// The body comes in pieces, with a pause before each.
    Drips {
        /// The whole body.
        body: String,
        /// How many pieces.
        pieces: usize,
        /// How long before each.
        pause: Duration,
    },
    /// Never anything.
    Hangs,
    /// The connection is reset (RST).
    Reset,
    /// The inner answer, once so many calls were in flight at one time. The test fails if they never are.
    Together {
        /// How many calls.
        calls: usize,
        /// The answer to each of them.
        then: Box<Answer>,
    },
}

impl Answer {
    /// A good answer with this body.
    pub fn json(body: &Value) -> Self {
        Self::Whole { status: 200, body: body.to_string() }
    }

    /// An error as AWS words it.
    pub fn error(status: u16, kind: &str, message: &str) -> Self {
        Self::Whole { status, body: json!({ "__type": kind, "message": message }).to_string() }
    }

    /// The calls came too fast.
    pub fn throttled() -> Self {
        Self::error(400, "ThrottlingException", "Rate exceeded")
    }

    /// The policy does not grant this parameter.
    pub fn denied(name: &str) -> Self {
        let name = name.trim_start_matches('/');
        Self::not_authorized("ssm:GetParameters", &format!("arn:aws:ssm:eu-west-1:123456789012:parameter/{name}"))
    }

    /// The policy does not allow this action on this resource. AWS names both in the message.
    pub fn not_authorized(action: &str, resource: &str) -> Self {
        Self::error(400, "AccessDeniedException", &not_authorized(action, resource))
    }

    /// The service failed.
    pub fn internal_error() -> Self {
        Self::error(500, "InternalServerError", "An error occurred on the server side.")
    }

    /// The session token is too old.
    pub fn expired_token() -> Self {
        Self::error(400, "ExpiredTokenException", "The security token included in the request is expired")
    }

    /// This answer, once so many calls were in flight at one time.
    pub fn together(self, calls: usize) -> Self {
        Self::Together { calls, then: Box::new(self) }
    }

    /// The body of an answer that has one: to be cut off, stalled or dripped.
    pub fn into_body(self) -> String {
        match self {
            Self::Whole { body, .. }
            | Self::CutOff { body }
            | Self::ResetsInBody { body }
            | Self::Stalls { body }
            | Self::Drips { body, .. } => body,
            Self::Together { then, .. } => then.into_body(),
            Self::Hangs | Self::Reset => String::new(),
        }
    }
}

/// AWS's words for a refusal.
pub(super) fn not_authorized(action: &str, resource: &str) -> String {
    format!(
        "User: arn:aws:sts::123456789012:assumed-role/function/payments is not authorized to perform: {action} on \
         resource: {resource} because no identity-based policy allows the {action} action"
    )
}
