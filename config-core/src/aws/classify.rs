//! Classifies SDK errors for a load. From the answer of a service, an outcome contains only the
//! code, the HTTP status and ARNs, because the message in the answer may quote any text.

use super::{
    grammar::{is_error_code, is_principal, is_resource},
    load_client::ClockSkewed,
};
use crate::{
    failure::FailureKind,
    outcome::{Denied, Failed, Outcome},
};
use aws_smithy_runtime_api::client::{
    orchestrator::HttpResponse,
    result::{ConnectorError, SdkError},
};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use stage_config_grammar::arn::is_role_arn;
use std::{error::Error, io};

/// Classifies the error of a call that failed as a whole. Every request of the call gets the
/// returned outcome.
pub(crate) fn classify<E: ProvideErrorMetadata>(error: &SdkError<E, HttpResponse>) -> Outcome {
    match error {
        SdkError::ServiceError(context) => {
            let service = context.err();
            let status = context.raw().status().as_u16();
            if context.raw().extension::<ClockSkewed>().is_some() && can_be_clock_skew(service) {
                return Outcome::Failed(describe_clock_skew(
                    service.code().unwrap_or_default(),
                    status,
                ));
            }
            classify_code(
                service.code().unwrap_or_default(),
                status,
                service.message().unwrap_or_default(),
            )
        }
        SdkError::DispatchFailure(failure) => {
            Outcome::Failed(classify_connector_error(failure.as_connector_error()))
        }
        SdkError::TimeoutError(_) => {
            Outcome::Failed(Failed::new(FailureKind::TimedOut, "no answer"))
        }
        SdkError::ResponseError(context) => {
            let status = context.raw().status().as_u16();
            // A truncated body looks like an invalid body. Only a retry shows the difference.
            Outcome::Failed(classify_unreadable_response(status))
        }
        _ => {
            let detail = "the SDK could not make the request";
            let failed = Failed::new(FailureKind::InvalidRequest, detail);
            Outcome::Failed(failed.with_help("check the source, the region and the endpoint"))
        }
    }
}

pub(crate) fn classify_code(code: &str, status: u16, message: &str) -> Outcome {
    const THROTTLED: [&str; 6] = [
        "ThrottlingException",
        "ThrottledException",
        "Throttling",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "RequestThrottled",
    ];
    const CREDENTIALS: [&str; 11] = [
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    ];
    let code_text = format_code(code, status);
    if THROTTLED.contains(&code) || status == 429 {
        return Outcome::Failed(Failed::new(FailureKind::Throttled, code_text));
    }

    if CREDENTIALS.contains(&code) {
        return Outcome::Failed(Failed::new(
            FailureKind::Credentials,
            format!("AWS does not accept the credentials: {code_text}"),
        ));
    }

    if matches!(code, "AccessDeniedException" | "AccessDenied") {
        return Outcome::Denied(parse_denied(message));
    }

    if matches!(
        code,
        "ParameterNotFound" | "ParameterVersionNotFound" | "ParameterVersionLabelNotFound"
    ) {
        return Outcome::Missing;
    }

    if let Some(failed) = classify_key_code(code, &code_text) {
        return Outcome::Failed(failed);
    }

    match status {
        500.. => Outcome::Failed(Failed::new(FailureKind::Unavailable, code_text)),
        // In a batch, the error of a single secret has no status.
        _ if code == "InternalServiceError" => {
            Outcome::Failed(Failed::new(FailureKind::Unavailable, code_text))
        }
        _ if code.is_empty() => Outcome::Failed(classify_unreadable_response(status)),
        _ => Outcome::Failed(Failed::new(FailureKind::InvalidRequest, code_text)),
    }
}

/// Classifies the errors of KMS about a key or a ciphertext, and the errors of Parameter Store and
/// Secrets Manager that KMS causes. Returns `None` for any other code.
fn classify_key_code(code: &str, code_text: &str) -> Option<Failed> {
    let kind = match code {
        "InvalidCiphertextException" => FailureKind::WrongContext,
        "IncorrectKeyException" | "InvalidKeyUsageException" | "NotFoundException" => {
            FailureKind::WrongKey
        }
        // `KeyUnavailableException` is not one of these codes: it comes with status 500 and is
        // transient.
        "DisabledException" | "KMSInvalidStateException" => FailureKind::KeyUnusable,
        "DecryptionFailure" | "InvalidKeyId" => FailureKind::DecryptionFailed,
        _ => return None,
    };
    Some(Failed::new(kind, code_text))
}

