//! What can go wrong with a card.

use contract::port::PortError;

/// Why a card cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// Below the contract.
    #[error(transparent)]
    Port(#[from] PortError),
    /// BAR0 does not begin with our identity word.
    #[error(
        "this function is no tickforge card: IDENTITY reads {found:#010x}, expected {expected:#010x}; check the BDF or flash the card"
    )]
    Identity {
        /// Word found.
        found: u32,
        /// Word expected.
        expected: u32,
    },
    /// The card was built from another contract.
    #[error(
        "contract mismatch: the card (build {card_build:#010x}) speaks {card:#010x}, this program speaks {host:#010x}; flash the image of this release or run the program of that build"
    )]
    Contract {
        /// Hash of the card.
        card: u32,
        /// Hash of this program.
        host: u32,
        /// Build identifier of the card.
        card_build: u32,
    },
    /// A configuration this program does not know.
    #[error("unknown card configuration word {0:#010x}; run the program of the card's release")]
    Config(u32),
    /// The card lacks something asked for.
    #[error("this card has no {0}; see the CAPABILITIES register")]
    Capability(&'static str),
    /// A ring of a size that the contract does not allow.
    #[error("a ring of 2^{0} entries is not possible: 2^3 to 2^20")]
    RingSize(u32),
    /// A slot index the card does not have.
    #[error("slot {slot} does not exist: this card has {slots}")]
    Slot {
        /// Index asked for.
        slot: u32,
        /// Slots of the card.
        slots: u32,
    },
    /// A symbol that cannot be one.
    #[error("`{0}` is no symbol: 1 to 8 ASCII characters")]
    Symbol(String),
    /// The card did not get to a state in time.
    #[error("the card did not become {what} within {polls} polls (STATUS {status:#x})")]
    Timeout {
        /// State waited for.
        what: &'static str,
        /// Polls made.
        polls: u32,
        /// Last value of `STATUS`.
        status: u32,
    },
    /// `SLOT_SYNC` was refused: the next expected sequence was another.
    #[error("slot {slot} could not be synchronised at sequence {seq}: SLOT_STATE {state:#x}")]
    Sync {
        /// Slot index.
        slot: u32,
        /// Sequence asked for.
        seq: u64,
        /// State after the attempt.
        state: u32,
    },
    /// More shares than one report to the gate can carry.
    #[error("{0} shares do not fit one report to the gate: at most 2147483647")]
    Shares(u32),
    /// A frame longer than the window takes.
    #[error("a frame of {0} bytes does not fit the frame TX window: at most 1522; set a smaller MTU")]
    FrameLength(usize),
    /// A raw payload that the card would refuse.
    #[error("{0} bytes are no raw payload: one whole SoupBinTCP packet of 3 to 14 bytes")]
    RawPayload(usize),
    /// Too many orders without their event.
    #[error("64 orders are unacknowledged; read the events ring first")]
    WindowFull,
}
