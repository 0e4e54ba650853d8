//! What blocks cost, as committed: `hdl/timing/resources.csv`. A block that comes to cost more than its row is a change for the worse.

use crate::Error;
use crate::netlist::{Area, Depth};
use crate::target::{Cost, Target};
use gateware::emit::{BLOCKS, Size};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

const HEAD: &str = "target,size,block,key,yosys,luts,ffs,lut_rams,brams,dsps,levels,loose,from,to";

/// Of look-up tables and flip-flops a block may gain a twentieth and ten more, of levels one: another order of the same logic does as much.
const SHARE: u64 = 20;
const FEW: u64 = 10;
const LEVELS: u32 = 1;

/// Which row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Which {
    /// Family.
    pub target: Target,
    /// Size, by name.
    pub size: &'static str,
    /// Block.
    pub block: String,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Digest of text and recipe it was counted for.
    pub key: String,
    /// Version of yosys.
    pub yosys: String,
    /// Area, and the longest way.
    pub area: Area,
    /// The longest way through logic.
    pub depth: Depth,
    /// Memories that became flip-flops.
    pub loose: usize,
}

/// All rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    rows: BTreeMap<Which, Row>,
}

/// Where the table is in this source tree.
pub fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../timing/resources.csv")
}

/// The blocks whose cost is held, in size `small` on ECP5: not the primitives, and not what is only the sum of others.
pub fn held() -> impl Iterator<Item = &'static str> {
    BLOCKS
        .iter()
        .map(|block| block.name)
        .filter(|name| !name.starts_with("prim_") && !matches!(*name, "top" | "level_book"))
}

/// Blocks that take yosys up to minutes each: the soak run holds them, the check of every change does not.
pub const HEAVY: &[&str] = &[
    "dma_c2h",
    "features",
    "level_row",
    "level_store",
    "line_merge",
    "order_table",
];

impl Row {
    /// A row of what was counted.
    pub fn new(key: String, yosys: String, cost: &Cost) -> Self {
        Self {
            key,
            yosys,
            area: cost.area,
            depth: cost.depth.clone(),
            loose: cost.loose.len(),
        }
    }

    /// What a block that costs this has lost against the row; empty when nothing.
    pub fn worse(&self, now: &Cost) -> Vec<String> {
        let mut lost = Vec::new();
        let about = |count: u64| count + count / SHARE + FEW;
        let Area {
            luts,
            ffs,
            lut_rams,
            brams,
            dsps,
        } = self.area;
        let counts = [
            ("look-up tables", luts, about(luts), now.area.luts),
            ("flip-flops", ffs, about(ffs), now.area.ffs),
            (
                "look-up tables as memory",
                lut_rams,
                about(lut_rams),
                now.area.lut_rams,
            ),
            ("block memories", brams, brams, now.area.brams),
            ("multipliers", dsps, dsps, now.area.dsps),
            (
                "levels of logic",
                self.depth.levels.into(),
                (self.depth.levels + LEVELS).into(),
                now.depth.levels.into(),
            ),
            (
                "memories in flip-flops",
                self.loose as u64,
                self.loose as u64,
                now.loose.len() as u64,
            ),
        ];
        for (what, was, allowed, is) in counts {
            if is > allowed {
                lost.push(format!("{is} {what}, {was} before, {allowed} allowed"));
            }
        }
        if now.depth.levels > self.depth.levels + LEVELS {
            lost.push(format!(
                "the longest way is from {} to {}",
                now.depth.from, now.depth.to
            ));
        }
        lost
    }
}

