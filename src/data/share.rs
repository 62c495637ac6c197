//! Shares: which examples of many are whose.

use core::ops::Range;

use crate::error::Error;

/// The examples of share k among `of` shares of `n` examples: they are dealt out in their order, and the
/// sizes of shares differ by 1 at most, larger ones first. k counts from 0.
///
/// A share is empty where there are more of them than examples.
///
/// # Errors
///
/// [`Error::Setting`] unless k is less than `of`.
///
/// ```
/// use constprop::data::share;
///
/// assert_eq!([share(7, 0, 3)?, share(7, 1, 3)?, share(7, 2, 3)?], [0..3, 3..5, 5..7]);
/// let message = share(7, 3, 3).unwrap_err().to_string();
/// assert_eq!(message, "number of the share is 3; it must be less than there are shares, counted from 0");
/// # Ok::<(), constprop::Error>(())
/// ```
#[allow(clippy::cast_precision_loss, reason = "for a message")]
pub fn share(n: usize, k: usize, of: usize) -> Result<Range<usize>, Error> {
    if k >= of {
        let expected = "less than there are shares, counted from 0";
        return Err(Error::Setting { name: "number of the share", value: k as f64, expected });
    }
    let first = |k: usize| n / of * k + k.min(n % of);
    Ok(first(k)..first(k + 1))
}
