//! Proofs about Verilog: yosys makes logic of it, an SMT solver (yices) decides.
//!
//! Every `name: assert (...)` of a text is a claim, every `name: cover (...)` a state that must be reachable. A claim is proved by induction:
//! no path of `k` cycles from the start breaks any claim, and no path of `k` cycles on which all claims hold leads to a state in which one does
//! not. `assume` restricts the inputs.

use crate::tool::{SOLVER, YOSYS, printed};
use crate::{Error, gate::Scratch};
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::Mutex;

/// A design as the solver sees it.
#[derive(Debug, Clone)]
pub struct Design {
    top: String,
    text: String,
    claims: Vec<(usize, String)>,
    covers: Vec<(usize, String)>,
}

/// What became of a claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Its name.
    pub claim: String,
    /// It holds always.
    pub holds: bool,
}

/// The name behind the instance: `properties.stable` is `stable`.
fn name(comment: &str) -> String {
    comment.rsplit('.').next().unwrap_or(comment).trim().into()
}

impl Design {
    /// Elaborates a text; its outputs are dropped, so that only what the claims need is left.
    ///
    /// # Errors
    /// [`Error::Yosys`] with what it printed, or a missing tool.
    pub fn elaborate(top: &str, verilog: &str) -> Result<Self, Error> {
        // All clocks are one, and every step is a cycle of it.
        Self::read(top, verilog, "async2sync; dffunmap")
    }

    /// The same of a text with several clocks: inputs like any other, so that in each step any of them may rise. A register takes at a
    /// rise what its input was in the step before; `$global_clock` is the step itself.
    ///
    /// # Errors
    /// As [`Self::elaborate`].
    pub fn elaborate_clocks(top: &str, verilog: &str) -> Result<Self, Error> {
        Self::read(top, verilog, "dffunmap; clk2fflogic")
    }

    fn read(top: &str, verilog: &str, registers: &str) -> Result<Self, Error> {
        let file = Scratch::new(top, verilog)?;
        let target = file.path.with_extension("smt2");
        // Memories here are small: as registers they cost the solver less than as arrays.
        let script = format!(
            "read_verilog -formal -sv {}; hierarchy -check -top {top}; proc; flatten; delete -port o:*; opt_clean -purge; \
             memory_collect; memory_map; {registers}; write_smt2 {}",
            file.path.display(),
            target.display()
        );
        let output = YOSYS.run(YOSYS.command().args(["-q", "-p", &script]))?;
        let text = std::fs::read_to_string(&target).map_err(|_| Error::Yosys {
            top: top.into(),
            output: printed(&output),
        })?;
        let named = |kind: &str| {
            let head = format!("(define-fun |{top}_{kind} ");
            text.lines()
                .filter_map(|line| {
                    let (number, _) = line.strip_prefix(&head)?.split_once('|')?;
                    Some((number.parse().ok()?, name(line.rsplit_once("; ")?.1)))
                })
                .collect()
        };
        Ok(Self {
            top: top.into(),
            claims: named("a"),
            covers: named("c"),
            text,
        })
    }

    /// Names of all claims.
    pub fn claims(&self) -> impl Iterator<Item = &str> {
        self.claims.iter().map(|(_, name)| name.as_str())
    }

    /// Names of all covers.
    pub fn covers(&self) -> impl Iterator<Item = &str> {
        self.covers.iter().map(|(_, name)| name.as_str())
    }

    /// Proves the claims by induction over `k` cycles; those before `lemmas` in name go first and help the others.
    ///
    /// # Errors
    /// A missing or failing solver.
    pub fn prove(&self, k: usize, lemmas: &[&str]) -> Result<Vec<Proof>, Error> {
        let mut order = self.claims.clone();
        order.sort_by_key(|(_, name)| !lemmas.iter().any(|lemma| name.starts_with(lemma)));
        let mut held = vec![false; order.len()];
        let begins = std::thread::scope(|scope| {
            let begins = scope.spawn(|| self.begins(&order, k));
            // What follows from one cycle alone is shown from one: a longer path only gives the solver more to look at.
            for length in [1, k] {
                self.induct(&order, length, &mut held)?;
            }
            begins.join().expect("no worker panics")
        })?;
        Ok(order
            .into_iter()
            .zip(begins.into_iter().zip(held))
            .map(|((_, claim), (begins, held))| Proof {
                claim,
                holds: begins && held,
            })
            .collect())
    }

    /// Which claims hold in the first `k` cycles.
    fn begins(&self, order: &[(usize, String)], k: usize) -> Result<Vec<bool>, Error> {
        let mut holds = vec![true; order.len()];
        let mut path = Path::new(self)?;
        path.start()?;
        for step in 0..k {
            if step > 0 {
                path.advance()?;
            }
            for ((number, _), holds) in order.iter().zip(&mut holds) {
                *holds &= path.holds(*number)?;
            }
        }
        Ok(holds)
    }

