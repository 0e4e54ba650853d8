//! Rows as Parquet: columns of the record as they are in it, integers, and three columns a horizon.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use contract::feature::{CORE_COUNT, CORE_FEATURES};
use contract::wide::{RANKED, RANKS, VALUES, WIDE, Wide};
use parquet::basic::Compression;
use parquet::data_type::{Int32Type, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use super::labels::{Horizon, Label};
use crate::error::CliError;
use crate::output::OutputFile;

/// Rows that are held in memory and written at once.
const ROWS: usize = 65_536;

/// Columns before the features: name and Parquet type.
const FIXED: [(&str, &str); 10] = [
    ("seq", "int64 (INTEGER(64,false))"),
    ("ts_ns", "int64 (INTEGER(64,false))"),
    ("slot", "int32 (INTEGER(8,false))"),
    ("event", "int32 (INTEGER(8,false))"),
    ("flags", "int32 (INTEGER(8,false))"),
    ("tracking", "int32 (INTEGER(16,false))"),
    ("bid_px", "int32 (INTEGER(32,false))"),
    ("ask_px", "int32 (INTEGER(32,false))"),
    ("bid_sz", "int32 (INTEGER(32,false))"),
    ("ask_sz", "int32 (INTEGER(32,false))"),
];
/// Of these the first are of 64 bits.
const LONG: usize = 2;
/// Columns of a horizon.
const LABELS: [&str; 3] = ["mid2", "buy", "sell"];

/// A row before its labels are known.
#[derive(Debug, Clone)]
pub(crate) struct Record {
    long: [i64; LONG],
    narrow: [i32; FIXED.len() - LONG],
    features: [i16; CORE_COUNT],
    wide: Option<Box<Wide>>,
}

impl Record {
    /// The columns of a card's row.
    pub(crate) fn of(row: &crate::source::Row<'_>) -> Self {
        let core = &row.core;
        // Parquet has unsigned columns, in which its signed integers of the same width are the same bits.
        Self {
            long: [row.seq.cast_signed(), core.ts_ns.cast_signed()],
            narrow: [
                i32::from(core.slot),
                i32::from(core.event as u8),
                i32::from(core.flags),
                i32::from(row.tracking),
                core.bid.px.cast_signed(),
                core.ask.px.cast_signed(),
                core.bid.sz.cast_signed(),
                core.ask.sz.cast_signed(),
            ],
            features: core.features,
            wide: row.wide.map(|wide| Box::new(*wide)),
        }
    }
}

/// What a file says of itself, as name and value.
pub(crate) type About = Vec<(String, String)>;

/// A Parquet file under construction.
pub(crate) struct Table {
    path: PathBuf,
    writer: SerializedFileWriter<Parts>,
    long: Vec<Vec<i64>>,
    narrow: Vec<Vec<i32>>,
    /// Columns of labels: value, and whether there is one.
    labels: Vec<(Vec<i64>, Vec<i16>)>,
    rows: usize,
    /// Rows written so far.
    pub(crate) written: u64,
}

/// The file gets its name when the table is whole.
type Parts = OutputFile;

impl Table {
    /// A file that appears at `path` when it is finished.
    pub(crate) fn create(
        path: &Path,
        horizons: &[Horizon],
        wide: bool,
        about: About,
    ) -> Result<Self, CliError> {
        let schema = parse_message_type(&schema(horizons, wide)).map_err(|error| wrong(path, &error))?;
        let about = about.into_iter().map(|(key, value)| KeyValue::new(key, value));
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_key_value_metadata(Some(about.collect()))
            .build();
        let file = OutputFile::create(path)?;
        let writer = SerializedFileWriter::new(file, Arc::new(schema), Arc::new(properties))
            .map_err(|error| wrong(path, &error))?;
        Ok(Self {
            path: path.to_owned(),
            writer,
            long: vec![Vec::new(); LONG],
            narrow: vec![Vec::new(); FIXED.len() - LONG + CORE_COUNT + if wide { VALUES + RANKS } else { 0 }],
            labels: vec![Default::default(); LABELS.len() * horizons.len()],
            rows: 0,
            written: 0,
        })
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, record: &Record, labels: &[Label]) -> Result<(), CliError> {
        for (column, value) in self.long.iter_mut().zip(record.long) {
            column.push(value);
        }
        let features = record.features.map(i32::from);
        let wide = record.wide.iter().flat_map(|wide| {
            let values = wide.values.iter().copied().map(i32::from);
            values.chain(wide.ranks.iter().copied().map(i32::from))
        });
        let values = record.narrow.iter().chain(&features).copied().chain(wide);
        for (column, value) in self.narrow.iter_mut().zip(values) {
            column.push(value);
        }
        let labels = labels
            .iter()
            .flat_map(|label| [label.mid2, label.buy, label.sell]);
        for ((values, there), label) in self.labels.iter_mut().zip(labels) {
            values.extend(label);
            there.push(i16::from(label.is_some()));
        }
        self.rows += 1;
        if self.rows == ROWS { self.flush() } else { Ok(()) }
    }

    /// Completes the file and gives it its name; how many rows it has.
    pub(crate) fn finish(mut self) -> Result<u64, CliError> {
        self.flush()?;
        let file = self
            .writer
            .into_inner()
            .map_err(|error| wrong(&self.path, &error))?;
        file.finish()?;
        Ok(self.written)
    }

    fn flush(&mut self) -> Result<(), CliError> {
        if self.rows > 0 {
            self.group().map_err(|error| wrong(&self.path, &error))?;
            self.written += self.rows as u64;
            self.rows = 0;
        }
        Ok(())
    }

    /// All columns as one row group, in the order of the schema.
    fn group(&mut self) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for values in &mut self.long {
            column(&mut group, |writer| {
                writer.typed::<Int64Type>().write_batch(values, None, None)
            })?;
            values.clear();
        }
        for values in &mut self.narrow {
            column(&mut group, |writer| {
                writer.typed::<Int32Type>().write_batch(values, None, None)
            })?;
            values.clear();
        }
        for (values, there) in &mut self.labels {
            column(&mut group, |writer| {
                writer.typed::<Int64Type>().write_batch(values, Some(there), None)
            })?;
            values.clear();
            there.clear();
        }
        group.close().map(drop)
    }
}

