//! What pipelines take on a device, found earlier by yosys: a table in the repository that counts for exactly the Verilog it names.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use gateware::emit::sha256;

use super::model_fabric::Resources;
use crate::error::CliError;

/// The table that is built in.
const RECORDED: &str = include_str!("../../../../../hdl/timing/xcup-models.csv");
const HEAD: &str = "pipeline,key,lut,ff,carry,dsp,bram18";
/// Shapes the figures beside the Verilog: part of the key.
const RECIPE: &str = "yosys synth_xilinx -family xcup -noiopad";

/// Resources by pipeline.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Table(BTreeMap<String, (String, Resources)>);

/// Of the text and the recipe; what the module is called makes no difference.
fn key(name: &str, verilog: &str) -> String {
    sha256(&format!("{RECIPE}\n{}", verilog.replace(name, "pipeline")))
}

impl Table {
    /// Reads a table, or the one that is built in.
    pub(crate) fn read(path: Option<&Path>) -> Result<Self, CliError> {
        let Some(path) = path else {
            return Self::parse(RECORDED)
                .map_err(|what| CliError::Check(format!("the built-in resources: {what}")));
        };
        let text = fs::read_to_string(path).map_err(|e| CliError::file(path, e))?;
        Self::parse(&text).map_err(|what| CliError::Input(format!("{}: {what}", path.display())))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut lines = text.lines();
        if lines.next() != Some(HEAD) {
            return Err(format!("line 1 is not `{HEAD}`"));
        }
        let mut table = BTreeMap::new();
        for (at, line) in lines.enumerate() {
            let wrong = || format!("line {}: `{line}` is not `{HEAD}`", at + 2);
            let [name, key, numbers @ ..] = &line.split(',').collect::<Vec<_>>()[..] else {
                return Err(wrong());
            };
            let numbers: Vec<u32> = numbers
                .iter()
                .map(|n| n.parse())
                .collect::<Result<_, _>>()
                .map_err(|_| wrong())?;
            let [lut, ff, carry, dsp, bram18] = numbers[..] else {
                return Err(wrong());
            };
            let found = Resources {
                lut,
                ff,
                carry,
                dsp,
                bram18,
            };
            if key.len() != 64
                || table
                    .insert((*name).to_owned(), ((*key).to_owned(), found))
                    .is_some()
            {
                return Err(wrong());
            }
        }
        Ok(Self(table))
    }

    /// The resources of exactly this Verilog, whatever its module is called.
    pub(crate) fn of(&self, name: &str, verilog: &str) -> Option<Resources> {
        let key = key(name, verilog);
        self.0
            .values()
            .find(|(of, _)| *of == key)
            .map(|(_, found)| *found)
    }

    /// Synthesises a pipeline and takes up what it takes.
    pub(crate) fn synthesise(
        &mut self,
        yosys: &Path,
        name: &str,
        verilog: &str,
    ) -> Result<Resources, CliError> {
        eprintln!("synthesising {name}: minutes");
        let work = std::env::temp_dir().join(format!("tickforge-synth-{name}-{}", std::process::id()));
        fs::create_dir_all(&work).map_err(|e| CliError::file(&work, e))?;
        let source = work.join("pipeline.v");
        fs::write(&source, verilog).map_err(|e| CliError::file(&source, e))?;
        let script = format!(
            "read_verilog pipeline.v; synth_xilinx -family xcup -noiopad -top {name}; tee -o stat.txt stat -top {name}"
        );
        let output = Command::new(yosys)
            .args(["-q", "-p", &script])
            .current_dir(&work)
            .output();
        let output = output.map_err(|e| CliError::Input(format!("cannot run {}: {e}", yosys.display())))?;
        let text = fs::read_to_string(work.join("stat.txt")).unwrap_or_default();
        // A leftover working folder harms nobody.
        let _removed = fs::remove_dir_all(&work);
        let found = counted(&text)
            .filter(|_| output.status.success())
            .ok_or_else(|| {
                let said = String::from_utf8_lossy(&output.stderr);
                CliError::Check(format!(
                    "yosys fails on {name}: {}",
                    said.lines().last().unwrap_or("it counts no cells")
                ))
            })?;
        self.0.insert(name.to_owned(), (key(name, verilog), found));
        Ok(found)
    }

