//! The proxy between the HTTP client and AWS, from the environment variables that the other SDKs
//! and curl read.

use crate::{failure::FailureKind, outcome::Failed};
use aws_smithy_http_client::proxy::ProxyConfig;

/// These addresses are local to the machine or the network, so a proxy cannot reach them: loopback
/// and link-local addresses, and the endpoints of EC2 and EKS for metadata and credentials.
const LOCAL: &str = "localhost,127.0.0.0/8,::1,169.254.0.0/16,fe80::/10,fd00:ec2::/32";

/// Variables with the address of such an endpoint.
const LOCAL_ENDPOINTS: [&str; 3] = [
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    "AWS_LAMBDA_RUNTIME_API",
];

/// The proxies for calls with and without TLS.
///
/// It has no `Debug`, because the address of a proxy may contain a password.
pub(super) struct Proxies {
    pub(super) https: Option<ProxyConfig>,
    pub(super) http: Option<ProxyConfig>,
}

impl Proxies {
    /// Reads the variables of this process.
    ///
    /// # Errors
    ///
    /// Returns an error that names the variable if its text is not the address of a proxy.
    pub(super) fn from_environment() -> Result<Self, Failed> {
        let addresses = ProxyAddresses::read(|name| {
            std::env::var_os(name).map(|text| text.to_string_lossy().into_owned())
        })?;
        let invalid = || new_failure("a proxy variable", "is not the address of a proxy");
        let to_config = |address: Option<String>, new: fn(String) -> Option<ProxyConfig>| {
            let config = address.map(|address| new(address).ok_or_else(invalid));
            config
                .transpose()
                .map(|config| config.map(|config| config.no_proxy(&addresses.bypass)))
        };
        Ok(Self {
            https: to_config(addresses.https, |address| ProxyConfig::https(address).ok())?,
            http: to_config(addresses.http, |address| ProxyConfig::http(address).ok())?,
        })
    }
}

/// The addresses from the variables, with a scheme.
struct ProxyAddresses {
    https: Option<String>,
    http: Option<String>,
    /// The hosts that are called directly, separated by commas.
    bypass: String,
}

impl ProxyAddresses {
    /// Reads the variables with `get`. The upper-case form takes precedence. An empty variable is
    /// unset.
    fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, Failed> {
        let find = |name: &str| {
            let names = [name.to_owned(), name.to_ascii_lowercase()];
            names.into_iter().find_map(|name| {
                let text = get(&name)?.trim().to_owned();
                (!text.is_empty()).then_some((name, text))
            })
        };
        let address = |found: Option<(String, String)>| {
            found
                .map(|(name, text)| check_address(&name, &text))
                .transpose()
        };

        // In CGI, a client sets `HTTP_PROXY` by the header `Proxy` of its request (CVE-2016-5385).
        let http = if get("REQUEST_METHOD").is_some() {
            get("http_proxy").map(|text| ("http_proxy".to_owned(), text))
        } else {
            find("HTTP_PROXY")
        };
        let all = find("ALL_PROXY");
        let mut bypass = vec![LOCAL.to_owned()];
        bypass.extend(find("NO_PROXY").map(|(_, hosts)| hosts));
        let local = LOCAL_ENDPOINTS.iter().filter_map(|name| get(name));
        bypass.extend(local.filter_map(|url| Some(find_host_and_port(&url)?.0.to_owned())));

        Ok(Self {
            https: address(find("HTTPS_PROXY").or_else(|| all.clone()))?,
            http: address(http.or(all))?,
            bypass: bypass.join(","),
        })
    }
}

/// Returns the address with its scheme. Without one, it is `http`, as in curl.
fn check_address(name: &str, text: &str) -> Result<String, Failed> {
    let address = if text.contains("://") {
        text.to_owned()
    } else {
        format!("http://{text}")
    };
    let scheme = address.split("://").next().unwrap_or_default();
    if !["http", "https"].contains(&scheme.to_ascii_lowercase().as_str()) {
        let problem = "needs `http://` or `https://`: no other kind of proxy is supported";
        return Err(new_failure(name, problem));
    }
    let is_port = |port: &str| port.is_empty() || port.parse::<u16>().is_ok();
    let has_host = find_host_and_port(&address).is_some_and(|(_, port)| is_port(port));
    if has_host && ProxyConfig::all(address.as_str()).is_ok() {
        Ok(address)
    } else {
        let problem = "is not the address of a proxy, such as `http://proxy.example:3128`";
        Err(new_failure(name, problem))
    }
}

