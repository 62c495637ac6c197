//! A network behind another one whose output is its input, against the one deeper network that the
//! two are, with Identity between. Of that the naive oracle computes J and ∇J.

use constprop::ThetaShape;
use constprop::prelude::*;

use super::subject::{Part, SlopesOfA, of};
use super::{Rows, compare, oracle};

network! {
    /// In front of a network of `S` inputs.
    pub struct InFront<const S: usize>(S => S Identity) minimizing HalfSquaredError;
}

/// The network in front of one of so many inputs.
fn in_front(s_in: usize) -> &'static dyn Part {
    match s_in {
        1 => const { &of::<InFront<1>>() },
        2 => const { &of::<InFront<2>>() },
        3 => const { &of::<InFront<3>>() },
        4 => const { &of::<InFront<4>>() },
        5 => const { &of::<InFront<5>>() },
        7 => const { &of::<InFront<7>>() },
        9 => const { &of::<InFront<9>>() },
        _ => panic!("nothing stands in front of {s_in} inputs"),
    }
}

/// A case of both networks.
pub struct Chained {
    front: &'static dyn Part,
    /// Its inputs and parameters.
    of_front: Rows,
    /// The network behind: its parameters and targets.
    behind: Rows,
    thetas: Vec<ThetaShape>,
    deeper: oracle::Solution,
}

/// A way to compute ∇J and ∂cost/∂x of every example.
type Way = fn(&dyn Part, &Rows, &SlopesOfA) -> [Vec<f64>; 2];

impl Chained {
    /// The case's network behind another one that takes its inputs.
    pub fn new(subject: &dyn Part, case: &Rows) -> Self {
        let of = subject.shape();
        let front = in_front(of.s_in());
        let mut of_front = case.clone();
        of_front.targets.clone_from(&case.inputs);
        of_front.parameters = front.seeded(case.inputs.len() as u64);
        let thetas = [front.shape().shapes, of.shapes].concat();
        let mut whole = case.clone();
        whole.parameters = [&of_front.parameters[..], &case.parameters].concat();
        let deeper = oracle::solve(&thetas, of.cost, &whole);
        Self { front, of_front, behind: case.clone(), thetas, deeper }
    }

    /// Holds ∇J of both against the deeper network's, one example at a time.
    pub fn one_by_one_is_deeper(&self, subject: &dyn Part) {
        self.is_deeper(subject, |net, case, slopes| {
            let found = net.with_slopes_from_outside(case, slopes);
            [found.gradient, found.dj_dx]
        });
    }

    /// The same, all examples at once.
    pub fn is_deeper_at_once(&self, subject: &dyn Part) {
        self.is_deeper(subject, |net, case, slopes| net.gradient_from(case, slopes));
    }

    fn is_deeper(&self, subject: &dyn Part, way: Way) {
        // Else digits are lost, or rounding falls on another side of a kink.
        if self.deeper.z_max > 8.0 || self.deeper.kink_distance <= 1e-9 {
            return;
        }
        let (mut of_front, mut behind) = (self.of_front.clone(), self.behind.clone());
        behind.inputs = self.front.predictions(&of_front);
        let cost = subject.shape().cost;
        let [of_behind, dj_dx] = way(subject, &behind, &move |a, y| oracle::cost(cost, a, y).1);
        // ∂cost/∂x of the one behind is ∂cost/∂a of the one in front.
        of_front.targets = dj_dx.chunks(behind.inputs[0].len()).map(<[f64]>::to_vec).collect();
        let [mut both, _] = way(self.front, &of_front, &|_, dj_da| dj_da.to_vec());
        both.extend(of_behind);
        let tolerances: Vec<f64> = self.deeper.scales.iter().map(|scale| 1e-12 * scale).collect();
        compare(&self.thetas, &both, &self.deeper.gradient, &tolerances);
    }
}
