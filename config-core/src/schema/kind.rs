//! What the text of a field must be, by the kind of its Rust type.

use std::fmt;

/// What a stored text must be to decode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A whole number from `min` to `max`.
    Integer {
        /// The least value.
        min: i128,
        /// The greatest value.
        max: u128,
        /// Zero is between them, and is not taken.
        nonzero: bool,
    },
    /// A floating-point number, which is finite.
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
    /// A text in a form of its own.
    Format(TextFormat),
    /// A StringList, a JSON array, or items between commas.
    ListOf(&'static Kind),
    /// As a list; neither the order of the items nor how often one is there is read.
    SetOf(&'static Kind),
    /// A list of a fixed length.
    Array {
        /// The kind of the items.
        item: &'static Kind,
        /// How many there must be.
        length: usize,
    },
    /// A list of a fixed length, each item of its own kind.
    Tuple(&'static [Kind]),
    /// In a list or an object: what may also be `null` there.
    Optional(&'static Kind),
    /// Binary, or base64.
    Bytes {
        /// How many bytes there must be, for `[u8; N]`.
        length: Option<usize>,
    },
    /// `30s`, `5m`: humantime's form.
    Duration,
    /// A JSON object of which everything is known: a map.
    MapOf {
        /// The kind of the names.
        key: &'static Kind,
        /// The kind of the values.
        value: &'static Kind,
    },
    /// A JSON object; only the type knows what must be in it.
    Object,
    /// Any JSON.
    Json,
    /// A type that only its own `Deserialize` knows.
    Other,
}

impl Kind {
    /// A list, of whatever items.
    #[must_use]
    pub const fn is_list(self) -> bool {
        matches!(self, Self::ListOf(_) | Self::SetOf(_) | Self::Array { .. } | Self::Tuple(_))
    }

    /// The kind of an item of a list; [`Other`](Self::Other) where there is no such item.
    #[cfg(feature = "manage")]
    pub(crate) fn item(self, index: usize) -> Self {
        match self {
            Self::ListOf(item) | Self::SetOf(item) | Self::Array { item, .. } => *item,
            Self::Tuple(items) => items.get(index).copied().unwrap_or(Self::Other),
            _ => Self::Other,
        }
    }
}

/// The form of a text that is neither a number nor free.
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
}

impl fmt::Display for TextFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::IpAddr => "an IP address",
            Self::Ipv4Addr => "an IPv4 address",
            Self::Ipv6Addr => "an IPv6 address",
            Self::SocketAddr => "an IP address and a port, as in `127.0.0.1:80`",
            Self::SocketAddrV4 => "an IPv4 address and a port, as in `127.0.0.1:80`",
            Self::SocketAddrV6 => "an IPv6 address and a port, as in `[::1]:80`",
            Self::Url => "a URL, as in `https://example.com/`",
            Self::Uuid => "a UUID, as in `67e55044-10b1-426f-9247-bb680e5fe0c8`",
        })
    }
}
