//! One connection for one request. The connection does not block after it is open.

use std::{
    error::Error,
    io::{self, ErrorKind, Read as _, Write as _},
    net::TcpStream,
    os::fd::{AsFd, BorrowedFd},
    sync::Arc,
};

use rustls::{ClientConfig, ClientConnection, pki_types::ServerName};

const END_OF_HEAD: &[u8] = b"\r\n\r\n";

pub(crate) struct Connection {
    stream: TcpStream,
    tls: ClientConnection,
    request: Option<Vec<u8>>,
    answer: Vec<u8>,
    /// The length of the whole answer. It is known after the head of the answer was read.
    length: Option<usize>,
}

impl Connection {
    pub(crate) fn open(
        host: &str,
        config: Arc<ClientConfig>,
        request: Vec<u8>,
    ) -> Result<Self, Box<dyn Error>> {
        let (name, port) = host
            .split_once(':')
            .ok_or("`AWS_ENDPOINT_URL` must contain a port")?;
        let stream = TcpStream::connect(("127.0.0.1", port.parse()?))?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        Ok(Self {
            stream,
            tls: ClientConnection::new(config, ServerName::try_from(name.to_owned())?)?,
            request: Some(request),
            answer: Vec::new(),
            length: None,
        })
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.length
            .is_some_and(|length| self.answer.len() >= length)
    }

    /// Sends and reads as much as is possible now.
    pub(crate) fn advance(&mut self) -> Result<(), Box<dyn Error>> {
        while !self.is_complete() {
            if let Some(request) = self.request.take_if(|_| !self.tls.is_handshaking()) {
                self.tls.writer().write_all(&request)?;
            }
            while self.tls.wants_write() {
                self.tls.write_tls(&mut self.stream)?;
            }
            match self.tls.read_tls(&mut self.stream) {
                Ok(0) => return Err("the endpoint closed the connection".into()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            }
            self.tls.process_new_packets()?;
            self.read_answer()?;
        }
        Ok(())
    }

    fn read_answer(&mut self) -> Result<(), Box<dyn Error>> {
        match self.tls.reader().read_to_end(&mut self.answer) {
            Err(error) if error.kind() != ErrorKind::WouldBlock => return Err(error.into()),
            _ => {}
        }
        if self.length.is_none()
            && let Some(end) = find_end_of_head(&self.answer)
        {
            let head = std::str::from_utf8(&self.answer[..end])?;
            if !head.starts_with("HTTP/1.1 200") {
                return Err(head.into());
            }
            let length = head
                .split("\r\n")
                .find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.ok_or("the answer has no length")?.parse()?;
            self.length = Some(end + END_OF_HEAD.len() + length);
        }
        Ok(())
    }

    /// Returns the body, with the empty line before it. The answer must be complete.
    pub(crate) fn into_body(self) -> io::Result<String> {
        let start = find_end_of_head(&self.answer).unwrap_or_default();
        String::from_utf8(self.answer[start..].to_vec()).map_err(io::Error::other)
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

fn find_end_of_head(answer: &[u8]) -> Option<usize> {
    answer
        .windows(END_OF_HEAD.len())
        .position(|window| window == END_OF_HEAD)
}
