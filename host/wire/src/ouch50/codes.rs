//! Values of one-letter fields, cancel reasons (Appendix B) and reject reasons (Appendix C) of OUCH 5.0 rev. 1.05.

/// Time in force (2.1).
pub mod time_in_force {
    /// Until the close of market hours.
    pub const DAY: u8 = b'0';
    /// Immediate or cancel.
    pub const IMMEDIATE_OR_CANCEL: u8 = b'3';
    /// Until the end of extended hours.
    pub const EXTENDED: u8 = b'5';
    /// For the seconds of [`super::super::Opt::ExpireTime`].
    pub const GOOD_TILL_TIME: u8 = b'6';
    /// After hours.
    pub const AFTER_HOURS: u8 = b'E';
}

/// State of an order in Accepted and Replaced (3.2).
pub mod order_state {
    /// In the book or about to be.
    pub const LIVE: u8 = b'L';
    /// Accepted and already gone.
    pub const DEAD: u8 = b'D';
}

/// Liquidity flags (Appendix D), those a continuous market gives.
pub mod liquidity {
    /// The order was in the book.
    pub const ADDED: u8 = b'A';
    /// The order met the book.
    pub const REMOVED: u8 = b'R';
}

/// Why shares were taken off an order (Appendix B).
pub mod cancel_reason {
    /// Regulatory restriction.
    pub const REGULATORY: u8 = b'D';
    /// The market is closed.
    pub const CLOSED: u8 = b'E';
    /// Post-only order that Regulation NMS would have moved.
    pub const POST_ONLY_NMS: u8 = b'F';
    /// Post-only order that the book would have moved.
    pub const POST_ONLY: u8 = b'G';
    /// Halted.
    pub const HALTED: u8 = b'H';
    /// What an immediate-or-cancel order could not execute.
    pub const IMMEDIATE_OR_CANCEL: u8 = b'I';
    /// Market collar.
    pub const COLLAR: u8 = b'K';
    /// Self-match prevention.
    pub const SELF_MATCH: u8 = b'Q';
    /// Supervisory.
    pub const SUPERVISORY: u8 = b'S';
    /// The time in force is over.
    pub const TIMEOUT: u8 = b'T';
    /// Asked for.
    pub const USER: u8 = b'U';
    /// Open protection.
    pub const OPEN_PROTECTION: u8 = b'X';
    /// The system's own.
    pub const SYSTEM: u8 = b'Z';
}

/// Why an Enter or Replace was refused (Appendix C).
pub mod reject_reason {
    /// No quote to price from.
    pub const QUOTE_UNAVAILABLE: u16 = 0x0001;
    /// Halted.
    pub const HALTED: u16 = 0x0007;
    /// Intermarket sweep not allowed.
    pub const ISO_NOT_ALLOWED: u16 = 0x0008;
    /// Side.
    pub const SIDE: u16 = 0x0009;
    /// Processing error.
    pub const PROCESSING: u16 = 0x000a;
    /// The firm may not.
    pub const FIRM_NOT_AUTHORIZED: u16 = 0x000c;
    /// Minimum quantity.
    pub const MIN_QUANTITY: u16 = 0x000d;
    /// Anything else.
    pub const OTHER: u16 = 0x000f;
    /// Quantity.
    pub const QUANTITY: u16 = 0x0013;
    /// Replace not allowed.
    pub const REPLACE_NOT_ALLOWED: u16 = 0x0015;
    /// Symbol.
    pub const SYMBOL: u16 = 0x0017;
    /// Price.
    pub const PRICE: u16 = 0x001d;
    /// Too many shares.
    pub const SHARES: u16 = 0x001e;
    /// Risk check: short sale restricted.
    pub const RISK_SHORT_SALE: u16 = 0x0023;
    /// Risk check: locate required.
    pub const RISK_LOCATE: u16 = 0x0027;
}
