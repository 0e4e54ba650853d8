//! The vfio-user client against a scripted card: what it makes of good answers, errors, silence and nonsense.

// Sockets that carry descriptors, and mapped files: Miri has neither.
#![cfg(not(miri))]

use contract::port::{Bar, PciDevice, PortError, vector};
use pcie::{PcieError, VfioUser, VfioUserOptions};
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;
use vmm_sys_util::sock_ctrl_msg::ScmSocket;

const DMA_MAP: u16 = 2;
const DMA_UNMAP: u16 = 3;
const GET_INFO: u16 = 4;
const GET_REGION: u16 = 5;
const GET_IRQ: u16 = 7;
const SET_IRQS: u16 = 8;
const READ: u16 = 9;
const WRITE: u16 = 10;
const RESET: u16 = 13;
const NO_REPLY: u32 = 1 << 4;

/// A message as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Message {
    command: u16,
    flags: u32,
    body: Vec<u8>,
}

/// What the scripted card does with a message.
enum Act {
    /// The good answer.
    Usual,
    Error(u32),
    Answer(Vec<u8>),
    Silence,
    WrongNumber,
    Raw(Vec<u8>),
    HangUp,
}

struct Fake {
    socket: PathBuf,
    seen: Receiver<Message>,
    thread: JoinHandle<()>,
    _folder: tempfile::TempDir,
}

/// A card that answers as usual but for what `script` says; `window` is BAR2 as shared memory.
fn fake(window: Option<File>, mut script: impl FnMut(&Message) -> Act + Send + 'static) -> Fake {
    let folder = tempfile::tempdir().expect("folder");
    let socket = folder.path().join("card");
    let listener = UnixListener::bind(&socket).expect("bound");
    let (tell, seen) = channel();
    let thread = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a client");
        while serve(&mut stream, window.as_ref(), &mut script, &tell).is_some() {}
    });
    Fake {
        socket,
        seen,
        thread,
        _folder: folder,
    }
}

fn serve(
    stream: &mut UnixStream,
    window: Option<&File>,
    script: &mut impl FnMut(&Message) -> Act,
    tell: &Sender<Message>,
) -> Option<()> {
    let mut header = [0u8; 16];
    stream.read_exact(&mut header).ok()?;
    let word = |at: usize| u32::from_le_bytes(header[at..at + 4].try_into().expect("four bytes"));
    let mut body = vec![0; word(4) as usize - 16];
    stream.read_exact(&mut body).ok()?;
    let message = Message {
        command: u16::from_le_bytes([header[2], header[3]]),
        flags: word(8),
        body,
    };
    let act = script(&message);
    let (answer, fds) = usual(&message, window);
    let posted = message.flags & NO_REPLY != 0;
    let number = u16::from_le_bytes([header[0], header[1]]);
    let command = message.command;
    let _listened_to = tell.send(message);
    match act {
        Act::Usual if posted => {}
        Act::Usual => send(stream, &frame(number, command, 1, 0, &answer), &fds),
        Act::Answer(body) => send(stream, &frame(number, command, 1, 0, &body), &fds),
        Act::Error(code) => send(stream, &frame(number, command, 1 | 1 << 5, code, &[]), &[]),
        Act::Silence => {}
        Act::WrongNumber => send(
            stream,
            &frame(number.wrapping_add(7), command, 1, 0, &answer),
            &[],
        ),
        Act::Raw(bytes) => send(stream, &bytes, &[]),
        Act::HangUp => return None,
    }
    Some(())
}

fn send(stream: &mut UnixStream, bytes: &[u8], fds: &[RawFd]) {
    // A client that has given up is part of some tests.
    let _sent = if fds.is_empty() {
        stream.write_all(bytes).is_ok()
    } else {
        stream.send_with_fds(&[bytes], fds).is_ok()
    };
}

