//! Up to sixteen models as one: their outputs averaged by weight, or given to a model above them.
//!
//! Members are packed into one list of steps. Trees that read the same columns share one table of ranks, so that a
//! row is ranked once.

use std::fs;
use std::path::{Path, PathBuf};

use kernels::{Forest, Isa, OUTPUTS_MAX, RankTable, TreeSpec};
use serde::Deserialize;

use crate::check::Agreement;
use crate::compile::Program;
use crate::model::checked;
use crate::plan::Plan;
use crate::{Backend, ModelError, OnnxModel};

/// Models that an ensemble may have.
pub const MEMBERS_MAX: usize = 16;
/// Columns of the row of outputs that a model above takes.
const STACKED_MAX: usize = MEMBERS_MAX * OUTPUTS_MAX;

/// The file that describes an ensemble.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Description {
    /// Model that takes all outputs, member by member; without one they are averaged.
    stack: Option<PathBuf>,
    member: Vec<MemberDescription>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberDescription {
    /// ONNX file, relative to the description.
    path: PathBuf,
    /// Its share; shares need not add up to 1.
    weight: Option<f32>,
    /// First column of the row that it takes.
    #[serde(default)]
    from: usize,
}

impl Description {
    fn read(path: &Path) -> Result<Self, ModelError> {
        let text = fs::read_to_string(path).map_err(|e| refused(path, e.to_string()))?;
        toml::from_str(&text).map_err(|e| {
            let line = schema::At::of(&text, e.span().map_or(0, |s| s.start)).line;
            refused(path, format!("line {line}: {}", e.message().replace('\n', " ")))
        })
    }
}

fn refused(path: &Path, why: String) -> ModelError {
    ModelError::Ensemble {
        path: path.display().to_string(),
        why,
    }
}

/// A packed ensemble.
#[derive(Debug)]
pub struct Ensemble {
    inputs: usize,
    outputs: usize,
    ranks: Vec<Ranks>,
    steps: Vec<Step>,
    stack: Option<Step>,
    /// Members run from the last to the first: every other row, since what was read last is nearest.
    back: bool,
    /// Outputs of all members, one behind the other.
    stacked: [f32; STACKED_MAX],
    agreement: Option<Agreement>,
}

/// Ranks that several members read.
#[derive(Debug)]
struct Ranks {
    from: usize,
    table: RankTable,
    values: Vec<u8>,
}

#[derive(Debug)]
struct Step {
    from: usize,
    inputs: usize,
    weight: f32,
    runner: Runner,
}

#[derive(Debug)]
enum Runner {
    Plan(Box<Plan>),
    Shared {
        forest: Box<Forest>,
        ranks: usize,
        gap: bool,
    },
    Ort(Box<OnnxModel>),
}

/// A member before it is packed with the others.
#[derive(Debug)]
enum Loaded {
    Plan(Box<Plan>),
    Ort(Box<OnnxModel>),
}

impl Loaded {
    fn inputs(&self) -> usize {
        match self {
            Self::Plan(plan) => plan.inputs(),
            Self::Ort(model) => model.features(),
        }
    }

    fn outputs(&self) -> usize {
        match self {
            Self::Plan(plan) => plan.outputs(),
            Self::Ort(model) => model.outputs(),
        }
    }
}

impl Ensemble {
    /// Loads a description and its members; compiled ones are checked against ONNX Runtime.
    ///
    /// # Errors
    /// [`ModelError`] for the description, or for a member.
    pub fn load(path: &Path, backend: Backend) -> Result<Self, ModelError> {
        let description = Description::read(path)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut agreement = None;
        let mut members = Vec::new();
        for member in &description.member {
            let loaded = load(&folder.join(&member.path), backend, &mut agreement)?;
            members.push((loaded, member.weight.unwrap_or(1.0), member.from));
        }
        let stack = description
            .stack
            .as_ref()
            .map(|s| load(&folder.join(s), backend, &mut agreement));
        let wrong = |why| refused(path, why);
        let mut made = Self::join(members, stack.transpose()?).map_err(wrong)?;
        made.agreement = agreement;
        Ok(made)
    }

    /// The files that a description names, none of them opened.
    ///
    /// # Errors
    /// [`ModelError::Ensemble`] for the description.
    pub fn files(path: &Path) -> Result<Vec<PathBuf>, ModelError> {
        let description = Description::read(path)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let members = description.member.iter().map(|member| &member.path);
        Ok(members
            .chain(&description.stack)
            .map(|file| folder.join(file))
            .collect())
    }

    /// Packs plans of the same outputs, each with its weight and the first column it takes.
    ///
    /// # Errors
    /// [`ModelError::Ensemble`] for more than [`MEMBERS_MAX`], other outputs, or weights that are no shares.
    pub fn of(members: Vec<(Plan, f32, usize)>, stack: Option<Plan>) -> Result<Self, ModelError> {
        let loaded = |plan| Loaded::Plan(Box::new(plan));
        let members = members
            .into_iter()
            .map(|(p, weight, from)| (loaded(p), weight, from))
            .collect();
        Self::join(members, stack.map(loaded)).map_err(|why| ModelError::Ensemble {
            path: "ensemble".into(),
            why,
        })
    }

