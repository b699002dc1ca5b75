//! The download of a file whose address is a secret.

use super::ManageError;
use crate::{
    aws::{self, HyperClient},
    failure::FailureKind,
};
use aws_smithy_types::body::SdkBody;
use http::{Request, StatusCode, Uri};
use hyper::body::{Body as _, Incoming};
use std::{future::poll_fn, pin::Pin, time::Duration};
use tokio::time::timeout;

const UNREACHABLE: &str = "its host cannot be reached";

/// The limits of a [`Downloader`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DownloadLimits {
    /// The maximum number of bytes.
    pub max_bytes: usize,
    /// The maximum time, from the connection to the last byte.
    pub timeout: Duration,
}

/// Downloads files whose address is a secret, such as the code of a function: anyone who knows the
/// address can read the file. No error contains a part of the address.
#[derive(Debug, Clone)]
pub struct Downloader(HyperClient);

impl Downloader {
    /// Creates the HTTP client, with the proxies and the roots that the variables name.
    ///
    /// # Errors
    ///
    /// Returns an error if a variable names a proxy or roots that cannot be used.
    pub fn new() -> Result<Self, ManageError> {
        let client = aws::new_http_client()
            .map_err(|failed| ManageError::from_failure("the HTTP client", "", &failed))?;
        Ok(Self(client))
    }

    /// Downloads a file. `subject` names the file in errors. Follows no redirect, because another
    /// host could receive the request.
    ///
    /// # Errors
    ///
    /// Returns an error if the address is not a URL, if the host does not answer with the file, or
    /// if the download exceeds one of the limits.
    pub async fn download(
        &self,
        url: &str,
        subject: &str,
        limits: DownloadLimits,
    ) -> Result<Vec<u8>, ManageError> {
        let download = self.fetch(url, limits.max_bytes);
        let (kind, detail) = match timeout(limits.timeout, download).await {
            Ok(Ok(bytes)) => return Ok(bytes),
            Ok(Err(failure)) => failure,
            Err(_) => {
                let seconds = limits.timeout.as_secs();
                let detail = format!("its download did not end within {seconds} s");
                (FailureKind::TimedOut, detail)
            }
        };
        let help = match kind {
            FailureKind::InvalidAnswer => "",
            _ if detail == UNREACHABLE => {
                "check the network and the proxy; the address of the file is valid for a few \
                 minutes only, so run the command again"
            }
            _ => "run the command again: the address of the file is valid for a few minutes only",
        };
        Err(ManageError::new(kind, subject, detail, help))
    }

    async fn fetch(&self, url: &str, max_bytes: usize) -> Result<Vec<u8>, (FailureKind, String)> {
        let failed = |kind, detail: &str| (kind, detail.to_owned());
        let uri: Uri = url
            .parse()
            .map_err(|_| failed(FailureKind::InvalidAnswer, "its address is not a URL"))?;
        let unavailable = |detail| failed(FailureKind::Unavailable, detail);
        let request = Request::get(uri)
            .body(SdkBody::empty())
            .map_err(|_| unavailable("its address cannot be requested"))?;
        let response = self.0.send(request).await;
        let response = response.map_err(|_| unavailable(UNREACHABLE))?;
        match response.status() {
            StatusCode::OK => read_body(response.into_body(), max_bytes).await,
            StatusCode::FORBIDDEN => Err(failed(
                FailureKind::Denied,
                "its host refuses the request with HTTP 403",
            )),
            status => Err((
                FailureKind::Unavailable,
                format!("its host answers with HTTP {}", status.as_u16()),
            )),
        }
    }
}

async fn read_body(mut body: Incoming, max_bytes: usize) -> Result<Vec<u8>, (FailureKind, String)> {
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|_| {
            let detail = "its download was interrupted".to_owned();
            (FailureKind::Unavailable, detail)
        })?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if bytes.len() + data.len() > max_bytes {
            let detail = format!("it has more than {} MiB", max_bytes >> 20);
            return Err((FailureKind::InvalidAnswer, detail));
        }
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    /// Serves one answer, and then leaves the connection open.
    async fn serve(answer: &'static [u8]) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let _ = stream.read(&mut [0; 1024]).await;
            let _ = stream.write_all(answer).await;
            std::future::pending::<()>().await;
        });
        format!("http://{address}/code?X-Amz-Signature=planted-4f2a")
    }

    async fn download_from(answer: &'static [u8]) -> Result<Vec<u8>, ManageError> {
        download_within(answer, Duration::from_secs(30)).await
    }

    async fn download_within(
        answer: &'static [u8],
        timeout: Duration,
    ) -> Result<Vec<u8>, ManageError> {
        let limits = DownloadLimits {
            max_bytes: 8,
            timeout,
        };
        let url = serve(answer).await;
        let downloader = Downloader::new().expect("no variable names a proxy");
        let result = downloader.download(&url, "the code", limits).await;
        if let Err(error) = &result {
            let shown = format!("{error} {error:?}");
            assert!(
                !shown.contains("4f2a") && !shown.contains("127.0.0.1"),
                "{shown}"
            );
        }
        result
    }

    #[tokio::test]
    async fn a_file_within_the_limits_is_returned() {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n12345678";
        assert_eq!(download_from(answer).await.unwrap(), b"12345678");
    }

    #[tokio::test]
    async fn a_download_ends_at_the_limits_of_size_and_time() {
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                        5\r\n12345\r\n5\r\n67890\r\n";
        let error = download_from(chunked).await.unwrap_err();
        assert_eq!(error.kind, FailureKind::InvalidAnswer, "{error}");

        // The rest of the file never arrives.
        let stalled = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n1234";
        let limit = Duration::from_millis(300);
        let error = download_within(stalled, limit).await.unwrap_err();
        assert_eq!(error.kind, FailureKind::TimedOut, "{error}");
    }

    #[tokio::test]
    async fn the_help_for_an_unreachable_host_names_the_network() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        drop(listener);
        let limits = DownloadLimits {
            max_bytes: 8,
            timeout: Duration::from_secs(30),
        };
        let downloader = Downloader::new().expect("no variable names a proxy");
        let url = format!("http://{address}/code");
        let result = downloader.download(&url, "the code", limits).await;
        let error = result.unwrap_err();
        assert_eq!(error.detail, UNREACHABLE);
        let help = error.help.to_string();
        assert!(
            help.starts_with("check the network and the proxy"),
            "{help}"
        );
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let redirect = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\
                         Content-Length: 0\r\n\r\n";
        let error = download_from(redirect).await.unwrap_err();
        assert!(error.detail.contains("HTTP 302"), "{error}");
    }
}
