//! Every attribute that a struct may have does what it does there.
#![forbid(unsafe_code)]
#![deny(warnings, missing_docs)]

use constprop::prelude::*;
use marked::Marked;

network! {
    /// Not there: neither the struct nor what is implemented for it.
    #[cfg(any())]
    #[derive(NoSuchDerive)]
    pub struct Absent(2 => NO_SUCH_SIZE Tanh => 1 Sigmoid) minimizing NoSuchCost;
}

network! {
    /// One of two.
    #[cfg(windows)]
    pub struct Either(2 => 3 Sigmoid) minimizing CrossEntropy;
}

network! {
    #[cfg(not(windows))]
    #[cfg(all(not(any()), not(target_os = "windows")))]
    /// The other one.
    pub struct Either(2 => 4 Sigmoid) minimizing CrossEntropy;
}

network! {
    /// Not there either.
    #[cfg_attr(all(), cfg(any()))]
    pub struct Absent(2 => 1 Sigmoid) minimizing CrossEntropy;
}

network! {
    /// Conditions of the rest.
    #[cfg_attr(not(target_os = "none"), derive(Clone, Marked), marked(name = "x"), must_use = "or not")]
    #[cfg_attr(any(), cfg(any()), derive(NoSuchDerive), repr(packed))]
    #[cfg_attr(not(any()), cfg_attr(all(), deprecated = "old", cfg(all())),)]
    pub struct Conditions(2 => 1 Sigmoid) minimizing CrossEntropy;
}

network! {
    /// Of old.
    #[deprecated]
    #[derive(Clone, Debug, PartialEq)]
    pub struct Old(2 => 3 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

network! {
    /// Of old, for a reason.
    #[deprecated(since = "1.0.0", note = "there is a newer one")]
    pub struct Older<const N: usize>(N => 3 Tanh => 1 Sigmoid) minimizing CrossEntropy;
}

network! {
    /// Without capitals, and with small letters for a size.
    #[allow(non_camel_case_types, non_upper_case_globals)]
    pub struct allowed<const n: usize>(n => 1 Sigmoid) minimizing CrossEntropy;
}

network! {
    /// A small letter, expected.
    #[expect(non_upper_case_globals, reason = "a name from elsewhere")]
    pub struct Expected<const n: usize>(n => 1 Sigmoid) minimizing CrossEntropy;
}

network! {
    /// Other levels.
    #[warn(missing_debug_implementations)]
    #[deny(missing_docs)]
    #[forbid(unused_must_use)]
    #[derive(Debug)]
    pub struct Levels(2 => 1 Sigmoid) minimizing CrossEntropy;
}

network! {
    #[allow(dead_code)]
    struct Unused(2 => 1 Sigmoid) minimizing CrossEntropy;
}

network! {
    #[doc(hidden)]
    #[doc(alias = "mlp")]
    #[must_use]
    #[non_exhaustive]
    #[rustfmt::skip]
    #[allow(clippy::all)]
    pub struct Hidden(2 => 1 Sigmoid) minimizing CrossEntropy;
}

network! {
    /// A derive with attributes of its own.
    #[derive(Clone, Marked)]
    #[marked(name = "x")]
    #[marked]
    #[derive(Debug)]
    pub struct Helpers<const N: usize>(N => 1 Sigmoid) minimizing CrossEntropy;
}

mod within {
    use constprop::prelude::*;

    network! {
        /// Seen from the crate, and no further.
        #[derive(Debug)]
        pub(super) struct Near(2 => 1 Sigmoid) minimizing CrossEntropy;
    }
}

macro_rules! documented {
    ($($line:literal)*) => {
        network! {
            $(#[doc = $line])*
            #[derive(Debug)]
            pub struct Documented(1 => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh
                => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh
                => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh
                => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh => 1 Tanh
                => 1 Tanh => 1 Tanh) minimizing HalfSquaredError;
        }
    };
}

// The deepest network, at length.
documented! {
    "1" "2" "3" "4" "5" "6" "7" "8" "9" "10" "11" "12" "13" "14" "15" "16" "17" "18" "19" "20"
    "21" "22" "23" "24" "25" "26" "27" "28" "29" "30" "31" "32" "33" "34" "35" "36" "37" "38" "39"
    "40" "41" "42" "43" "44" "45" "46" "47" "48" "49" "50" "51" "52" "53" "54" "55" "56" "57" "58"
    "59" "60" "61" "62" "63" "64" "65" "66" "67" "68" "69" "70" "71" "72" "73" "74" "75" "76" "77"
}

#[expect(deprecated)]
fn old() {
    let _ = (Old::<f64>::seeded(1), Older::<2>::seeded(1), Conditions::<f32>::seeded(1).clone());
}

fn main() {
    network! {
        #[cfg(all())]
        #[allow(non_camel_case_types)]
        struct local(2 => 1 Sigmoid) minimizing CrossEntropy;
    }
    old();
    let _: [f64; 3 + !cfg!(windows) as usize] = Either::seeded(1).predict(&[0.1; 2]);
    let _: [f64; 1] = local::seeded(1).predict(&[0.1; 2]);
    let _ = (allowed::<2>::seeded(1), Expected::<2>::seeded(1), Levels::<f64>::seeded(1));
    let _ =
        (Hidden::<f64>::seeded(1), Helpers::<2>::seeded(1).clone(), within::Near::<f64>::seeded(1));
}
