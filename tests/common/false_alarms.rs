//! The checker on gradients that are right: ten thousand random cases over all activations, costs
//! and depths of the list, parameters of sizes from 1e-3 to 1e3, by all four methods.

use std::collections::BTreeMap;

use constprop::check::{Reason, Report, Verdict};
use rand::RngExt;

use super::subject::Subject;
use super::{Case, Lambda, Shape};

/// Of an architecture; fewer where a case takes as long as five of the others. There are 38 and 2.
fn cases(of: &Shape) -> u64 {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok());
    asked.unwrap_or(if of.shapes.len() > 4 { 60 } else { 260 })
}

/// For each method, what could not be judged.
#[derive(Default)]
struct Tally(BTreeMap<&'static str, Vec<(f64, Reason)>>);

impl Tally {
    fn add(&mut self, report: &Report, scale: f64, case: u64) {
        let reasons = self.0.entry(report.method).or_default();
        match report.verdict {
            Verdict::Correct => {}
            Verdict::Wrong => {
                panic!("case {case}, scale {scale:e}: {report}\n{:?}", report.worst())
            }
            Verdict::CannotJudge(reason) => reasons.push((scale, reason)),
        }
    }
}

/// See the head of this file.
pub fn random_correct_cases(subject: &dyn Subject) {
    let of = subject.shape();
    let mut rng = constprop::rng(7);
    let mut tally = Tally::default();
    let cases = cases(&of);
    for case in 0..cases {
        let scale = 10.0_f64.powf(rng.random_range(-3.0..3.0));
        let parameters = (0..of.parameters()).map(|_| scale * rng.random_range(-1.0..1.0));
        let parameters = parameters.collect();
        let m = rng.random_range(1..=6);
        let input = |_| (0..of.s_in()).map(|_| rng.random_range(-1.5..1.5)).collect();
        let inputs: Vec<Vec<f64>> = (0..m).map(input).collect();
        let targets = (0..m).map(|_| super::random_target(&of, &mut rng)).collect();
        // Where outputs can die, all of the gradient would be 0 now and then.
        let lambda = if case % 2 == 0 || dies(&of) { rng.random_range(0.01..3.0) } else { 0.0 };
        let lambda = Lambda { lambda, per_example: case % 3 == 0, with_bias: case % 5 == 0 };
        for report in subject.reports(&Case { parameters, inputs, targets, lambda }) {
            tally.add(&report, scale, case);
        }
    }
    let name = of.name;
    for (method, reasons) in tally.0 {
        let limit = if method == "exact derivatives" { 0 } else { cases / 50 };
        let judged_by_all = reasons.iter().filter(|(scale, _)| *scale <= 10.0 || limit > 0);
        let count = judged_by_all.count() as u64;
        assert!(count <= limit, "{name} by {method}: {reasons:?}");
        assert!(reasons.len() as u64 <= cases / 50, "{name} by {method}: {reasons:?}");
    }
}

/// Whether outputs may be flat for all examples, so that without λ the whole gradient is 0 or lost
/// in rounding: all but the matched pairs and `Identity`. (The cost of one class alone is 0.)
fn dies(of: &Shape) -> bool {
    let matched = of.cost.ends_with("CrossEntropy") && of.s_out() > 1;
    !matched && of.shapes[of.shapes.len() - 1].activation != "Identity"
}