fn frame(number: u16, command: u16, flags: u32, error: u32, body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend(number.to_le_bytes());
    out.extend(command.to_le_bytes());
    out.extend(u32::try_from(16 + body.len()).expect("small").to_le_bytes());
    out.extend(flags.to_le_bytes());
    out.extend(error.to_le_bytes());
    out.extend(body);
    out
}

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|w| w.to_le_bytes()).collect()
}

fn word(body: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(body[at..at + 4].try_into().expect("four bytes"))
}

fn usual(message: &Message, window: Option<&File>) -> (Vec<u8>, Vec<RawFd>) {
    let body = &message.body;
    match message.command {
        1 => (b"\0\0\x01\0{}\0".to_vec(), vec![]),
        GET_INFO => (words(&[16, 3, 9, 5]), vec![]),
        GET_REGION => {
            let index = word(body, 8);
            let size = match index {
                0 => Bar::Bar0.bytes(),
                2 => Bar::Bar2.bytes(),
                _ => 4096,
            };
            let shared = window.filter(|_| index == 2);
            let flags = 3 | u32::from(shared.is_some()) << 2;
            let fds = shared.map(|f| f.as_raw_fd()).into_iter().collect();
            (words(&[32, flags, index, 0, size, 0, 0, 0]), fds)
        }
        GET_IRQ => (words(&[16, 1, 2, u32::from(vector::COUNT)]), vec![]),
        READ => {
            let value = if word(body, 8) == 7 {
                0x7f0e_1234
            } else {
                word(body, 0) ^ 0xffff
            };
            (words(&[word(body, 0), 0, word(body, 8), 4, value]), vec![])
        }
        WRITE => (body[..16].to_vec(), vec![]),
        DMA_UNMAP => (body.clone(), vec![]),
        _ => (vec![], vec![]),
    }
}

fn connect(socket: &Path) -> Result<VfioUser, PcieError> {
    let options = VfioUserOptions {
        timeout: Duration::from_millis(300),
    };
    VfioUser::connect(socket, options)
}

/// A card with one rule: what it does with a command, other commands as usual.
fn with_rule(command: u16, act: fn() -> Act) -> Fake {
    fake(
        None,
        move |m| if m.command == command { act() } else { Act::Usual },
    )
}

#[test]
fn registers_are_read_and_written_as_messages() {
    let card = fake(None, |_| Act::Usual);
    let mut port = connect(&card.socket).expect("connects");
    assert_eq!(port.read32(0x40), Ok(0xffbf));
    port.write32(0x44, 0xabcd).expect("posted");
    port.write_line(128, &[9; 64]).expect("posted");
    port.flush().expect("flushed");
    port.flush().expect("nothing to flush");
    port.config_write(4, 6).expect("written");
    drop(port);
    card.thread.join().expect("ended");
    let seen: Vec<_> = card.seen.iter().collect();
    let config_reads = seen
        .iter()
        .filter(|m| m.command == READ && word(&m.body, 8) == 7)
        .count();
    assert_eq!(config_reads, 2, "the identity, and one flush");
    let writes: Vec<_> = seen.iter().filter(|m| m.command == WRITE).collect();
    let shape = |m: &Message| (m.flags, word(&m.body, 8), word(&m.body, 0), m.body.len() - 16);
    assert_eq!(shape(writes[0]), (NO_REPLY, 0, 0x44, 4));
    assert_eq!(shape(writes[1]), (NO_REPLY, 2, 128, 64));
    assert_eq!(shape(writes[2]), (0, 7, 4, 4), "configuration writes wait");
}

