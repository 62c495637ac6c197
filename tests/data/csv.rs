//! CSV files: numbers, labels and columns, and the line and column of every fault.

use constprop::data::csv::{Column, CsvFault, Format, Labelled, Values};
use constprop::data::{DataError, DataFault, share};
use proptest::prelude::*;

use crate::heap::at_most;
use crate::readers::{Broken, Long, Trickle};
use crate::{config, parts};

fn fault<D>(result: Result<D, DataError>) -> CsvFault {
    match result.err().expect("an error").fault() {
        DataFault::Csv(fault) => fault.clone(),
        other => panic!("{other}"),
    }
}

/// The message for a file that `format` reads as 2 inputs and 1 target.
fn message(format: &Format, file: impl AsRef<[u8]>) -> String {
    fault(format.values::<f64, 2, 1>(file.as_ref())).to_string()
}

fn values(format: &Format, file: &str) -> Values<f64, 2, 1> {
    format.values(file.as_bytes()).unwrap()
}

const SMALL: &str = "height,age,price\n1.5,2,3\n-4e1,.5,+6\n";

#[test]
fn numbers_and_where_the_target_stands() {
    let expected = Values { inputs: vec![[1.5, 2.0], [-40.0, 0.5]], targets: vec![[3.0], [6.0]] };
    assert_eq!(values(&Format::new(), SMALL), expected);
    assert_eq!(values(&Format::default().targets(["price"]), SMALL), expected);
    assert_eq!(values(&Format::new().targets([3]), SMALL), expected);
    let expected = Values { inputs: vec![[2.0, 3.0], [0.5, 6.0]], targets: vec![[1.5], [-40.0]] };
    assert_eq!(values(&Format::new().targets_first(), SMALL), expected);
    let age = Format::new().targets([Column::from("age".to_owned())]);
    assert_eq!(values(&age, SMALL).inputs, [[1.5, 3.0], [-40.0, 6.0]]);
    let without = SMALL.split_once('\n').unwrap().1;
    assert_eq!(values(&Format::new().without_header(), without), values(&Format::new(), SMALL));
}

#[test]
fn several_targets_skipped_columns_and_delimiters() {
    let file = "1\tx\t2\t3\t4\n5\t\t6\t7\t8\n";
    let format = Format::new().without_header().delimiter(b'\t').skip([2]);
    let last: Values<f32, 1, 3> = format.values(file.as_bytes()).unwrap();
    assert_eq!(last.inputs, [[1.0], [5.0]]);
    assert_eq!(last.targets, [[2.0, 3.0, 4.0], [6.0, 7.0, 8.0]]);
    let first: Values<f32, 2, 2> = format.clone().targets_first().values(file.as_bytes()).unwrap();
    assert_eq!(first.targets, [[1.0, 2.0], [5.0, 6.0]]);
    assert_eq!(first.inputs, [[3.0, 4.0], [7.0, 8.0]]);
    // In the order that they are named in.
    let named: Values<f32, 2, 2> = format.targets([5, 1]).values(file.as_bytes()).unwrap();
    assert_eq!(named.targets, [[4.0, 1.0], [8.0, 5.0]]);
    let none: Values<f32, 3, 0> = Format::new().values(SMALL.as_bytes()).unwrap();
    assert_eq!(none.inputs, [[1.5, 2.0, 3.0], [-40.0, 0.5, 6.0]]);
}

/// Whatever editors and spreadsheets write: a byte order mark, CRLF, no last line end, empty
/// lines, quotes, spaces.
#[test]
fn the_same_table_in_other_clothes() {
    let expected = values(&Format::new(), SMALL);
    for file in [
        "\u{feff}height,age,price\n1.5,2,3\n-4e1,.5,+6\n",
        "height,age,price\r\n1.5,2,3\r\n-4e1,.5,+6\r\n",
        "height,age,price\r1.5,2,3\r-4e1,.5,+6\r",
        "height,age,price\n1.5,2,3\n-4e1,.5,+6",
        "\n\nheight,age,price\n\n1.5,2,3\r\n\r\n-4e1,.5,+6\n\n\n",
        "\"height\",\"age\",\"price\"\n\"1.5\",2,\"3\"\n-4e1,\".5\",+6",
        "height , age , price\n 1.5,2 ,\t3\n-4e1 , .5, +6 \n",
    ] {
        assert_eq!(values(&Format::new().targets(["price"]), file), expected, "{file:?}");
    }
    let quoted = "\u{feff}\"price\",b,c\n1,2,3\n";
    assert_eq!(values(&Format::new().targets(["price"]), quoted).targets, [[1.0]]);
    assert_eq!(values(&Format::new().without_header(), "\u{feff}1,2,3").inputs, [[1.0, 2.0]]);
    let named = Format::new().targets(["height"]);
    assert_eq!(values(&named, "\u{feff}height,age,price\n1,2,3\n").targets, [[1.0]]);
}

/// 0.1 and its like are rounded to the scalar once: this decimal, to `f64` and then to `f32`, would
/// become 1.
#[test]
fn numbers_are_rounded_once() {
    let file = "1.00000005960464477540,0.1\n";
    let data: Values<f32, 1, 1> = Format::new().without_header().values(file.as_bytes()).unwrap();
    assert_eq!(data.inputs, [[1.0 + f32::EPSILON]]);
    assert_eq!(data.targets, [[0.1]]);
}