/// Returns the error code and the HTTP status for display. The code comes from the network, so it
/// is shown only if it has the form of an error code.
fn format_code(code: &str, status: u16) -> String {
    if is_error_code(code) {
        format!("{code}, HTTP {status}")
    } else {
        format!("HTTP {status}")
    }
}

fn classify_unreadable_response(status: u16) -> Failed {
    match status {
        429 => Failed::new(FailureKind::Throttled, "HTTP 429"),
        500.. => Failed::new(FailureKind::Unavailable, format!("HTTP {status}")),
        _ => Failed::new(
            FailureKind::InvalidAnswer,
            format!("HTTP {status} with an unreadable body"),
        )
        .transient(),
    }
}

/// Returns whether the error may mean that the signature has the wrong time. The codes include
/// `AccessDeniedException`, the code for a missing permission, because some services also send it
/// for a wrong time.
fn can_be_clock_skew(error: &impl ProvideErrorMetadata) -> bool {
    const CODES: [&str; 7] = [
        "AccessDeniedException",
        "AuthFailure",
        "InvalidSignatureException",
        "RequestExpired",
        "RequestInTheFuture",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
    ];
    error.code().is_some_and(|code| CODES.contains(&code))
}

/// Returns a transient failure. The SDK's client corrects its time with the answer that rejects the
/// signature, so a retry shows whether the clock was the only problem.
fn describe_clock_skew(code: &str, status: u16) -> Failed {
    let code_text = format_code(code, status);
    let detail = format!(
        "this machine's clock differs from AWS's by minutes, so AWS rejects the signature: \
         {code_text}"
    );
    Failed::new(FailureKind::Credentials, detail).transient()
}

fn classify_connector_error(error: Option<&ConnectorError>) -> Failed {
    match error {
        Some(error) if error.is_timeout() => {
            Failed::new(FailureKind::TimedOut, "no connection in time")
        }
        Some(error) if error.is_user() => {
            Failed::new(FailureKind::InvalidRequest, "the endpoint is not a URL").with_help(
                "correct the endpoint: a variable such as `AWS_ENDPOINT_URL`, `endpoint_url` in \
                 the profile, or the program's `SdkConfig`",
            )
        }
        Some(error) => classify_connection_error(error),
        None => Failed::new(FailureKind::Unavailable, "the connection failed"),
    }
}

