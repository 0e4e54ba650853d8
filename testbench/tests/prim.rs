//! Every primitive of `gateware::prim` against plain Rust. One build a primitive holds the original (mutant 0,
//! which must pass) and its mutants (which must fail).

use gateware::emit::Size;
use std::collections::VecDeque;
use testbench::mutate::Mutants;
use testbench::{Bench, Verdict};

/// Vectors a combinational or pipelined primitive is shown.
const VECTORS: usize = 2_000;

fn prove(block: &str, scenario: impl Fn(&mut Bench) -> Verdict) {
    Mutants::new(block, Size::Small, 10, 1).run(scenario).judge();
}

/// Shows inputs of up to 64 bits that favour the edges; `expected` maps them to the outputs. With `latency`
/// 0 the outputs are read in the same cycle, else that many clock edges later.
fn vectors<const I: usize, const O: usize>(
    bench: &mut Bench,
    inputs: [&str; I],
    outputs: [&str; O],
    latency: usize,
    expected: impl Fn([u64; I]) -> [u64; O],
) -> Verdict {
    let input_ports = inputs.map(|name| bench.port(name));
    let widths = input_ports.map(|port| bench.model.describe(port).width);
    let output_ports = outputs.map(|name| bench.port(name));
    let mut pipeline = VecDeque::new();
    for _ in 0..VECTORS {
        let values = widths.map(|width| bench.rng.edgy(width));
        for (port, value) in input_ports.iter().zip(values) {
            bench.set(*port, value);
        }
        pipeline.push_back((values, expected(values)));
        if latency == 0 {
            bench.eval();
        } else {
            bench.tick();
        }
        if pipeline.len() >= latency.max(1) {
            let (values, wanted) = pipeline.pop_front().expect("at least one");
            let shown = output_ports.map(|port| bench.get(port));
            bench.check(shown == wanted, || {
                format!("{values:x?} gives {shown:x?}, expected {wanted:x?}")
            })?;
        }
    }
    Ok(())
}

/// The value of a field of `width` bits as a signed number.
fn signed(value: u64, width: u32) -> i64 {
    (value << (64 - width)).cast_signed() >> (64 - width)
}

fn unsigned(value: i64, width: u32) -> u64 {
    value.cast_unsigned() & verilated::bits::mask(width)
}

#[test]
fn products() {
    prove("prim_mul_u", |b| {
        vectors(b, ["a", "b"], ["p"], 1, |[x, y]| [x * y])
    });
    prove("prim_mul_s", |b| {
        vectors(b, ["a", "b"], ["p"], 2, |[x, y]| {
            [unsigned(signed(x, 17) * signed(y, 16), 33)]
        })
    });
    prove("prim_mul_s3", |b| {
        vectors(b, ["a", "b"], ["p"], 3, |[x, y]| {
            [unsigned(signed(x, 18) * signed(y, 18), 36)]
        })
    });
}

#[test]
fn wide_products() {
    prove("prim_mul_wide_u", |b| {
        vectors(b, ["a", "b"], ["p"], 3, |[x, y]| [x * y])
    });
    prove("prim_mul_wide_narrow", |b| {
        vectors(b, ["a", "b"], ["p"], 3, |[x, y]| [x * y])
    });
}

#[test]
fn saturation() {
    let mask36 = (1 << 36) - 1;
    prove("prim_sat_add_u", |b| {
        vectors(b, ["a", "b"], ["y"], 0, |[x, y]| [(x + y).min(mask36)])
    });
    prove("prim_sat_sub_u", |b| {
        vectors(b, ["a", "b"], ["y"], 0, |[x, y]| [x.saturating_sub(y)])
    });
    prove("prim_sat_add_s", |b| {
        vectors(b, ["a", "b"], ["y"], 0, |[x, y]| {
            let sum = (signed(x, 16) + signed(y, 16)).clamp(i16::MIN.into(), i16::MAX.into());
            [unsigned(sum, 16)]
        })
    });
}

