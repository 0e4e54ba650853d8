//! What each response does.

use wire::ouch50::{Accepted, Replaced, Response, codes::order_state};

use super::{Change, End, Orders, Stage, Surprise, Tracked};

impl Orders {
    /// Takes a response. One whose sequence was seen before changes nothing.
    ///
    /// # Errors
    /// It does not fit what was sent; but for a gap its sequence counts as received.
    pub fn apply(&mut self, sequence: u64, response: &Response) -> Result<Change, Surprise> {
        let expected = self.next_sequence();
        if sequence < expected {
            return Ok(Change::None);
        }
        if sequence > expected {
            return Err(Surprise::Gap { sequence, expected });
        }
        self.received = sequence;
        let change = self.change(response)?;
        if let Some(order) = answers(response).and_then(|user_ref| self.orders.get(&user_ref)) {
            self.queries.passed(order.behind);
        }
        Ok(change)
    }

    fn change(&mut self, response: &Response) -> Result<Change, Surprise> {
        match response {
            Response::Accepted(m) => self.accepted(m),
            Response::Replaced(m) => self.replaced(m),
            Response::Executed(m) => self.execution(m.user_ref, m.quantity, m.match_number),
            Response::Canceled(m) => self.taken_off(m.user_ref, m.quantity, response.kind()),
            Response::AiqCanceled(m) => self.taken_off(m.user_ref, m.quantity, response.kind()),
            Response::Rejected(m) => self.rejected(m.user_ref),
            Response::Modified(m) => self.modified(m.user_ref, m.quantity),
            Response::Broken(m) => Ok(self.broken(m.user_ref, m.match_number)),
            Response::CancelReject(m) => {
                self.open_order(m.user_ref, response.kind())?.pending = None;
                Ok(Change::Updated(m.user_ref))
            }
            Response::CancelPending(m) => {
                self.open_order(m.user_ref, response.kind())?;
                Ok(Change::Updated(m.user_ref))
            }
            Response::AccountQueryResponse(m) => Ok(self.reconcile(m.next_user_ref)),
            Response::SystemEvent(_)
            | Response::PriorityUpdate(_)
            | Response::Restated(_)
            | Response::MassCancelResponse(_)
            | Response::DisableOrderEntryResponse(_)
            | Response::EnableOrderEntryResponse(_) => Ok(Change::None),
        }
    }

    fn order(&mut self, user_ref: u32) -> Result<&mut Tracked, Surprise> {
        self.orders
            .get_mut(&user_ref)
            .ok_or(Surprise::NoSuchOrder(user_ref))
    }

    fn at(&mut self, user_ref: u32, stage: Stage, kind: u8) -> Result<&mut Tracked, Surprise> {
        let order = self.order(user_ref)?;
        if order.stage == stage {
            Ok(order)
        } else {
            Err(Surprise::OutOfPlace { user_ref, kind })
        }
    }

    fn open_order(&mut self, user_ref: u32, kind: u8) -> Result<&mut Tracked, Surprise> {
        self.at(user_ref, Stage::Open, kind)
    }

    fn accepted(&mut self, m: &Accepted) -> Result<Change, Surprise> {
        let user_ref = m.user_ref;
        let order = self.at(user_ref, Stage::Sent, Accepted::TYPE)?;
        if m.quantity > order.open || order.replaces.is_some() {
            return Err(Surprise::OutOfPlace {
                user_ref,
                kind: Accepted::TYPE,
            });
        }
        if m.state == order_state::DEAD {
            order.canceled = order.open;
            let shares = order.end(End::Canceled);
            return Ok(Change::Released {
                user_ref,
                shares,
                done: true,
            });
        }
        let fewer = order.open - m.quantity;
        order.open = m.quantity;
        order.stage = Stage::Open;
        Ok(if fewer == 0 {
            Change::Updated(user_ref)
        } else {
            Change::Released {
                user_ref,
                shares: fewer,
                done: false,
            }
        })
    }

    fn replaced(&mut self, m: &Replaced) -> Result<Change, Surprise> {
        let (user_ref, by) = (m.orig_user_ref, m.user_ref);
        let out_of_place = Surprise::OutOfPlace {
            user_ref: by,
            kind: Replaced::TYPE,
        };
        self.open_order(user_ref, Replaced::TYPE)?;
        let new = self.at(by, Stage::Sent, Replaced::TYPE)?;
        if new.replaces != Some(user_ref) || m.quantity > new.open {
            return Err(out_of_place);
        }
        let sent = new.open;
        new.open = m.quantity;
        new.stage = Stage::Open;
        if m.state == order_state::DEAD || m.quantity == 0 {
            new.canceled = new.end(End::Canceled);
        }
        let fewer = sent - new.open;
        let shares = self.order(user_ref)?.end(End::Replaced);
        Ok(Change::Replaced {
            user_ref,
            shares,
            by,
            fewer,
        })
    }

