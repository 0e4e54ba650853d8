//! Verilog text → shared library, cached by digest.

use crate::tool::{self, CXX, VERILATOR, printed};
use crate::{Error, Optimise, Port, Source, shim};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What shapes a library beside its source and the tools: part of every cache key.
const GENERATOR: &str = concat!(include_str!("shim.rs"), include_str!("compile.rs"));

/// A built library and its ports.
pub(crate) struct Built {
    pub(crate) library: PathBuf,
    pub(crate) ports: Vec<Port>,
}

/// Where built models are kept: `target/verilated`, shared by all packages of the workspace.
pub fn cache() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"),
        PathBuf::from,
    );
    target.join("verilated")
}

/// Builds a library unless the cache has it. Several threads and processes may ask at once.
pub(crate) fn library(source: &Source) -> Result<Built, Error> {
    let key = source.digest(&format!("{GENERATOR}\n{}", tool::versions()?));
    let root = cache();
    let folder = root.join(&key);
    if let Some(built) = cached(&folder) {
        return Ok(built);
    }
    let _lock = lock(&root, &key)?;
    if let Some(built) = cached(&folder) {
        return Ok(built);
    }
    let runtime = runtime(&root, source)?;
    let work = root.join(format!("{key}.work"));
    fresh(&work)?;
    let ports = verilate(source, &work)?;
    link(source, &work, &runtime)?;
    fs::write(work.join("ports"), shim::write_ports(&ports)).map_err(Error::io(work.join("ports")))?;
    keep_only(&work, &["model.so", "ports", "verilator.log"])?;
    fs::rename(&work, &folder).map_err(Error::io(&folder))?;
    cached(&folder).ok_or_else(|| Error::Io {
        path: folder,
        source: std::io::ErrorKind::NotFound.into(),
    })
}

fn cached(folder: &Path) -> Option<Built> {
    let ports = shim::read_ports(&fs::read_to_string(folder.join("ports")).ok()?)?;
    let library = folder.join("model.so");
    library.exists().then_some(Built { library, ports })
}

/// One builder a key; the lock dies with the file handle.
fn lock(root: &Path, key: &str) -> Result<File, Error> {
    fs::create_dir_all(root).map_err(Error::io(root))?;
    let path = root.join(format!("{key}.lock"));
    let file = File::create(&path).map_err(Error::io(&path))?;
    file.lock().map_err(Error::io(&path))?;
    Ok(file)
}

fn fresh(folder: &Path) -> Result<(), Error> {
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(Error::io(folder))?;
    }
    fs::create_dir_all(folder).map_err(Error::io(folder))
}

fn keep_only(folder: &Path, names: &[&str]) -> Result<(), Error> {
    for path in files(folder)? {
        if !path
            .file_name()
            .and_then(|n| n.to_str())
            .is_some_and(|n| names.contains(&n))
        {
            fs::remove_file(&path).map_err(Error::io(&path))?;
        }
    }
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::io(folder))? {
        paths.push(entry.map_err(Error::io(folder))?.path());
    }
    paths.sort();
    Ok(paths)
}

/// Writes the texts, runs verilator, writes the shim.
fn verilate(source: &Source, work: &Path) -> Result<Vec<Port>, Error> {
    let mut inputs = vec![(format!("{}.v", source.top), &source.verilog)];
    inputs.extend(
        source
            .bound
            .iter()
            .enumerate()
            .map(|(i, text)| (format!("bound{i}.sv"), text)),
    );
    let mut command = VERILATOR.command();
    command.current_dir(work).args([
        "--cc",
        "--Mdir",
        ".",
        "--prefix",
        shim::PREFIX,
        "--top-module",
        &source.top,
    ]);
    // Lint is a gate of its own; a model of a mutant must build whatever it looks like.
    command
        .args(["-Wno-fatal", "-Wno-lint", "-Wno-style"])
        .args(source.verilator_flags());
    for (name, text) in &inputs {
        fs::write(work.join(name), text).map_err(Error::io(work.join(name)))?;
        command.arg(name);
    }
    let output = VERILATOR.run(&mut command)?;
    let log = printed(&output);
    if !output.status.success() {
        return Err(Error::Verilator {
            top: source.top.clone(),
            output: log,
        });
    }
    fs::write(work.join("verilator.log"), log).map_err(Error::io(work))?;
    let header = work.join(format!("{}.h", shim::PREFIX));
    let ports = shim::parse_ports(&fs::read_to_string(&header).map_err(Error::io(header))?);
    let clock = ports.iter().find(|p| p.name == "clock").map(|p| p.name.as_str());
    let root = work.join(format!("{}___024root.h", shim::PREFIX));
    let root = fs::read_to_string(&root).map_err(Error::io(root))?;
    let text = shim::generate(&ports, source.trace, clock, shim::previous_clock(&root));
    let shim_path = work.join("shim.cpp");
    fs::write(&shim_path, text).map_err(Error::io(shim_path))?;
    Ok(ports)
}

/// Verilator's own runtime, compiled once for each set of flags.
struct Runtime {
    objects: Vec<PathBuf>,
    /// Precompiled header: parsing Verilator's headers is most of the work for a small block.
    header: PathBuf,
}

fn runtime(root: &Path, source: &Source) -> Result<Runtime, Error> {
    let kind = format!(
        "runtime-{}{}",
        if source.trace { "trace-" } else { "" },
        &Source::new("runtime", "").digest(&format!("{GENERATOR}\n{}", tool::versions()?))[..16]
    );
    let folder = root.join(&kind);
    let mut units = vec!["verilated", "verilated_threads"];
    if source.trace {
        units.push("verilated_fst_c");
    }
    let objects = units.iter().map(|u| folder.join(format!("{u}.o"))).collect();
    let built = Runtime {
        objects,
        header: folder.join("common.h"),
    };
    let done = folder.join("done");
    if done.exists() {
        return Ok(built);
    }
    let _lock = lock(root, &kind)?;
    if !done.exists() {
        fresh(&folder)?;
        compile_runtime(source.trace, &units, &built)?;
        fs::write(&done, "").map_err(Error::io(done))?;
    }
    Ok(built)
}

