//! HTTP/1.1 on sockets of our own, as much of it as package managers speak: every body has a length. Libraries hide the
//! socket, and the faults that a release has to survive are made there: a connection that is cut, an answer that stops
//! in the middle or never comes.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use ureq::http::StatusCode;

use super::exchange::{Call, Delivery, Reply};
use super::locked;

/// How long the end waits for answers that are being made.
const PATIENCE: Duration = Duration::from_secs(1);

/// The longest head of a request that is read.
const HEAD: u64 = 64 << 10;

/// Pieces of a body that is sent slowly.
const PIECES: usize = 8;

/// A listening socket and its connections; all of them end when it is dropped.
pub(super) struct Http {
    address: SocketAddr,
    connections: Arc<Connections>,
    /// Disconnected once the last thread has ended.
    ended: Mutex<Receiver<()>>,
}

#[derive(Default)]
struct Connections {
    open: Mutex<Open>,
    ends: Condvar,
}

#[derive(Default)]
struct Open {
    ending: bool,
    count: u64,
    streams: BTreeMap<u64, TcpStream>,
}

impl Http {
    /// Listens on this port of 127.0.0.1, or on a free one where somebody else has it.
    #[expect(clippy::disallowed_methods, reason = "the one listening socket of castoff, on loopback")]
    pub(super) fn listen(port: u16) -> Result<(TcpListener, SocketAddr)> {
        let listener =
            TcpListener::bind(("127.0.0.1", port)).or_else(|_| TcpListener::bind("127.0.0.1:0"))?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    }

    /// Answers whatever comes, in a thread for each connection: one that hangs keeps no other waiting.
    pub(super) fn serve(
        listener: TcpListener,
        address: SocketAddr,
        answer: impl Fn(&Call) -> Reply + Send + Sync + 'static,
    ) -> Result<Http> {
        let (alive, ended) = channel();
        let connections = Arc::<Connections>::default();
        let (own, answer) = (Arc::clone(&connections), Arc::new(answer));
        let accept = move || {
            while let Ok((stream, _)) = listener.accept() {
                let (answer, own, alive) = (Arc::clone(&answer), Arc::clone(&own), alive.clone());
                let Some(id) = own.add(&stream) else { break };
                let talk = move || {
                    let _alive = alive;
                    // A client that goes away in the middle is the client's affair.
                    let _ = talk(&stream, &own, &*answer);
                    own.remove(id);
                };
                let _ = thread::Builder::new().name("registry".to_string()).spawn(talk);
            }
        };
        thread::Builder::new().name("registry".to_string()).spawn(accept)?;
        Ok(Http { address, connections, ended: Mutex::new(ended) })
    }
}

impl Drop for Http {
    #[expect(clippy::disallowed_methods, reason = "the listening thread wakes when somebody connects")]
    fn drop(&mut self) {
        let streams = {
            let mut open = locked(&self.connections.open);
            open.ending = true;
            std::mem::take(&mut open.streams)
        };
        self.connections.ends.notify_all();
        for stream in streams.values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        let _ = TcpStream::connect(self.address);
        // Nothing is ever sent: this returns when all threads are gone.
        let _ = self.ended.get_mut().unwrap_or_else(PoisonError::into_inner).recv_timeout(PATIENCE);
    }
}

impl Connections {
    /// None when the end has come.
    fn add(&self, stream: &TcpStream) -> Option<u64> {
        let mut open = locked(&self.open);
        if open.ending {
            return None;
        }
        open.count += 1;
        let id = open.count;
        open.streams.insert(id, stream.try_clone().ok()?);
        Some(id)
    }

