//! Field tables of the 23 message types; views and owned forms are made from them.

use super::Header;
use crate::WireError;
use crate::bytes::{Field, get, put};

macro_rules! itch_messages {
    ($(
        $(#[$doc:meta])*
        $kind:literal $len:literal $name:ident $view:ident {
            $($(#[$field_doc:meta])* $field:ident $setter:ident: $type:ty = $offset:literal,)*
        }
    )*) => {
        /// Type and length in bytes of every message.
        pub const LENGTHS: [(u8, usize); 23] = [$(($kind, $len)),*];

        /// Type and fields `(name, offset, width)` behind the header of every message.
        pub const FIELDS: &[(u8, &[(&str, usize, usize)])] = &[
            $(($kind, &[$((stringify!($field), $offset, <$type as Field>::WIDTH)),*])),*
        ];

        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq)]
            pub struct $name {
                /// Locate, tracking number and time.
                pub header: Header,
                $($(#[$field_doc])* pub $field: $type,)*
            }

            impl $name {
                /// Message type.
                pub const TYPE: u8 = $kind;
                /// Length on the wire in bytes.
                pub const LEN: usize = $len;

                /// Reads the message a view shows.
                pub fn parse<T: AsRef<[u8]>>(view: &$view<T>) -> Self {
                    Self::read(view.buffer.as_ref())
                }

                pub(super) fn read(bytes: &[u8]) -> Self {
                    Self { header: Header::get(bytes), $($field: get(bytes, $offset),)* }
                }

                /// Writes the message at the start of `buffer`; returns its length.
                ///
                /// # Panics
                /// When `buffer` is too short.
                pub fn emit(&self, buffer: &mut [u8]) -> usize {
                    let bytes = &mut buffer[..Self::LEN];
                    self.header.put(Self::TYPE, bytes);
                    $(put(bytes, $offset, self.$field);)*
                    Self::LEN
                }
            }

            #[doc = concat!("View of a [`", stringify!($name), "`]. After `new_checked` no accessor panics.")]
            #[derive(Debug, Clone, Copy)]
            pub struct $view<T> {
                buffer: T,
            }

            impl<T: AsRef<[u8]>> $view<T> {
                /// Checks type and length.
                ///
                /// # Errors
                /// What differs.
                pub fn new_checked(buffer: T) -> Result<Self, WireError> {
                    match super::check(buffer.as_ref())? {
                        $kind => Ok(Self { buffer }),
                        other => Err(WireError::ItchType(other)),
                    }
                }

                /// Locate, tracking number and time.
                pub fn header(&self) -> Header {
                    Header::get(self.buffer.as_ref())
                }

                $($(#[$field_doc])*
                pub fn $field(&self) -> $type {
                    get(self.buffer.as_ref(), $offset)
                })*
            }

            impl<T: AsRef<[u8]> + AsMut<[u8]>> $view<T> {
                $(#[doc = concat!("Overwrites [`Self::", stringify!($field), "`].")]
                pub fn $setter(&mut self, value: $type) {
                    put(self.buffer.as_mut(), $offset, value);
                })*
            }
        )*
    };
}

itch_messages! {
    /// System event (1.1).
    b'S' 12 SystemEvent SystemEventView {
        /// `O` start of messages, `S` system hours, `Q` market hours, `M`, `E`, `C` their ends.
        event set_event: u8 = 11,
    }
    /// Stock directory (1.2.1).
    b'R' 39 StockDirectory StockDirectoryView {
        /// Symbol, padded with spaces.
        stock set_stock: [u8; 8] = 11,
        /// Listing market.
        market_category set_market_category: u8 = 19,
        /// Financial status indicator.
        financial_status set_financial_status: u8 = 20,
        /// Shares of a round lot.
        round_lot_size set_round_lot_size: u32 = 21,
        /// `Y` when only round lots are accepted.
        round_lots_only set_round_lots_only: u8 = 25,
        /// Security class.
        issue_classification set_issue_classification: u8 = 26,
        /// Security sub-type.
        issue_sub_type set_issue_sub_type: [u8; 2] = 27,
        /// `P` production, `T` test.
        authenticity set_authenticity: u8 = 29,
        /// Reg SHO threshold indicator.
        short_sale_threshold set_short_sale_threshold: u8 = 30,
        /// IPO flag.
        ipo set_ipo: u8 = 31,
        /// LULD reference price tier.
        luld_tier set_luld_tier: u8 = 32,
        /// Exchange-traded product flag.
        etp set_etp: u8 = 33,
        /// Leverage factor of an exchange-traded product.
        etp_leverage set_etp_leverage: u32 = 34,
        /// `Y` for an inverse exchange-traded product.
        inverse set_inverse: u8 = 38,
    }
    /// Stock trading action (1.2.2).
    b'H' 25 StockTradingAction StockTradingActionView {
        /// Symbol, padded with spaces.
        stock set_stock: [u8; 8] = 11,
        /// `H` halted, `P` paused, `Q` quotation only, `T` trading.
        state set_state: u8 = 19,
        /// Reserved.
        reserved set_reserved: u8 = 20,
        /// Reason code.
        reason set_reason: [u8; 4] = 21,
    }
    /// Reg SHO short sale price test restriction (1.2.3).
    b'Y' 20 RegShoRestriction RegShoRestrictionView {
        /// Symbol, padded with spaces.
        stock set_stock: [u8; 8] = 11,
        /// `0` none, `1` in effect since an intraday drop, `2` still in effect.
        action set_action: u8 = 19,
    }
    /// Market participant position (1.2.4).
    b'L' 26 MarketParticipantPosition MarketParticipantPositionView {
        /// Market participant.
        mpid set_mpid: [u8; 4] = 11,
        /// Symbol, padded with spaces.
        stock set_stock: [u8; 8] = 15,
        /// `Y` for a primary market maker.
        primary set_primary: u8 = 23,
        /// Market maker mode.
        mode set_mode: u8 = 24,
        /// Registration state of the participant.
        state set_state: u8 = 25,
    }
    /// Market-wide circuit breaker decline levels (1.2.5.1); these prices have 8 decimals.
    b'V' 35 MwcbDeclineLevel MwcbDeclineLevelView {
        /// Level 1 in 1/100,000,000 of an index point.
        level1 set_level1: u64 = 11,
        /// Level 2 in 1/100,000,000 of an index point.
        level2 set_level2: u64 = 19,
        /// Level 3 in 1/100,000,000 of an index point.
        level3 set_level3: u64 = 27,
    }
    /// Market-wide circuit breaker status (1.2.5.2).
    b'W' 12 MwcbStatus MwcbStatusView {
        /// Level breached, `1` to `3`.
        level set_level: u8 = 11,
    }
    /// IPO quoting period update (1.2.6).
    b'K' 28 IpoQuotingPeriod IpoQuotingPeriodView {
        /// Symbol, padded with spaces.
        stock set_stock: [u8; 8] = 11,
        /// Release time in seconds since midnight.
        release_time_s set_release_time_s: u32 = 19,
        /// `A` anticipated, `C` cancelled or postponed.
        qualifier set_qualifier: u8 = 23,
        /// IPO price.
        price set_price: u32 = 24,
    }
    /// LULD auction collar (1.2.7).
    b'J' 35 LuldAuctionCollar LuldAuctionCollarView {
        /// Symbol, padded with spaces.
        stock set_stock: [u8; 8] = 11,
        /// Reference price.
        reference_price set_reference_price: u32 = 19,
        /// Upper collar.
        upper_price set_upper_price: u32 = 23,
        /// Lower collar.
        lower_price set_lower_price: u32 = 27,
        /// Number of extensions.
        extension set_extension: u32 = 31,
    }
    /// Operational halt (1.2.8).
    b'h' 21 OperationalHalt OperationalHaltView {
        /// Symbol, padded with spaces.
        stock set_stock: [u8; 8] = 11,
        /// `Q` Nasdaq, `B` BX, `X` PSX.
        market set_market: u8 = 19,
        /// `H` halted, `T` resumed.
        action set_action: u8 = 20,
    }
    /// Add order without attribution (1.3.1).
    b'A' 36 AddOrder AddOrderView {
        /// Order reference.
        reference set_reference: u64 = 11,
        /// `B` or `S`.
        side set_side: u8 = 19,
        /// Shares.
        shares set_shares: u32 = 20,
        /// Symbol, padded with spaces.
        stock set_stock: [u8; 8] = 24,
        /// Price.
        price set_price: u32 = 32,
    }
    /// Add order with attribution (1.3.2).
    b'F' 40 AddOrderAttributed AddOrderAttributedView {
        /// Order reference.
        reference set_reference: u64 = 11,
        /// `B` or `S`.
        side set_side: u8 = 19,
        /// Shares.
        shares set_shares: u32 = 20,
        /// Symbol, padded with spaces.
        stock set_stock: [u8; 8] = 24,
        /// Price.
        price set_price: u32 = 32,
        /// Market participant.
        attribution set_attribution: [u8; 4] = 36,
    }
    /// Order executed at its own price (1.4.1).
    b'E' 31 OrderExecuted OrderExecutedView {
        /// Order reference.
        reference set_reference: u64 = 11,
        /// Shares executed.
        shares set_shares: u32 = 19,
        /// Match number.
        match_number set_match_number: u64 = 23,
    }
    /// Order executed at another price (1.4.2).
    b'C' 36 OrderExecutedWithPrice OrderExecutedWithPriceView {
        /// Order reference.
        reference set_reference: u64 = 11,
        /// Shares executed.
        shares set_shares: u32 = 19,
        /// Match number.
        match_number set_match_number: u64 = 23,
        /// `Y` when the execution counts in volume, `N` when a cross message will report it.
        printable set_printable: u8 = 31,
        /// Execution price.
        price set_price: u32 = 32,
    }
    /// Partial cancel (1.4.3).
    b'X' 23 OrderCancel OrderCancelView {
        /// Order reference.
        reference set_reference: u64 = 11,
        /// Shares cancelled.
        shares set_shares: u32 = 19,
    }
    /// Delete (1.4.4).
    b'D' 19 OrderDelete OrderDeleteView {
        /// Order reference.
        reference set_reference: u64 = 11,
    }
    /// Replace: the order leaves, another takes its side (1.4.5).
    b'U' 35 OrderReplace OrderReplaceView {
        /// Reference of the order that leaves.
        reference set_reference: u64 = 11,
        /// Reference of the new order.
        new_reference set_new_reference: u64 = 19,
        /// Shares of the new order.
        shares set_shares: u32 = 27,
        /// Price of the new order.
        price set_price: u32 = 31,
    }
    /// Trade against a hidden order (1.5.1).
    b'P' 44 Trade TradeView {
        /// Order reference, 0 since 2010.
        reference set_reference: u64 = 11,
        /// Side of the hidden order, `B` since 2014.
        side set_side: u8 = 19,
        /// Shares.
        shares set_shares: u32 = 20,
        /// Symbol, padded with spaces.
        stock set_stock: [u8; 8] = 24,
        /// Price.
        price set_price: u32 = 32,
        /// Match number.
        match_number set_match_number: u64 = 36,
    }
    /// Cross trade (1.5.2).
    b'Q' 40 CrossTrade CrossTradeView {
        /// Shares matched.
        shares set_shares: u64 = 11,
        /// Symbol, padded with spaces.
        stock set_stock: [u8; 8] = 19,
        /// Cross price.
        price set_price: u32 = 27,
        /// Match number.
        match_number set_match_number: u64 = 31,
        /// `O` opening, `C` closing, `H` halt or IPO, `I` intraday.
        cross_type set_cross_type: u8 = 39,
    }
    /// Broken trade (1.5.3).
    b'B' 19 BrokenTrade BrokenTradeView {
        /// Match number of the trade broken.
        match_number set_match_number: u64 = 11,
    }
    /// Net order imbalance indicator (1.6).
    b'I' 50 NetOrderImbalance NetOrderImbalanceView {
        /// Shares paired at the reference price.
        paired_shares set_paired_shares: u64 = 11,
        /// Shares not paired.
        imbalance_shares set_imbalance_shares: u64 = 19,
        /// `B`, `S`, `N` none, `O` too few orders, `P` paused.
        direction set_direction: u8 = 27,
        /// Symbol, padded with spaces.
        stock set_stock: [u8; 8] = 28,
        /// Far indicative price.
        far_price set_far_price: u32 = 36,
        /// Near indicative price.
        near_price set_near_price: u32 = 40,
        /// Reference price.
        reference_price set_reference_price: u32 = 44,
        /// `O`, `C`, `H` or `A`.
        cross_type set_cross_type: u8 = 48,
        /// Price variation indicator.
        variation set_variation: u8 = 49,
    }
    /// Retail price improvement indicator (1.7).
    b'N' 20 RetailInterest RetailInterestView {
        /// Symbol, padded with spaces.
        stock set_stock: [u8; 8] = 11,
        /// `B`, `S`, `A` both, `N` none.
        interest set_interest: u8 = 19,
    }
    /// Direct listing with capital raise (1.8).
    b'O' 48 DirectListing DirectListingView {
        /// Symbol, padded with spaces.
        stock set_stock: [u8; 8] = 11,
        /// `Y` when the security may be released.
        open_eligibility set_open_eligibility: u8 = 19,
        /// Lowest price allowed.
        minimum_price set_minimum_price: u32 = 20,
        /// Highest price allowed.
        maximum_price set_maximum_price: u32 = 24,
        /// Current reference price.
        near_price set_near_price: u32 = 28,
        /// Time of the near price, nanoseconds since midnight.
        near_time_ns set_near_time_ns: u64 = 32,
        /// Lower end of the collar range.
        lower_price set_lower_price: u32 = 40,
        /// Upper end of the collar range.
        upper_price set_upper_price: u32 = 44,
    }
}
