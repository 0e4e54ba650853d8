//! SoupBinTCP 3.00 and 4.x: a stream of numbered messages over TCP, resumed where the reader left off.
//!
//! A packet is a length in two bytes, big-endian, which counts what follows it; a type; a body. Numbers in bodies are
//! decimal digits, padded with spaces on the left; texts are padded on the right. [`Decoder`] cuts packets out of a
//! byte stream however TCP split it; [`Client`] and [`Server`] are the two ends of a session. None of them does I/O or
//! reads a clock: bytes go in, bytes come out, time is an argument.
//!
//! Version 3.00 (February 2017): section 2.1 debug, 2.2 packets of the server, 2.3 packets of the client. Clients of
//! 4.x may append the heartbeat timeout they wish to the login request, and servers may send unsequenced data; both are
//! understood, and written only when asked for.

mod client;
mod decoder;
mod server;
#[cfg(test)]
mod tests;

pub use client::{Client, ClientConfig, ClientEvent};
pub use decoder::Decoder;
pub use server::{Server, ServerConfig, ServerEvent};

use crate::WireError;
use crate::bytes::get;

/// Bytes of the length field.
pub const LENGTH_LEN: usize = 2;
/// Longest body: the length field counts the type too.
pub const BODY_MAX: usize = 65_534;
/// Silence after which either side sends a heartbeat (2.2.4, 2.3.4), ns.
pub const HEARTBEAT_NS: u64 = 1_000_000_000;
/// Silence after which the other side is given up, ns.
pub const TIMEOUT_NS: u64 = 15_000_000_000;

/// Silence after which the other side is given up where heartbeats come at another pace, ns: as many of them as in the specification.
const fn timeout_of(heartbeat_ns: u64) -> u64 {
    heartbeat_ns.saturating_mul(TIMEOUT_NS / HEARTBEAT_NS)
}

/// Packet types.
pub mod kind {
    /// Debug.
    pub const DEBUG: u8 = b'+';
    /// Login accepted.
    pub const LOGIN_ACCEPTED: u8 = b'A';
    /// Login rejected.
    pub const LOGIN_REJECTED: u8 = b'J';
    /// Sequenced data.
    pub const SEQUENCED: u8 = b'S';
    /// Heartbeat of the server.
    pub const SERVER_HEARTBEAT: u8 = b'H';
    /// End of session.
    pub const END_OF_SESSION: u8 = b'Z';
    /// Login request.
    pub const LOGIN_REQUEST: u8 = b'L';
    /// Unsequenced data.
    pub const UNSEQUENCED: u8 = b'U';
    /// Heartbeat of the client.
    pub const CLIENT_HEARTBEAT: u8 = b'R';
    /// Logout request.
    pub const LOGOUT: u8 = b'O';
}

/// Why a login was refused (2.2.2).
pub mod reject {
    /// Unknown user or wrong password.
    pub const NOT_AUTHORIZED: u8 = b'A';
    /// The session asked for is not there.
    pub const SESSION: u8 = b'S';
}

/// Login request (2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LoginRequest {
    /// User.
    pub username: [u8; 6],
    /// Password.
    pub password: [u8; 10],
    /// Session, all spaces for the current one.
    pub session: [u8; 10],
    /// First message wanted, 0 for the next one to be made.
    pub sequence: u64,
    /// Silence after which the server shall give the client up, ms, at most 99,999; `None` writes the form of 3.00.
    pub heartbeat_timeout_ms: Option<u32>,
}

