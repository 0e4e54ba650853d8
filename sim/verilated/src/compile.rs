//! Verilog text → shared library, cached by digest.

use crate::tool::{self, CXX, VERILATOR, printed};
use crate::{Error, Optimise, Port, Source, shim};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

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
    let shim_path = work.join("shim.cpp");
    fs::write(&shim_path, shim::generate(&ports, source.trace, clock)).map_err(Error::io(shim_path))?;
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

/// Two translation units: start-up code cheaply, the rest with the optimisation asked for.
fn link(source: &Source, work: &Path, runtime: &Runtime) -> Result<(), Error> {
    let include = tool::verilator_include()?;
    let level = match source.optimise {
        Optimise::Build => "-O1",
        Optimise::Run => "-O2",
    };
    let (mut slow, mut fast) = (String::new(), String::new());
    for path in files(work)? {
        let Some(name) = path
            .file_name()
            .and_then(|n| n.to_str())
            .filter(|n| n.ends_with(".cpp"))
        else {
            continue;
        };
        let unit = if name.contains("__Slow") || name.contains("__Syms") {
            &mut slow
        } else {
            &mut fast
        };
        unit.push_str(&format!("#include \"{name}\"\n"));
    }
    let mut objects = Vec::new();
    for (name, text, level) in [("slow", slow, "-O0"), ("fast", fast, level)] {
        let unit = work.join(format!("{name}.cc"));
        fs::write(&unit, text).map_err(Error::io(&unit))?;
        let object = work.join(format!("{name}.o"));
        let mut command = compiler(source.trace, &include);
        command
            .arg(level)
            .arg("-include")
            .arg(&runtime.header)
            .arg("-I")
            .arg(work)
            .arg("-c")
            .arg(&unit);
        compile(&mut command, &source.top, &object)?;
        objects.push(object);
    }
    let mut command = CXX.command();
    command
        .args(["-shared", "-Wl,-Bsymbolic"])
        .args(objects)
        .args(&runtime.objects);
    if source.trace {
        command.arg("-lz");
    }
    compile(command.arg("-lpthread"), &source.top, &work.join("model.so"))
}