#[test]
fn accesses_outside_never_reach_the_card() {
    let card = fake(None, |_| Act::Usual);
    let mut port = connect(&card.socket).expect("connects");
    let outside = |bar, offset| Err(PortError::Access { bar, offset });
    assert_eq!(port.read32(0x1_0000), outside(Bar::Bar0, 0x1_0000).map(|()| 0));
    assert_eq!(port.read32(2), outside(Bar::Bar0, 2).map(|()| 0));
    assert_eq!(port.write32(u32::MAX, 0), outside(Bar::Bar0, u32::MAX));
    assert_eq!(port.write_line(32, &[0; 64]), outside(Bar::Bar2, 32));
    drop(port);
    card.thread.join().expect("ended");
    assert!(card.seen.iter().all(|m| m.command != WRITE));
}

#[test]
fn error_answers_carry_their_reason_and_leave_the_connection_usable() {
    let card = with_rule(DMA_MAP, || Act::Error(22));
    let mut port = connect(&card.socket).expect("connects");
    let said = port.dma_alloc(4096).expect_err("refused").to_string();
    assert!(said.contains("refused a DMA mapping: Invalid argument"), "{said}");
    assert_eq!(port.read32(4), Ok(0xfffb), "in step");
    for (command, name) in [
        (READ, "a read"),
        (SET_IRQS, "setting an interrupt"),
        (RESET, "a reset"),
    ] {
        let card = fake(None, move |m| {
            let config = m.command == READ && word(&m.body, 8) == 7;
            if m.command == command && !config {
                Act::Error(0)
            } else {
                Act::Usual
            }
        });
        let mut port = connect(&card.socket).expect("connects");
        let failed = match command {
            READ => port.read32(4).err(),
            SET_IRQS => port.interrupt(0).err(),
            _ => port.reset().err(),
        };
        let said = failed.expect("refused").to_string();
        assert!(
            said.contains(&format!("refused {name}: no reason given")),
            "{said}"
        );
    }
}

#[test]
fn the_error_of_a_posted_write_shows_at_the_next_answer() {
    let card = with_rule(WRITE, || Act::Error(5));
    let mut port = connect(&card.socket).expect("connects");
    port.write32(0x10, 1).expect("posted");
    port.write32(0x14, 1).expect("posted");
    assert!(matches!(port.flush(), Err(PcieError::PostedRefused { code: 5 })));
    port.flush().expect("reported once");
    assert_eq!(port.read32(4), Ok(0xfffb), "in step");
}

#[test]
fn silence_ends_in_a_time_out_and_the_connection_is_given_up() {
    let card = with_rule(RESET, || Act::Silence);
    let mut port = connect(&card.socket).expect("connects");
    let said = port.reset().expect_err("no answer").to_string();
    assert!(said.contains("did not answer a reset within 300 ms"), "{said}");
    // A late answer would be taken for that of another request.
    let said = port.read32(0).expect_err("given up").to_string();
    assert!(said.contains("given up"), "{said}");
    assert!(
        port.write32(0, 0).is_err() && port.flush().is_ok(),
        "nothing was posted"
    );
}

