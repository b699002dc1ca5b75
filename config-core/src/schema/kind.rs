//! The kind of a field: the form of text that its Rust type accepts.

use std::fmt;

/// The form that a text must have so that it can be decoded.
///
/// ```
/// use stage_config::{StageConfig, schema::Kind};
/// use std::time::Duration;
///
/// #[derive(StageConfig)]
/// #[stage(prod = "/shop/prod/{field}")]
/// struct Config {
///     port: u16,
///     timeout: Option<Duration>,
///     tags: Vec<String>,
/// }
///
/// let leaves = Config::SCHEMA.leaves();
/// let [port, timeout, tags] = &leaves[..] else { panic!() };
/// assert_eq!(port.spec.shape.kind, Kind::Integer { min: 0, max: 65_535, nonzero: false });
/// assert_eq!((timeout.spec.shape.kind, timeout.spec.shape.optional), (Kind::Duration, true));
/// assert_eq!(tags.spec.shape.kind, Kind::ListOf(&Kind::String));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// An integer from `min` to `max`.
    Integer {
        /// The smallest value.
        min: i128,
        /// The largest value.
        max: u128,
        /// Whether zero is excluded.
        nonzero: bool,
    },
    /// A finite floating-point number.
    Float {
        /// 32 or 64.
        bits: u8,
    },
    /// `true` or `false`.
    Bool,
    /// One character.
    Char,
    /// Any text.
    String,
    /// A text of a specific format.
    Format(TextFormat),
    /// A StringList, a JSON array, or items separated by commas.
    ListOf(&'static Kind),
    /// A list in which neither the order of the items nor duplicates matter.
    SetOf(&'static Kind),
    /// A list of a fixed length, whose items have one kind.
    Array {
        /// The kind of the items.
        item: &'static Kind,
        /// The required number of items.
        length: usize,
    },
    /// A list of a fixed length; each item has its own kind.
    Tuple(&'static [Kind]),
    /// A value that may also be `null`, in a list or a map.
    Optional(&'static Kind),
    /// Binary data, or base64.
    Bytes {
        /// The required number of bytes, for `[u8; N]`.
        length: Option<usize>,
    },
    /// A duration with units up to weeks: `30s`, `5m`.
    Duration,
    /// A JSON object whose keys and values have known kinds: a map.
    MapOf {
        /// The kind of the keys.
        key: &'static Kind,
        /// The kind of the values.
        value: &'static Kind,
    },
    /// A JSON object whose content only the type itself can check.
    Object,
    /// Any JSON.
    Json,
    /// A type that only its own `Deserialize` can check.
    Other,
}

impl Kind {
    /// Returns whether a load removes white space around the text of every value of this kind.
    /// Returns `false` for bytes and JSON, whose parsers skip white space themselves.
    #[must_use]
    pub const fn is_trimmed(self) -> bool {
        match self {
            Self::Optional(inner) => inner.is_trimmed(),
            Self::Char | Self::String | Self::Bytes { .. } | Self::Json | Self::Other => false,
            _ => true,
        }
    }

    /// Returns a description of the texts of this kind, such as "a number". Returns `None` if the
    /// description depends on the limits, the length or the items of the kind.
    pub(crate) const fn describe_fixed(self) -> Option<&'static str> {
        Some(match self {
            Self::Integer { .. }
            | Self::Array { .. }
            | Self::Tuple(_)
            | Self::Optional(_)
            | Self::Bytes { length: Some(_) } => return None,
            Self::Float { .. } => "a number",
            Self::Bool => "`true` or `false`",
            Self::Char => "one character",
            Self::String => "a text that is not empty",
            Self::Format(format) => format.describe(),
            Self::ListOf(_) | Self::SetOf(_) => "items between commas, or a JSON array",
            Self::Bytes { length: None } => "base64",
            Self::Duration => "a duration with its unit, as in `30s`",
            Self::MapOf { .. } | Self::Object => "a JSON object",
            Self::Json => "JSON",
            Self::Other => "a text that the type accepts",
        })
    }

    /// Returns whether a type of the kind may read the parameters of a path, which are a JSON
    /// object.
    #[must_use]
    pub const fn accepts_path(self) -> bool {
        match self {
            Self::Optional(inner) => inner.accepts_path(),
            Self::MapOf { .. } | Self::Object | Self::Json | Self::Other => true,
            _ => false,
        }
    }

    /// Returns the kind of a map's values. Returns [`Other`](Self::Other) if this kind does not
    /// determine the kind of the values.
    #[must_use]
    pub(crate) const fn map_value(self) -> Self {
        match self {
            Self::Optional(inner) => inner.map_value(),
            Self::MapOf { value, .. } => *value,
            Self::Json => Self::Json,
            _ => Self::Other,
        }
    }

    /// Returns whether the kind is a list.
    #[must_use]
    pub const fn is_list(self) -> bool {
        matches!(
            self,
            Self::ListOf(_) | Self::SetOf(_) | Self::Array { .. } | Self::Tuple(_)
        )
    }

    /// Returns the kind of a list's item at `index`. Returns [`Other`](Self::Other) if this kind is
    /// not a list, or is a tuple without such an item.
    #[cfg(feature = "manage")]
    pub(crate) fn item(self, index: usize) -> Self {
        match self {
            Self::ListOf(item) | Self::SetOf(item) | Self::Array { item, .. } => *item,
            Self::Tuple(items) => items.get(index).copied().unwrap_or(Self::Other),
            _ => Self::Other,
        }
    }
}

/// The format of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextFormat {
    /// An IPv4 or IPv6 address.
    IpAddr,
    /// An IPv4 address.
    Ipv4Addr,
    /// An IPv6 address.
    Ipv6Addr,
    /// An IP address and a port.
    SocketAddr,
    /// An IPv4 address and a port.
    SocketAddrV4,
    /// An IPv6 address and a port.
    SocketAddrV6,
    /// A URL: the type `url::Url`.
    Url,
    /// A UUID: the type `uuid::Uuid`.
    Uuid,
    /// A text that only the type's own `FromStr` can check: `#[config(from_str)]`.
    FromStr,
}

impl TextFormat {
    pub(crate) const fn describe(self) -> &'static str {
        match self {
            Self::IpAddr => "an IP address",
            Self::Ipv4Addr => "an IPv4 address",
            Self::Ipv6Addr => "an IPv6 address",
            Self::SocketAddr => "an IP address and a port, as in `127.0.0.1:80`",
            Self::SocketAddrV4 => "an IPv4 address and a port, as in `127.0.0.1:80`",
            Self::SocketAddrV6 => "an IPv6 address and a port, as in `[::1]:80`",
            Self::Url => "a URL, as in `https://example.com/`",
            Self::Uuid => "a UUID, as in `67e55044-10b1-426f-9247-bb680e5fe0c8`",
            Self::FromStr => "a text that the type's `FromStr` accepts",
        }
    }
}

impl fmt::Display for TextFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.describe())
    }
}
