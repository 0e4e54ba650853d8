//! The socket: requests with their answers, posted writes, time-outs. After anything that may have left requests and
//! answers out of step the connection refuses further use.

use super::message::{Command, HEADER, ReplyHeader, decode, encode};
use crate::PcieError;
use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{FromRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;
use vmm_sys_util::sock_ctrl_msg::ScmSocket;

/// Most file descriptors an answer may carry.
const FDS_MAX: usize = 8;

/// An answer.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) body: Vec<u8>,
    pub(super) files: Vec<File>,
}

/// One connection to a card process.
#[derive(Debug)]
pub(super) struct Connection {
    stream: UnixStream,
    timeout: Duration,
    next_id: u16,
    /// Numbers of the posted writes since the last answer: the card works in order, so their errors come before it.
    posted: Vec<u16>,
    broken: bool,
}

impl Connection {
    pub(super) fn open(socket: &Path, timeout: Duration) -> Result<Self, PcieError> {
        let failed = |source| PcieError::Connect {
            socket: socket.to_owned(),
            source,
        };
        let stream = UnixStream::connect(socket).map_err(failed)?;
        stream.set_read_timeout(Some(timeout)).map_err(failed)?;
        stream.set_write_timeout(Some(timeout)).map_err(failed)?;
        Ok(Self {
            stream,
            timeout,
            next_id: 0,
            posted: Vec::new(),
            broken: false,
        })
    }

    /// Whether writes are on their way that nothing has waited for.
    pub(super) fn has_posted(&self) -> bool {
        !self.posted.is_empty()
    }

    /// Sends a request and waits for its answer.
    pub(super) fn request(
        &mut self,
        command: Command,
        body: &[u8],
        fds: &[RawFd],
    ) -> Result<Reply, PcieError> {
        let id = self.send(command, true, body, fds)?;
        self.answer(id, command)
    }

    /// Sends a request that nobody waits for; an error shows at the next answer.
    pub(super) fn post(&mut self, command: Command, body: &[u8]) -> Result<(), PcieError> {
        // Numbers are 16 bits: none may be in use twice.
        if self.posted.len() >= usize::from(u16::MAX / 2) {
            let id = self.send(command, true, body, &[])?;
            return self.answer(id, command).map(drop);
        }
        let id = self.send(command, false, body, &[])?;
        self.posted.push(id);
        Ok(())
    }

    fn send(&mut self, command: Command, wait: bool, body: &[u8], fds: &[RawFd]) -> Result<u16, PcieError> {
        if self.broken {
            return Err(PcieError::Broken);
        }
        let id = self.next_id;
        self.next_id = id.wrapping_add(1);
        let message = encode(id, command, wait, body)?;
        // One write a message: a card that reads a header at a time must find it whole.
        let sent = if fds.is_empty() {
            self.stream.write_all(&message)
        } else {
            self.send_with_files(&message, fds)
        };
        sent.map_err(|error| self.gave_up(command, error))?;
        Ok(id)
    }

    fn send_with_files(&mut self, message: &[u8], fds: &[RawFd]) -> io::Result<()> {
        let sent = self
            .stream
            .send_with_fds(&[message], fds)
            .map_err(io::Error::from)?;
        self.stream.write_all(&message[sent..])
    }

    fn answer(&mut self, id: u16, command: Command) -> Result<Reply, PcieError> {
        let mut refused = None;
        loop {
            let (header, files) = self.header(command)?;
            let mut body = vec![0; header.body];
            self.stream
                .read_exact(&mut body)
                .map_err(|error| self.gave_up(command, error))?;
            if header.id != id {
                // Only the error of a posted write may come before the answer.
                let ours = self.posted.contains(&header.id);
                match header.error {
                    Some(code) if ours => refused = refused.or(Some(code)),
                    _ => return Err(self.out_of_step(command, &header)),
                }
                continue;
            }
            if header.command != command as u16 {
                return Err(self.out_of_step(command, &header));
            }
            self.posted.clear();
            if let Some(code) = header.error {
                return Err(PcieError::Refused {
                    command: command.name(),
                    code,
                });
            }
            return match refused {
                Some(code) => Err(PcieError::PostedRefused { code }),
                None => Ok(Reply { body, files }),
            };
        }
    }

    fn header(&mut self, command: Command) -> Result<(ReplyHeader, Vec<File>), PcieError> {
        let mut bytes = [0u8; HEADER];
        let (got, files) = self
            .receive(&mut bytes)
            .map_err(|error| self.gave_up(command, error))?;
        self.stream
            .read_exact(&mut bytes[got..])
            .map_err(|error| self.gave_up(command, error))?;
        match decode(&bytes) {
            Ok(header) => Ok((header, files)),
            Err(what) => {
                self.broken = true;
                Err(command.protocol(what))
            }
        }
    }

    /// Reads the first bytes of a message with the files sent along.
    fn receive(&self, bytes: &mut [u8; HEADER]) -> io::Result<(usize, Vec<File>)> {
        let mut fds: [RawFd; FDS_MAX] = [-1; FDS_MAX];
        let mut vectors = [libc_iovec(bytes)];
        // SAFETY: the one vector points to `bytes`, writable and as long as it says; `fds` is as long as it says.
        let (got, count) = unsafe { self.stream.recv_with_fds(&mut vectors, &mut fds) }?;
        let files = fds
            .iter()
            .take(count)
            // SAFETY: the kernel has just made these descriptors for this process, and nobody else knows them.
            .map(|fd| unsafe { File::from_raw_fd(*fd) })
            .collect();
        if got == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok((got, files))
    }

    fn gave_up(&mut self, command: Command, source: io::Error) -> PcieError {
        self.broken = true;
        match source.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => PcieError::Timeout {
                command: command.name(),
                millis: self.timeout.as_millis(),
            },
            _ => PcieError::Gone {
                command: command.name(),
                source,
            },
        }
    }

    fn out_of_step(&mut self, command: Command, header: &ReplyHeader) -> PcieError {
        self.broken = true;
        command.protocol(format!(
            "an answer to another request (number {}, command {})",
            header.id, header.command
        ))
    }
}

fn libc_iovec(bytes: &mut [u8; HEADER]) -> libc::iovec {
    libc::iovec {
        iov_base: bytes.as_mut_ptr().cast(),
        iov_len: bytes.len(),
    }
}
