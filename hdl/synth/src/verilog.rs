//! What emitted Verilog says about itself: ports, and which module holds which.

use crate::Error;
use std::collections::BTreeMap;

/// A port of a module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// Name.
    pub name: String,
    /// Bits.
    pub width: usize,
    /// Driven by the module.
    pub is_output: bool,
}

/// A module within another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Instance {
    /// Name of the instance.
    pub name: String,
    /// Name of its module.
    pub module: String,
}

/// Ports and instances of every module of a text.
#[derive(Debug, Clone, Default)]
pub struct Outline {
    modules: BTreeMap<String, (Vec<Port>, Vec<Instance>)>,
}

impl Outline {
    /// Reads a text as `gateware::emit` prints it: one declaration a line, an instance's head a line of its own.
    pub fn of(verilog: &str) -> Self {
        let mut outline = Self::default();
        let mut open: Option<String> = None;
        for line in verilog.lines() {
            if let Some(name) = line.strip_prefix("module ") {
                let name = name.split('(').next().unwrap_or(name).trim().to_owned();
                outline.modules.insert(name.clone(), (Vec::new(), Vec::new()));
                open = Some(name);
            } else if line.starts_with("endmodule") {
                open = None;
            } else if let Some((ports, instances)) =
                open.as_ref().and_then(|name| outline.modules.get_mut(name))
            {
                ports.extend(port(line.trim()));
                instances.extend(instance(line));
            }
        }
        outline
    }

    /// Ports of a module, in order.
    ///
    /// # Errors
    /// [`Error::Unreadable`] when there is no such module.
    pub fn ports(&self, module: &str) -> Result<&[Port], Error> {
        self.module(module).map(|(ports, _)| ports.as_slice())
    }

    /// The module at a path of instances below `top`, `a.b.c`.
    ///
    /// # Errors
    /// [`Error::Unreadable`] when there is none.
    pub fn module_at(&self, top: &str, path: &str) -> Result<&str, Error> {
        let mut module = self
            .modules
            .get_key_value(top)
            .ok_or_else(|| Error::unreadable(top, "no such module"))?
            .0
            .as_str();
        for name in path.split('.') {
            let (_, instances) = self.module(module)?;
            module = instances
                .iter()
                .find(|instance| instance.name == name)
                .map(|instance| instance.module.as_str())
                .ok_or_else(|| {
                    Error::unreadable(format!("{top}.{path}"), format!("{module} has no {name}"))
                })?;
        }
        Ok(module)
    }

    fn module(&self, name: &str) -> Result<&(Vec<Port>, Vec<Instance>), Error> {
        self.modules
            .get(name)
            .ok_or_else(|| Error::unreadable(name, "no such module"))
    }
}

/// `input wire [63:0] name;` or `output reg name;`.
fn port(line: &str) -> Option<Port> {
    let (is_output, rest) = match line.strip_prefix("input ") {
        Some(rest) => (false, rest),
        None => (true, line.strip_prefix("output ")?),
    };
    let rest = rest.strip_suffix(';')?;
    let rest = rest
        .strip_prefix("wire ")
        .or_else(|| rest.strip_prefix("reg "))
        .unwrap_or(rest);
    let (width, name) = match rest.strip_prefix('[') {
        Some(range) => {
            let (range, name) = range.split_once(']')?;
            (range.split(':').next()?.trim().parse::<usize>().ok()? + 1, name)
        }
        None => (1, rest),
    };
    Some(Port {
        name: name.trim().into(),
        width,
        is_output,
    })
}

/// `    module name(`.
fn instance(line: &str) -> Option<Instance> {
    let head = line.strip_prefix("    ")?.strip_suffix('(')?;
    let (module, name) = head.split_once(' ')?;
    let is_name =
        |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    (is_name(module) && is_name(name)).then(|| Instance {
        name: name.into(),
        module: module.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use gateware::emit::{Size, emit};

    #[test]
    fn ports_and_instances_of_an_emitted_block_are_read() {
        let outline = Outline::of(&emit("stream_fifo", Size::Small).unwrap());
        let ports = outline.ports("stream_fifo").unwrap();
        let clock = ports.iter().find(|port| port.name == "clock").unwrap();
        assert_eq!((clock.width, clock.is_output), (1, false));
        assert!(
            ports.iter().any(|port| port.is_output && port.width > 1),
            "{ports:?}"
        );
        let (_, inside) = outline.module("stream_fifo").unwrap();
        assert!(!inside.is_empty());
        for instance in inside {
            assert_eq!(
                outline.module_at("stream_fifo", &instance.name).unwrap(),
                instance.module
            );
        }
        let error = outline.module_at("stream_fifo", "nothing").unwrap_err();
        assert!(error.to_string().contains("has no nothing"), "{error}");
        assert!(outline.ports("other").is_err());
    }

    #[test]
    fn a_range_gives_the_width() {
        let read = |line| port(line).map(|port| (port.name, port.width, port.is_output));
        assert_eq!(read("input wire [63:0] data;"), Some(("data".into(), 64, false)));
        assert_eq!(read("output reg ready;"), Some(("ready".into(), 1, true)));
        assert_eq!(read("reg [3:0] inner;"), None);
        assert_eq!(
            instance("    top_csr csr("),
            Some(Instance {
                name: "csr".into(),
                module: "top_csr".into()
            })
        );
        assert_eq!(instance("    always @(*) f("), None);
    }
}
