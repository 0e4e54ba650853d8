//! Dense layers on 8-bit codes: the golden model.
//!
//! A layer's sum is `Σ weight × code + bias`, exact. A hidden layer's sum becomes the next one's code: multiplied by a
//! constant with 20 bits of fraction, rounded half to even as ONNX's QuantizeLinear, moved by the zero point and held to
//! `floor..=255`. The last layer's sums are the scores.

use crate::{COLUMNS_MAX, FabricError, OUTPUTS_MAX, sized, within};

/// Bits of fraction of a multiplier.
pub const MULTIPLIER_FRACTION: u32 = 20;
/// Largest multiplier: 17 bits, which a DSP block takes beside its sign.
pub const MULTIPLIER_MAX: u32 = (1 << 17) - 1;

/// How sums become codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requant {
    /// One a sum, in units of `2^-MULTIPLIER_FRACTION` codes a step.
    pub multipliers: Vec<u32>,
    /// The code of 0.
    pub zero: u8,
    /// Lowest code: `zero` behind a ReLU, 0 without one.
    pub floor: u8,
}

/// One layer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// Inputs.
    pub inputs: usize,
    /// One row of `inputs` weights an output.
    pub weights: Vec<i8>,
    /// Added to each sum; has the share of the inputs' zero point in it.
    pub bias: Vec<i32>,
    /// How its sums become codes; `None` for the last layer alone.
    pub requant: Option<Requant>,
}

/// A network.
#[derive(Debug, Clone, PartialEq)]
pub struct Net {
    layers: Vec<Layer>,
    units: Vec<f64>,
}

impl Layer {
    /// Outputs.
    pub fn outputs(&self) -> usize {
        self.bias.len()
    }

    /// The weights of an output.
    pub fn row(&self, output: usize) -> &[i8] {
        &self.weights[output * self.inputs..][..self.inputs]
    }

    /// The sum of an output.
    fn sum(&self, output: usize, codes: &[u8]) -> i64 {
        let products = self.row(output).iter().zip(codes);
        let sum: i64 = products.map(|(w, c)| i64::from(*w) * i64::from(*c)).sum();
        sum + i64::from(self.bias[output])
    }

    fn check(&self, at: usize, before: Option<usize>, last: bool) -> Result<(), FabricError> {
        let name = |what: &str| format!("layer {at}: {what}");
        within(name("inputs"), self.inputs, 1, COLUMNS_MAX)?;
        within(name("outputs"), self.outputs(), 1, COLUMNS_MAX)?;
        sized(name("weights"), self.weights.len(), self.inputs * self.outputs())?;
        if let Some(before) = before {
            sized(name("inputs"), self.inputs, before)?;
        }
        // With as many inputs as are allowed products stay below 2^25.
        for bias in &self.bias {
            let found = i64::from(*bias);
            if found.abs() > 1 << 30 {
                return Err(FabricError::Range {
                    what: name("a bias"),
                    found,
                    low: -(1 << 30),
                    high: 1 << 30,
                });
            }
        }
        match &self.requant {
            None if last => Ok(()),
            Some(requant) if !last => {
                sized(name("multipliers"), requant.multipliers.len(), self.outputs())?;
                let largest = MULTIPLIER_MAX as usize;
                requant
                    .multipliers
                    .iter()
                    .try_for_each(|m| within(name("a multiplier"), *m as usize, 1, largest))
            }
            _ => Err(FabricError::Shape {
                what: name("multipliers"),
                found: usize::from(last),
                expected: usize::from(!last),
            }),
        }
    }
}

/// A sum in the next layer's codes.
pub(crate) fn code(sum: i64, multiplier: u32, requant: &Requant) -> u8 {
    let one = 1i64 << MULTIPLIER_FRACTION;
    let scaled = sum * i64::from(multiplier);
    let (mut whole, rest) = (scaled.div_euclid(one), scaled.rem_euclid(one));
    if rest * 2 > one || (rest * 2 == one && whole % 2 != 0) {
        whole += 1;
    }
    let held = (whole + i64::from(requant.zero)).clamp(i64::from(requant.floor), 255);
    u8::try_from(held).unwrap_or(u8::MAX)
}