    /// Writes the table.
    pub(crate) fn write(&self, path: &Path) -> Result<(), CliError> {
        let mut text = format!("{HEAD}\n");
        for (name, (key, r)) in &self.0 {
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "{name},{key},{},{},{},{},{}",
                r.lut, r.ff, r.carry, r.dsp, r.bram18
            );
        }
        fs::write(path, text).map_err(|e| CliError::file(path, e))
    }
}

/// The cells of the last design that `stat` counts: of the whole hierarchy where there is one.
fn counted(stat: &str) -> Option<Resources> {
    let last = stat
        .rsplit("Number of cells:")
        .next()
        .filter(|_| stat.contains("Number of cells:"))?;
    let mut found = Resources::default();
    for line in last.lines().skip(1) {
        let mut words = line.split_whitespace();
        let (Some(cell), Some(count)) = (words.next(), words.next().and_then(|n| n.parse::<u32>().ok()))
        else {
            continue;
        };
        match cell {
            // A lookup table holds 64 bits of memory or a shift register as well as logic.
            _ if cell.starts_with("LUT") || cell.starts_with("SRL") => found.lut += count,
            "RAM32M" => found.lut += 4 * count,
            "RAM32M16" | "RAM64M8" => found.lut += 8 * count,
            "RAM64M" | "RAM128X1D" => found.lut += 4 * count,
            "RAM32X1D" | "RAM64X1D" | "RAM32X2S" => found.lut += 2 * count,
            _ if cell.starts_with("FD") => found.ff += count,
            "CARRY4" | "CARRY8" => found.carry += count,
            _ if cell.starts_with("DSP48") => found.dsp += count,
            _ if cell.starts_with("RAMB18") => found.bram18 += count,
            _ if cell.starts_with("RAMB36") => found.bram18 += 2 * count,
            _ => {}
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_of_the_whole_design_are_counted() {
        let stat = "=== a ===\n   Number of cells:   3\n     LUT2   1\n\n=== design hierarchy ===\n   Number of cells:    99\n\
                    \x20    CARRY4    7\n     DSP48E2   5\n     FDRE   20\n     FDSE   1\n     LUT2   10\n     LUT6   4\n     MUXF7   3\n\
                    \x20    RAMB18E2   2\n     RAMB36E2   3\n     RAM32M   2\n     SRL16E   1\n";
        let expected = Resources {
            lut: 10 + 4 + 8 + 1,
            ff: 21,
            carry: 7,
            dsp: 5,
            bram18: 8,
        };
        assert_eq!(counted(stat), Some(expected));
        assert_eq!(counted("nothing"), None);
    }

    #[test]
    fn a_table_counts_for_its_verilog_alone() {
        let mut table = Table::parse(HEAD).unwrap();
        let found = Resources {
            lut: 1,
            ff: 2,
            carry: 3,
            dsp: 4,
            bram18: 5,
        };
        table.0.insert("a".into(), (key("a", "module a text"), found));
        let file = tempfile::NamedTempFile::new().unwrap();
        table.write(file.path()).unwrap();
        let read = Table::read(Some(file.path())).unwrap();
        assert_eq!(
            (
                read.of("a", "module a text"),
                read.of("a", "module a"),
                read.of("b", "module b text")
            ),
            (Some(found), None, Some(found))
        );
        for bad in ["", "x\n", "pipeline,key,lut,ff,carry,dsp,bram18\na,b,1,2,3,4,5\n"] {
            assert!(Table::parse(bad).is_err(), "{bad}");
        }
    }
}
