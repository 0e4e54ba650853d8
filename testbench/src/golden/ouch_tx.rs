//! Golden model of the order transmitter: whole frames from the wire crate's builders, and the counters.

use contract::event::{Code, HEAD, ORDER_BODY};
use contract::layout::{Field, lsb, put_bits, width};
use contract::ring::PAYLOAD_BYTES;
use contract::slot::Kind;
use contract::template::{self, Mode};
use wire::ouch50::{
    Appendage, CancelOrder, DisableOrderEntry, EnableOrderEntry, EnterOrder, MassCancel, ModifyOrder,
    ReplaceOrder, Request,
};
use wire::{ethernet, ipv4, tcp, udp};

/// Where the orders go: what the host's template says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Transport.
    pub mode: Mode,
    /// Destination and source address.
    pub ethernet: [[u8; 6]; 2],
    /// Source and destination address.
    pub addresses: [[u8; 4]; 2],
    /// Hops.
    pub ttl: u8,
    /// IPv4 identification.
    pub identification: u16,
    /// Source and destination port.
    pub ports: [u16; 2],
    /// TCP window.
    pub window: u16,
}

impl Connection {
    /// Builds the frame of a payload, not padded.
    pub fn frame(&self, payload: &[u8], sequence: u32, acknowledgement: u32) -> Vec<u8> {
        let [source, destination] = self.addresses;
        let header = match self.mode {
            Mode::Udp => udp::HEADER_LEN,
            Mode::Tcp => tcp::HEADER_LEN,
        };
        let mut segment = vec![0; header];
        segment.extend_from_slice(payload);
        let [source_port, destination_port] = self.ports;
        let protocol = match self.mode {
            Mode::Udp => {
                let repr = udp::Repr {
                    source_port,
                    destination_port,
                };
                repr.emit(source, destination, &mut segment);
                ipv4::PROTOCOL_UDP
            }
            Mode::Tcp => {
                let repr = tcp::Repr {
                    source_port,
                    destination_port,
                    sequence,
                    acknowledgement,
                    flags: tcp::flag::PSH | tcp::flag::ACK,
                    window: self.window,
                };
                repr.emit(source, destination, &mut segment);
                ipv4::PROTOCOL_TCP
            }
        };
        let mut out = vec![0; ethernet::HEADER_LEN + ipv4::HEADER_LEN];
        let [to, from] = self.ethernet;
        let link = ethernet::Repr {
            destination: to,
            source: from,
            vlan: None,
            ethertype: ethernet::ETHERTYPE_IPV4,
        };
        link.emit(&mut out);
        let packet = ipv4::Repr {
            source,
            destination,
            protocol,
            ttl: self.ttl,
            identification: self.identification,
            payload_len: u16::try_from(segment.len()).expect("short"),
        };
        packet.emit(&mut out[ethernet::HEADER_LEN..]);
        out.extend_from_slice(&segment);
        out
    }

    /// The headers alone, as they stand before an order.
    pub fn headers(&self) -> Vec<u8> {
        self.frame(&[], 0, 0)
    }
}

/// What the transmitter takes from a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// What is sent.
    pub kind: Kind,
    /// Symbol slot.
    pub slot: usize,
    /// Side, time in force, display, capacity, ISO, cross type.
    pub letters: [u8; 6],
    /// Shares.
    pub qty: u32,
    /// 1/10000 dollar.
    pub price: u32,
    /// Host token.
    pub token: u32,
    /// Shares the account counts more for it.
    pub added: u32,
    /// Order a cancel means, bytes of a raw payload.
    pub target_ref: u32,
    /// ClOrdID, or a raw payload.
    pub cl_ord_id: [u8; 14],
    /// Number.
    pub order_seq: u32,
    /// Card time of its slot, ns.
    pub stamp: u64,
}

/// A frame granted, and what its event will say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The bytes on the wire, without FCS.
    pub bytes: Vec<u8>,
    /// Bytes of TCP payload, 0 with UDP.
    pub tcp_payload: u32,
    order: Order,
    user_ref: u32,
    tcp_seq: u32,
}

