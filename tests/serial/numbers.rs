//! One number, however it comes.

use std::fmt::Write;

use constprop::serial::Number;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, MapDeserializer};

fn read<'de, T: Number>(number: impl IntoDeserializer<'de, Error>) -> Result<T, String> {
    T::read(number.into_deserializer(), &" here").map_err(|error| error.to_string())
}

#[test]
fn whole_numbers_are_numbers() {
    assert_eq!(read::<f32>(16_777_217_u64), Ok(16_777_216.0));
    assert_eq!(read::<f64>(-3_i64), Ok(-3.0));
    assert_eq!(read::<f32>(u64::MAX), Ok(18_446_744_073_709_551_615.0));
    assert_eq!(read::<f64>(0.1_f32), Ok(f64::from(0.1_f32)));
}

#[test]
fn three_words_are_numbers() {
    assert!(read::<f32>("NaN").unwrap().is_nan());
    assert_eq!(read::<f64>("inf"), Ok(f64::INFINITY));
    assert_eq!(read::<f32>("-inf"), Ok(f32::NEG_INFINITY));
    for word in ["nan", "Infinity", "+inf", "1.0", ""] {
        let expected = format!("invalid value: string {word:?}, expected a number here");
        assert_eq!(read::<f64>(word), Err(expected));
    }
    let expected = "invalid type: boolean `true`, expected a number here";
    assert_eq!(read::<f64>(true), Err(expected.to_owned()));
}

#[test]
fn what_is_beyond_the_scalar_is_refused() {
    let expected = "-1e39 here is beyond the range of f32";
    assert_eq!(read::<f32>(-1e39_f64), Err(expected.to_owned()));
    // Half an ulp beyond the largest f32.
    assert_eq!(read::<f32>(3.402_823_5e38_f64), Ok(f32::MAX));
    read::<f32>(3.402_823_57e38_f64).unwrap_err();
    assert_eq!(read::<f64>(-1e39_f64), Ok(-1e39));
    assert_eq!(read::<f32>(f64::NEG_INFINITY), Ok(f32::NEG_INFINITY));
}

/// What serde_json hands over where a crate asks for its feature `arbitrary_precision`.
#[test]
fn numbers_that_come_as_text() {
    fn of<T: Number>(name: &str, digits: &str) -> Result<T, String> {
        let map = MapDeserializer::<_, Error>::new([(name, digits)].into_iter());
        T::read(map, &" here").map_err(|error| error.to_string())
    }
    let name = "$serde_json::private::Number";
    assert_eq!(of::<f32>(name, "7.038531e-26"), Ok(7.038_531e-26));
    assert_eq!(of::<f64>(name, "-0.0").map(f64::to_bits), Ok((-0.0_f64).to_bits()));
    let expected = "the number here is beyond the range of f64";
    assert_eq!(of::<f64>(name, "1e400"), Err(expected.to_owned()));
    of::<f64>(name, "two").unwrap_err();
    of::<f64>("x", "1.0").unwrap_err();
    let none = MapDeserializer::<_, Error>::new(std::iter::empty::<(&str, f64)>());
    let error = f32::read(none, &" here").unwrap_err();
    assert_eq!(error.to_string(), "invalid type: map, expected a number here");
}

/// An `f32` is written as its shortest text, which is then read as an `f64`. With
/// `CONSTPROP_EXHAUSTIVE` set all of them go through (use a release build), else one in 4099.
#[test]
fn every_f32_returns_by_way_of_f64() {
    let stride = if std::env::var_os("CONSTPROP_EXHAUSTIVE").is_some() { 1 } else { 4099 };
    let in_the_middle = 0x15AE_43FD;
    let mut text = String::new();
    for bits in (0..0x7F80_0000).step_by(stride).chain([in_the_middle, in_the_middle + (1 << 31)]) {
        text.clear();
        write!(text, "{:e}", f32::from_bits(bits)).unwrap();
        let read: f32 = read(text.parse::<f64>().unwrap()).unwrap();
        assert_eq!(read.to_bits(), bits, "{text}");
    }
    assert_ne!(7.038_531e-26_f64 as f32, 7.038_531e-26_f32, "the one that is in the middle");
}
