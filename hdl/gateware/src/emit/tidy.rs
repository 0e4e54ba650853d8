//! Makes rust-hdl's raw Verilog fit to be read, simulated and kept.
//!
//! rust-hdl prints one module per *instance*, calls every top `top` and joins names with `$`. Here equal
//! modules are merged, the top is named after its block, clocks go straight to the flip-flops instead of
//! through the combinational process, literals and casts take the width of what they meet, and `$` becomes `_`.

use super::EmitError;
use super::width::fit_widths;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

struct Module {
    name: String,
    ports: Vec<String>,
    body: Vec<String>,
}

/// See the module's text.
pub(super) fn tidy(block: &str, raw: &str) -> Result<String, EmitError> {
    let mut modules = parse(block, raw)?;
    for module in &mut modules {
        forward_clocks(module);
        drop_unused_states(module);
        fit_widths(&mut module.body);
    }
    let modules = merge_equal(block, modules);
    let mut names = Flattener::new(block, block);
    for module in &modules {
        names.add(&module.name)?;
    }
    let mut text = String::new();
    for module in &modules {
        print(block, module, &mut text)?;
    }
    Ok(text)
}

fn parse(block: &str, raw: &str) -> Result<Vec<Module>, EmitError> {
    let mut modules = Vec::new();
    let mut open: Option<Module> = None;
    for (index, line) in raw.lines().enumerate() {
        let line = line.trim_end();
        let shape = || EmitError::Shape {
            block: block.into(),
            line: index + 1,
            text: line.into(),
        };
        if let Some(header) = line.strip_prefix("module ") {
            let (name, ports) = header
                .strip_suffix(");")
                .and_then(|h| h.split_once('('))
                .filter(|_| open.is_none())
                .ok_or_else(shape)?;
            let ports = ports.split(',').map(String::from).collect();
            open = Some(Module {
                name: name.into(),
                ports,
                body: Vec::new(),
            });
        } else if line.starts_with("endmodule") {
            modules.push(open.take().ok_or_else(shape)?);
        } else if let Some(module) = &mut open {
            push_line(&mut module.body, line);
        } else if !line.is_empty() {
            return Err(shape());
        }
    }
    Ok(modules)
}

/// Keeps single blank lines between paragraphs and single blanks in declarations.
fn push_line(body: &mut Vec<String>, line: &str) {
    if line.is_empty() {
        if body.last().is_some_and(|last| !last.is_empty()) {
            body.push(String::new());
        }
        return;
    }
    let text = line.trim_start();
    let declares = ["input ", "output ", "reg ", "wire ", "localparam "]
        .iter()
        .any(|d| text.starts_with(d));
    if declares {
        let indent = &line[..line.len() - text.len()];
        let words: Vec<&str> = text.split_whitespace().collect();
        body.push(format!("{indent}{}", words.join(" ")));
    } else {
        body.push(line.into());
    }
}

/// The register of a state declares all its states, and uses none of them.
fn drop_unused_states(module: &mut Module) {
    let state = |line: &str| {
        let (name, value) = line.trim().strip_prefix("localparam ")?.split_once(" = ")?;
        value
            .trim_end_matches(';')
            .bytes()
            .all(|b| b.is_ascii_digit())
            .then(|| name.to_owned())
    };
    let used = |name: &str| {
        let mut lines = module.body.iter().filter(|line| state(line).is_none());
        lines.any(|line| line.contains(name))
    };
    let unused: Vec<String> = module
        .body
        .iter()
        .filter(|line| state(line).is_some_and(|name| !used(&name)))
        .cloned()
        .collect();
    module.body.retain(|line| !unused.contains(line));
}

/// `x$clock = clock;` in the process becomes a direct connection.
///
/// A clock that passes through a combinational process costs Verilator a re-evaluation of it on every edge.
fn forward_clocks(module: &mut Module) {
    let mut forwards = HashMap::new();
    for line in &module.body {
        let Some((left, right)) = line.trim().strip_suffix(';').and_then(|l| l.split_once(" = ")) else {
            continue;
        };
        let is_clock = left.ends_with("clock") && right.ends_with("clock");
        let declaration = format!("reg {left};");
        let is_local = module.body.iter().any(|l| l.trim() == declaration);
        if is_clock && is_local && module.ports.iter().any(|p| p == right) {
            forwards.insert(left.to_string(), right.to_string());
        }
    }
    module.body.retain(|line| {
        let text = line.trim().trim_end_matches(';');
        let declared = text
            .strip_prefix("reg ")
            .is_some_and(|name| forwards.contains_key(name));
        let assigned = text
            .split_once(" = ")
            .is_some_and(|(left, _)| forwards.contains_key(left));
        !declared && !assigned
    });
    for line in &mut module.body {
        let Some((port, wire)) = line.split_once('(') else {
            continue;
        };
        let (wire, rest) = wire.split_once(')').unwrap_or((wire, ""));
        if let Some(clock) = forwards.get(wire).filter(|_| port.trim_start().starts_with('.')) {
            *line = format!("{port}({clock}){rest}");
        }
    }
}

