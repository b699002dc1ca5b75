//! The wrapper around the HTTP client that a load gives to the SDK. It marks an answer that rejects
//! a request which was signed with a wrong time. If the client belongs to the program, no request
//! leaves a connection open.

use aws_smithy_runtime_api::{
    box_error::BoxError,
    client::{
        connector_metadata::ConnectorMetadata,
        http::{
            HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings,
            SharedHttpClient, SharedHttpConnector,
        },
        orchestrator::{HttpRequest, HttpResponse},
        runtime_components::{RuntimeComponents, RuntimeComponentsBuilder},
    },
    shared::IntoShared,
};
use aws_smithy_types::{
    config_bag::ConfigBag,
    date_time::{DateTime, Format},
};
use aws_types::sdk_config::{Builder, SdkConfig};

/// The maximum difference between the signing time and AWS's time, in seconds, that does not count
/// as a wrong clock. AWS accepts a difference of up to five minutes. So if AWS rejects a request
/// with a smaller difference, the clock is not the reason. The SDK uses the same limit.
const TOLERANCE_S: u64 = 4 * 60;

/// Marks a response that rejects a request whose signing time differs from AWS's time by minutes.
/// The SDK signs the next request of the same client with AWS's time.
#[derive(Debug, Clone, Copy)]
pub(super) struct ClockSkewed;

/// The owner of the HTTP client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClientOwner {
    /// The load, which also drops the client.
    Load,
    /// The program, which keeps the client. After a freeze, a connection that a load left open
    /// would still look open to a refresh, although a gateway may have dropped the connection.
    /// Therefore each request asks the server to close the connection.
    Program,
}

/// Sets the HTTP client of the builder to the wrapped client of the configuration, if there is one.
pub(super) fn wrap_http_client(
    config: &SdkConfig,
    owner: ClientOwner,
    builder: Builder,
) -> Builder {
    let Some(inner) = config.http_client() else {
        return builder;
    };
    builder.http_client(SkewAwareClient { inner, owner })
}

#[derive(Debug)]
struct SkewAwareClient {
    inner: SharedHttpClient,
    owner: ClientOwner,
}

impl HttpClient for SkewAwareClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SkewAwareConnector {
            inner,
            owner: self.owner,
        }
        .into_shared()
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.inner.validate_base_client_config(components, config)
    }

    fn validate_final_config(
        &self,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        self.inner.validate_final_config(components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.inner.connector_metadata()
    }
}

#[derive(Debug)]
struct SkewAwareConnector {
    inner: SharedHttpConnector,
    owner: ClientOwner,
}

impl HttpConnector for SkewAwareConnector {
    fn call(&self, mut request: HttpRequest) -> HttpConnectorFuture {
        let signed = parse_signing_time(&request);
        if self.owner == ClientOwner::Program {
            // This is a hop-by-hop header, so it is not part of the signature.
            request.headers_mut().insert("connection", "close");
        }
        let answer = self.inner.call(request);
        HttpConnectorFuture::new(async move {
            let mut response = answer.await?;
            if is_clock_skewed(signed, &response) {
                response.add_extension(ClockSkewed);
            }
            Ok(response)
        })
    }
}

/// Returns whether the response rejects a request whose signing time differs from AWS's time by
/// more than the tolerance.
fn is_clock_skewed(signed: Option<DateTime>, response: &HttpResponse) -> bool {
    let headers = response.headers();
    // The date of a cached answer is not the current time.
    if !response.status().is_client_error() || headers.get("age").is_some() {
        return false;
    }
    let date = headers
        .get("date")
        .and_then(|date| DateTime::from_str(date, Format::HttpDate).ok());
    signed
        .zip(date)
        .is_some_and(|(signed, date)| signed.secs().abs_diff(date.secs()) > TOLERANCE_S)
}

/// Returns the signing time of a request (`X-Amz-Date: 20130524T000000Z`), or `None` if the header
/// is missing or has another form.
fn parse_signing_time(request: &HttpRequest) -> Option<DateTime> {
    let text = request.headers().get("x-amz-date")?;
    let digits = |from: usize, to: usize| text.get(from..to);
    let (year, month, day) = (digits(0, 4)?, digits(4, 6)?, digits(6, 8)?);
    let (hour, minute, second) = (digits(9, 11)?, digits(11, 13)?, digits(13, 15)?);
    DateTime::from_str(
        &format!("{year}-{month}-{day}T{hour}:{minute}:{second}Z"),
        Format::DateTime,
    )
    .ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_smithy_runtime_api::http::StatusCode;
    use aws_smithy_types::body::SdkBody;

    /// Noon of 1 January 2026, in seconds since 1970.
    const NOON: i64 = 1_767_268_800;
    const AT_NOON: [(&str, &str); 1] = [("date", "Thu, 01 Jan 2026 12:00:00 GMT")];

    fn new_answer(status: u16, headers: &[(&'static str, &'static str)]) -> HttpResponse {
        let mut response =
            HttpResponse::new(StatusCode::try_from(status).unwrap(), SdkBody::empty());
        for (name, value) in headers {
            response.headers_mut().insert(*name, *value);
        }
        response
    }

    #[test]
    fn a_rejection_with_a_distant_date_is_clock_skew_in_both_directions() {
        for difference in [-86_400 * 365, -3600, 3600, 86_400] {
            assert!(
                is_clock_skewed(
                    Some(DateTime::from_secs(NOON + difference)),
                    &new_answer(400, &AT_NOON)
                ),
                "{difference}"
            );
        }
        assert!(
            !is_clock_skewed(
                Some(DateTime::from_secs(NOON + 200)),
                &new_answer(400, &AT_NOON)
            ),
            "AWS accepts this difference"
        );
    }

    #[test]
    fn only_a_rejection_of_a_signed_request_with_the_current_date_is_clock_skew() {
        let signed = Some(DateTime::from_secs(NOON + 3600));
        let cached = [("date", "Thu, 01 Jan 2026 12:00:00 GMT"), ("age", "3600")];
        for answer in [
            new_answer(400, &[]),
            new_answer(400, &[("date", "noon")]),
            new_answer(400, &cached),
            new_answer(200, &AT_NOON),
        ] {
            assert!(!is_clock_skewed(signed, &answer));
        }
        assert!(
            !is_clock_skewed(None, &new_answer(400, &AT_NOON)),
            "a request without a signature"
        );
    }

    #[test]
    fn the_signing_time_is_parsed() {
        let signed = |text: &'static str| {
            let mut request = HttpRequest::empty();
            request.headers_mut().insert("x-amz-date", text);
            parse_signing_time(&request).map(|time| time.secs())
        };
        assert_eq!(signed("20260101T120000Z"), Some(NOON));
        for text in [
            "",
            "2026",
            "20260101T12000",
            "20261301T120000Z",
            "no time at all, but as long",
        ] {
            assert_eq!(signed(text), None, "{text}");
        }
        assert!(parse_signing_time(&HttpRequest::empty()).is_none());
    }
}
