//! Models loaded at run time. The only module with `unsafe`.

use crate::bits::{self, mask};
use crate::{Direction, Error, Port, Source, compile};
use libloading::Library;
use std::collections::HashMap;
use std::ffi::{CString, c_char, c_void};
use std::path::Path;
use std::sync::Arc;

/// A port of a model, resolved once by [`Model::port`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PortId(u32);

type New = unsafe extern "C" fn(u32) -> *mut c_void;
type OnHandle = unsafe extern "C" fn(*mut c_void);
type Tick = unsafe extern "C" fn(*mut c_void, u64);
type Errors = unsafe extern "C" fn(*mut c_void) -> u64;
type PortAt = unsafe extern "C" fn(*mut c_void, u32) -> *mut c_void;
type TraceOpen = unsafe extern "C" fn(*mut c_void, *const c_char);

/// The library's functions; they live as long as it.
#[derive(Clone, Copy)]
struct Functions {
    new: New,
    free: OnHandle,
    eval: OnHandle,
    errors: Errors,
    port: PortAt,
    tick: Option<Tick>,
    trace_open: Option<TraceOpen>,
}

/// A library, its ports and functions: shared by all instances of a model.
struct Loaded {
    top: String,
    ports: Vec<Port>,
    by_name: HashMap<String, u32>,
    functions: Functions,
    // Dropped last: the functions point into it.
    _library: Library,
}

/// A simulated block. Several may live in one process; each may move between threads.
///
/// A port's value changes when it is [`set`](Self::set); everything else changes in
/// [`eval`](Self::eval) and [`tick`](Self::tick).
pub struct Model {
    loaded: Arc<Loaded>,
    handle: *mut c_void,
    /// One a port: its storage in the C++ object.
    storage: Vec<*mut c_void>,
    cycles: u64,
    seed: u32,
}

// SAFETY: the C++ object owns its context and shares nothing mutable with other instances (each library has
// its own copy of the runtime, whose per-thread state is thread-local); `&mut self` serialises access.
unsafe impl Send for Model {}

impl std::fmt::Debug for Model {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Model")
            .field("top", &self.loaded.top)
            .field("cycles", &self.cycles)
            .finish_non_exhaustive()
    }
}

impl Model {
    /// Builds (or finds in the cache) and loads a model; the seed shapes uninitialised registers.
    ///
    /// # Errors
    /// A missing tool, or what verilator or the compiler said.
    pub fn build(source: &Source, seed: u32) -> Result<Self, Error> {
        let built = compile::library(source)?;
        let load = |error| Error::Load {
            path: built.library.clone(),
            source: error,
        };
        // SAFETY: the library is ours, built by `compile::library`; its constructors only set up C++ statics.
        let library = unsafe { Library::new(&built.library) }.map_err(load)?;
        let functions = functions(&library).map_err(load)?;
        let by_name = (0..)
            .zip(&built.ports)
            .map(|(i, p)| (p.name.clone(), i))
            .collect();
        let loaded = Loaded {
            top: source.top().into(),
            ports: built.ports,
            by_name,
            functions,
            _library: library,
        };
        Ok(Self::instance(Arc::new(loaded), seed))
    }

    /// Another instance of the same library, from reset.
    #[must_use]
    pub fn another(&self, seed: u32) -> Self {
        Self::instance(Arc::clone(&self.loaded), seed)
    }

    fn instance(loaded: Arc<Loaded>, seed: u32) -> Self {
        let Functions { new, port, .. } = loaded.functions;
        // SAFETY: `new` takes any number and returns an owned object.
        let handle = unsafe { new(seed) };
        let indices = (0..).take(loaded.ports.len());
        // SAFETY: the handle is live and the index below the number of ports.
        let storage = indices.map(|i| unsafe { port(handle, i) }).collect();
        let mut model = Self {
            loaded,
            handle,
            storage,
            cycles: 0,
            seed,
        };
        model.clear_inputs();
        // The first evaluation only takes note of the clock's level: an edge in it would be lost.
        model.eval();
        model
    }

    /// Inputs start at zero, whatever the seed.
    fn clear_inputs(&mut self) {
        let count = (0..)
            .zip(self.ports())
            .filter(|(_, p)| p.direction == Direction::Input);
        let inputs: Vec<_> = count.map(|(i, _)| PortId(i)).collect();
        for port in inputs {
            self.set_wide(port, &[]);
        }
    }

