//! `tickforge flash`: an image into a card's flash, if it is whole, of this contract and of someone trusted. `tickforge image`: keys and signatures.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use flash::key::{self, Trusted};
use flash::{Bus, FlashError, Image, Manifest, Programmer, Trust, Workbench};

use crate::error::CliError;

/// Write an image into a board's flash
///
/// The image has a manifest beside it (`tickforge gateware synth` writes both). Refused are a wrong board, an untrusted or missing signature, a wrong digest, and a
/// contract that this program does not speak. The card is taken off the PCI bus before and found again behind it. The golden image is one that was
/// kept by --keep-golden: to return to when a new one does not come up.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tickforge flash --board ecp5-85 --image csr.bit --trust release.pub --dry-run\n  \
    tickforge flash --board ecp5-85 --image card.bit --trust release.pub --device 0000:03:00.0 --keep-golden\n  \
    tickforge flash --board ecp5-85 --golden --trust release.pub --device 0000:03:00.0")]
pub(crate) struct Args {
    /// Board: a folder of `bitstreams`
    #[arg(long, value_name = "BOARD")]
    board: String,
    /// Image
    #[arg(
        long,
        value_name = "FILE.bit",
        required_unless_present = "golden",
        conflicts_with = "golden"
    )]
    image: Option<PathBuf>,
    /// Manifest of the image [default: FILE.manifest.toml beside it]
    #[arg(long, value_name = "FILE.toml", requires = "image")]
    manifest: Option<PathBuf>,
    /// Public key of a signer to trust; may be repeated
    #[arg(long, value_name = "FILE.pub")]
    trust: Vec<PathBuf>,
    /// Take an image of anybody, signed or not
    #[arg(long, conflicts_with = "trust")]
    unsigned: bool,
    /// PCI address of the card, which is taken off the bus meanwhile
    #[arg(long, value_name = "BDF")]
    device: Option<String>,
    /// Write the golden image
    #[arg(long)]
    golden: bool,
    /// Keep the image as the golden one once it is written
    #[arg(long, conflicts_with = "golden")]
    keep_golden: bool,
    /// Folder with the golden images, a folder a board
    #[arg(long, value_name = "FOLDER", default_value = "/var/lib/tickforge/golden")]
    state: PathBuf,
    /// Root of sysfs
    #[arg(long, value_name = "FOLDER", default_value = "/sys", hide = true)]
    sysfs: PathBuf,
    /// Seconds the card may take to go and to come
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    bus_limit: u64,
    /// Only verify, and print what would be run
    #[arg(long)]
    dry_run: bool,
}

/// Keys, and signatures of images
#[derive(Debug, clap::Subcommand)]
pub(crate) enum ImageCommand {
    /// Make a secret key, and its public key beside it (FILE.pub)
    #[command(after_help = "Example:\n  tickforge image key release.key")]
    Key {
        /// Secret key; it must not exist
        #[arg(value_name = "FILE.key")]
        out: PathBuf,
    },
    /// Sign the manifest of an image
    #[command(after_help = "Example:\n  tickforge image sign --key release.key card.bit")]
    Sign {
        /// Secret key
        #[arg(long, value_name = "FILE.key")]
        key: PathBuf,
        /// Image, whose manifest lies beside it
        #[arg(value_name = "FILE.bit")]
        image: PathBuf,
    },
}

/// Bad usage and files are bad input; a refused or unwritten image is a failed run.
pub(crate) fn refused(error: FlashError) -> CliError {
    if error.is_usage() {
        CliError::Input(error.to_string())
    } else {
        CliError::Check(error.to_string())
    }
}

/// Runs `tickforge image`.
pub(crate) fn image(command: &ImageCommand) -> Result<(), CliError> {
    match command {
        ImageCommand::Key { out } => {
            let public = key::make(out).map_err(refused)?;
            say(&format!(
                "{} is the secret key: keep it off machines with cards; {} goes to them",
                out.display(),
                public.display()
            ))
        }
        ImageCommand::Sign { key, image } => {
            let path = Manifest::beside(image);
            let mut manifest = Manifest::read(&path).map_err(refused)?;
            let bytes = fs::read(image).map_err(|e| CliError::file(image, e))?;
            let found = flash::image::sha256(&bytes);
            if found != manifest.sha256 {
                return Err(refused(FlashError::OtherDigest {
                    path: image.clone(),
                    found,
                    expected: manifest.sha256,
                }));
            }
            manifest.sign(key).map_err(refused)?;
            manifest.write(&path).map_err(refused)?;
            say(&format!("{} is signed", path.display()))
        }
    }
}

/// Runs `tickforge flash`.
pub(crate) fn run(args: &Args) -> Result<(), CliError> {
    let text = flash::board::text(&args.board).map_err(refused)?;
    let programmer = Programmer::of(&args.board, text).map_err(refused)?;
    let trust = if args.unsigned {
        Trust::Anyone
    } else {
        Trust::Keys(Trusted::read(&args.trust).map_err(refused)?)
    };
    let kept = args.state.join(&args.board);
    let (path, manifest) = match &args.image {
        Some(image) => (
            image.clone(),
            args.manifest.clone().unwrap_or_else(|| Manifest::beside(image)),
        ),
        None => flash::image::golden(&kept),
    };
    let image =
        Image::verify(&path, &manifest, &args.board, contract::CONTRACT_HASH, &trust).map_err(refused)?;
    let path = path.canonicalize().map_err(|e| CliError::file(&path, e))?;
    let steps = |image: &Path| programmer.steps(image, args.device.as_deref()).map_err(refused);
    if args.dry_run {
        return steps(&path)?.iter().try_for_each(|step| say(&step.line()));
    }
    let bench = Workbench::below(&std::env::temp_dir()).map_err(refused)?;
    let steps = steps(&image.stage(bench.path()).map_err(refused)?)?;
    let write = || steps.iter().try_for_each(|step| step.run(bench.path()));
    let written = match &args.device {
        Some(device) => Bus::at(&args.sysfs)
            .within(Duration::from_secs(args.bus_limit))
            .around(device, programmer.is_over_pcie(), write),
        None => write(),
    };
    written.map_err(refused)?;
    if args.keep_golden {
        image.keep(&kept).map_err(refused)?;
    }
    told(args, &image, &path)
}

fn told(args: &Args, image: &Image, path: &Path) -> Result<(), CliError> {
    let manifest = &image.manifest;
    say(&format!(
        "{} is in the flash of {}: {} {} of commit {}, contract {}{}{}",
        path.display(),
        args.board,
        manifest.block,
        manifest.config,
        manifest.commit,
        manifest.contract,
        if args.keep_golden { "; kept as golden" } else { "" },
        if args.device.is_none() {
            "; a card in a slot was not taken off its bus: --device does"
        } else {
            ""
        }
    ))
}

fn say(line: &str) -> Result<(), CliError> {
    writeln!(io::stdout(), "{line}").map_err(CliError::output)
}
