//! Requests to a store, and their outcomes.

#[cfg(feature = "ssm")]
mod parameter_map;
mod request;

#[cfg(feature = "ssm")]
pub(crate) use parameter_map::{ParameterMap, write_parameter_map, write_string_list};
pub use request::Request;

use crate::{
    diagnostic::Help,
    failure::FailureKind,
    typed_value::{TypedData, TypedValue},
};
use serde::de::IgnoredAny;
use stage_config_grammar::arn::is_role_arn;
use stage_config_grammar::white_space::trim;
use std::{fmt, sync::Arc};
use zeroize::Zeroizing;

/// The outcome of a request. A load tries the next source of a chain only after
/// [`Missing`](Outcome::Missing) or after a JSON value without the `#key` of the source.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The store returned a value.
    Found(Found),
    /// The store answered that it has no such value.
    Missing,
    /// The store answered that the program may not read the value.
    Denied(Denied),
    /// The request failed in another way.
    Failed(Failed),
}

impl Outcome {
    /// Returns `true` if the store returned the value or answered that it has no such value.
    pub(crate) fn is_found_or_missing(&self) -> bool {
        matches!(self, Self::Found(_) | Self::Missing)
    }

    /// Returns whether a retry may help.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self, Self::Failed(failed) if failed.transient)
    }
}

/// A value from a store. `Debug` shows no part of it. Its memory is wiped when the last copy is
/// dropped.
///
/// ```
/// use stage_config::store::Found;
///
/// let value = Found::from_text("sk_test_1").with_version(3);
/// assert!(!format!("{value:?}").contains("sk_test_1"));
/// ```
#[derive(Clone)]
pub struct Found {
    pub(crate) content: Arc<Payload>,
    /// The same value with the types that a TOML file or a Figment provider gives it.
    pub(crate) typed: Option<Arc<TypedValue>>,
    pub(crate) version: Option<String>,
    pub(crate) arn: Option<String>,
    /// Whether the store keeps the value encrypted; `None` if the store does not report it.
    pub(crate) encrypted: Option<bool>,
    /// Whether the value was read from a snapshot instead of the store.
    pub(crate) from_snapshot: bool,
    /// Whether the text is a JSON object with the parameters of a path.
    pub(crate) is_parameter_map: bool,
}

/// The content of a value.
#[derive(PartialEq, Eq)]
pub(crate) enum Payload {
    Text(Zeroizing<String>),
    /// A StringList: items separated by commas.
    List(Zeroizing<String>),
    Binary(Zeroizing<Vec<u8>>),
    /// The value exists, but was not requested.
    ExistsOnly,
}

impl Payload {
    /// Returns the bytes of the value; `None` if it was not requested.
    #[cfg(any(feature = "manage", feature = "fuzzing"))]
    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Text(text) | Self::List(text) => Some(text.as_bytes()),
            Self::Binary(bytes) => Some(bytes),
            Self::ExistsOnly => None,
        }
    }

    /// Returns the text, or an empty text if the bytes are not UTF-8 or the value was not
    /// requested.
    pub(crate) fn text_or_empty(&self) -> &str {
        match self {
            Self::Text(text) | Self::List(text) => text,
            Self::Binary(bytes) => std::str::from_utf8(bytes).unwrap_or_default(),
            Self::ExistsOnly => "",
        }
    }
}

impl Found {
    /// Creates a value from a text.
    #[must_use]
    pub fn from_text(text: impl Into<String>) -> Self {
        Self::new(Payload::Text(Zeroizing::new(text.into())))
    }

    /// Creates a value from a text, without a copy of it.
    pub(crate) fn from_wiped_text(text: Zeroizing<String>) -> Self {
        Self::new(Payload::Text(text))
    }

    /// Creates a value from a JSON object that contains the parameters of a path.
    #[cfg(feature = "ssm")]
    pub(crate) fn from_parameter_map(text: Zeroizing<String>) -> Self {
        Self {
            is_parameter_map: true,
            ..Self::from_wiped_text(text)
        }
    }

