//! Frames of a MAC as beats.

use testbench::{Bench, Rng};
use verilated::PortId;

/// A beat: data, keep, last, user.
pub(crate) type Beat = (u64, u64, bool, bool);

/// The five ports of a MAC stream.
#[derive(Clone, Copy)]
pub(crate) struct Stream {
    pub(crate) valid: PortId,
    fields: [PortId; 4],
}

impl Stream {
    pub(crate) fn of(bench: &Bench, prefix: &str) -> Self {
        let port = |name: &str| bench.port(&format!("{prefix}{name}"));
        Self {
            valid: port("tvalid"),
            fields: ["tdata", "tkeep", "tlast", "tuser"].map(port),
        }
    }

    /// Offers a beat, or noise without its valid.
    pub(crate) fn drive(&self, bench: &mut Bench, beat: Option<Beat>) {
        bench.set(self.valid, u64::from(beat.is_some()));
        let noise = (
            bench.rng.next_u64(),
            bench.rng.bits(8),
            bench.rng.percent(50),
            bench.rng.percent(50),
        );
        let (data, keep, last, user) = beat.unwrap_or(noise);
        for (port, value) in self
            .fields
            .iter()
            .zip([data, keep, u64::from(last), u64::from(user)])
        {
            bench.set(*port, value);
        }
    }

    pub(crate) fn sample(&self, bench: &Bench) -> Option<Beat> {
        let [data, keep, last, user] = self.fields.map(|port| bench.get(port));
        bench.is(self.valid).then_some((data, keep, last == 1, user == 1))
    }
}

/// A frame of random beats.
pub(crate) fn frame(rng: &mut Rng, most: u64) -> Vec<Beat> {
    let beats = rng.between(1, most);
    (1..=beats)
        .map(|beat| {
            let last = beat == beats;
            let keep = if last { 0xff >> rng.below(8) } else { 0xff };
            (rng.next_u64(), keep, last, last && rng.below(8) == 0)
        })
        .collect()
}
