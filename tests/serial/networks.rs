//! Networks, gradients, and each of their Θ⁽ˡ⁾.

use constprop::layer::L2;
use constprop::prelude::*;
use constprop::serial::{self, Number, Rows};
use constprop::{Aligned, BigDelta, DjDTheta};
use proptest::collection::vec;
use proptest::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Article, Tiny, cut_off, refused, returned, returns, to_json};

#[path = "../../src/macros/by_hand.rs"]
#[allow(missing_docs)]
mod by_hand;

network! {
    #[derive(Clone, Debug, PartialEq)]
    pub struct Policy<const OBS: usize, const ACT: usize>(OBS => 4 Tanh => ACT Identity)
        minimizing HalfSquaredError;
}

const PARAMETERS: usize = 20 + 24 + 10;

/// The same numbers, to the bit, but for a NaN's payload.
fn same<T: Number>(found: &[T], expected: &[T], bits: impl Fn(&T) -> u64) {
    assert_eq!(found.len(), expected.len());
    for (index, (found, expected)) in found.iter().zip(expected).enumerate() {
        let both_nan = found.clone() != found.clone() && expected.clone() != expected.clone();
        let same = both_nan || bits(found) == bits(expected);
        assert!(same, "entry {index} is {found}, and was {expected}");
    }
}

/// All that has as many parameters as the network, of these.
fn all_return<T: Number + Serialize>(entries: &[T], bits: impl Fn(&T) -> u64 + Copy)
where
    Article<T>: Serialize + DeserializeOwned,
{
    fn back<P: Rows + Serialize + DeserializeOwned>(
        rows: &mut P,
        entries: &[P::Scalar],
        bits: impl Fn(&P::Scalar) -> u64 + Copy,
    ) {
        rows.set_parameters(entries).unwrap();
        for returned in returned(rows) {
            same(returned.parameters(), entries, bits);
        }
        let json = to_json(rows);
        let boxed: Box<P> = serial::boxed(&mut serde_json::Deserializer::from_str(&json)).unwrap();
        same(boxed.parameters(), entries, bits);
        let mut there = P::boxed();
        serial::in_place(&mut *there, &mut serde_json::Deserializer::from_str(&json)).unwrap();
        same(there.parameters(), entries, bits);
    }
    if entries.iter().all(|entry| entry.is_finite()) {
        back(&mut *Article::<T>::boxed(), entries, bits);
        back(&mut *by_hand::Article::<T>::boxed(), entries, bits);
        back(&mut *Theta::<L2, T, 4, 5>::boxed(), &entries[..24], bits);
    }
    back(&mut *Gradient::<Article<T>>::boxed(), entries, bits);
    back(&mut *BigDeltas::<Article<T>>::boxed(), entries, bits);
    back(&mut *DjDTheta::<L2, T, 4, 5>::boxed(), &entries[..24], bits);
    back(&mut *BigDelta::<L2, T, 4, 5>::boxed(), &entries[..24], bits);
}

/// Of all bits, with what is special more often than chance has it.
fn singles() -> impl Strategy<Value = f32> {
    let special = [0.0, -0.0, f32::MIN_POSITIVE, f32::MAX, 1e-45, 0.1, 16_777_217.0, 7.038_531e-26];
    prop_oneof![any::<u32>().prop_map(f32::from_bits), prop::sample::select(special.to_vec())]
}

fn doubles() -> impl Strategy<Value = f64> {
    let special =
        [0.0, -0.0, f64::MIN_POSITIVE, f64::MAX, 5e-324, 0.1, 2e-308, 9_007_199_254_740_993.0];
    prop_oneof![any::<u64>().prop_map(f64::from_bits), prop::sample::select(special.to_vec())]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn finite_f32(entries in vec(singles().prop_filter("finite", |x| x.is_finite()), PARAMETERS)) {
        all_return(&entries, |x| u64::from(x.to_bits()));
    }

    #[test]
    fn finite_f64(entries in vec(doubles().prop_filter("finite", |x| x.is_finite()), PARAMETERS)) {
        all_return(&entries, |x| x.to_bits());
    }

    #[test]
    fn any_f32(entries in vec(singles(), PARAMETERS)) {
        all_return(&entries, |x| u64::from(x.to_bits()));
    }

    #[test]
    fn any_f64(entries in vec(doubles(), PARAMETERS)) {
        all_return(&entries, |x| x.to_bits());
    }
}

