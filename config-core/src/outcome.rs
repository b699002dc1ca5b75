//! What a store is asked, and what it answers: requests and their outcomes.

use crate::{
    failure::FailureKind,
    typed_value::{TypedData, TypedValue},
};
use serde::de::IgnoredAny;
use stage_config_grammar::source::Address;
use std::{fmt, sync::Arc};
use zeroize::Zeroizing;

/// One thing to fetch. Two fields that take two keys of one JSON secret are one request.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Request(pub(crate) Address);

impl Request {
    /// The parsed address.
    #[must_use]
    pub fn parsed_address(&self) -> &Address {
        &self.0
    }

    /// The scheme before the colon, as in `vault`.
    #[must_use]
    pub fn scheme(&self) -> &str {
        self.0.scheme()
    }

    /// The address as it is written, without the scheme of a custom store and without options.
    #[must_use]
    pub fn address(&self) -> String {
        match &self.0 {
            Address::Custom { address, .. } => address.clone(),
            other => other.to_string(),
        }
    }

    /// An option of a custom store's address: `?version=3`.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<&str> {
        match &self.0 {
            Address::Custom { options, .. } => {
                options.iter().find(|(option, _)| option == name).map(|(_, value)| value.as_str())
            }
            _ => None,
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What became of a request. The four are never mixed up: only [`Missing`](Outcome::Missing) moves a chain of sources on.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// The value is there.
    Found(Found),
    /// The store answered, and has no such value.
    Missing,
    /// The store answered that this program may not read it.
    Denied(Denied),
    /// Anything else.
    Failed(Failed),
}

/// A value from a store. `Debug` shows no part of it; its memory is wiped when the last copy goes.
#[derive(Clone)]
pub struct Found {
    pub(crate) content: Arc<Payload>,
    /// The same with the types that a TOML file or a Figment provider gives it.
    pub(crate) typed: Option<Arc<TypedValue>>,
    pub(crate) version: Option<String>,
    pub(crate) arn: Option<String>,
    /// Whether the store keeps it encrypted, where it says so.
    pub(crate) encrypted: Option<bool>,
    /// It was taken from a snapshot, and not from the store.
    pub(crate) from_snapshot: bool,
}

/// What a store keeps.
#[derive(PartialEq, Eq)]
pub(crate) enum Payload {
    Text(Zeroizing<String>),
    /// A StringList: items between commas.
    List(Zeroizing<String>),
    Binary(Zeroizing<Vec<u8>>),
    /// It is there, and nobody asked for it.
    #[cfg_attr(not(feature = "aws-store"), allow(dead_code, reason = "only the stores of AWS can look without asking"))]
    ExistsOnly,
}

impl Payload {
    /// The text; bytes that are not UTF-8 have none.
    pub(crate) fn text_or_empty(&self) -> &str {
        match self {
            Self::Text(text) | Self::List(text) => text,
            Self::Binary(bytes) => std::str::from_utf8(bytes).unwrap_or_default(),
            Self::ExistsOnly => "",
        }
    }
}

impl Found {
    /// A text.
    #[must_use]
    pub fn from_text(text: impl Into<String>) -> Self {
        Self::new(Payload::Text(Zeroizing::new(text.into())))
    }

    /// A Parameter Store StringList: items between commas, always split, never read as JSON.
    #[must_use]
    pub fn from_string_list(text: impl Into<String>) -> Self {
        Self::new(Payload::List(Zeroizing::new(text.into())))
    }

    /// Bytes.
    #[must_use]
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self::new(Payload::Binary(Zeroizing::new(bytes.into())))
    }

    /// A value of a local file or of a Figment provider.
    pub(crate) fn from_typed(value: TypedValue) -> Self {
        let found = Self::from_text(value.text());
        let typed = (value.data != TypedData::Text).then(|| Arc::new(value));
        Self { typed, ..found }
    }

    /// Something that nobody asked for.
    #[cfg(feature = "aws-store")]
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
        }
    }

    /// Which version it is, for the report.
    #[must_use]
    pub fn with_version(mut self, version: impl fmt::Display) -> Self {
        self.version = Some(version.to_string());
        self
    }

    /// Its ARN, for the report and for `#[config(account(…))]`.
    #[must_use]
    pub fn with_arn(mut self, arn: impl Into<String>) -> Self {
        self.arn = Some(arn.into());
        self
    }
}

impl Found {
    /// Whether a value of unknown secrecy is secret: an encrypted place gave it, or its text is a JSON object or array.
    pub(crate) fn is_treated_as_secret(&self) -> bool {
        self.encrypted == Some(true) || self.is_json_container()
    }

    /// Whether its text is a JSON object or array.
    pub(crate) fn is_json_container(&self) -> bool {
        is_json_container(self.content.text_or_empty())
    }
}

/// Whether a text is a JSON object or array.
pub(crate) fn is_json_container(text: &str) -> bool {
    text.trim_start().starts_with(['{', '[']) && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

impl fmt::Debug for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Found").field("version", &self.version).field("arn", &self.arn).finish_non_exhaustive()
    }
}

/// A read that was refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Denied {
    pub(crate) detail: String,
    pub(crate) resource: Option<String>,
}

impl Denied {
    /// `detail` goes into errors: who was refused, what would allow it. Never a value.
    #[must_use]
    pub fn new(detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), resource: None }
    }

    /// The ARN that the answer named, for the help.
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
    pub(crate) transient: bool,
}

impl Failed {
    /// `detail` goes into errors. Never a value, nor a part of an answer that may hold one.
    ///
    /// The loader tries again by itself, until its deadline, what is [`FailureKind::Throttled`],
    /// [`FailureKind::TimedOut`] or [`FailureKind::Unavailable`].
    #[must_use]
    pub fn new(kind: FailureKind, detail: impl Into<String>) -> Self {
        let transient = matches!(kind, FailureKind::Throttled | FailureKind::TimedOut | FailureKind::Unavailable);
        Self { kind, detail: detail.into(), transient }
    }

    /// Not to be tried again, whatever its kind.
    #[must_use]
    pub fn permanent(mut self) -> Self {
        self.transient = false;
        self
    }
}
