//! The address of the container endpoint and its token, from the environment variables that the
//! SDKs of AWS read.

use super::{
    super::{
        proxy::ReadVariable,
        text_problem::{find_line_problem, is_blank},
        url_problem::find_url_problem,
    },
    error::ContainerError,
};
use http::{HeaderValue, StatusCode, Uri, uri::Scheme};
use std::{
    fs::{self, File},
    io::{self, Read},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::Path,
};
use zeroize::Zeroizing;

/// The variables that name the endpoint, in the order of their precedence. ECS sets the first one
/// to a path.
const RELATIVE_URI: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const FULL_URI: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";

/// The variables of the token, in the order of their precedence. The file changes while the process
/// runs, so it is read for each request.
const TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
const TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";

/// The host of ECS, to which the path in `RELATIVE_URI` belongs.
const ECS: IpAddr = IpAddr::V4(Ipv4Addr::new(169, 254, 170, 2));

/// The hosts, besides loopback, that may be asked without TLS: those of ECS and of EKS.
const LOCAL_HOSTS: [IpAddr; 3] = [
    ECS,
    IpAddr::V4(Ipv4Addr::new(169, 254, 170, 23)),
    IpAddr::V6(Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23)),
];

/// The maximum size of a token file.
const MAX_TOKEN_SIZE: u64 = 64 * 1024;

/// Returns whether a variable names the endpoint.
pub(super) fn is_named(read: ReadVariable<'_>) -> bool {
    find(RELATIVE_URI, read).is_some() || find(FULL_URI, read).is_some()
}

/// Returns the text of a variable, if it has one.
/// [`check_variables`](super::super::check_variables) has refused a text that is not UTF-8.
fn find(name: &str, read: ReadVariable<'_>) -> Option<String> {
    let value = read(name).filter(|value| !is_blank(value))?;
    Some(value.to_string_lossy().into_owned())
}

/// The endpoint, and the token for one request. The type has no `Debug`, because of the token.
pub(super) struct ContainerEndpoint {
    pub(super) uri: Uri,
    pub(super) token: Option<HeaderValue>,
    /// The variable that names the endpoint.
    variable: &'static str,
}

impl ContainerEndpoint {
    /// Reads the variables, and the token file.
    ///
    /// # Errors
    ///
    /// Returns an error that names the variable whose text cannot be used.
    pub(super) fn read(read: ReadVariable<'_>) -> Result<Self, ContainerError> {
        let (uri, variable) = match find(RELATIVE_URI, read) {
            Some(path) => (parse_path(&path)?, RELATIVE_URI),
            None => (
                parse_url(&find(FULL_URI, read).unwrap_or_default())?,
                FULL_URI,
            ),
        };
        Ok(Self {
            uri,
            token: read_token(read)?,
            variable,
        })
    }

    /// Returns the error of an attempt that got no answer.
    pub(super) fn no_answer(&self, predicate: String) -> ContainerError {
        let help = "check that the endpoint of the credentials runs, and that this process may \
                    connect to it";
        self.error(&predicate, help).transient()
    }

    /// Returns the error of an answer with a status other than 200.
    pub(super) fn wrong_status(&self, status: StatusCode) -> ContainerError {
        let predicate = format!("answered with HTTP {}", status.as_u16());
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            let help =
                "check the endpoint of the credentials, and the role whose credentials it returns";
            return self.error(&predicate, help).transient();
        }
        let help = if matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
            format!("check that `{TOKEN}` or `{TOKEN_FILE}` holds the token of this process")
        } else {
            format!("check `{}`, and the role of the task or pod", self.variable)
        };
        self.error(&predicate, &help)
    }

    /// Returns the error of an answer without credentials. The endpoint may not be ready yet, so a
    /// retry may help, as in the other SDKs.
    pub(super) fn wrong_answer(&self, problem: &str) -> ContainerError {
        let help = format!(
            "check that `{}` names an endpoint for credentials",
            self.variable
        );
        self.error(&format!("sent {problem}"), &help).transient()
    }

    fn error(&self, predicate: &str, help: &str) -> ContainerError {
        let detail = format!("the endpoint that `{}` names {predicate}", self.variable);
        ContainerError::new(detail, help)
    }
}

