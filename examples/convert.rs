//! Weights of a file of safetensors, from PyTorch, Keras or this crate, as packed weights that
//! `weights::embedded` takes, or as source code.

use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{fs, process};

use constprop::weights::{
    Contents, Facts, Names, WeightsError, Words, architecture_of, pack_shapes, read_shapes,
    save_bytes,
};
use constprop::{Activation, Elu, Init, LeakyRelu, ThetaShape};
use lexopt::prelude::*;

const HELP: &str = "\
Makes packed weights of a file of safetensors, in any of the namings, or of packed weights.

Usage: cargo run --example convert -- [OPTIONS] IN OUT

    cargo run --example convert -- --network \"4 => 64 Tanh => 2 Identity\" in.safetensors policy.bin
    static POLICY: Policy<f32> = embedded(include_bytes!(\"policy.bin\"));

Options:
  --network TEXT  what stands in `network!`: sizes and activations, and `minimizing` a cost where --rust
                  is to write one; needed where IN does not say it, as files from Python do not
  --names NAME    pytorch, keras, ours or found [found]
  --prefix TEXT   what the names of all tensors begin with, where a file holds several networks
  --layers NAMES  how each layer is called, where names do not go by numbers: fc1,fc2,out
  --among-others  whatever else is in the file is passed over, such as what x is scaled by
  --f32, --f64    the scalar [that of packed weights; f32]
  --rust          write source code with literals: the network, named as OUT is, and a static
  --help          print this
";

#[derive(Default)]
struct Options {
    network: Option<String>,
    names: Option<String>,
    prefix: String,
    layers: Option<&'static [&'static str]>,
    among_others: bool,
    bits: Option<usize>,
    rust: bool,
    files: Vec<PathBuf>,
}

impl Options {
    fn parse() -> Result<Option<Self>, lexopt::Error> {
        let mut options = Self::default();
        let mut parser = lexopt::Parser::from_env();
        while let Some(argument) = parser.next()? {
            match argument {
                Long("network") => options.network = Some(parser.value()?.string()?),
                Long("names") => options.names = Some(parser.value()?.string()?),
                Long("prefix") => options.prefix = parser.value()?.string()?,
                Long("layers") => options.layers = Some(listed(parser.value()?.string()?)),
                Long("among-others") => options.among_others = true,
                Long("f32") => options.bits = Some(32),
                Long("f64") => options.bits = Some(64),
                Long("rust") => options.rust = true,
                Long("help") | Short('h') => return Ok(None),
                Value(file) => options.files.push(file.into()),
                other => return Err(other.unexpected()),
            }
        }
        Ok(Some(options))
    }

    /// What was said of names, if anything.
    fn of_names(&self) -> Option<&'static str> {
        let said = [
            (self.names.is_some(), "--names"),
            (!self.prefix.is_empty(), "--prefix"),
            (self.layers.is_some(), "--layers"),
            (self.among_others, "--among-others"),
        ];
        said.into_iter().find_map(|(is_said, option)| is_said.then_some(option))
    }

    fn names(&self) -> Result<Names<'_>, String> {
        let names = match self.names.as_deref() {
            None | Some("found") => Names::found(),
            Some("pytorch") => Names::pytorch(),
            Some("keras") => Names::keras(),
            Some("ours") => Names::ours(),
            Some(other) => return Err(format!("--names {other}: pytorch, keras, ours or found")),
        };
        let names = names.prefix(&self.prefix);
        let names = self.layers.map_or(names, |layers| names.layers(layers));
        Ok(if self.among_others { names.among_others() } else { names })
    }
}

/// What commas separate.
fn listed(text: String) -> &'static [&'static str] {
    text.leak().split(',').collect::<Vec<&str>>().leak()
}

/// `4 => 64 Tanh => 2 Identity`, with or without `minimizing` and a cost behind it.
fn facts(text: &str) -> Result<Facts, String> {
    let wrong = |what: &str| format!("network `{text}`: {what}");
    let (layers, cost) = text.split_once(" minimizing ").unwrap_or((text, ""));
    let mut layers = layers.split("=>").map(str::trim);
    let size = |word: &str| match word.parse() {
        Ok(size @ 1..) => Ok(size),
        _ => Err(wrong(&format!("`{word}` is no size"))),
    };
    let mut s_in = size(layers.next().unwrap_or_default())?;
    let mut shapes = Vec::new();
    for (index, layer) in layers.enumerate() {
        let Some((s_out, activation)) = layer.split_once(' ') else {
            return Err(wrong(&format!("`{layer}` is no size and an activation")));
        };
        let s_out = size(s_out)?;
        let (activation, numbers) = activation_and_numbers(activation.trim()).ok_or_else(|| {
            wrong(&format!("`{layer}`: numbers are whole, as in LeakyRelu<1, 5>"))
        })?;
        let init = Init::XAVIER;
        shapes.push(ThetaShape { layer: index + 1, s_out, s_in, activation, numbers, init });
        s_in = s_out;
    }
    if shapes.is_empty() || shapes.len() > 32 {
        return Err(wrong("a network has 2 to 33 layers"));
    }
    if parameters(&shapes).is_none() {
        return Err(wrong("more parameters than can be counted"));
    }
    Ok(Facts { shapes: shapes.leak(), cost: cost.trim().to_owned().leak() })
}

