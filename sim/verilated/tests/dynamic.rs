//! A small counter exercises every way in and out of a model.

use verilated::{Error, Model, Source, gate};

const COUNTER: &str = "
module counter(input wire clock, input wire reset, input wire [4:0] step, input wire [99:0] wide_in,
               output reg [39:0] count, output reg [99:0] wide_out, output wire [5:0] both, output wire [15:0] noise);
   reg [15:0] uninitialised;
   assign both = {1'b0, step} + 6'd1;
   assign noise = uninitialised;
   initial count = 0;
   always @(posedge clock) begin
      count <= reset ? 40'd0 : count + {35'd0, step};
      wide_out <= ~wide_in;
      if (reset) uninitialised <= 0;
   end
endmodule
";

fn model(seed: u32) -> Model {
    Model::build(&Source::new("counter", COUNTER), seed).expect("builds")
}

#[test]
fn values_go_in_and_out() {
    let mut m = model(1);
    let (step, count, both) = (m.port("step"), m.port("count"), m.port("both"));
    let (wide_in, wide_out) = (m.port("wide_in"), m.port("wide_out"));
    m.set(step, 31);
    m.set_wide(wide_in, &[1, 2, 3, 0xf]);
    m.eval();
    assert_eq!((m.get(both), m.get(count)), (32, 0));
    m.tick();
    assert_eq!(m.get(count), 31);
    assert_eq!(m.get_wide(wide_out), [!1, !2, !3, 0]);
    m.ticks(999);
    assert_eq!((m.get(count), m.cycles()), (31_000, 1_000));
    assert_eq!(m.get_wide(count), [31_000, 0]);
}

#[test]
fn instances_and_threads_are_independent() {
    let first = model(1);
    let mut handles = Vec::new();
    for i in 0..4_u64 {
        let mut m = first.another(1);
        handles.push(std::thread::spawn(move || {
            m.set(m.port("step"), i);
            m.ticks(1000);
            m.get(m.port("count"))
        }));
    }
    let counts: Vec<_> = handles.into_iter().map(|h| h.join().expect("no panic")).collect();
    assert_eq!(counts, [0, 1000, 2000, 3000]);
    assert_eq!(first.get(first.port("count")), 0);
}

#[test]
fn uninitialised_registers_depend_on_the_seed() {
    let noise = |seed| {
        let mut m = model(seed);
        m.eval();
        m.get(m.port("noise"))
    };
    let seen: std::collections::HashSet<_> = (1..9).map(noise).collect();
    assert!(seen.len() > 4, "{seen:?}");
    assert_eq!(noise(3), noise(3));
}

#[test]
#[should_panic(expected = "does not fit the 5 bits of port `step`")]
fn too_large_a_value_is_refused() {
    let mut m = model(1);
    m.set(m.port("step"), 32);
}

#[test]
#[should_panic(expected = "is an output")]
fn outputs_cannot_be_driven() {
    let mut m = model(1);
    m.set(m.port("count"), 1);
}

#[test]
fn errors_say_what_to_do() {
    let Err(error) = Model::build(&Source::new("broken", "module broken(input wire a; endmodule"), 1) else {
        panic!("must not build")
    };
    assert!(matches!(error, Error::Verilator { .. }), "{error}");
    let error = model(1).try_port("cout").expect_err("misspelt");
    assert!(error.to_string().contains("wide_out, count"), "{error}");
    let error = model(1)
        .trace_open(std::path::Path::new("x.fst"))
        .expect_err("no trace");
    assert!(matches!(error, Error::NoTrace { .. }), "{error}");
}

#[test]
fn traces_are_written_when_asked_for() {
    let mut m = Model::build(&Source::new("counter", COUNTER).trace(true), 1).expect("builds");
    let path = std::env::temp_dir().join(format!("tickforge-trace-{}.fst", std::process::id()));
    m.trace_open(&path).expect("opens");
    m.set(m.port("step"), 3);
    m.ticks(100);
    assert_eq!(m.get(m.port("count")), 300);
    drop(m);
    let size_bytes = std::fs::metadata(&path).expect("written").len();
    std::fs::remove_file(&path).expect("removable");
    assert!(size_bytes > 100, "{size_bytes}");
}

#[test]
fn bound_checkers_count_failures() {
    let checker = "
module limit(input wire clock, input wire [39:0] count);
   always @(posedge clock) assert (count < 40'd10) else $error(\"count reached %0d\", count);
endmodule
bind counter limit u_limit(.clock(clock), .count(count));
";
    let mut m = Model::build(&Source::new("counter", COUNTER).bind(checker), 1).expect("builds");
    m.set(m.port("step"), 1);
    m.ticks(10);
    assert_eq!(m.assertion_failures(), 0);
    m.ticks(3);
    assert_eq!(m.assertion_failures(), 3);
}

#[test]
fn gates_pass_clean_text_and_stop_the_rest() {
    let clean = "module clean(input wire a, output wire b);\n   assign b = ~a;\nendmodule\n";
    gate::lint("clean", clean).expect("lints");
    gate::yosys("clean", clean).expect("checks");
    let narrow = "module narrow(input wire [3:0] a, output wire [1:0] b);\n   assign b = a;\nendmodule\n";
    assert!(matches!(gate::lint("narrow", narrow), Err(Error::Lint { .. })));
    let latch =
        "module latch(input wire a, input wire g, output reg b);\n   always @(*) if (g) b = a;\nendmodule\n";
    assert!(matches!(gate::lint("latch", latch), Err(Error::Lint { .. })));
    assert!(matches!(gate::yosys("latch", latch), Err(Error::Yosys { .. })));
    let looped = "module looped(input wire a, output wire b);\n   wire c;\n   assign b = ~c;\n   assign c = b & a;\nendmodule\n";
    assert!(matches!(gate::yosys("looped", looped), Err(Error::Yosys { .. })));
}
