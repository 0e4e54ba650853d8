//! A picture of the market, GLIMPSE 5.0.

use wire::glimpse;
use wire::itch50::{self, Message, Side};

use crate::exchange::Exchange;

/// Directory, states and orders as ITCH messages, every queue in its order, then the sequence to go on with.
pub fn snapshot(exchange: &Exchange) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for (locate, stock) in &exchange.stocks {
        if let Some(directory) = stock.directory {
            all.push(Message::from(directory).to_vec());
        }
        let action = itch50::StockTradingAction {
            header: exchange.header(*locate),
            stock: stock.symbol,
            state: stock.state,
            reserved: b' ',
            reason: *b"    ",
        };
        all.push(Message::from(action).to_vec());
    }
    let book = exchange.book();
    for locate in book.locates() {
        let stock = exchange
            .stocks
            .get(&locate)
            .map_or([b' '; 8], |stock| stock.symbol);
        let queues = [Side::Bid, Side::Ask].map(|side| book.queue(locate, side));
        for reference in queues.into_iter().flatten() {
            let Some(order) = book.get(reference) else {
                continue;
            };
            let add = itch50::AddOrder {
                header: exchange.header(locate),
                reference,
                side: order.side.indicator(),
                shares: order.open,
                stock,
                price: order.price,
            };
            all.push(Message::from(add).to_vec());
        }
    }
    all.push(glimpse::end(exchange.feed().next_sequence()).to_vec());
    all
}