impl Baseline {
    /// Reads a table.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Unreadable`] with the line.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = fs::read_to_string(path).map_err(Error::io(path))?;
        Self::parse(&text).map_err(|said| Error::unreadable(path.display().to_string(), said))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let mut lines = text.lines().enumerate();
        if lines.next().map(|(_, line)| line) != Some(HEAD) {
            return Err(format!("line 1 is not `{HEAD}`"));
        }
        let mut rows = BTreeMap::new();
        for (at, line) in lines {
            let (which, row) =
                parse_row(line).ok_or_else(|| format!("line {}: `{line}` is not `{HEAD}`", at + 1))?;
            if rows.insert(which, row).is_some() {
                return Err(format!("line {}: a second row of the same block", at + 1));
            }
        }
        Ok(Self { rows })
    }

    /// Writes the table.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let mut text = format!("{HEAD}\n");
        for (which, row) in &self.rows {
            let Row {
                key,
                yosys,
                area,
                depth,
                loose,
            } = row;
            let Area {
                luts,
                ffs,
                lut_rams,
                brams,
                dsps,
            } = area;
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "{},{},{},{key},{yosys},{luts},{ffs},{lut_rams},{brams},{dsps},{},{loose},{},{}",
                which.target, which.size, which.block, depth.levels, depth.from, depth.to
            );
        }
        fs::write(path, text).map_err(Error::io(path))
    }

    /// The row of a block, whatever text it was counted for.
    pub fn row(&self, target: Target, size: Size, block: &str) -> Option<&Row> {
        self.rows.get(&Which {
            target,
            size: size.name(),
            block: block.into(),
        })
    }

    /// Takes up a row in place of an older one.
    pub fn record(&mut self, target: Target, size: Size, block: &str, row: Row) {
        self.rows.insert(
            Which {
                target,
                size: size.name(),
                block: block.into(),
            },
            row,
        );
    }

    /// What a block has lost against its row, counted by `measure` unless its text is the row's.
    ///
    /// # Errors
    /// Whatever `measure` finds.
    pub fn judge(
        &self,
        (target, size, block): (Target, Size, &str),
        verilog: &str,
        yosys: &str,
        measure: impl FnOnce() -> Result<Cost, Error>,
    ) -> Result<Vec<String>, Error> {
        const RENEW: &str = "`tickforge gateware cost --record hdl/timing/resources.csv --docs docs/timing.md` renews the table";
        let Some(row) = self.row(target, size, block) else {
            return Ok(vec![format!("{block}: no row for {target} {size}; {RENEW}")]);
        };
        if row.key == target.key(block, verilog) {
            return Ok(Vec::new());
        }
        let lost = row.worse(&measure()?);
        let versions = if row.yosys == yosys {
            String::new()
        } else {
            format!(" (counted by yosys {yosys}, the row by {})", row.yosys)
        };
        Ok(lost
            .into_iter()
            .map(|what| format!("{block}: {what}{versions}; if it has to be, {RENEW}"))
            .collect())
    }

    /// The rows of a family and size as a table for reading.
    pub fn table(&self, target: Target, size: Size) -> String {
        let mut text = String::from(
            "| block | LUTs | FFs | LUT RAM | block RAM | DSP | levels | longest way | memories in FFs |\n|---|---|---|---|---|---|---|---|---|\n",
        );
        for (which, row) in self
            .rows
            .iter()
            .filter(|(which, _)| which.target == target && which.size == size.name())
        {
            let Area {
                luts,
                ffs,
                lut_rams,
                brams,
                dsps,
            } = row.area;
            let Depth { levels, from, to } = &row.depth;
            let _ = writeln!(
                text,
                "| `{}` | {luts} | {ffs} | {lut_rams} | {brams} | {dsps} | {levels} | `{from}` → `{to}` | {} |",
                which.block, row.loose
            );
        }
        text
    }

    /// A document with the tables between its marks renewed.
    ///
    /// # Errors
    /// [`Error::Unreadable`] when a mark has no end.
    pub fn renew(&self, document: &str) -> Result<String, Error> {
        let mut text = document.to_owned();
        for target in Target::ALL {
            for size in Size::ALL {
                let (begin, end) = (format!("<!-- cost {target} {size} -->\n"), "<!-- end -->");
                let Some(at) = text.find(&begin).map(|at| at + begin.len()) else {
                    continue;
                };
                let length = text[at..]
                    .find(end)
                    .ok_or_else(|| Error::unreadable(begin.trim(), format!("no `{end}` behind it")))?;
                text.replace_range(at..at + length, &self.table(target, size));
            }
        }
        Ok(text)
    }
}

