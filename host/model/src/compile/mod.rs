//! From a graph to a description that kernels pack: a chain of dense layers, or an ensemble of trees.

mod chain;
mod trees;

use kernels::{Layer, Output, QuantLayer, TreeSpec};

use crate::graph::Graph;

/// What a graph computes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Program {
    /// Dense layers in `f32`.
    Dense(Vec<Layer>, Output),
    /// Dense layers on 8-bit integers.
    Quantised(Vec<QuantLayer>, Output),
    /// Trees; whether a NaN in the row has a rule of its own that kernels do not know.
    Trees(TreeSpec, bool),
}

impl Program {
    /// Reads a graph; the error says what in it is not compiled.
    pub(crate) fn of(bytes: &[u8]) -> Result<Self, String> {
        Self::read(&Graph::parse(bytes)?)
    }

    /// As [`Self::of`], of a graph that is parsed.
    pub(crate) fn read(graph: &Graph) -> Result<Self, String> {
        let first = graph.consumer(&graph.input.0)?;
        match first.op_type.as_str() {
            "TreeEnsembleClassifier" | "TreeEnsembleRegressor" => {
                trees::read(graph, first).map_err(|why| format!("{}: {why}", first.label()))
            }
            _ => chain::read(graph),
        }
    }

    /// Columns of a row.
    pub(crate) fn inputs(&self) -> usize {
        match self {
            Self::Dense(layers, _) => layers.first().map_or(0, |l| l.inputs),
            Self::Quantised(layers, _) => layers.first().map_or(0, |l| l.inputs),
            Self::Trees(spec, _) => spec.columns,
        }
    }

    /// Outputs.
    pub(crate) fn outputs(&self) -> usize {
        match self {
            Self::Dense(layers, _) => layers.last().map_or(0, |l| l.bias.len()),
            Self::Quantised(layers, _) => layers.last().map_or(0, |l| l.bias.len()),
            Self::Trees(spec, _) => spec.targets,
        }
    }

    /// What it is, in a line.
    pub(crate) fn describe(&self) -> String {
        let sizes = |first: usize, rest: &mut dyn Iterator<Item = usize>| {
            rest.fold(first.to_string(), |text, n| format!("{text}-{n}"))
        };
        match self {
            Self::Dense(layers, _) => {
                format!(
                    "dense f32 {}",
                    sizes(self.inputs(), &mut layers.iter().map(|l| l.bias.len()))
                )
            }
            Self::Quantised(layers, _) => {
                format!(
                    "dense int8 {}",
                    sizes(self.inputs(), &mut layers.iter().map(|l| l.bias.len()))
                )
            }
            Self::Trees(spec, _) => format!(
                "{} trees of up to {} levels on {} columns",
                spec.trees.len(),
                spec.trees.iter().map(kernels::Tree::depth).max().unwrap_or(0),
                spec.columns
            ),
        }
    }
}