#[test]
fn answers_out_of_step_and_nonsense_are_noticed() {
    type Rule = (fn() -> Act, &'static str);
    let acts: [Rule; 5] = [
        (|| Act::WrongNumber, "answer to another request"),
        (
            || Act::Raw(frame(0, RESET, 0, 0, &[])),
            "where an answer was expected",
        ),
        (|| Act::Raw([0xff; 64].to_vec()), "where an answer was expected"),
        (
            || {
                Act::Raw(
                    frame(0, 0, 1, 0, &[])[..4]
                        .iter()
                        .chain(&[3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
                        .copied()
                        .collect(),
                )
            },
            "an answer of 3 bytes",
        ),
        (|| Act::HangUp, "has gone"),
    ];
    for (act, expected) in acts {
        let card = with_rule(RESET, act);
        let mut port = connect(&card.socket).expect("connects");
        let said = port.reset().expect_err("nonsense").to_string();
        assert!(said.contains(expected), "{said}");
        assert!(
            port.read32(0)
                .expect_err("given up")
                .to_string()
                .contains("given up")
        );
    }
    let card = fake(None, |m| match m.command {
        READ if word(&m.body, 8) == 0 => Act::Answer(vec![0; 18]),
        _ => Act::Usual,
    });
    let mut port = connect(&card.socket).expect("connects");
    assert!(
        port.read32(0)
            .expect_err("short")
            .to_string()
            .contains("18 bytes in place of 4")
    );
}

#[test]
fn what_is_no_card_of_ours_is_not_opened() {
    let said = |card: Fake| connect(&card.socket).expect_err("refused").to_string();
    let other = fake(None, |m| match m.command {
        READ => Act::Answer(words(&[0, 0, 7, 4, 0x11e8_1234])),
        _ => Act::Usual,
    });
    assert!(said(other).contains("1234:11e8, not a tickforge card"));
    let small = fake(None, |m| match m.command {
        GET_REGION => Act::Answer(words(&[32, 3, word(&m.body, 8), 0, 4096, 0, 0, 0])),
        _ => Act::Usual,
    });
    assert!(said(small).contains("BAR0 has 4096 bytes"));
    assert!(said(with_rule(1, || Act::Answer(b"\x01\0\0\0{}\0".to_vec()))).contains("major version"));
    assert!(said(with_rule(GET_INFO, || Act::Answer(words(&[16, 3, 1, 0])))).contains("no PCI function"));
    let nobody = connect(Path::new("/nonexistent/card"))
        .expect_err("nobody")
        .to_string();
    assert!(
        nobody.contains("tickforge card serve --socket /nonexistent/card"),
        "{nobody}"
    );
}

#[test]
fn lines_go_into_the_shared_window_when_there_is_one() {
    let file = tempfile::tempfile().expect("file");
    file.set_len(u64::from(Bar::Bar2.bytes())).expect("sized");
    let mut seen = file.try_clone().expect("cloned");
    let card = fake(Some(file), |_| Act::Usual);
    let mut port = connect(&card.socket).expect("connects");
    port.write_line(64, &std::array::from_fn(|i| u8::try_from(i).expect("small")))
        .expect("stored");
    let mut bytes = [0u8; 256];
    seen.read_exact(&mut bytes).expect("read");
    assert_eq!(
        bytes[64..128],
        std::array::from_fn::<u8, 64, _>(|i| u8::try_from(i).expect("small"))
    );
    assert!(bytes[..64].iter().chain(&bytes[128..]).all(|b| *b == 0));
    drop(port);
    card.thread.join().expect("ended");
    assert!(card.seen.iter().all(|m| m.command != WRITE), "no message");
}

#[test]
fn memory_is_mapped_by_a_file_and_unmapped_when_dropped() {
    let card = fake(None, |_| Act::Usual);
    let mut port = connect(&card.socket).expect("connects");
    let first = port.dma_alloc(64 * 1024).expect("mapped");
    let second = port.dma_alloc(100).expect("mapped");
    let (a, b) = (first.bus_address(), second.bus_address());
    assert!(a != b && first.len() == 65_536 && second.len() == 100);
    drop(first);
    let third = port.dma_alloc(64).expect("mapped");
    assert_eq!(third.bus_address(), a, "addresses are used again");
    // The device may go before its memory.
    drop(port);
    drop((second, third));
    card.thread.join().expect("ended");
    let seen: Vec<_> = card
        .seen
        .iter()
        .filter(|m| m.command == DMA_MAP || m.command == DMA_UNMAP)
        .collect();
    let commands: Vec<_> = seen.iter().map(|m| m.command).collect();
    assert_eq!(
        commands,
        [DMA_MAP, DMA_MAP, DMA_UNMAP, DMA_MAP, DMA_UNMAP, DMA_UNMAP]
    );
    let map = &seen[0].body;
    assert_eq!((word(map, 0), word(map, 4), word(map, 24)), (32, 3, 65_536));
    assert_eq!(u64::from(word(map, 16)) | u64::from(word(map, 20)) << 32, a);
}
