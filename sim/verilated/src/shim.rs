//! The C++ between Verilator's class and Rust: a handful of `extern "C"` functions.

use crate::{Direction, Port};
use std::fmt::Write as _;

/// Class name of every model; each lives in a library of its own.
pub(crate) const PREFIX: &str = "Vmodel";

/// The ports in the order of Verilator's header, `VL_IN8(&clock,0,0);` and kin.
pub(crate) fn parse_ports(header: &str) -> Vec<Port> {
    header
        .lines()
        .filter_map(|line| parse_port(line.trim()))
        .collect()
}

fn parse_port(line: &str) -> Option<Port> {
    let direction = match line {
        _ if line.starts_with("VL_IN") && !line.starts_with("VL_INOUT") => Direction::Input,
        _ if line.starts_with("VL_OUT") => Direction::Output,
        _ => return None,
    };
    let arguments = &line[line.find('(')? + 1..line.rfind(')')?];
    let mut arguments = arguments.split(',').map(str::trim);
    let name = arguments
        .next()?
        .trim_start_matches(['(', '&'])
        .trim_end_matches(')');
    let msb: u32 = arguments.next()?.parse().ok()?;
    let lsb: u32 = arguments.next()?.parse().ok()?;
    Some(Port {
        name: name.replace("__024", "$"),
        width: msb - lsb + 1,
        direction,
    })
}

/// Name of the member of the model's root in which Verilator keeps the clock's level of the evaluation before.
/// Writing 0 there spares the evaluation of a falling edge, in which nothing of ours happens.
pub(crate) fn previous_clock(root_header: &str) -> Option<&'static str> {
    const NAME: &str = "__Vtrigrprev__TOP__clock";
    root_header.contains(&format!(" {NAME};")).then_some(NAME)
}

/// The part that is the same for every model: its handle, its clean ends, one evaluation.
fn handle(trace: bool) -> String {
    let mut text =
        format!("#include \"{PREFIX}.h\"\n#include \"{PREFIX}___024root.h\"\n#include \"verilated.h\"\n");
    if trace {
        text += "#include \"verilated_fst_c.h\"\n";
    }
    let fst = if trace {
        "VerilatedFstC* fst = nullptr; uint64_t time = 0;"
    } else {
        ""
    };
    let on = if trace { "ctx.traceEverOn(true);" } else { "" };
    let close = if trace {
        "if (h->fst) { h->fst->close(); delete h->fst; }"
    } else {
        ""
    };
    let dump = if trace {
        "if (h->fst) h->fst->dump(h->time); h->time++;"
    } else {
        ""
    };
    let _ = writeln!(
        text,
        "#define EXPORT extern \"C\" __attribute__((visibility(\"default\")))
struct Handle {{
  VerilatedContext ctx; {PREFIX}* model; bool dead = false; {fst}
  explicit Handle(uint32_t seed) {{
    ctx.randReset(2); ctx.randSeed(int(seed & 0x7fffffff)); {on}
    model = new {PREFIX}{{&ctx, \"top\"}};
  }}
}};
// A failed assertion is counted by the runtime; it must not end the process.
void vl_finish(const char*, int, const char*) VL_MT_UNSAFE {{ Verilated::threadContextp()->gotFinish(true); }}
void vl_stop(const char*, int, const char*) VL_MT_UNSAFE {{
  Verilated::threadContextp()->gotError(true);
}}
// Never returns: Verilator calls it from loops that do not converge.
struct Fatal {{}};
void vl_fatal(const char*, int, const char*, const char* what) VL_MT_UNSAFE {{
  VL_PRINTF(\"%s\\n\", what); throw Fatal{{}};
}}
static void step(Handle* h) {{
  if (h->dead) return;
  try {{ h->model->eval(); }} catch (const Fatal&) {{ h->dead = true; h->ctx.errorCountInc(); }}
  {dump}
}}
EXPORT void* vm_new(uint32_t seed) {{ return new Handle(seed); }}
EXPORT void vm_free(void* v) {{ auto h = static_cast<Handle*>(v); h->model->final(); {close} delete h->model; delete h; }}
EXPORT void vm_eval(void* v) {{ step(static_cast<Handle*>(v)); }}
EXPORT uint64_t vm_errors(void* v) {{ return static_cast<Handle*>(v)->ctx.errorCount(); }}"
    );
    text
}

/// The C++ text; `vm_*` are the only symbols the library exports. `previous` as [`previous_clock`] finds it.
pub(crate) fn generate(ports: &[Port], trace: bool, clock: Option<&str>, previous: Option<&str>) -> String {
    let mut text = handle(trace);
    if let Some(clock) = clock {
        let fall = match previous.filter(|_| !trace) {
            Some(previous) => format!("m->rootp->{previous} = 0;"),
            None => "step(h);".into(),
        };
        let _ = writeln!(
            text,
            "EXPORT void vm_tick(void* v, uint64_t n) {{
  auto h = static_cast<Handle*>(v); auto m = h->model;
  for (; n; n--) {{ m->{clock} = 1; step(h); m->{clock} = 0; {fall} }}
}}"
        );
    }
    if trace {
        text += "EXPORT void vm_trace_open(void* v, const char* f) { auto h = static_cast<Handle*>(v); \
                 if (h->fst) { h->fst->close(); delete h->fst; } \
                 h->fst = new VerilatedFstC; h->model->trace(h->fst, 99); h->fst->open(f); }\n";
    }
    let _ = writeln!(
        text,
        "EXPORT void* vm_port(void* v, uint32_t i) {{\n  auto m = static_cast<Handle*>(v)->model;\n  switch (i) {{"
    );
    for (i, port) in ports.iter().enumerate() {
        let _ = writeln!(
            text,
            "  case {i}: return (void*)&m->{};",
            port.name.replace('$', "__024")
        );
    }
    text += "  }\n  return nullptr;\n}\n";
    text
}

/// The port list as kept beside the library.
pub(crate) fn write_ports(ports: &[Port]) -> String {
    ports.iter().fold(String::new(), |mut text, port| {
        let direction = match port.direction {
            Direction::Input => "input",
            Direction::Output => "output",
        };
        let _ = writeln!(text, "{direction} {} {}", port.width, port.name);
        text
    })
}

/// Reads what [`write_ports`] wrote.
pub(crate) fn read_ports(text: &str) -> Option<Vec<Port>> {
    text.lines()
        .map(|line| {
            let mut words = line.split(' ');
            let direction = match words.next()? {
                "input" => Direction::Input,
                "output" => Direction::Output,
                _ => return None,
            };
            let width = words.next()?.parse().ok()?;
            Some(Port {
                name: words.next()?.into(),
                width,
                direction,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_read_from_the_header_and_back() {
        let header = "    VL_IN8(&clock,0,0);\n    VL_INW(&(x),399,0,13);\n    VL_OUT64(&a__024b,63,0);\n  int other;\n";
        let ports = parse_ports(header);
        assert_eq!(ports.len(), 3);
        assert_eq!((ports[1].name.as_str(), ports[1].width), ("x", 400));
        assert_eq!(
            (ports[2].name.as_str(), ports[2].direction),
            ("a$b", Direction::Output)
        );
        assert_eq!(read_ports(&write_ports(&ports)), Some(ports));
    }
}