#[test]
fn text_labels_are_sorted() {
    let file = "x,kind\n1,setosa\n2, virginica \n3,\"setosa\"\n4,Zebra\n";
    let data: Labelled<f64, 1> = Format::new().labelled(file.as_bytes()).unwrap();
    assert_eq!(data.names, ["Zebra", "setosa", "virginica"]);
    assert_eq!(data.labels, [1, 2, 1, 0]);
    assert_eq!(data.inputs, [[1.0], [2.0], [3.0], [4.0]]);
}

#[test]
fn whole_numbers_are_sorted_as_such() {
    let format = Format::new().without_header().targets_first();
    let data: Labelled<f64, 1> = format.labelled(&b"10,1\n-1,2\n9,3\n10,4\n+2,5\n"[..]).unwrap();
    assert_eq!(data.names, ["-1", "+2", "9", "10"]);
    assert_eq!(data.labels, [3, 0, 2, 3, 1]);
    let mixed: Labelled<f64, 1> = format.labelled(&b"10,1\n9,2\nx,3\n"[..]).unwrap();
    assert_eq!(mixed.names, ["10", "9", "x"]);
}

/// The labels of a file of one column, and the names of the classes.
fn classes(format: &Format, labels: &[&str]) -> (Vec<usize>, Vec<String>) {
    let file = labels.join("\n");
    let data: Labelled<f64, 0> = format.labelled(file.as_bytes()).unwrap();
    (data.labels, data.names)
}

#[test]
fn labels_that_are_numbers_are_sorted_as_numbers() {
    let format = Format::new().without_header().targets_first();
    let sorted = [
        "-1e400",
        "-10",
        "-9.5",
        "-9",
        "-1e-3",
        "-1e-400",
        "0",
        "1e-400",
        "0.000999",
        "1e-3",
        ".5",
        "2",
        "9007199254740992",
        "9007199254740993",
        "9007199254740994",
        "1e16",
        "1.7e308",
        "1e400",
        // Beyond what any integer of the language holds, and one apart.
        "1234567890123456789012345678901234567890123456789e400",
        "1234567890123456789012345678901234567890123456790e400",
    ];
    for seed in 0..20 {
        let (order, _) = constprop::data::train_test(sorted.len(), 0.5, seed).unwrap();
        let labels: Vec<&str> = order.iter().map(|&place| sorted[place]).collect();
        let (found, names) = classes(&format, &labels);
        let mut expected = order.clone();
        expected.sort_unstable();
        assert!(names.iter().eq(expected.iter().map(|&place| sorted[place])), "{names:?}");
        assert!(found.iter().zip(&labels).all(|(&label, name)| names[label] == *name));
    }
    assert_eq!(classes(&format, &["10.0", "2.0"]), (vec![1, 0], vec!["2.0".into(), "10.0".into()]));
}

/// And it is called as it came up first.
#[test]
fn one_number_is_one_class_however_it_is_written() {
    let format = Format::new().without_header();
    for same in [
        &["1", "1.0", "+1", "01", "1.", "1e0", "10e-1", "0.1E+1", "0.0001e4", "001.000"][..],
        &["0", "-0", "+0.0", ".0", "0.", "0e99", "000", "-0e-999999999"],
        &["-2.5", "-02.50", "-25e-1", "-.25e1"],
        &["1000", "1e3", "1E3", "1000.0"],
        &["9007199254740993", "9007199254740993.0", "+9007199254740993", "9.007199254740993e15"],
    ] {
        for first in 0..same.len() {
            let mut labels = same.to_vec();
            labels.rotate_left(first);
            labels.push("7");
            let (found, names) = classes(&format, &labels);
            let mut expected = [labels[0], "7"];
            expected.sort_by(|a, b| a.parse::<f64>().unwrap().total_cmp(&b.parse().unwrap()));
            assert_eq!(names, expected);
            let class = usize::from(names[0] == "7");
            let (last, before) = found.split_last().unwrap();
            assert!(before.iter().all(|&label| label == class) && *last == 1 - class, "{found:?}");
        }
    }
    // Where one of them is no number, they are texts.
    for text in ["x", "1 000", "0x1", "inf", "-Infinity", "1_0", "1e", "1,5"] {
        let text = &format!("\"{text}\"");
        let (_, names) = classes(&format, &["1.0", "1", text, "01"]);
        assert_eq!(names.len(), 4, "{names:?}");
        assert!(names.is_sorted());
    }
}