fn parse_row(line: &str) -> Option<(Which, Row)> {
    let [
        target,
        size,
        block,
        key,
        yosys,
        luts,
        ffs,
        lut_rams,
        brams,
        dsps,
        levels,
        loose,
        from,
        to,
    ] = line.split(',').collect::<Vec<_>>()[..]
    else {
        return None;
    };
    let which = Which {
        target: Target::by_name(target)?,
        size: Size::by_name(size)?.name(),
        block: block.into(),
    };
    let number = |text: &str| text.parse::<u64>().ok();
    let row = Row {
        key: (key.len() == 64).then(|| key.to_owned())?,
        yosys: yosys.into(),
        area: Area {
            luts: number(luts)?,
            ffs: number(ffs)?,
            lut_rams: number(lut_rams)?,
            brams: number(brams)?,
            dsps: number(dsps)?,
        },
        depth: Depth {
            levels: levels.parse().ok()?,
            from: from.into(),
            to: to.into(),
        },
        loose: loose.parse().ok()?,
    };
    Some((which, row))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(luts: u64, levels: u32) -> Cost {
        Cost {
            area: Area {
                luts,
                ffs: 40,
                lut_rams: 0,
                brams: 2,
                dsps: 1,
            },
            depth: Depth {
                levels,
                from: "a".into(),
                to: "b".into(),
            },
            loose: Vec::new(),
        }
    }

    fn table() -> Baseline {
        let mut table = Baseline::default();
        let key = Target::Ecp5.key("x", "module x");
        table.record(
            Target::Ecp5,
            Size::Small,
            "x",
            Row::new(key, "0.23".into(), &cost(200, 7)),
        );
        table
    }

    const X: (Target, Size, &str) = (Target::Ecp5, Size::Small, "x");

    #[test]
    fn an_unchanged_text_is_not_counted_again_and_a_changed_one_is() {
        let table = table();
        let never = || unreachable!("the text is the row's");
        assert_eq!(
            table.judge(X, "module x", "0.23", never).unwrap(),
            [] as [&str; 0]
        );
        let judge = |cost: Cost| table.judge(X, "module x changed", "0.23", || Ok(cost)).unwrap();
        assert_eq!(judge(cost(220, 8)), [] as [&str; 0]);
        assert!(judge(cost(221, 7))[0].contains("221 look-up tables, 200 before, 220 allowed"));
        assert!(judge(cost(200, 9)).concat().contains("from a to b"));
        assert_eq!(
            judge(Cost {
                loose: vec!["m".into()],
                ..cost(1, 1)
            })
            .len(),
            1
        );
        assert!(
            table
                .judge((Target::Ecp5, Size::Sim, "x"), "", "0.23", never)
                .unwrap()[0]
                .contains("no row")
        );
        let other = table.judge(X, "m", "0.50", || Ok(cost(900, 7))).unwrap();
        assert!(
            other[0].contains("counted by yosys 0.50, the row by 0.23"),
            "{other:?}"
        );
    }

    #[test]
    fn a_table_is_written_as_it_is_read() {
        let file = tempfile::NamedTempFile::new().unwrap();
        table().write(file.path()).unwrap();
        assert_eq!(Baseline::read(file.path()).unwrap(), table());
        let text = fs::read_to_string(file.path()).unwrap();
        for (bad, named) in [
            (String::new(), "line 1"),
            (text.replace("ecp5", "ecp6"), "line 2"),
            (text.replace(",200,", ",many,"), "line 2"),
            (format!("{text}{}\n", text.lines().nth(1).unwrap()), "line 3"),
        ] {
            let error = Baseline::parse(&bad).unwrap_err();
            assert!(error.contains(named), "{error}");
        }
    }

    #[test]
    fn a_document_has_its_marked_tables_renewed() {
        let text = "before\n<!-- cost ecp5 small -->\nold\n<!-- end -->\nafter\n";
        let new = table().renew(text).unwrap();
        assert!(
            new.contains("| `x` | 200 | 40 | 0 | 2 | 1 | 7 | `a` → `b` | 0 |\n<!-- end -->\nafter"),
            "{new}"
        );
        assert_eq!(table().renew(&new).unwrap(), new);
        assert!(table().renew("<!-- cost ecp5 small -->\n").is_err());
    }

    /// The committed table has a row for each block that every change is held to, and the document shows them all.
    #[test]
    fn the_committed_table_is_whole_and_shown() {
        let table = Baseline::read(&path()).unwrap();
        for block in held().filter(|block| !HEAVY.contains(block)) {
            assert!(table.row(Target::Ecp5, Size::Small, block).is_some(), "{block}");
        }
        let document = path().with_file_name("../../docs/timing.md");
        let text = fs::read_to_string(&document).unwrap();
        assert!(text.contains("<!-- cost ecp5 small -->"));
        assert_eq!(
            table.renew(&text).unwrap(),
            text,
            "run `tickforge gateware cost --docs docs/timing.md`"
        );
    }
}
