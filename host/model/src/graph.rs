//! A graph as the compiler reads it: nodes, constants, and the shapes of its ends.

use std::collections::HashMap;

use prost::Message;

use crate::proto::{self, FLOAT, INT8, INT32, INT64, Node, Tensor, UINT8};

/// Constant numbers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Constant {
    /// Dimensions.
    pub(crate) shape: Vec<usize>,
    /// The numbers.
    pub(crate) data: Data,
}

/// Numbers of one type.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Data {
    /// `f32`.
    Float(Vec<f32>),
    /// `i8`, `u8` and `i32`, and whether they are `u8`.
    Int { values: Vec<i32>, unsigned: bool },
}

/// A parsed graph.
#[derive(Debug)]
pub(crate) struct Graph {
    pub(crate) nodes: Vec<Node>,
    constants: HashMap<String, Constant>,
    /// Name and columns of the input.
    pub(crate) input: (String, usize),
    /// Names of the outputs.
    pub(crate) outputs: Vec<String>,
    /// Version of the standard operators.
    pub(crate) opset: i64,
}

impl Graph {
    /// Parses a file.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let model = proto::Model::decode(bytes).map_err(|e| format!("not an ONNX file: {e}"))?;
        let graph = model.graph.ok_or("no graph in it")?;
        let mut constants = HashMap::new();
        for tensor in graph.initializer {
            let name = tensor.name.clone();
            // Types that no compiled operator takes are found missing where one asks for them.
            if let Some(constant) = constant(tensor)? {
                constants.insert(name, constant);
            }
        }
        let inputs: Vec<_> = graph
            .input
            .iter()
            .filter(|i| !constants.contains_key(&i.name))
            .collect();
        let [input] = inputs[..] else {
            return Err(format!("{} inputs; compiled graphs have one", inputs.len()));
        };
        let columns = columns(input).ok_or_else(|| format!("input {} is no [1, N] of f32", input.name))?;
        let standard = |d: &str| d.is_empty() || d == "ai.onnx";
        Ok(Self {
            nodes: graph.node,
            constants,
            input: (input.name.clone(), columns),
            outputs: graph.output.into_iter().map(|o| o.name).collect(),
            opset: model
                .opset_import
                .iter()
                .find(|o| standard(&o.domain))
                .map_or(0, |o| o.version),
        })
    }

    /// A constant.
    pub(crate) fn constant(&self, name: &str) -> Option<&Constant> {
        self.constants.get(name)
    }

    /// The node that makes a value.
    pub(crate) fn producer(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|n| n.output.iter().any(|o| o == name))
    }

    /// The one node that takes a value.
    pub(crate) fn consumer(&self, name: &str) -> Result<&Node, String> {
        let mut all = self.nodes.iter().filter(|n| n.input.iter().any(|i| i == name));
        match (all.next(), all.next()) {
            (Some(node), None) => Ok(node),
            (None, _) => Err(format!("nothing takes {name}")),
            _ => Err(format!("{name} is taken twice; compiled graphs are chains")),
        }
    }
}

/// Columns of a `[1 or batch, N]` of `f32`.
fn columns(input: &proto::ValueInfo) -> Option<usize> {
    let tensor = input.kind.as_ref()?.tensor.as_ref()?;
    let [rows, columns] = &tensor.shape.as_ref()?.dim[..] else {
        return None;
    };
    let one = rows.value.is_none_or(|v| v == 1 || v <= 0);
    let columns = usize::try_from(columns.value?).ok()?;
    (tensor.element == FLOAT && one).then_some(columns)
}

/// The numbers of a tensor; `None` for types that are not compiled.
fn constant(tensor: Tensor) -> Result<Option<Constant>, String> {
    if tensor.data_location != 0 {
        return Err(format!("{} is kept in another file", tensor.name));
    }
    let shape = tensor
        .dims
        .iter()
        .map(|d| usize::try_from(*d).unwrap_or(0))
        .collect::<Vec<_>>();
    let raw = &tensor.raw_data;
    fn words<const N: usize>(raw: &[u8]) -> impl Iterator<Item = [u8; N]> + '_ {
        raw.chunks_exact(N).map(|c| c.try_into().expect("a chunk of N"))
    }
    let data = match tensor.data_type {
        FLOAT if raw.is_empty() => Data::Float(tensor.float_data),
        FLOAT => Data::Float(words(raw).map(f32::from_le_bytes).collect()),
        UINT8 | INT8 | INT32 => {
            let values = match (tensor.data_type, raw.is_empty()) {
                (_, true) => tensor.int32_data,
                (UINT8, _) => raw.iter().map(|b| i32::from(*b)).collect(),
                (INT8, _) => raw.iter().map(|b| i32::from(b.cast_signed())).collect(),
                _ => words(raw).map(i32::from_le_bytes).collect(),
            };
            Data::Int {
                values,
                unsigned: tensor.data_type == UINT8,
            }
        }
        INT64 => return Ok(None),
        _ => return Ok(None),
    };
    let count = match &data {
        Data::Float(v) => v.len(),
        Data::Int { values, .. } => values.len(),
    };
    let expected = shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d));
    if expected != Some(count) {
        return Err(format!(
            "{} has {count} numbers for the shape {shape:?}",
            tensor.name
        ));
    }
    Ok(Some(Constant { shape, data }))
}
