//! A loaded ONNX graph with its input and output bound once.

use crate::{CLASSES, ModelError, Score, runtime::environment};
use ort::{
    session::{IoBinding, Session},
    value::{Outlet, Tensor, TensorElementType, ValueType},
};
use std::path::Path;

/// An ONNX graph from a row of features to class probabilities.
#[derive(Debug)]
pub struct OnnxModel {
    session: Session,
    binding: IoBinding,
    input: Tensor<f32>,
    output_name: String,
    features: usize,
}

impl OnnxModel {
    /// Loads `path` and checks that it maps `[1 or batch, features]` f32 to `[1 or batch, 3]` f32.
    ///
    /// # Errors
    /// [`ModelError`]: no runtime, no such file, not a graph, or other shapes.
    pub fn load(path: &Path, features: usize) -> Result<Self, ModelError> {
        let name = path.display().to_string();
        let load = |why: String| ModelError::Load {
            path: name.clone(),
            why,
        };
        if !path.is_file() {
            return Err(load("no such file".into()));
        }
        let environment = environment()?;
        let session = Session::builder(environment)
            .and_then(|b| Ok(b.with_intra_threads(1)?))
            .and_then(|mut b| b.commit_from_file(path))
            .map_err(|e| load(e.to_string()))?;
        check(&name, "input", session.inputs(), features)?;
        check(&name, "output", session.outputs(), CLASSES)?;
        let run = |e: ort::Error| ModelError::Run(e.to_string());
        let input = Tensor::from_array(([1usize, features], vec![0f32; features])).map_err(run)?;
        let output = Tensor::<f32>::new(session.allocator(), [1usize, CLASSES]).map_err(run)?;
        let input_name = session.inputs()[0].name().to_owned();
        let output_name = session.outputs()[0].name().to_owned();
        let mut binding = session.create_binding().map_err(run)?;
        binding.bind_input(input_name, &input).map_err(run)?;
        binding.bind_output(output_name.clone(), output).map_err(run)?;
        Ok(Self {
            session,
            binding,
            input,
            output_name,
            features,
        })
    }

    /// Features a row has.
    pub const fn features(&self) -> usize {
        self.features
    }

    /// Runs the model on one row.
    ///
    /// # Errors
    /// [`ModelError::Run`] when ONNX Runtime fails, [`ModelError::Shape`] for a row of another length.
    pub fn score(&mut self, row: &[f32]) -> Result<Score, ModelError> {
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
        match *p {
            [down, flat, up] => Ok(Score { down, flat, up }),
            _ => Err(ModelError::Run(format!(
                "{} outputs, expected {CLASSES}",
                p.len()
            ))),
        }
    }
}

fn check(path: &str, what: &str, outlets: &[Outlet], columns: usize) -> Result<(), ModelError> {
    let expected = format!("one f32 tensor [1, {columns}]");
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
        } => {
            let wide = i64::try_from(columns).unwrap_or(i64::MAX);
            if shape.len() == 2 && (shape[0] == 1 || shape[0] == -1) && shape[1] == wide {
                Ok(())
            } else {
                Err(wrong(format!("f32 {shape:?}")))
            }
        }
        other => Err(wrong(format!("{other:?}"))),
    }
}
