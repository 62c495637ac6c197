//! The reader against the crate `safetensors`, on files that are right, and on some that are not.

use constprop::prelude::*;
use constprop::rand::{Rng, RngExt};
use constprop::weights::{Fault, Names, Weights};
use safetensors::{Dtype, SafeTensors};

use super::{Net, file_of};

type Bits = (u32, u32);

/// Whether it is the file that is wrong, and not that it is of something else.
const fn is_of_the_format(fault: Fault) -> bool {
    matches!(
        fault,
        Fault::TooShort { .. }
            | Fault::HeaderCut { .. }
            | Fault::HeaderTooLong { .. }
            | Fault::NoText { .. }
            | Fault::Json { .. }
            | Fault::TooMany
            | Fault::UnknownDtype
            | Fault::Size
            | Fault::Offsets { .. }
            | Fault::DataLength { .. }
            | Fault::Twice
    )
}

/// One of some.
fn one<'a, T: ?Sized>(rng: &mut impl Rng, of: &[&'a T]) -> &'a T {
    of[rng.random_range(0..of.len())]
}

fn space(rng: &mut impl Rng) -> &'static str {
    one(rng, &["", "", "", "", " ", "\n", "\t\r ", "  "])
}

/// A text in quotes, in which some characters stand as escapes.
fn quoted(rng: &mut impl Rng, text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        let must = matches!(character, '"' | '\\' | '\0'..' ');
        if !must && rng.random_range(0..8) > 0 {
            quoted.push(character);
            continue;
        }
        let mut units = [0; 2];
        for unit in character.encode_utf16(&mut units) {
            let digits = format!("{unit:04x}");
            let digits = if rng.random() { digits.to_uppercase() } else { digits };
            quoted += &format!("\\u{digits}");
        }
    }
    quoted + "\""
}

/// Any value of JSON, not too deep.
fn value(rng: &mut impl Rng, depth: usize) -> String {
    let simple =
        ["null", "true", "false", "0", "-0", "1e3", "-12.5E-7", "\"\"", "\"\\n\\/\"", "1e-400"];
    match rng.random_range(0..if depth == 0 { 3 } else { 5 }) {
        0 => quoted(rng, "ä\u{1F600}\"\\\u{7}x"),
        1 | 2 => one(rng, &simple).to_owned(),
        3 => {
            let items: Vec<String> =
                (0..rng.random_range(0..3)).map(|_| value(rng, depth - 1)).collect();
            format!("[{}{}]", space(rng), items.join(","))
        }
        _ => {
            let items: Vec<String> = (0..rng.random_range(0..3))
                .map(|index| format!("\"{index}\":{}{}", space(rng), value(rng, depth - 1)))
                .collect();
            format!("{{{}}}", items.join(" ,"))
        }
    }
}

const DTYPES: [(&str, usize); 6] =
    [("F64", 8), ("F32", 4), ("F16", 2), ("BF16", 2), ("I64", 8), ("U8", 1)];