/// `LeakyRelu<1, 5>` as its name and 1 and 5; none where it is not so.
fn activation_and_numbers(text: &str) -> Option<(&'static str, &'static [i64])> {
    let Some((name, numbers)) = text.split_once('<') else { return Some((leaked(text), &[])) };
    let numbers = numbers.strip_suffix('>')?.split(',').map(|number| number.trim().parse().ok());
    Some((leaked(name.trim()), numbers.collect::<Option<Vec<i64>>>()?.leak()))
}

/// As the shapes of a network's type have them.
fn leaked(text: &str) -> &'static str {
    text.to_owned().leak()
}

/// What our activations have where nothing is written.
const USUAL: [(&str, &[i64]); 2] = [
    (<LeakyRelu as Activation>::NAME, <LeakyRelu as Activation>::NUMBERS),
    (<Elu as Activation>::NAME, <Elu as Activation>::NUMBERS),
];

/// The numbers that are not written, if it has any.
fn unwritten(shape: &ThetaShape) -> Option<&'static [i64]> {
    let usual = USUAL.iter().find(|(name, _)| *name == shape.activation);
    usual.map(|(_, numbers)| *numbers).filter(|_| shape.numbers.is_empty())
}

/// What was asked for, as `network!` understands it.
fn as_written(asked: &Facts) -> Facts {
    let numbers = |shape: &ThetaShape| unwritten(shape).unwrap_or(shape.numbers);
    let shapes: Vec<ThetaShape> =
        asked.shapes.iter().map(|shape| ThetaShape { numbers: numbers(shape), ..*shape }).collect();
    Facts { shapes: shapes.leak(), ..*asked }
}

/// Those that the file names, if it does, and those that were asked for, if they were.
fn agreed(found: Option<&str>, asked: Option<&str>) -> Result<Facts, String> {
    let (found, asked) = (found.map(facts).transpose()?, asked.map(facts).transpose()?);
    match (found, asked.as_ref().map(as_written)) {
        (None, None) => Err("the file does not say of which network it is: --network does".into()),
        (None, Some(asked)) => Ok(asked),
        (Some(found), None) => match found.shapes.iter().find(|shape| unwritten(shape).is_some()) {
            Some(shape) => Err(format!(
                "it is of `{}`, and does not say the numbers of {}: --network does",
                said(&found),
                shape.activation
            )),
            None => Ok(found),
        },
        (Some(found), Some(asked)) => {
            let costs_differ = !found.cost.is_empty() && !asked.cost.is_empty();
            if !fit(found.shapes, asked.shapes) || costs_differ && found.cost != asked.cost {
                return Err(format!(
                    "it is of `{}`; --network says `{}`",
                    said(&found),
                    said(&asked)
                ));
            }
            let cost = if found.cost.is_empty() { asked.cost } else { found.cost };
            Ok(Facts { cost, ..asked })
        }
    }
}

/// Whether shapes are those of a file, which may not say the numbers of activations.
fn fit(found: &[ThetaShape], asked: &[ThetaShape]) -> bool {
    let is_same = |(found, asked): (&ThetaShape, &ThetaShape)| {
        let numbers = if found.numbers.is_empty() { asked.numbers } else { found.numbers };
        ThetaShape { numbers, ..*found } == *asked
    };
    found.len() == asked.len() && found.iter().zip(asked).all(is_same)
}

fn said(facts: &Facts) -> String {
    let minimizing = if facts.cost.is_empty() { "" } else { " minimizing " };
    format!("{}{minimizing}{}", layers(facts.shapes), facts.cost)
}

fn layers(shapes: &[ThetaShape]) -> String {
    let mut text = shapes[0].s_in.to_string();
    for shape in shapes {
        _ = write!(text, " => {shape}");
    }
    text
}

/// Parameters of either scalar.
enum Theta {
    F32(Vec<f32>),
    F64(Vec<f64>),
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "f32 is asked for; what is too large is refused"
)]
fn read_packed(contents: &Contents<'_>, bits: usize) -> Theta {
    let number = |bytes: &[u8]| match *bytes {
        [a, b, c, d] => f64::from(f32::from_le_bytes([a, b, c, d])),
        [a, b, c, d, e, f, g, h] => f64::from_le_bytes([a, b, c, d, e, f, g, h]),
        _ => f64::NAN,
    };
    let numbers = contents.parameters.chunks(contents.bits / 8).map(number);
    match bits {
        32 => Theta::F32(numbers.map(|number| number as f32).collect()),
        _ => Theta::F64(numbers.collect()),
    }
}