impl Net {
    /// A network of these layers; `units` is what one step of each score is worth.
    ///
    /// # Errors
    /// [`FabricError`] for sizes that do not fit, biases and multipliers out of range.
    pub fn new(layers: Vec<Layer>, units: Vec<f64>) -> Result<Self, FabricError> {
        within("layers", layers.len(), 1, 16)?;
        let mut before = None;
        for (at, layer) in layers.iter().enumerate() {
            layer.check(at, before, at + 1 == layers.len())?;
            before = Some(layer.outputs());
        }
        within("outputs", before.unwrap_or(0), 1, OUTPUTS_MAX)?;
        sized("units", units.len(), before.unwrap_or(0))?;
        Ok(Self { layers, units })
    }

    /// Its layers.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// Columns of a row.
    pub fn columns(&self) -> usize {
        self.layers[0].inputs
    }

    /// Scores.
    pub fn outputs(&self) -> usize {
        self.units.len()
    }

    /// What one step of each score is worth.
    pub fn units(&self) -> &[f64] {
        &self.units
    }

    /// The scores of a row of codes.
    ///
    /// # Panics
    /// When the row has another size.
    pub fn evaluate(&self, row: &[u8]) -> Vec<i32> {
        assert_eq!(row.len(), self.columns(), "codes of a row");
        let mut codes = row.to_vec();
        for layer in &self.layers {
            let sums = (0..layer.outputs()).map(|o| layer.sum(o, &codes));
            match &layer.requant {
                Some(requant) => {
                    let coded = sums.zip(&requant.multipliers).map(|(s, m)| code(s, *m, requant));
                    codes = coded.collect();
                }
                None => return sums.map(|s| i32::try_from(s).unwrap_or(i32::MAX)).collect(),
            }
        }
        unreachable!("the last layer has no multipliers: `new` has checked it")
    }

    /// Its sizes.
    pub fn describe(&self) -> String {
        let rest = self.layers.iter().map(|l| format!("-{}", l.outputs()));
        format!("dense int8 {}{}", self.columns(), rest.collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_to_the_even_code_and_the_ends_hold() {
        let requant = |zero, floor| Requant {
            multipliers: vec![],
            zero,
            floor,
        };
        let half = 1 << (MULTIPLIER_FRACTION - 1);
        let of = |sum, zero, floor| code(sum, half, &requant(zero, floor));
        assert_eq!(
            [1, 3, 5, 7, 510, 511, 9_000].map(|s| of(s, 0, 0)),
            [0, 2, 2, 4, 255, 255, 255]
        );
        assert_eq!(
            [-1, -3, -255, -257, -300].map(|s| of(s, 128, 0)),
            [128, 126, 0, 0, 0]
        );
        assert_eq!(
            [-3, -1, 1, 3, 251, 253].map(|s| of(s, 129, 129)),
            [129, 129, 129, 131, 255, 255]
        );
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let layer = |inputs, outputs: usize, requant| Layer {
            inputs,
            weights: vec![1; inputs * outputs],
            bias: vec![0; outputs],
            requant,
        };
        let hidden = |m| {
            Some(Requant {
                multipliers: vec![m; 2],
                zero: 0,
                floor: 0,
            })
        };
        let net = |layers| Net::new(layers, vec![1.0]).map(|n| n.describe());
        assert_eq!(
            net(vec![layer(3, 2, hidden(1)), layer(2, 1, None)]),
            Ok("dense int8 3-2-1".into())
        );
        for bad in [
            vec![],
            vec![layer(3, 2, hidden(1))],
            vec![layer(3, 2, None), layer(2, 1, None)],
            vec![layer(3, 2, hidden(0)), layer(2, 1, None)],
            vec![layer(3, 2, hidden(MULTIPLIER_MAX + 1)), layer(2, 1, None)],
            vec![layer(3, 2, hidden(1)), layer(3, 1, None)],
            vec![Layer {
                bias: vec![(1 << 30) + 1],
                ..layer(3, 1, None)
            }],
        ] {
            assert!(net(bad).is_err());
        }
    }
}
