//! Chains of Gemm or MatMul and Add, activations, Softmax; in QDQ form also QuantizeLinear and DequantizeLinear.

use kernels::{Activation, Codes, Layer, Output, QuantLayer};

use super::Program;
use crate::graph::{Data, Graph};
use crate::proto::Node;

/// Weights of a layer, transposed: a row of inputs an output.
#[derive(Debug)]
enum Weights {
    Float(Vec<f32>),
    Int { values: Vec<i8>, scale: Vec<f32> },
}

/// A layer in the making.
#[derive(Debug)]
struct Stage {
    codes: Option<Codes>,
    inputs: usize,
    outputs: usize,
    weights: Weights,
    bias: Vec<i32>,
    offset: Vec<f32>,
    activation: Activation,
}

/// What has been read so far.
#[derive(Debug, Default)]
struct Chain {
    stages: Vec<Stage>,
    /// How the current value is coded, once it has been quantised.
    codes: Option<Codes>,
    softmax: bool,
}

/// A constant, or one behind a DequantizeLinear.
enum Value<'a> {
    Float(&'a [usize], &'a [f32]),
    Int {
        shape: &'a [usize],
        values: &'a [i32],
        scale: &'a [f32],
        axis: i64,
    },
}

/// Reads a graph.
pub(super) fn read(graph: &Graph) -> Result<Program, String> {
    let [output] = &graph.outputs[..] else {
        return Err(format!("{} outputs; a chain has one", graph.outputs.len()));
    };
    let (mut current, columns) = (graph.input.0.as_str(), graph.input.1);
    let mut chain = Chain::default();
    // A graph of as many steps as it has nodes has no cycle.
    for _ in 0..graph.nodes.len() {
        if current == output {
            break;
        }
        let node = graph.consumer(current)?;
        let named = |why: String| format!("{}: {why}", node.label());
        chain.take(graph, node, current).map_err(named)?;
        current = node.output.first().map_or("", String::as_str);
    }
    if current != output {
        return Err(format!("the chain ends at {current}, not at the output {output}"));
    }
    chain.finish(columns)
}

impl Chain {
    fn take(&mut self, graph: &Graph, node: &Node, current: &str) -> Result<(), String> {
        if self.softmax && node.op_type != "Identity" {
            return Err(format!("{} behind a Softmax", node.op_type));
        }
        match node.op_type.as_str() {
            "Identity" => Ok(()),
            "Gemm" | "MatMul" => self.linear(graph, node, current),
            "Add" => self.add(graph, node, current),
            "Relu" => self.activate(Activation::Relu),
            "LeakyRelu" => self.activate(Activation::LeakyRelu(node.float("alpha", 0.01))),
            "Tanh" => self.activate(Activation::Tanh),
            "Sigmoid" => self.activate(Activation::Sigmoid),
            "Softmax" => {
                let default = if graph.opset < 13 { 1 } else { -1 };
                self.softmax = true;
                let last = self.stages.last().ok_or("a Softmax before any layer")?;
                if !matches!(node.int("axis", default), 1 | -1) || last.activation != Activation::Identity {
                    return Err("a Softmax over another axis, or of activated values".into());
                }
                Ok(())
            }
            "QuantizeLinear" => {
                if self.codes.is_some() {
                    return Err("quantised twice".into());
                }
                self.codes = Some(codes(graph, node)?);
                Ok(())
            }
            "DequantizeLinear" if self.codes == Some(codes(graph, node)?) => Ok(()),
            other => Err(format!("{other} is not compiled")),
        }
    }

    fn linear(&mut self, graph: &Graph, node: &Node, current: &str) -> Result<(), String> {
        let gemm = node.op_type == "Gemm";
        if node.input.first().map(String::as_str) != Some(current) {
            return Err(format!("{} has the row on its right", node.op_type));
        }
        let one = |name| node.float(name, 1.0) == 1.0;
        if gemm && (node.int("transA", 0) != 0 || !one("alpha") || !one("beta")) {
            return Err("a Gemm with transA, alpha or beta".into());
        }
        let transposed = gemm && node.int("transB", 0) != 0;
        let codes = self.codes.take();
        let (weights, inputs, outputs) = weights(graph, node.input.get(1), transposed)?;
        let mut stage = Stage {
            codes,
            inputs,
            outputs,
            weights,
            bias: vec![0; outputs],
            offset: vec![0.0; outputs],
            activation: Activation::Identity,
        };
        if let Some(bias) = node.input.get(2).filter(|name| !name.is_empty()) {
            stage.add(&value(graph, bias)?)?;
        }
        self.stages.push(stage);
        Ok(())
    }