    fn join(members: Vec<(Loaded, f32, usize)>, stack: Option<Loaded>) -> Result<Self, String> {
        if members.is_empty() || members.len() > MEMBERS_MAX {
            return Err(format!(
                "{} members; an ensemble has 1 to {MEMBERS_MAX}",
                members.len()
            ));
        }
        let outputs = members[0].0.outputs();
        if outputs > OUTPUTS_MAX || members.iter().any(|(m, ..)| m.outputs() != outputs) {
            return Err("members of different outputs".into());
        }
        let total: f32 = members.iter().map(|(_, weight, _)| weight).sum();
        if !(total.is_finite() && total > 0.0) || members.iter().any(|(_, w, _)| *w < 0.0) {
            return Err("weights must be shares: none below 0, not all 0".into());
        }
        let all = outputs * members.len();
        if let Some(above) = &stack
            && above.inputs() != all
        {
            return Err(format!(
                "the model above takes {} columns of {all}",
                above.inputs()
            ));
        }
        let inputs = members
            .iter()
            .map(|(m, _, from)| from + m.inputs())
            .max()
            .unwrap_or(0);
        let ranks = shared(&members);
        let mut steps = Vec::new();
        for (member, weight, from) in members {
            steps.push(step(member, weight / total, from, &ranks)?);
        }
        Ok(Self {
            inputs,
            outputs: stack.as_ref().map_or(outputs, Loaded::outputs),
            stack: stack.map(|s| step(s, 1.0, 0, &[])).transpose()?,
            ranks,
            steps,
            back: true,
            stacked: [0.0; STACKED_MAX],
            agreement: None,
        })
    }

    /// Columns of a row.
    pub const fn inputs(&self) -> usize {
        self.inputs
    }

    /// Outputs.
    pub const fn outputs(&self) -> usize {
        self.outputs
    }

    /// What the checks of its members found, together.
    pub const fn agreement(&self) -> Option<Agreement> {
        self.agreement
    }

    /// What it is, in a line.
    pub fn describe(&self) -> String {
        let of = |step: &Step| match &step.runner {
            Runner::Plan(plan) => plan.kind().name(),
            Runner::Shared { .. } => "trees on shared ranks",
            Runner::Ort(_) => "ort",
        };
        let kinds: Vec<_> = self.steps.iter().map(of).collect();
        let how = if self.stack.is_some() {
            "stacked"
        } else {
            "weighted"
        };
        format!("ensemble of {}, {how}: {}", kinds.len(), kinds.join(", "))
    }

    /// An error when it has other shapes.
    pub(crate) fn fits(&self, path: &Path, inputs: usize, outputs: usize) -> Result<(), ModelError> {
        let wrong = |what: &str, found: usize, expected: usize| {
            Err(ModelError::Shape {
                path: path.display().to_string(),
                what: what.into(),
                found: format!("[1, {found}]"),
                expected: format!("[1, {expected}]"),
            })
        };
        if self.inputs > inputs {
            return wrong("input", self.inputs, inputs);
        }
        if self.outputs != outputs {
            return wrong("output", self.outputs, outputs);
        }
        Ok(())
    }

    /// Evaluates a row, of which members may leave columns unread; compiled members allocate nothing.
    ///
    /// # Errors
    /// [`ModelError::NotANumber`] when any member's output is one; [`ModelError::Run`] for other sizes.
    pub fn evaluate(&mut self, row: &[f32], out: &mut [f32]) -> Result<(), ModelError> {
        if row.len() < self.inputs || out.len() != self.outputs {
            return Err(ModelError::Run(format!(
                "row of {} columns and {} outputs, the ensemble has {} and {}",
                row.len(),
                out.len(),
                self.inputs,
                self.outputs
            )));
        }
        for ranks in &mut self.ranks {
            let columns = ranks.values.len();
            ranks
                .table
                .rank(&row[ranks.from..ranks.from + columns], &mut ranks.values)?;
        }
        self.run(row, out)
    }

    /// The ranks that all its trees read, when they read the same: a card that has these edges gives the ranks itself.
    pub fn rank_table(&self) -> Option<&RankTable> {
        match &self.ranks[..] {
            [ranks] => Some(&ranks.table),
            _ => None,
        }
    }

    /// Evaluates a row whose ranks against [`Ensemble::rank_table`] are there already.
    ///
    /// # Errors
    /// As [`Ensemble::evaluate`], and [`ModelError::Run`] when there is no such table or another number of ranks.
    pub fn evaluate_ranked(&mut self, row: &[f32], ranks: &[u8], out: &mut [f32]) -> Result<(), ModelError> {
        match &mut self.ranks[..] {
            [own]
                if own.values.len() == ranks.len()
                    && row.len() >= self.inputs
                    && out.len() == self.outputs =>
            {
                own.values.copy_from_slice(ranks);
                self.run(row, out)
            }
            _ => Err(ModelError::Run("rows, ranks or outputs of another size".into())),
        }
    }

