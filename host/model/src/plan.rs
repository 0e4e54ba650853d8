//! A compiled graph: a program packed for the CPU at hand.

use kernels::{Forest, Isa, KernelError, Mlp, QuantMlp, RankTable, SparseForest, TreeSpec};

use crate::ModelError;
use crate::compile::Program;

/// What kind of kernel a plan runs: bounds of the check differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Dense layers in `f32`.
    Dense,
    /// Dense layers on 8-bit integers.
    Quantised,
    /// Trees on ranks, in vectors.
    Ranked,
    /// Trees walked one by one.
    Walked,
}

impl Kind {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dense => "dense f32",
            Self::Quantised => "dense int8",
            Self::Ranked => "trees on ranks",
            Self::Walked => "trees, walked",
        }
    }
}

/// A packed program.
#[derive(Debug, Clone)]
pub struct Plan {
    kernel: Kernel,
    program: Program,
    /// A NaN in the row is refused: the kernel has no rule for it.
    gap: bool,
}

#[derive(Debug, Clone)]
enum Kernel {
    Dense(Mlp),
    Quantised(QuantMlp),
    Ranked {
        table: RankTable,
        forest: Forest,
        ranks: Vec<u8>,
    },
    Walked(SparseForest),
}

/// Vectors of dense `f32` layers: weights come no faster in wider ones on the CPUs measured, and the shorter ones
/// cost less to start.
pub(crate) fn dense_isa(widest: Isa) -> Isa {
    widest.min(Isa::Avx2)
}

/// Trees in vectors, or walked where they do not fit.
fn forest(spec: &TreeSpec, isa: Isa) -> Result<Kernel, KernelError> {
    let ranked = RankTable::new(spec.edges(), isa).and_then(|table| {
        Ok(Kernel::Ranked {
            forest: Forest::new(spec, &table, isa)?,
            ranks: vec![0; spec.columns],
            table,
        })
    });
    match ranked {
        Err(KernelError::TooLarge { .. }) => SparseForest::new(spec).map(Kernel::Walked),
        other => other,
    }
}

impl Plan {
    /// Compiles the bytes of an ONNX file; `name` is for messages.
    ///
    /// # Errors
    /// [`ModelError::Unsupported`] for graphs that are not compiled.
    pub fn compile(bytes: &[u8], name: &str, isa: Isa) -> Result<Self, ModelError> {
        let unsupported = |why: String| ModelError::Unsupported {
            path: name.to_owned(),
            why,
        };
        let program = Program::of(bytes).map_err(unsupported)?;
        Self::pack(program, isa).map_err(|e| unsupported(e.to_string()))
    }

    /// As [`Self::compile`], with each leaf and base value of trees rounded to a whole number of `unit`s, as the fabric keeps
    /// them: both then give the same sums.
    ///
    /// # Errors
    /// As there.
    pub fn snapped(bytes: &[u8], name: &str, isa: Isa, unit: f64) -> Result<Self, ModelError> {
        let unsupported = |why: String| ModelError::Unsupported {
            path: name.to_owned(),
            why,
        };
        #[allow(clippy::cast_possible_truncation, reason = "few bits by the choice of unit")]
        let snap = |value: &mut f32| *value = ((f64::from(*value) / unit).round_ties_even() * unit) as f32;
        let mut program = Program::of(bytes).map_err(unsupported)?;
        if let Program::Trees(spec, _) = &mut program {
            spec.base.iter_mut().for_each(snap);
            for node in spec.trees.iter_mut().flat_map(|t| &mut t.nodes) {
                if let kernels::Node::Leaf(values) = node {
                    values.iter_mut().for_each(|(_, value)| snap(value));
                }
            }
        }
        Self::pack(program, isa).map_err(|e| unsupported(e.to_string()))
    }

    pub(crate) fn pack(program: Program, isa: Isa) -> Result<Self, KernelError> {
        let (kernel, gap) = match &program {
            Program::Dense(layers, output) => {
                (Kernel::Dense(Mlp::new(layers, *output, dense_isa(isa))?), false)
            }
            Program::Quantised(layers, output) => {
                (Kernel::Quantised(QuantMlp::new(layers, *output, isa)?), false)
            }
            Program::Trees(spec, gap) => (forest(spec, isa)?, *gap),
        };
        Ok(Self { kernel, program, gap })
    }

    pub(crate) const fn program(&self) -> &Program {
        &self.program
    }

    /// What it runs on.
    pub const fn kind(&self) -> Kind {
        match &self.kernel {
            Kernel::Dense(_) => Kind::Dense,
            Kernel::Quantised(_) => Kind::Quantised,
            Kernel::Ranked { .. } => Kind::Ranked,
            Kernel::Walked(_) => Kind::Walked,
        }
    }

    /// The instructions it uses.
    pub const fn isa(&self) -> Isa {
        match &self.kernel {
            Kernel::Dense(k) => k.isa(),
            Kernel::Quantised(k) => k.isa(),
            Kernel::Ranked { forest, .. } => forest.isa(),
            Kernel::Walked(_) => Isa::Portable,
        }
    }

    /// What it computes, in a line.
    pub fn describe(&self) -> String {
        self.program.describe()
    }

    /// Columns of a row.
    pub fn inputs(&self) -> usize {
        self.program.inputs()
    }

    /// Outputs.
    pub fn outputs(&self) -> usize {
        self.program.outputs()
    }

    /// Bytes of packed weights, nodes and leaves.
    pub fn size_bytes(&self) -> usize {
        match &self.kernel {
            Kernel::Dense(k) => k.size_bytes(),
            Kernel::Quantised(k) => k.size_bytes(),
            Kernel::Ranked { forest, .. } => forest.size_bytes(),
            Kernel::Walked(k) => k.size_bytes(),
        }
    }

    /// The edges of each column, when it runs on ranks: a card that has them gives the ranks itself.
    pub const fn rank_table(&self) -> Option<&RankTable> {
        match &self.kernel {
            Kernel::Ranked { table, .. } => Some(table),
            _ => None,
        }
    }

    /// Evaluates a row of real values; allocates nothing.
    ///
    /// # Errors
    /// [`ModelError::NotANumber`], or [`ModelError::Run`] for other sizes.
    pub fn evaluate(&mut self, row: &[f32], out: &mut [f32]) -> Result<(), ModelError> {
        if self.gap && row.iter().fold(false, |nan, v| nan | v.is_nan()) {
            return Err(ModelError::NotANumber("a column of the row"));
        }
        match &mut self.kernel {
            Kernel::Dense(k) => k.evaluate(row, out)?,
            Kernel::Quantised(k) => k.evaluate(row, out)?,
            Kernel::Ranked { table, forest, ranks } => {
                table.rank(row, ranks)?;
                forest.evaluate(ranks, out)?;
            }
            Kernel::Walked(k) => k.evaluate(row, out)?,
        }
        Ok(())
    }

    /// Evaluates a row of ranks against [`Plan::rank_table`]; allocates nothing.
    ///
    /// # Errors
    /// As [`Plan::evaluate`], and [`ModelError::Run`] for a plan that does not run on ranks.
    pub fn evaluate_ranks(&mut self, ranks: &[u8], out: &mut [f32]) -> Result<(), ModelError> {
        match &mut self.kernel {
            Kernel::Ranked { forest, .. } => Ok(forest.evaluate(ranks, out)?),
            _ => Err(ModelError::Run("this model does not run on ranks".into())),
        }
    }
}
