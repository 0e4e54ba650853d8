//! Sizes of the card: the same blocks, instantiated three times.

/// One size of the card. Every count is a power of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// Name as used on the command line.
    pub name: &'static str,
    /// Identifier in the `CONFIG` register.
    pub id: u8,
    /// Subscribed symbols.
    pub slots: u32,
    /// Live orders the card guarantees to hold.
    pub orders: u32,
    /// Cells of the order table: four d-left banks of two-cell buckets, at least 4/3 of `orders`.
    pub order_cells: u32,
    /// Ticks of book depth a slot and side have room for on average (pages are shared by all).
    pub ticks: u32,
    /// Width of the DMA write data path in bits.
    pub dma_width: u32,
}

/// Sorted levels kept per slot and side in the row.
pub const ROW_LEVELS: u32 = 16;
/// Levels of a side that a record shows.
pub const BOOK_LEVELS: u32 = 10;
/// Ticks (or raw price units, for off-grid prices) in one page of the level store.
pub const PAGE_TICKS: u32 = 64;
/// Banks of the order table's d-left hash.
pub const ORDER_BANKS: u32 = 4;
/// Cells in a bucket of the order table.
pub const ORDER_BUCKET_CELLS: u32 = 2;
/// Fully associative overflow cells of the order table.
pub const ORDER_STASH: u32 = 16;
/// Messages ahead of the expected sequence that the A/B merge can hold.
pub const MERGE_WINDOW: u32 = 256;

/// Fits an ECP5-85.
pub const SMALL: Config = Config {
    name: "small",
    id: 1,
    slots: 4,
    orders: 4_096,
    order_cells: 8_192,
    ticks: 1_024,
    dma_width: 128,
};
/// The default of the simulation.
pub const SIM: Config = Config {
    name: "sim",
    id: 2,
    slots: 16,
    orders: 65_536,
    order_cells: 131_072,
    ticks: 16_384,
    dma_width: 512,
};
/// A data-centre card.
pub const ALVEO: Config = Config {
    name: "alveo",
    id: 3,
    slots: 64,
    orders: 262_144,
    order_cells: 524_288,
    ticks: 8_192,
    dma_width: 512,
};
/// All configurations.
pub const CONFIGS: &[Config] = &[SMALL, SIM, ALVEO];

impl Config {
    /// The configuration called `name`.
    pub fn by_name(name: &str) -> Option<Self> {
        CONFIGS.iter().copied().find(|c| c.name == name)
    }

    /// The configuration with this identifier in its `CONFIG` register.
    pub fn by_id(id: u8) -> Option<Self> {
        CONFIGS.iter().copied().find(|c| c.id == id)
    }

    /// Bits of a slot index.
    pub const fn slot_bits(&self) -> u32 {
        self.slots.trailing_zeros()
    }

    /// Bits of a row index `{slot, side}`.
    pub const fn row_bits(&self) -> u32 {
        self.slot_bits() + 1
    }

    /// Bits of a bucket index within one bank of the order table.
    pub const fn bucket_bits(&self) -> u32 {
        (self.order_cells / ORDER_BANKS / ORDER_BUCKET_CELLS).trailing_zeros()
    }

    /// Pages of the level store, shared by all slots and both sides.
    pub const fn pages(&self) -> u32 {
        self.slots * 2 * self.ticks / PAGE_TICKS
    }

    /// Value of the `CONFIG` register: `{dma_width/8, row levels, slots, id}`, a byte each.
    pub const fn word(&self) -> u32 {
        (self.dma_width / 8) << 24 | ROW_LEVELS << 16 | self.slots << 8 | self.id as u32
    }
}

const _: () = {
    let mut i = 0;
    while i < CONFIGS.len() {
        let c = &CONFIGS[i];
        assert!(c.slots.is_power_of_two() && c.slots <= 64);
        assert!(c.order_cells.is_power_of_two() && c.order_cells >= c.orders / 3 * 4);
        assert!(c.ticks.is_power_of_two() && c.dma_width.is_power_of_two());
        i += 1;
    }
};