#[test]
fn labels_are_found_among_given_numbers() {
    let format = Format::new().without_header().classes(["10", "2.0", "-1e1"]);
    let (labels, names) = classes(&format, &["2", "10.0", "+2.00", "-10", "1e1"]);
    assert_eq!(labels, [1, 0, 1, 2, 0]);
    assert_eq!(names, ["10", "2.0", "-1e1"]);
    for (label, what) in [
        ("3", "is none of the classes"),
        ("x", "is none of the classes"),
        ("NA", "is a missing value"),
    ] {
        let error = fault(format.labelled::<f64, 0>(label.as_bytes())).to_string();
        assert!(error.contains(what), "{error}");
    }
    let twice = Format::new().classes(["1", "2", "1.0"]).labelled::<f64, 0>(&b"y\n1\n"[..]);
    assert_eq!(fault(twice), CsvFault::ClassTwice { name: "1.0".to_owned() });
    // Beside a text, they are texts.
    let format = Format::new().without_header().classes(["1", "1.0", "x"]);
    assert_eq!(classes(&format, &["1.0", "x", "1"]).0, [1, 2, 0]);
    assert!(format.labelled::<f64, 0>(&b"01"[..]).is_err());
    // The names of one file are the classes of another.
    let format = Format::new().without_header();
    let (_, names) = classes(&format, &["3.0", "1.0", "2.0"]);
    assert_eq!(classes(&format.classes(names), &["1", "2", "3"]).0, [0, 1, 2]);
}

#[test]
fn missing_values_are_named() {
    let said = "is a missing value, unless `missing` says otherwise";
    let format = Format::new();
    for word in ["", "NA", "?", "  ", " NA ", "na", "N/A", "n/a", "NaN", "nan", "NAN", "-nan"] {
        let found = word.trim();
        let file = format!("height,age,price\n1,2,3\n4,{word},6\n");
        let expected = format!("line 3, column 2 (\"age\"): \"{found}\" {said}");
        assert_eq!(message(&format, file), expected);
        let file = format!("height,age,price\n1,2,{word}\n");
        let expected = format!("line 2, column 3 (\"price\"): \"{found}\" {said}");
        assert_eq!(message(&format, &file), expected);
        assert_eq!(fault(format.labelled::<f64, 2>(file.as_bytes())).to_string(), expected);
    }
    // What it says otherwise: numbers count by their values, and nothing else any more.
    let told = format.clone().missing(["-999", "none"]);
    for word in ["-999", "-999.0", "-9.99e2", "none"] {
        let error = message(&told, format!("a,b,c\n1,2,3\n4,{word},6\n"));
        assert!(error.ends_with(said), "{error}");
        let error = fault(told.labelled::<f64, 0>(format!("y\n{word}\n").as_bytes()));
        assert!(error.to_string().ends_with(said), "{error}");
    }
    assert!(message(&told, "a,b,c\n1,2,NA\n").ends_with("\"NA\" is no number"));
    // NaN is one however it is written; other words are as they are given.
    let told = format.clone().missing(["nan", "NA"]);
    for word in ["NaN", "nan", "+NAN", "NA"] {
        let error = message(&told, format!("a,b,c\n1,2,3\n4,{word},6\n"));
        assert!(error.ends_with(said), "{error}");
        let error = fault(told.labelled::<f64, 0>(format!("y\n{word}\n").as_bytes()));
        assert!(error.to_string().ends_with(said), "{error}");
    }
    assert!(message(&told, "a,b,c\n1,2,na\n").ends_with("\"na\" is no number"));
    assert_eq!(classes(&told.without_header(), &["na", "N/A"]).1, ["N/A", "na"]);
    assert!(message(&format, "a,b,c\n1,2,-inf\n").ends_with("\"-inf\" is not finite"));
    let infinite = format.clone().missing(["-inf"]);
    assert!(message(&infinite, "a,b,c\n1,2,-inf\n").ends_with(said));
    let nothing = format.clone().missing([""; 0]).without_header();
    assert!(message(&nothing, "1,2,NaN\n").ends_with("\"NaN\" is not finite"));
    assert_eq!(classes(&nothing, &["NA", "?", "NaN"]).1, ["?", "NA", "NaN"]);
    assert!(message(&nothing, "1,2,\n").ends_with("\"\" is no number"));
    // A class that is given is one, and what is skipped may be missing.
    let given = format.clone().without_header().classes(["NA", "DE", "?"]);
    assert_eq!(classes(&given, &["DE", "NA", "?"]).0, [1, 0, 2]);
    assert!(format.skip(["b"]).values::<f64, 1, 1>(&b"a,b,c\n1,NA,2\n3,,4\n"[..]).is_ok());
}