fn compile_runtime(trace: bool, units: &[&str], built: &Runtime) -> Result<(), Error> {
    const WHAT: &str = "Verilator's runtime";
    let include = tool::verilator_include()?;
    for (unit, object) in units.iter().zip(&built.objects) {
        let mut command = compiler(trace, &include);
        command
            .arg("-O2")
            .arg("-c")
            .arg(include.join(format!("{unit}.cpp")));
        compile(&mut command, WHAT, object)?;
    }
    fs::write(&built.header, "#include \"verilated.h\"\n").map_err(Error::io(&built.header))?;
    // The compiler takes the first of these that fits its flags.
    let variants = built.header.with_extension("h.gch");
    fresh(&variants)?;
    for level in ["-O0", "-O1"] {
        let mut command = compiler(trace, &include);
        command.arg(level).args(["-x", "c++-header"]).arg(&built.header);
        compile(&mut command, WHAT, &variants.join(&level[1..]))?;
    }
    Ok(())
}

/// Flags common to runtime and model.
fn compiler(trace: bool, include: &Path) -> Command {
    let trace = u8::from(trace);
    let mut command = CXX.command();
    command.args([
        "-std=gnu++17",
        "-fPIC",
        "-w",
        "-faligned-new",
        "-fcf-protection=none",
    ]);
    // Models of several libraries must not share the runtime's statics.
    command.args(["-fvisibility=hidden", "-fno-gnu-unique"]);
    command.args(
        [
            "VL_USER_FINISH",
            "VL_USER_STOP",
            "VL_USER_FATAL",
            "VL_TIME_CONTEXT",
        ]
        .map(|d| format!("-D{d}")),
    );
    command.args(
        [
            "VM_SC=0",
            "VM_TIMING=0",
            "VM_COVERAGE=0",
            "VM_TRACE_VCD=0",
            "VERILATOR=1",
        ]
        .map(|d| format!("-D{d}")),
    );
    command.args([format!("-DVM_TRACE={trace}"), format!("-DVM_TRACE_FST={trace}")]);
    command
        .arg("-I")
        .arg(include)
        .arg("-I")
        .arg(include.join("vltstd"));
    command
}

fn compile(command: &mut Command, what: &str, object: &Path) -> Result<(), Error> {
    let output = CXX.run(command.arg("-o").arg(object))?;
    if output.status.success() {
        Ok(())
    } else {
        Err(Error::Compiler {
            top: what.into(),
            output: printed(&output),
        })
    }
}

/// Bytes of C++ in one translation unit, about: a large model is compiled on all cores, a small one parses the
/// headers once.
const UNIT_BYTES: usize = 600_000;

/// Translation units: start-up code cheaply, the rest with the optimisation asked for.
fn units(source: &Source, work: &Path) -> Result<Vec<(String, &'static str)>, Error> {
    let level = match source.optimise {
        Optimise::Build => "-O1",
        Optimise::Run => "-O2",
    };
    let mut units: Vec<(String, &'static str)> = Vec::new();
    for level in ["-O0", level] {
        let mut bytes = UNIT_BYTES;
        for path in files(work)? {
            let Some(name) = path
                .file_name()
                .and_then(|n| n.to_str())
                .filter(|n| n.ends_with(".cpp"))
            else {
                continue;
            };
            if (name.contains("__Slow") || name.contains("__Syms")) != (level == "-O0") {
                continue;
            }
            if bytes >= UNIT_BYTES {
                units.push((String::new(), level));
                bytes = 0;
            }
            let size = fs::metadata(&path).map_err(Error::io(&path))?.len();
            bytes += usize::try_from(size).unwrap_or(UNIT_BYTES);
            if let Some((text, _)) = units.last_mut() {
                text.push_str(&format!("#include \"{name}\"\n"));
            }
        }
    }
    Ok(units)
}

fn link(source: &Source, work: &Path, runtime: &Runtime) -> Result<(), Error> {
    let include = tool::verilator_include()?;
    let units = units(source, work)?;
    let object = |index: usize| work.join(format!("unit{index}.o"));
    let next = AtomicUsize::new(0);
    let worker = || loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        let Some((text, level)) = units.get(index) else {
            return Ok(());
        };
        let unit = work.join(format!("unit{index}.cc"));
        fs::write(&unit, text).map_err(Error::io(&unit))?;
        let mut command = compiler(source.trace, &include);
        // The compiler takes a header precompiled at -O1 for -O2 too, and then dies of it.
        if *level != "-O2" {
            command.arg("-include").arg(&runtime.header);
        }
        command.arg(level).arg("-I").arg(work).arg("-c").arg(&unit);
        compile(&mut command, &source.top, &object(index))?;
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores.min(units.len())).map(|_| scope.spawn(worker)).collect();
        // A worker only panics where the caller would have.
        workers.into_iter().try_for_each(|w| match w.join() {
            Ok(result) => result,
            Err(panic) => std::panic::resume_unwind(panic),
        })
    })?;
    let mut command = CXX.command();
    command
        .args(["-shared", "-Wl,-Bsymbolic"])
        .args((0..units.len()).map(object))
        .args(&runtime.objects);
    if source.trace {
        command.arg("-lz");
    }
    compile(command.arg("-lpthread"), &source.top, &work.join("model.so"))
}
