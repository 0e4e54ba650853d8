//! The order port: requests of OUCH 5.0.

use wire::WireError;
use wire::itch50::{self, Message, Side};
use wire::ouch50::codes::{cancel_reason, liquidity, order_state, reject_reason, time_in_force};
use wire::ouch50::{self, EnterOrder, Firm, Opt, Options, QUANTITY_END, ReplaceOrder, Request};

use crate::book::{crosses, opposite};
use crate::exchange::Exchange;
use crate::own::{Own, side_of};

const NS: u64 = 1_000_000_000;

/// What options ask of an order.
#[derive(Debug, Clone, Copy, Default)]
struct Wishes {
    firm: Option<Firm>,
    post_only: bool,
    expire_s: Option<u32>,
    side: Option<u8>,
}

fn wishes(options: Options<'_>) -> Wishes {
    let mut wishes = Wishes::default();
    for option in options.flatten() {
        match option {
            Opt::Firm(firm) => wishes.firm = Some(firm),
            Opt::PostOnly(letter) => wishes.post_only = letter == b'P',
            Opt::ExpireTime(seconds) => wishes.expire_s = Some(seconds),
            Opt::Side(side) => wishes.side = Some(side),
            _ => {}
        }
    }
    wishes
}

impl Exchange {
    /// Takes a request at `now_ns`. One with a user reference of its own may be taken twice by a fault, or one before it
    /// once more after it.
    ///
    /// # Errors
    /// The feed refuses a message.
    pub fn request(&mut self, bytes: &[u8], now_ns: u64) -> Result<(), WireError> {
        self.now_ns = self.now_ns.max(now_ns);
        self.take(bytes)?;
        if !matches!(bytes.first(), Some(b'O' | b'U' | b'C' | b'D' | b'E')) {
            return Ok(());
        }
        if self.random.chance(self.config.faults.duplicate_request) {
            self.injected.add("duplicate-request");
            self.take(bytes)?;
        }
        if self.random.chance(self.config.faults.stale_request)
            && let Some(old) = self.last_request.take()
        {
            self.injected.add("stale-request");
            self.take(&old)?;
        }
        self.last_request = Some(bytes.to_vec());
        Ok(())
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), WireError> {
        self.counters.requests += 1;
        let Ok((request, options)) = Request::parse(bytes) else {
            self.counters.malformed += 1;
            return Ok(());
        };
        match request {
            Request::EnterOrder(order) => self.enter(&order, wishes(options)),
            Request::ReplaceOrder(replace) => self.replace(&replace, wishes(options)),
            Request::CancelOrder(cancel) => self.reduce(cancel.user_ref, cancel.quantity),
            Request::ModifyOrder(modify) => self.modify(&modify),
            Request::MassCancel(mass) => self.mass_cancel(&mass, wishes(options).side),
            Request::DisableOrderEntry(entry) => {
                self.entry(entry.user_ref, entry.firm, false);
                Ok(())
            }
            Request::EnableOrderEntry(entry) => {
                self.entry(entry.user_ref, entry.firm, true);
                Ok(())
            }
            Request::AccountQuery(_) => {
                self.respond(ouch50::AccountQueryResponse {
                    timestamp_ns: self.now_ns,
                    next_user_ref: self.last_user_ref.saturating_add(1),
                });
                Ok(())
            }
        }
    }

    /// True when the number is new; a number not above the last is a retransmission and changes nothing (1.2).
    fn is_new(&mut self, user_ref: u32) -> bool {
        let new = user_ref > self.last_user_ref;
        if new {
            self.last_user_ref = user_ref;
        } else {
            self.counters.retransmitted += 1;
        }
        new
    }

    fn reject(&mut self, user_ref: u32, reason: u16, cl_ord_id: [u8; 14]) {
        self.counters.rejected += 1;
        self.respond(ouch50::Rejected {
            timestamp_ns: self.now_ns,
            user_ref,
            reason,
            cl_ord_id,
        });
    }

