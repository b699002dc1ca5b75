//! The proxy between the HTTP client and AWS, from the environment variables that the other SDKs
//! and curl read.

use super::{
    text_problem::is_blank,
    url_problem::{add_scheme, find_host},
};
use crate::{failure::FailureKind, outcome::Failed, platform::RUNTIME_API};
use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use std::ffi::OsString;

// The names of each variable, in the order of their precedence.
const HTTPS: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
const HTTP: [&str; 2] = ["HTTP_PROXY", "http_proxy"];
const ALL: [&str; 2] = ["ALL_PROXY", "all_proxy"];
const BYPASS: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// The addresses that a proxy cannot reach, because they are local to the machine or the network:
/// loopback and link-local addresses, and the endpoints of EC2 and EKS for metadata and
/// credentials.
const LOCAL: &str = "localhost,127.0.0.0/8,::1,169.254.0.0/16,fe80::/10,fd00:ec2::/32";

/// Variables with the address of an endpoint that is called without a proxy.
const LOCAL_ENDPOINTS: [&str; 3] = [
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_EC2_METADATA_SERVICE_ENDPOINT",
    RUNTIME_API,
];

/// Returns a variable's value, if the variable is set.
pub(super) type ReadVariable<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// The name and the value of a variable that is set and not blank.
type Variable = (&'static str, OsString);

/// The variables that name the proxies: for each scheme, its own variable, or else `ALL_PROXY`. The
/// upper-case form of a name takes precedence.
///
/// The type has no `Debug`, because the address of a proxy may contain a password.
pub(super) struct ProxyVariables {
    https: Option<Variable>,
    http: Option<Variable>,
}

impl ProxyVariables {
    pub(super) fn find(read: ReadVariable<'_>) -> Self {
        // In CGI, a client can set `HTTP_PROXY` by the header `Proxy` of its request
        // (CVE-2016-5385), so only `http_proxy` is read there.
        let http = if read("REQUEST_METHOD").is_some() {
            &HTTP[1..]
        } else {
            &HTTP
        };
        let all = || find_variable(&ALL, read);
        Self {
            https: find_variable(&HTTPS, read).or_else(all),
            http: find_variable(http, read).or_else(all),
        }
    }

    /// Returns the names of the variables, each once.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> + use<> {
        let [https, http] = [&self.https, &self.http].map(|variable| variable.as_ref());
        let [https, http] = [https, http].map(|variable| variable.map(|(name, _)| *name));
        https.into_iter().chain(http.filter(|_| http != https))
    }
}