    fn execution(&mut self, user_ref: u32, shares: u32, match_number: u64) -> Result<Change, Surprise> {
        let order = self.open_order(user_ref, b'E')?;
        let open = order.open;
        if shares > open {
            return Err(Surprise::TooMany {
                user_ref,
                shares,
                open,
            });
        }
        order.open -= shares;
        order.executed += shares;
        let done = order.open == 0;
        if done {
            order.end(End::Executed);
        }
        self.matches.insert(match_number, (user_ref, shares));
        Ok(Change::Executed {
            user_ref,
            shares,
            done,
        })
    }

    fn taken_off(&mut self, user_ref: u32, shares: u32, kind: u8) -> Result<Change, Surprise> {
        let order = self.open_order(user_ref, kind)?;
        let open = order.open;
        if shares > open {
            return Err(Surprise::TooMany {
                user_ref,
                shares,
                open,
            });
        }
        order.open -= shares;
        order.canceled += shares;
        order.pending = order.pending.filter(|pending| *pending != super::Pending::Cancel);
        let done = order.open == 0;
        if done {
            order.end(End::Canceled);
        }
        Ok(Change::Released {
            user_ref,
            shares,
            done,
        })
    }

    fn rejected(&mut self, user_ref: u32) -> Result<Change, Surprise> {
        let order = self.at(user_ref, Stage::Sent, b'J')?;
        let shares = order.end(End::Rejected);
        let replaces = order.replaces;
        self.unpend(replaces);
        Ok(Change::Released {
            user_ref,
            shares,
            done: true,
        })
    }

    fn modified(&mut self, user_ref: u32, quantity: u32) -> Result<Change, Surprise> {
        let order = self.open_order(user_ref, b'M')?;
        let open = order.open;
        if quantity == 0 || quantity > open {
            return Err(Surprise::TooMany {
                user_ref,
                shares: quantity,
                open,
            });
        }
        order.open = quantity;
        order.canceled += open - quantity;
        Ok(Change::Released {
            user_ref,
            shares: open - quantity,
            done: false,
        })
    }

    fn broken(&mut self, user_ref: u32, match_number: u64) -> Change {
        let shares = match self.matches.remove(&match_number) {
            Some((of, shares)) if of == user_ref => shares,
            _ => 0,
        };
        if let Some(order) = self.orders.get_mut(&user_ref) {
            order.broken += shares;
        }
        Change::Broken { user_ref, shares }
    }

    /// The exchange's next number is known, and with it which orders have arrived: all their responses came before.
    fn reconcile(&mut self, next_user_ref: u32) -> Change {
        self.queries.answered();
        // One that knows all numbers leaves nothing to be judged: what it has seen was answered before it.
        if !self.queries.judges() && next_user_ref <= self.last {
            return Change::None;
        }
        self.last = self.last.max(next_user_ref.saturating_sub(1));
        self.in_sync = true;
        let (mut missing, mut not_taken, mut unpend) = (Vec::new(), Vec::new(), Vec::new());
        for (user_ref, order) in &mut self.orders {
            // What was sent on this connection is on its way: only what a lost one may have swallowed is decided here.
            if !std::mem::take(&mut order.lost) {
                continue;
            }
            match order.stage {
                Stage::Sent if *user_ref >= next_user_ref => missing.push(*user_ref),
                Stage::Sent => {
                    not_taken.push((*user_ref, order.end(End::NotTaken)));
                    unpend.push(order.replaces);
                }
                // A cancel or replace without an answer was lost or came too late.
                Stage::Open => {
                    order.pending = order.pending.filter(
                        |pending| matches!(pending, super::Pending::Replace(by) if *by >= next_user_ref),
                    );
                }
                Stage::Done(_) => {}
            }
        }
        for orig in unpend {
            self.unpend(orig);
        }
        self.missing.extend(&missing);
        Change::Reconciled { missing, not_taken }
    }
}

/// The order whose taking or refusal this is: it answers the order as it was sent last.
const fn answers(response: &Response) -> Option<u32> {
    match response {
        Response::Accepted(m) => Some(m.user_ref),
        Response::Replaced(m) => Some(m.user_ref),
        Response::Rejected(m) => Some(m.user_ref),
        _ => None,
    }
}
