//! The boards there are: a folder each in `bitstreams`, whose `board.toml` says what to ask of the tools.

use crate::Error;
use serde::{Deserialize, Serialize};

/// A board.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Board {
    /// Name on the command line.
    pub name: String,
    /// What it is.
    pub title: String,
    /// Part on it.
    pub part: String,
    /// Which tools make its bitstream.
    pub tools: Tools,
    /// Arguments of nextpnr that choose the part.
    #[serde(default)]
    pub nextpnr: Vec<String>,
    /// Family, as Quartus calls it.
    #[serde(default)]
    pub family: String,
    /// Size of the gateware that suits it.
    #[serde(default)]
    pub config: String,
    /// How an image gets into the flash, which `tickforge flash` reads by itself.
    #[serde(default, skip_serializing)]
    pub programmer: Elsewhere,
}

/// A part of the file that others read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Elsewhere;

impl<'de> Deserialize<'de> for Elsewhere {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        serde::de::IgnoredAny::deserialize(from).map(|_| Self)
    }
}

/// Which tools make a bitstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Tools {
    /// yosys, nextpnr, ecppack.
    TrellisEcp5,
    /// Vivado, which is the vendor's.
    Vivado,
    /// Quartus, which is the vendor's.
    Quartus,
}

/// A board and its pins, as built in.
#[derive(Debug, Clone)]
pub struct Kept {
    /// What `board.toml` says.
    pub board: Board,
    /// Constraints: pins of the shell.
    pub pins: &'static str,
}

const KEPT: &[(&str, &str, &str)] = &[
    (
        "ecp5-85",
        include_str!("../../../bitstreams/ecp5-85/board.toml"),
        include_str!("../../../bitstreams/ecp5-85/shell.lpf"),
    ),
    (
        "acorn-cle215",
        include_str!("../../../bitstreams/acorn-cle215/board.toml"),
        "",
    ),
    (
        "alveo-u50",
        include_str!("../../../bitstreams/alveo-u50/board.toml"),
        "",
    ),
    (
        "alveo-u55c",
        include_str!("../../../bitstreams/alveo-u55c/board.toml"),
        "",
    ),
    (
        "de5a-net",
        include_str!("../../../bitstreams/de5a-net/board.toml"),
        "",
    ),
];

/// The board of a name.
///
/// # Errors
/// [`Error::UnknownBoard`] with the names there are.
pub fn by_name(name: &str) -> Result<Kept, Error> {
    let (_, text, pins) =
        KEPT.iter()
            .find(|(known, _, _)| *known == name)
            .ok_or_else(|| Error::UnknownBoard {
                name: name.into(),
                known: KEPT
                    .iter()
                    .map(|(name, _, _)| *name)
                    .collect::<Vec<_>>()
                    .join(", "),
            })?;
    let board =
        toml::from_str(text).map_err(|error| Error::unreadable(format!("board.toml of {name}"), error))?;
    Ok(Kept { board, pins })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_board_is_whole_and_called_by_its_folder() {
        for (name, _, _) in KEPT {
            let kept = by_name(name).unwrap();
            assert_eq!(kept.board.name, *name);
            if kept.board.tools != Tools::TrellisEcp5 {
                // Built out of context: it has no pins, but a size and, for Quartus, a family.
                assert!(
                    gateware::emit::Size::by_name(&kept.board.config).is_some(),
                    "{name}"
                );
                assert_eq!(
                    kept.board.tools == Tools::Quartus,
                    !kept.board.family.is_empty(),
                    "{name}"
                );
                continue;
            }
            for pin in ["clock", "shift_in", "shift", "apply", "shift_out"] {
                assert!(
                    kept.pins.contains(&format!("LOCATE COMP \"{pin}\"")),
                    "{name}: {pin}"
                );
            }
        }
        let error = by_name("ecp5-9").unwrap_err().to_string();
        assert!(error.contains("ecp5-85"), "{error}");
    }
}
