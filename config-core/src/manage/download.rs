//! The download of a file whose address is a secret, such as the code of a function.

use super::ManageError;
use crate::{aws, failure::FailureKind};
use aws_smithy_types::body::SdkBody;
use http::{Request, StatusCode, Uri};
use hyper::body::{Body as _, Incoming};
use std::{future::poll_fn, pin::Pin, time::Duration};
use tokio::time::timeout;

/// The limits of a [`download`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DownloadLimits {
    /// The maximum number of bytes.
    pub max_bytes: usize,
    /// The maximum time, from the connection to the last byte.
    pub timeout: Duration,
}

/// Downloads the file at a presigned address. The address is a secret, because anyone who knows it
/// can read the file: no error contains a part of it. `subject` names the file in errors. Follows
/// no redirect, because another host could receive the request.
///
/// # Errors
///
/// Returns an error if the address is not a URL, if the host does not answer with the file, or at
/// one of the limits.
pub async fn download(
    url: &str,
    subject: &str,
    limits: DownloadLimits,
) -> Result<Vec<u8>, ManageError> {
    let failed = |kind, detail: String| {
        let help = "run the command again: the address of the code is valid for ten minutes";
        ManageError::new(kind, subject, detail, help)
    };
    let uri: Uri = url.parse().map_err(|_| {
        failed(
            FailureKind::InvalidAnswer,
            "its address is not a URL".to_owned(),
        )
    })?;
    let download = fetch(uri, limits.max_bytes);
    match timeout(limits.timeout, download).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err((kind, detail))) => Err(failed(kind, detail)),
        Err(_) => Err(failed(
            FailureKind::TimedOut,
            format!(
                "its download did not end within {} s",
                limits.timeout.as_secs()
            ),
        )),
    }
}

async fn fetch(uri: Uri, max_bytes: usize) -> Result<Vec<u8>, (FailureKind, String)> {
    let client = aws::new_http_client().map_err(|failed| (failed.kind, failed.detail))?;
    let unavailable = |detail: &str| (FailureKind::Unavailable, detail.to_owned());
    let request = Request::get(uri)
        .body(SdkBody::empty())
        .map_err(|_| unavailable("its address cannot be requested"))?;
    let response = client
        .send(request)
        .await
        .map_err(|_| unavailable("the host of the code cannot be reached"))?;
    match response.status() {
        StatusCode::OK => {}
        StatusCode::FORBIDDEN => {
            let detail = "the host of the code refuses the request with HTTP 403";
            return Err((FailureKind::Denied, detail.to_owned()));
        }
        status => {
            let detail = format!("the host of the code answers with HTTP {}", status.as_u16());
            return Err((FailureKind::Unavailable, detail));
        }
    }
    read_body(response.into_body(), max_bytes).await
}

async fn read_body(mut body: Incoming, max_bytes: usize) -> Result<Vec<u8>, (FailureKind, String)> {
    let mut bytes = Vec::new();
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let frame = frame.map_err(|_| {
            let detail = "the download of the code broke off".to_owned();
            (FailureKind::Unavailable, detail)
        })?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if bytes.len() + data.len() > max_bytes {
            let detail = format!("the code has more than {} MiB", max_bytes >> 20);
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
        let limits = DownloadLimits {
            max_bytes: 8,
            timeout: Duration::from_millis(300),
        };
        let url = serve(answer).await;
        let result = download(&url, "the code", limits).await;
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
    async fn the_limits_hold_without_a_length() {
        let chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\
                        5\r\n12345\r\n5\r\n67890\r\n";
        let error = download_from(chunked).await.unwrap_err();
        assert_eq!(error.kind, FailureKind::InvalidAnswer, "{error}");

        // The rest of the file never arrives.
        let stalled = b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n1234";
        let error = download_from(stalled).await.unwrap_err();
        assert_eq!(error.kind, FailureKind::TimedOut, "{error}");
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let redirect = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\
                         Content-Length: 0\r\n\r\n";
        let error = download_from(redirect).await.unwrap_err();
        assert!(error.detail.contains("HTTP 302"), "{error}");
    }
}