fn find_variable(names: &[&'static str], read: ReadVariable<'_>) -> Option<Variable> {
    names.iter().find_map(|name| {
        let value = read(name).filter(|value| !is_blank(value))?;
        Some((*name, value))
    })
}

/// Reads the proxies of this process from its variables. Returns `None` if no variable names one.
///
/// # Errors
///
/// Returns an error that names the variable if its text is not the address of a proxy. Before this
/// call, [`check_variables`](super::check_variables) has refused such a text, with a help.
pub(super) fn read_proxies() -> Result<Option<Matcher>, Failed> {
    let read = |name: &str| std::env::var_os(name);
    let ProxyVariables { https, http } = ProxyVariables::find(&read);
    if https.is_none() && http.is_none() {
        return Ok(None);
    }

    let proxies = Matcher::builder()
        .https(read_address(https)?)
        .http(read_address(http)?)
        .no(list_bypassed_hosts(&read));
    Ok(Some(proxies.build()))
}

/// Returns the address of a proxy, or an empty text if there is none.
fn read_address(variable: Option<Variable>) -> Result<String, Failed> {
    let Some((name, value)) = variable else {
        return Ok(String::new());
    };
    let address = add_scheme(&value.to_string_lossy()).into_owned();
    // The builder ignores an address that it cannot parse. So check that a request would use the
    // proxy.
    let parsed = Matcher::builder().all(address.as_str()).build();
    if parsed
        .intercept(&Uri::from_static("https://aws.example"))
        .is_some()
    {
        return Ok(address);
    }
    let detail = format!("`{name}` is not the address of a proxy");
    Err(Failed::new(FailureKind::Unavailable, detail).permanent())
}

/// Returns the hosts that are called without a proxy, separated by commas.
fn list_bypassed_hosts(read: ReadVariable<'_>) -> String {
    let text = |value: OsString| value.to_string_lossy().into_owned();
    let mut hosts = vec![LOCAL.to_owned()];
    hosts.extend(find_variable(&BYPASS, read).map(|(_, value)| text(value)));
    let endpoints = LOCAL_ENDPOINTS.into_iter().filter_map(read);
    hosts.extend(endpoints.map(|url| find_host(&text(url)).to_owned()));
    hosts.retain(|host| !host.is_empty());
    hosts.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(variables: &[(&str, &str)]) -> ProxyVariables {
        ProxyVariables::find(&|name| read(variables, name))
    }

    fn read(variables: &[(&str, &str)], name: &str) -> Option<OsString> {
        let found = variables.iter().find(|(other, _)| *other == name);
        found.map(|(_, text)| OsString::from(text))
    }

    /// Asserts which variables name the proxies for calls with and without TLS.
    #[track_caller]
    fn assert_found(variables: &[(&str, &str)], https: Option<&str>, http: Option<&str>) {
        let found = find(variables);
        let name = |variable: Option<Variable>| variable.map(|(name, _)| name);
        assert_eq!((name(found.https), name(found.http)), (https, http));
    }

    #[test]
    fn each_protocol_has_its_first_variable_that_is_not_blank() {
        assert_found(&[], None, None);
        assert_found(&[("HTTPS_PROXY", "one")], Some("HTTPS_PROXY"), None);
        assert_found(&[("https_proxy", "one")], Some("https_proxy"), None);
        assert_found(&[("HTTP_PROXY", "one")], None, Some("HTTP_PROXY"));
        assert_found(
            &[("all_proxy", "one")],
            Some("all_proxy"),
            Some("all_proxy"),
        );
        assert_found(&[("HTTPS_PROXY", ""), ("ALL_PROXY", "  ")], None, None);
        assert_found(
            &[
                ("HTTPS_PROXY", ""),
                ("https_proxy", "one"),
                ("ALL_PROXY", "two"),
            ],
            Some("https_proxy"),
            Some("ALL_PROXY"),
        );
        assert_found(
            &[("HTTPS_PROXY", "one"), ("https_proxy", "two")],
            Some("HTTPS_PROXY"),
            None,
        );
    }

    #[test]
    fn a_request_of_cgi_does_not_choose_the_proxy() {
        let cgi = ("REQUEST_METHOD", "GET");
        assert_found(&[cgi, ("HTTP_PROXY", "evil")], None, None);
        assert_found(&[cgi, ("http_proxy", "")], None, None);
        assert_found(&[cgi, ("http_proxy", "one")], None, Some("http_proxy"));
        assert_found(&[cgi, ("HTTPS_PROXY", "one")], Some("HTTPS_PROXY"), None);
    }

    #[test]
    fn a_variable_for_both_protocols_is_named_once() {
        let names: Vec<_> = find(&[("ALL_PROXY", "one")]).names().collect();
        assert_eq!(names, ["ALL_PROXY"]);
        let variables = [("HTTPS_PROXY", "one"), ("HTTP_PROXY", "one")];
        let names: Vec<_> = find(&variables).names().collect();
        assert_eq!(names, ["HTTPS_PROXY", "HTTP_PROXY"]);
    }

    #[test]
    fn local_endpoints_and_the_hosts_of_no_proxy_are_called_directly() {
        let variables = [
            ("no_proxy", "internal.example, 10.0.0.0/8"),
            ("AWS_LAMBDA_RUNTIME_API", "runtime.local:9001"),
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://[fd00::1]:80/"),
            ("AWS_CONTAINER_CREDENTIALS_FULL_URI", ""),
        ];
        let hosts = list_bypassed_hosts(&|name| read(&variables, name));
        let expected = "internal.example, 10.0.0.0/8,fd00::1,runtime.local";
        assert_eq!(hosts, format!("{LOCAL},{expected}"));
    }
}