/// The text of the variable is not shown, because it may contain a password.
fn new_failure(name: &str, problem: &str) -> Failed {
    Failed::new(FailureKind::Credentials, format!("{name} {problem}"))
}

/// Returns the host and the port of a URL or of an address without a scheme, such as
/// `127.0.0.1:9001`. The port is empty if there is none.
fn find_host_and_port(url: &str) -> Option<(&str, &str)> {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = authority.split(['/', '?', '#']).next()?;
    let host_and_port = authority.rsplit('@').next()?;
    let (host, port) = match host_and_port.strip_prefix('[') {
        Some(ipv6) => ipv6.split_once(']')?,
        None => host_and_port.split_at(host_and_port.find(':').unwrap_or(host_and_port.len())),
    };
    (!host.is_empty()).then_some((host, port.trim_start_matches(':')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<ProxyAddresses, Failed> {
        ProxyAddresses::read(|name| {
            let found = variables.iter().find(|(other, _)| *other == name);
            found.map(|(_, text)| (*text).to_owned())
        })
    }

    #[track_caller]
    fn assert_addresses(variables: &[(&str, &str)], https: Option<&str>, http: Option<&str>) {
        let addresses = read(variables).expect("the variables are valid");
        assert_eq!(
            (addresses.https.as_deref(), addresses.http.as_deref()),
            (https, http),
            "{variables:?}"
        );
    }

    #[test]
    fn each_protocol_has_its_variable() {
        let (one, other) = (Some("http://one:3128"), Some("https://other:3129"));
        assert_addresses(&[], None, None);
        assert_addresses(&[("HTTPS_PROXY", "http://one:3128")], one, None);
        assert_addresses(&[("https_proxy", " one:3128\n")], one, None);
        assert_addresses(&[("HTTP_PROXY", "https://other:3129")], None, other);
        assert_addresses(&[("all_proxy", "one:3128")], one, one);
        assert_addresses(&[("HTTPS_PROXY", ""), ("ALL_PROXY", "  ")], None, None);
        assert_addresses(
            &[
                ("ALL_PROXY", "one:3128"),
                ("http_proxy", "https://other:3129"),
            ],
            one,
            other,
        );
        assert_addresses(
            &[("HTTPS_PROXY", "one:3128"), ("https_proxy", "ignored:1")],
            one,
            None,
        );
    }

    #[test]
    fn a_request_of_cgi_does_not_choose_the_proxy() {
        let cgi = ("REQUEST_METHOD", "GET");
        assert_addresses(&[cgi, ("HTTP_PROXY", "evil:1")], None, None);
        let one = Some("http://one:3128");
        assert_addresses(&[cgi, ("http_proxy", "one:3128")], None, one);
        assert_addresses(&[cgi, ("HTTPS_PROXY", "one:3128")], one, None);
    }

    #[test]
    fn local_endpoints_and_the_hosts_of_no_proxy_are_called_directly() {
        let addresses = read(&[
            ("HTTPS_PROXY", "one:3128"),
            ("no_proxy", "internal.example, 10.0.0.0/8"),
            ("AWS_LAMBDA_RUNTIME_API", "runtime.local:9001"),
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://[fd00::1]:80/"),
            (
                "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                "https://user@agent.local/v1?x=y",
            ),
        ]);
        let bypass = addresses.expect("the variables are valid").bypass;
        let hosts = "internal.example, 10.0.0.0/8,agent.local,fd00::1,runtime.local";
        assert_eq!(bypass, format!("{LOCAL},{hosts}"));
    }

    #[test]
    fn an_error_names_the_variable_and_shows_no_part_of_its_text() {
        for text in [
            "socks5://user:planted@proxy:1",
            "http://",
            "http://user:planted@",
            "planted planted",
            "http://user:planted@proxy:port",
        ] {
            for name in ["HTTPS_PROXY", "http_proxy", "ALL_PROXY"] {
                let failed = read(&[(name, text)]).err().expect("the text is not valid");
                assert!(failed.detail.starts_with(name), "{}", failed.detail);
                assert!(!failed.detail.contains("planted"), "{}", failed.detail);
            }
        }
    }
}
