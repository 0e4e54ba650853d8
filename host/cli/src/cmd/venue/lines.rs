//! Where the frames of the two lines go.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::PathBuf;

use venue::{Frame, Line};
use wire::pcap;

use super::args::Args;
use crate::error::CliError;
use crate::output::not_over;

pub(crate) struct Lines {
    a: Option<(UdpSocket, SocketAddr)>,
    b: Option<(UdpSocket, SocketAddr)>,
    capture: Option<(PathBuf, pcap::Writer<BufWriter<File>>)>,
    sent: [u64; 2],
}

impl Lines {
    pub(crate) fn open(args: &Args) -> Result<Self, CliError> {
        let capture = args
            .frames
            .as_ref()
            .map(|path| {
                not_over(path, &[args.replay.feed()])?;
                let failed = |source| CliError::file(path, source);
                let file = BufWriter::new(File::create(path).map_err(failed)?);
                Ok::<_, CliError>((path.clone(), pcap::Writer::new(file).map_err(failed)?))
            })
            .transpose()?;
        Ok(Self {
            a: args.udp_a.map(socket).transpose()?,
            b: args.udp_b.map(socket).transpose()?,
            capture,
            sent: [0; 2],
        })
    }

    /// Frames sent on lines A and B.
    pub(crate) fn sent(&self) -> (u64, u64) {
        (self.sent[0], self.sent[1])
    }

    /// Sends frames; `stamp_ns` is the time of the exchange.
    pub(crate) fn send(&mut self, frames: &[Frame], stamp_ns: u64) -> Result<(), CliError> {
        for frame in frames {
            let line = match frame.line {
                Line::A => &self.a,
                Line::B => &self.b,
            };
            self.sent[usize::from(frame.line == Line::B)] += 1;
            if let Some((socket, to)) = line {
                // A full buffer or a reader that has gone loses datagrams, as a network does.
                match socket.send_to(frame.payload(), to) {
                    Ok(_) => {}
                    Err(error)
                        if matches!(
                            error.kind(),
                            io::ErrorKind::WouldBlock | io::ErrorKind::ConnectionRefused
                        ) => {}
                    Err(error) => return Err(CliError::Input(format!("sending to {to}: {error}"))),
                }
            }
            if let Some((path, writer)) = &mut self.capture {
                writer
                    .write(stamp_ns, &frame.bytes)
                    .map_err(|source| CliError::file(path, source))?;
            }
        }
        Ok(())
    }

    pub(crate) fn close(&mut self) -> Result<(), CliError> {
        if let Some((path, writer)) = self.capture.take() {
            let flushed = writer.into_inner().flush();
            flushed.map_err(|source| CliError::file(&path, source))?;
        }
        Ok(())
    }
}

fn socket(to: SocketAddr) -> Result<(UdpSocket, SocketAddr), CliError> {
    let open = || {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0))?;
        socket.set_nonblocking(true)?;
        Ok(socket)
    };
    let opened: io::Result<UdpSocket> = open();
    let socket = opened.map_err(|error| CliError::Input(format!("a socket to {to}: {error}")))?;
    Ok((socket, to))
}
