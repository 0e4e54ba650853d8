//! Golden model of the sorted rows: a sorted vector and the `more` bit for each side of each slot.

/// Levels a row holds.
pub const LEVELS: usize = 16;

/// One price level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// 1/10000 dollar.
    pub price: u32,
    /// Whole total; it is shown saturated to 32 bits.
    pub quantity: u64,
}

impl Level {
    /// The quantity as the row shows it.
    pub fn shown(self) -> u32 {
        u32::try_from(self.quantity).unwrap_or(u32::MAX)
    }
}

/// The best levels of one side, best first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// At most [`LEVELS`].
    pub levels: Vec<Level>,
    /// Levels exist beyond the last of `levels`.
    pub more: bool,
}

/// What an event does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Takes away, then adds.
    Normal {
        /// Price and quantity.
        remove: Option<(u32, u32)>,
        /// Price and quantity.
        add: Option<(u32, u64)>,
    },
    /// Appends the next level from the store.
    RefillAppend {
        /// Worse than every level of the row.
        price: u32,
        /// Its total.
        quantity: u64,
    },
    /// The store holds nothing beyond the row's tail.
    RefillDone,
    /// The slot starts anew.
    Clear,
}

/// What happened, for coverage.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Effect {
    /// A level vanished.
    pub vanished: bool,
    /// A level was inserted.
    pub inserted: bool,
    /// The addition met an existing level.
    pub aggregated: bool,
    /// A level fell beyond the tail.
    pub pushed: bool,
    /// The addition was refused: levels unknown to the row may lie in front of it.
    pub refused: bool,
}

/// All rows; index = slot·2 + side, side 1 = bid.
#[derive(Debug, Clone)]
pub struct LevelRows {
    rows: Vec<Row>,
}

impl LevelRows {
    /// Empty rows.
    pub fn new(rows: usize) -> Self {
        Self {
            rows: vec![Row::default(); rows],
        }
    }

    /// Reset.
    pub fn reset(&mut self) {
        self.rows.fill(Row::default());
    }

    /// The row of this index.
    pub fn row(&self, index: usize) -> &Row {
        &self.rows[index]
    }

    /// The other side of the same slot.
    pub fn mate(&self, index: usize) -> &Row {
        &self.rows[index ^ 1]
    }

    /// The key by which the row is sorted: the smaller one is the better.
    pub const fn key(index: usize, price: u32) -> u32 {
        if index & 1 == 1 { !price } else { price }
    }

    /// Whether `a` is in front of `b` in this row.
    pub const fn better(index: usize, a: u32, b: u32) -> bool {
        if index & 1 == 1 { a > b } else { a < b }
    }

    /// Applies an event.
    pub fn apply(&mut self, index: usize, action: Action) -> Effect {
        let row = &mut self.rows[index];
        match action {
            Action::Clear => {
                *row = Row::default();
                Effect::default()
            }
            Action::RefillDone => {
                row.more = false;
                Effect::default()
            }
            Action::RefillAppend { price, quantity } => row.add(index, price, quantity, false),
            Action::Normal { remove, add } => {
                let refuses = row.more
                    && add.is_some_and(|(price, _)| {
                        row.levels
                            .iter()
                            .all(|level| Self::better(index, level.price, price))
                    });
                let stays = remove.is_some() && remove.map(|r| r.0) == add.map(|a| a.0);
                let vanished =
                    remove.is_some_and(|(price, quantity)| row.remove(price, u64::from(quantity), stays));
                let effect = add.map_or_else(Effect::default, |(price, quantity)| {
                    row.add(index, price, quantity, refuses)
                });
                Effect { vanished, ..effect }
            }
        }
    }
}

impl Row {
    /// Takes a quantity away; an empty level vanishes unless it `stays`. Returns whether it did.
    fn remove(&mut self, price: u32, quantity: u64, stays: bool) -> bool {
        let Some(at) = self.levels.iter().position(|level| level.price == price) else {
            return false;
        };
        self.levels[at].quantity -= quantity;
        let vanishes = self.levels[at].quantity == 0 && !stays;
        if vanishes {
            self.levels.remove(at);
        }
        vanishes
    }

    fn add(&mut self, index: usize, price: u32, quantity: u64, refuses: bool) -> Effect {
        let at = self
            .levels
            .iter()
            .take_while(|level| LevelRows::better(index, level.price, price))
            .count();
        if let Some(level) = self.levels.get_mut(at).filter(|level| level.price == price) {
            level.quantity += quantity;
            return Effect {
                aggregated: true,
                ..Effect::default()
            };
        }
        if refuses {
            return Effect {
                refused: true,
                ..Effect::default()
            };
        }
        self.levels.insert(at, Level { price, quantity });
        let pushed = self.levels.len() > LEVELS;
        if pushed {
            self.levels.pop();
            self.more = true;
        }
        Effect {
            inserted: true,
            pushed,
            ..Effect::default()
        }
    }
}