#[test]
fn clamping() {
    prove("prim_clamp_s", |b| {
        vectors(b, ["x"], ["y"], 0, |[x]| {
            [unsigned(
                signed(x, 24).clamp(i16::MIN.into(), i16::MAX.into()),
                16,
            )]
        })
    });
    prove("prim_clamp_u", |b| {
        vectors(b, ["x"], ["y"], 0, |[x]| [x.min(u32::MAX.into())])
    });
}

#[test]
fn shifts() {
    prove("prim_shift_to_zero_s", |b| {
        vectors(b, ["x"], ["y"], 0, |[x]| [unsigned(signed(x, 32) / 16, 32)])
    });
    prove("prim_shift_right_s", |b| {
        vectors(b, ["x", "shift"], ["y"], 0, |[x, n]| {
            [unsigned(signed(x, 32) >> n, 32)]
        })
    });
    prove("prim_sign_extend", |b| {
        vectors(b, ["x"], ["y"], 0, |[x]| [unsigned(signed(x, 27), 32)])
    });
    prove("prim_byte_shift_left", |b| {
        vectors(b, ["x", "bytes"], ["y"], 0, |[x, n]| [x << (8 * n)])
    });
}

#[test]
fn concatenation() {
    prove("prim_cat2", |b| {
        vectors(b, ["hi", "lo"], ["y"], 0, |[h, l]| [h << 12 | l])
    });
    prove("prim_cat3", |b| {
        vectors(b, ["a", "b", "c"], ["y"], 0, |[x, y, z]| [x << 15 | y << 3 | z])
    });
    prove("prim_cat4", |b| {
        vectors(b, ["a", "b", "c", "d"], ["y"], 0, |[x, y, z, w]| {
            [x << 24 | y << 12 | z << 9 | w]
        })
    });
    prove("prim_split3", |b| {
        vectors(b, ["x"], ["a", "b", "c"], 0, |[x]| {
            [x >> 15, x >> 3 & 0xfff, x & 7]
        })
    });
    prove("prim_byte_swap", |b| {
        vectors(b, ["x"], ["y"], 0, |[x]| [x.swap_bytes() >> 16])
    });
}

#[test]
fn counting() {
    prove("prim_popcount", |b| {
        vectors(b, ["x"], ["count"], 0, |[x]| [x.count_ones().into()])
    });
    prove("prim_priority_encoder", |b| {
        vectors(b, ["x"], ["index", "any"], 0, |[x]| {
            if x == 0 {
                [0, 0]
            } else {
                [x.trailing_zeros().into(), 1]
            }
        })
    });
}

/// A wide input shifted right: compared word by word.
fn wide_shift(bench: &mut Bench, amount: &str, unit: u32, width_out: u32) -> Verdict {
    let (x, by, y) = (bench.port("x"), bench.port(amount), bench.port("y"));
    for _ in 0..VECTORS {
        let (high, low) = (bench.rng.next_u64(), bench.rng.next_u64());
        let value = u128::from(high) << 64 | u128::from(low);
        let n = bench.rng.bits(bench.model.describe(by).width);
        let words = |v: u128| {
            [v, v >> 32, v >> 64, v >> 96].map(|w| verilated::bits::halves((w & 0xffff_ffff) as u64)[0])
        };
        bench.set_wide(x, &words(value));
        bench.set(by, n);
        bench.eval();
        let shifted = value
            .checked_shr(u32::try_from(n).expect("few bits") * unit)
            .unwrap_or(0);
        let expected = words(shifted)[..verilated::bits::words(width_out)].to_vec();
        bench.eq("shifted", bench.get_wide(y), expected)?;
    }
    Ok(())
}

#[test]
fn wide_shifts() {
    prove("prim_byte_shift_right", |b| wide_shift(b, "bytes", 8, 128));
    prove("prim_slice_at", |b| wide_shift(b, "at", 1, 32));
}