#[test]
fn what_is_not_finite_is_a_word_in_json() {
    let mut gradient = Gradient::<Tiny<f32>>::zeros();
    let (nan, inf) = (f32::NAN, f32::INFINITY);
    gradient.set_parameters(&[nan, 0.0, inf, -0.0, -inf, 1.0, 0.5, 1e-3, 7.0]).unwrap();
    let json = r#"{"theta1":[["NaN","inf","-inf"],[0.0,-0.0,1.0]],"theta2":[[0.5,0.001,7.0]]}"#;
    assert_eq!(to_json(&gradient), json);
    let gradient: Gradient<Tiny<f64>> = serde_json::from_str(json).unwrap();
    assert!(gradient.theta1.bias[0].is_nan() && gradient.theta1.weights[(1, 0)].is_sign_negative());
}

#[test]
fn a_network_that_is_not_finite_is_neither_written_nor_read() {
    let (mut net, mut gradient) = (Article::<f64>::seeded(1), Gradient::<Article>::zeros());
    gradient.copy_parameters_of(&net);
    for (value, word) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf"), (-f64::INFINITY, "-inf")] {
        net.theta2.weights[(3, 1)] = value;
        gradient.theta2.weights[(3, 1)] = value;
        let expected = format!("theta2, row 3, column 2 is {word}; it must be finite");
        assert_eq!(serde_json::to_string(&net).unwrap_err().to_string(), expected);
        assert_eq!(serde_json::to_string(&net.theta2).unwrap_err().to_string(), expected);
        postcard::to_allocvec(&net).unwrap_err();
        assert_eq!(refused::<Article>(&to_json(&gradient)), expected);
        assert_eq!(refused::<Theta<L2, f64, 4, 5>>(&to_json(&gradient.theta2)), expected);
        let bytes = rmp_serde::to_vec(&gradient).unwrap();
        let error = rmp_serde::from_slice::<Article>(&bytes).unwrap_err();
        assert_eq!(error.to_string(), expected);
        postcard::from_bytes::<Article>(&postcard::to_allocvec(&gradient).unwrap()).unwrap_err();
    }
}

trait CopyOf {
    fn copy_parameters_of(&mut self, net: &Article);
}

impl CopyOf for Gradient<Article> {
    fn copy_parameters_of(&mut self, net: &Article) {
        self.set_parameters(net.parameters()).unwrap();
    }
}

