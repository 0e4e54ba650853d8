//! The fabric trigger: one armed order a slot that the card sends by itself, once, when the book says so.
//!
//! The condition is looked at after every event that changed the slot's book, from the first one behind arming on; it is a level: it need
//! not have been false before. With `bs` and `as` the best quantities of bid and ask (0 for none) and T the threshold:
//! - OBI at least T: `bs · (32768 − T) ≥ as · (32768 + T)`; at most T: `≤`. Never while both quantities are 0.
//! - OFI at least T: the feature `ofi_1` ≥ T, that is `e[1] ≥ bound` of the same flow in shares; at most T: `≤`. [`Condition::constants`]
//!   forms the bound, which holds for the `QTY_SHIFT` of the moment.
//!
//! No trigger fires on a book that is `degraded`, nor by an event at or past either expiry. The price is the armed one.

/// What is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Compare {
    /// OBI-1 at least T.
    ObiAtLeast = 0,
    /// OBI-1 at most T.
    ObiAtMost = 1,
    /// Level-1 OFI at least T.
    OfiAtLeast = 2,
    /// Level-1 OFI at most T.
    OfiAtMost = 3,
}

/// All of them, in the order of their numbers.
pub const COMPARES: [Compare; 4] = [
    Compare::ObiAtLeast,
    Compare::ObiAtMost,
    Compare::OfiAtLeast,
    Compare::OfiAtMost,
];

/// Bits of an OFI bound, two's complement: one more than any flow has.
pub const BOUND_BITS: u32 = 35;
/// One in Q1.15.
pub const ONE: i32 = 1 << 15;

/// When a trigger fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Condition {
    /// What is compared.
    pub compare: Compare,
    /// T, a raw feature value.
    pub threshold: i16,
}

impl Condition {
    /// `TRIGGER_CONSTANT_0` and `_1` for a slot with this `QTY_SHIFT`.
    pub const fn constants(self, qty_shift: u32) -> [u32; 2] {
        let t = self.threshold as i32;
        match self.compare {
            Compare::ObiAtLeast | Compare::ObiAtMost => {
                [(ONE - t).cast_unsigned(), (ONE + t).cast_unsigned()]
            }
            Compare::OfiAtLeast | Compare::OfiAtMost => {
                let bound = self.bound(qty_shift).cast_unsigned();
                [bound as u32, ((bound >> 32) & 7) as u32]
            }
        }
    }

    /// The flow in shares at which the scaled, truncated and saturated feature reaches T.
    const fn bound(self, qty_shift: u32) -> i64 {
        let (most, least) = ((1 << (BOUND_BITS - 1)) - 1, -(1 << (BOUND_BITS - 1)));
        let (t, unit) = (self.threshold as i64, 1_i64 << (qty_shift & 31));
        let max = crate::feature::FEATURE_MAX as i64;
        let bound = match self.compare {
            // What saturates reaches every value that T can have.
            Compare::OfiAtLeast if t <= -max => least,
            Compare::OfiAtMost if t >= max => most,
            Compare::OfiAtMost if t < -max => least,
            // Truncation makes everything within a unit of zero zero.
            Compare::OfiAtLeast if t <= 0 => (t - 1) * unit + 1,
            Compare::OfiAtMost if t >= 0 => (t + 1) * unit - 1,
            _ => t * unit,
        };
        if bound > most {
            most
        } else if bound < least {
            least
        } else {
            bound
        }
    }
}

/// An order to be sent by the card, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trigger {
    /// ASCII side.
    pub side: u8,
    /// ASCII time in force.
    pub time_in_force: u8,
    /// ASCII display.
    pub display: u8,
    /// ASCII capacity.
    pub capacity: u8,
    /// ASCII intermarket sweep eligibility.
    pub iso: u8,
    /// ASCII cross type.
    pub cross_type: u8,
    /// Shares.
    pub qty: u32,
    /// Limit price, 1/10000 dollar.
    pub price: u32,
    /// Host token.
    pub token: u32,
    /// ClOrdID.
    pub cl_ord_id: [u8; 14],
    /// When.
    pub condition: Condition,
    /// ITCH time from which on it is void, ns since midnight, 48 bits.
    pub itch_expiry_ns: u64,
    /// Card time from which on it is void, ns.
    pub expiry_ns: u64,
}

