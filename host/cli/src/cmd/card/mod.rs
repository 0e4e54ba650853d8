//! `tickforge card`: the simulated card as a process of its own.

mod mac;

use std::path::PathBuf;
use std::str::FromStr;

use gateware::emit::Size;
use sim_card::Line;
use sim_card::Options;
use sim_card::lab::{Lab, LabClient};
use sim_card::serve::{ServeError, ServeOptions, Server};

use crate::cmd::gateware::parse_size;
use crate::error::CliError;
use crate::live::replaced;
use mac::{MacPort, Taps, TxPort};

/// What the log says unless `TICKFORGE_LOG` says otherwise.
const LOG: &str = "info,vfio_user=warn";

/// Serve a simulated card to other processes
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    Serve(Serve),
    Pull(Pull),
}

/// Pull a served card out, as far as its driver can tell, or put it back
///
/// While it is out its registers read all-ones, writes go nowhere and it writes to no memory; the socket stays, and so
/// does a guest behind it. Put back, the card is as it comes up. Not while a command feeds the card through its lab.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  tickforge card pull --socket /tmp/card; tickforge card pull --socket /tmp/card --back"
)]
pub(crate) struct Pull {
    /// Path of the vfio-user socket
    #[arg(long, value_name = "SOCKET")]
    socket: PathBuf,
    /// Put it back
    #[arg(long)]
    back: bool,
}

/// Serve the Verilated card as a PCIe function behind a vfio-user socket
///
/// Programs attach with --card vfio-user:SOCKET, QEMU with its vfio-user-pci device. Every register access is a
/// transaction of the gateware, DMA goes into memory the client has mapped, interrupts are MSI-X by eventfd. When a
/// client goes, however it goes, the card is power-cycled and waits for the next. `run`, `book` and `features` feed the
/// card's receive ports themselves, through SOCKET.lab; for other clients frames come from --mac-a and --mac-b, from the
/// moment the driver enables reception. Files start over when the card is reset.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  \
    tickforge card serve --socket /tmp/card & tickforge run --card vfio-user:/tmp/card --config run.toml --feed day.itch\n  \
    tickforge card serve --socket /tmp/card --mac-a day.pcap --mac-tx orders.pcap\n  \
    tickforge card serve --socket /tmp/card --mac-a udp:233.54.12.1:18001\n  \
    ip tuntap add mode tap user $USER name tap0; ip link set tap0 up\n  \
    tickforge card serve --socket /tmp/card --mac-a tap:tap0 --mac-tx tap:tap0\n  \
    tickforge card serve --socket /tmp/card --mac-o tap:tap1 --mac-tx tap:tap1")]
pub(crate) struct Serve {
    /// Path of the vfio-user socket
    #[arg(long, value_name = "SOCKET")]
    socket: PathBuf,
    /// Size of the gateware: small, sim or alveo
    #[arg(long, value_name = "SIZE", default_value = "sim", value_parser = parse_size)]
    config: Size,
    /// Frames for line A: a pcap, a feed file (.itch, .itch.gz), udp:ADDRESS:PORT to receive datagrams, or tap:NAME, what
    /// the kernel sends through that TAP device
    #[arg(long, value_name = "FILE|udp:ADDR|tap:NAME")]
    mac_a: Option<MacPort>,
    /// Frames for line B
    #[arg(long, value_name = "FILE|udp:ADDR|tap:NAME")]
    mac_b: Option<MacPort>,
    /// Frames for the order side: tap:NAME, what the kernel sends through that TAP device
    #[arg(long, value_name = "tap:NAME", value_parser = MacPort::both_ways)]
    mac_o: Option<MacPort>,
    /// Where frames that leave the card go: a pcap, or tap:NAME; a line and the transmitter may share a device
    #[arg(long, value_name = "FILE.pcap|tap:NAME")]
    mac_tx: Option<TxPort>,
    /// Order slots as memory shared with the client, as on a bus: a store needs no message
    #[arg(long)]
    shared_slots: bool,
    /// Never stop the card's clock, at the price of a busy core
    #[arg(long)]
    free_run: bool,
    /// End after the first client
    #[arg(long)]
    once: bool,
    /// Write an FST trace of every signal, of the first client's card; whole once that client has left
    #[arg(long, value_name = "FILE.fst")]
    trace: Option<PathBuf>,
}

/// Runs the command.
pub(crate) fn run(command: &Command) -> Result<(), CliError> {
    match command {
        Command::Serve(args) => serve(args),
        Command::Pull(args) => {
            let nothing_before = Box::new(|| Ok(()));
            let lab = LabClient::connect(&args.socket, nothing_before);
            let mut lab = lab.map_err(|error| CliError::Input(error.to_string()))?;
            Ok(lab.pull(!args.back)?)
        }
    }
}

fn serve(args: &Serve) -> Result<(), CliError> {
    let level = std::env::var("TICKFORGE_LOG").unwrap_or_else(|_| LOG.to_owned());
    let filter = tracing_subscriber::EnvFilter::from_str(&level)
        .map_err(|error| CliError::Input(format!("TICKFORGE_LOG: {error}")))?;
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .without_time()
        .init();
    let card = replaced(&Options {
        size: args.config,
        trace: args.trace.clone(),
        ..Options::default()
    })?;
    let source = |port: &Option<MacPort>| port.as_ref().and_then(MacPort::source).transpose();
    let mut taps = Taps::default();
    let transmit = args.mac_tx.as_ref().map(|port| port.sink(&mut taps));
    let server = Server::bind(ServeOptions {
        card,
        socket: args.socket.clone(),
        sources: [source(&args.mac_a)?, source(&args.mac_b)?],
        transmit: transmit.transpose()?,
        shared_slots: args.shared_slots,
        free_run: args.free_run,
        once: args.once,
    })
    .map_err(failed)?;
    for (line, port) in [
        (Line::A, &args.mac_a),
        (Line::B, &args.mac_b),
        (Line::O, &args.mac_o),
    ] {
        match port {
            Some(MacPort::Udp(address)) => mac::listen(*address, line, server.feeder())?,
            Some(MacPort::Tap(name)) => taps.listen(name, line, server.feeder())?,
            Some(MacPort::File(_)) | None => {}
        }
    }
    server.run().map_err(failed)
}

fn failed(error: ServeError) -> CliError {
    match error {
        ServeError::Frames(why) => CliError::Check(why.to_string()),
        other => CliError::Input(other.to_string()),
    }
}
