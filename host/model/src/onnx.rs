//! A loaded ONNX graph with its input and output bound once.

use crate::{CLASSES, ModelError, Score, runtime::environment};
use ort::{
    session::{IoBinding, Session, builder::SessionBuilder},
    value::{Outlet, Tensor, TensorElementType, ValueType},
};
use std::path::Path;

/// An ONNX graph from a row of features to outputs, in ONNX Runtime.
#[derive(Debug)]
pub struct OnnxModel {
    name: String,
    session: Session,
    binding: IoBinding,
    input: Tensor<f32>,
    output_name: String,
    features: usize,
    outputs: usize,
}

impl OnnxModel {
    /// Loads `path` and checks that it maps `[1 or batch, features]` f32 to `[1 or batch, 3]` f32.
    ///
    /// # Errors
    /// [`ModelError`]: no runtime, no such file, not a graph, or other shapes.
    pub fn load(path: &Path, features: usize) -> Result<Self, ModelError> {
        Self::from_file(path, Some((features, CLASSES)))
    }

    /// Loads `path`, whatever the size of its row and outputs.
    ///
    /// # Errors
    /// As [`OnnxModel::load`].
    pub fn open(path: &Path) -> Result<Self, ModelError> {
        Self::from_file(path, None)
    }

    /// Loads the bytes of a file, whatever the size of its row and outputs; `name` is for messages.
    ///
    /// # Errors
    /// As [`OnnxModel::load`].
    pub fn from_bytes(bytes: &[u8], name: &str) -> Result<Self, ModelError> {
        Self::bind(name.to_owned(), None, |builder| builder.commit_from_memory(bytes))
    }

    fn from_file(path: &Path, expected: Option<(usize, usize)>) -> Result<Self, ModelError> {
        let name = path.display().to_string();
        if !path.is_file() {
            return Err(ModelError::Load {
                path: name,
                why: "no such file".into(),
            });
        }
        Self::bind(name, expected, |builder| builder.commit_from_file(path))
    }

    fn bind(
        name: String,
        expected: Option<(usize, usize)>,
        commit: impl FnOnce(&mut SessionBuilder) -> ort::Result<Session>,
    ) -> Result<Self, ModelError> {
        let load = |why: String| ModelError::Load {
            path: name.clone(),
            why,
        };
        let session = Session::builder(environment()?)
            .and_then(|b| Ok(b.with_intra_threads(1)?))
            .and_then(|mut b| commit(&mut b))
            .map_err(|e| load(e.to_string()))?;
        let inputs: Vec<_> = session.inputs().iter().collect();
        let (input_name, features) = the_one(&name, "input", &inputs, expected.map(|e| e.0))?;
        let mut outlets: Vec<_> = session.outputs().iter().collect();
        // Classifiers give a label beside their scores, of another type.
        if outlets.iter().any(|o| is_real(o)) {
            outlets.retain(|o| is_real(o));
        }
        let (output_name, outputs) = the_one(&name, "output", &outlets, expected.map(|e| e.1))?;
        let run = |e: ort::Error| ModelError::Run(e.to_string());
        let input = Tensor::from_array(([1usize, features], vec![0f32; features])).map_err(run)?;
        let output = Tensor::<f32>::new(session.allocator(), [1usize, outputs]).map_err(run)?;
        let mut binding = session.create_binding().map_err(run)?;
        binding.bind_input(input_name, &input).map_err(run)?;
        binding.bind_output(output_name.clone(), output).map_err(run)?;
        Ok(Self {
            name,
            session,
            binding,
            input,
            output_name,
            features,
            outputs,
        })
    }

    /// The file.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Features a row has.
    pub const fn features(&self) -> usize {
        self.features
    }

    /// Outputs.
    pub const fn outputs(&self) -> usize {
        self.outputs
    }

    /// Runs the model on one row.
    ///
    /// # Errors
    /// [`ModelError::Run`] when ONNX Runtime fails, or for a row or an output of another length.
    pub fn run(&mut self, row: &[f32], out: &mut [f32]) -> Result<(), ModelError> {
        let run = |e: ort::Error| ModelError::Run(e.to_string());
        let (_, data) = self.input.extract_tensor_mut();
        if row.len() != data.len() {
            return Err(ModelError::Run(format!(
                "row of {} features, the model takes {}",
                row.len(),
                data.len()
            )));
        }
        data.copy_from_slice(row);
        let outputs = self.session.run_binding(&self.binding).map_err(run)?;
        let value = &outputs[self.output_name.as_str()];
        let (_, p) = value.try_extract_tensor::<f32>().map_err(run)?;
        if p.len() != out.len() {
            return Err(ModelError::Run(format!(
                "{} outputs, expected {}",
                p.len(),
                out.len()
            )));
        }
        out.copy_from_slice(p);
        Ok(())
    }

    /// Class probabilities of one row.
    ///
    /// # Errors
    /// As [`OnnxModel::run`].
    pub fn score(&mut self, row: &[f32]) -> Result<Score, ModelError> {
        let mut out = [0f32; CLASSES];
        self.run(row, &mut out)?;
        let [down, flat, up] = out;
        Ok(Score { down, flat, up })
    }
}

fn is_real(outlet: &Outlet) -> bool {
    let real = TensorElementType::Float32;
    matches!(outlet.dtype(), ValueType::Tensor { ty, .. } if *ty == real)
}

/// Name and columns of the only input or output.
fn the_one(
    path: &str,
    what: &str,
    outlets: &[&Outlet],
    columns: Option<usize>,
) -> Result<(String, usize), ModelError> {
    let expected = columns.map_or("one f32 tensor [1, N]".to_owned(), |n| {
        format!("one f32 tensor [1, {n}]")
    });
    let wrong = |found: String| ModelError::Shape {
        path: path.to_owned(),
        what: what.to_owned(),
        found,
        expected: expected.clone(),
    };
    let [outlet] = outlets else {
        return Err(wrong(format!("{} tensors", outlets.len())));
    };
    match outlet.dtype() {
        ValueType::Tensor {
            ty: TensorElementType::Float32,
            shape,
            ..
        } => match (shape.len(), shape.first(), shape.get(1)) {
            (2, Some(1 | -1), Some(n)) if *n > 0 => {
                let found = usize::try_from(*n).unwrap_or(0);
                if columns.is_some_and(|c| c != found) {
                    return Err(wrong(format!("f32 {shape:?}")));
                }
                Ok((outlet.name().to_owned(), found))
            }
            _ => Err(wrong(format!("f32 {shape:?}"))),
        },
        other => Err(wrong(format!("{other:?}"))),
    }
}
