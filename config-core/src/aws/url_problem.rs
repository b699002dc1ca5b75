//! The mistakes in the URL of an endpoint or of a proxy. A message shows only the address of a
//! well-known host, because any other text may be a password.

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use std::{borrow::Cow, net::IpAddr};

/// Returns the problem of a URL, as the predicate of a sentence, and its help: the end of the
/// sentence "set `X` …". Returns `None` if the URL can be used.
pub(super) fn find_url_problem(text: &str) -> Option<(String, String)> {
    let problem = match split_scheme(text) {
        None => {
            let help = match find_meant_url(text) {
                Some(url) => format!("to a URL with its scheme: did you mean `{url}`?"),
                None => WHOLE_URL.to_owned(),
            };
            return Some(("has no scheme".to_owned(), help));
        }
        Some((scheme, _)) if !is_http(scheme) => "has a scheme other than `http` or `https`",
        Some((_, rest)) => find_host_problem(text, rest)?,
    };
    Some((problem.to_owned(), WHOLE_URL.to_owned()))
}

const WHOLE_URL: &str = "to a whole URL, as in `http://localhost:4566`";

/// Returns the problem of a proxy's address, and its help.
pub(super) fn find_proxy_problem(text: &str) -> Option<(String, String)> {
    let address = add_scheme(text);
    // The library that sends the password ends it at the first `@`.
    let authority = split_scheme(&address).map_or("", |(_, rest)| find_authority(rest));
    if authority.matches('@').count() > 1 {
        let help = "with each `@` of its user and password written as `%40`";
        return Some(("has more than one `@`".to_owned(), help.to_owned()));
    }
    let (problem, _) = find_url_problem(&address)?;
    let help = "to the address of a proxy, as in `http://proxy.example:3128`";
    Some((problem, help.to_owned()))
}

/// Returns the address of a proxy with its scheme. If the address has none, the scheme is `http`,
/// as in curl.
pub(super) fn add_scheme(address: &str) -> Cow<'_, str> {
    match split_scheme(address) {
        Some(_) => Cow::Borrowed(address),
        None => Cow::Owned(format!("http://{address}")),
    }
}

/// Returns the host of a URL, or of an address without a scheme. An IPv6 address is returned
/// without its brackets.
pub(super) fn find_host(url: &str) -> &str {
    let rest = split_scheme(url).map_or(url, |(_, rest)| rest);
    split_authority(rest).0.trim_matches(['[', ']'])
}

fn split_scheme(text: &str) -> Option<(&str, &str)> {
    text.split_once("://")
}

fn is_http(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

/// Returns the problem of a URL whose text after the scheme is `rest`.
fn find_host_problem(text: &str, rest: &str) -> Option<&'static str> {
    let (host, port) = split_authority(rest);
    if host.is_empty() {
        return Some("has no host");
    }
    // The HTTP client ignores a port that is too great.
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|port| port > 0);
    if port.is_some_and(|port| !port.is_empty() && !is_port(port)) {
        return Some("has a port that is not a number from 1 to 65535");
    }
    HttpRequest::empty()
        .set_uri(text)
        .is_err()
        .then_some("is not a URL")
}

/// Returns the host and the port of a URL whose text after the scheme is `rest`.
fn split_authority(rest: &str) -> (&str, Option<&str>) {
    split_port(find_authority(rest).rsplit('@').next().unwrap_or_default())
}

/// Returns the user, the host and the port of a URL whose text after the scheme is `rest`.
fn find_authority(rest: &str) -> &str {
    rest.split(['/', '?', '#']).next().unwrap_or_default()
}

/// Splits an authority that has no user into its host and its port. An IPv6 address is in brackets.
fn split_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

