//! Programs that write an image into a board's flash: which, with what arguments, and how long they may take.
//!
//! Commands are data ([`Step`]) before they are run: `--dry-run` prints them, tests compare them.

use crate::{FlashError, patience};
use serde::Deserialize;
use std::fs;
use std::io::{ErrorKind, Read};
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Vivado without a window, a journal and echoes; the image's own arguments follow.
const BATCH: &[&str] = &[
    "-mode",
    "batch",
    "-nojournal",
    "-nolog",
    "-notrace",
    "-source",
    "flash.tcl",
    "-tclargs",
];
/// Whose built-in `kill` ends a group of processes.
const SHELL: &str = "/bin/sh";
/// Names that are tried for a working folder.
const NAMES: u32 = 64;
/// Characters of its last words that are told.
const WORDS: usize = 400;

/// `[programmer]` of a board's `board.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, tag = "kind", rename_all = "kebab-case")]
pub enum Programmer {
    /// `openFPGALoader`, by a cable of this machine.
    #[serde(rename = "openfpgaloader")]
    OpenFpgaLoader {
        /// Its name of the board.
        board: String,
        /// Its name of the cable, where the board has none of its own.
        #[serde(default)]
        cable: Option<String>,
        /// Seconds a write may take.
        limit_s: u64,
    },
    /// Vivado in batch mode, by `hw_server`.
    Vivado {
        /// Address of `hw_server`.
        server: String,
        /// Part of the flash memory, as Vivado calls it.
        memory: String,
        /// Seconds a write may take.
        limit_s: u64,
    },
    /// `xbmgmt`, over PCIe, for Alveo cards with their vendor's shell.
    Xbmgmt {
        /// Seconds a write may take.
        limit_s: u64,
    },
    /// `litepcie_util`, over PCIe, for boards whose image has LitePCIe's flash registers.
    #[serde(rename = "litepcie")]
    LitePcie {
        /// Byte in the flash at which the image begins.
        offset: u64,
        /// Seconds a write may take.
        limit_s: u64,
    },
}

/// One program to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Name of the program, found through `PATH`.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// A file it reads, made before it runs: name in the working folder, and text.
    pub file: Option<(String, String)>,
    /// How long it may take.
    pub limit: Duration,
}

/// A folder to work in that was not there before and is nobody else's: others may write beside it, and what a programmer reads must not be theirs.
/// It is gone when it is dropped.
#[derive(Debug)]
pub struct Workbench(PathBuf);