/// Merges modules that are equal but for their name, leaves first, and names the top after the block.
fn merge_equal(block: &str, mut modules: Vec<Module>) -> Vec<Module> {
    // Deepest paths first, so that children have their final name when a parent is compared.
    let mut order: Vec<usize> = (0..modules.len()).collect();
    order.sort_by_key(|&i| std::cmp::Reverse(modules[i].name.matches('$').count()));
    let mut final_name: HashMap<String, String> = HashMap::new();
    let mut seen: HashMap<(Vec<String>, Vec<String>), String> = HashMap::new();
    let mut taken: BTreeMap<String, ()> = BTreeMap::new();
    let mut kept = vec![false; modules.len()];
    for i in order {
        let module = &mut modules[i];
        for line in &mut module.body {
            rename_instance(line, &final_name);
        }
        let key = (module.ports.clone(), module.body.clone());
        let name = seen.entry(key).or_insert_with(|| {
            kept[i] = true;
            let path = format!(
                "{block}{}",
                module.name.strip_prefix("top").unwrap_or(&module.name)
            );
            let name = flip_flop_name(block, module)
                .filter(|n| !taken.contains_key(n))
                .unwrap_or(path);
            taken.insert(name.clone(), ());
            name
        });
        final_name.insert(std::mem::take(&mut module.name), name.clone());
        module.name.clone_from(name);
    }
    let mut kept = kept.into_iter();
    modules.retain(|_| kept.next() == Some(true));
    modules
}

/// A plain flip-flop is named for its width, since the merged module serves many.
fn flip_flop_name(block: &str, module: &Module) -> Option<String> {
    let is_dff = module.ports == ["d", "q", "clock"]
        && module.body.iter().any(|l| l.trim() == "q <= d;")
        && module
            .body
            .iter()
            .any(|l| l.trim().starts_with("q = ") && l.trim().ends_with("'h0;"))
        && !module
            .body
            .iter()
            .any(|l| l.contains("@keep_hierarchy") || l.contains("localparam"));
    let decl = module
        .body
        .iter()
        .find(|l| l.trim().starts_with("input ") && l.trim().ends_with(" d;"))?;
    let width = match decl.split_once('[') {
        Some((_, range)) => range.split_once(':')?.0.parse::<usize>().ok()? + 1,
        None => 1,
    };
    let sign = if decl.contains(" signed ") { "s" } else { "" };
    is_dff.then(|| format!("{block}$dff{sign}{width}"))
}

/// Replaces the module name in an instantiation line, `    kind name(`.
fn rename_instance(line: &mut String, names: &HashMap<String, String>) {
    let text = line.trim_start();
    let Some((kind, rest)) = text.split_once(' ') else {
        return;
    };
    if let Some(name) = names.get(kind).filter(|_| rest.ends_with('(')) {
        let indent = &line[..line.len() - text.len()];
        *line = format!("{indent}{name} {rest}");
    }
}

fn print(block: &str, module: &Module, text: &mut String) -> Result<(), EmitError> {
    let mut names = Flattener::new(block, &module.name);
    let keep = module.body.iter().any(|l| l.contains("@keep_hierarchy"));
    text.push('\n');
    if keep {
        text.push_str("(* keep_hierarchy *)\n");
    }
    let header = format!("module {}({});", module.name, module.ports.join(", "));
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{}", names.line(&header)?);
    let body = module.body.iter().filter(|l| !l.contains("@keep_hierarchy"));
    for line in body {
        let _ = writeln!(text, "{}", names.line(line)?);
    }
    let _ = writeln!(text, "endmodule");
    Ok(())
}

/// Turns `a$b` into `a_b` and refuses when two names of one module would become one.
struct Flattener<'a> {
    block: &'a str,
    module: &'a str,
    original: HashMap<String, String>,
}

impl<'a> Flattener<'a> {
    fn new(block: &'a str, module: &'a str) -> Self {
        Self {
            block,
            module,
            original: HashMap::new(),
        }
    }

    fn add(&mut self, name: &str) -> Result<String, EmitError> {
        let flat = name.replace('$', "_");
        let first = self.original.entry(flat.clone()).or_insert_with(|| name.into());
        if first == name {
            Ok(flat)
        } else {
            Err(EmitError::NameClash {
                block: self.block.into(),
                module: self.module.into(),
                name: flat,
            })
        }
    }

    fn line(&mut self, line: &str) -> Result<String, EmitError> {
        let (code, comment) = line.find("//").map_or((line, ""), |at| line.split_at(at));
        let mut out = String::with_capacity(line.len());
        let mut rest = code;
        while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric() || "_$'\"".contains(c)) {
            out.push_str(&rest[..start]);
            rest = &rest[start..];
            let end = rest[1..].find(|c: char| !(c.is_ascii_alphanumeric() || "_$'\"".contains(c)));
            let (word, tail) = rest.split_at(end.map_or(rest.len(), |e| e + 1));
            // System functions start with `$`, based literals hold a quote: both stay as they are.
            let is_name =
                word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && !word.contains('\'');
            out.push_str(&if is_name {
                self.add(word)?
            } else {
                word.to_string()
            });
            rest = tail;
        }
        out.push_str(rest);
        out.push_str(comment);
        Ok(out)
    }
}