/// One packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packet<'a> {
    /// A text for people (2.1).
    Debug(&'a [u8]),
    /// The login is good (2.2.1).
    LoginAccepted {
        /// Session logged into.
        session: [u8; 10],
        /// Number of the next sequenced message.
        sequence: u64,
    },
    /// The login is refused (2.2.2), with its [`reject`] reason.
    LoginRejected(u8),
    /// The next message of the session (2.2.3).
    Sequenced(&'a [u8]),
    /// The server lives (2.2.4).
    ServerHeartbeat,
    /// No message will follow (2.2.5).
    EndOfSession,
    /// First packet of a client (2.3.1).
    LoginRequest(LoginRequest),
    /// A message without a number (2.3.2; 4.x: from servers too).
    Unsequenced(&'a [u8]),
    /// The client lives (2.3.3).
    ClientHeartbeat,
    /// The client wants to go (2.3.4).
    Logout,
}

const LOGIN_LEN: usize = 46;
const TIMEOUT_LEN: usize = 5;
const ACCEPTED_LEN: usize = 30;

impl<'a> Packet<'a> {
    /// Reads what stands behind a length field.
    ///
    /// # Errors
    /// Unknown type, a body the type cannot have, a number that is none.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, WireError> {
        let Some((kind, body)) = bytes.split_first() else {
            return Err(WireError::SoupPacket { kind: 0, length: 0 });
        };
        match (*kind, body.len()) {
            (kind::DEBUG, _) => Ok(Self::Debug(body)),
            (kind::SEQUENCED, _) => Ok(Self::Sequenced(body)),
            (kind::UNSEQUENCED, _) => Ok(Self::Unsequenced(body)),
            (kind::LOGIN_ACCEPTED, ACCEPTED_LEN) => Ok(Self::LoginAccepted {
                session: get(body, 0),
                sequence: number(&body[10..])?,
            }),
            (kind::LOGIN_REJECTED, 1) => Ok(Self::LoginRejected(body[0])),
            (kind::SERVER_HEARTBEAT, 0) => Ok(Self::ServerHeartbeat),
            (kind::CLIENT_HEARTBEAT, 0) => Ok(Self::ClientHeartbeat),
            (kind::END_OF_SESSION, 0) => Ok(Self::EndOfSession),
            (kind::LOGOUT, 0) => Ok(Self::Logout),
            (kind::LOGIN_REQUEST, LOGIN_LEN) => Ok(Self::LoginRequest(login(body, None)?)),
            (kind::LOGIN_REQUEST, length) if length == LOGIN_LEN + TIMEOUT_LEN => {
                let timeout = number(&body[LOGIN_LEN..])?;
                let timeout = u32::try_from(timeout).expect("five digits");
                Ok(Self::LoginRequest(login(body, Some(timeout))?))
            }
            (kind, length) => Err(WireError::SoupPacket { kind, length }),
        }
    }

    /// Appends the packet with its length field.
    ///
    /// # Panics
    /// When the body is longer than [`BODY_MAX`].
    pub fn append_to(&self, bytes: &mut Vec<u8>) {
        let start = bytes.len();
        bytes.extend_from_slice(&[0; LENGTH_LEN]);
        bytes.push(self.kind());
        match self {
            Self::Debug(body) | Self::Sequenced(body) | Self::Unsequenced(body) => {
                bytes.extend_from_slice(body);
            }
            Self::LoginAccepted { session, sequence } => {
                bytes.extend_from_slice(session);
                bytes.extend_from_slice(&digits(*sequence));
            }
            Self::LoginRejected(reason) => bytes.push(*reason),
            Self::LoginRequest(login) => append_login(login, bytes),
            Self::ServerHeartbeat | Self::ClientHeartbeat | Self::EndOfSession | Self::Logout => {}
        }
        let length = bytes.len() - start - LENGTH_LEN;
        let length = u16::try_from(length).expect("a body of at most 65,534 bytes");
        bytes[start..start + LENGTH_LEN].copy_from_slice(&length.to_be_bytes());
    }

    /// The packet with its length field.
    ///
    /// # Panics
    /// When the body is longer than [`BODY_MAX`].
    pub fn to_vec(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.append_to(&mut bytes);
        bytes
    }

    /// Packet type.
    pub const fn kind(&self) -> u8 {
        match self {
            Self::Debug(_) => kind::DEBUG,
            Self::LoginAccepted { .. } => kind::LOGIN_ACCEPTED,
            Self::LoginRejected(_) => kind::LOGIN_REJECTED,
            Self::Sequenced(_) => kind::SEQUENCED,
            Self::ServerHeartbeat => kind::SERVER_HEARTBEAT,
            Self::EndOfSession => kind::END_OF_SESSION,
            Self::LoginRequest(_) => kind::LOGIN_REQUEST,
            Self::Unsequenced(_) => kind::UNSEQUENCED,
            Self::ClientHeartbeat => kind::CLIENT_HEARTBEAT,
            Self::Logout => kind::LOGOUT,
        }
    }
}

fn login(body: &[u8], heartbeat_timeout_ms: Option<u32>) -> Result<LoginRequest, WireError> {
    Ok(LoginRequest {
        username: get(body, 0),
        password: get(body, 6),
        session: get(body, 16),
        sequence: number(&body[26..LOGIN_LEN])?,
        heartbeat_timeout_ms,
    })
}

fn append_login(login: &LoginRequest, bytes: &mut Vec<u8>) {
    bytes.extend_from_slice(&login.username);
    bytes.extend_from_slice(&login.password);
    bytes.extend_from_slice(&login.session);
    bytes.extend_from_slice(&digits(login.sequence));
    if let Some(timeout) = login.heartbeat_timeout_ms {
        bytes.extend_from_slice(&digits(u64::from(timeout.min(99_999)))[20 - TIMEOUT_LEN..]);
    }
}

/// Twenty digits, padded with spaces on the left: any `u64` fits.
pub(crate) fn digits(value: u64) -> [u8; 20] {
    let mut text = [b' '; 20];
    let mut left = value;
    for place in text.iter_mut().rev() {
        *place = b'0' + (left % 10).to_le_bytes()[0];
        left /= 10;
        if left == 0 {
            break;
        }
    }
    text
}

/// A number; spaces in front and behind are skipped, all spaces are 0.
pub(crate) fn number(text: &[u8]) -> Result<u64, WireError> {
    text.trim_ascii().iter().try_fold(0_u64, |value, byte| {
        let digit = Some(byte)
            .filter(|byte| byte.is_ascii_digit())
            .map(|byte| u64::from(byte - b'0'));
        digit
            .and_then(|digit| value.checked_mul(10)?.checked_add(digit))
            .ok_or(WireError::Number {
                unit: "soupbintcp",
                byte: *byte,
            })
    })
}

/// A text, padded with spaces on the right; `None` when it is longer than `N` bytes.
pub fn padded<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut field = [b' '; N];
    field.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
    Some(field)
}
