//! A check of a whole computation around networks: every ∂J/∂Θ of each, and ∂J/∂x.

use core::fmt;

use alloc::vec::Vec;

use super::dual::Dual;
use super::functions::{self, Claim, Numbers, Stretch};
use super::report::Report;
use super::{ByValues, Check, Exact};
use crate::error::Error;
use crate::fast::list::Layers;
use crate::fast::passes::output::output;
use crate::gradient::Gradient;
use crate::input::first_not_finite;
use crate::network::{Holds, Network};
use crate::real::Real;
use crate::shapes::parameters::Parameters;
use crate::shapes::shape::{ThetaShape, place_in};

/// A computation with networks in it: their parameters and its inputs, and the gradient that is claimed for
/// each. [`Check::whole`] holds all of it against J.
///
/// ```
/// use constprop::check::{At, Check, Whole};
/// use constprop::prelude::*;
/// use constprop::{DjDa, Real};
///
/// network! {
///     pub struct Policy(2 => 4 Tanh => 1 Tanh) minimizing HalfSquaredError;
/// }
///
/// /// The speed, squared, after three steps of 0.1 s with the force h_Θ([place, speed]).
/// fn j<V: Real>(at: &At<'_, V>) -> V {
///     let mut x = at.inputs[0].to_vec();
///     for _ in 0..3 {
///         let force = at.networks[0].predict(&x)[0].clone();
///         let speed = x[1].clone() + V::constant(0.1) * force;
///         x = vec![x[0].clone() + V::constant(0.1) * speed.clone(), speed];
///     }
///     x[1].clone() * x[1].clone()
/// }
///
/// let (net, x) = (Policy::<f64>::seeded(1), [0.5, -0.2]);
/// let (mut traces, mut at) = (vec![], x);
/// for _ in 0..3 {
///     traces.push(net.forward(&at));
///     let speed = at[1] + 0.1 * traces.last().unwrap().output()[0];
///     at = [at[0] + 0.1 * speed, speed];
/// }
/// // And back: ∂J/∂place and ∂J/∂speed, step by step; the gradients of the steps are summed.
/// let (mut dj_dx, mut sums) = ([0.0, 2.0 * at[1]], BigDeltas::<Policy>::zeros());
/// for trace in traces.iter().rev() {
///     let dj_dspeed = dj_dx[1] + 0.1 * dj_dx[0];
///     let deltas = net.backward_from(trace, &DjDa::from([0.1 * dj_dspeed]));
///     sums.accumulate(trace, &deltas);
///     let through = net.dj_dx(&deltas);
///     dj_dx = [dj_dx[0] + through[0], dj_dspeed + through[1]];
/// }
/// let gradient = sums.finish(&net, 1, &Regularization::none());
///
/// let whole = Whole::new().network("policy", &net, gradient).input("x", &x, &dj_dx);
/// Check::exact().whole(&whole, j)?.assert_correct();
/// Check::richardson().whole(&whole, j)?.assert_correct();
/// # Ok::<(), constprop::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Whole<'a> {
    networks: Vec<Member<'a>>,
    inputs: Vec<Input<'a>>,
}

/// A network in a computation.
#[derive(Clone)]
struct Member<'a> {
    name: &'static str,
    shapes: &'static [ThetaShape],
    s_in: usize,
    s_out: usize,
    theta: &'a [f64],
    gradient: &'a [f64],
    output: OutputOf<f64>,
    dual: OutputOf<Dual>,
}

type OutputOf<V> = fn(&[V], &[V]) -> Vec<V>;

impl fmt::Debug for Member<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

#[derive(Clone, Debug)]
struct Input<'a> {
    name: &'static str,
    x: &'a [f64],
    dj_dx: &'a [f64],
}

