use super::*;

const SAMPLE: &str = "
`default_nettype none
module leaf #(parameter W = 8)(input wire clock, input wire [W-1:0] d, output reg [W-1:0] q);
   initial q = 1 + 2;
   always @(posedge clock) q <= d;
endmodule
module sample(clock, a, b, y, z);
   input wire clock;
   input wire [7:0] a, b;
   output reg [7:0] y;
   output wire [7:0] z;
   localparam limit = 8'h10;
   wire [7:0] s = a + b, t = a & b; // a + b in a comment
   assign z = s ^ t;
   wire [7:0] unused;
   leaf #(8) u_leaf(clock, a + 8'd0, unused);
   genvar i;
   generate for (i = 0; i < 8; i = i + 1) begin : g
      reg bit_q;
      always @(posedge clock) if (a[i]) bit_q <= ~b[i];
   end endgenerate
   always @(posedge clock) begin
      case (a[1:0])
         0: y <= y + 1;
         default: if (a < limit) y <= {2{b[3:0]}}; else y <= y[(0)+:(8)];
      endcase
   end
endmodule
";

#[test]
fn every_site_is_found() {
    let parsed = Parsed::new(SAMPLE);
    let found: Vec<_> = parsed
        .sites
        .iter()
        .map(|s| one_line(&parsed.text[parsed.span(&s.expression)]))
        .collect();
    let expected = [
        "d",
        "a + b",
        "a & b",
        "s ^ t",
        "a[i]",
        "~b[i]",
        "y + 1",
        "a < limit",
        "{2{b[3:0]}}",
        "y[(0)+:(8)]",
    ];
    assert_eq!(found, expected);
}

#[test]
fn kinds_of_change() {
    let parsed = Parsed::new(SAMPLE);
    let mut rng = Rng::new(1);
    let mut of = |expression: &str| {
        let text = |s: &&site::Site| &parsed.text[parsed.span(&s.expression)] == expression;
        edit::changes(&parsed, parsed.sites.iter().find(text).expect("a site"), &mut rng)
    };
    let has = |changes: &[Change], text: &str| changes.contains(&Change::Expression(text.into()));
    assert!(has(&of("a + b"), "a - b"));
    assert!(has(&of("a < limit"), "a <= limit") && has(&of("a < limit"), "a < (limit - 1)"));
    assert!(has(&of("a < limit"), "!(a < limit)") && has(&of("a < limit"), "1'b0"));
    assert!(has(&of("~b[i]"), "b[i]"));
    assert!(has(&of("y + 1"), "y + 2") && of("y + 1").contains(&Change::Dropped));
    let select = of("y[(0)+:(8)]");
    assert!(
        has(&select, "y[(1)+:(8)]") && !has(&select, "y[(0)+:(9)]"),
        "{select:?}"
    );
    assert!(!has(&of("{2{b[3:0]}}"), "{3{b[3:0]}}"));
}

#[test]
fn planting_is_seeded_and_builds() {
    let once = Mutated::plant("sample", SAMPLE, 30, 5);
    assert_eq!(once.verilog, Mutated::plant("sample", SAMPLE, 30, 5).verilog);
    assert_ne!(once.verilog, Mutated::plant("sample", SAMPLE, 30, 6).verilog);
    assert_eq!(once.mutations.len(), 30);
    let model = Model::build(&Source::new("sample", &once.verilog), 1).expect("builds");
    assert_eq!(model.describe(model.port("mutant_id")).width, 16);
}

#[test]
fn modules_can_be_chosen() {
    // All that `leaf` has is a plain flip-flop.
    let none = Mutated::plant_in("sample", SAMPLE, &["leaf"], 30, 5);
    assert!(none.mutations.is_empty());
    let own = Mutated::plant_in("sample", SAMPLE, &["sample"], 30, 5);
    let first = 1 + SAMPLE[..SAMPLE.find("module sample").expect("a module")]
        .lines()
        .count();
    assert!(own.mutations.iter().all(|m| m.line >= first) && !own.mutations.is_empty());
}

#[test]
fn a_weak_bench_is_told_apart_from_a_good_one() {
    let mutants = Mutants::new("prim_delay_line", Size::Small, 6, 1);
    let weak = mutants.run(|bench| {
        bench.tick();
        bench.check(true, String::new)
    });
    assert_eq!((weak.killed, weak.survivors.len()), (0, weak.total));
    let good = mutants.run(|bench| {
        let (d, q) = (bench.port("d"), bench.port("q"));
        let mut line = std::collections::VecDeque::from([0; 4]);
        for _ in 0..200 {
            let value = bench.rng.bits(12);
            line.push_back(value);
            bench.set(d, value);
            bench.tick();
            bench.eq("q", Some(bench.get(q)), line.pop_front())?;
        }
        Ok(())
    });
    assert_eq!((good.killed, good.survivors.len()), (good.total, 0));
}
