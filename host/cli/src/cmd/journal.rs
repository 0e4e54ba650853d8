//! `tickforge journal`: reads the journal of an order session.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};

use contract::layout::{get_bits, lsb, width};
use contract::slot::{LAYOUT, SLOT_BYTES};
use engine::journal::{Entries, Entry, JournalError, replay};
use serde_json::{Map, Value, json};
use wire::ouch50::{REQUEST_FIELDS, RESPONSE_FIELDS};

use crate::error::CliError;
use crate::output::Format;

/// Check, show, replay or export the journal of an order session, or of a run that learned
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Verify(FileArgs),
    Show(FileArgs),
    Replay(ReplayArgs),
    Export(ExportArgs),
}

/// Check that every line is as it was written and none is missing; exit code 1 if not
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tickforge journal verify session.journal\n  \
    tickforge journal show session.journal\n\n\
    `tickforge trade --journal FILE` writes one, and `tickforge run --journal FILE` one of what was learned.")]
pub(crate) struct FileArgs {
    /// The journal
    file: PathBuf,
}

/// Print the account that the messages of the journal amount to: positions, open orders, cash
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  tickforge journal replay session.journal --format json")]
pub(crate) struct ReplayArgs {
    /// The journal
    file: PathBuf,
    /// How to print it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// How lines are exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
enum ExportFormat {
    /// Columns of what orders and responses have in common.
    #[default]
    Csv,
    /// One object a line, with every field of the message.
    Json,
}

/// Print every line with the fields of its OUCH message
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tickforge journal export session.journal > session.csv\n  \
    tickforge journal export session.journal --format json | jq 'select(.kind == \"got\")'")]
pub(crate) struct ExportArgs {
    /// The journal
    file: PathBuf,
    /// How to print them
    #[arg(long, value_enum, default_value_t)]
    format: ExportFormat,
}

/// Columns of an export as CSV, behind `line` and `kind`.
const COLUMNS: [&str; 16] = [
    "slot",
    "sequence",
    "message",
    "user_ref",
    "symbol",
    "side",
    "quantity",
    "price",
    "time_in_force",
    "match_number",
    "reason",
    "timestamp_ns",
    "note",
    "record",
    "version",
    "warm",
];

/// Fields of OUCH messages that are characters; the others of more than one byte are big-endian integers.
const TEXTS: [&str; 3] = ["symbol", "cl_ord_id", "firm"];

/// Runs the command.
pub(crate) fn run(command: &Command) -> Result<(), CliError> {
    match command {
        Command::Verify(args) => verify(&args.file),
        Command::Show(args) => show(&args.file),
        Command::Replay(args) => replayed(args),
        Command::Export(args) => export(args),
    }
}

fn open(path: &Path) -> Result<BufReader<File>, CliError> {
    File::open(path)
        .map(BufReader::new)
        .map_err(|source| CliError::file(path, source))
}

fn refused(path: &Path, error: JournalError) -> CliError {
    match error {
        JournalError::Read(source) => CliError::file(path, source),
        error => CliError::Check(format!(
            "{}: {error}; what stands in front of it is whole",
            path.display()
        )),
    }
}

/// Calls `each` with the number of every line and what it says.
fn lines(path: &Path, mut each: impl FnMut(u64, &Entry) -> Result<(), CliError>) -> Result<u64, CliError> {
    let mut entries = Entries::new(open(path)?);
    while let Some(entry) = entries.next() {
        each(entries.number(), &entry.map_err(|error| refused(path, error))?)?;
    }
    Ok(entries.number())
}

fn verify(path: &Path) -> Result<(), CliError> {
    let count = lines(path, |_, _| Ok(()))?;
    writeln!(io::stdout(), "{count} lines, all as they were written").map_err(CliError::output)
}

fn show(path: &Path) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    lines(path, |number, entry| {
        let fields = fields(entry);
        let words = fields.iter().map(|(name, value)| match value {
            Value::String(text) => format!(" {name}={text}"),
            value => format!(" {name}={value}"),
        });
        let words: String = words.collect();
        writeln!(out, "{number:>7} {:<7}{words}", entry.kind()).map_err(CliError::output)
    })
    .map(drop)
}