impl<'a> Whole<'a> {
    /// Nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { networks: Vec::new(), inputs: Vec::new() }
    }

    /// With a network, by a name of its own, and the ∂J/∂Θ that is claimed for it.
    #[must_use]
    pub fn network<N: Network<Scalar = f64>>(
        mut self,
        name: &'static str,
        net: &'a dyn Holds<N>,
        gradient: &'a Gradient<N>,
    ) -> Self {
        self.networks.push(Member {
            name,
            shapes: N::SHAPES,
            s_in: N::Chain::S_IN,
            s_out: N::Chain::S_OUT,
            theta: net.held().parameters(),
            gradient: gradient.parameters(),
            output: output::<N::Chain, f64>,
            dual: output::<N::Chain, Dual>,
        });
        self
    }

    /// With inputs by a name, one number behind the other, and the ∂J/∂x that is claimed.
    #[must_use]
    pub fn input(mut self, name: &'static str, x: &'a [f64], dj_dx: &'a [f64]) -> Self {
        self.inputs.push(Input { name, x, dj_dx });
        self
    }

    fn check_numbers(&self) -> Result<(), Error> {
        for Member { shapes, theta, .. } in &self.networks {
            if let Some(index) = first_not_finite(theta) {
                let (theta_l, row, column) = place_in(shapes, index);
                return Err(Error::Parameter { theta: theta_l, row, column, value: theta[index] });
            }
        }
        for Input { x, dj_dx, .. } in &self.inputs {
            functions::check_length(x.len(), dj_dx.len())?;
            if let Some(entry) = first_not_finite(x) {
                return Err(Error::Input { example: 0, entry, value: x[entry] });
            }
        }
        let numbers = self.inputs.iter().map(|input| input.x.len()).sum::<usize>();
        if numbers == 0 && self.networks.is_empty() { Err(Error::NoExamples) } else { Ok(()) }
    }

    /// All numbers one behind the other, and their slopes.
    fn numbers(&self) -> [Vec<f64>; 2] {
        let thetas = self.networks.iter().map(|member| [member.theta, member.gradient]);
        let inputs = self.inputs.iter().map(|input| [input.x, input.dj_dx]);
        let mut numbers = [Vec::new(), Vec::new()];
        for pair in thetas.chain(inputs) {
            for (all, these) in numbers.iter_mut().zip(pair) {
                all.extend_from_slice(these);
            }
        }
        numbers
    }

    /// What the numbers are: each Θ⁽ˡ⁾, and each input.
    fn stretches(&self) -> Vec<Stretch> {
        let thetas = self.networks.iter().flat_map(|&Member { name, shapes, .. }| {
            let of = move |shape| (Numbers::Theta { network: name, shape }, shape.parameters());
            shapes.iter().map(of)
        });
        let inputs =
            self.inputs.iter().map(|&Input { name, x, .. }| (Numbers::Input { name }, x.len()));
        let mut next = 0;
        let stretches = thetas.chain(inputs).map(|(numbers, entries)| {
            let range = next..next + entries;
            next = range.end;
            Stretch { numbers, range }
        });
        stretches.collect()
    }

    /// The computation at these numbers.
    fn at<'n, V: Real>(
        &self,
        mut numbers: &'n [V],
        output: impl Fn(&Member<'_>) -> OutputOf<V>,
    ) -> At<'n, V> {
        let mut take = |entries| {
            let (these, rest) = numbers.split_at(entries);
            numbers = rest;
            these
        };
        let networks = self.networks.iter().map(|member| NetworkAt {
            theta: take(member.theta.len()),
            sizes: [member.s_in, member.s_out],
            output: output(member),
        });
        let networks = networks.collect();
        At { networks, inputs: self.inputs.iter().map(|input| take(input.x.len())).collect() }
    }
}

/// A computation where its numbers are what they are, or near that, in `f64` or [`Dual`] numbers.
#[derive(Clone, Debug)]
pub struct At<'a, V> {
    /// The networks, in the order in which they were named.
    pub networks: Vec<NetworkAt<'a, V>>,
    /// The inputs, likewise.
    pub inputs: Vec<&'a [V]>,
}

/// A network of a computation.
#[derive(Clone, Debug)]
pub struct NetworkAt<'a, V> {
    theta: &'a [V],
    sizes: [usize; 2],
    output: OutputOf<V>,
}

impl<'a, V: Real> NetworkAt<'a, V> {
    /// h_Θ(x), of s_L entries; all NaN where x has another number of entries than s₁.
    #[must_use]
    pub fn predict(&self, x: &[V]) -> Vec<V> {
        let [s_in, s_out] = self.sizes;
        if x.len() != s_in {
            return alloc::vec![V::constant(f64::NAN); s_out];
        }
        (self.output)(self.theta, x)
    }

    /// All parameters, as [`Parameters::parameters`] has them: for a penalty, say.
    #[must_use]
    pub const fn parameters(&self) -> &'a [V] {
        self.theta
    }
}

const COMPUTATION: &str = "computation";

impl Check<Exact> {
    /// Holds every ∂J/∂Θ and ∂J/∂x of a computation against exact derivatives of `j`, which takes
    /// [`Dual`] numbers: write it over [`Real`].
    ///
    /// # Errors
    ///
    /// [`Error::NoExamples`] where there is nothing to look at, [`Error::Parameter`] and
    /// [`Error::Input`] for a number that is not finite, [`Error::Length`] where an input has not as many
    /// slopes as entries, [`Error::Setting`] where no entry is to be looked at. A slope that is not finite is
    /// no error: it is wrong.
    pub fn whole(
        &self,
        whole: &Whole<'_>,
        j: impl Fn(&At<'_, Dual>) -> Dual,
    ) -> Result<Report, Error> {
        self.check_settings()?;
        whole.check_numbers()?;
        let [numbers, slopes] = whole.numbers();
        let f = |numbers: &[Dual]| j(&whole.at(numbers, |member| member.dual));
        let claim = Claim { subject: COMPUTATION, stretches: whole.stretches(), at: &numbers };
        functions::exactly(self, &claim, &f, &slopes)
    }
}

impl<M: ByValues> Check<M> {
    /// Holds every ∂J/∂Θ and ∂J/∂x of a computation against values of `j`: of any simulator, say.
    ///
    /// # Errors
    ///
    /// As those of [`Check::<Exact>::whole`](Check::whole).
    pub fn whole(
        &self,
        whole: &Whole<'_>,
        j: impl Fn(&At<'_, f64>) -> f64,
    ) -> Result<Report, Error> {
        self.check_settings()?;
        whole.check_numbers()?;
        let [numbers, slopes] = whole.numbers();
        let f = |numbers: &[f64]| j(&whole.at(numbers, |member| member.output));
        let claim = Claim { subject: COMPUTATION, stretches: whole.stretches(), at: &numbers };
        functions::by_values(self, &claim, &f, &slopes)
    }
}