    fn remove(&self, id: u64) {
        if let Some(stream) = locked(&self.open).streams.remove(&id) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Lets time pass, but not beyond the end.
    fn pause(&self, time: Duration) {
        let _ = self.ends.wait_timeout_while(locked(&self.open), time, |open| !open.ending);
    }
}

/// One connection to its end.
fn talk(stream: &TcpStream, connections: &Connections, answer: &dyn Fn(&Call) -> Reply) -> Result<()> {
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    loop {
        let (call, stays) = match receive(&mut reader, &mut writer) {
            Ok(Some(received)) => received,
            Ok(None) => return Ok(()),
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                return send(&mut writer, "GET", &Reply::text(400, &error.to_string()), connections);
            }
            Err(error) => return Err(error),
        };
        let reply = answer(&call);
        match reply.delivery {
            Delivery::Cut => return Ok(()),
            // Until the client gives up, or the end closes the socket.
            Delivery::Never => return reader.read(&mut [0]).map(drop),
            Delivery::Half => return send(&mut writer, &call.method, &reply, connections),
            Delivery::Whole | Delivery::Slow(_) => send(&mut writer, &call.method, &reply, connections)?,
        }
        if !stays {
            return Ok(());
        }
    }
}

/// Reads a request, and whether another one may follow; none at the end of the connection. A body that the client cut
/// short stays short: the formats of all uploads tell their end, so the handlers refuse it.
fn receive(reader: &mut impl BufRead, writer: &mut impl Write) -> Result<Option<(Call, bool)>> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let read = reader.take(HEAD).read_until(b'\n', &mut head)?;
        if read == 0 {
            return if head.is_empty() { Ok(None) } else { Err(ErrorKind::UnexpectedEof.into()) };
        }
        if head.len() as u64 > HEAD {
            return Err(odd("the head of the request is too long"));
        }
    }
    let (mut call, stays) = parsed(&head)?;
    if call.header("transfer-encoding").is_some() {
        return Err(odd("the body of a request needs a `Content-Length`"));
    }
    let length = call.header("content-length").map_or(Ok(0), str::parse);
    let length: u64 = length.map_err(|_| odd("`Content-Length` is no number"))?;
    if call.header("expect").is_some_and(|what| what.eq_ignore_ascii_case("100-continue")) {
        writer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    reader.take(length).read_to_end(&mut call.body)?;
    Ok(Some((call, stays)))
}

fn parsed(head: &[u8]) -> Result<(Call, bool)> {
    let mut headers = [httparse::EMPTY_HEADER; 100];
    let mut request = httparse::Request::new(&mut headers);
    request.parse(head).map_err(|error| odd(&error.to_string()))?;
    let mut call = Call::new(request.method.unwrap_or_default(), request.path.unwrap_or_default());
    let header = |header: &httparse::Header| {
        (header.name.to_lowercase(), String::from_utf8_lossy(header.value).into_owned())
    };
    call.headers = request.headers.iter().map(header).collect();
    let closes = call.header("connection").is_some_and(|what| what.to_lowercase().contains("close"));
    Ok((call, request.version == Some(1) && !closes))
}

fn odd(why: &str) -> Error {
    Error::new(ErrorKind::InvalidData, why)
}

/// Sends an answer, always with its length: clients show progress by it and check it.
#[expect(clippy::disallowed_methods, reason = "the date of an answer, by which clients judge their caches")]
fn send(writer: &mut impl Write, method: &str, reply: &Reply, connections: &Connections) -> Result<()> {
    let status = StatusCode::from_u16(reply.status).unwrap_or_default();
    let mut head = format!("HTTP/1.1 {} {}\r\n", reply.status, status.canonical_reason().unwrap_or_default());
    head += &format!("Date: {}\r\n", httpdate::fmt_http_date(SystemTime::now()));
    for (name, value) in &reply.headers {
        head += &format!("{name}: {value}\r\n");
    }
    if reply.status != 304 {
        head += &format!("Content-Length: {}\r\n", reply.body.len());
    }
    head += "\r\n";
    let body = if method == "HEAD" { &[] } else { &*reply.body };
    match reply.delivery {
        Delivery::Slow(pause) => {
            writer.write_all(head.as_bytes())?;
            for piece in body.chunks(body.len().div_ceil(PIECES).max(1)) {
                connections.pause(pause);
                writer.write_all(piece)?;
            }
            Ok(())
        }
        Delivery::Half => writer.write_all(&[head.as_bytes(), &body[..body.len() / 2]].concat()),
        _ => writer.write_all(&[head.as_bytes(), body].concat()),
    }
}
