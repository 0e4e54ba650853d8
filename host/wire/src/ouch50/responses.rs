//! Messages from the exchange (section 3).

use super::{APPENDAGE_LEN, Appendage, ClOrdId, Firm, Options, Symbol, check};
use crate::WireError;
use crate::bytes::{Field, get, put};

ouch_messages! {
    /// Any message from the exchange.
    Response RESPONSE_FIELDS;

    /// System Event (3.1).
    b'S' 10 10 SystemEvent SystemEventView {
        /// Time.
        timestamp_ns: u64 = 1,
        /// `S` start of day, `E` end of day.
        event: u8 = 9,
    }
    /// Order Accepted (3.2).
    b'A' 62 64 Accepted AcceptedView {
        /// Time.
        timestamp_ns: u64 = 1,
        /// Number of the order.
        user_ref: u32 = 9,
        /// Side.
        side: u8 = 13,
        /// Shares.
        quantity: u32 = 14,
        /// Symbol.
        symbol: Symbol = 18,
        /// Limit price, 1/10000 dollar.
        price: u64 = 26,
        /// Time in force.
        time_in_force: u8 = 34,
        /// Display.
        display: u8 = 35,
        /// The exchange's reference, as in ITCH.
        order_reference: u64 = 36,
        /// Capacity.
        capacity: u8 = 44,
        /// `Y` for an intermarket sweep order.
        iso: u8 = 45,
        /// Cross type.
        cross_type: u8 = 46,
        /// `L` live, `D` dead.
        state: u8 = 47,
        /// Client order id.
        cl_ord_id: ClOrdId = 48,
    }
    /// Order Replaced (3.3).
    b'U' 66 68 Replaced ReplacedView {
        /// Time.
        timestamp_ns: u64 = 1,
        /// Number of the order replaced.
        orig_user_ref: u32 = 9,
        /// Number of the new order.
        user_ref: u32 = 13,
        /// Side.
        side: u8 = 17,
        /// Shares open after the replace.
        quantity: u32 = 18,
        /// Symbol.
        symbol: Symbol = 22,
        /// Limit price, 1/10000 dollar.
        price: u64 = 30,
        /// Time in force.
        time_in_force: u8 = 38,
        /// Display.
        display: u8 = 39,
        /// The exchange's reference of the new order, as in ITCH.
        order_reference: u64 = 40,
        /// Capacity.
        capacity: u8 = 48,
        /// `Y` for an intermarket sweep order.
        iso: u8 = 49,
        /// Cross type.
        cross_type: u8 = 50,
        /// `L` live, `D` dead.
        state: u8 = 51,
        /// Client order id.
        cl_ord_id: ClOrdId = 52,
    }
    /// Order Canceled (3.4).
    b'C' 18 18 Canceled CanceledView {
        /// Time.
        timestamp_ns: u64 = 1,
        /// Number of the order.
        user_ref: u32 = 9,
        /// Shares taken off now.
        quantity: u32 = 13,
        /// Reason.
        reason: u8 = 17,
    }
    /// AIQ Canceled (3.5): taken off by self-match prevention.
    b'D' 32 32 AiqCanceled AiqCanceledView {
        /// Time.
        timestamp_ns: u64 = 1,
        /// Number of the order.
        user_ref: u32 = 9,
        /// Shares taken off now.
        quantity: u32 = 13,
        /// `Q`.
        reason: u8 = 17,
        /// Shares that would have executed.
        prevented: u32 = 18,
        /// Price they would have executed at, 1/10000 dollar.
        price: u64 = 22,
        /// Liquidity flag they would have had.
        liquidity: u8 = 30,
        /// Strategy used.
        strategy: u8 = 31,
    }
    /// Order Executed (3.6).
    b'E' 34 36 Executed ExecutedView {
        /// Time.
        timestamp_ns: u64 = 1,
        /// Number of the order.
        user_ref: u32 = 9,
        /// Shares executed now.
        quantity: u32 = 13,
        /// Price, 1/10000 dollar.
        price: u64 = 17,
        /// Liquidity flag.
        liquidity: u8 = 25,
        /// The exchange's match number, as in ITCH.
        match_number: u64 = 26,
    }
    /// Broken Trade (3.7).
    b'B' 36 36 Broken BrokenView {
        /// Time.
        timestamp_ns: u64 = 1,
        /// Number of the order.
        user_ref: u32 = 9,
        /// Match number of the execution that is void.
        match_number: u64 = 13,
        /// `E` erroneous, `C` consent, `S` supervisory, `X` external.
        reason: u8 = 21,
        /// Client order id.
        cl_ord_id: ClOrdId = 22,
    }
    /// Rejected (3.8).
    b'J' 29 29 Rejected RejectedView {
        /// Time.
        timestamp_ns: u64 = 1,
        /// Number of the order.
        user_ref: u32 = 9,
        /// Reason.
        reason: u16 = 13,
        /// Client order id.
        cl_ord_id: ClOrdId = 15,
    }
    /// Cancel Pending (3.9): the cancel waits for the cross.
    b'P' 13 13 CancelPending CancelPendingView {
        /// Time.
        timestamp_ns: u64 = 1,
        /// Number of the order.
        user_ref: u32 = 9,
    }
    /// Cancel Reject (3.10): the cross refuses the cancel.
    b'I' 13 13 CancelReject CancelRejectView {
        /// Time.
        timestamp_ns: u64 = 1,
        /// Number of the order.
        user_ref: u32 = 9,
    }
    /// Order Priority Update (3.11).
    b'T' 30 30 PriorityUpdate PriorityUpdateView {
        /// Time.
        timestamp_ns: u64 = 1,
        /// Number of the order.
        user_ref: u32 = 9,
        /// Price, 1/10000 dollar.
        price: u64 = 13,
        /// Display.
        display: u8 = 21,
        /// The exchange's new reference, as in ITCH.
        order_reference: u64 = 22,
    }
    /// Order Modified (3.12).
    b'M' 18 18 Modified ModifiedView {
        /// Time.
        timestamp_ns: u64 = 1,
        /// Number of the order.
        user_ref: u32 = 9,
        /// New side.
        side: u8 = 13,
        /// Shares open.
        quantity: u32 = 14,
    }
    /// Order Restated (3.13).
    b'R' 14 16 Restated RestatedView {
        /// Time.
        timestamp_ns: u64 = 1,
        /// Number of the order.
        user_ref: u32 = 9,
        /// `R` display refreshed, `P` displayed price moved.
        reason: u8 = 13,
    }
    /// Mass Cancel Response (3.14).
    b'X' 25 27 MassCancelResponse MassCancelResponseView {
        /// Time.
        timestamp_ns: u64 = 1,
        /// Number of the request.
        user_ref: u32 = 9,
        /// Firm.
        firm: Firm = 13,
        /// Symbol, all spaces for every one.
        symbol: Symbol = 17,
    }
    /// Disable Order Entry Response (3.15).
    b'G' 17 19 DisableOrderEntryResponse DisableOrderEntryResponseView {
        /// Time.
        timestamp_ns: u64 = 1,
        /// Number of the request.
        user_ref: u32 = 9,
        /// Firm.
        firm: Firm = 13,
    }
    /// Enable Order Entry Response (3.16).
    b'K' 17 19 EnableOrderEntryResponse EnableOrderEntryResponseView {
        /// Time.
        timestamp_ns: u64 = 1,
        /// Number of the request.
        user_ref: u32 = 9,
        /// Firm.
        firm: Firm = 13,
    }
    /// Account Query Response (3.17).
    b'Q' 13 13 AccountQueryResponse AccountQueryResponseView {
        /// Time.
        timestamp_ns: u64 = 1,
        /// Number the next order may have.
        next_user_ref: u32 = 9,
    }
}
