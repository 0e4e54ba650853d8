//! Messages to the exchange (section 2).

use super::{APPENDAGE_LEN, Appendage, ClOrdId, Firm, Options, Symbol, check};
use crate::WireError;
use crate::bytes::{Field, get, put};

ouch_messages! {
    /// Any message to the exchange.
    Request REQUEST_FIELDS;

    /// Enter Order (2.1).
    b'O' 45 47 EnterOrder EnterOrderView {
        /// Number of the order, each greater than the one before.
        user_ref: u32 = 1,
        /// `B` buy, `S` sell, `T` sell short, `E` sell short exempt.
        side: u8 = 5,
        /// Shares, below 1,000,000.
        quantity: u32 = 6,
        /// Symbol.
        symbol: Symbol = 10,
        /// Limit price, 1/10000 dollar.
        price: u64 = 18,
        /// Time in force.
        time_in_force: u8 = 26,
        /// Display.
        display: u8 = 27,
        /// Capacity.
        capacity: u8 = 28,
        /// `Y` for an intermarket sweep order.
        iso: u8 = 29,
        /// Cross type.
        cross_type: u8 = 30,
        /// Client order id.
        cl_ord_id: ClOrdId = 31,
    }
    /// Replace Order (2.2).
    b'U' 38 40 ReplaceOrder ReplaceOrderView {
        /// Number of the order to be replaced.
        orig_user_ref: u32 = 1,
        /// Number of the new order.
        user_ref: u32 = 5,
        /// Shares of the whole chain, those executed included.
        quantity: u32 = 9,
        /// Limit price, 1/10000 dollar.
        price: u64 = 13,
        /// Time in force.
        time_in_force: u8 = 21,
        /// Display.
        display: u8 = 22,
        /// `Y` for an intermarket sweep order.
        iso: u8 = 23,
        /// Client order id.
        cl_ord_id: ClOrdId = 24,
    }
    /// Cancel Order (2.3).
    b'X' 9 9 CancelOrder CancelOrderView {
        /// Number of the order meant.
        user_ref: u32 = 1,
        /// Shares the order shall have left, 0 for none.
        quantity: u32 = 5,
    }
    /// Modify Order (2.4).
    b'M' 10 10 ModifyOrder ModifyOrderView {
        /// Number of the order meant.
        user_ref: u32 = 1,
        /// New side: `S` to `E` or `T`, or `E` and `T` to one another.
        side: u8 = 5,
        /// Shares the order shall have left.
        quantity: u32 = 6,
    }
    /// Mass Cancel (2.5).
    b'C' 17 19 MassCancel MassCancelView {
        /// Number of the request, counted with the orders.
        user_ref: u32 = 1,
        /// Firm whose orders are meant.
        firm: Firm = 5,
        /// Symbol, all spaces for every one.
        symbol: Symbol = 9,
    }
    /// Disable Order Entry (2.6).
    b'D' 9 11 DisableOrderEntry DisableOrderEntryView {
        /// Number of the request, counted with the orders.
        user_ref: u32 = 1,
        /// Firm to be shut out.
        firm: Firm = 5,
    }
    /// Enable Order Entry (2.7).
    b'E' 9 11 EnableOrderEntry EnableOrderEntryView {
        /// Number of the request, counted with the orders.
        user_ref: u32 = 1,
        /// Firm to be let in again.
        firm: Firm = 5,
    }
    /// Account Query (2.8).
    b'Q' 1 1 AccountQuery AccountQueryView {}
}