    #[inline]
    fn run(&mut self, row: &[f32], out: &mut [f32]) -> Result<(), ModelError> {
        let width = self.stacked_width();
        let mut each = self.steps.iter_mut().zip(self.stacked.chunks_exact_mut(width));
        self.back = !self.back;
        if self.back {
            each.rev()
                .try_for_each(|(step, to)| step.run(row, &self.ranks, to))?;
        } else {
            each.try_for_each(|(step, to)| step.run(row, &self.ranks, to))?;
        }
        if let Some(stack) = &mut self.stack {
            return stack.run(&self.stacked, &[], out);
        }
        // An output at a time: its sum stays in a register.
        for (at, sum) in out.iter_mut().enumerate() {
            let members = self.steps.iter().zip(self.stacked.chunks_exact(width));
            *sum = members.fold(0.0, |sum, (step, from)| sum + step.weight * from[at]);
        }
        Ok(())
    }

    /// Outputs of a member.
    fn stacked_width(&self) -> usize {
        match &self.stack {
            Some(stack) => stack.inputs / self.steps.len(),
            None => self.outputs,
        }
    }
}

/// Tables of ranks, one for all trees that start at the same column and have the same columns; those whose edges are
/// too many together keep tables of their own.
fn shared(members: &[(Loaded, f32, usize)]) -> Vec<Ranks> {
    let mut groups: Vec<(usize, usize, Vec<&TreeSpec>)> = Vec::new();
    for (member, _, from) in members {
        let Loaded::Plan(plan) = member else { continue };
        if let (Program::Trees(spec, _), Some(_)) = (plan.program(), plan.rank_table()) {
            match groups
                .iter_mut()
                .find(|(f, c, _)| f == from && *c == spec.columns)
            {
                Some((.., specs)) => specs.push(spec),
                None => groups.push((*from, spec.columns, vec![spec])),
            }
        }
    }
    let mut made = Vec::new();
    for (from, columns, specs) in groups {
        let trees = specs.iter().flat_map(|s| s.trees.iter().cloned()).collect();
        let all = TreeSpec {
            columns,
            trees,
            ..TreeSpec::default()
        };
        if let Ok(table) = RankTable::new(all.edges(), Isa::widest()) {
            made.push(Ranks {
                from,
                table,
                values: vec![0; columns],
            });
        }
    }
    made
}

fn step(member: Loaded, weight: f32, from: usize, ranks: &[Ranks]) -> Result<Step, String> {
    let inputs = member.inputs();
    let runner = match member {
        Loaded::Ort(model) => Runner::Ort(model),
        Loaded::Plan(plan) => match (plan.program(), plan.rank_table()) {
            (Program::Trees(spec, gap), Some(_)) => {
                let same = |r: &Ranks| r.from == from && r.table.columns() == inputs;
                match ranks.iter().position(same) {
                    Some(at) => {
                        let forest = Forest::new(spec, &ranks[at].table, plan.isa());
                        Runner::Shared {
                            forest: Box::new(forest.map_err(|e| e.to_string())?),
                            ranks: at,
                            gap: *gap,
                        }
                    }
                    None => Runner::Plan(plan),
                }
            }
            _ => Runner::Plan(plan),
        },
    };
    Ok(Step {
        from,
        inputs,
        weight,
        runner,
    })
}

impl Step {
    #[inline]
    fn run(&mut self, row: &[f32], ranks: &[Ranks], out: &mut [f32]) -> Result<(), ModelError> {
        let row = &row[self.from..self.from + self.inputs];
        match &mut self.runner {
            Runner::Plan(plan) => plan.evaluate(row, out),
            Runner::Shared {
                forest,
                ranks: at,
                gap,
            } => {
                if *gap && row.iter().any(|v| v.is_nan()) {
                    return Err(ModelError::NotANumber("a column of the row"));
                }
                Ok(forest.evaluate(&ranks[*at].values, out)?)
            }
            Runner::Ort(model) => model.run(row, out),
        }
    }
}

fn load(path: &Path, backend: Backend, agreement: &mut Option<Agreement>) -> Result<Loaded, ModelError> {
    let mut peer = OnnxModel::open(path)?;
    if backend == Backend::Ort {
        return Ok(Loaded::Ort(Box::new(peer)));
    }
    match checked(path, &mut peer) {
        Ok((plan, found)) => {
            let all = agreement.get_or_insert_default();
            all.rows += found.rows;
            all.argmax += found.argmax;
            all.error_max = all.error_max.max(found.error_max);
            Ok(Loaded::Plan(Box::new(plan)))
        }
        Err(ModelError::Unsupported { .. }) if backend == Backend::Auto => Ok(Loaded::Ort(Box::new(peer))),
        Err(other) => Err(other),
    }
}
