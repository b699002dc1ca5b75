//! The host of a URL.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The valid forms of a host, for messages.
pub const HOST: &str = "a DNS name, an IPv4 or an IPv6 address";

/// The maximum length of a DNS name as a text. RFC 1035, section 2.3.4, allows 255 octets in a DNS
/// message. Two of them are not in the text: the length of the first label, and the root.
const MAX_NAME_LENGTH: usize = 253;

/// The maximum length of a label of a DNS name (RFC 1035, section 2.3.4).
const MAX_LABEL_LENGTH: usize = 63;

/// Writes a host. An IPv6 address is written in its canonical form, in brackets.
///
/// # Errors
///
/// Returns an error if the text is not a host.
pub fn write_host(text: &str, to: &mut impl fmt::Write) -> fmt::Result {
    let without_brackets = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    let address: Result<Ipv6Addr, _> = without_brackets.unwrap_or(text).parse();
    if let Ok(address) = address {
        return write!(to, "[{address}]");
    }
    if is_ipv4(text) || is_dns_name(text) {
        to.write_str(text)
    } else {
        Err(fmt::Error)
    }
}

fn is_ipv4(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok()
}

/// Returns whether the text is a DNS name. It may contain underscores, because the names of
/// containers have them. Its last label must not be a number, because a URL parser would read such
/// a name as an IPv4 address.
fn is_dns_name(text: &str) -> bool {
    let name = text.strip_suffix('.').unwrap_or(text);
    let is_label = |label: &str| {
        (1..=MAX_LABEL_LENGTH).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let is_number = |label: &str| {
        let hex = label.strip_prefix("0x").or(label.strip_prefix("0X"));
        label.bytes().all(|byte| byte.is_ascii_digit())
            || hex.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    name.len() <= MAX_NAME_LENGTH
        && name.split('.').all(is_label)
        && !name.rsplit('.').next().is_some_and(is_number)
}
