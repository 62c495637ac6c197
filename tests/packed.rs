//! Packed weights: the format against one that is written by the book, whatever is wrong with them, and
//! power that fails.

use std::fs;
use std::path::{Path, PathBuf};

use constprop::ThetaShape;
use constprop::prelude::*;
use constprop::weights::{
    Contents, Facts, Names, Packed, PackedError, Turns, Weights, architecture_of, embedded,
    pack_shapes, read_shapes,
};

network! {
    /// That of the committed files.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Policy(4 => 8 Tanh => 2 Identity) minimizing HalfSquaredError;
}

network! {
    #[derive(Clone, Debug, PartialEq)]
    pub struct Odd(2 => 3 LeakyRelu => 1 Sigmoid) minimizing CrossEntropy;
}

network! {
    /// That of `slope.bin` and `padding.bin`, both of whose parts are filled up.
    #[derive(Clone, Debug, PartialEq)]
    pub struct Slope(1 => 2 LeakyRelu<1, 5> => 1 Identity) minimizing HalfSquaredError;
}

network! {
    pub struct Deep(
        3 => 4 Sigmoid => 5 Tanh => 4 Relu => 3 Elu => 12 Gelu => 4 Silu => 3 Softplus => 2 Softmax
    ) minimizing CategoricalCrossEntropy;
}

static POLICY: Policy<f32> = embedded(include_bytes!("compile_fail/policy.bin"));

/// What the example `convert` made of it with `--rust`.
#[path = "weights_files/policy.rs"]
mod literals;

fn packed<N: Packed>(net: &N) -> Vec<u8> {
    let mut room = vec![0; N::PACKED];
    net.pack(&mut room).unwrap();
    room
}

/// The two sums, as the documentation has them in Python.
fn checksum(bytes: &[u8]) -> [u8; 16] {
    let (mut a, mut b) = (0_u64, 0_u64);
    for word in bytes.chunks(4) {
        a = a.wrapping_add(u32::from_le_bytes(word.try_into().unwrap()).into());
        b = b.wrapping_add(a);
    }
    let sums = u128::from(b) << 64 | u128::from(a);
    sums.to_le_bytes()
}

/// The documentation's table, line by line.
fn by_the_book(text: &str, scalar: u16, sequence: u64, parameters: &[Vec<u8>]) -> Vec<u8> {
    let padded = |bytes: &mut Vec<u8>| bytes.resize(bytes.len().next_multiple_of(8), 0);
    let mut book = b"cnstprop".to_vec();
    book.extend(1_u16.to_le_bytes());
    book.extend(scalar.to_le_bytes());
    book.extend(u32::try_from(text.len()).unwrap().to_le_bytes());
    book.extend((parameters.len() as u64).to_le_bytes());
    book.extend(sequence.to_le_bytes());
    book.extend(text.bytes());
    padded(&mut book);
    book.extend(parameters.concat());
    padded(&mut book);
    book.extend(checksum(&book));
    book
}

/// With the checksum that its bytes have.
fn summed(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.len() - 16;
    let sums = checksum(&bytes[..end]);
    bytes[end..].copy_from_slice(&sums);
    bytes
}

/// With something else than 0 at a byte, under its checksum.
fn filled(bytes: &[u8], offset: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    assert_eq!(bytes[offset], 0);
    bytes[offset] = 0x80;
    summed(bytes)
}

fn f32s(numbers: &[f32]) -> Vec<Vec<u8>> {
    numbers.iter().map(|number| number.to_le_bytes().to_vec()).collect()
}

fn f64s(numbers: &[f64]) -> Vec<Vec<u8>> {
    numbers.iter().map(|number| number.to_le_bytes().to_vec()).collect()
}

const DEEP: &str = "3 => 4 Sigmoid => 5 Tanh => 4 Relu => 3 Elu<1, 1> => 12 Gelu => 4 Silu \
                    => 3 Softplus => 2 Softmax";