#[test]
fn wrong_shapes_and_fields_are_said_with_their_place() {
    let (one, two) = ("[[0,0,0],[0,0,0]]", "[[0,0,0]]");
    let text = |one: &str, two: &str| format!(r#"{{"theta1":{one},"theta2":{two}}}"#);
    serde_json::from_str::<Tiny>(&text(one, two)).unwrap();
    let of_shape = [
        ("[[0,0,0],[0,0]]", "theta1: row 1 has 2 entries; it must have 3"),
        ("[[0,0,0],[0,0,0,0,0]]", "theta1: row 1 has 5 entries; it must have 3"),
        ("[[],[0,0,0]]", "theta1: row 0 has 0 entries; it must have 3"),
        ("[[0,0,0]]", "theta1 has 1 rows; it must have 2"),
        ("[]", "theta1 has 0 rows; it must have 2"),
        ("[[0,0,0],[0,0,0],[0,0,0],[0]]", "theta1 has 4 rows; it must have 2"),
        ("7", "invalid type: integer `7`, expected theta1 as 2 rows of 3 numbers"),
        ("null", "invalid type: null, expected theta1 as 2 rows of 3 numbers"),
        ("[[0,0,0],7]", "invalid type: integer `7`, expected 3 numbers for theta1, row 1"),
        ("[[0,0,0],{}]", "invalid type: map, expected 3 numbers for theta1, row 1"),
        (
            r#"[[0,0,0],[0,"x",0]]"#,
            r#"invalid value: string "x", expected a number for theta1, row 1, column 1"#,
        ),
        (
            "[[0,0,0],[0,0,null]]",
            "invalid type: null, expected a number for theta1, row 1, column 2",
        ),
        ("[[0,0,0],[{},0,0]]", "invalid type: map, expected a number for theta1, row 1, column 0"),
        (
            "[[0,0,0],[0,0,[1]]]",
            "invalid type: sequence, expected a number for theta1, row 1, column 2",
        ),
        ("[[0,0,1e999],[0,0,0]]", "number out of range"),
    ];
    for (wrong, expected) in of_shape {
        assert_eq!(refused::<Tiny>(&text(wrong, two)), expected);
        assert_eq!(refused::<Gradient<Tiny>>(&text(wrong, two)), expected);
        assert_eq!(refused::<BigDeltas<Tiny>>(&text(wrong, two)), expected);
    }
    let three = "[[0,0,0],[0,0]]";
    assert_eq!(
        refused::<Theta<L2, f32, 2, 2>>(three),
        "theta2: row 1 has 2 entries; it must have 3"
    );
    let expected = "1e300 for theta1, row 0, column 0 is beyond the range of f32";
    assert_eq!(refused::<Tiny<f32>>(&text("[[1e300,0,0],[0,0,0]]", two)), expected);
    assert_eq!(refused::<Gradient<Tiny<f32>>>(&text("[[1e300,0,0],[0,0,0]]", two)), expected);
    let of_fields = [
        (format!(r#"{{"theta1":{one}}}"#), "missing field `theta2`"),
        (format!(r#"{{"theta2":{two}}}"#), "missing field `theta1`"),
        ("{}".to_owned(), "missing field `theta1`"),
        (
            format!(r#"{{"theta1":{one},"theta1":{one},"theta2":{two}}}"#),
            "duplicate field `theta1`",
        ),
        (
            format!(r#"{{"theta1":{one},"theta2":{two},"theta3":{two}}}"#),
            "unknown field `theta3`, expected `theta1` or `theta2`",
        ),
        (
            format!(r#"{{"Theta1":{one},"theta2":{two}}}"#),
            "unknown field `Theta1`, expected `theta1` or `theta2`",
        ),
        (format!("[{one}]"), "invalid length 1, expected Tiny with theta1 to theta2"),
        (format!("[{one},{two},{two}]"), "invalid length 3, expected Tiny with theta1 to theta2"),
        ("3".to_owned(), "invalid type: integer `3`, expected Tiny with theta1 to theta2"),
    ];
    for (json, expected) in of_fields {
        assert_eq!(refused::<Tiny>(&json), expected);
    }
}

#[test]
fn fields_may_come_in_any_order() {
    let json = r#"{"theta2":[[7,8,9]],"theta1":[[1,2,3],[4,5,6]]}"#;
    let net: Tiny<f32> = serde_json::from_str(json).unwrap();
    assert_eq!(net.parameters(), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0, 7.0, 8.0, 9.0]);
}

/// A machine's format has sizes in front of each Θ⁽ˡ⁾, and nothing else beside the numbers.
#[test]
fn a_network_of_another_shape_is_refused_without_names() {
    let net = Policy::<3, 2, f32>::seeded(1);
    let bytes = postcard::to_allocvec(&net).unwrap();
    assert_eq!(bytes.len(), 2 * 2 + 4 * Policy::<3, 2, f32>::PARAMETERS);
    returns(&net);
    cut_off(&net);
    for error in [
        postcard::from_bytes::<Policy<2, 2, f32>>(&bytes).unwrap_err(),
        postcard::from_bytes::<Policy<3, 3, f32>>(&bytes).unwrap_err(),
        postcard::from_bytes::<Policy<2, 3, f32>>(&bytes).unwrap_err(),
    ] {
        assert_eq!(error, postcard::Error::SerdeDeCustom);
    }
    let message = rmp_serde::to_vec(&net).unwrap();
    let error = rmp_serde::from_slice::<Policy<3, 1, f32>>(&message).unwrap_err();
    assert_eq!(error.to_string(), "theta2 is 2 × 5; it must be 1 × 5");
    // Another scalar: MessagePack says what it is, and f64 holds f32.
    let double: Policy<3, 2, f64> = rmp_serde::from_slice(&message).unwrap();
    assert_eq!(double, net.cast::<f64>());
}

#[test]
fn in_place_is_all_or_nothing() {
    let before = Tiny::<f32>::seeded(3);
    let mut net = before.clone();
    let json = r#"{"theta1":[[1,2,3],[4,5,6]],"theta2":[[7,8]]}"#;
    let error = serial::in_place(&mut net, &mut serde_json::Deserializer::from_str(json));
    assert!(error.unwrap_err().to_string().starts_with("theta2: row 0 has 2 entries"));
    assert_eq!(net, before);
    let bytes = postcard::to_allocvec(&Tiny::<f32>::seeded(4)).unwrap();
    for length in 0..bytes.len() {
        let mut bytes = postcard::Deserializer::from_bytes(&bytes[..length]);
        serial::in_place(&mut net, &mut bytes).unwrap_err();
        assert_eq!(net, before);
    }
    serial::in_place(&mut net, &mut postcard::Deserializer::from_bytes(&bytes)).unwrap();
    assert_eq!(net, Tiny::seeded(4));
}

/// Types of a program's own, generic or not, derive what they like.
#[test]
fn a_program_derives() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Model<T: Number> {
        name: String,
        net: Tiny<T>,
        #[serde(deserialize_with = "serial::boxed")]
        other: Box<Article<T>>,
        aligned: Aligned<Tiny<T>>,
    }
    let (net, other) = (Tiny::<f32>::seeded(1), Article::boxed_seeded(2));
    returns(&Model { name: "both".into(), net, other, aligned: Aligned(Tiny::seeded(3)) });
}