impl Trigger {
    /// Global registers and what is to be written into them before `TRIGGER_ARM`.
    pub fn registers(&self, arm_seq: u32, qty_shift: u32) -> [(&'static str, u32); 18] {
        let [constant_0, constant_1] = self.condition.constants(qty_shift);
        let id = |at: usize| {
            let byte = |i: usize| self.cl_ord_id.get(at + i).copied().unwrap_or(0);
            u32::from_le_bytes([byte(0), byte(1), byte(2), byte(3)])
        };
        [
            (
                "TRIGGER_LETTERS",
                u32::from_le_bytes([self.side, self.time_in_force, self.display, self.capacity]),
            ),
            (
                "TRIGGER_ROUTING",
                u32::from_le_bytes([self.iso, self.cross_type, 0, 0]),
            ),
            ("TRIGGER_QTY", self.qty),
            ("TRIGGER_PRICE", self.price),
            ("TRIGGER_TOKEN", self.token),
            ("TRIGGER_CL_ORD_ID_0", id(0)),
            ("TRIGGER_CL_ORD_ID_1", id(4)),
            ("TRIGGER_CL_ORD_ID_2", id(8)),
            ("TRIGGER_CL_ORD_ID_3", id(12)),
            ("TRIGGER_COMPARE", self.condition.compare as u32),
            (
                "TRIGGER_THRESHOLD",
                self.condition.threshold.cast_unsigned() as u32,
            ),
            ("TRIGGER_CONSTANT_0", constant_0),
            ("TRIGGER_CONSTANT_1", constant_1),
            ("TRIGGER_ITCH_EXPIRY_LO", self.itch_expiry_ns as u32),
            ("TRIGGER_ITCH_EXPIRY_HI", (self.itch_expiry_ns >> 32) as u32),
            ("TRIGGER_EXPIRY_LO", self.expiry_ns as u32),
            ("TRIGGER_EXPIRY_HI", (self.expiry_ns >> 32) as u32),
            ("TRIGGER_SEQ", arm_seq),
        ]
    }
}

/// The word of `TRIGGER_ARM`.
pub const fn arm_word(slot: u8, epoch: u16) -> u32 {
    (epoch as u32) << 16 | (slot & 63) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The feature of a flow.
    fn feature(flow: i64, shift: u32) -> i64 {
        (flow / (1 << shift)).clamp(-32_767, 32_767)
    }

    #[test]
    fn a_bound_in_shares_says_what_the_feature_says() {
        let mut checks = 0;
        for shift in [0, 1, 7, 18, 31] {
            for threshold in [-32_768, -32_767, -5, -1, 0, 1, 5, 32_766, 32_767] {
                let compares = [Compare::OfiAtLeast, Compare::OfiAtMost];
                for compare in compares {
                    let bound = Condition { compare, threshold }.bound(shift);
                    let unit = 1_i64 << shift;
                    for near in [-1, 0, 1, 2] {
                        for off in [-unit, -1, 0, 1, unit] {
                            let most = 2 * i64::from(u32::MAX);
                            let flow = ((i64::from(threshold) + near) * unit + off).clamp(-most, most);
                            let value = feature(flow, shift);
                            let (wanted, got) = match compare {
                                Compare::OfiAtLeast => (value >= i64::from(threshold), flow >= bound),
                                _ => (value <= i64::from(threshold), flow <= bound),
                            };
                            assert_eq!(wanted, got, "{compare:?} {threshold} shift {shift} flow {flow}");
                            checks += 1;
                        }
                    }
                }
            }
        }
        assert!(checks > 1_000);
    }

    #[test]
    fn constants_of_obi_add_up() {
        let condition = Condition {
            compare: Compare::ObiAtMost,
            threshold: -3,
        };
        assert_eq!(condition.constants(9), [32_771, 32_765]);
    }
}