    /// Why an order is refused: the first reason that holds.
    fn refusal(&self, order: &EnterOrder, firm: Firm, expire_s: Option<u32>) -> Option<u16> {
        let locate = self.locates.get(&order.symbol);
        let expires = order.time_in_force == time_in_force::GOOD_TILL_TIME;
        let known = [
            time_in_force::DAY,
            time_in_force::IMMEDIATE_OR_CANCEL,
            time_in_force::EXTENDED,
            time_in_force::GOOD_TILL_TIME,
            time_in_force::AFTER_HOURS,
        ];
        if self.disabled.contains(&firm) {
            Some(reject_reason::FIRM_NOT_AUTHORIZED)
        } else if !b"BSTE".contains(&order.side) {
            Some(reject_reason::SIDE)
        } else if order.quantity == 0 || order.quantity >= QUANTITY_END {
            Some(reject_reason::QUANTITY)
        } else if locate.is_none() {
            Some(reject_reason::SYMBOL)
        } else if price_of(order.price).is_none() {
            Some(reject_reason::PRICE)
        } else if locate.is_some_and(|locate| !self.trades(*locate)) {
            Some(reject_reason::HALTED)
        } else if !known.contains(&order.time_in_force)
            || expires != expire_s.is_some()
            || order.display == b'N'
            || order.cross_type != b'N'
        {
            Some(reject_reason::OTHER)
        } else {
            None
        }
    }

    fn enter(&mut self, order: &EnterOrder, wishes: Wishes) -> Result<(), WireError> {
        if !self.is_new(order.user_ref) {
            return Ok(());
        }
        let firm = wishes.firm.unwrap_or(self.config.firm);
        if let Some(reason) = self.refusal(order, firm, wishes.expire_s) {
            self.reject(order.user_ref, reason, order.cl_ord_id);
            return Ok(());
        }
        let own = Own {
            order: *order,
            reference: self.draw_reference(),
            locate: self.locates.get(&order.symbol).copied().unwrap_or_default(),
            price: price_of(order.price).unwrap_or_default(),
            open: order.quantity,
            executed: 0,
            firm,
            expires_ns: self.expiry(wishes.expire_s),
        };
        self.counters.accepted += 1;
        self.respond(ouch50::Accepted {
            timestamp_ns: self.now_ns,
            user_ref: order.user_ref,
            side: order.side,
            quantity: order.quantity,
            symbol: order.symbol,
            price: order.price,
            time_in_force: order.time_in_force,
            display: order.display,
            order_reference: own.reference,
            capacity: order.capacity,
            iso: order.iso,
            cross_type: order.cross_type,
            state: order_state::LIVE,
            cl_ord_id: order.cl_ord_id,
        });
        self.place(own, wishes.post_only, None)
    }

    fn draw_reference(&mut self) -> u64 {
        self.next_reference += 1;
        self.next_reference - 1
    }

    fn expiry(&self, seconds: Option<u32>) -> Option<u64> {
        seconds.map(|seconds| self.now_ns.saturating_add(u64::from(seconds) * NS))
    }

    /// Matches an order that arrives; what is left rests or goes. `replaced` is the order it takes the place of, which
    /// has left the book but not yet the feed.
    fn place(&mut self, own: Own, post_only: bool, replaced: Option<u64>) -> Result<(), WireError> {
        let user_ref = own.order.user_ref;
        let meets = self
            .book
            .best(own.locate, opposite(own.side()))
            .is_some_and(|price| crosses(own.side(), own.price, price));
        let mut replaced = replaced;
        if meets && let Some(reference) = replaced.take() {
            let header = self.header(own.locate);
            self.publish(&itch50::OrderDelete { header, reference }.into())?;
        }
        self.own.insert(user_ref, own);
        if meets && post_only {
            return self.cancel_own(user_ref, cancel_reason::POST_ONLY);
        }
        self.cross(user_ref, &own)?;
        let Some(own) = self.own.get(&user_ref).copied() else {
            return Ok(());
        };
        if own.order.time_in_force == time_in_force::IMMEDIATE_OR_CANCEL {
            if let Some(reference) = replaced {
                let header = self.header(own.locate);
                self.publish(&itch50::OrderDelete { header, reference }.into())?;
            }
            return self.cancel_own(user_ref, cancel_reason::IMMEDIATE_OR_CANCEL);
        }
        self.rest(&own);
        self.publish_rest(&own, replaced)
    }

