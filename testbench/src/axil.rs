//! An AXI4-Lite master with random timing that checks the slave's side of the protocol.
//!
//! In each cycle: `drive`, [`Bench::eval`], `observe`, [`Bench::tick`].

use crate::{Bench, Failure, Verdict};
use verilated::PortId;

/// A write on its way.
#[derive(Debug, Clone, Copy)]
struct Write {
    address: u64,
    data: u64,
    strobes: u64,
    aw_sent: bool,
    w_sent: bool,
}

/// A read on its way.
#[derive(Debug, Clone, Copy)]
struct Read {
    address: u64,
    sent: bool,
}

/// What ended in a cycle.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    /// A write was answered.
    pub write: bool,
    /// A read was answered with this word.
    pub read: Option<u32>,
}

/// The master of the ports `s_axil_*`: one write and one read at a time.
#[derive(Debug)]
pub struct AxilMaster {
    aw: [PortId; 3],
    w: [PortId; 4],
    b: [PortId; 3],
    ar: [PortId; 3],
    r: [PortId; 4],
    write: Option<Write>,
    read: Option<Read>,
    aw_up: bool,
    w_up: bool,
    ar_up: bool,
    b_stalled: bool,
    r_stalled: Option<u64>,
    /// Chance, in percent, that a channel moves in a cycle.
    pub busy_percent: u64,
}

impl AxilMaster {
    /// A master for the block's `s_axil_*` ports.
    pub fn new(bench: &Bench) -> Self {
        let port = |name: &str| bench.port(&format!("s_axil_{name}"));
        Self {
            aw: ["awvalid", "awready", "awaddr"].map(port),
            w: ["wvalid", "wready", "wdata", "wstrb"].map(port),
            b: ["bvalid", "bready", "bresp"].map(port),
            ar: ["arvalid", "arready", "araddr"].map(port),
            r: ["rvalid", "rready", "rdata", "rresp"].map(port),
            write: None,
            read: None,
            aw_up: false,
            w_up: false,
            ar_up: false,
            b_stalled: false,
            r_stalled: None,
            busy_percent: 100,
        }
    }

    /// Starts a write; the last one must have been answered.
    ///
    /// # Panics
    /// While a write is on its way.
    pub fn start_write(&mut self, address: u32, data: u32, strobes: u8) {
        assert!(self.write.is_none(), "one write at a time");
        self.write = Some(Write {
            address: address.into(),
            data: data.into(),
            strobes: strobes.into(),
            aw_sent: false,
            w_sent: false,
        });
    }

    /// Starts a read; the last one must have been answered.
    ///
    /// # Panics
    /// While a read is on its way.
    pub fn start_read(&mut self, address: u32) {
        assert!(self.read.is_none(), "one read at a time");
        self.read = Some(Read {
            address: address.into(),
            sent: false,
        });
    }

    /// Whether nothing is on its way.
    pub const fn is_idle(&self) -> bool {
        self.write.is_none() && self.read.is_none()
    }

    /// Sets the master's signals for this cycle.
    pub fn drive(&mut self, bench: &mut Bench) {
        let moves = |bench: &mut Bench| bench.rng.percent(self.busy_percent);
        let (aw, w, ar) = (moves(bench), moves(bench), moves(bench));
        let (b, r) = (moves(bench), moves(bench));
        self.aw_up = self.write.is_some_and(|x| !x.aw_sent) && (self.aw_up || aw);
        self.w_up = self.write.is_some_and(|x| !x.w_sent) && (self.w_up || w);
        self.ar_up = self.read.is_some_and(|x| !x.sent) && (self.ar_up || ar);
        let noise = bench.rng.next_u64();
        let write = self
            .write
            .filter(|_| self.aw_up)
            .map_or(noise & 0xffff, |x| x.address);
        bench.set(self.aw[0], self.aw_up.into());
        bench.set(self.aw[2], write);
        let word = self.write.filter(|_| self.w_up);
        bench.set(self.w[0], self.w_up.into());
        bench.set(self.w[2], word.map_or(noise >> 32, |x| x.data));
        bench.set(self.w[3], word.map_or(noise & 15, |x| x.strobes));
        let read = self
            .read
            .filter(|_| self.ar_up)
            .map_or(noise >> 48, |x| x.address);
        bench.set(self.ar[0], self.ar_up.into());
        bench.set(self.ar[2], read);
        bench.set(self.b[1], b.into());
        bench.set(self.r[1], r.into());
    }

    /// Checks the protocol and tells what ended.
    ///
    /// # Errors
    /// When an answer comes unasked, changes while stalled, or is not OKAY.
    pub fn observe(&mut self, bench: &mut Bench) -> Result<Done, Failure> {
        if let Some(write) = &mut self.write {
            write.aw_sent |= self.aw_up && bench.is(self.aw[1]);
            write.w_sent |= self.w_up && bench.is(self.w[1]);
        }
        let mut done = Done::default();
        let asked = self.write.is_some_and(|x| x.aw_sent && x.w_sent);
        let b_valid = bench.is(self.b[0]);
        bench.check(!self.b_stalled || b_valid, || {
            "bvalid dropped before bready".into()
        })?;
        self.b_stalled = false;
        if b_valid {
            bench.check(asked, || "bvalid without a write".into())?;
            bench.eq("bresp", bench.get(self.b[2]), 0)?;
            done.write = bench.is(self.b[1]);
            self.b_stalled = !done.write;
            if done.write {
                self.write = None;
            }
        }
        self.observe_read(bench, &mut done)?;
        Ok(done)
    }

    fn observe_read(&mut self, bench: &mut Bench, done: &mut Done) -> Verdict {
        let asked = self.read.is_some_and(|x| x.sent);
        if let Some(read) = &mut self.read {
            read.sent |= self.ar_up && bench.is(self.ar[1]);
        }
        let (r_valid, data) = (bench.is(self.r[0]), bench.get(self.r[2]));
        if let Some(held) = self.r_stalled.take() {
            bench.check(r_valid, || "rvalid dropped before rready".into())?;
            bench.eq("rdata while stalled", data, held)?;
        }
        if r_valid {
            bench.check(asked, || "rvalid without a read".into())?;
            bench.eq("rresp", bench.get(self.r[3]), 0)?;
            if bench.is(self.r[1]) {
                done.read = u32::try_from(data).ok();
                self.read = None;
            } else {
                self.r_stalled = Some(data);
            }
        }
        Ok(())
    }
}
