//! A block with its checker, and what is to be shown of it.

use gateware::emit::{Size, emit};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use verilated::formal::{Design, Proof};

/// A property: the claim of the checker, the cover that shows it is not vacuous, the fault that breaks it.
pub(crate) struct Property {
    pub(crate) claim: &'static str,
    pub(crate) cover: &'static str,
    /// Emitted texts, and what they become; more than one where one guard stands behind another.
    pub(crate) fault: Vec<[&'static str; 2]>,
}

/// A property, in short.
pub(crate) fn property(
    claim: &'static str,
    cover: &'static str,
    from: &'static str,
    to: &'static str,
) -> Property {
    Property {
        claim,
        cover,
        fault: vec![[from, to]],
    }
}

impl Property {
    /// With one more change.
    pub(crate) fn and(mut self, from: &'static str, to: &'static str) -> Self {
        self.fault.push([from, to]);
        self
    }
}

/// A register of the module below, shown to the checker.
pub(crate) struct Tap {
    pub(crate) port: String,
    /// Hierarchical names, lowest part first.
    pub(crate) paths: Vec<String>,
    /// Bits of each.
    pub(crate) width: usize,
}

impl Tap {
    pub(crate) fn one(port: &str, path: &str, width: usize) -> Self {
        Self::many(port, path, width, 1)
    }

    /// The parts are `path` with a number for `{}`.
    pub(crate) fn many(port: &str, path: &str, width: usize, parts: usize) -> Self {
        Self {
            port: port.into(),
            paths: (0..parts).map(|i| path.replace("{}", &i.to_string())).collect(),
            width,
        }
    }
}

/// A block to be proved.
pub(crate) struct Block {
    /// As reported.
    pub(crate) name: &'static str,
    /// As registered.
    pub(crate) emitted: &'static str,
    /// The module the checker is put into, the top of the proof.
    pub(crate) module: &'static str,
    pub(crate) checker: &'static str,
    pub(crate) text: String,
    pub(crate) taps: Vec<Tap>,
    /// Texts changed before anything else: what is cut away.
    pub(crate) cut: Vec<[&'static str; 2]>,
    /// Memories are shown whole, as `all`: words and bits of them.
    pub(crate) memory: Option<(usize, usize)>,
    /// Cycles of the induction.
    pub(crate) k: usize,
    /// Cycles in which covers are reached and faults break.
    pub(crate) depth: usize,
    pub(crate) properties: Vec<Property>,
}

/// The module and those it is made of: yosys need not read the rest.
fn below(verilog: &str, module: &str) -> String {
    let parts: BTreeMap<&str, &str> = verilog
        .split_inclusive("endmodule\n")
        .filter_map(|part| {
            let text = &part[part.find("module ")?..];
            Some((text["module ".len()..].split('(').next()?, text))
        })
        .collect();
    let mut wanted = vec![module];
    let mut at = 0;
    while let Some(text) = wanted.get(at).and_then(|name| parts.get(name)) {
        for line in text.lines() {
            let word = line.split_whitespace().next().unwrap_or_default();
            if parts.contains_key(word) && !wanted.contains(&word) {
                wanted.push(word);
            }
        }
        at += 1;
    }
    wanted
        .iter()
        .filter_map(|name| parts.get(name).copied())
        .collect()
}

/// Claims that only help the induction: of states in between, and that checker and block keep the same.
const LEMMAS: [&str; 2] = ["i_", "same_"];

/// Properties of a block up to which a default run tries every mutant.
const WEIGHED_MAX: usize = 20;

impl Block {
    /// The emitted text with the checker inside, and a fault.
    fn design(&self, verilog: &str, fault: &[[&str; 2]]) -> Result<Design, String> {
        let mut verilog = verilog.to_owned();
        for [from, to] in self.cut.iter().chain(fault) {
            let places = verilog.matches(from).count();
            if places != 1 {
                return Err(format!("`{from}` stands {places} times in {}", self.emitted));
            }
            verilog = verilog.replace(from, to);
        }
        if let Some((words, bits)) = self.memory {
            let read = "always @(*) read_data = mem[read_address];\n";
            let all: Vec<String> = (0..words).rev().map(|word| format!("mem[{word}]")).collect();
            let shown = format!("wire [{}:0] all = {{{}}};\n", words * bits - 1, all.join(", "));
            verilog = verilog.replace(read, &format!("{read}    {shown}"));
        }
        let head = format!("module {}(", self.module);
        let end = verilog
            .find(&head)
            .and_then(|start| Some(start + verilog[start..].find("endmodule")?));
        let Some(end) = end else {
            return Err(format!("no module {} in {}", self.module, self.emitted));
        };
        verilog.insert_str(end, &self.instance());
        verilog.push_str(&self.text);
        // A checker that goes by the solver's steps has clocks that rise as they like.
        let elaborate = if self.text.contains("$global_clock") {
            Design::elaborate_clocks
        } else {
            Design::elaborate
        };
        elaborate(self.module, &verilog).map_err(|error| error.to_string())
    }