#[test]
fn what_is_packed_is_what_the_documentation_says() {
    let net = Policy::<f32>::seeded(1);
    let book = by_the_book("4 => 8 Tanh => 2 Identity", 4, 0, &f32s(net.parameters()));
    assert_eq!(packed(&net), book);
    let net = Odd::<f32>::seeded(1); // 13 parameters: 4 bytes of zeros behind them
    let book = by_the_book("2 => 3 LeakyRelu<1, 100> => 1 Sigmoid", 4, 0, &f32s(net.parameters()));
    assert_eq!(packed(&net), book);
    let net = Odd::<f64>::seeded(1);
    let book = by_the_book("2 => 3 LeakyRelu<1, 100> => 1 Sigmoid", 8, 0, &f64s(net.parameters()));
    assert_eq!(packed(&net), book);
    let net = Deep::<f64>::seeded(1);
    let sequence = 0xfedc_ba98_7654_3210;
    let words = net.packed_words(sequence).unwrap();
    for at in [0, 1, 5, Deep::<f64>::PACKED / 8] {
        let mut rest = words.clone();
        assert_eq!(rest.by_ref().take(at).count(), at);
        assert_eq!(rest.len(), Deep::<f64>::PACKED / 8 - at);
    }
    let book = by_the_book(DEEP, 8, sequence, &f64s(net.parameters()));
    assert_eq!(words.flatten().collect::<Vec<u8>>(), book);
    assert_eq!(Deep::<f64>::check_packed(&book), Ok(sequence));
}

#[test]
fn a_round_trip_keeps_every_bit() {
    let mut net = Odd::<f32>::seeded(1);
    let ends = [-0.0, f32::MIN_POSITIVE / 3.0, f32::MAX, f32::MIN, f32::EPSILON];
    net.parameters_mut()[..5].copy_from_slice(&ends);
    let mut read = Odd::<f32>::zeros();
    read.unpack(&packed(&net)).unwrap();
    let bits = |net: &Odd<f32>| net.parameters().iter().map(|p| p.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&read), bits(&net));
    let mut net = Odd::<f64>::seeded(1);
    net.parameters_mut()[..3].copy_from_slice(&[-0.0, 5e-324, f64::MAX]);
    let mut read = Odd::<f64>::zeros();
    read.unpack(&packed(&net)).unwrap();
    let bits = |net: &Odd<f64>| net.parameters().iter().map(|p| p.to_bits()).collect::<Vec<_>>();
    assert_eq!(bits(&read), bits(&net));
}

#[test]
fn bytes_may_lie_anywhere() {
    let net = Odd::<f64>::seeded(3);
    let bytes = packed(&net);
    for offset in 0..16 {
        let mut moved = vec![0xaa; offset];
        moved.extend(&bytes);
        let mut read = Odd::<f64>::zeros();
        read.unpack(&moved[offset..]).unwrap();
        assert_eq!(read, net);
    }
}

#[test]
fn what_is_embedded_is_what_was_packed() {
    assert_eq!(POLICY, Policy::<f32>::seeded(1));
    assert_eq!(literals::POLICY.parameters(), POLICY.parameters());
    assert_eq!(Policy::<f32>::check_packed(include_bytes!("compile_fail/policy.bin")), Ok(0));
}

/// They are of version 1, and load in every version to come. `CONSTPROP_BLESS=1` writes them.
#[test]
fn committed_files_are_those_of_the_network() {
    let whole = packed(&Policy::<f32>::seeded(1));
    let mut flipped = whole.clone();
    flipped[150] ^= 4;
    let slope = packed(&Slope::<f32>::seeded(1));
    let files = [
        ("policy", &whole[..]),
        ("cut", &whole[..300]),
        ("flipped", &flipped),
        ("slope", &slope),
        ("padding", &filled(&slope, 71)),
    ];
    for (name, expected) in files {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("compile_fail");
        let path: PathBuf = folder.join(name).with_extension("bin");
        if std::env::var_os("CONSTPROP_BLESS").is_some() {
            fs::write(&path, expected).unwrap();
        }
        assert_eq!(fs::read(&path).unwrap(), expected, "{name}");
    }
}

/// Refused, and nothing written.
fn refused<N: Packed + Clone + PartialEq + std::fmt::Debug>(bytes: &[u8]) -> PackedError {
    let mut net = N::seeded(9);
    let before = net.clone();
    let error = net.unpack(bytes).unwrap_err();
    assert_eq!(net, before);
    assert_eq!(N::check_packed(bytes), Err(error));
    error
}

