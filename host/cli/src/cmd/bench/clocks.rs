//! Clocks found earlier, on whatever machine: a table in the repository that counts for exactly the Verilog it names.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::error::CliError;

/// The table that is built in.
const RECORDED: &str = include_str!("../../../../../hdl/timing/ecp5-85.csv");
const HEAD: &str = "block,key,mhz";

/// Clocks by block.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Clocks(BTreeMap<String, (String, f64)>);

impl Clocks {
    /// Reads a table, or the one that is built in.
    pub(crate) fn read(path: Option<&Path>) -> Result<Self, CliError> {
        let Some(path) = path else {
            return Self::parse(RECORDED)
                .map_err(|what| CliError::Check(format!("the built-in clocks: {what}")));
        };
        let text = fs::read_to_string(path).map_err(|e| CliError::file(path, e))?;
        Self::parse(&text).map_err(|what| CliError::Input(format!("{}: {what}", path.display())))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut lines = text.lines().enumerate();
        match lines.next() {
            Some((_, HEAD)) => {}
            other => {
                return Err(format!(
                    "line 1 is {:?}, not `{HEAD}`",
                    other.map(|(_, line)| line)
                ));
            }
        }
        let mut clocks = BTreeMap::new();
        for (at, line) in lines {
            let wrong = || format!("line {}: `{line}` is not `{HEAD}`", at + 1);
            let [block, key, mhz] = line.split(',').collect::<Vec<_>>()[..] else {
                return Err(wrong());
            };
            let mhz: f64 = mhz.parse().map_err(|_| wrong())?;
            if key.len() != 64 || !mhz.is_finite() || clocks.insert(block.into(), (key.into(), mhz)).is_some()
            {
                return Err(wrong());
            }
        }
        Ok(Self(clocks))
    }

    /// The clock of a block, MHz, if it is of this key.
    pub(crate) fn of(&self, block: &str, key: &str) -> Option<f64> {
        self.0.get(block).filter(|(of, _)| of == key).map(|(_, mhz)| *mhz)
    }

    /// Takes up a clock in place of an older one of the block.
    pub(crate) fn record(&mut self, block: &str, key: String, mhz: f64) {
        self.0.insert(block.to_owned(), (key, mhz));
    }

    /// Writes the table.
    pub(crate) fn write(&self, path: &Path) -> Result<(), CliError> {
        let mut text = format!("{HEAD}\n");
        for (block, (key, mhz)) in &self.0 {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{block},{key},{mhz:.2}");
        }
        fs::write(path, text).map_err(|e| CliError::file(path, e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_written_as_it_is_read_and_counts_for_its_key_alone() {
        let key = "5".repeat(64);
        let mut clocks = Clocks::parse(HEAD).unwrap();
        clocks.record("csr", "4".repeat(64), 1.0);
        clocks.record("csr", key.clone(), 160.25);
        assert_eq!(clocks.of("csr", &key), Some(160.25));
        assert_eq!((clocks.of("csr", "4"), clocks.of("top", &key)), (None, None));
        let file = tempfile::NamedTempFile::new().unwrap();
        clocks.write(file.path()).unwrap();
        assert_eq!(Clocks::read(Some(file.path())).unwrap(), clocks);
    }

    #[test]
    fn bad_rows_are_named_by_line() {
        let key = "5".repeat(64);
        for (text, named) in [
            (String::new(), "line 1"),
            ("block,mhz\n".into(), "line 1"),
            (format!("{HEAD}\ncsr,{key}\n"), "line 2"),
            (format!("{HEAD}\ncsr,{key},fast\n"), "line 2"),
            (format!("{HEAD}\ncsr,abc,1\n"), "line 2"),
            (format!("{HEAD}\ncsr,{key},1\ncsr,{key},2\n"), "line 3"),
        ] {
            let error = Clocks::parse(&text).unwrap_err();
            assert!(error.contains(named), "{text}: {error}");
        }
    }

    #[test]
    fn the_built_in_table_is_whole() {
        Clocks::read(None).unwrap();
    }
}