/// CRC-32 bit by bit.
fn crc(mut register: u32, reversed_polynomial: u32, bytes: &[u8]) -> u32 {
    for byte in bytes {
        register ^= u32::from(*byte);
        for _ in 0..8 {
            register = if register & 1 == 1 {
                register >> 1 ^ reversed_polynomial
            } else {
                register >> 1
            };
        }
    }
    register
}

#[test]
fn checksums() {
    const ETHERNET: u32 = 0xedb8_8320;
    const CASTAGNOLI: u32 = 0x82f6_3b78;
    // The published check values of both.
    assert_eq!(!crc(u32::MAX, ETHERNET, b"123456789"), 0xcbf4_3926);
    assert_eq!(!crc(u32::MAX, CASTAGNOLI, b"123456789"), 0xe306_9283);
    prove("prim_crc_step", |b| {
        vectors(b, ["data", "crc"], ["next"], 0, |[data, register]| {
            let register = verilated::bits::halves(register)[0];
            [crc(register, ETHERNET, &data.to_le_bytes()).into()]
        })
    });
    prove("prim_crc_of_word", |bench| {
        let (data, output) = (bench.port("data"), bench.port("crc"));
        let mut pipeline = VecDeque::new();
        for _ in 0..500 {
            let words = bench.rng.wide(480);
            let bytes: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
            pipeline.push_back(u64::from(!crc(u32::MAX, CASTAGNOLI, &bytes)));
            bench.set_wide(data, &words);
            bench.tick();
            if pipeline.len() == 2 {
                bench.eq("crc", Some(bench.get(output)), pipeline.pop_front())?;
            }
        }
        Ok(())
    });
}

#[test]
fn registers() {
    prove("prim_delay_line", |b| vectors(b, ["d"], ["q"], 5, |[d]| [d]));
    // A copy of a register is plumbing: there is nothing to mutate in it.
    testbench::run("prim_reg_copy", Size::Small, |b| {
        vectors(b, ["d"], ["q"], 1, |[d]| [d])
    });
}

/// Two registers in a row: plumbing, in which there is nothing to mutate. What it is for, `async_fifo` and the proofs show.
#[test]
fn synchronisers() {
    testbench::run("prim_synchroniser", Size::Small, |b| {
        vectors(b, ["d"], ["q"], 2, |[d]| [d])
    });
}

/// Written by one clock, read by another, in turns as they come.
#[test]
fn memories_between_clocks() {
    prove("prim_cross_ram", |bench| {
        let [write_clock, enable, address, data] =
            ["write_clock", "write_enable", "write_address", "write_data"].map(|name| bench.port(name));
        let [read_clock, read_enable, read_address, read_data] =
            ["read_clock", "read_enable", "read_address", "read_data"].map(|name| bench.port(name));
        let (mut cells, mut shown) = ([0; 16], 0);
        for _ in 0..VECTORS {
            let values = [1, 4, 24, 1, 4].map(|width| bench.rng.bits(width));
            for (port, value) in [enable, address, data, read_enable, read_address]
                .iter()
                .zip(values)
            {
                bench.set(*port, value);
            }
            let [writes, at, word, reads, from] = values;
            let write_rises = bench.rng.percent(50);
            bench.set(if write_rises { write_clock } else { read_clock }, 1);
            bench.eval();
            if write_rises && writes == 1 {
                cells[usize::try_from(at).unwrap_or(0)] = word;
            }
            if !write_rises && reads == 1 {
                shown = cells[usize::try_from(from).unwrap_or(0)];
            }
            bench.eq("word", bench.get(read_data), shown)?;
            bench.set(write_clock, 0);
            bench.set(read_clock, 0);
            bench.eval();
        }
        Ok(())
    });
}

/// What a memory of `2^address_bits` words shows at its read ports, `latency` edges after the address.
struct Memory {
    latency: usize,
    /// What is read from an address written in the same cycle.
    collision: fn(old: u64, new: u64) -> u64,
    /// Read ports: address and data.
    reads: &'static [(&'static str, &'static str)],
    lanes: u32,
}

