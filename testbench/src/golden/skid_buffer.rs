//! Golden model of the skid buffer, cycle by cycle.

/// At most one held word.
#[derive(Debug, Clone, Default)]
pub struct SkidBuffer {
    held: Option<Vec<u32>>,
}

impl SkidBuffer {
    /// Whether a word would be taken in this cycle.
    pub fn sink_ready(&self) -> bool {
        self.held.is_none()
    }

    /// The word offered downstream in this cycle.
    pub fn source<'a>(&'a self, sink: Option<&'a Vec<u32>>) -> Option<&'a Vec<u32>> {
        self.held.as_ref().or(sink)
    }

    /// The clock edge.
    pub fn tick(&mut self, sink: Option<&Vec<u32>>, source_ready: bool, reset: bool) {
        let offered = self.source(sink).cloned();
        self.held = if source_ready || reset { None } else { offered };
    }
}
