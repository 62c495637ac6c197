//! Decimal numbers as they are written, compared without rounding.

use std::cmp::Ordering;

/// ±0.d₁d₂d₃… · 10ᵖ, exactly: 1, 1.0, +1, 01 and 1e0 are one, and no two numbers are, however long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    is_negative: bool,
    /// p, which is 0 for 0.
    point: i64,
    /// Without zeros at either end; 0 has none.
    digits: Vec<u8>,
}

impl Decimal {
    /// The number that a text is: what `f64` reads, but for NaN and infinity.
    pub(super) fn of(text: &str) -> Option<Self> {
        text.parse::<f64>().ok()?;
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (text, 0),
        };
        let unsigned = mantissa.strip_prefix(['+', '-']).unwrap_or(mantissa);
        if !unsigned.starts_with(|first: char| first.is_ascii_digit() || first == '.') {
            return None;
        }
        let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
        let all = [whole.as_bytes(), fraction.as_bytes()].concat();
        let Some(first) = all.iter().position(|digit| *digit != b'0') else {
            return Some(Self { is_negative: false, point: 0, digits: Vec::new() });
        };
        let last = all.iter().rposition(|digit| *digit != b'0').unwrap_or(first);
        let point = i64::try_from(whole.len()).ok()? - i64::try_from(first).ok()?;
        Some(Self {
            is_negative: mantissa.starts_with('-'),
            point: point.checked_add(exponent)?,
            digits: all[first..=last].to_vec(),
        })
    }

    fn sign(&self) -> i8 {
        match (self.digits.is_empty(), self.is_negative) {
            (true, _) => 0,
            (false, true) => -1,
            (false, false) => 1,
        }
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let sizes = (self.point, &self.digits).cmp(&(other.point, &other.digits));
        let sizes = if self.is_negative { sizes.reverse() } else { sizes };
        self.sign().cmp(&other.sign()).then(sizes)
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