    /// The checker as a part of the module: what yosys has instead of `bind`.
    fn instance(&self) -> String {
        let mut text = String::new();
        let mut ports = String::new();
        for Tap { port, paths, width } in &self.taps {
            for path in paths {
                let _ = writeln!(text, "    (* hierconn *) wire [{}:0] \\{path} ;", width - 1);
            }
            let parts: Vec<String> = paths.iter().rev().map(|path| format!("\\{path} ")).collect();
            let _ = write!(ports, ".{port}({{{}}}), ", parts.join(", "));
        }
        format!("{text}    {} properties({ports}.*);\n", self.checker)
    }

    /// Prints a line a property; returns what is wrong.
    pub(crate) fn report(&self) -> Vec<String> {
        self.judge().unwrap_or_else(|error| vec![error])
    }

    fn judge(&self) -> Result<Vec<String>, String> {
        let text = |error: verilated::Error| error.to_string();
        let verilog = emit(self.emitted, Size::Small).map_err(|error| error.to_string())?;
        let verilog = below(&verilog, self.module);
        let design = self.design(&verilog, &[])?;
        let (proofs, covers) = std::thread::scope(|scope| {
            let proofs = scope.spawn(|| design.prove(self.k, &LEMMAS));
            let covers = self.covers(&design);
            (proofs.join().expect("no proof panics"), covers)
        });
        let (proofs, covers) = (proofs.map_err(text)?, covers.map_err(text)?);
        let mut failures = Vec::new();
        for proof in &proofs {
            let is_lemma = LEMMAS.iter().any(|lemma| proof.claim.starts_with(lemma));
            let is_property = self
                .properties
                .iter()
                .any(|property| property.claim == proof.claim);
            if !proof.holds {
                failures.push(format!("{}: not proved", proof.claim));
            }
            if !is_property && !is_lemma {
                failures.push(format!("{}: has no cover and no mutant", proof.claim));
            }
        }
        let waiting = Mutex::new(self.properties.iter());
        let missed = Mutex::new(Vec::new());
        let work = || {
            loop {
                let next = waiting.lock().expect("no worker panics with the lock").next();
                let Some(property) = next else { return };
                let outcome = self.weigh(property, &verilog, &proofs, &covers);
                let mut missed = missed.lock().expect("no worker panics with the lock");
                missed.extend(outcome.err());
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
                scope.spawn(work);
            }
        });
        failures.extend(missed.into_inner().expect("no worker panics with the lock"));
        Ok(failures)
    }

    /// Whether each cover is reached.
    fn covers(&self, design: &Design) -> Result<BTreeMap<&'static str, bool>, verilated::Error> {
        let mut covers = BTreeMap::new();
        for property in &self.properties {
            if !covers.contains_key(property.cover) {
                covers.insert(property.cover, design.reaches(property.cover, self.depth)?);
            }
        }
        Ok(covers)
    }

    /// Whether this run tries the claim's mutant: all of a small block, every third of a large one, all in the soak.
    fn is_weighed(&self, claim: &str) -> bool {
        let soak = std::env::var("TICKFORGE_SOAK").is_ok_and(|value| value == "1");
        let at = self
            .properties
            .iter()
            .position(|property| property.claim == claim);
        soak || self.properties.len() <= WEIGHED_MAX || at.is_none_or(|at| at.is_multiple_of(3))
    }

    /// One property: its mutant, and the line that tells of it.
    fn weigh(
        &self,
        property: &Property,
        verilog: &str,
        proofs: &[Proof],
        covers: &BTreeMap<&str, bool>,
    ) -> Result<(), String> {
        let claim = property.claim;
        let proof = proofs.iter().find(|proof| proof.claim == claim);
        let proof = proof.ok_or_else(|| format!("no claim {claim}"))?;
        let reached = covers[property.cover];
        if !self.is_weighed(claim) {
            let proved = if proof.holds { "proved" } else { "NOT PROVED" };
            println!(
                "formal {} {claim}: {proved}, cover reached: {reached}, mutant left to the soak",
                self.name
            );
            return reached
                .then_some(())
                .ok_or_else(|| format!("{claim}: its cover is missed"));
        }
        let mutant = self.design(verilog, &property.fault)?;
        let caught = mutant.breaks(claim, self.depth);
        let caught = caught.map_err(|error| format!("{claim}: {error}"))?;
        println!(
            "formal {} {claim}: {}, cover {}, mutant {}",
            self.name,
            if proof.holds { "proved" } else { "NOT PROVED" },
            if reached { "reached" } else { "NOT REACHED" },
            if caught { "caught" } else { "NOT CAUGHT" },
        );
        if reached && caught {
            return Ok(());
        }
        Err(format!("{claim}: its cover or its mutant is missed"))
    }
}