/// Where a header is to be: it would be lost.
#[test]
fn an_example_is_not_taken_for_a_header() {
    let format = Format::new();
    let refused = |line| CsvFault::HeaderOfNumbers { line };
    for file in [
        "1,2,3\n4,5,6\n",
        "1,2,3",
        "-1e3, +.5 ,\"0\"\n4,5,6\n",
        "1,NA,3\n4,5,6\n",
        "1,,nan\n1,2,3",
        "1,na,N/A\n1,2,3",
        "NA,?,\n1,2,3\n",
        "NaN,NaN,NaN\n1,2,3\n",
        ",,\n1,2,3\n",
    ] {
        assert_eq!(fault(format.values::<f64, 2, 1>(file.as_bytes())), refused(1), "{file:?}");
    }
    assert_eq!(fault(format.values::<f64, 2, 1>(&b"\n\r\n1,2,3\n4,5,6\n"[..])), refused(3));
    let expected = "line 1 is to be a header, but has numbers or missing values as an example has: say \
                    `without_header`, or `with_header` if they are names";
    assert_eq!(message(&format, "1,2,3\n4,5,6\n"), expected);
    assert_eq!(values(&format.clone().without_header(), "1,2,3\n4,5,6\n").inputs.len(), 2);
    // With labels it is the inputs that tell.
    let labelled = format.labelled::<f64, 2>(&b"1.5,2,round\n3,0.5,flat\n"[..]);
    assert_eq!(fault(labelled), refused(1));
    let labelled = format.clone().targets_first().labelled::<f64, 2>(&b"7,1.5,2\n5,3,0.5\n"[..]);
    assert_eq!(fault(labelled), refused(1));
    let labelled = format.labelled::<f64, 2>(&b"NA,,round\n3,0.5,flat\n"[..]);
    assert_eq!(fault(labelled), refused(1));
    let told = format.clone().missing(["-"]).values::<f64, 2, 1>(&b"-,-,-\n1,2,3\n"[..]);
    assert_eq!(fault(told), refused(1));
    // What is skipped does not.
    let all = format.clone().skip([1, 2]).values::<f64, 0, 0>(&b"1,2\n3,4\n"[..]);
    assert_eq!(all.unwrap().inputs.len(), 1);
    let skipped = format.clone().skip([1]);
    assert_eq!(fault(skipped.values::<f64, 1, 1>(&b"x,2,3\ny,5,6\n"[..])), refused(1));

    // Names that are numbers, if that is said, or one of them is asked for.
    let named = "2023,2024,2025\n1,2,3\n";
    assert_eq!(values(&format.clone().with_header(), named).inputs, [[1.0, 2.0]]);
    assert_eq!(values(&format.clone().targets(["2023"]), named).targets, [[1.0]]);
    assert_eq!(
        fault(format.clone().targets([1]).values::<f64, 2, 1>(named.as_bytes())),
        refused(1)
    );
    let skipped = format.clone().skip(["2024"]);
    assert_eq!(skipped.values::<f64, 1, 1>(named.as_bytes()).unwrap().inputs, [[1.0]]);
    let error = fault(format.clone().with_header().values::<f64, 2, 1>(&b"1,2,3\n"[..]));
    assert_eq!(error, CsvFault::Empty);
    // And names that are none.
    for header in ["1,2,c", "a,2,3", "a,,", "NA,?,x", "1,2,3rd"] {
        assert_eq!(values(&format, &format!("{header}\n1,2,3\n")).inputs, [[1.0, 2.0]], "{header}");
    }
    // Of labels alone it is they.
    assert_eq!(fault(format.labelled::<f64, 0>(&b"3\n1\n2\n"[..])), refused(1));
    let labels: Labelled<f64, 0> = format.labelled(&b"y\n1\n2\n"[..]).unwrap();
    assert_eq!(labels.names, ["1", "2"]);
}

#[test]
fn given_classes() {
    let format = Format::new().without_header().classes(["b", "a", "never"]);
    let data: Labelled<f64, 1> = format.labelled(&b"1,a\n2,b\n"[..]).unwrap();
    assert_eq!(data.labels, [1, 0]);
    assert_eq!(data.names, ["b", "a", "never"]);
    let error = fault(format.labelled::<f64, 1>(&b"1,a\n2,c\n"[..]));
    assert_eq!(error.to_string(), "line 2, column 2: \"c\" is none of the classes");
    let twice = Format::new().classes(["a", "b", "a"]).labelled::<f64, 1>(&b"x,y\n1,a\n"[..]);
    assert_eq!(fault(twice), CsvFault::ClassTwice { name: "a".to_owned() });
}

#[test]
fn what_is_no_number_and_where() {
    let format = Format::new();
    let cases = [
        ("abc", "\"abc\" is no number"),
        ("1,5", "\"1,5\" is no number"),
        ("1_000", "\"1_000\" is no number"),
        ("0x1", "\"0x1\" is no number"),
        ("NaNs", "\"NaNs\" is no number"),
        ("-inf", "\"-inf\" is not finite"),
        ("1e999", "\"1e999\" is not finite"),
    ];
    for (field, expected) in cases {
        let file = format!("height,age,price\n1,2,3\n4,\"{field}\",6\n");
        let expected = format!("line 3, column 2 (\"age\"): {expected}");
        assert_eq!(message(&format, &file), expected);
        let without = format!("1,2,3\n4,5,\"{field}\"\n");
        let expected = expected.replace("line 3, column 2 (\"age\")", "line 2, column 3");
        assert_eq!(message(&format.clone().without_header(), &without), expected);
    }
    // Beyond one scalar's range, and not beyond the other's.
    assert!(Format::new().values::<f32, 1, 1>(&b"x,y\n1e39,0\n"[..]).is_err());
    assert!(Format::new().values::<f64, 1, 1>(&b"x,y\n1e39,0\n"[..]).is_ok());
    let long = format!("a,b,c\n{},2,3\n", "é".repeat(1000));
    let expected = format!("line 2, column 1 (\"a\"): \"{}…\" is no number", "é".repeat(40));
    assert_eq!(message(&format, &long), expected);
    let expected = "line 2, column 3 (\"c\"): \"\u{fffd}9\" is not UTF-8";
    assert_eq!(message(&format, b"a,b,c\n1,2,\xff9\n"), expected);
    assert_eq!(
        message(&format, b"a,\xff,c\n1,2,3\n"),
        "line 1, column 2: \"\u{fffd}\" is not UTF-8"
    );
    let error = fault(format.labelled::<f64, 1>(&b"x,y\n1,a\n2, \n"[..]));
    let expected = "\"\" is a missing value, unless `missing` says otherwise";
    assert_eq!(error.to_string(), format!("line 3, column 2 (\"y\"): {expected}"));
    let error = fault(format.missing(["?"]).labelled::<f64, 1>(&b"x,y\n1,a\n2, \n"[..]));
    assert_eq!(error.to_string(), "line 3, column 2 (\"y\"): \"\" is no label");
}