    fn add(&mut self, graph: &Graph, node: &Node, current: &str) -> Result<(), String> {
        let other = node
            .input
            .iter()
            .find(|i| *i != current)
            .ok_or("an Add of a value to itself")?;
        let stage = self.stages.last_mut().ok_or("an Add before any layer")?;
        if self.codes.is_some() || stage.activation != Activation::Identity {
            return Err("an Add that is no bias".into());
        }
        stage.add(&value(graph, other)?)
    }

    fn activate(&mut self, activation: Activation) -> Result<(), String> {
        let stage = self.stages.last_mut().ok_or("an activation before any layer")?;
        if self.codes.is_some() || stage.activation != Activation::Identity {
            return Err("an activation that does not follow a layer".into());
        }
        stage.activation = activation;
        Ok(())
    }

    fn finish(self, columns: usize) -> Result<Program, String> {
        if self.codes.is_some() {
            return Err("the output is quantised".into());
        }
        let first = self.stages.first().ok_or("no layer in it")?;
        if first.inputs != columns {
            return Err(format!(
                "the first layer takes {} columns of {columns}",
                first.inputs
            ));
        }
        let output = if self.softmax {
            Output::Softmax
        } else {
            Output::Plain
        };
        let coded = self.stages.iter().filter(|s| s.codes.is_some()).count();
        let whole = |s: &Stage| matches!(s.weights, Weights::Int { .. });
        let int = self.stages.iter().filter(|s| whole(s)).count();
        if coded == 0 && int == 0 {
            let layers = self.stages.into_iter().map(Stage::dense).collect();
            return Ok(Program::Dense(layers, output));
        }
        if coded == self.stages.len() && int == coded {
            let layers = self.stages.into_iter().filter_map(Stage::quantised).collect();
            return Ok(Program::Quantised(layers, output));
        }
        Err("some layers are quantised and some are not".into())
    }
}

impl Stage {
    fn add(&mut self, value: &Value<'_>) -> Result<(), String> {
        match value {
            Value::Float(_, numbers) => {
                for (o, to) in self.offset.iter_mut().enumerate() {
                    *to += one_or_each(numbers, o, self.outputs).ok_or("a bias of another size")?;
                }
            }
            Value::Int { values, scale, .. } => {
                for o in 0..self.outputs {
                    let steps = one_or_each(values, o, self.outputs).ok_or("a bias of another size")?;
                    let unit = one_or_each(scale, o, self.outputs).ok_or("scales of another size")?;
                    match self.step(o) {
                        // In steps of the sum it is added exactly.
                        Some(step) if (unit / step - 1.0).abs() < 1e-6 => self.bias[o] += steps,
                        _ => self.offset[o] += steps as f32 * unit,
                    }
                }
            }
        }
        Ok(())
    }

    /// What one step of an output's sum is worth.
    fn step(&self, output: usize) -> Option<f32> {
        match (&self.weights, self.codes) {
            (Weights::Int { scale, .. }, Some(codes)) => Some(codes.scale * scale[output]),
            _ => None,
        }
    }

    fn dense(self) -> Layer {
        let Weights::Float(weights) = self.weights else {
            unreachable!("asked for only where all weights are real")
        };
        Layer {
            inputs: self.inputs,
            weights,
            bias: self.offset,
            activation: self.activation,
        }
    }

    fn quantised(self) -> Option<QuantLayer> {
        let (Weights::Int { values, scale }, Some(codes)) = (self.weights, self.codes) else {
            return None;
        };
        Some(QuantLayer {
            inputs: self.inputs,
            codes,
            weights: values,
            weight_scale: scale,
            bias: self.bias,
            offset: self.offset,
            activation: self.activation,
        })
    }
}

