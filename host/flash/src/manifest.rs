//! What an image says of itself: `NAME.manifest.toml` beside `NAME.bit`.

use crate::{FlashError, key};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// A manifest. All of it but the signature is signed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Folder of `bitstreams`.
    pub board: String,
    /// Block that the image holds; `top` is the whole card.
    pub block: String,
    /// `small`, `sim` or `alveo`.
    pub config: String,
    /// Commit of the source tree, with `-dirty` when it was changed.
    pub commit: String,
    /// Hash of the contract, 8 hexadecimal digits.
    pub contract: String,
    /// SHA-256 of the Verilog.
    pub verilog_sha256: String,
    /// Seed of the placement.
    pub seed: u32,
    /// Clock, kHz: that of the tool's model.
    pub clock_khz: u64,
    /// Clock that was asked for, kHz.
    pub wanted_khz: u64,
    /// Slack of the slowest path, ps; negative when the clock is missed.
    pub slack_ps: i64,
    /// SHA-256 of the image.
    pub sha256: String,
    /// Versions of the tools.
    pub tools: BTreeMap<String, String>,
    /// ed25519 signature of [`Self::signed_text`], 128 hexadecimal digits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

impl Manifest {
    /// Where the manifest of an image is.
    pub fn beside(image: &Path) -> PathBuf {
        image.with_extension("manifest.toml")
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// [`FlashError::File`], [`FlashError::Unreadable`].
    pub fn read(path: &Path) -> Result<Self, FlashError> {
        let text = fs::read_to_string(path).map_err(FlashError::file(path))?;
        let named = |error: String| FlashError::unreadable(path.display().to_string(), error);
        let manifest: Self = toml::from_str(&text).map_err(|error| named(error.to_string()))?;
        manifest
            .contract_hash()
            .ok_or_else(|| named(format!("`{}` is no contract hash", manifest.contract)))?;
        Ok(manifest)
    }

    /// Writes the manifest; it is never half there under its name.
    ///
    /// # Errors
    /// [`FlashError::File`].
    pub fn write(&self, path: &Path) -> Result<(), FlashError> {
        let text = toml::to_string(self)
            .map_err(|error| FlashError::unreadable(path.display().to_string(), error))?;
        let partial = path.with_extension("partial");
        fs::write(&partial, text).map_err(FlashError::file(&partial))?;
        fs::rename(&partial, path).map_err(FlashError::file(path))
    }

    /// The contract's hash as a number.
    pub fn contract_hash(&self) -> Option<u32> {
        (self.contract.len() == 8)
            .then(|| u32::from_str_radix(&self.contract, 16).ok())
            .flatten()
    }

    /// What a signature is of: a line a field, whatever order and spacing the file has.
    pub fn signed_text(&self) -> String {
        let mut text = String::from("tickforge image manifest 1\n");
        let fields = [
            ("board", &self.board),
            ("block", &self.block),
            ("config", &self.config),
            ("commit", &self.commit),
            ("contract", &self.contract),
            ("verilog_sha256", &self.verilog_sha256),
            ("seed", &self.seed.to_string()),
            ("clock_khz", &self.clock_khz.to_string()),
            ("wanted_khz", &self.wanted_khz.to_string()),
            ("slack_ps", &self.slack_ps.to_string()),
            ("sha256", &self.sha256),
        ];
        let tools = self.tools.iter().map(|(tool, version)| (tool.as_str(), version));
        for (name, value) in fields.into_iter().chain(tools) {
            // Lengths keep a line break within a value from being another field. Writing to a string cannot fail.
            let _ = writeln!(text, "{name} {} {value}", value.len());
        }
        text
    }

    /// Signs with the secret key of a file.
    ///
    /// # Errors
    /// As [`key::sign`].
    pub fn sign(&mut self, secret: &Path) -> Result<(), FlashError> {
        self.signature = Some(key::sign(secret, &self.signed_text())?);
        Ok(())
    }
}