/// Lines as an editor counts them, however they end, with empty ones and quoted ones in between.
#[test]
fn lines_are_those_of_an_editor() {
    for end in ["\n", "\r\n", "\r"] {
        for (lines, line, column) in [
            (&["a,b,c", "1,2,x"][..], 2, 3),
            (&["a,b,c", "1,2,3", "4,5,6", "7,x,9"], 4, 2),
            (&["", "", "a,b,c", "", "1,2,3", "", "", "x,8,9", ""], 8, 1),
            (&["a,\"b", "and", "more\",c", "1,2,3", "4,x,6"], 5, 2),
            (&["\u{feff}", "", "a,b,c", "1,x,3"], 4, 2),
            (&["a,b,c", "1,\"2", "\",3", "4,5,x"], 4, 3),
            // The field that is wrong begins in the second line of its record.
            (&["a,b,c", "1,\"2", "\",x"], 3, 3),
        ] {
            for last in ["", end] {
                let file = lines.join(end) + last;
                let CsvFault::Field { place, .. } =
                    fault(Format::new().values::<f64, 2, 1>(file.as_bytes()))
                else {
                    panic!("{file:?}");
                };
                assert_eq!((place.line, place.column), (line, column), "{file:?}");
            }
        }
    }
}

#[test]
fn numbers_of_fields_and_of_columns() {
    let format = Format::new();
    let expected = "line 4: 2 fields where 3 are needed";
    assert_eq!(message(&format, "a,b,c\n1,2,3\n\n4,5\n"), expected);
    assert_eq!(message(&format, "a,b,c\r\n1,2,3\r\n\r\n4,5\r\n"), expected);
    assert_eq!(message(&format, "a,b,c\n1,2,3,\n"), "line 2: 4 fields where 3 are needed");
    assert_eq!(message(&format, "a,b,c\n \n"), "line 2: 1 fields where 3 are needed");
    let expected = "4 columns where 2 inputs, 1 targets and 0 to skip are needed";
    assert_eq!(message(&format, "a,b,c,d\n1,2,3,4\n"), expected);
    let expected = "3 columns where 2 inputs, 1 targets and 1 to skip are needed";
    assert_eq!(message(&format.clone().skip(["a"]), "a,b,c\n1,2,3\n"), expected);
    assert!(matches!(
        fault(format.values::<f64, 5, 1>(SMALL.as_bytes())),
        CsvFault::Columns { .. }
    ));
    for file in ["", "\n\n", "\u{feff}", "a,b,c", "a,b,c\n\n"] {
        assert_eq!(fault(format.values::<f64, 2, 1>(file.as_bytes())), CsvFault::Empty, "{file:?}");
    }
    let without = format.without_header();
    assert_eq!(fault(without.values::<f64, 2, 1>(&b""[..])), CsvFault::Empty);
}

#[test]
fn columns_that_there_are_not() {
    let new = Format::new;
    assert_eq!(message(&new().targets(["weight"]), SMALL), "there is no column \"weight\"");
    assert_eq!(message(&new().skip([4]), SMALL), "there is no column 4");
    assert_eq!(message(&new().skip([0]), SMALL), "there is no column 0");
    let expected = format!("there is no column {}", usize::MAX);
    assert_eq!(message(&new().skip([usize::MAX]), SMALL), expected);
    let without = new().without_header().targets(["price"]);
    assert_eq!(message(&without, "1,2,3\n"), "there is no column \"price\"");
    let twice = "a,b,a\n1,2,3\n";
    assert_eq!(message(&new().targets(["a"]), twice), "there are 2 of column \"a\"");
    assert_eq!(values(&new().targets(["b"]), twice).inputs, [[1.0, 3.0]]);
    let both = new().targets(["age"]).skip([2]);
    let expected = "column 2 is asked for twice, as a target or to be skipped";
    assert_eq!(message(&both, SMALL), expected);
    let expected = "2 target columns are named where 1 are needed";
    assert_eq!(message(&new().targets([1, 2]), SMALL), expected);
    for delimiter in [b'"', b'\n', b'\r', b'.', b'-', b'+', b'5', b'e', 0xff] {
        let error = fault(new().delimiter(delimiter).values::<f64, 2, 1>(SMALL.as_bytes()));
        assert_eq!(error, CsvFault::Delimiter { found: delimiter });
    }
}