/// Returns the URL of a path on the host of ECS.
fn parse_path(path: &str) -> Result<Uri, ContainerError> {
    let wrong = || {
        ContainerError::new(
            format!("`{RELATIVE_URI}` is not a path"),
            format!("set `{RELATIVE_URI}` to a path that begins with `/`, or unset it"),
        )
    };
    // Without the slash, the text could name another host: `@host/`.
    if !path.starts_with('/') {
        return Err(wrong());
    }
    format!("http://{ECS}{path}").parse().map_err(|_| wrong())
}

/// Returns the URL of `FULL_URI`. The host may get the token, so it must be local, or prove its
/// name with TLS.
fn parse_url(text: &str) -> Result<Uri, ContainerError> {
    if let Some((problem, help)) = find_url_problem(text) {
        let help = format!("set `{FULL_URI}` {help}");
        return Err(ContainerError::new(format!("`{FULL_URI}` {problem}"), help));
    }
    let uri: Uri = text.parse().map_err(|_| {
        let help = format!("set `{FULL_URI}` to the URL of an endpoint for credentials");
        ContainerError::new(format!("`{FULL_URI}` is not a URL"), help)
    })?;

    if uri.scheme() == Some(&Scheme::HTTPS) || uri.host().is_some_and(is_local) {
        return Ok(uri);
    }
    Err(ContainerError::new(
        format!("the host in `{FULL_URI}` may not be asked for credentials without TLS"),
        format!(
            "set `{FULL_URI}` to a URL with `https`, or with a loopback address, 169.254.170.2, \
             169.254.170.23 or [fd00:ec2::23]"
        ),
    ))
}

/// Returns whether the host cannot be another machine of the network. A name other than `localhost`
/// may resolve to any machine.
fn is_local(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    match host.parse::<IpAddr>() {
        Ok(address) => address.is_loopback() || LOCAL_HOSTS.contains(&address),
        Err(_) => host.eq_ignore_ascii_case("localhost"),
    }
}

fn read_token(read: ReadVariable<'_>) -> Result<Option<HeaderValue>, ContainerError> {
    if let Some(path) = find(TOKEN_FILE, read) {
        let subject = format!("the file that `{TOKEN_FILE}` names");
        let text = read_token_file(Path::new(&path)).map_err(|problem| {
            let help = format!("correct `{TOKEN_FILE}`, or the permissions of its file");
            ContainerError::new(format!("{subject} {problem}"), help)
        })?;
        return parse_token(&text, &subject, "write the token to the file").map(Some);
    }
    let Some(text) = find(TOKEN, read).map(Zeroizing::new) else {
        return Ok(None);
    };
    let help = format!("set `{TOKEN}`");
    parse_token(&text, &format!("`{TOKEN}`"), &help).map(Some)
}

/// Returns the text of the file. The error is the predicate of a sentence whose subject is the
/// file. Only a regular file is opened, because a pipe could block the process.
fn read_token_file(path: &Path) -> Result<Zeroizing<String>, String> {
    let unreadable = |error: io::Error| format!("cannot be read: {}", error.kind());
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err("is not a file".to_owned());
    }
    let mut text = Zeroizing::new(String::new());
    File::open(path)
        .and_then(|file| file.take(MAX_TOKEN_SIZE + 1).read_to_string(&mut text))
        .map_err(unreadable)?;
    if text.len() as u64 > MAX_TOKEN_SIZE {
        return Err(format!("is greater than {} KiB", MAX_TOKEN_SIZE / 1024));
    }
    if text.trim().is_empty() {
        return Err("is empty".to_owned());
    }
    Ok(text)
}

/// Returns the header of a token. A token with a line end could add headers to the request.
fn parse_token(text: &str, subject: &str, help: &str) -> Result<HeaderValue, ContainerError> {
    if let Some(problem) = find_line_problem(text) {
        let detail = format!("{subject} {}", problem.description());
        return Err(ContainerError::new(
            detail,
            format!("{help} {}", problem.help()),
        ));
    }
    let token = text.is_ascii().then(|| HeaderValue::from_str(text).ok());
    let mut token = token.flatten().ok_or_else(|| {
        let detail = format!("{subject} contains a character that is not ASCII");
        ContainerError::new(detail, format!("{help} with ASCII characters only"))
    })?;
    token.set_sensitive(true);
    Ok(token)
}