impl Workbench {
    /// Makes one below `parent`, such as `/tmp`.
    ///
    /// # Errors
    /// [`FlashError::File`].
    pub fn below(parent: &Path) -> Result<Self, FlashError> {
        let process = std::process::id();
        let mut names = (0..NAMES).map(|n| parent.join(format!("tickforge-flash-{process}-{n}")));
        let mut last = parent.to_owned();
        let made = names.find_map(|path| {
            last.clone_from(&path);
            match fs::DirBuilder::new().mode(0o700).create(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => None,
                made => Some(made.map(|()| Self(path))),
            }
        });
        made.unwrap_or_else(|| Err(ErrorKind::AlreadyExists.into()))
            .map_err(FlashError::file(last))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Workbench {
    fn drop(&mut self) {
        // A leftover working folder harms nobody.
        let _removed = fs::remove_dir_all(&self.0);
    }
}

/// What `board.toml` holds besides.
#[derive(Debug, Deserialize)]
struct BoardFile {
    programmer: Option<Programmer>,
}

impl Programmer {
    /// The programmer of a board, by the text of its `board.toml`.
    ///
    /// # Errors
    /// [`FlashError::NoRecipe`], [`FlashError::Unreadable`].
    pub fn of(board: &str, text: &str) -> Result<Self, FlashError> {
        let file: BoardFile = toml::from_str(text)
            .map_err(|error| FlashError::unreadable(format!("board.toml of {board}"), error))?;
        file.programmer
            .ok_or_else(|| FlashError::NoRecipe { board: board.into() })
    }

    /// It writes through the card's own PCIe function, which therefore stays on the bus until the image is in the flash.
    pub const fn is_over_pcie(&self) -> bool {
        matches!(self, Self::Xbmgmt { .. } | Self::LitePcie { .. })
    }

    /// What to run for an image; `device` is the card's PCI address.
    ///
    /// # Errors
    /// [`FlashError::Needs`] without an address that is needed.
    pub fn steps(&self, image: &Path, device: Option<&str>) -> Result<Vec<Step>, FlashError> {
        let file = image.display().to_string();
        let step = |program: &str, arguments: &[&str], limit_s: u64| Step {
            program: program.into(),
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            file: None,
            limit: Duration::from_secs(limit_s),
        };
        let address = |programmer| {
            device.ok_or(FlashError::Needs {
                programmer,
                what: "the card's PCI address: --device 0000:03:00.0",
            })
        };
        Ok(match self {
            Self::OpenFpgaLoader {
                board,
                cable,
                limit_s,
            } => {
                let cable = cable.iter().flat_map(|cable| ["--cable", cable]);
                let arguments: Vec<&str> = ["--board", board]
                    .into_iter()
                    .chain(cable)
                    .chain(["--write-flash", "--verify", &file])
                    .collect();
                vec![step("openFPGALoader", &arguments, *limit_s)]
            }
            Self::Vivado {
                server,
                memory,
                limit_s,
            } => {
                let mut write = step("vivado", &[BATCH, &[server, memory, &file]].concat(), *limit_s);
                write.file = Some(("flash.tcl".into(), VIVADO.into()));
                vec![write]
            }
            Self::Xbmgmt { limit_s } => {
                let address = address("xbmgmt")?;
                vec![step(
                    "xbmgmt",
                    &[
                        "program", "--device", address, "--base", "--image", &file, "--force",
                    ],
                    *limit_s,
                )]
            }
            Self::LitePcie { offset, limit_s } => {
                address("litepcie_util")?;
                vec![
                    step(
                        "litepcie_util",
                        &["flash_write", &file, &offset.to_string()],
                        *limit_s,
                    ),
                    step("litepcie_util", &["flash_reload"], 30),
                ]
            }
        })
    }
}

/// Writes an image into the configuration memory of the first device that `hw_server` knows; arguments: server, memory part, image.
pub const VIVADO: &str = include_str!("flash.tcl");

impl Step {
    /// As one would type it.
    pub fn line(&self) -> String {
        let quoted = self.arguments.iter().map(|argument| {
            if argument.contains(char::is_whitespace) {
                format!("'{argument}'")
            } else {
                argument.clone()
            }
        });
        std::iter::once(self.program.clone())
            .chain(quoted)
            .collect::<Vec<_>>()
            .join(" ")
    }

    /// Runs the program in `folder` to its end, and stops it when it takes too long.
    ///
    /// # Errors
    /// [`FlashError::NoProgrammer`], [`FlashError::Programmer`], [`FlashError::Timeout`].
    pub fn run(&self, folder: &Path) -> Result<(), FlashError> {
        if let Some((name, text)) = &self.file {
            let path = folder.join(name);
            fs::write(&path, text).map_err(FlashError::file(path))?;
        }
        // What it says goes to a file: a pipe that nobody empties would stop it.
        let words = folder.join("said.txt");
        let said = fs::File::create(&words).map_err(FlashError::file(&words))?;
        let errors = said.try_clone().map_err(FlashError::file(&words))?;
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(said)
            .stderr(errors)
            // Vendors' tools are scripts that start others: what is stopped is all of them.
            .process_group(0)
            .spawn()
            .map_err(|source| FlashError::NoProgrammer {
                program: self.program.clone(),
                source,
            })?;
        let status = self.wait(&mut child)?;
        if status.success() {
            return Ok(());
        }
        Err(FlashError::Programmer {
            program: self.program.clone(),
            status: status.to_string(),
            said: last_words(&words),
        })
    }

    fn wait(&self, child: &mut Child) -> Result<std::process::ExitStatus, FlashError> {
        let failed = |source| FlashError::NoProgrammer {
            program: self.program.clone(),
            source,
        };
        let ended = patience::until(self.limit, || child.try_wait().map_err(failed).transpose());
        if let Some(status) = ended {
            return status;
        }
        // Either may have ended by itself in this very moment.
        let group = child.id().to_string();
        let _ = Command::new(SHELL)
            .args(["-c", "kill -KILL -\"$1\"", "kill", &group])
            .stderr(Stdio::null())
            .status();
        let _ = child.kill();
        let _ = child.wait();
        Err(FlashError::Timeout {
            program: self.program.clone(),
            limit: self.limit,
        })
    }
}

fn last_words(path: &PathBuf) -> String {
    let mut bytes = Vec::new();
    // What it said only helps to understand; how it ended is told anyway.
    let _ = fs::File::open(path).and_then(|mut file| file.read_to_end(&mut bytes));
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    let said = lines[lines.len().saturating_sub(3)..].join("; ");
    let skip = said.chars().count().saturating_sub(WORDS);
    if said.is_empty() {
        "it said nothing".into()
    } else {
        said.chars().skip(skip).collect()
    }
}
