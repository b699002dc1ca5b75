//! The answers that the script of a test gives to requests.

use std::time::Duration;

use serde_json::{Value, json};

/// The answer of an endpoint to a request.
#[derive(Debug, Clone)]
pub enum Answer {
    /// Sends the whole body with this status.
    Whole {
        /// The HTTP status.
        status: u16,
        /// The body, which need not be JSON.
        body: String,
    },
    /// Sends a file.
    File {
        /// The bytes.
        body: Vec<u8>,
    },
    /// Announces the length of the whole body, sends half of it, and closes the connection.
    CutOff {
        /// The whole body.
        body: String,
    },
    /// Sends half of the body, and resets the connection (RST).
    ResetsInBody {
        /// The whole body.
        body: String,
    },
    /// Sends half of the body and nothing more, and leaves the connection open.
    Stalls {
        /// The whole body.
        body: String,
    },
    /// Sends the body in pieces, with a pause before each.
    Drips {
        /// The whole body.
        body: String,
        /// The maximum number of pieces.
        pieces: usize,
        /// The pause before each piece.
        pause: Duration,
    },
    /// Adds headers to the inner answer.
    WithHeaders {
        /// The names and values.
        headers: Vec<(&'static str, String)>,
        /// The inner answer.
        then: Box<Answer>,
    },
    /// Never answers.
    Hangs,
    /// Resets the connection (RST).
    Reset,
    /// Waits until this many calls have been in flight at the same time, and gives the inner
    /// answer. The test fails if the calls do not arrive in time.
    Together {
        /// The number of calls.
        calls: usize,
        /// The answer to each of them.
        then: Box<Answer>,
    },
}

impl Answer {
    /// Returns a successful answer with this body.
    pub fn json(body: &Value) -> Self {
        Self::Whole {
            status: 200,
            body: body.to_string(),
        }
    }

    /// Returns an error in the format of AWS.
    pub fn error(status: u16, kind: &str, message: &str) -> Self {
        Self::Whole {
            status,
            body: json!({ "__type": kind, "message": message }).to_string(),
        }
    }

    /// Returns the error of throttled calls.
    pub fn throttled() -> Self {
        Self::error(400, "ThrottlingException", "Rate exceeded")
    }

    /// Returns the error for a parameter that no policy allows the caller to read.
    pub fn denied(name: &str) -> Self {
        let name = name.trim_start_matches('/');
        Self::not_authorized(
            "ssm:GetParameters",
            &format!("arn:aws:ssm:eu-west-1:123456789012:parameter/{name}"),
        )
    }

    /// Returns the error for an action that no policy allows on this resource. AWS names the action
    /// and the resource in the message.
    pub fn not_authorized(action: &str, resource: &str) -> Self {
        Self::error(
            400,
            "AccessDeniedException",
            &not_authorized(action, resource),
        )
    }

    /// Returns the error of a failing service.
    pub fn internal_error() -> Self {
        Self::error(
            500,
            "InternalServerError",
            "An error occurred on the server side.",
        )
    }

    /// Returns the error of an expired session token.
    pub fn expired_token() -> Self {
        Self::error(
            400,
            "ExpiredTokenException",
            "The security token included in the request is expired",
        )
    }

    /// Returns this answer, delayed until this many calls have been in flight at the same time.
    pub fn wait_for_calls(self, calls: usize) -> Self {
        Self::Together {
            calls,
            then: Box::new(self),
        }
    }

    /// Returns this answer with these headers.
    pub fn with_headers(self, headers: impl IntoIterator<Item = (&'static str, String)>) -> Self {
        Self::WithHeaders {
            headers: headers.into_iter().collect(),
            then: Box::new(self),
        }
    }

    /// Returns the body of the answer, from which a test makes an answer that is cut off, stalls or
    /// drips. Returns an empty text for a file, and for an answer without a body.
    pub fn into_body(self) -> String {
        match self {
            Self::Whole { body, .. }
            | Self::CutOff { body }
            | Self::ResetsInBody { body }
            | Self::Stalls { body }
            | Self::Drips { body, .. } => body,
            Self::Together { then, .. } | Self::WithHeaders { then, .. } => then.into_body(),
            Self::File { .. } | Self::Hangs | Self::Reset => String::new(),
        }
    }
}

/// Returns AWS's message for a denied call.
pub(super) fn not_authorized(action: &str, resource: &str) -> String {
    format!(
        "User: arn:aws:sts::123456789012:assumed-role/function/payments is not authorized to \
         perform: {action} on resource: {resource} because no identity-based policy allows the \
         {action} action"
    )
}
