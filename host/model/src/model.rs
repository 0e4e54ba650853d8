//! A model of three classes, by whatever runs it.

use std::fs;
use std::path::Path;

use kernels::Isa;

use crate::check::{self, Agreement};
use crate::{CLASSES, Ensemble, ModelError, OnnxModel, Plan, Score};

schema::choice! {
    /// What runs a model.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
    pub enum Backend {
        /// Kernels where the graph can be compiled, else ONNX Runtime.
        #[default]
        Auto = "auto",
        /// Kernels; other graphs are refused.
        Compiled = "compiled",
        /// ONNX Runtime.
        Ort = "ort",
    }
}

/// A loaded model.
#[derive(Debug)]
pub struct Model {
    runner: Runner,
    agreement: Option<Agreement>,
}

#[derive(Debug)]
enum Runner {
    Ort(Box<OnnxModel>),
    Compiled(Box<Plan>),
    Ensemble(Box<Ensemble>),
}

/// A plan for a file, checked against ONNX Runtime.
pub(crate) fn checked(path: &Path, peer: &mut OnnxModel) -> Result<(Plan, Agreement), ModelError> {
    let bytes = fs::read(path).map_err(|e| ModelError::Load {
        path: path.display().to_string(),
        why: e.to_string(),
    })?;
    let mut plan = Plan::compile(&bytes, &path.display().to_string(), Isa::widest())?;
    let agreement = check::compare(&mut plan, peer, check::ROWS, 1)?;
    Ok((plan, agreement))
}

impl Model {
    /// Loads an ONNX file, or a `.toml` that names an ensemble of them, for rows of `features`.
    ///
    /// # Errors
    /// [`ModelError`]: no runtime, no such file, another shape; with [`Backend::Compiled`] a graph that is not
    /// compiled; with that or [`Backend::Auto`] one that differs from ONNX Runtime.
    pub fn load(path: &Path, features: usize, backend: Backend) -> Result<Self, ModelError> {
        if path.extension().is_some_and(|e| e == "toml") {
            let ensemble = Ensemble::load(path, backend)?;
            ensemble.fits(path, features, CLASSES)?;
            return Ok(Self {
                agreement: ensemble.agreement(),
                runner: Runner::Ensemble(Box::new(ensemble)),
            });
        }
        let mut peer = OnnxModel::load(path, features)?;
        let compiled = match backend {
            Backend::Ort => None,
            Backend::Compiled => Some(checked(path, &mut peer)?),
            Backend::Auto => match checked(path, &mut peer) {
                Ok(compiled) => Some(compiled),
                Err(ModelError::Unsupported { .. }) => None,
                Err(other) => return Err(other),
            },
        };
        Ok(match compiled {
            Some((plan, agreement)) => Self {
                runner: Runner::Compiled(Box::new(plan)),
                agreement: Some(agreement),
            },
            None => Self {
                runner: Runner::Ort(Box::new(peer)),
                agreement: None,
            },
        })
    }

    /// What runs it: `ort`, or the kernel and its instructions.
    pub fn runs_on(&self) -> String {
        match &self.runner {
            Runner::Ort(_) => "ort".to_owned(),
            Runner::Compiled(plan) => format!("compiled: {} on {}", plan.describe(), plan.isa().name()),
            Runner::Ensemble(ensemble) => ensemble.describe(),
        }
    }

    /// What the check at load found, when there was one.
    pub const fn agreement(&self) -> Option<Agreement> {
        self.agreement
    }

    /// Scores a row; a compiled model allocates nothing.
    ///
    /// # Errors
    /// [`ModelError::NotANumber`], on which no order may rest; [`ModelError::Run`] for a row of another size or a
    /// failure of ONNX Runtime.
    pub fn score(&mut self, row: &[f32]) -> Result<Score, ModelError> {
        let mut out = [0f32; CLASSES];
        match &mut self.runner {
            Runner::Ort(model) => model.run(row, &mut out)?,
            Runner::Compiled(plan) => plan.evaluate(row, &mut out)?,
            Runner::Ensemble(ensemble) => ensemble.evaluate(row, &mut out)?,
        }
        let [down, flat, up] = out;
        if out.iter().any(|v| v.is_nan()) {
            return Err(ModelError::NotANumber("an output"));
        }
        Ok(Score { down, flat, up })
    }
}