    fn publish_rest(&mut self, own: &Own, replaced: Option<u64>) -> Result<(), WireError> {
        let header = self.header(own.locate);
        let message: Message = match replaced {
            Some(reference) => itch50::OrderReplace {
                header,
                reference,
                new_reference: own.reference,
                shares: own.open,
                price: own.price,
            }
            .into(),
            None => itch50::AddOrder {
                header,
                reference: own.reference,
                side: own.side().indicator(),
                shares: own.open,
                stock: own.order.symbol,
                price: own.price,
            }
            .into(),
        };
        self.publish(&message)
    }

    /// Executes an arriving order against the other side, best price and longest wait first.
    fn cross(&mut self, user_ref: u32, arriving: &Own) -> Result<(), WireError> {
        let side = opposite(arriving.side());
        while let Some(open) = self.own.get(&user_ref).map(|own| own.open) {
            let Some(reference) = self.book.first(arriving.locate, side) else {
                break;
            };
            let Some(order) = self.book.get(reference).copied() else {
                break;
            };
            if !crosses(arriving.side(), arriving.price, order.price) {
                break;
            }
            if let Some(owner) = order.owner {
                self.prevent(owner, open, order.price)?;
                continue;
            }
            let shares = open.min(order.open);
            self.book.take(reference, shares);
            let match_number = self.execute(user_ref, shares, order.price, liquidity::REMOVED);
            self.publish_execution(arriving.locate, reference, shares, match_number)?;
        }
        Ok(())
    }

    /// Own orders do not trade with one another: the older one goes.
    fn prevent(&mut self, user_ref: u32, arriving: u32, price: u32) -> Result<(), WireError> {
        if let Some(own) = self.remove_own(user_ref)? {
            self.respond(ouch50::AiqCanceled {
                timestamp_ns: self.now_ns,
                user_ref,
                quantity: own.open,
                reason: cancel_reason::SELF_MATCH,
                prevented: own.open.min(arriving),
                price: u64::from(price),
                liquidity: liquidity::ADDED,
                strategy: b'O',
            });
        }
        Ok(())
    }

    fn replace(&mut self, replace: &ReplaceOrder, wishes: Wishes) -> Result<(), WireError> {
        if !self.is_new(replace.user_ref) {
            return Ok(());
        }
        let Some(old) = self.own.get(&replace.orig_user_ref).copied() else {
            self.counters.unknown += 1;
            self.reject(
                replace.user_ref,
                reject_reason::REPLACE_NOT_ALLOWED,
                replace.cl_ord_id,
            );
            return Ok(());
        };
        let order = EnterOrder {
            user_ref: replace.user_ref,
            side: wishes.side.unwrap_or(old.order.side),
            quantity: replace.quantity,
            price: replace.price,
            time_in_force: replace.time_in_force,
            display: replace.display,
            iso: replace.iso,
            cl_ord_id: replace.cl_ord_id,
            ..old.order
        };
        if let Some(reason) = self.refusal(&order, old.firm, wishes.expire_s) {
            self.reject(replace.user_ref, reason, replace.cl_ord_id);
            // A replace that is wrong in itself ends the order it names; one at the wrong time does not.
            if reason == reject_reason::QUANTITY || reason == reject_reason::PRICE {
                self.cancel_own(replace.orig_user_ref, cancel_reason::SYSTEM)?;
            }
            return Ok(());
        }
        if side_of(order.side) != old.side() {
            self.reject(replace.user_ref, reject_reason::SIDE, replace.cl_ord_id);
            return Ok(());
        }
        let own = Own {
            order,
            reference: self.draw_reference(),
            price: price_of(order.price).unwrap_or_default(),
            open: replace.quantity.saturating_sub(old.executed),
            expires_ns: self.expiry(wishes.expire_s),
            ..old
        };
        self.accept_replace(&old, &own);
        self.own.remove(&replace.orig_user_ref);
        if own.open == 0 {
            return self.delete_published(&old);
        }
        self.book.set(old.reference, 0, 0);
        self.place(own, wishes.post_only, Some(old.reference))
    }

    fn accept_replace(&mut self, old: &Own, own: &Own) {
        let order = &own.order;
        self.respond(ouch50::Replaced {
            timestamp_ns: self.now_ns,
            orig_user_ref: old.order.user_ref,
            user_ref: order.user_ref,
            side: order.side,
            quantity: own.open,
            symbol: order.symbol,
            price: order.price,
            time_in_force: order.time_in_force,
            display: order.display,
            order_reference: own.reference,
            capacity: order.capacity,
            iso: order.iso,
            cross_type: order.cross_type,
            state: if own.open == 0 {
                order_state::DEAD
            } else {
                order_state::LIVE
            },
            cl_ord_id: order.cl_ord_id,
        });
    }