fn replayed(args: &ReplayArgs) -> Result<(), CliError> {
    let mut slots = 0;
    lines(&args.file, |_, entry| {
        if let Entry::Sent(slot, _) = entry {
            slots = slots.max(usize::from(*slot) + 1);
        }
        Ok(())
    })?;
    let account = replay(open(&args.file)?, slots).map_err(|error| refused(&args.file, error))?;
    let text = match args.format {
        Format::Text => account.line(),
        Format::Json => {
            let open = account.open.iter().map(|(user_ref, order)| {
                json!({
                    "user_ref": user_ref,
                    "slot": order.slot,
                    "side": format!("{:?}", order.side).to_lowercase(),
                    "shares": order.shares,
                })
            });
            json!({
                "positions": account.positions,
                "cash": account.cash.to_string(),
                "open": open.collect::<Vec<_>>(),
            })
            .to_string()
        }
    };
    writeln!(io::stdout(), "{text}").map_err(CliError::output)
}

fn export(args: &ExportArgs) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    if args.format == ExportFormat::Csv {
        writeln!(out, "line,kind,{}", COLUMNS.join(",")).map_err(CliError::output)?;
    }
    lines(&args.file, |number, entry| {
        let fields = fields(entry);
        match args.format {
            ExportFormat::Json => {
                let mut object = Map::new();
                object.insert("line".to_owned(), number.into());
                object.insert("kind".to_owned(), entry.kind().into());
                object.extend(fields);
                writeln!(out, "{}", Value::Object(object))
            }
            ExportFormat::Csv => {
                let cells = COLUMNS.map(|name| fields.get(name).map_or_else(String::new, cell));
                writeln!(out, "{number},{},{}", entry.kind(), cells.join(","))
            }
        }
        .map_err(CliError::output)
    })
    .map(drop)
}

fn cell(value: &Value) -> String {
    match value {
        Value::String(text) if text.contains([',', '"']) => format!("\"{}\"", text.replace('"', "\"\"")),
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}

/// What a line says, by name; of a message that is none, its bytes.
fn fields(entry: &Entry) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| {
        fields.insert(name.to_owned(), value);
    };
    let message = match entry {
        Entry::Sent(slot, bytes) => {
            put("slot", (*slot).into());
            Some((bytes, REQUEST_FIELDS))
        }
        Entry::Cancel(bytes) | Entry::Replace(bytes) => Some((bytes, REQUEST_FIELDS)),
        Entry::Got(sequence, bytes) => {
            put("sequence", (*sequence).into());
            Some((bytes, RESPONSE_FIELDS))
        }
        Entry::Again(user_ref) | Entry::GaveUp(user_ref) => {
            put("user_ref", (*user_ref).into());
            None
        }
        Entry::Note(text) | Entry::Learning(text) => {
            put("note", text.as_str().into());
            None
        }
        Entry::Weights {
            record,
            slot,
            number,
            warm,
            bits,
        } => {
            put("slot", (*slot).into());
            put("record", (*record).into());
            put("version", (*number).into());
            put("warm", (*warm).into());
            put("weights", weights(bits));
            None
        }
        Entry::Unlearned(record) | Entry::Ended(record) => {
            put("record", (*record).into());
            None
        }
        Entry::Admitted(record, bytes) => {
            put("record", (*record).into());
            if bytes.len() == SLOT_BYTES {
                let of = |name: &str| get_bits(bytes, lsb(LAYOUT, name), width(LAYOUT, name));
                put("slot", of("symbol_slot").into());
                put("quantity", of("qty").into());
                put("price", of("price").into());
                let side = u8::try_from(of("side")).unwrap_or_default();
                put("side", char::from(side).to_string().into());
            }
            None
        }
        Entry::Lost => None,
    };
    let Some((bytes, table)) = message else {
        return fields;
    };
    let kind = bytes.first().copied().unwrap_or_default();
    put("message", char::from(kind).to_string().into());
    let known = table.iter().find(|(of, ..)| *of == kind);
    for (name, at, width) in known.map_or(&[][..], |(_, _, fields)| fields) {
        if let Some(field) = bytes.get(*at..*at + *width) {
            put(name, value(name, field));
        }
    }
    fields
}

/// Weights as numbers; of other bits than those of eight-byte reals nothing.
fn weights(bits: &[u8]) -> Value {
    let real = |bytes: &[u8]| {
        bytes
            .try_into()
            .map_or(Value::Null, |b| f64::from_be_bytes(b).into())
    };
    bits.chunks(8).map(real).collect::<Vec<_>>().into()
}

fn value(name: &str, field: &[u8]) -> Value {
    if field.len() == 1 || TEXTS.contains(&name) {
        return String::from_utf8_lossy(field).trim_end().to_owned().into();
    }
    field
        .iter()
        .fold(0u64, |sum, byte| sum << 8 | u64::from(*byte))
        .into()
}
