//! A simulated card as a source of rows.

use sim_card::Options;
use twin::Subscriptions;
use wire::itch50::Header;

use super::rows::{drain, finish, subscription};
use super::{Counters, Request, RowSink, Source};
use crate::error::CliError;
use crate::live::{Live, Place, Setup};
use crate::progress;

/// Most messages of other symbols sent in one packet with the next one of ours.
const MESSAGES_PER_PACKET: u16 = 30;

/// A simulated card: one in this process is built when it is needed, one of another process is held from the start.
#[derive(Debug)]
pub(crate) enum SimSource {
    /// In this process.
    Here,
    /// Connected.
    Attached(Option<Setup>),
}

impl SimSource {
    /// Connects to a card process.
    pub(crate) fn attach(socket: &str) -> Result<Self, CliError> {
        let place = Place::Process(socket.into());
        Ok(Self::Attached(Some(place.set_up(&Options::default())?)))
    }

    /// A card just out of reset; that of another process is there once.
    fn set_up(&mut self) -> Result<Setup, CliError> {
        match self {
            Self::Here => Place::Here.set_up(&Options::default()),
            Self::Attached(setup) => setup
                .take()
                .ok_or_else(|| CliError::Check("this connection has had its run; connect again".to_owned())),
        }
    }
}

impl Source for SimSource {
    fn levels_max(&self) -> usize {
        contract::config::BOOK_LEVELS as usize
    }

    fn run(
        &mut self,
        request: &Request,
        _levels: usize,
        sink: &mut RowSink<'_>,
    ) -> Result<Counters, CliError> {
        let subscription = subscription(request);
        let mut live = Live::on(self.set_up()?, &[subscription], MESSAGES_PER_PACKET)?;
        let mut feed = wire::feed::open(&request.feed)?;
        let bar = progress::bar(request.messages);
        let mut subscriptions = Subscriptions::new(&[request.target]);
        let (mut sent, mut flagged) = (0, 0);
        while let Some(message) = feed.next_message()? {
            sent += 1;
            subscriptions.observe(message.bytes);
            let locate = Header::read(message.bytes).map(|h| h.locate);
            let wanted = locate.ok().is_some_and(|l| subscriptions.slot(l).is_some());
            live.message(message.bytes, wanted)?;
            if wanted {
                live.settle()?;
                flagged += drain(&mut live.card, sink)?;
                bar.set_position(sent);
            }
        }
        live.flush()?;
        live.settle()?;
        flagged += drain(&mut live.card, sink)?;
        bar.finish_and_clear();
        finish(&mut live.card, sent, flagged)
    }
}