/// A file of tensors of these names and shapes, in every order of everything. Numbers are finite.
fn random_file(rng: &mut impl Rng, tensors: &[(&str, &[usize])], most: usize) -> Vec<u8> {
    let mut places: Vec<usize> = (0..tensors.len()).collect();
    shuffle(rng, &mut places);
    let (mut data, mut entries) = (Vec::new(), Vec::new());
    for place in places {
        let (name, shape) = tensors[place];
        let (dtype, size) = DTYPES[rng.random_range(0..most)];
        let start = data.len();
        for _ in 0..shape.iter().product() {
            let mut number: Vec<u8> = (0..size).map(|_| rng.random()).collect();
            // Not every bit of the exponent is set.
            number[size - 1] &= 0xbf;
            data.extend(number);
        }
        let shape: Vec<String> = shape.iter().map(usize::to_string).collect();
        let mut fields = vec![
            format!("\"dtype\"{}:{}", space(rng), quoted(rng, dtype)),
            format!("\"shape\":[{}{}]", shape.join(" ,"), space(rng)),
            format!("\"data_offsets\":{}[{start},{}{}]", space(rng), space(rng), data.len()),
        ];
        if rng.random_range(0..6) == 0 {
            let (key, value) = (quoted(rng, "extra"), value(rng, 3));
            fields.push(format!("{key}:{value}"));
        }
        shuffle(rng, &mut fields);
        entries.push(format!("{}{}:{{{}}}", quoted(rng, name), space(rng), fields.join(",")));
    }
    match rng.random_range(0..4) {
        0 => entries.push("\"__metadata__\":null".to_owned()),
        1 => {
            let (a, b) = (quoted(rng, "wörd\n"), quoted(rng, "\u{1F600}"));
            entries.push(format!("{}:{{{a}:{b},\"x\" : \"\"}}", quoted(rng, "__metadata__")));
        }
        _ => {}
    }
    shuffle(rng, &mut entries);
    let (front, back) = (space(rng), space(rng));
    file_of(&format!("{front}{{{}{back}}}{back}", entries.join(",")), &data)
}

fn shuffle<T>(rng: &mut impl Rng, items: &mut [T]) {
    for index in (1..items.len()).rev() {
        items.swap(index, rng.random_range(0..=index));
    }
}

/// What the crate reads, as the numbers that they are.
fn number(dtype: Dtype, bytes: &[u8]) -> f64 {
    let half = |bits: u16, (fraction, bias): Bits| {
        let (sign, rest) = (bits >> 15, u32::from(bits & 0x7fff));
        let (exponent, part) = (rest >> fraction, f64::from(rest & ((1 << fraction) - 1)));
        let step = 2.0_f64.powi(-(fraction as i32));
        let size = match exponent {
            0 => part * step * 2.0_f64.powi(1 - bias as i32),
            _ => (1.0 + part * step) * 2.0_f64.powi(exponent as i32 - bias as i32),
        };
        if sign == 1 { -size } else { size }
    };
    match dtype {
        Dtype::F64 => f64::from_le_bytes(bytes.try_into().unwrap()),
        Dtype::F32 => f64::from(f32::from_le_bytes(bytes.try_into().unwrap())),
        Dtype::F16 => half(u16::from_le_bytes(bytes.try_into().unwrap()), (10, 15)),
        Dtype::BF16 => half(u16::from_le_bytes(bytes.try_into().unwrap()), (7, 127)),
        other => panic!("{other:?}"),
    }
}

fn numbers_of(file: &SafeTensors<'_>, name: &str) -> Vec<f64> {
    let view = file.tensor(name).unwrap();
    let size = view.dtype().bitsize() / 8;
    view.data().chunks(size).map(|bytes| number(view.dtype(), bytes)).collect()
}

const THETAS: [(&str, &[usize]); 2] = [("theta1", &[4, 4]), ("theta2", &[5, 2])];

/// Whatever the crate reads, of right shapes, is read with the same bits.
#[test]
fn every_file_that_is_right_is_read_alike() {
    let mut rng = constprop::rng(1);
    for case in 0..2000 {
        let bytes = random_file(&mut rng, &THETAS, 4);
        let theirs = SafeTensors::deserialize(&bytes).unwrap();
        let expected = [numbers_of(&theirs, "theta1"), numbers_of(&theirs, "theta2")].concat();
        let text = String::from_utf8_lossy(&bytes);
        let (mut net, mut single) = (Net::<f64>::zeros(), Net::<f32>::zeros());
        let names = if case % 2 == 0 { Names::ours() } else { Names::found() };
        net.read_safetensors(&bytes, names).unwrap_or_else(|error| panic!("{error}: {text}"));
        for (number, expected) in net.parameters().iter().zip(&expected) {
            assert_eq!(number.to_bits(), expected.to_bits(), "{text}");
        }
        let rounded: Vec<f32> = expected.iter().map(|&number| number as f32).collect();
        match single.read_safetensors(&bytes, names) {
            Ok(()) => assert_eq!(single.parameters(), rounded),
            Err(error) => {
                assert!(matches!(error.fault(), Fault::Range { .. }), "{error}");
                assert!(rounded.iter().any(|number| number.is_infinite()));
                assert_eq!(single, Net::zeros());
            }
        }
    }
}

