//! Register banks whose Verilog is written from a table of the contract.
//!
//! Every register of the table is decoded: its port is named after it (`cfg_x` holds an Rw register, `do_x` pulses
//! when a Wo register is written, `now_x` is the value of an Ro register; a Live register has both of the latter), and elaboration
//! stops with a message when the block lacks a port or has one too many. Nobody types an address.
//!
//! `TABLE_ADDR` is the one register that moves by itself: its word address advances in the cycle after a `do_table_data` pulse, which
//! still sees the old one.

use contract::reg::{Access, Register};
use rust_hdl::prelude::*;
use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Two Ro registers `<NAME>_LO` and `<NAME>_HI`, read as one 64-bit value: reading the low word latches both.
const PAIR: [&str; 2] = ["_LO", "_HI"];
/// The register whose low 24 bits advance, and the pulse after which they do.
const MOVES: [&str; 2] = ["TABLE_ADDR", "do_table_data"];

/// Declares a bank block: `name`, its table, and one port a register.
macro_rules! register_bank {
    ($(#[$doc:meta])* $name:ident, $table:expr, rw [$($rw:ident)*] wo [$($wo:ident)*] ro [$($ro:ident)*] fixed [$($fixed:ident)*] pairs [$($pair:ident)*]
     data [$($data:ident)*] start [$($start:ident)*]) => {
        $(#[$doc])*
        #[derive(LogicBlock)]
        pub struct $name {
            pub clock: Signal<In, Clock>,
            pub reset: Signal<In, Bit>,
            /// One cycle: write `write_data` at `write_word`, a byte address / 4.
            pub write: Signal<In, Bit>,
            pub write_word: Signal<In, Bits<14>>,
            pub write_data: Signal<In, Bits<32>>,
            /// Register being read; two cycles later `read_data` is the value it has now, 0 if it is not here.
            pub read_word: Signal<In, Bits<14>>,
            pub read_data: Signal<Out, Bits<32>>,
            $(
                /// The word written, masked; goes with the `do_` pulses.
                pub $data: Signal<Out, Bits<32>>,
            )*
            $(
                /// One cycle: a read begins, pairs are latched.
                pub $start: Signal<In, Bit>,
            )*
            $(pub $rw: Signal<Out, Bits<32>>,)*
            $(pub $wo: Signal<Out, Bit>,)*
            $(pub $ro: Signal<In, Bits<32>>,)*
            $(pub $fixed: Signal<In, Bits<32>>,)*
            $(pub $pair: Signal<In, Bits<64>>,)*
            base: Constant<Bits<14>>,
        }

        impl $name {
            /// The bank whose first register is at byte `base` of BAR0.
            pub fn at(base: u32) -> Self {
                Self {
                    clock: Default::default(),
                    reset: Default::default(),
                    write: Default::default(),
                    write_word: Default::default(),
                    write_data: Default::default(),
                    read_word: Default::default(),
                    read_data: Default::default(),
                    $($data: Default::default(),)*
                    $($start: Default::default(),)*
                    $($rw: Default::default(),)*
                    $($wo: Default::default(),)*
                    $($ro: Default::default(),)*
                    $($fixed: Default::default(),)*
                    $($pair: Default::default(),)*
                    base: Constant::new(u64::from(base / 4).into()),
                }
            }
        }

        impl Logic for $name {
            fn update(&mut self) {}
            fn connect(&mut self) {
                self.read_data.connect();
                $(self.$data.connect();)*
                $(self.$rw.connect();)*
                $(self.$wo.connect();)*
            }
            fn hdl(&self) -> Verilog {
                let ports = [$(stringify!($rw),)* $(stringify!($wo),)* $(stringify!($ro),)* $(stringify!($fixed),)* $(stringify!($pair),)*];
                Verilog::Custom($crate::csr::bank::text(stringify!($name), $table, &ports))
            }
        }
    };
}

/// Passes the ports of the global registers to another macro, so that they are listed once. `fixed` are Ro
/// registers whose value is known when the card is built.
macro_rules! global_registers {
    ($then:ident! { $($head:tt)* }) => {
        $then! {
            $($head)*
            rw [
                cfg_scratch cfg_control cfg_time_inc cfg_time_set_lo
                cfg_rx_group_a cfg_rx_port_a cfg_rx_group_b cfg_rx_port_b
                cfg_session_0 cfg_session_1 cfg_session_2 cfg_seq_init_lo cfg_seq_init_hi cfg_gap_wait_ns
                cfg_heartbeat_timeout_ns cfg_epoch cfg_rate_tokens cfg_rate_refill_ns cfg_table_addr
                cfg_tcp_ack cfg_tcp_peer_ack cfg_tcp_peer_window
                cfg_trigger_letters cfg_trigger_routing cfg_trigger_qty cfg_trigger_price cfg_trigger_token
                cfg_trigger_cl_ord_id_0 cfg_trigger_cl_ord_id_1 cfg_trigger_cl_ord_id_2 cfg_trigger_cl_ord_id_3
                cfg_trigger_compare cfg_trigger_threshold cfg_trigger_constant_0 cfg_trigger_constant_1
                cfg_trigger_itch_expiry_lo cfg_trigger_itch_expiry_hi cfg_trigger_expiry_lo cfg_trigger_expiry_hi
                cfg_trigger_seq cfg_throttle_ns cfg_rx_follow cfg_rx_peer cfg_rx_own cfg_rx_ports
                cfg_watchdog_cancel cfg_watchdog_firm cfg_gross_max_lo cfg_gross_max_hi cfg_gross_add_hi
            ]
            wo [
                do_time_set_hi do_session_ctrl do_seq_ctrl do_arm do_kill do_heartbeat do_order_seq_reset
                do_limits_commit do_table_data do_table_commit do_user_ref_next do_tcp_seq_next
                do_trigger_arm do_trigger_disarm do_throttle_clear do_rx_seq_next do_rx_message_next do_gross_add_lo
            ]
            ro [
                now_build now_status now_session_seen_0 now_session_seen_1 now_session_seen_2
                now_user_ref_next now_tcp_seq_next now_rx_seq_next now_rx_message_next
            ]
            fixed [now_identity now_contract_hash now_config now_capabilities]
            pairs [now_time now_seq_next now_trigger_armed now_gross]
            data [data]
            start [read_start]
        }
    };
}
pub(crate) use global_registers;

global_registers! { register_bank! {
    /// Global registers.
    GlobalBank, contract::reg::GLOBAL,
} }

register_bank! {
    /// Registers of one ring.
    RingBank, contract::reg::RING,
    rw [cfg_base_lo cfg_base_hi cfg_size_log2 cfg_ring_ctrl cfg_tail]
    wo []
    ro [now_head now_ring_state]
    fixed []
    pairs []
    data []
    start []
}

/// How a register appears in a bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Stored,
    Pulse,
    Status,
    Live,
    PairLow,
    PairHigh,
}

fn role(table: &[Register], r: &Register) -> Role {
    let is_pair_of = |from: &str, to: &str| {
        r.name.strip_suffix(from).is_some_and(|stem| {
            let other = format!("{stem}{to}");
            table.iter().any(|o| o.name == other && o.access == Access::Ro)
        })
    };
    match r.access {
        Access::Rw => Role::Stored,
        Access::Wo => Role::Pulse,
        Access::Live => Role::Live,
        Access::Ro if is_pair_of(PAIR[0], PAIR[1]) => Role::PairLow,
        Access::Ro if is_pair_of(PAIR[1], PAIR[0]) => Role::PairHigh,
        Access::Ro => Role::Status,
    }
}

/// Names of the ports of a register.
fn ports_of(table: &[Register], r: &Register) -> Vec<String> {
    let name = r.name.to_lowercase();
    match role(table, r) {
        Role::Stored => vec![format!("cfg_{name}")],
        Role::Pulse => vec![format!("do_{name}")],
        Role::Status => vec![format!("now_{name}")],
        Role::Live => vec![format!("do_{name}"), format!("now_{name}")],
        Role::PairLow | Role::PairHigh => vec![format!("now_{}", &name[..name.len() - PAIR[0].len()])],
    }
}

/// Panics unless `ports` are exactly those of the table.
fn check(bank: &str, table: &[Register], ports: &[&str]) {
    let wanted: BTreeSet<String> = table.iter().flat_map(|r| ports_of(table, r)).collect();
    let found: BTreeSet<String> = ports.iter().map(|p| String::from(*p)).collect();
    assert!(
        wanted == found,
        "{bank}: ports differ from the contract's table: missing {:?}, not in the table {:?}",
        wanted.difference(&found).collect::<Vec<_>>(),
        found.difference(&wanted).collect::<Vec<_>>()
    );
}

/// Registers of which one is chosen in the cycle a read begins, while pairs are latched; the cycle after chooses among these.
const GROUP: usize = 8;
const _: () = assert!(
    (contract::reg::RING_BASE as usize).is_multiple_of(4 * GROUP)
        && (contract::reg::RING_STRIDE as usize).is_multiple_of(4 * GROUP),
    "a bank starts at a multiple of the group"
);

/// What a read gives: from registers, by their number, and from latched pairs.
#[derive(Default)]
struct Reads {
    live: Vec<(usize, String)>,
    latched: Vec<(usize, String)>,
}

impl Reads {
    /// Declarations, and the cases of both cycles. The bank starts at a multiple of the group.
    fn text(&self) -> [String; 2] {
        let (mut declared, mut cases) = (String::new(), String::new());
        let groups: BTreeSet<usize> = self.live.iter().map(|(index, _)| index / GROUP).collect();
        for group in &groups {
            let _ = writeln!(declared, "reg [31:0] group_{group};");
            let _ = writeln!(cases, "   case (read_word[2:0])");
            for (index, value) in self.live.iter().filter(|(index, _)| index / GROUP == *group) {
                let _ = writeln!(cases, "      3'd{}: group_{group} <= {value};", index % GROUP);
            }
            // None is needed where each of a group is read from here, or from a pair that comes in its place.
            let read = self.live.iter().chain(&self.latched);
            if read.filter(|(index, _)| index / GROUP == *group).count() < GROUP {
                let _ = writeln!(cases, "      default: group_{group} <= 0;");
            }
            let _ = writeln!(cases, "   endcase");
        }
        let _ = writeln!(cases, "   case (read_word[13:3])");
        for group in &groups {
            let _ = writeln!(
                cases,
                "      base[13:3] + 11'd{group}: read_data <= group_{group};"
            );
        }
        let _ = writeln!(cases, "      default: read_data <= 0;\n   endcase");
        if !self.latched.is_empty() {
            let _ = writeln!(cases, "   case (read_word)");
            for (index, value) in &self.latched {
                let _ = writeln!(cases, "      base + 14'd{index}: read_data <= {value};");
            }
            let _ = writeln!(cases, "      default: ;\n   endcase");
        }
        [declared, cases]
    }
}

/// The Verilog body of a bank.
pub(crate) fn text(bank: &str, table: &[Register], ports: &[&str]) -> String {
    check(bank, table, ports);
    let (mut pulses, mut writes, mut resets, mut reads) =
        (String::new(), String::new(), String::new(), Reads::default());
    let (mut latches, mut declared) = (String::new(), String::new());
    for (index, r) in table.iter().enumerate() {
        let (at, ports, mask) = (format!("base + 14'd{index}"), ports_of(table, r), r.mask);
        let name = &ports[0];
        let role = role(table, r);
        if matches!(role, Role::Pulse | Role::Live) {
            let _ = writeln!(pulses, "   {name} <= 0;");
            let _ = writeln!(
                writes,
                "      {at}: begin {name} <= 1; data <= write_data & 32'h{mask:08x}; end"
            );
            let _ = writeln!(resets, "      {name} <= 0;");
        }
        let read = match role {
            Role::Stored => {
                let _ = writeln!(writes, "      {at}: {name} <= write_data & 32'h{mask:08x};");
                let _ = writeln!(resets, "      {name} <= 32'h{:08x};", r.reset);
                if r.name == MOVES[0] {
                    let _ = writeln!(
                        pulses,
                        "   if ({}) {name}[23:0] <= {name}[23:0] + 24'd1;",
                        MOVES[1]
                    );
                }
                name.clone()
            }
            Role::Pulse => continue,
            Role::Status => format!("{name} & 32'h{mask:08x}"),
            Role::Live => format!("{} & 32'h{mask:08x}", ports[1]),
            Role::PairLow => {
                let _ = writeln!(declared, "reg [63:0] latched_{name};");
                let _ = writeln!(
                    latches,
                    "   if (read_start && read_word == {at}) latched_{name} <= {name};"
                );
                let _ = writeln!(resets, "      latched_{name} <= 0;");
                format!("latched_{name}[31:0]")
            }
            Role::PairHigh => format!("latched_{name}[63:32]"),
        };
        match role {
            Role::PairLow | Role::PairHigh => reads.latched.push((index, read)),
            _ => reads.live.push((index, read)),
        }
    }
    let [groups, reads] = reads.text();
    format!(
        "\
{groups}{declared}
always @(posedge clock) begin
{pulses}   if (write) case (write_word)
{writes}      default: ;
   endcase
{latches}{reads}   if (reset) begin
{resets}   end
end
"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::reg::{GLOBAL, RING};

    #[test]
    fn every_register_of_the_table_is_in_the_text() {
        for (table, ports) in [(GLOBAL, names(GLOBAL)), (RING, names(RING))] {
            let ports: Vec<&str> = ports.iter().map(String::as_str).collect();
            let text = text("bank", table, &ports);
            for r in table {
                for port in ports_of(table, r) {
                    assert!(text.contains(&port), "{} is not decoded", r.name);
                }
            }
        }
    }

    #[test]
    #[should_panic(expected = "missing [\"cfg_scratch\"]")]
    fn a_forgotten_register_stops_elaboration() {
        let all = names(GLOBAL);
        let some: Vec<&str> = all
            .iter()
            .map(String::as_str)
            .filter(|n| *n != "cfg_scratch")
            .collect();
        text("bank", GLOBAL, &some);
    }

    #[test]
    #[should_panic(expected = "not in the table [\"cfg_invented\"]")]
    fn an_invented_port_stops_elaboration() {
        let all = names(GLOBAL);
        let more: Vec<&str> = all.iter().map(String::as_str).chain(["cfg_invented"]).collect();
        text("bank", GLOBAL, &more);
    }

    fn names(table: &[Register]) -> Vec<String> {
        let set: BTreeSet<String> = table.iter().flat_map(|r| ports_of(table, r)).collect();
        set.into_iter().collect()
    }
}
