//! Output files that are whole or not there: written beside their place and renamed at the end.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::error::CliError;

/// How a command prints its result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum Format {
    /// For reading.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// A new journal. What a session or a run has written down is never written over: it may be all that says what is open at an exchange.
#[cfg(feature = "sim")]
pub(crate) fn journal(path: &Path) -> Result<File, CliError> {
    let is_written = path.metadata().is_ok_and(|file| file.is_file() && file.len() > 0);
    if is_written {
        return Err(CliError::Input(format!(
            "{}: is there already, and a journal is written over nothing; name another file, or move this one away",
            path.display()
        )));
    }
    File::create(path).map_err(|source| CliError::file(path, source))
}

/// Refuses to write over a file that is read at the same time.
pub(crate) fn not_over(out: &Path, inputs: &[&Path]) -> Result<(), CliError> {
    let Ok(out) = out.canonicalize() else {
        return Ok(());
    };
    let is_out = |input: &&&Path| input.canonicalize().is_ok_and(|input| input == out);
    match inputs.iter().find(is_out) {
        Some(input) => Err(CliError::Input(format!(
            "{}: is read by this command and would be written over; name another file",
            input.display()
        ))),
        None => Ok(()),
    }
}

/// A file under construction; dropped without [`OutputFile::finish`] it leaves nothing behind.
#[derive(Debug)]
pub(crate) struct OutputFile {
    target: PathBuf,
    partial: PathBuf,
    sink: Option<Sink>,
}

#[derive(Debug)]
enum Sink {
    Plain(BufWriter<File>),
    Gzip(BufWriter<GzEncoder<File>>),
}

impl OutputFile {
    /// Starts a file; a name that ends in `.gz` is compressed.
    pub(crate) fn create(target: &Path) -> Result<Self, CliError> {
        let mut name = target.as_os_str().to_owned();
        name.push(".partial");
        let partial = PathBuf::from(name);
        let file = File::create(&partial).map_err(|source| CliError::file(&partial, source))?;
        let gzip = target
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case("gz"));
        let sink = if gzip {
            Sink::Gzip(BufWriter::new(GzEncoder::new(file, Compression::default())))
        } else {
            Sink::Plain(BufWriter::with_capacity(1 << 16, file))
        };
        Ok(Self {
            target: target.to_owned(),
            partial,
            sink: Some(sink),
        })
    }

    /// Completes the file and gives it its name.
    pub(crate) fn finish(mut self) -> Result<(), CliError> {
        let closed = match self.sink.take() {
            Some(Sink::Plain(mut writer)) => writer.flush(),
            Some(Sink::Gzip(writer)) => close_gzip(writer),
            None => Ok(()),
        };
        let renamed = closed.and_then(|()| std::fs::rename(&self.partial, &self.target));
        renamed.map_err(|source| CliError::file(&self.target, source))
    }

    fn writer(&mut self) -> io::Result<&mut dyn Write> {
        match &mut self.sink {
            Some(Sink::Plain(writer)) => Ok(writer),
            Some(Sink::Gzip(writer)) => Ok(writer),
            None => Err(io::Error::other("the output file is finished")),
        }
    }
}

fn close_gzip(writer: BufWriter<GzEncoder<File>>) -> io::Result<()> {
    let encoder = writer.into_inner().map_err(io::IntoInnerError::into_error)?;
    encoder.finish().map(drop)
}

impl Write for OutputFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writer()?.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer()?.flush()
    }
}

impl Drop for OutputFile {
    fn drop(&mut self) {
        // After `finish` the name is gone already; before it a failed removal leaves only the marked partial.
        let _removed = std::fs::remove_file(&self.partial);
    }
}