impl Frame {
    /// The `OrderSent` entry.
    pub fn entry(&self, tx_stamp: u64, aborted: bool) -> [u8; PAYLOAD_BYTES] {
        let mut out = [0; PAYLOAD_BYTES];
        let mut put = |base: u32, layout: &[Field], name: &str, value: u64| {
            put_bits(&mut out, base + lsb(layout, name), width(layout, name), value);
        };
        put(0, HEAD, "time", tx_stamp & 0xffff_ffff_ffff);
        put(0, HEAD, "slot", self.order.slot as u64);
        put(0, HEAD, "code", Code::OrderSent as u64);
        for (name, value) in [
            ("order_seq", self.order.order_seq.into()),
            ("token", self.order.token.into()),
            ("user_ref", self.user_ref.into()),
            ("aborted", aborted.into()),
            ("trigger", (self.order.kind == Kind::Trigger).into()),
            ("watchdog", (self.order.kind == Kind::Watchdog).into()),
            ("tcp_seq", self.tcp_seq.into()),
            ("slot_stamp", self.order.stamp),
            ("tx_stamp", tx_stamp),
            ("value", self.order.added.into()),
        ] {
            put(64, ORDER_BODY, name, value);
        }
        out
    }
}

/// The transmitter's state.
#[derive(Debug, Clone)]
pub struct OuchTx {
    /// Template in use.
    pub connection: Option<Connection>,
    /// Symbol of each slot.
    pub symbols: Vec<[u8; 8]>,
    /// Next UserRefNum.
    pub user_ref: u32,
    /// Next TCP sequence.
    pub tcp_seq: u32,
}

impl OuchTx {
    /// After power-up.
    pub fn new(slots: usize) -> Self {
        Self {
            connection: None,
            symbols: vec![[0; 8]; slots],
            user_ref: 1,
            tcp_seq: 0,
        }
    }

    /// The frame of an order granted now.
    ///
    /// # Panics
    /// Without a template.
    pub fn grant(&mut self, order: &Order, acknowledgement: u32) -> Frame {
        let connection = self.connection.as_ref().expect("a template");
        let raw = (order.kind == Kind::Raw).then(|| order.cl_ord_id[..order.target_ref as usize].to_vec());
        let message = self.message(order);
        let numbered = ![Kind::Cancel, Kind::Modify, Kind::Raw].contains(&order.kind);
        let user_ref = match order.kind {
            Kind::Raw => 0,
            _ if numbered => self.user_ref,
            _ => order.target_ref,
        };
        let payload = match (raw, connection.mode) {
            (Some(raw), _) => raw,
            (None, Mode::Udp) => message,
            (None, Mode::Tcp) => {
                let length = u16::try_from(message.len() + 1).expect("short");
                [&length.to_be_bytes()[..], b"U", &message[..]].concat()
            }
        };
        let tcp_payload = match connection.mode {
            Mode::Udp => 0,
            Mode::Tcp => u32::try_from(payload.len()).expect("short"),
        };
        let mut bytes = connection.frame(&payload, self.tcp_seq, acknowledgement);
        bytes.resize(bytes.len().max(template::FRAME_MIN), 0);
        if numbered {
            self.user_ref = self.user_ref.wrapping_add(1);
        }
        Frame {
            bytes,
            tcp_payload,
            order: order.clone(),
            user_ref,
            tcp_seq: self.tcp_seq,
        }
    }

    /// The OUCH message of an order, none of a raw payload.
    fn message(&self, order: &Order) -> Vec<u8> {
        let [side, time_in_force, display, capacity, iso, cross_type] = order.letters;
        let (user_ref, quantity, price) = (self.user_ref, order.qty, order.price.into());
        let id = order.cl_ord_id;
        let firm = [id[0], id[1], id[2], id[3]];
        let none = Appendage::new();
        let request: Request = match order.kind {
            Kind::Raw => return Vec::new(),
            Kind::Enter | Kind::Trigger => EnterOrder {
                user_ref,
                side,
                quantity,
                symbol: self.symbols[order.slot],
                price,
                time_in_force,
                display,
                capacity,
                iso,
                cross_type,
                cl_ord_id: id,
            }
            .into(),
            Kind::Replace => ReplaceOrder {
                orig_user_ref: order.target_ref,
                user_ref,
                quantity,
                price,
                time_in_force,
                display,
                iso,
                cl_ord_id: id,
            }
            .into(),
            Kind::Cancel => CancelOrder {
                user_ref: order.target_ref,
                quantity,
            }
            .into(),
            Kind::Modify => ModifyOrder {
                user_ref: order.target_ref,
                side,
                quantity,
            }
            .into(),
            Kind::MassCancel | Kind::Watchdog => MassCancel {
                user_ref,
                firm,
                symbol: std::array::from_fn(|i| id[4 + i]),
            }
            .into(),
            Kind::DisableEntry => DisableOrderEntry { user_ref, firm }.into(),
            Kind::EnableEntry => EnableOrderEntry { user_ref, firm }.into(),
        };
        request.to_vec(&none)
    }

    /// A frame has ended.
    pub fn ended(&mut self, frame: &Frame, aborted: bool) {
        if !aborted {
            self.tcp_seq = self.tcp_seq.wrapping_add(frame.tcp_payload);
        }
    }
}
