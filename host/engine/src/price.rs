//! Prices as a person writes them, in integers from the first digit.

use serde::{Deserialize, Deserializer, de::Error as _};

/// A price or price difference in 1/10000 dollar, written in a configuration as dollars (`0.01`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Dollars(pub u32);

/// Why a text is not a price.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// Not a decimal number of dollars.
    #[error("`{0}` is not a price in dollars; write for example 12.34")]
    NotANumber(String),
    /// More than four decimals.
    #[error("`{0}` has more than four decimals; the smallest unit is 0.0001 dollar")]
    TooFine(String),
    /// Above the largest ITCH price.
    #[error("`{0}` is above the largest price, 429496.7295 dollars")]
    TooLarge(String),
}

impl std::str::FromStr for Dollars {
    type Err = PriceError;

    fn from_str(text: &str) -> Result<Self, PriceError> {
        let not = || PriceError::NotANumber(text.to_owned());
        let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        if (whole.is_empty() && fraction.is_empty()) || !digits(whole) || !digits(fraction) {
            return Err(not());
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.len() > 4 {
            return Err(PriceError::TooFine(text.to_owned()));
        }
        let whole: u64 = if whole.is_empty() {
            0
        } else {
            whole.parse().map_err(|_| not())?
        };
        let fraction: u64 = format!("{fraction:0<4}").parse().map_err(|_| not())?;
        whole
            .checked_mul(10_000)
            .and_then(|w| w.checked_add(fraction))
            .and_then(|p| u32::try_from(p).ok())
            .map(Self)
            .ok_or_else(|| PriceError::TooLarge(text.to_owned()))
    }
}

impl std::fmt::Display for Dollars {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{:04}", self.0 / 10_000, self.0 % 10_000)
    }
}

schema::value!(Dollars: "price in dollars, at most four decimals", |price: &Dollars| {
    let shown = price.to_string();
    let short = shown.trim_end_matches('0');
    if short.ends_with('.') { format!("{short}0") } else { short.to_owned() }
});

impl<'de> Deserialize<'de> for Dollars {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        /// TOML numbers arrive as numbers; the shortest text of a float is what was written.
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Integer(i64),
            Float(f64),
            Text(String),
        }
        let text = match Written::deserialize(d)? {
            Written::Integer(n) => n.to_string(),
            Written::Float(x) => x.to_string(),
            Written::Text(t) => t,
        };
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_exactly() {
        let p = |s: &str| s.parse::<Dollars>();
        assert_eq!(p("0.01"), Ok(Dollars(100)));
        assert_eq!(p("570.50"), Ok(Dollars(5_705_000)));
        assert_eq!(p(".25"), Ok(Dollars(2_500)));
        assert_eq!(p("12."), Ok(Dollars(120_000)));
        assert_eq!(p("429496.7295"), Ok(Dollars(u32::MAX)));
        assert_eq!(p("429496.7296"), Err(PriceError::TooLarge("429496.7296".into())));
        assert_eq!(p("0.00001"), Err(PriceError::TooFine("0.00001".into())));
        for bad in ["", ".", "-1", "1e3", "a", "1.2.3", "99999999999999999999"] {
            assert!(matches!(p(bad), Err(PriceError::NotANumber(_))), "{bad}");
        }
        assert_eq!(Dollars(5_705_050).to_string(), "570.5050");
    }
}