    /// Name of the top module.
    pub fn top(&self) -> &str {
        &self.loaded.top
    }

    /// The seed this instance was made with.
    pub fn seed(&self) -> u32 {
        self.seed
    }

    /// All ports, in the order of the module.
    pub fn ports(&self) -> &[Port] {
        &self.loaded.ports
    }

    /// The port called `name`.
    ///
    /// # Panics
    /// If there is none: the message lists them all.
    #[track_caller]
    pub fn port(&self, name: &str) -> PortId {
        self.try_port(name).unwrap_or_else(|error| panic!("{error}"))
    }

    /// The port called `name`.
    ///
    /// # Errors
    /// [`Error::NoSuchPort`].
    pub fn try_port(&self, name: &str) -> Result<PortId, Error> {
        self.loaded
            .by_name
            .get(name)
            .map(|&i| PortId(i))
            .ok_or_else(|| Error::NoSuchPort {
                top: self.loaded.top.clone(),
                name: name.into(),
                ports: self
                    .loaded
                    .ports
                    .iter()
                    .map(|p| p.name.as_str())
                    .collect::<Vec<_>>()
                    .join(", "),
            })
    }

    /// Name, width and direction of a port.
    ///
    /// # Panics
    /// If the id comes from another block's model.
    #[track_caller]
    pub fn describe(&self, port: PortId) -> &Port {
        &self.loaded.ports[port.0 as usize]
    }