/// The number of output `at`, of one for all or one each.
fn one_or_each<T: Copy>(numbers: &[T], at: usize, count: usize) -> Option<T> {
    match numbers {
        [one] => Some(*one),
        each if each.len() == count => Some(each[at]),
        _ => None,
    }
}

/// Scale and zero point of a QuantizeLinear or DequantizeLinear of the row.
fn codes(graph: &Graph, node: &Node) -> Result<Codes, String> {
    let name = |at: usize| node.input.get(at).map_or("", String::as_str);
    let scale = graph.constant(name(1)).map(|c| &c.data);
    let Some(Data::Float(scale)) = scale else {
        return Err("a scale that is no constant".into());
    };
    let [scale] = scale[..] else {
        return Err("a row with a scale a column".into());
    };
    let zero = match graph.constant(name(2)).map(|c| &c.data) {
        // u8 is what it means when it is left out.
        None if name(2).is_empty() => 0,
        Some(Data::Int { values, unsigned }) if values.len() == 1 => {
            values[0] + if *unsigned { 0 } else { 128 }
        }
        _ => return Err("a zero point that is no constant".into()),
    };
    let zero = u8::try_from(zero).map_err(|_| "a row that is not quantised to 8 bits")?;
    Ok(Codes { scale, zero })
}

/// A constant, directly or behind a DequantizeLinear.
fn value<'a>(graph: &'a Graph, name: &str) -> Result<Value<'a>, String> {
    if let Some(constant) = graph.constant(name)
        && let Data::Float(numbers) = &constant.data
    {
        return Ok(Value::Float(&constant.shape, numbers));
    }
    let missing = || format!("{name} is no constant of a type that is compiled");
    let node = graph
        .producer(name)
        .filter(|n| n.op_type == "DequantizeLinear")
        .ok_or_else(missing)?;
    let input = |at: usize| node.input.get(at).and_then(|name| graph.constant(name));
    let (Some(steps), Some(scale)) = (input(0), input(1)) else {
        return Err(missing());
    };
    let (
        Data::Int {
            values,
            unsigned: false,
        },
        Data::Float(scale),
    ) = (&steps.data, &scale.data)
    else {
        return Err(format!("{name}: weights must be signed"));
    };
    if let Some(zero) = input(2)
        && !matches!(&zero.data, Data::Int { values, .. } if values.iter().all(|z| *z == 0))
    {
        return Err(format!("{name}: weights must have the zero point 0"));
    }
    Ok(Value::Int {
        shape: &steps.shape,
        values,
        scale,
        axis: node.int("axis", 1),
    })
}

/// Weights, inputs and outputs of a layer.
fn weights(
    graph: &Graph,
    name: Option<&String>,
    transposed: bool,
) -> Result<(Weights, usize, usize), String> {
    let value = value(graph, name.map_or("", String::as_str))?;
    let shape = match &value {
        Value::Float(shape, _) | Value::Int { shape, .. } => *shape,
    };
    let (inputs, outputs) = match *shape {
        [outputs, inputs] if transposed => (inputs, outputs),
        [inputs, outputs] => (inputs, outputs),
        _ => return Err("weights that are no matrix".into()),
    };
    let at = |o: usize, i: usize| {
        if transposed {
            o * inputs + i
        } else {
            i * outputs + o
        }
    };
    let order = (0..outputs).flat_map(|o| (0..inputs).map(move |i| (o, i)));
    let weights = match value {
        Value::Float(_, numbers) => Weights::Float(order.map(|(o, i)| numbers[at(o, i)]).collect()),
        Value::Int {
            values, scale, axis, ..
        } => {
            let channel = i64::from(!transposed);
            if scale.len() > 1 && axis != channel && axis != channel - 2 {
                return Err("weights with scales along their inputs".into());
            }
            let scale = (0..outputs)
                .map(|o| one_or_each(scale, o, outputs))
                .collect::<Option<_>>();
            let byte = |(o, i)| i8::try_from(values[at(o, i)]);
            Weights::Int {
                values: order
                    .map(byte)
                    .collect::<Result<_, _>>()
                    .map_err(|_| "weights that are not 8 bits wide")?,
                scale: scale.ok_or("weights with scales of another count")?,
            }
        }
    };
    Ok((weights, inputs, outputs))
}
