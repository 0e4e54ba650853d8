//! Edges of the ranks of wide records, as a file gives them.

use std::path::Path;

use contract::wide::RANKED;
use twin::records::RecordTwin;
use twin::wide::Wide;

use crate::error::CliError;

/// Edges by rank; those of ranks that are not named stay as after a reset.
#[derive(Debug, Clone, Default)]
pub(crate) struct Edges {
    of: Vec<(usize, Vec<i16>)>,
}

impl Edges {
    /// Reads lines `NAME,EDGE,EDGE,...`: a ranked feature and up to 255 raw values, ascending.
    pub(crate) fn read(path: &Path) -> Result<Self, CliError> {
        let text = std::fs::read_to_string(path).map_err(|error| CliError::file(path, error))?;
        let mut of = Vec::new();
        // A twin says what it would refuse, before anything is printed.
        let mut check = Wide::new(0);
        for (number, line) in (1..).zip(text.lines()) {
            let wrong =
                |wrong: String| CliError::Input(format!("{}: line {number}: {wrong}", path.display()));
            let (rank, edges) = Self::line(line).map_err(wrong)?;
            if of.iter().any(|(known, _)| *known == rank) {
                return Err(wrong(format!("`{}` a second time", RANKED[rank])));
            }
            check
                .load_edges(rank, &edges)
                .map_err(|error| wrong(error.to_string()))?;
            of.push((rank, edges));
        }
        Ok(Self { of })
    }

    fn line(line: &str) -> Result<(usize, Vec<i16>), String> {
        let mut cells = line.split(',').map(str::trim);
        let name = cells.next().unwrap_or_default();
        let rank = RANKED.iter().position(|ranked| *ranked == name);
        let rank = rank.ok_or_else(|| format!("`{name}` is no ranked feature (docs/features.md)"))?;
        let edges = cells.map(|cell| {
            cell.parse()
                .map_err(|_| format!("`{cell}` is no integer of 16 bits"))
        });
        Ok((rank, edges.collect::<Result<_, _>>()?))
    }

    /// Loads all into a twin.
    pub(crate) fn load(&self, twin: &mut RecordTwin) -> Result<(), CliError> {
        for (rank, edges) in &self.of {
            twin.load_edges(*rank, edges)
                .map_err(|error| CliError::Input(format!("edges of {}: {error}", RANKED[*rank])))?;
        }
        Ok(())
    }
}