/// Bytes of which something is changed, taken out or put in: one reader takes them if the other does.
#[test]
fn what_is_wrong_is_wrong_for_both() {
    let mut rng = constprop::rng(2);
    let others: [(&str, &[usize]); 5] = [
        ("a", &[]),
        ("b.weight", &[0, 3]),
        ("b.bias", &[2]),
        ("c\n\"", &[1, 1, 2]),
        ("theta9", &[1]),
    ];
    let tokens = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "0",
        "9",
        "1e1",
        "-",
        ".",
        "null",
        "\\",
        "\\u0041",
        " ",
        "\u{1}",
        "F32",
        "data_offsets",
        "18446744073709551615",
        "9223372036854775808,2",
        "é",
        "dtype",
        "__metadata__",
    ];
    let [mut taken, mut refused, mut twice] = [0; 3];
    for _ in 0..6000 {
        let tensors = if rng.random() { &THETAS[..] } else { &others[..] };
        let mut bytes = random_file(&mut rng, tensors, 6);
        let header = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        for _ in 0..rng.random_range(1..3) {
            let length = bytes.len();
            // Mostly in the header, whose length is kept right.
            let at = 8 + rng.random_range(0..header);
            match rng.random_range(0..8) {
                0 => bytes[at.min(length - 1)] ^= 1 << rng.random_range(0..8),
                1..4 => {
                    let token = one(&mut rng, &tokens);
                    let at = at.min(length);
                    bytes.splice(at..at, token.bytes());
                    lengthen(&mut bytes, token.len() as i64);
                }
                4 | 5 => {
                    bytes.remove(at.min(length - 1));
                    lengthen(&mut bytes, -1);
                }
                6 => {
                    let (token, at) = (one(&mut rng, &tokens).as_bytes(), at.min(length));
                    let end = length.min(at + token.len());
                    bytes[at..end].copy_from_slice(&token[..end - at]);
                }
                _ => bytes.truncate(rng.random_range(9..length)),
            }
        }
        let theirs = SafeTensors::deserialize(&bytes);
        let mut net = Net::<f64>::zeros();
        let text = String::from_utf8_lossy(&bytes);
        let fault = net.read_safetensors(&bytes, Names::found()).err().map(|error| {
            // Whatever there is to say can be said.
            assert!(!error.to_string().is_empty());
            error.fault()
        });
        match fault.filter(|&fault| is_of_the_format(fault)) {
            None => {
                taken += 1;
                assert!(theirs.is_ok(), "{:?}: {text}", theirs.err());
            }
            // The crate takes the last one of a name.
            Some(Fault::Twice) => twice += 1,
            Some(fault) => {
                refused += 1;
                assert!(theirs.is_err() || has_twins(&text), "{fault:?}: {text}");
            }
        }
        assert!(fault.is_none() || net == Net::zeros());
    }
    assert!(taken > 300 && refused > 1500, "{taken}, {refused}, {twice}");
}

/// Whether two tensors have one name: then the crate forgets the first, and what is wrong with it.
fn has_twins(text: &str) -> bool {
    text.matches("\"data_offsets\"").count() > 0
        && ["theta1", "theta2", "a", "b.weight", "b.bias", "theta9"]
            .iter()
            .any(|name| text.matches(&format!("\"{name}\"")).count() > 1)
}

fn lengthen(bytes: &mut [u8], by: i64) {
    let length = i64::from_le_bytes(bytes[..8].try_into().unwrap());
    bytes[..8].copy_from_slice(&(length + by).to_le_bytes());
}