/// Returns the URL that an address without a scheme means, if its host is well known: `localhost`,
/// `host.docker.internal`, an IP address, or a host of AWS.
fn find_meant_url(text: &str) -> Option<String> {
    let (host, port) = split_port(text);
    if port.is_some_and(|port| port.parse::<u16>().is_err()) {
        return None;
    }
    let is_local = host == "localhost"
        || host == "host.docker.internal"
        || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok();
    let is_host = host
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte));
    let is_aws = [".amazonaws.com", ".amazonaws.com.cn", ".api.aws"]
        .iter()
        .any(|domain| is_host && host.ends_with(domain));
    if is_local {
        Some(format!("http://{text}"))
    } else if is_aws {
        Some(format!("https://{text}"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_valid_url_has_no_problem() {
        for url in [
            "http://localhost:4566",
            "https://ssm.eu-west-1.amazonaws.com",
            "HTTP://127.0.0.1:5000/",
            "http://[::1]:4566",
            "http://[::1]",
            "http://user:password@localhost:4566/path",
            "http://localstack_main:4566",
        ] {
            assert_eq!(find_url_problem(url), None, "{url}");
        }
    }

    #[test]
    fn each_wrong_url_has_its_problem_and_no_text_shows_a_password() {
        for (text, problem) in [
            ("localhost:4566", "has no scheme"),
            ("hunter2", "has no scheme"),
            ("user:hunter2@localhost:4566", "has no scheme"),
            ("hunter2.amazonaws.com/x", "has no scheme"),
            ("http:/localhost", "has no scheme"),
            ("http//hunter2", "has no scheme"),
            ("://hunter2", "a scheme other than"),
            ("htp://hunter2", "a scheme other than"),
            ("redis://u:hunter2@host", "a scheme other than"),
            ("http://", "has no host"),
            ("http:///hunter2", "has no host"),
            ("http://hunter2@:80", "has no host"),
            ("http://hunter2:99999", "has a port"),
            ("http://hunter2:port", "has a port"),
            ("http://hunter2<>", "is not a URL"),
        ] {
            let (found, help) = find_url_problem(text).unwrap();
            assert!(found.contains(problem), "{text}: {found}");
            assert!(!found.contains("hunter2"), "{text}: {found}");
            assert!(!help.contains("hunter2"), "{text}: {help}");
        }
    }

    #[test]
    fn only_a_wrong_address_of_a_proxy_has_a_problem() {
        for address in [
            "proxy:3128",
            "http://user:hunter2@proxy",
            "https://[::1]:3128/",
        ] {
            assert_eq!(find_proxy_problem(address), None, "{address}");
        }
        for (text, problem) in [
            ("socks5://user:hunter2@proxy:1", "a scheme other than"),
            ("http://", "has no host"),
            ("user:hunter2@", "has no host"),
            ("http://user:hunter2@proxy:port", "has a port"),
            ("hunter2<>", "is not a URL"),
        ] {
            let (found, help) = find_proxy_problem(text).unwrap();
            assert!(found.contains(problem), "{text}: {found}");
            assert!(help.contains("`http://proxy.example:3128`"), "{help}");
            assert!(
                !found.contains("hunter2") && !help.contains("hunter2"),
                "{found}"
            );
        }
    }

    #[test]
    fn an_at_sign_in_a_password_must_be_encoded() {
        let (problem, help) = find_proxy_problem("http://user:hunter@2@proxy:1").unwrap();
        assert_eq!(problem, "has more than one `@`");
        assert!(help.contains("`%40`") && !help.contains("hunter"), "{help}");
        assert_eq!(find_proxy_problem("user:hunter%402@proxy:1"), None);
        assert_eq!(find_proxy_problem("http://user:pw@proxy:1/?a@b@c"), None);
    }

    #[test]
    fn a_host_has_neither_user_nor_port_nor_brackets() {
        for (url, host) in [
            ("127.0.0.1:9001", "127.0.0.1"),
            ("http://[fd00::1]:80/", "fd00::1"),
            ("https://user@agent.local/v1?x=y", "agent.local"),
            ("", ""),
        ] {
            assert_eq!(find_host(url), host, "{url}");
        }
    }

    #[test]
    fn a_well_known_host_gets_its_scheme() {
        for (text, url) in [
            ("localhost:4566", "http://localhost:4566"),
            ("127.0.0.1", "http://127.0.0.1"),
            ("[::1]:4566", "http://[::1]:4566"),
            (
                "ssm.eu-west-1.amazonaws.com",
                "https://ssm.eu-west-1.amazonaws.com",
            ),
        ] {
            let (_, help) = find_url_problem(text).unwrap();
            assert!(
                help.contains(&format!("did you mean `{url}`?")),
                "{text}: {help}"
            );
        }
    }
}
