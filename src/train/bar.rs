//! A bar that shows how far training is (feature `progress`).

use std::io::{IsTerminal, Write, stderr};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressFinish, ProgressStyle};

use super::{Control, End, Fit};
use crate::network::Network;

/// Lines that are printed where there is no terminal: about so many.
const LINES: usize = 20;

impl<N: Network> Fit<'_, N> {
    /// Shows on standard error how far training is: on a terminal a bar with the last epoch beside
    /// it, elsewhere some twenty plain lines.
    ///
    /// A line is that of [`Progress::line`](super::Progress::line). Where standard error is closed,
    /// nothing is shown, and training goes on.
    #[must_use]
    pub fn progress(self) -> Self {
        if !stderr().is_terminal() {
            return self.on_epoch(|progress| {
                let (number, every) = (progress.epoch.number, (progress.epochs / LINES).max(1));
                let last = number == progress.epochs || progress.history.end() != End::Epochs;
                if number == 1 || number.is_multiple_of(every) || last {
                    let _ = writeln!(stderr(), "{}", progress.line());
                }
                Control::Continue
            });
        }
        // It stays where training ends early.
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr())
            .with_finish(ProgressFinish::Abandon);
        bar.set_style(
            ProgressStyle::with_template("{bar:30} {msg}").unwrap_or(ProgressStyle::default_bar()),
        );
        self.on_epoch(move |progress| {
            bar.set_length(progress.epochs as u64);
            bar.set_message(progress.line());
            bar.set_position(progress.epoch.number as u64);
            if progress.epoch.number == progress.epochs {
                bar.finish();
            }
            Control::Continue
        })
    }
}
