//! What is printed: a line an epoch, the confusion matrix, misread digits.

use std::io::{IsTerminal, Write, stdout};

use constprop::prelude::*;
use constprop::train::History;

use crate::data::{CLASSES, Data, PIXELS, SIDE};
use crate::train::Classifier;

/// How long the bar is.
const BAR: usize = 40;

/// Some fifteen lines, and on a terminal a bar below them.
pub struct Lines {
    has_bar: bool,
    epochs: usize,
}

impl Lines {
    pub fn new(epochs: usize) -> Self {
        println!("epoch   J training  held out   accuracy training  held out");
        Self { has_bar: stdout().is_terminal(), epochs }
    }

    /// The last epoch of what has happened so far.
    pub fn epoch(&self, history: &History) {
        let Some(epoch) = history.epochs().last() else { return };
        let every = (self.epochs / 15).max(1);
        let number = epoch.number;
        if number == 1 || number.is_multiple_of(every) || number == self.epochs {
            let line = format!(
                "{number:>5}   {:>10.4}  {:>8.4}   {:>15.2} %  {:>6.2} %",
                epoch.j,
                epoch.validation_j.unwrap_or(f64::NAN),
                100.0 * history.training_metric("accuracy", number).unwrap_or(f64::NAN),
                100.0 * history.metric("accuracy", number).unwrap_or(f64::NAN),
            );
            self.clear_bar();
            println!("{line}");
        }
        self.draw_bar(number, epoch.j);
    }

    fn draw_bar(&self, number: usize, j: f64) {
        if self.has_bar {
            let done = BAR * number / self.epochs;
            let bar = "█".repeat(done) + &"░".repeat(BAR - done);
            print!("\r{bar} epoch {number}/{}  J {j:.4}", self.epochs);
            let _ = stdout().flush();
        }
    }

    fn clear_bar(&self) {
        if self.has_bar {
            print!("\r{:79}\r", "");
        }
    }

    pub fn finish(self) {
        self.clear_bar();
        println!();
    }
}

/// How often each digit was read as each, and the digits that were misread.
pub fn print_confusion<N: Classifier>(net: &N, data: &Data) -> Result<(), constprop::Error> {
    let predictions = net.predict_many(&data.inputs)?;
    let mut counts = [[0; CLASSES]; CLASSES];
    for (h, &label) in predictions.iter().zip(&data.labels) {
        if let Some(read) = argmax(h) {
            counts[label][read] += 1;
        }
    }
    println!("Held-out digits (rows) and what they were read as (columns):\n");
    print!("      ");
    (0..CLASSES).for_each(|digit| print!("{digit:>4}"));
    println!("   right");
    for (digit, row) in counts.iter().enumerate() {
        print!("   {digit}  ");
        for &count in row {
            if count == 0 { print!("   ·") } else { print!("{count:>4}") }
        }
        println!("  {:>5.1} %", 100.0 * f64::from(row[digit]) / f64::from(row.iter().sum::<i32>()));
    }
    print_misread(data, &predictions);
    Ok(())
}

/// The first few misread digits side by side, drawn in five shades.
fn print_misread(data: &Data, predictions: &[[f32; CLASSES]]) {
    const MOST: usize = 5;
    let misread: Vec<usize> = (0..predictions.len())
        .filter(|&i| argmax(&predictions[i]) != Some(data.labels[i]))
        .collect();
    if misread.is_empty() {
        return println!("\nNone was misread.\n");
    }
    let shown = &misread[..misread.len().min(MOST)];
    println!("\n{} of the {} misread:\n", shown.len(), misread.len());
    for row in 0..SIDE {
        shown.iter().for_each(|&example| print!("   {}", shades(&data.inputs[example], row)));
        println!();
    }
    let caption = |example: &usize| {
        let (h, label) = (&predictions[*example], data.labels[*example]);
        match argmax(h) {
            Some(read) => format!("{label} as {read}, {:.0} %", 100.0 * h[read]),
            None => format!("{label} as NaN"),
        }
    };
    shown.iter().for_each(|example| print!("   {:<16}", caption(example)));
    println!("\n");
}

fn shades(image: &[f32; PIXELS], row: usize) -> String {
    let shade = |&pixel: &f32| [' ', '░', '▒', '▓', '█'][(pixel * 4.0).round() as usize];
    image[row * SIDE..(row + 1) * SIDE].iter().flat_map(|pixel| [shade(pixel); 2]).collect()
}