fn every_flip_is_refused<N: Packed + Clone + PartialEq + std::fmt::Debug>() {
    let mut bytes = packed(&N::seeded(1));
    for bit in 0..8 * bytes.len() {
        bytes[bit / 8] ^= 1 << (bit % 8);
        refused::<N>(&bytes);
        _ = Contents::read(&bytes).unwrap_err();
        bytes[bit / 8] ^= 1 << (bit % 8);
    }
    N::zeros().unpack(&bytes).unwrap();
}

#[test]
fn every_bit_that_flips_is_noticed() {
    every_flip_is_refused::<Policy<f32>>();
    every_flip_is_refused::<Policy<f64>>();
    every_flip_is_refused::<Odd<f32>>();
}

/// What the documentation promises of the checksum: of each pair of words, also where a stays.
#[test]
fn two_words_that_change_are_noticed() {
    let bytes = packed(&Odd::<f32>::seeded(1));
    let words = bytes.len() / 4 - 4;
    for first in 0..words {
        for second in first + 1..words {
            for (one, other) in [(1, u32::MAX), (1 << 31, 1 << 31), (0xffff_0000, 0x10000)] {
                let mut changed = bytes.clone();
                for (at, change) in [(first, one), (second, other)] {
                    let word = &mut changed.as_chunks_mut::<4>().0[at];
                    *word = u32::from_le_bytes(*word).wrapping_add(change).to_le_bytes();
                }
                assert!(Contents::read(&changed).is_err(), "{first} {second}");
            }
        }
    }
}

fn every_length_is_refused<N: Packed + Clone + PartialEq + std::fmt::Debug>() {
    let bytes = packed(&N::seeded(1));
    for length in 0..bytes.len() {
        let expected = if length < 48 { 48 } else { bytes.len() };
        let error = PackedError::Length { expected, found: length };
        assert_eq!(refused::<N>(&bytes[..length]), error);
        // Half-written: what is behind is erased.
        let mut erased = bytes.clone();
        erased[length..].fill(0xff);
        if erased != bytes {
            refused::<N>(&erased);
        }
    }
    for more in 1..100 {
        let mut longer = bytes.clone();
        longer.resize(bytes.len() + more, 0);
        let error = PackedError::Length { expected: bytes.len(), found: longer.len() };
        assert_eq!(refused::<N>(&longer), error);
    }
}

#[test]
fn every_other_length_is_refused() {
    every_length_is_refused::<Policy<f32>>();
    every_length_is_refused::<Odd<f64>>();
}

#[test]
fn headers_may_claim_anything() {
    let bytes = packed(&Policy::<f32>::seeded(1));
    let claims = [0, 1, 7, 8, 58, 1 << 31, u64::from(u32::MAX), 1 << 61, 1 << 63, u64::MAX];
    for (at, size) in [(8, 2), (10, 2), (12, 4), (16, 8)] {
        for claim in claims {
            let mut claimed = bytes.clone();
            claimed[at..at + size].copy_from_slice(&claim.to_le_bytes()[..size]);
            let claimed = summed(claimed);
            if claimed != bytes {
                let message = refused::<Policy<f32>>(&claimed).to_string();
                assert!(message.len() < 200, "{message}");
            }
            _ = Contents::read(&claimed);
        }
    }
}

/// A header in which everything fits together, and which is of something else all the same.
#[test]
fn the_text_alone_is_not_believed() {
    let text = "4 => 8 Tanh => 2 Identity";
    let more = by_the_book(text, 4, 0, &f32s(&[0.0; 59]));
    assert_eq!(refused::<Policy<f32>>(&more), PackedError::Count { expected: 58, found: 59 });
    let mut other = by_the_book(text, 4, 0, &f32s(&[0.0; 58]));
    other[32] = 0xff;
    assert_eq!(refused::<Policy<f32>>(&summed(other)), PackedError::Text);
    let half = by_the_book(text, 2, 0, &vec![vec![0, 0]; 58]);
    let error = PackedError::Scalar { expected: 32, found: 16 };
    assert_eq!(refused::<Policy<f32>>(&half), error);
}