type Column<'a> = parquet::file::writer::SerializedColumnWriter<'a>;

fn column(
    group: &mut SerializedRowGroupWriter<'_, Parts>,
    write: impl FnOnce(&mut Column<'_>) -> Result<usize, ParquetError>,
) -> Result<(), ParquetError> {
    let Some(mut writer) = group.next_column()? else {
        return Err(ParquetError::General(
            "more columns than the schema has".to_owned(),
        ));
    };
    write(&mut writer)?;
    writer.close()
}

/// In the notation of the Parquet format's message types.
fn schema(horizons: &[Horizon], wide: bool) -> String {
    let mut text = String::from("message record {\n");
    let column = |kind: &str, name: &str| {
        let (physical, logical) = kind.split_once(' ').unwrap_or((kind, ""));
        format!("  required {physical} {name} {logical};\n")
    };
    for (name, kind) in FIXED {
        text += &column(kind, name);
    }
    for feature in &CORE_FEATURES {
        text += &column("int32 (INTEGER(16,true))", feature.name);
    }
    if wide {
        for value in &WIDE {
            text += &column("int32 (INTEGER(16,true))", value.feature.name);
        }
        for name in RANKED {
            text += &column("int32 (INTEGER(8,false))", &format!("rank_{name}"));
        }
    }
    for horizon in horizons {
        for label in LABELS {
            text += &format!("  optional int64 {label}_{horizon};\n");
        }
    }
    text + "}\n"
}

fn wrong(path: &Path, error: &ParquetError) -> CliError {
    CliError::file(path, std::io::Error::other(error.to_string()))
}