/// Classifies a connection error by the types and the texts of the errors in it. The texts are not
/// shown, because parts of them may come from the server.
fn classify_connection_error(error: &ConnectorError) -> Failed {
    let mut next: Option<&(dyn Error + 'static)> = Some(error);
    let mut found = None;
    while let Some(error) = next {
        // An outer error may print the inner one, so the innermost classification wins.
        let text = error.to_string();
        found = classify_certificate_error(&text)
            .or_else(|| classify_proxy_error(&text))
            .or_else(|| classify_io_error(error))
            .or(found);
        next = error.source();
    }
    found.unwrap_or_else(|| Failed::new(FailureKind::Unavailable, "the connection failed"))
}

/// Classifies a certificate error of rustls as permanent. Returns `None` for any other error.
fn classify_certificate_error(text: &str) -> Option<Failed> {
    let (_, reason) = text.split_once("invalid peer certificate: ")?;
    let problem = match reason {
        _ if reason.starts_with("UnknownIssuer") => {
            let detail = "no trusted root signed the endpoint's certificate";
            let failed = Failed::new(FailureKind::Unavailable, detail).permanent();
            return Some(failed.with_help(NAME_ROOTS));
        }
        _ if reason.starts_with("NotValidForName")
            || reason.starts_with("certificate not valid for name") =>
        {
            "the endpoint's certificate is for another name"
        }
        _ if reason.starts_with("Expired") || reason.starts_with("certificate expired") => {
            "the endpoint's certificate has expired, or this machine's clock is wrong"
        }
        _ => "the endpoint's certificate is not accepted",
    };
    Some(Failed::new(FailureKind::Unavailable, problem).permanent())
}

/// The help if the root of a company or of an emulator is not trusted.
const NAME_ROOTS: &str = if cfg!(feature = "native-roots") {
    "set `AWS_CA_BUNDLE` to a PEM file with the root that signed the certificate"
} else {
    "set `AWS_CA_BUNDLE` to a PEM file with the root that signed the certificate, or build \
     with the cargo feature `native-roots` to trust the roots of this machine"
};

/// The help if no server listens at the address. AWS itself does not refuse connections.
const START_SERVER: &str = "if a variable such as `AWS_ENDPOINT_URL` or `HTTPS_PROXY` names a \
                            server, start it, or unset the variable; otherwise check the network \
                            (VPC endpoint, DNS, proxy)";

const CHECK_NAME: &str = "check the region (`AWS_REGION`, or `?region=` of the source), the address \
                          in an endpoint variable, and the network (VPC endpoint, DNS, proxy)";

/// Classifies the refusal of a proxy to open a tunnel.
fn classify_proxy_error(text: &str) -> Option<Failed> {
    match text {
        "tunnel error: proxy authorization required" => {
            let detail = "the proxy does not accept the user and the password of its URL";
            Some(Failed::new(FailureKind::Unavailable, detail).permanent())
        }
        // A proxy whose own network is broken answers like this too, so a retry may help.
        "tunnel error: unsuccessful" => Some(Failed::new(
            FailureKind::Unavailable,
            "the proxy refused to connect to the endpoint",
        )),
        _ => None,
    }
}

fn classify_io_error(error: &(dyn Error + 'static)) -> Option<Failed> {
    let unavailable = |detail| Failed::new(FailureKind::Unavailable, detail);
    let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
    match kind {
        Some(io::ErrorKind::ConnectionRefused) => {
            Some(unavailable("the connection was refused").with_help(START_SERVER))
        }
        Some(
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe,
        ) => Some(unavailable("the connection was reset")),
        // `io::ErrorKind` has no kind for a failed DNS lookup.
        _ => error
            .to_string()
            .starts_with("failed to lookup address information")
            .then(|| {
                unavailable("the name of the endpoint does not resolve").with_help(CHECK_NAME)
            }),
    }
}

/// Parses
/// `User: arn:… is not authorized to perform: ssm:GetParameters on resource: arn:… because …` and
/// keeps the principal, the resource, and whether the action reads, writes, removes or assumes. If
/// the principal or the resource is missing, the outcome has no detail.
fn parse_denied(message: &str) -> Denied {
    let mut words = message.split_whitespace();
    let principal = words.find(|word| is_principal(word));
    let verb = parse_denied_verb(message);
    let is_role = |word: &str| verb == "assume" && is_role_arn(word) && is_principal(word);
    let resource = words.find(|word| is_resource(word) || is_role(word));
    match (principal, resource) {
        (Some(principal), Some(resource)) => {
            Denied::new(format!("{principal} may not {verb} {resource}",)).with_resource(resource)
        }
        _ => Denied::default(),
    }
}

/// Returns the verb for the denied action: `write` for `perform: ssm:PutParameter`, and `read` for
/// an unknown action.
fn parse_denied_verb(message: &str) -> &'static str {
    let action = message
        .split_whitespace()
        .skip_while(|word| *word != "perform:")
        .nth(1);
    let operation = action
        .and_then(|action| action.split(':').nth(1))
        .unwrap_or_default();
    let starts_with_any =
        |prefixes: &[&str]| prefixes.iter().any(|prefix| operation.starts_with(prefix));
    match () {
        () if starts_with_any(&["Put", "Create", "Update", "Encrypt", "GenerateDataKey"]) => {
            "write"
        }
        () if starts_with_any(&["Delete"]) => "remove",
        () if operation == "AssumeRole" => "assume",
        () => "read",
    }
}