#[test]
fn padding_is_zeros() {
    let bytes = packed(&Slope::<f32>::seeded(1));
    let text = "1 => 2 LeakyRelu<1, 5> => 1 Identity";
    assert_eq!(&bytes[32..][..text.len()], text.as_bytes());
    for offset in (68..72).chain(100..104) {
        let filled = filled(&bytes, offset);
        let error = refused::<Slope<f32>>(&filled);
        assert_eq!(error, PackedError::Padding { offset });
        assert_eq!(Contents::read(&filled).unwrap_err(), error);
        let message = format!("packed weights: byte {offset} is padding, and must be 0");
        assert_eq!(error.to_string(), message);
    }
}

fn of_another<N: Packed + Clone + PartialEq + std::fmt::Debug>(text: &str) -> String {
    refused::<N>(&by_the_book(text, 4, 0, &f32s(&vec![0.0; N::PARAMETERS]))).to_string()
}

#[test]
fn another_network_is_named_from_where_it_differs() {
    let say = |layer, found: &str, expected: &str| {
        format!(
            "packed weights of another network: from layer {layer} on `{expected}`, theirs `{found}`"
        )
    };
    let expected = "4 => 8 Tanh => 2 Identity";
    for (found, layer, rest, of_ours) in [
        ("42 => 8 Tanh => 2 Identity", 1, "42 => 8 Tanh => 2 Identity", expected),
        ("", 1, "", expected),
        ("4 => 64 Tanh => 2 Identity", 2, "64 Tanh => 2 Identity", "8 Tanh => 2 Identity"),
        ("4 => 8 Tan => 2 Identity", 2, "8 Tan => 2 Identity", "8 Tanh => 2 Identity"),
        ("4 => 8 Tanhs => 2 Identity", 2, "8 Tanhs => 2 Identity", "8 Tanh => 2 Identity"),
        ("4 => 8 Tanh", 2, "8 Tanh", "8 Tanh => 2 Identity"),
        ("4 => 8 Tanh => 3 Identity", 3, "3 Identity", "2 Identity"),
        ("4 => 8 Tanh => 2 Identity => 1 Tanh", 3, "2 Identity => 1 Tanh", "2 Identity"),
    ] {
        assert_eq!(of_another::<Policy<f32>>(found), say(layer, rest, of_ours));
    }
    // What is long is cut, and no character in two.
    for names in 0..4 {
        let name = "Ä".repeat(40);
        let found = format!("4 => 8 {}{name} => 2 Identity", "x".repeat(names));
        let message = of_another::<Policy<f32>>(&found);
        let kept = (44 - 2 - names) / 2;
        let rest = format!("8 {}{}…", "x".repeat(names), "Ä".repeat(kept));
        assert_eq!(message, say(2, &rest, "8 Tanh => 2 Identity"));
    }
    let mut net = Deep::<f32>::zeros();
    let error = net.unpack(&by_the_book("2", 4, 0, &[])).unwrap_err().to_string();
    assert_eq!(error, say(1, "2", "3 => 4 Sigmoid => 5 Tanh => 4 Relu => 3 Elu<…"));
}

#[test]
fn messages_name_both_sides() {
    let policy = packed(&Policy::<f32>::seeded(1));
    let messages = [
        (refused::<Policy<f64>>(&policy), "the network is of f64, the packed weights of f32"),
        (refused::<Policy<f32>>(&policy[..100]), "packed weights of 312 bytes; here are 100"),
        (
            refused::<Policy<f32>>(&[0xff; 312]),
            "packed weights begin with 636e737470726f70 (`cnstprop`), these bytes with \
             ffffffffffffffff",
        ),
        (
            refused::<Policy<f32>>(include_bytes!("compile_fail/flipped.bin")),
            "packed weights are damaged: their checksum is 1bda75466c 36283f81da7, the bytes' \
             1bda79466c 362848c1da7",
        ),
        (
            Policy::<f32>::zeros().pack(&mut [0; 311]).unwrap_err(),
            "packed weights take 312 bytes; there is room for 311",
        ),
        (
            pack_shapes(Policy::<f32>::SHAPES, &[0.0_f32; 57]).unwrap_err(),
            "the shapes have 58 parameters; here are 57",
        ),
    ];
    for (error, message) in messages {
        assert_eq!(error.to_string(), message);
        assert_eq!(format!("{error:>150}").len(), 150.max(message.len()));
    }
    let mut second = policy;
    second[8] = 2;
    let message = "packed weights of version 2; what is known here is version 1";
    assert_eq!(refused::<Policy<f32>>(&second).to_string(), message);
}

