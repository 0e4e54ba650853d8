//! A TAP device: the kernel's end of a cable.

use rustix::fs::{Mode, OFlags, open};
use rustix::io::Errno;
use rustix::ioctl::{Opcode, Updater, ioctl, opcode};
use std::fs::File;
use std::io::{self, Read, Write};

/// The device that hands out the others.
pub const TUN: &str = "/dev/net/tun";
/// Bytes of an interface's name, the final zero included.
const NAME_BYTES: usize = 16;
/// Ethernet frames with nothing before them: `IFF_TAP | IFF_NO_PI`.
const FLAGS: u16 = 0x0002 | 0x1000;
/// `TUNSETIFF`: the number says an int, the kernel reads an `ifreq`.
const TUNSETIFF: Opcode = opcode::write::<i32>(b'T', 202);

/// `ifreq` as `TUNSETIFF` takes it.
#[repr(C)]
struct Request {
    name: [u8; NAME_BYTES],
    flags: u16,
    _rest: [u8; 22],
}

const _: () = assert!(size_of::<Request>() == 40);

/// Why a TAP device cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TapError {
    /// Empty, too long, or with a byte no name has.
    #[error("`{0}` is no name of a network device: 1 to 15 characters, no space and no `/`")]
    Name(String),
    /// The kernel has none, or not for this user.
    #[error("{TUN}: {0}; load the module `tun`, and run as root or as the user the device is made for")]
    Device(io::Error),
    /// The device is there and cannot be had.
    #[error("tap:{name}: {source}; make it with `ip tuntap add mode tap user $USER name {name}`")]
    Attach {
        /// Its name.
        name: String,
        /// Reason given.
        source: io::Error,
    },
    /// Another process has it.
    #[error("tap:{0} is in use; end the program that has it or take another name")]
    Busy(String),
}

/// Whether a network device may be called so.
fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_graphic() && byte != b'/' && byte != b':';
    (1..NAME_BYTES).contains(&name.len()) && name.bytes().all(allowed) && name != "." && name != ".."
}

/// One TAP device.
#[derive(Debug)]
pub struct Tap {
    file: File,
}

impl Tap {
    /// Takes the device called `name`; the kernel makes it when there is none and the user may.
    ///
    /// # Errors
    /// [`TapError`].
    pub fn open(name: &str) -> Result<Self, TapError> {
        if !is_name(name) {
            return Err(TapError::Name(name.to_owned()));
        }
        let file = open(TUN, OFlags::RDWR | OFlags::CLOEXEC, Mode::empty())
            .map_err(|error| TapError::Device(error.into()))?;
        let mut request = Request {
            name: [0; NAME_BYTES],
            flags: FLAGS,
            _rest: [0; 22],
        };
        request.name[..name.len()].copy_from_slice(name.as_bytes());
        // SAFETY: TUNSETIFF reads an `ifreq` of 40 bytes and writes one back; `request` is as long, is borrowed for
        // the call, and may hold any bytes.
        let attached = unsafe { ioctl(&file, Updater::<TUNSETIFF, Request>::new(&mut request)) };
        match attached {
            Ok(()) => Ok(Self { file: file.into() }),
            Err(Errno::BUSY) => Err(TapError::Busy(name.to_owned())),
            Err(error) => Err(TapError::Attach {
                name: name.to_owned(),
                source: error.into(),
            }),
        }
    }

    /// Another handle of the same device.
    ///
    /// # Errors
    /// What the system says.
    pub fn try_clone(&self) -> io::Result<Self> {
        let file = self.file.try_clone()?;
        Ok(Self { file })
    }

    /// Waits for a frame that the kernel sends; its length.
    ///
    /// # Errors
    /// What the system says.
    pub fn receive(&mut self, frame: &mut [u8]) -> io::Result<usize> {
        self.file.read(frame)
    }

    /// Gives the kernel a frame.
    ///
    /// # Errors
    /// What the system says: `EIO` while the device is down.
    pub fn send(&mut self, frame: &[u8]) -> io::Result<()> {
        // One write a frame: the device takes it whole or not at all.
        self.file.write(frame).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked_before_the_kernel_sees_them() {
        for name in ["", "a/b", "sixteen_or_more_", "a b", ".."] {
            assert!(matches!(Tap::open(name), Err(TapError::Name(_))), "{name}");
        }
        assert!(is_name("tap0") && is_name("fifteen_letters"));
    }
}
