//! The families whose resources are counted, each by its pass of yosys.

use crate::Error;
use crate::netlist::{Area, Depth, Netlist};
use crate::tool::run;
use gateware::emit::sha256;
use std::fmt;
use std::fs;
use std::path::Path;

/// A family of parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// Lattice ECP5.
    Ecp5,
    /// Xilinx UltraScale+.
    Xcup,
    /// Xilinx 7 series.
    Xc7,
    /// Intel Cyclone V, for the adaptive logic modules of its kin.
    Intel,
}

/// What a block costs on a family.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Cost {
    /// What it occupies.
    pub area: Area,
    /// The longest way through its logic.
    pub depth: Depth,
    /// Memories for which the family's pass found neither block nor look-up-table memory: they became flip-flops.
    pub loose: Vec<String>,
}

impl Target {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Ecp5, Self::Xcup, Self::Xc7, Self::Intel];

    /// Name on the command line and in tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ecp5 => "ecp5",
            Self::Xcup => "xcup",
            Self::Xc7 => "xc7",
            Self::Intel => "intel",
        }
    }

    /// The family called `name`.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|target| target.name() == name)
    }

    const fn pass(self) -> &'static str {
        match self {
            Self::Ecp5 => "synth_ecp5",
            Self::Xcup => "synth_xilinx -family xcup -flatten -noiopad -noclkbuf",
            Self::Xc7 => "synth_xilinx -family xc7 -flatten -noiopad -noclkbuf",
            Self::Intel => "synth_intel_alm -family cyclonev -noiopad -noclkbuf",
        }
    }

    /// What yosys is asked to do. Memories that are left when blocks and look-up tables have been
    /// filled are named before they dissolve; a table that is only read is logic anyway.
    fn script(self, block: &str) -> String {
        let pass = self.pass();
        format!(
            "read_verilog block.v\n\
             {pass} -top {block} -run begin:map_ffram\n\
             tee -q -o loose.txt select -list t:$mem* r:WR_PORTS>0 %i\n\
             {pass} -top {block} -run map_ffram:\n\
             write_json mapped.json\n"
        )
    }

    /// Digest of a text and of what is done to it: a figure counts for exactly that.
    pub fn key(self, block: &str, verilog: &str) -> String {
        sha256(&format!("{}\n{verilog}", self.script(block)))
    }

    /// Maps a block and counts.
    ///
    /// # Errors
    /// A failing yosys, or cells nobody has counted yet.
    pub fn measure(self, yosys: &Path, block: &str, verilog: &str, folder: &Path) -> Result<Cost, Error> {
        let at = |name: &str| folder.join(name);
        for (name, text) in [("block.v", verilog), ("cost.ys", &self.script(block))] {
            fs::write(at(name), text).map_err(Error::io(at(name)))?;
        }
        run(yosys, &["-q", "cost.ys"], folder, block)?;
        let loose = fs::read_to_string(at("loose.txt")).map_err(Error::io(at("loose.txt")))?;
        let netlist = Netlist::read(&at("mapped.json"))?;
        Ok(Cost {
            area: netlist.area(block)?,
            depth: netlist.depth(block)?,
            loose: loose
                .lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .map(String::from)
                .collect(),
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
