//! Constants as signed digits.

/// A digit: `±2^shift`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Digit {
    pub(crate) shift: u32,
    pub(crate) negative: bool,
}

/// The canonical signed digits of a number: the fewest, no two side by side. Lowest first.
pub(crate) fn of(value: i64) -> Vec<Digit> {
    let (mut rest, mut shift, mut digits) = (value, 0, Vec::new());
    while rest != 0 {
        if rest % 2 != 0 {
            // 3 below a carry becomes -1: two digits in place of a run of ones.
            let digit = if rest.rem_euclid(4) == 3 { -1 } else { 1 };
            digits.push(Digit {
                shift,
                negative: digit < 0,
            });
            rest -= digit;
        }
        rest /= 2;
        shift += 1;
    }
    digits
}

/// The number of fewest digits that is within `1 / share` of `value`; of those the nearest.
pub fn fewest(value: u32, share: u32) -> u32 {
    let slack = value / share;
    let best = (value - slack..=value + slack).min_by_key(|v| (of(i64::from(*v)).len(), v.abs_diff(value)));
    best.unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_add_up_and_are_never_neighbours() {
        for value in -70_000..70_000i64 {
            let digits = of(value);
            let sum: i64 = digits
                .iter()
                .map(|d| if d.negative { -(1 << d.shift) } else { 1 << d.shift })
                .sum();
            assert_eq!(sum, value);
            assert!(digits.windows(2).all(|w| w[1].shift > w[0].shift + 1), "{value}");
        }
    }

    #[test]
    fn fewer_digits_stay_near() {
        for value in 1..70_000u32 {
            let near = fewest(value, 1024);
            assert!(near.abs_diff(value) <= value / 1024);
            assert!(of(near.into()).len() <= of(value.into()).len());
        }
        assert_eq!(
            (fewest(1023, 1024), fewest(2047, 1024), fewest(1, 1024)),
            (1023, 2048, 1)
        );
    }
}
