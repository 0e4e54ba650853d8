//! Finding and loading ONNX Runtime, once a process.

use crate::ModelError;
use ort::environment::Environment;
use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

/// Files to try, in order.
fn candidates() -> Vec<PathBuf> {
    let mut out = Vec::new();
    if let Some(path) = std::env::var_os("ORT_DYLIB_PATH").filter(|p| !p.is_empty()) {
        out.push(PathBuf::from(path));
    }
    if let Ok(exe) = std::env::current_exe() {
        out.extend(
            exe.ancestors()
                .skip(1)
                .map(|d| d.join(".deps/onnxruntime/libonnxruntime.so"))
                .filter(|p| p.exists()),
        );
    }
    out.push(PathBuf::from("libonnxruntime.so"));
    out
}

fn load() -> Result<(Environment, PathBuf), String> {
    let mut tried = Vec::new();
    for path in candidates() {
        let attempt = |p: &Path| -> Result<Environment, String> {
            let builder = ort::init_from(p).map_err(|e| e.to_string())?;
            builder.with_telemetry(false).build().map_err(|e| e.to_string())
        };
        match attempt(&path) {
            Ok(environment) => return Ok((environment, path)),
            Err(e) => tried.push(format!("{}: {e}", path.display())),
        }
    }
    Err(tried.join("; "))
}

fn loaded() -> Result<&'static (Environment, PathBuf), ModelError> {
    static LOADED: OnceLock<Result<(Environment, PathBuf), String>> = OnceLock::new();
    LOADED
        .get_or_init(load)
        .as_ref()
        .map_err(|tried| ModelError::RuntimeMissing { tried: tried.clone() })
}

/// The one environment of the process.
pub(crate) fn environment() -> Result<&'static Environment, ModelError> {
    loaded().map(|(environment, _)| environment)
}

/// The ONNX Runtime library this process uses; loads it when that has not been done.
///
/// # Errors
/// [`ModelError::RuntimeMissing`].
pub fn runtime_library() -> Result<&'static Path, ModelError> {
    loaded().map(|(_, path)| path.as_path())
}