    /// Creates a Parameter Store StringList: items separated by commas. A field that is a list
    /// splits it at the commas, and never reads it as JSON.
    ///
    /// ```
    /// # use stage_config::{Error, StageConfig};
    /// # use stage_config::store::{FetchFuture, Found, Outcome, Request, Store};
    /// # struct One(Found);
    /// # impl Store for One {
    /// #     fn fetch<'a>(&'a self, requests: &'a [Request]) -> FetchFuture<'a> {
    /// #         Box::pin(async { vec![Outcome::Found(self.0.clone()); requests.len()] })
    /// #     }
    /// # }
    /// # #[derive(StageConfig)]
    /// # #[config(schemes("one"))]
    /// # #[stage(dev = "one:{field}")]
    /// # struct Config { queues: Vec<String> }
    /// # async fn read(found: Found) -> Result<Vec<String>, Error> {
    /// #     let loader = Config::loader().stage("dev").store("one", One(found));
    /// #     Ok(loader.resolve().await?.config.queues)
    /// # }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Error> {
    /// // A field of the type `Vec<String>` reads this text as JSON, but splits a StringList:
    /// assert_eq!(read(Found::from_text(r#"["a,b"]"#)).await?, ["a,b"]);
    /// assert_eq!(read(Found::from_string_list(r#"["a,b"]"#)).await?, [r#"["a"#, r#"b"]"#]);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn from_string_list(text: impl Into<String>) -> Self {
        Self::new(Payload::List(Zeroizing::new(text.into())))
    }

    /// Creates a value from bytes.
    #[must_use]
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self::new(Payload::Binary(Zeroizing::new(bytes.into())))
    }

    /// Creates a value from bytes. The value is a text if the bytes are UTF-8.
    #[cfg(any(feature = "appconfig", feature = "kms"))]
    pub(crate) fn from_text_or_bytes(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) => Self::from_text(text),
            Err(_) => Self::from_bytes(bytes),
        }
    }

    /// Converts a value of a local file or of a Figment provider.
    pub(crate) fn from_typed(value: TypedValue) -> Self {
        let found = Self::from_text(value.text());
        let typed = (value.data != TypedData::Text).then(|| Arc::new(value));
        Self { typed, ..found }
    }

    /// Creates a value that exists but was not requested.
    pub(crate) fn new_exists_only() -> Self {
        Self::new(Payload::ExistsOnly)
    }

    fn new(content: Payload) -> Self {
        Self {
            content: Arc::new(content),
            typed: None,
            version: None,
            arn: None,
            encrypted: None,
            from_snapshot: false,
            is_parameter_map: false,
        }
    }

    /// Sets the version, for the report.
    #[must_use]
    pub fn with_version(mut self, version: impl fmt::Display) -> Self {
        self.version = Some(version.to_string());
        self
    }

    /// Sets the ARN, for the report and for `#[config(account(…))]`.
    #[must_use]
    pub fn with_arn(mut self, arn: impl Into<String>) -> Self {
        self.arn = Some(arn.into());
        self
    }
}

impl Found {
    /// Returns whether the value is treated as a secret if the secrecy of its field is unknown.
    /// This is the case if the store encrypts the value, or if its text is a JSON object or array.
    pub(crate) fn is_treated_as_secret(&self) -> bool {
        self.encrypted == Some(true) || self.is_json_container()
    }

    /// Returns whether the text is a JSON object or array.
    pub(crate) fn is_json_container(&self) -> bool {
        is_json_container(self.content.text_or_empty())
    }
}

/// Returns whether a text is a JSON object or array.
pub(crate) fn is_json_container(text: &str) -> bool {
    let text = trim(text);
    text.starts_with(['{', '[']) && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Found")
            .field("version", &self.version)
            .field("arn", &self.arn)
            .finish_non_exhaustive()
    }
}

/// A read that the store refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Denied {
    pub(crate) detail: String,
    pub(crate) resource: Option<String>,
    /// Whether the program may not use the KMS key of the value, and the answer of the store does
    /// not name this key.
    pub(crate) is_key_denied: bool,
}

impl Denied {
    /// Creates an outcome. Errors show `detail`, which should name the refused principal and the
    /// permission that would allow the read. The detail must not contain a value.
    #[must_use]
    pub fn new(detail: impl Into<String>) -> Self {
        Self {
            detail: detail.into(),
            ..Self::default()
        }
    }

    /// Returns `true` if the program may not assume the role that a source names. In this case, no
    /// value was requested.
    pub(crate) fn is_assume_role_denied(&self) -> bool {
        self.resource.as_deref().is_some_and(is_role_arn)
    }

    /// Sets the ARN of the refused resource that the answer named. The help of the error names it.
    #[must_use]
    pub fn with_resource(mut self, arn: impl Into<String>) -> Self {
        self.resource = Some(arn.into());
        self
    }
}

/// A read that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    pub(crate) kind: FailureKind,
    pub(crate) detail: String,
    /// Whether a retry may help. By default the kind determines it.
    pub(crate) transient: bool,
    /// The help of this failure; `None` if the help of its kind applies.
    pub(crate) help: Option<Box<Help>>,
}

impl Failed {
    /// Creates a failure with a `detail` for errors. The detail must not contain a value, nor a
    /// part of an answer that may contain one.
    ///
    /// Until its timeout, the loader retries failures of a kind for which
    /// [`FailureKind::is_transient`] returns `true`.
    #[must_use]
    pub fn new(kind: FailureKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            transient: kind.is_transient(),
            help: None,
        }
    }

    /// Replaces the help of the kind.
    pub(crate) fn with_help(mut self, help: impl Into<Help>) -> Self {
        self.help = Some(Box::new(help.into()));
        self
    }

    /// Marks the failure as transient, so that the loader retries it, whatever its kind is.
    #[cfg(any(feature = "aws-store", test))]
    pub(crate) fn transient(mut self) -> Self {
        self.transient = true;
        self
    }

    /// Marks the failure as permanent, so that the loader does not retry it.
    ///
    /// ```
    /// use stage_config::FailureKind;
    /// use stage_config::store::{Failed, Outcome};
    ///
    /// /// The outcome for an HTTP status of the store's server.
    /// fn to_outcome(status: u16) -> Outcome {
    ///     Outcome::Failed(match status {
    ///         429 => Failed::new(FailureKind::Throttled, "429"), // is retried
    ///         501 => Failed::new(FailureKind::Unavailable, "501").permanent(),
    ///         _ => Failed::new(FailureKind::InvalidAnswer, format!("status {status}")),
    ///     })
    /// }
    /// # assert!(matches!(to_outcome(501), Outcome::Failed(_)));
    /// ```
    #[must_use]
    pub fn permanent(mut self) -> Self {
        self.transient = false;
        self
    }
}

#[cfg(test)]
mod tests;