/// A quote that is not closed would swallow the rest of the file, and lose its examples.
#[test]
fn open_quotes() {
    for file in
        ["a,b\n1,x\n2,\"y\n3,z\n", "a,b\n1,x\n2,\"y\n3,z", "a,b\r\n1,x\r\n2,\"y\r\n\r\n3,z\r\n"]
    {
        let error = fault(Format::new().labelled::<f64, 1>(file.as_bytes()));
        assert_eq!(error, CsvFault::OpenQuote { line: 3 }, "{file:?}");
        assert_eq!(error.to_string(), "line 3: a quote is not closed before the file ends");
        let skipped = Format::new().skip(["b"]).values::<f64, 1, 0>(file.as_bytes());
        assert_eq!(fault(skipped), CsvFault::OpenQuote { line: 3 });
    }
    assert_eq!(
        fault(Format::new().values::<f64, 1, 0>(&b"\"a\n1\n"[..])),
        CsvFault::OpenQuote { line: 1 }
    );
    // Closed further on by another: a label over lines.
    let error = fault(Format::new().labelled::<f64, 1>(&b"a,b\n1,\"x\n2,y\n3,\"\n"[..]));
    assert!(error.to_string().starts_with("line 2, column 2 (\"b\"): \"x\\n2,y\\n3,\" is a label"));
    // A last line that reads as the mark behind the file is one of the file.
    let format = Format::new().without_header();
    assert!(format.labelled::<f64, 0>(&b"end\nend\n"[..]).is_ok_and(|data| data.labels == [0, 0]));
    assert!(format.labelled::<f64, 0>(&b"end"[..]).is_ok_and(|data| data.labels == [0]));
}

#[test]
fn round_trips() {
    let rows = prop::collection::vec((any::<[f64; 2]>(), 0..4_usize), 1..20);
    let ends = prop_oneof![Just("\n"), Just("\r\n"), Just("\r"), Just("\n\n")];
    proptest!(config(), |(rows in rows, end in ends)| {
        let names = ["a", "b \"c\"", "d,e", "ß"];
        let mut file = format!("x,y,kind{end}");
        for ([x, y], label) in &rows {
            file += &format!("{x},{y:e},\"{}\"{end}", names[*label].replace('"', "\"\""));
        }
        let data: Labelled<f64, 2> = Format::new().labelled(file.as_bytes()).unwrap();
        prop_assert_eq!(data.inputs, rows.iter().map(|(x, _)| *x).collect::<Vec<_>>());
        prop_assert!(data.names.is_sorted());
        let found: Vec<&str> = data.labels.iter().map(|&label| &data.names[label][..]).collect();
        let expected: Vec<&str> = rows.iter().map(|(_, label)| names[*label]).collect();
        prop_assert_eq!(found, expected);
    });
}

/// Rows with quotes, delimiters and line ends in their fields, however the bytes come and wherever parts end.
#[test]
fn parts_are_the_whole() {
    let text = prop_oneof![Just("a"), Just("b \"\n\"\"c\""), Just("7,\r\n"), Just("ß\r")];
    let rows = prop::collection::vec((any::<[f32; 2]>(), text, 0..4_usize), 1..20);
    let ends = prop_oneof![Just("\n"), Just("\r\n"), Just("\r"), Just("\n\r\n")];
    let cases = (rows, ends, prop::collection::vec(any::<usize>(), 0..4));
    proptest!(config(), |((rows, end, places) in cases)| {
        let mut file = format!("{end}x,note,y,kind{end}");
        for ([x, y], note, label) in &rows {
            file += &format!("{x:e},\"{}\",{y},class {label}{end}", note.replace('"', "\"\""));
        }
        let format = Format::new().skip(["note"]);
        prop_assert_eq!(format.count(Trickle(file.as_bytes(), false)).unwrap(), rows.len());
        let numbers = Format::new().skip(["note", "kind"]);
        let whole: Values<f32, 1, 1> = numbers.values(Trickle(file.as_bytes(), false)).unwrap();
        let labelled: Labelled<f32, 2> = format.labelled(file.as_bytes()).unwrap();
        let given = format.clone().classes(&labelled.names);
        let mut found = Values { inputs: vec![], targets: vec![] };
        let (mut x, mut labels, mut again) = (vec![], vec![], vec![]);
        for part in parts(&places, rows.len()) {
            let rows = |format: &Format| format.clone().rows(part.clone());
            let values: Values<f32, 1, 1> = rows(&numbers).values(file.as_bytes()).unwrap();
            prop_assert_eq!(values.inputs.len(), part.len());
            found.inputs.extend(values.inputs);
            found.targets.extend(values.targets);
            let data: Labelled<f32, 2> = rows(&format).labelled(file.as_bytes()).unwrap();
            prop_assert_eq!(&data.names, &labelled.names);
            x.extend(data.inputs);
            labels.extend(data.labels);
            again.extend(rows(&given).labelled::<f32, 2>(file.as_bytes()).unwrap().labels);
        }
        prop_assert_eq!(found, whole);
        prop_assert_eq!((x, &labels), (labelled.inputs, &labelled.labels));
        prop_assert_eq!(again, labelled.labels);
    });
}

