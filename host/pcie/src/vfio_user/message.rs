//! vfio-user messages (protocol version 0, little-endian): a 16-byte header, then a body.

use crate::PcieError;

/// Bytes of a header.
pub(super) const HEADER: usize = 16;
/// Most bytes of an answer's body that are taken.
pub(super) const BODY_MAX: usize = 1 << 20;

/// Commands used here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum Command {
    Version = 1,
    DmaMap = 2,
    DmaUnmap = 3,
    GetInfo = 4,
    GetRegionInfo = 5,
    GetIrqInfo = 7,
    SetIrqs = 8,
    RegionRead = 9,
    RegionWrite = 10,
    Reset = 13,
}

impl Command {
    /// For messages to the user.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Version => "the version handshake",
            Self::DmaMap => "a DMA mapping",
            Self::DmaUnmap => "the end of a DMA mapping",
            Self::GetInfo => "device information",
            Self::GetRegionInfo => "region information",
            Self::GetIrqInfo => "interrupt information",
            Self::SetIrqs => "setting an interrupt",
            Self::RegionRead => "a read",
            Self::RegionWrite => "a write",
            Self::Reset => "a reset",
        }
    }

    pub(super) fn protocol(self, what: impl Into<String>) -> PcieError {
        PcieError::Protocol {
            command: self.name(),
            what: what.into(),
        }
    }
}

const FLAG_REPLY: u32 = 1;
const FLAG_TYPE_MASK: u32 = 0xf;
const FLAG_NO_REPLY: u32 = 1 << 4;
const FLAG_ERROR: u32 = 1 << 5;

/// The header of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ReplyHeader {
    pub(super) id: u16,
    pub(super) command: u16,
    pub(super) body: usize,
    /// Error number, when the answer is an error.
    pub(super) error: Option<u32>,
}

/// A whole message.
pub(super) fn encode(id: u16, command: Command, wait: bool, body: &[u8]) -> Result<Vec<u8>, PcieError> {
    let size = u32::try_from(HEADER + body.len()).map_err(|_| command.protocol("a message above 4 GiB"))?;
    let flags = if wait { 0 } else { FLAG_NO_REPLY };
    let mut out = Vec::with_capacity(HEADER + body.len());
    out.extend(id.to_le_bytes());
    out.extend((command as u16).to_le_bytes());
    for word in [size, flags, 0] {
        out.extend(word.to_le_bytes());
    }
    out.extend(body);
    Ok(out)
}

/// Takes an answer's header apart; says what is wrong with it.
pub(super) fn decode(bytes: &[u8; HEADER]) -> Result<ReplyHeader, String> {
    let (size, flags) = (u32_at(bytes, 4), u32_at(bytes, 8));
    let (size, flags) = (size.unwrap_or(0), flags.unwrap_or(0));
    if flags & FLAG_TYPE_MASK != FLAG_REPLY {
        return Err(format!(
            "a message with flags {flags:#x} where an answer was expected"
        ));
    }
    let body = usize::try_from(size)
        .ok()
        .and_then(|size| size.checked_sub(HEADER))
        .filter(|body| *body <= BODY_MAX)
        .ok_or_else(|| format!("an answer of {size} bytes"))?;
    Ok(ReplyHeader {
        id: u16::from_le_bytes([bytes[0], bytes[1]]),
        command: u16::from_le_bytes([bytes[2], bytes[3]]),
        body,
        error: (flags & FLAG_ERROR != 0).then(|| u32_at(bytes, 12).unwrap_or(0)),
    })
}

/// The little-endian u16 at `at`, if it is there.
pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let field = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(field.try_into().ok()?))
}

/// The little-endian u32 at `at`, if it is there.
pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let field = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(field.try_into().ok()?))
}

/// The little-endian u64 at `at`, if it is there.
pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    let field = bytes.get(at..at.checked_add(8)?)?;
    Some(u64::from_le_bytes(field.try_into().ok()?))
}

/// A body of little-endian fields.
#[derive(Debug, Default)]
pub(super) struct Body(Vec<u8>);

impl Body {
    pub(super) fn u16(mut self, value: u16) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    pub(super) fn u32(mut self, value: u32) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    pub(super) fn u64(mut self, value: u64) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    pub(super) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }

    pub(super) fn done(self) -> Vec<u8> {
        self.0
    }
}