fn read(options: &Options, bytes: &[u8]) -> Result<(&'static Facts, Theta), Box<dyn Error>> {
    let (asked, names) = (options.network.as_deref(), options.names()?);
    if bytes.starts_with(b"cnstprop") {
        if let Some(option) = options.of_names() {
            return Err(format!("{option} is for safetensors; packed weights have no names").into());
        }
        let contents = Contents::read(bytes)?;
        if ![32, 64].contains(&contents.bits) {
            return Err(format!("scalars of {} bits, not 32 or 64", contents.bits).into());
        }
        let facts = agreed(Some(contents.architecture), asked)?;
        let theta = read_packed(&contents, options.bits.unwrap_or(contents.bits));
        return Ok((Box::leak(Box::new(facts)), theta));
    }
    let words = architecture_of(bytes).map_err(told)?;
    let words = words.map(|words| words.chars().collect::<String>());
    let words =
        words.as_deref().map(|words| words.split_once(": ").map_or(words, |(_, rest)| rest));
    let facts: &'static Facts = Box::leak(Box::new(agreed(words, asked)?));
    let theta = match options.bits {
        Some(64) => read_shapes(facts, bytes, names).map(Theta::F64),
        _ => read_shapes(facts, bytes, names).map(Theta::F32),
    };
    Ok((facts, theta.map_err(told)?))
}

/// Without where the bytes are from, as the file's name stands in front.
fn told(error: WeightsError<'_>) -> String {
    let text = error.to_string();
    text.strip_prefix("bytes: ").unwrap_or(&text).to_owned()
}

/// How many parameters there are, if that can be counted.
fn parameters(shapes: &[ThetaShape]) -> Option<usize> {
    shapes.iter().try_fold(0_usize, |sum, shape| {
        sum.checked_add(shape.s_in.checked_add(1)?.checked_mul(shape.s_out)?)
    })
}

/// The cost that is matched with the output, unless there is one.
fn cost(facts: &Facts) -> &str {
    match facts.shapes.last().map(|shape| shape.activation) {
        _ if !facts.cost.is_empty() => facts.cost,
        Some("Sigmoid") => "CrossEntropy",
        Some("Softmax") => "CategoricalCrossEntropy",
        _ => "HalfSquaredError",
    }
}

/// The network, and a `static` with its parameters. They are printed so that they are read as they were.
fn source<T: std::fmt::Debug>(
    facts: &Facts,
    theta: &[T],
    scalar: &str,
    path: &Path,
) -> Result<String, String> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let words: Vec<&str> =
        stem.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let capital = |word: &&str| word[..1].to_ascii_uppercase() + &word[1..];
    let name: String = words.iter().map(capital).collect();
    if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        return Err(format!("{}: a network cannot be named so", path.display()));
    }
    let constant = words.join("_").to_ascii_uppercase();
    let layers = layers(facts.shapes);
    let cost = cost(facts);
    let mut text = format!(
        "//! Written by the example `convert`.\n\nuse constprop::prelude::*;\n\n\
         network! {{\n    /// Sizes, activations and cost.\n    pub struct {name}({layers}) minimizing {cost};\n}}\n\n\
         /// The weights.\n#[rustfmt::skip]\npub static {constant}: {name}<{scalar}> = {name}::new(\n",
    );
    let mut rest = theta;
    for shape in facts.shapes {
        let (bias, behind) = rest.split_at(shape.s_out);
        let (weights, behind) = behind.split_at(shape.s_out * shape.s_in);
        let row = |row| weights.iter().skip(row).step_by(shape.s_out).collect::<Vec<_>>();
        _ = writeln!(text, "    Theta::new(\n        {bias:?},\n        [");
        for row in (0..shape.s_out).map(row) {
            _ = writeln!(text, "            {row:?},");
        }
        text += "        ],\n    ),\n";
        rest = behind;
    }
    Ok(text + ");\n")
}

fn packed(words: Words<'_>) -> Vec<u8> {
    words.flatten().collect()
}

fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let [from, to] = &options.files[..] else {
        return Err("two files are needed, IN and OUT; --help says more".into());
    };
    let in_file = |error: &dyn std::fmt::Display| format!("{}: {error}", from.display());
    let bytes = fs::read(from).map_err(|error| in_file(&error))?;
    let (facts, theta) = read(options, &bytes).map_err(|error| in_file(&error))?;
    let packed = match &theta {
        Theta::F32(theta) => pack_shapes(facts.shapes, theta).map(packed),
        Theta::F64(theta) => pack_shapes(facts.shapes, theta).map(packed),
    };
    let packed = packed.map_err(|error| in_file(&error))?;
    let out = match &theta {
        _ if !options.rust => packed,
        Theta::F32(theta) => source(facts, theta, "f32", to)?.into(),
        Theta::F64(theta) => source(facts, theta, "f64", to)?.into(),
    };
    save_bytes(to, &out)?;
    println!("{}: `{}`, {} bytes", to.display(), layers(facts.shapes), out.len());
    Ok(())
}

fn main() {
    let done = match Options::parse() {
        Ok(Some(options)) => run(&options),
        Ok(None) => {
            print!("{HELP}");
            Ok(())
        }
        Err(error) => Err(error.into()),
    };
    if let Err(error) = done {
        eprintln!("convert: {error}");
        process::exit(1);
    }
}