impl Memory {
    fn check(&self, bench: &mut Bench) -> Verdict {
        let (enable, at, data) = (
            bench.port("write_enable"),
            bench.port("write_address"),
            bench.port("write_data"),
        );
        let address_bits = bench.model.describe(at).width;
        let width = bench.model.describe(data).width;
        let mut cells = vec![0; 1 << address_bits];
        let mut pipelines: Vec<VecDeque<u64>> = vec![VecDeque::new(); self.reads.len()];
        for _ in 0..20_000 {
            let writes = bench.rng.bits(self.lanes);
            let target = bench.rng.bits(address_bits);
            let word = bench.rng.bits(width);
            bench.set(enable, writes);
            bench.set(at, target);
            bench.set(data, word);
            let updated = merge(cells[index(target)], word, writes, self.lanes, width);
            for ((address_name, data_name), pipeline) in self.reads.iter().zip(&mut pipelines) {
                let near = bench.rng.percent(30);
                let source = if near {
                    target
                } else {
                    bench.rng.bits(address_bits)
                };
                bench.set(bench.port(address_name), source);
                let old = cells[index(source)];
                let hit = source == target && writes != 0;
                pipeline.push_back(if hit { (self.collision)(old, updated) } else { old });
                if self.latency == 0 {
                    bench.eval();
                    let shown = bench.get(bench.port(data_name));
                    bench.eq("read now", Some(shown), pipeline.pop_front())?;
                }
            }
            bench.tick();
            cells[index(target)] = updated;
            for ((_, data_name), pipeline) in self.reads.iter().zip(&mut pipelines) {
                if self.latency > 0 && pipeline.len() == self.latency {
                    let shown = bench.get(bench.port(data_name));
                    let mask = verilated::bits::mask(width);
                    bench.eq("read", Some(shown), pipeline.pop_front().map(|v| v & mask))?;
                }
            }
        }
        Ok(())
    }
}

fn index(address: u64) -> usize {
    usize::try_from(address).expect("a small memory")
}

/// `old` with the enabled lanes of `new`.
fn merge(old: u64, new: u64, enables: u64, lanes: u32, width: u32) -> u64 {
    let lane_bits = width / lanes;
    (0..lanes)
        .filter(|lane| enables >> lane & 1 == 1)
        .fold(old, |word, lane| {
            let mask = verilated::bits::mask(lane_bits) << (lane * lane_bits);
            word & !mask | new & mask
        })
}

const ONE_PORT: &[(&str, &str)] = &[("read_address", "read_data")];
const TWO_PORTS: &[(&str, &str)] = &[("read_address", "read_data"), ("read2_address", "read2_data")];

#[test]
fn block_memories() {
    let read_first = |latency, lanes| Memory {
        latency,
        collision: |old, _| old,
        reads: ONE_PORT,
        lanes,
    };
    prove("prim_sdp_ram", |b| read_first(1, 1).check(b));
    prove("prim_sdp_ram_reg", |b| read_first(2, 1).check(b));
    prove("prim_byte_enable_ram", |b| read_first(1, 4).check(b));
    let poisoned = |lanes| Memory {
        latency: 1,
        collision: |old, _| !old,
        reads: ONE_PORT,
        lanes,
    };
    prove("prim_sdp_ram_fast", |b| poisoned(1).check(b));
    prove("prim_byte_enable_ram_fast", |b| poisoned(4).check(b));
}

#[test]
fn distributed_memories() {
    let asynchronous = |reads| Memory {
        latency: 0,
        collision: |old, _| old,
        reads,
        lanes: 1,
    };
    prove("prim_lut_ram", |b| asynchronous(ONE_PORT).check(b));
    prove("prim_lut_ram2", |b| asynchronous(TWO_PORTS).check(b));
}
