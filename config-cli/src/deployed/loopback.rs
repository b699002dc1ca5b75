//! Checks whether a host is this machine.

use std::net::IpAddr;

use http::Uri;

/// Returns whether the host of a URL is this machine.
pub(super) fn is_loopback_url(url: &str) -> bool {
    let uri = url.trim().parse::<Uri>();
    uri.is_ok_and(|uri| uri.host().is_some_and(is_loopback))
}

/// Returns whether a host is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let address = host.trim_matches(['[', ']']).parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}
