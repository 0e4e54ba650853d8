//! The checks above EventsFull.

use super::{Account, Bucket, Inputs, Limits, Request};
use contract::event::Reason;
use contract::reg::{THROTTLE_KEY, permit};
use contract::slot::Kind;
use wire::ouch50::{CancelOrder, DisableOrderEntry, EnterOrder, MassCancel, ModifyOrder, ReplaceOrder};

/// Length and type of a SoupBinTCP packet.
const SOUP_HEADER: usize = 3;

/// What they keep.
#[derive(Debug, Clone)]
pub(super) struct Guards {
    /// Last token granted, and that of each slot's triggers.
    token: u32,
    trigger_tokens: Vec<u32>,
    /// Best own prices of each slot: lowest sell, highest buy; they mean nothing while none is open.
    own: Vec<[u32; 2]>,
    throttles: Vec<Throttle>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Throttle {
    count: Bucket,
    latched: bool,
    taken: bool,
}

/// What a request finds.
#[derive(Debug, Clone, Copy)]
pub(super) struct Found {
    last_token: u32,
    /// Best own price of the other side, and of the own side.
    facing: Option<u32>,
    own: Option<u32>,
    repeated: u128,
    latched: bool,
    /// Bytes on their way, length of the payload, window.
    tcp: Option<[u32; 3]>,
}

impl Found {
    pub(super) fn facing(&self) -> Option<u32> {
        self.facing
    }

    pub(super) fn last_token(&self) -> u32 {
        self.last_token
    }
}

fn payload(request: &Request) -> u32 {
    let bytes = match Kind::from_number(request.kind) {
        Some(Kind::Raw) => return request.target_ref & 15,
        Some(Kind::Cancel) => CancelOrder::LEN,
        Some(Kind::Replace) => ReplaceOrder::LEN,
        Some(Kind::Modify) => ModifyOrder::LEN,
        Some(Kind::MassCancel | Kind::Watchdog) => MassCancel::LEN,
        Some(Kind::DisableEntry | Kind::EnableEntry) => DisableOrderEntry::LEN,
        _ => EnterOrder::LEN,
    };
    u32::try_from(SOUP_HEADER + bytes).expect("small")
}

impl Guards {
    pub(super) fn new(slots: usize) -> Self {
        Self {
            token: 0,
            trigger_tokens: vec![0; slots],
            own: vec![[0; 2]; slots],
            throttles: vec![Throttle::default(); slots],
        }
    }

    pub(super) fn find(&self, request: &Request, account: &Account, tcp: Option<[u32; 3]>) -> Found {
        let side = usize::from(request.buy);
        let own = |side: usize| (account.open[side] > 0).then(|| self.own[request.slot][side]);
        let Throttle { count, latched, .. } = self.throttles[request.slot];
        Found {
            last_token: if request.kind == Kind::Trigger as u8 {
                self.trigger_tokens[request.slot]
            } else {
                self.token
            },
            facing: own(1 - side),
            own: own(side),
            repeated: count.used,
            latched,
            tcp: tcp.map(|[next, ack, window]| [next.wrapping_sub(ack), payload(request), window]),
        }
    }

    /// Time passes for the throttles; `taken` is the slot of the grant of the cycle before.
    pub(super) fn pass(
        &mut self,
        inputs: &Inputs,
        limits: &[Limits],
        step: Option<u128>,
        taken: Option<usize>,
    ) {
        for (slot, throttle) in self.throttles.iter_mut().enumerate() {
            throttle.latched |= throttle.taken && throttle.count.used >= limits[slot].throttle.into();
            throttle.taken = taken == Some(slot);
            throttle.count.pass(inputs.throttle_ns, step, throttle.taken);
            let key = THROTTLE_KEY | u32::try_from(slot).expect("small");
            if inputs.more_pulses[1] && inputs.word == key {
                *throttle = Throttle::default();
            }
        }
    }

    /// An order granted in this cycle.
    pub(super) fn book(&mut self, order: Option<(Request, Found)>, inputs: &Inputs) {
        if let Some((request, found)) = order {
            let own = &mut self.own[request.slot][usize::from(request.buy)];
            *own = match found.own {
                Some(own) if request.buy => own.max(request.price),
                Some(own) => own.min(request.price),
                None => request.price,
            };
            if request.kind == Kind::Trigger as u8 {
                self.trigger_tokens[request.slot] = request.token;
            } else {
                self.token = request.token;
            }
        }
        if inputs.more_pulses[0] && inputs.word & 1 == 1 {
            self.token = 0;
            self.trigger_tokens.fill(0);
        }
    }
}

/// Whether the check fails, the value that broke it, and the limit.
pub(super) fn failed(reason: Reason, request: &Request, limits: &Limits, found: &Found) -> (bool, u32, u32) {
    match reason {
        Reason::DuplicateToken => (request.token <= found.last_token, request.token, found.last_token),
        Reason::TcpWindow => found.tcp.map_or((false, 0, 0), |[flight, payload, window]| {
            let end = u64::from(flight) + u64::from(payload);
            (end > u64::from(window), flight, window)
        }),
        Reason::Restricted => {
            let side = request.side();
            (limits.permit & permit::of(side) == 0, side.into(), limits.permit)
        }
        Reason::SelfCross => found.facing.map_or((false, 0, 0), |facing| {
            let crosses = if request.buy {
                request.price >= facing
            } else {
                request.price <= facing
            };
            (crosses, request.price, facing)
        }),
        Reason::Throttle => {
            let full = found.repeated >= limits.throttle.into();
            let repeated = u32::try_from(found.repeated).expect("16 bits");
            (full || found.latched, repeated, limits.throttle.into())
        }
        Reason::Bands => {
            let [low, high] = limits.bands;
            let (below, above) = (request.price < low, request.price > high);
            let holds = limits.permit & permit::BANDS != 0;
            (
                holds && (below || above),
                request.price,
                if below { low } else { high },
            )
        }
        _ => unreachable!("{reason:?} is checked elsewhere"),
    }
}