#[test]
fn what_is_not_finite_goes_neither_out_nor_in() {
    for (value, word) in [(f64::NAN, "NaN"), (f64::INFINITY, "inf"), (f64::NEG_INFINITY, "-inf")] {
        for (index, place) in [
            (0, "theta1, row 0, column 0 (the bias)"),
            (57, "theta2, row 1, column 8"),
            (9, "theta1, row 1, column 1"),
        ] {
            let message = format!("packed weights: {place} is {word}; it must be finite");
            let mut net = Policy::<f32>::seeded(1);
            net.parameters_mut()[index] = value as f32;
            let mut room = [0xaa; Policy::<f32>::PACKED];
            assert_eq!(net.pack(&mut room).unwrap_err().to_string(), message);
            assert_eq!(room, [0xaa; Policy::<f32>::PACKED]);
            let text = "4 => 8 Tanh => 2 Identity";
            let book = by_the_book(text, 4, 0, &f32s(net.parameters()));
            assert_eq!(refused_by_message::<Policy<f32>>(&book), message);
            let mut net = Policy::<f64>::seeded(1);
            net.parameters_mut()[index] = value;
            assert_eq!(net.packed_words(1).unwrap_err().to_string(), message);
            let book = by_the_book(text, 8, 0, &f64s(net.parameters()));
            assert_eq!(refused_by_message::<Policy<f64>>(&book), message);
        }
    }
}

/// NaN is not equal to itself, so `refused` cannot compare the errors.
fn refused_by_message<N: Packed + PartialEq + std::fmt::Debug>(bytes: &[u8]) -> String {
    let mut net = N::seeded(9);
    let message = net.unpack(bytes).unwrap_err().to_string();
    assert_eq!(net, N::seeded(9));
    message
}

/// An activation of a user's, with its numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Line<const A: i32, const B: i64>;

impl<const A: i32, const B: i64> Activation for Line<A, B> {
    const NAME: &'static str = "Line";
    const NUMBERS: &'static [i64] = &[A as i64, B];

    fn g<V: Real>(z: V) -> V {
        V::constant(f64::from(A)) * z
    }

    fn g_prime<V: Real>(_z: V, _a: V) -> V {
        V::constant(f64::from(A))
    }

    fn g_second<V: Real>(_z: V, _a: V) -> V {
        V::zero()
    }
}

network! {
    #[derive(Clone, Debug, PartialEq)]
    pub struct Least(1 => 1 Line<{ i32::MIN }, { i64::MIN }> => 1 Line<0, 2>)
    minimizing HalfSquaredError;
}