    /// Leaves an order at most `quantity` shares; its place in the queue stays.
    fn reduce(&mut self, user_ref: u32, quantity: u32) -> Result<(), WireError> {
        match self.own.get(&user_ref).map(|own| own.open) {
            None => {
                self.counters.unknown += 1;
                Ok(())
            }
            Some(_) if quantity == 0 => self.cancel_own(user_ref, cancel_reason::USER),
            Some(open) if quantity >= open => Ok(()),
            Some(open) => {
                self.shorten(user_ref, quantity)?;
                self.respond(ouch50::Canceled {
                    timestamp_ns: self.now_ns,
                    user_ref,
                    quantity: open - quantity,
                    reason: cancel_reason::USER,
                });
                Ok(())
            }
        }
    }

    fn shorten(&mut self, user_ref: u32, quantity: u32) -> Result<(), WireError> {
        let Some(own) = self.own.get_mut(&user_ref) else {
            return Ok(());
        };
        let shares = own.open.saturating_sub(quantity);
        own.open = quantity;
        let (reference, locate) = (own.reference, own.locate);
        self.book.take(reference, shares);
        let header = self.header(locate);
        let cancel = itch50::OrderCancel {
            header,
            reference,
            shares,
        };
        self.publish(&cancel.into())
    }

    fn modify(&mut self, modify: &ouch50::ModifyOrder) -> Result<(), WireError> {
        let user_ref = modify.user_ref;
        let Some(own) = self.own.get(&user_ref).copied() else {
            self.counters.unknown += 1;
            return Ok(());
        };
        let from_to = (own.order.side, modify.side);
        let side =
            from_to.0 == from_to.1 || matches!(from_to, (b'S', b'E' | b'T') | (b'E', b'T') | (b'T', b'E'));
        if !side || modify.quantity == 0 || modify.quantity > own.open {
            return Ok(());
        }
        if modify.quantity < own.open {
            self.shorten(user_ref, modify.quantity)?;
        }
        if let Some(own) = self.own.get_mut(&user_ref) {
            own.order.side = modify.side;
        }
        self.respond(ouch50::Modified {
            timestamp_ns: self.now_ns,
            user_ref,
            side: modify.side,
            quantity: modify.quantity,
        });
        Ok(())
    }

    fn mass_cancel(&mut self, mass: &ouch50::MassCancel, side: Option<u8>) -> Result<(), WireError> {
        if !self.is_new(mass.user_ref) {
            return Ok(());
        }
        self.respond(ouch50::MassCancelResponse {
            timestamp_ns: self.now_ns,
            user_ref: mass.user_ref,
            firm: mass.firm,
            symbol: mass.symbol,
        });
        let any = mass.symbol == [b' '; 8];
        let meant = |own: &Own| {
            own.firm == mass.firm
                && (any || own.order.symbol == mass.symbol)
                && side.is_none_or(|side| (side == b'B') == (own.side() == Side::Bid))
        };
        let gone: Vec<u32> = self
            .own
            .iter()
            .filter(|(_, own)| meant(own))
            .map(|(user_ref, _)| *user_ref)
            .collect();
        for user_ref in gone {
            self.cancel_own(user_ref, cancel_reason::USER)?;
        }
        Ok(())
    }

    fn entry(&mut self, user_ref: u32, firm: Firm, enable: bool) {
        if !self.is_new(user_ref) {
            return;
        }
        self.disabled.retain(|one| *one != firm);
        let timestamp_ns = self.now_ns;
        if enable {
            self.respond(ouch50::EnableOrderEntryResponse {
                timestamp_ns,
                user_ref,
                firm,
            });
        } else {
            self.disabled.push(firm);
            self.respond(ouch50::DisableOrderEntryResponse {
                timestamp_ns,
                user_ref,
                firm,
            });
        }
    }
}

/// The price as the feed has it; `None` for 0 and for what the feed cannot show.
fn price_of(price: u64) -> Option<u32> {
    u32::try_from(price).ok().filter(|price| *price > 0)
}