    /// The step of the induction over paths of `length` cycles: which claims hold at the end of each path on which all held before. Those
    /// that are `held` to follow already help.
    fn induct(&self, order: &[(usize, String)], length: usize, held: &mut [bool]) -> Result<(), Error> {
        let open = held.iter().enumerate().filter(|(_, held)| !**held);
        let waiting: Mutex<VecDeque<usize>> = Mutex::new(open.map(|(at, _)| at).collect());
        let found = Mutex::new(held.to_vec());
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            let work = || self.induct_some(order, length, &waiting, &found);
            let all: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
            all.into_iter()
                .try_for_each(|worker| worker.join().expect("no worker panics"))
        })?;
        held.copy_from_slice(&found.into_inner().expect("no worker panics with the lock"));
        Ok(())
    }

    /// One solver of several: takes claims that wait, and uses what any of them has found to follow.
    fn induct_some(
        &self,
        order: &[(usize, String)],
        length: usize,
        waiting: &Mutex<VecDeque<usize>>,
        found: &Mutex<Vec<bool>>,
    ) -> Result<(), Error> {
        let mut path = Path::new(self)?;
        for _ in 0..length {
            for (number, _) in order {
                path.claim(*number)?;
            }
            path.advance()?;
        }
        let mut known = vec![false; order.len()];
        loop {
            let next = waiting
                .lock()
                .expect("no worker panics with the lock")
                .pop_front();
            let Some(at) = next else { return Ok(()) };
            let now = found.lock().expect("no worker panics with the lock").clone();
            for (((number, _), known), held) in order.iter().zip(&mut known).zip(now) {
                if held && !*known {
                    path.claim(*number)?;
                    *known = true;
                }
            }
            if path.holds(order[at].0)? {
                known[at] = true;
                found.lock().expect("no worker panics with the lock")[at] = true;
            }
        }
    }

    /// Whether a claim breaks on some path of up to `depth` cycles from the start.
    ///
    /// # Errors
    /// A missing or failing solver.
    pub fn breaks(&self, claim: &str, depth: usize) -> Result<bool, Error> {
        let found = self.claims.iter().find(|(_, name)| name == claim);
        found.map_or(Ok(false), |(number, _)| {
            self.happens(&format!("{}_a {number}", self.top), true, depth)
        })
    }

    /// Whether a cover is reached on some path of up to `depth` cycles from the start.
    ///
    /// # Errors
    /// A missing or failing solver.
    pub fn reaches(&self, cover: &str, depth: usize) -> Result<bool, Error> {
        let found = self.covers.iter().find(|(_, name)| name == cover);
        found.map_or(Ok(false), |(number, _)| {
            self.happens(&format!("{}_c {number}", self.top), false, depth)
        })
    }

    fn happens(&self, function: &str, negated: bool, depth: usize) -> Result<bool, Error> {
        let mut path = Path::new(self)?;
        path.start()?;
        let mut any = String::new();
        for step in 0..depth {
            if step > 0 {
                path.advance()?;
            }
            let value = format!("(|{function}| s{step})");
            any += &if negated { format!("(not {value}) ") } else { value };
        }
        path.solver.say(&format!("(assert (or {any} false))"))?;
        path.solver.satisfiable()
    }
}

/// A path through the states of a design, in a solver.
struct Path<'a> {
    top: &'a str,
    last: usize,
    solver: Solver,
}

impl<'a> Path<'a> {
    /// From any state at all.
    fn new(design: &'a Design) -> Result<Self, Error> {
        let mut solver = Solver::run()?;
        solver.say("(set-logic QF_UFBV)")?;
        solver.say(&design.text)?;
        let mut path = Self {
            top: &design.top,
            last: 0,
            solver,
        };
        path.state()?;
        Ok(path)
    }

    fn state(&mut self) -> Result<(), Error> {
        let (top, at) = (self.top, self.last);
        self.solver.say(&format!(
            "(declare-fun s{at} () |{top}_s|) (assert (|{top}_u| s{at})) (assert (|{top}_h| s{at}))"
        ))
    }

    /// The path begins where the design does.
    fn start(&mut self) -> Result<(), Error> {
        let top = self.top;
        self.solver
            .say(&format!("(assert (|{top}_i| s0)) (assert (|{top}_is| s0))"))
    }

    /// One cycle more.
    fn advance(&mut self) -> Result<(), Error> {
        self.last += 1;
        self.state()?;
        let (top, to) = (self.top, self.last);
        let from = to - 1;
        self.solver.say(&format!(
            "(assert (|{top}_t| s{from} s{to})) (assert (not (|{top}_is| s{to})))"
        ))
    }

    /// A claim holds in the last state.
    fn claim(&mut self, number: usize) -> Result<(), Error> {
        let (top, at) = (self.top, self.last);
        self.solver.say(&format!("(assert (|{top}_a {number}| s{at}))"))
    }

    /// Whether a claim holds in the last state of every path; one that does helps with what is asked behind it.
    fn holds(&mut self, number: usize) -> Result<bool, Error> {
        let (top, at) = (self.top, self.last);
        self.solver
            .say(&format!("(push 1) (assert (not (|{top}_a {number}| s{at})))"))?;
        let breaks = self.solver.satisfiable()?;
        self.solver.say("(pop 1)")?;
        if !breaks {
            self.claim(number)?;
        }
        Ok(!breaks)
    }
}

/// A running solver that is spoken to in SMT-LIB.
struct Solver {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl Solver {
    fn run() -> Result<Self, Error> {
        let mut child = SOLVER
            .command()
            .arg("--incremental")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| SOLVER.missing(&error))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Error::Solver {
                answer: "no pipes".into(),
            });
        };
        Ok(Self {
            child,
            input,
            output: BufReader::new(output),
        })
    }

    fn say(&mut self, text: &str) -> Result<(), Error> {
        writeln!(self.input, "{text}").map_err(|error| Error::Solver {
            answer: error.to_string(),
        })
    }

    fn satisfiable(&mut self) -> Result<bool, Error> {
        self.say("(check-sat)")?;
        let failed = |answer: String| Error::Solver { answer };
        self.input.flush().map_err(|error| failed(error.to_string()))?;
        let mut answer = String::new();
        self.output
            .read_line(&mut answer)
            .map_err(|error| failed(error.to_string()))?;
        match answer.trim() {
            "sat" => Ok(true),
            "unsat" => Ok(false),
            other => Err(failed(other.into())),
        }
    }
}

impl Drop for Solver {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