#[test]
fn numbers_of_an_activation_are_part_of_the_network() {
    let bytes = packed(&Slope::<f32>::seeded(1));
    network! {
        #[derive(Clone, Debug, PartialEq)]
        pub struct Usual(1 => 2 LeakyRelu => 1 Identity) minimizing HalfSquaredError;
    }
    let message = "packed weights of another network: from layer 2 on `2 LeakyRelu<1, 100> => 1 \
                   Identity`, theirs `2 LeakyRelu<1, 5> => 1 Identity`";
    assert_eq!(refused::<Usual<f32>>(&bytes).to_string(), message);
    // What says none is of none of them.
    let none = by_the_book("1 => 2 LeakyRelu => 1 Identity", 4, 0, &f32s(&[0.5; 7]));
    let PackedError::Architecture { layer, found, .. } = refused::<Slope<f32>>(&none) else {
        panic!();
    };
    let said = format!("{found} {found:?}");
    assert_eq!((layer, &said[..26]), (2, "2 LeakyRelu => 1 Identity "));
    assert_eq!(&said[26..], r#""2 LeakyRelu => 1 Identity""#);

    let text = "1 => 1 Line<-2147483648, -9223372036854775808> => 1 Line<0, 2>";
    let net = Least::<f32>::seeded(1);
    assert_eq!(packed(&net), by_the_book(text, 4, 0, &f32s(net.parameters())));
    let said: Vec<String> = Least::<f32>::SHAPES.iter().map(ToString::to_string).collect();
    assert_eq!(format!("1 => {}", said.join(" => ")), text);
}

#[test]
fn shapes_of_a_tool_may_be_anything() {
    let huge = |s_in, s_out| ThetaShape { s_in, s_out, ..Policy::<f32>::SHAPES[0] };
    for shapes in [
        &[huge(usize::MAX, 1)][..],
        &[huge(usize::MAX - 1, 2)],
        &[huge(usize::MAX - 1, 1), huge(1, 1)],
        &[huge(usize::MAX / 2, usize::MAX / 2)],
    ] {
        let error = pack_shapes(shapes, &[0.0_f32; 4]).unwrap_err();
        assert_eq!(error, PackedError::Count { expected: usize::MAX, found: 4 });
    }
    let words = pack_shapes::<f64>(&[], &[]).unwrap();
    let nothing: Vec<u8> = words.flatten().collect();
    assert_eq!(nothing, by_the_book("", 8, 0, &[]));
    assert_eq!(Contents::read(&nothing).unwrap().architecture, "");
}

#[test]
fn a_tool_needs_no_type() {
    let net = Odd::<f64>::seeded(5);
    let bytes = packed(&net);
    let contents = Contents::read(&bytes).unwrap();
    assert_eq!(contents.architecture, "2 => 3 LeakyRelu<1, 100> => 1 Sigmoid");
    assert_eq!((contents.bits, contents.sequence), (64, 0));
    assert_eq!(contents.parameters, f64s(net.parameters()).concat());
    let words = pack_shapes(Odd::<f64>::SHAPES, net.parameters()).unwrap();
    assert_eq!(words.flatten().collect::<Vec<u8>>(), bytes);
}

network! {
    /// That of the files of `tests/weights_files`.
    pub struct Small(3 => 4 Tanh => 2 Identity) minimizing HalfSquaredError;
}

/// A tool knows sizes, activations and cost as words.
#[test]
fn a_tool_reads_what_a_network_reads() {
    static FACTS: Facts = Facts { shapes: Small::<f64>::SHAPES, cost: "HalfSquaredError" };
    static OTHER: Facts = Facts { shapes: Odd::<f64>::SHAPES, cost: "CrossEntropy" };
    static NONE: Facts = Facts { shapes: &[], cost: "" };
    let files: [(&[u8], Option<&str>); 4] = [
        (include_bytes!("weights_files/pytorch-f64.safetensors"), None),
        (include_bytes!("weights_files/keras-f64.safetensors"), None),
        (include_bytes!("weights_files/numpy-f64.safetensors"), Some("")),
        (include_bytes!("weights_files/old-f64.safetensors"), Some("f64: ")),
    ];
    for (bytes, scalar) in files {
        let mut net = Small::<f64>::zeros();
        net.read_safetensors(bytes, Names::found()).unwrap();
        let read: Vec<f64> = read_shapes(&FACTS, bytes, Names::found()).unwrap();
        assert_eq!(read, net.parameters());
        let said = architecture_of(bytes).unwrap().map(|said| said.to_string());
        let expected = "3 => 4 Tanh => 2 Identity minimizing HalfSquaredError";
        assert_eq!(said, scalar.map(|scalar| format!("{scalar}{expected}")));
        assert!(read_shapes::<f64>(&OTHER, bytes, Names::found()).is_err());
        assert!(read_shapes::<f64>(&NONE, bytes, Names::found()).is_err());
    }
    assert!(architecture_of(b"cnstprop").is_err());
    // More than there can be, and memory for it is not even asked for.
    const fn huge(s_in: usize) -> ThetaShape {
        ThetaShape { s_in, s_out: usize::MAX, ..Small::<f64>::SHAPES[0] }
    }
    static LARGE: Facts = Facts { shapes: &[huge(usize::MAX / 4)], cost: "" };
    static LARGEST: Facts = Facts { shapes: &[huge(usize::MAX - 1)], cost: "" };
    for facts in [&LARGE, &LARGEST] {
        assert!(read_shapes::<f32>(facts, files[0].0, Names::found()).is_err());
    }
}

/// A page, and what becomes of it as time goes on; power may fail after each step.
enum Memory {
    /// Erased byte by byte, then written in words of 8 bytes.
    Flash,
    /// Written over, byte by byte.
    Eeprom,
}

/// All that memory can look like on the way from `before` to `words`: what a byte holds while it is
/// written is anything.
fn states(memory: &Memory, before: &[u8], words: &[u8]) -> Vec<Vec<u8>> {
    let mut page = before.to_vec();
    let mut states = vec![page.clone()];
    let mut step = |page: &mut Vec<u8>, at: usize, to: u8| {
        for half_way in [page[at] & to, page[at] | to, page[at] ^ 0x5a, to] {
            page[at] = half_way;
            states.push(page.clone());
        }
    };
    if let Memory::Flash = memory {
        for at in 0..before.len() {
            step(&mut page, at, 0xff);
        }
    }
    for (at, &byte) in words.iter().enumerate() {
        step(&mut page, at, byte);
    }
    states
}

fn power_fails_at_every_byte<N: Packed + Clone + PartialEq + std::fmt::Debug>(memory: &Memory) {
    let size = N::PACKED + 24;
    let mut pages = [vec![0xff; size], vec![0xff; size]];
    let nets: Vec<N> = (1..=5).map(N::seeded).collect();
    let of = |pages: &[Vec<u8>; 2]| {
        let turns = Turns::of::<N>([&pages[0], &pages[1]]);
        let net = turns.newest().map(|page| {
            let mut net = N::zeros();
            net.unpack(&pages[page][..N::PACKED]).unwrap();
            net
        });
        (turns, net)
    };
    for (count, next) in nets.iter().enumerate() {
        let earlier = count.checked_sub(1).map(|earlier| nets[earlier].clone());
        let (turns, found) = of(&pages);
        assert_eq!(found, earlier);
        assert_eq!(turns.sequence(), count as u64 + 1);
        assert_eq!(turns.next(), count % 2);
        let words: Vec<u8> = next.packed_words(turns.sequence()).unwrap().flatten().collect();
        let mut cut = pages.clone();
        for state in states(memory, &pages[turns.next()], &words) {
            // The last byte may be what it will be before it is written.
            let whole = state[..N::PACKED] == words;
            cut[turns.next()] = state;
            let (after, found) = of(&cut);
            assert_eq!(found, if whole { Some(next.clone()) } else { earlier.clone() });
            // What was half-written is what is written next.
            assert_eq!(after.next() == turns.next(), !whole);
        }
        pages = cut;
        assert_eq!(of(&pages).1.as_ref(), Some(next));
    }
}

#[test]
fn power_may_fail_at_every_byte() {
    for memory in [Memory::Flash, Memory::Eeprom] {
        power_fails_at_every_byte::<Odd<f32>>(&memory);
        power_fails_at_every_byte::<Odd<f64>>(&memory);
    }
}

#[test]
fn sequence_numbers_go_round() {
    let at = |sequence| {
        let words = Odd::<f32>::seeded(1).packed_words(sequence).unwrap().flatten().collect();
        let words: Vec<u8> = words;
        words
    };
    for (first, second, newest, sequence) in [
        (7, 8, 1, 9),
        (8, 7, 0, 9),
        (u64::MAX, 0, 1, 1),
        (0, u64::MAX, 0, 1),
        (u64::MAX - 1, u64::MAX, 1, 0),
        // As far from each other as can be: the first.
        (3, (1 << 63) + 3, 0, 4),
        ((1 << 63) + 3, 3, 0, (1 << 63) + 4),
        (5, 5, 0, 6),
        (0, (1 << 63) - 1, 1, 1 << 63),
        ((1 << 63) - 1, 0, 0, 1 << 63),
    ] {
        let turns = Turns::of::<Odd<f32>>([&at(first), &at(second)]);
        assert_eq!(turns.places, [Ok(first), Ok(second)]);
        assert_eq!((turns.newest(), turns.sequence()), (Some(newest), sequence));
        assert_eq!(turns.next(), 1 - newest);
    }
}

#[test]
fn places_say_what_is_wrong_with_them() {
    let other = packed(&Policy::<f32>::seeded(1));
    let turns = Turns::of::<Odd<f32>>([&[0xff; 4096], &other]);
    assert_eq!(turns.places[0], Err(PackedError::Foreign { found: [0xff; 8] }));
    assert!(matches!(
        turns.places[1],
        Err(PackedError::Length { .. } | PackedError::Architecture { .. })
    ));
    assert_eq!((turns.newest(), turns.next(), turns.sequence()), (None, 0, 1));
    let turns = Turns::of::<Odd<f32>>([&[], &[0xff; 3]]);
    assert_eq!(turns.newest(), None);
}