/// One wrong field far behind: its line is that of an editor, in the whole and in the part that has it, and no
/// other part minds. Rows of all lengths lie across pieces of the text; one is longer than several.
#[test]
fn lines_far_behind() {
    for end in ["\n", "\r\n", "\r", "\n\n"] {
        let note = |row: usize| match row {
            200 => "long\n".repeat(9000),
            _ => ["x".repeat(row % 61), format!("two{end}lines")][row % 2].clone(),
        };
        for wrong in [0, 199, 200, 201, 399] {
            let mut file = format!("note,y{end}");
            let mut line = 0;
            for row in 0..400 {
                if row == wrong {
                    // An empty line has no example, and counts.
                    let ends = file.replace("\r\n", "\n");
                    line = 1
                        + ends.matches(['\n', '\r']).count()
                        + note(row).replace("\r\n", "\n").matches(['\n', '\r']).count();
                }
                let y = if row == wrong { "?".to_owned() } else { row.to_string() };
                file += &format!("\"{}\",{y}{end}", note(row));
            }
            let format = Format::new().skip([1]);
            let whole = fault(format.values::<f64, 0, 1>(file.as_bytes()));
            let CsvFault::Field { place, .. } = &whole else { panic!("{whole}") };
            assert_eq!((place.line, place.column), (line as u64, 2), "{end:?}, row {wrong}");
            for k in 0..5 {
                let part = share(400, k, 5).unwrap();
                let has_it = part.contains(&wrong);
                let found = format.clone().rows(part).values::<f64, 0, 1>(file.as_bytes());
                match found {
                    Ok(found) => assert!(!has_it && found.targets.len() == 80),
                    found => assert!(has_it && fault(found) == whole),
                }
            }
        }
    }
}

/// What is not read may be anything, as long as rows can be told and have as many fields.
#[test]
fn rows_that_are_passed_over() {
    let file = b"x,y,kind\nwrong,,\xff\n1,2,a\n\n \"1,inf,b\nNA,\"3\n4\",?\n";
    let format = Format::new().rows(1..2);
    let values = format.clone().skip([3]).values::<f64, 1, 1>(&file[..]).unwrap();
    assert_eq!((&values.inputs[..], &values.targets[..]), (&[[1.0]][..], &[[2.0]][..]));
    let given = format.clone().classes(["b", "a"]).labelled::<f64, 2>(&file[..]).unwrap();
    assert_eq!((&given.inputs[..], &given.labels[..]), (&[[1.0, 2.0]][..], &[1][..]));
    // Without classes, those of all rows are looked for.
    let error = fault(format.labelled::<f64, 2>(&file[..])).to_string();
    assert_eq!(error, "line 2, column 3 (\"kind\"): \"\u{fffd}\" is not UTF-8");
    let file = "x,kind\n1,b\nwrong,a\n2,b\n3,NA\n";
    let error = fault(Format::new().rows(0..1).labelled::<f64, 1>(file.as_bytes())).to_string();
    assert!(error.starts_with("line 5, column 2 (\"kind\"): \"NA\" is a missing value"), "{error}");
    let format = Format::new().missing([""; 0]).rows(0..1);
    let data: Labelled<f64, 1> = format.labelled(file.as_bytes()).unwrap();
    assert_eq!(
        (&data.labels[..], &data.names[..]),
        (&[2][..], &["NA".into(), "a".into(), "b".into()][..])
    );
    // Fields are counted in front of what is asked for, and quotes end somewhere.
    let format = Format::new().rows(2..3);
    let error = fault(format.values::<f64, 1, 1>(&b"a,b\n1,2\n3\n4,5\n"[..]));
    assert_eq!(error, CsvFault::Fields { line: 3, found: 1, expected: 2 });
    let error = fault(format.values::<f64, 1, 1>(&b"a,b\n1,2\n3,\"\n4,5\n"[..]));
    assert_eq!(error, CsvFault::OpenQuote { line: 3 });
    let error = fault(Format::new().count(&b"a,b\n1,2\n3\n4,5\n"[..]));
    assert_eq!(error, CsvFault::Fields { line: 3, found: 1, expected: 2 });
    // And are not behind it, where labels of other rows are not looked for.
    let format = Format::new().rows(0..1);
    assert!(format.values::<f64, 1, 1>(&b"a,b\n1,2\n3\n4,5\n"[..]).is_ok());
}

#[test]
fn rows_that_there_are_not() {
    #[expect(clippy::reversed_empty_ranges, reason = "it is what is refused")]
    let reversed = 1..0;
    for part in [0..4, 2..usize::MAX, 4..4, 3..4, reversed] {
        let format = Format::new().rows(part.clone());
        let file = "x,y\n1,2\n3,4\n5,6\n".as_bytes();
        for error in [
            format.values::<f64, 1, 1>(file).unwrap_err(),
            format.labelled::<f64, 1>(file).unwrap_err(),
            format.clone().classes(["2", "4", "6"]).labelled::<f64, 1>(file).unwrap_err(),
        ] {
            let expected = format!("examples {part:?} are asked for, where there are 3");
            assert_eq!(error.to_string(), expected);
            let DataFault::Part { part: found, examples: 3 } = error.fault() else {
                panic!("{error}")
            };
            assert_eq!(*found, part);
        }
        assert_eq!(format.count(file).unwrap(), 3);
    }
    for part in [0..0, 2..2, 3..3] {
        let format = Format::new().rows(part);
        let data = format.labelled::<f64, 1>(&b"x,y\n1,b\n3,a\n5,c\n"[..]).unwrap();
        assert!(data.inputs.is_empty() && data.labels.is_empty() && data.names == ["a", "b", "c"]);
        assert!(
            format.values::<f64, 1, 1>(&b"x,y\n1,2\n3,4\n5,6\n"[..]).unwrap().inputs.is_empty()
        );
        // Of a file without an example there is no share.
        assert_eq!(fault(format.values::<f64, 1, 1>(&b"x,y\n"[..])), CsvFault::Empty);
    }
    assert_eq!(fault(Format::new().count(&b"x,y\n"[..])), CsvFault::Empty);
    assert_eq!(fault(Format::new().count(&b""[..])), CsvFault::Empty);
    assert_eq!(Format::new().without_header().count(&b"1"[..]).unwrap(), 1);
    assert_eq!(Format::new().count(&b"1,2\n3,4\n"[..]).unwrap(), 1);
}