    /// Drives an input of up to 64 bits.
    ///
    /// # Panics
    /// If the port is an output or wider, or the value does not fit.
    #[track_caller]
    pub fn set(&mut self, port: PortId, value: u64) {
        let Port {
            name,
            width,
            direction,
        } = self.describe(port);
        assert!(*direction == Direction::Input, "port `{name}` is an output");
        assert!(*width <= 64, "port `{name}` has {width} bits: use set_wide");
        assert!(
            value <= mask(*width),
            "{value:#x} does not fit the {width} bits of port `{name}`"
        );
        let (width, at) = (*width, self.storage[port.0 as usize]);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the value was compared with the port's width"
        )]
        // SAFETY: the storage belongs to this live object and has Verilator's type for this width:
        // 8, 16, 32 or 64 bits, aligned; nothing else accesses it during the call.
        unsafe {
            match width {
                0..=8 => at.cast::<u8>().write(value as u8),
                9..=16 => at.cast::<u16>().write(value as u16),
                17..=32 => at.cast::<u32>().write(value as u32),
                _ => at.cast::<u64>().write(value),
            }
        }
    }

    /// Reads a port of up to 64 bits.
    ///
    /// # Panics
    /// If the port is wider.
    #[track_caller]
    pub fn get(&self, port: PortId) -> u64 {
        let Port { name, width, .. } = self.describe(port);
        assert!(*width <= 64, "port `{name}` has {width} bits: use get_wide");
        let at = self.storage[port.0 as usize];
        // SAFETY: as in `set`; the model does not run during the read.
        unsafe {
            match width {
                0..=8 => at.cast::<u8>().read().into(),
                9..=16 => at.cast::<u16>().read().into(),
                17..=32 => at.cast::<u32>().read().into(),
                _ => at.cast::<u64>().read(),
            }
        }
    }

    /// Drives an input of any width; words lowest first, missing ones are zero.
    ///
    /// # Panics
    /// If the port is an output or the value does not fit.
    #[track_caller]
    pub fn set_wide(&mut self, port: PortId, words: &[u32]) {
        let Port {
            name,
            width,
            direction,
        } = self.describe(port);
        assert!(*direction == Direction::Input, "port `{name}` is an output");
        let (width, at) = (*width, self.storage[port.0 as usize]);
        let count = bits::words(width);
        let top = mask(width - 32 * (width - 1).div_euclid(32));
        let fits = words
            .iter()
            .enumerate()
            .all(|(i, &word)| match (i + 1).cmp(&count) {
                std::cmp::Ordering::Less => true,
                std::cmp::Ordering::Equal => u64::from(word) <= top,
                std::cmp::Ordering::Greater => word == 0,
            });
        assert!(
            fits,
            "value does not fit the {width} bits of port `{name}`: {words:x?}"
        );
        let word = |i: usize| words.get(i).copied().unwrap_or(0);
        if width <= 64 {
            self.set(port, u64::from(word(0)) | u64::from(word(1)) << 32);
            return;
        }
        for i in 0..count {
            // SAFETY: a port wider than 64 bits is an array of `count` 32-bit words.
            unsafe { at.cast::<u32>().add(i).write(word(i)) };
        }
    }

    /// Reads a port of any width; words lowest first.
    #[track_caller]
    pub fn get_wide(&self, port: PortId) -> Vec<u32> {
        let mut words = vec![0; bits::words(self.describe(port).width)];
        self.get_wide_into(port, &mut words);
        words
    }

    /// Reads a port of any width into a buffer of at least its words.
    ///
    /// # Panics
    /// If the buffer is too short.
    #[track_caller]
    pub fn get_wide_into(&self, port: PortId, words: &mut [u32]) {
        let width = self.describe(port).width;
        let count = bits::words(width);
        if width <= 64 {
            let value = self.get(port);
            let halves = bits::halves(value);
            words[..count].copy_from_slice(&halves[..count]);
            return;
        }
        let at = self.storage[port.0 as usize].cast::<u32>();
        for (i, word) in words[..count].iter_mut().enumerate() {
            // SAFETY: a port wider than 64 bits is an array of `count` 32-bit words.
            *word = unsafe { at.add(i).read() };
        }
    }

    /// Settles combinational logic after inputs have changed.
    pub fn eval(&mut self) {
        // SAFETY: the handle is live until drop.
        unsafe { (self.loaded.functions.eval)(self.handle) }
    }

    /// One clock cycle: rising edge with the inputs as they are, then the falling edge.
    ///
    /// Afterwards outputs show the new state (and combinational paths from the inputs as they are).
    ///
    /// # Panics
    /// If the block has no port `clock`.
    #[track_caller]
    pub fn tick(&mut self) {
        self.ticks(1);
    }

    /// Several clock cycles with unchanged inputs, in one call.
    ///
    /// # Panics
    /// If the block has no port `clock`.
    #[track_caller]
    pub fn ticks(&mut self, count: u64) {
        let tick = self
            .loaded
            .functions
            .tick
            .unwrap_or_else(|| panic!("`{}` has no port `clock`", self.loaded.top));
        // SAFETY: the handle is live until drop.
        unsafe { tick(self.handle, count) };
        self.cycles += count;
    }

    /// Clock cycles so far.
    pub fn cycles(&self) -> u64 {
        self.cycles
    }

    /// Assertions of the Verilog (and of bound checkers) that have failed so far; their text goes to stdout.
    pub fn assertion_failures(&self) -> u64 {
        // SAFETY: the handle is live until drop.
        unsafe { (self.loaded.functions.errors)(self.handle) }
    }

    /// Starts an FST trace of every signal; one time unit a half cycle.
    ///
    /// # Errors
    /// [`Error::NoTrace`] if the model was built without [`Source::trace`].
    pub fn trace_open(&mut self, path: &Path) -> Result<(), Error> {
        let open = self.loaded.functions.trace_open.ok_or_else(|| Error::NoTrace {
            top: self.loaded.top.clone(),
        })?;
        let invalid = |_| Error::Io {
            path: path.into(),
            source: std::io::ErrorKind::InvalidInput.into(),
        };
        let text = CString::new(path.as_os_str().as_encoded_bytes()).map_err(invalid)?;
        // SAFETY: live handle, NUL-terminated path that outlives the call.
        unsafe { open(self.handle, text.as_ptr()) };
        Ok(())
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        // SAFETY: made by `new`, freed once; the library is still loaded, as `loaded` drops afterwards.
        unsafe { (self.loaded.functions.free)(self.handle) }
    }
}

fn functions(library: &Library) -> Result<Functions, libloading::Error> {
    // SAFETY: the names and types are those of `shim::generate`; absent ones are optional here.
    unsafe {
        Ok(Functions {
            new: *library.get::<New>(b"vm_new\0")?,
            free: *library.get::<OnHandle>(b"vm_free\0")?,
            eval: *library.get::<OnHandle>(b"vm_eval\0")?,
            errors: *library.get::<Errors>(b"vm_errors\0")?,
            port: *library.get::<PortAt>(b"vm_port\0")?,
            tick: library.get::<Tick>(b"vm_tick\0").ok().map(|f| *f),
            trace_open: library.get::<TraceOpen>(b"vm_trace_open\0").ok().map(|f| *f),
        })
    }
}
