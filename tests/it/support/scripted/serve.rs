//! The HTTP server of the endpoint: a thread with its own runtime, and answers in pieces.

use std::collections::VecDeque;
use std::error::Error as _;
use std::future::{pending, poll_fn};
use std::io;
use std::net::{Ipv4Addr, TcpListener as StdListener};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::time::{Sleep, sleep, timeout};

use super::{Answer, Record, Request, Script};

/// Binds a free port, and serves it on a new thread until the sender of `stopped` is dropped.
/// Returns the URL and the thread.
pub(super) fn start(
    script: Arc<Script>,
    record: Arc<Record>,
    stopped: oneshot::Receiver<()>,
) -> (String, JoinHandle<()>) {
    let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("127.0.0.1 has a free port");
    listener
        .set_nonblocking(true)
        .expect("the listener can be non-blocking");
    let url = format!(
        "http://{}",
        listener.local_addr().expect("a listener has an address")
    );
    let thread = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        runtime.block_on(async {
            let listener = TcpListener::from_std(listener).expect("a listener within the runtime");
            tokio::select! {
                _ = stopped => {}
                () = accept(listener, script, record) => {}
            }
        });
    });
    (url, thread)
}

async fn accept(listener: TcpListener, script: Arc<Script>, record: Arc<Record>) {
    loop {
        let (stream, _) = listener.accept().await.expect("a listener accepts");
        tokio::spawn(serve(stream, Arc::clone(&script), Arc::clone(&record)));
    }
}

/// Serves one connection. [`Answer::Reset`] makes the service fail, and [`Answer::ResetsInBody`]
/// makes the body fail. In both cases, the stream is then closed with RST.
async fn serve(stream: TcpStream, script: Arc<Script>, record: Arc<Record>) {
    // Without this option, a late body waits until the client acknowledges the headers.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| Box::pin(answer(request, &*script, &record)));
    let mut connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    let served = poll_fn(|context| connection.poll_without_shutdown(context)).await;
    if served.is_err_and(|error| is_reset(&error)) {
        let stream = connection.into_parts().io.into_inner();
        stream
            .set_zero_linger()
            .expect("a socket takes its options");
    }
}

fn is_reset(error: &hyper::Error) -> bool {
    let source = error
        .source()
        .and_then(|source| source.downcast_ref::<io::Error>());
    source.is_some_and(|error| error.kind() == io::ErrorKind::ConnectionReset)
}

async fn answer(
    request: hyper::Request<Incoming>,
    script: &Script,
    record: &Record,
) -> io::Result<hyper::Response<Pieces>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let headers = head.headers.iter();
    let headers = headers.map(|(name, value)| {
        (
            name.to_string(),
            String::from_utf8_lossy(value.as_bytes()).into_owned(),
        )
    });
    let request_line = format!("{} {}", head.method, head.uri);
    let (request, in_flight) =
        record.start_request(Request::new(request_line, headers.collect(), &body));
    let response = respond(script(&request), record).await;
    drop(in_flight);
    response
}

async fn respond(mut answer: Answer, record: &Record) -> io::Result<hyper::Response<Pieces>> {
    let mut headers = Vec::new();
    loop {
        answer = match answer {
            Answer::Together { calls, then } => {
                wait_for_concurrent(calls, record).await;
                *then
            }
            Answer::WithHeaders {
                headers: added,
                then,
            } => {
                headers.extend(added);
                *then
            }
            answer => break respond_alone(answer, headers).await,
        };
    }
}

async fn wait_for_concurrent(calls: usize, record: &Record) {
    if timeout(record.timeout, record.wait_for_concurrent(calls))
        .await
        .is_err()
    {
        record.add_problem(format!(
            "at most {} of {calls} calls were in flight at once",
            record.most_in_flight()
        ));
    }
}

async fn respond_alone(
    answer: Answer,
    headers: Vec<(&'static str, String)>,
) -> io::Result<hyper::Response<Pieces>> {
    let (status, pieces) = match answer {
        Answer::Whole { status, body } => (
            status,
            Pieces::new(&body, vec![Piece::Bytes(body.clone().into())]),
        ),
        Answer::File { body } => (
            200,
            Pieces {
                announced: body.len() as u64,
                queue: [Piece::Bytes(body.into())].into(),
            },
        ),
        Answer::CutOff { body } => (
            200,
            Pieces::half(&body, Piece::Break(io::ErrorKind::ConnectionAborted)),
        ),
        Answer::ResetsInBody { body } => (
            200,
            Pieces::half(&body, Piece::Break(io::ErrorKind::ConnectionReset)),
        ),
        Answer::Stalls { body } => (200, Pieces::half(&body, Piece::Stall)),
        Answer::Drips {
            body,
            pieces,
            pause,
        } => (200, Pieces::dripping(&body, pieces, pause)),
        Answer::Hangs => pending().await,
        Answer::Reset => return Err(io::ErrorKind::ConnectionReset.into()),
        Answer::Together { .. } | Answer::WithHeaders { .. } => {
            unreachable!("the caller removes these")
        }
    };
    let response = hyper::Response::builder()
        .status(status)
        .header("content-type", "application/x-amz-json-1.1");
    headers
        .into_iter()
        .fold(response, |response, (name, value)| {
            response.header(name, value)
        })
        .header("x-amzn-requestid", "00000000-0000-0000-0000-000000000000")
        .body(pieces)
        .map_err(io::Error::other)
}

/// A body that is sent in pieces.
struct Pieces {
    announced: u64,
    queue: VecDeque<Piece>,
}

enum Piece {
    Bytes(Bytes),
    /// Makes hyper send its buffer.
    Flush,
    /// A pause that begins after the previous piece was sent.
    Pause(Duration),
    Sleep(Pin<Box<Sleep>>),
    /// Sends nothing more, and leaves the connection open.
    Stall,
    /// Ends the body with an error.
    Break(io::ErrorKind),
}

impl Pieces {
    fn new(body: &str, pieces: impl IntoIterator<Item = Piece>) -> Self {
        Self {
            announced: body.len() as u64,
            queue: pieces.into_iter().collect(),
        }
    }

    fn half(body: &str, last: Piece) -> Self {
        let half = Bytes::copy_from_slice(&body.as_bytes()[..body.len() / 2]);
        Self::new(body, [Piece::Bytes(half), Piece::Flush, last])
    }

    fn dripping(body: &str, pieces: usize, pause: Duration) -> Self {
        let size = body.len().div_ceil(pieces.max(1)).max(1);
        let chunks = body.as_bytes().chunks(size).map(Bytes::copy_from_slice);
        Self::new(
            body,
            chunks.flat_map(|chunk| [Piece::Pause(pause), Piece::Bytes(chunk)]),
        )
    }
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        loop {
            match self.queue.pop_front() {
                None => return Poll::Ready(None),
                Some(Piece::Bytes(bytes)) => return Poll::Ready(Some(Ok(Frame::data(bytes)))),
                Some(Piece::Break(kind)) => return Poll::Ready(Some(Err(kind.into()))),
                Some(Piece::Flush) => {
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
                Some(Piece::Stall) => {
                    self.queue.push_front(Piece::Stall);
                    return Poll::Pending;
                }
                Some(Piece::Pause(pause)) => {
                    self.queue.push_front(Piece::Sleep(Box::pin(sleep(pause))))
                }
                Some(Piece::Sleep(mut sleep)) => {
                    if sleep.as_mut().poll(context).is_pending() {
                        self.queue.push_front(Piece::Sleep(sleep));
                        return Poll::Pending;
                    }
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.queue.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced)
    }
}
