//! vfio-user messages by hand, to send what no client would.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

pub(crate) const READ: u16 = 9;

/// Messages that must be refused: reads outside BAR0 and of a region there is not, half a register, an unaligned line,
/// a DMA mapping that is no page, vectors there are not, a command nobody knows, one that is not offered.
pub(crate) const REFUSED: &[(u16, &[u8])] = &[
    (READ, &words([0x1_0000, 0, 0, 4])),
    (READ, &words([0xfffe, 0, 0, 4])),
    (READ, &words([0, 0, 42, 4])),
    (READ, &words([0xffff_fff0, 0xffff_ffff, 7, 32])),
    (7, &words([16, 0, 77, 0])),
    (8, &[20, 0, 0, 0, 36, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 9, 0, 0, 0]),
    (55, &[]),
    (14, &[]),
];

const fn words(words: [u32; 4]) -> [u8; 16] {
    let mut out = [0; 16];
    let mut i = 0;
    while i < 16 {
        out[i] = words[i / 4].to_le_bytes()[i % 4];
        i += 1;
    }
    out
}

/// The body of a read.
pub(crate) fn access(region: u32, offset: u32, count: u32) -> Vec<u8> {
    words([offset, 0, region, count]).to_vec()
}

/// A connection without manners.
#[derive(Debug)]
pub(crate) struct Raw(UnixStream);

impl Raw {
    pub(crate) fn connect(socket: &Path) -> Self {
        let stream = UnixStream::connect(socket).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        Self(stream)
    }

    pub(crate) fn hello(&mut self) {
        self.ask(1, b"\0\0\x01\0{\"capabilities\":{}}\0")
            .expect("a version");
    }

    pub(crate) fn send(&mut self, command: u16, body: &[u8]) {
        let mut message = vec![9, 0];
        message.extend(command.to_le_bytes());
        message.extend(u32::try_from(16 + body.len()).unwrap().to_le_bytes());
        message.extend([0; 8]);
        message.extend(body);
        self.0.write_all(&message).unwrap();
    }

    /// The body of the answer, or its error number.
    pub(crate) fn ask(&mut self, command: u16, body: &[u8]) -> Result<Vec<u8>, u32> {
        self.send(command, body);
        let mut header = [0; 16];
        self.0.read_exact(&mut header).unwrap();
        let word = |at: usize| u32::from_le_bytes(header[at..at + 4].try_into().unwrap());
        assert_eq!(
            (header[0], u16::from_le_bytes([header[2], header[3]])),
            (9, command),
            "in step"
        );
        let mut body = vec![0; word(4) as usize - 16];
        self.0.read_exact(&mut body).unwrap();
        if word(8) & 1 << 5 != 0 {
            Err(word(12))
        } else {
            Ok(body)
        }
    }
}