/// 60,000 rows: in memory are the part, the names of classes, a record and a few pieces of the text.
#[test]
fn rows_that_are_passed_over_cost_nothing() {
    const ROWS: &[u8] = b"0.5,\"a\n\",red\n1.5,b,blue\n";
    let behind = |byte: u64| ROWS[usize::try_from(byte % ROWS.len() as u64).unwrap()];
    let length = 9 + 30_000 * ROWS.len() as u64;
    let format = Format::new().skip(["note"]).rows(59_990..60_000);
    let mut long = Long::new(b"x,note,y\n", behind, length);
    let data = at_most(10, 32, 40 << 10, || format.labelled::<f64, 1>(&mut long).unwrap());
    assert_eq!(data.inputs, [[0.5], [1.5]].repeat(5));
    assert_eq!((data.labels, data.names), ([1, 0].repeat(5), vec!["blue".into(), "red".into()]));
    // Behind the rows it is asked for, it reads no more than there is room for.
    let mut long = Long::new(b"x,note,y\n", behind, length);
    let format = Format::new().skip([2, 3]).rows(0..2);
    let values: Values<f64, 1, 0> = format.values(&mut long).unwrap();
    assert!(values.inputs == [[0.5], [1.5]] && long.read <= 8 << 10);
}

#[test]
fn errors_of_the_reader() {
    let file = b"x,y\n1,2\n3,";
    for error in [
        Format::new().values::<f64, 1, 1>(Broken(file)).unwrap_err(),
        Format::new().labelled::<f64, 1>(Broken(file)).unwrap_err(),
        Format::new().count(Broken(file)).unwrap_err(),
    ] {
        assert_eq!(error.to_string(), "after byte 10: the disk is gone");
        assert!(matches!(error.fault(), DataFault::Io { byte: 10, .. }));
    }
}

#[test]
fn no_panic_on_anything() {
    let piece = prop_oneof![
        Just("\n"),
        Just("\r"),
        Just(","),
        Just("\""),
        Just("1"),
        Just("a"),
        Just(" "),
        Just("end"),
        Just("\u{feff}"),
        Just("\0"),
        Just("1,2,3\n"),
        Just("ß"),
    ];
    let cases = (prop::collection::vec(piece, 0..30), any::<bool>(), any::<u8>());
    proptest!(config(), |((pieces, cut, delimiter) in cases)| {
        let file = pieces.concat();
        let bytes = &file.as_bytes()[usize::from(cut && !file.is_empty())..];
        for format in [Format::new(), Format::new().without_header().delimiter(delimiter)] {
            let _ = format.values::<f64, 2, 1>(bytes);
            let _ = format.clone().targets_first().labelled::<f32, 2>(bytes);
            let _ = format.count(Trickle(bytes, false));
            let _ = format.clone().rows(1..2).values::<f64, 2, 1>(bytes);
            let _ = format.skip([2]).rows(1..2).labelled::<f32, 0>(bytes);
        }
    });
}

#[test]
fn files_at_a_path() {
    let name = format!("constprop-csv-{}", std::process::id());
    let path = std::env::temp_dir().join(name);
    std::fs::write(&path, SMALL).unwrap();
    let values = Format::new().values_at::<f64, 2, 1>(&path);
    let labelled = Format::new().labelled_at::<f64, 2>(&path);
    let wrong = Format::new().values_at::<f64, 7, 1>(&path);
    let m = Format::new().count_at(&path);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(values.unwrap().targets, [[3.0], [6.0]]);
    // "3" and "+6".
    assert_eq!(labelled.unwrap().labels, [0, 1]);
    assert_eq!(m.unwrap(), 2);
    assert_eq!(wrong.unwrap_err().path(), Some(path.as_path()));
    assert!(Format::new().values_at::<f64, 2, 1>("no/such/file").is_err());
}

/// The reader would take the quotes for letters, and the comma for an end.
#[test]
fn a_quote_behind_a_space_is_no_quote() {
    let file = "x,kind\n1,\"cat\"\n2, \"cat\"\n";
    let error = Format::new().labelled::<f64, 1>(file.as_bytes()).unwrap_err().to_string();
    assert!(
        error.contains("line 3, column 2") && error.contains("in front of its quote"),
        "{error}"
    );
}
