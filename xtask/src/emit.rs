//! `cargo xtask emit`: golden Verilog.

use anyhow::{Context, Result};
use gateware::emit::{BLOCKS, golden};
use std::fs;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only these blocks (default: all).
    blocks: Vec<String>,
    /// Change nothing; exit 1 when a file is out of date.
    #[arg(long)]
    check: bool,
    /// Print the names of all blocks.
    #[arg(long)]
    list: bool,
}

/// Returns whether everything was up to date or has been renewed.
pub(crate) fn run(args: &Args) -> Result<bool> {
    if args.list {
        BLOCKS.iter().for_each(|block| println!("{}", block.name));
        return Ok(true);
    }
    let folder = golden::folder();
    let files = if args.blocks.is_empty() {
        golden::all()?
    } else {
        args.blocks
            .iter()
            .map(|b| golden::of(b))
            .collect::<Result<Vec<_>, _>>()?
            .concat()
    };
    let mut good = true;
    for file in files {
        let path = folder.join(&file.file);
        if fs::read_to_string(&path).ok().as_ref() == Some(&file.text) {
            continue;
        }
        if args.check {
            println!("out of date: hdl/golden/{} (run `cargo xtask emit`)", file.file);
            good = false;
        } else {
            fs::write(&path, &file.text).with_context(|| format!("writing {}", path.display()))?;
            println!("wrote hdl/golden/{}", file.file);
        }
    }
    Ok(good)
}
