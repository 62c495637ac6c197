//! What is done with a layer, and who does it: rows of examples forward and back, rows of the product.

use core::ops::Range;

use super::rowwise::{Deltas, Rowwise};
use crate::fast::crew::{Crew, cut, size};
use crate::fast::memory::{Examples, TILE};
use crate::fast::passes::layer::Layer;
use crate::fast::passes::rates::Matrix;
use crate::fast::passes::sink::{IntoGradient, Sink};
use crate::fast::product::Finish;
use crate::fast::registers::{Float, Lanes};

/// Θ + r v: Θ⁽ˡ⁾ and those behind, and V⁽ˡ⁾ and those behind. `scale` is what every cost counts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a, T> {
    pub(crate) theta: &'a [T],
    pub(crate) direction: &'a [T],
    pub(crate) matrix: Matrix,
    pub(crate) scale: T,
}

impl<T: Float> Line<'_, T> {
    pub(super) fn split_at(self, parameters: usize) -> (Self, Self) {
        let (theta, theta_rest) = self.theta.split_at(parameters);
        let (direction, direction_rest) = self.direction.split_at(parameters);
        let first = Self { theta, direction, ..self };
        (first, Self { theta: theta_rest, direction: direction_rest, ..self })
    }
}

/// What is kept of a layer, or of some rows: z, then a, and going backward δ; beside it its rate of change;
/// g′(z); g″(z) ∘ R{z}. Of the last layer there is nothing but the first two. If there is room `apart`, δ and R{δ} go
/// there instead.
#[derive(Debug)]
pub(super) struct Kept<'a, T> {
    pub(super) a: &'a mut [T],
    pub(super) a_dot: &'a mut [T],
    pub(super) g_prime: &'a mut [T],
    pub(super) bend: &'a mut [T],
    pub(super) apart: Option<[&'a mut [T]; 2]>,
    pub(super) stride: usize,
    pub(super) count: usize,
}

impl<'a, T> Kept<'a, T> {
    /// The same for a while.
    pub(super) const fn reborrow(&mut self) -> Kept<'_, T> {
        let Self { a, a_dot, g_prime, bend, apart, stride, count } = self;
        let apart = match apart {
            Some([delta, delta_dot]) => Some([&mut **delta, &mut **delta_dot]),
            None => None,
        };
        Kept { a, a_dot, g_prime, bend, apart, stride: *stride, count: *count }
    }

    /// The first two, to read.
    const fn both(&self) -> [Examples<'_, T>; 2] {
        let &Self { ref a, ref a_dot, stride, count, .. } = self;
        [Examples { entries: a, stride, count }, Examples { entries: a_dot, stride, count }]
    }

    /// δ and R{δ}, to read.
    pub(super) const fn deltas(&self) -> [Examples<'_, T>; 2] {
        let &Self { ref apart, stride, count, .. } = self;
        match apart {
            Some([delta, delta_dot]) => [
                Examples { entries: delta, stride, count },
                Examples { entries: delta_dot, stride, count },
            ],
            None => self.both(),
        }
    }

    /// The first `rows`, and the others.
    fn split_at(self, rows: usize) -> (Self, Self) {
        let Self { stride, count, .. } = self;
        let cut = |all: &'a mut [T]| all.split_at_mut((rows * stride).min(all.len()));
        let ((a, a_rest), (a_dot, a_dot_rest)) = (cut(self.a), cut(self.a_dot));
        let ((g_prime, g_prime_rest), (bend, bend_rest)) = (cut(self.g_prime), cut(self.bend));
        let apart = self.apart.map(|[delta, delta_dot]| {
            let ((delta, rest), (delta_dot, dot_rest)) = (cut(delta), cut(delta_dot));
            ([delta, delta_dot], [rest, dot_rest])
        });
        let (apart, apart_rest) = apart.unzip();
        (
            Self { a, a_dot, g_prime, bend, apart, stride, count: rows },
            Self {
                a: a_rest,
                a_dot: a_dot_rest,
                g_prime: g_prime_rest,
                bend: bend_rest,
                apart: apart_rest,
                stride,
                count: count - rows,
            },
        )
    }
}

/// What is in front of a layer.
#[derive(Debug)]
pub(super) enum Front<'a, T> {
    /// x, which nothing changes, and whose δ nobody asks for.
    Inputs(Examples<'a, T>),
    /// a and R{a} of a layer, to be made δ and R{δ}.
    Layer(Kept<'a, T>),
}

impl<T> Front<'_, T> {
    pub(super) const fn a(&self) -> Examples<'_, T> {
        match self {
            &Self::Inputs(Examples { entries, stride, count }) => {
                Examples { entries, stride, count }
            }
            Self::Layer(kept) => {
                let [a, _] = kept.both();
                a
            }
        }
    }

    const fn a_dot(&self) -> Option<Examples<'_, T>> {
        match self {
            Self::Inputs(_) => None,
            Self::Layer(kept) => {
                let [_, a_dot] = kept.both();
                Some(a_dot)
            }
        }
    }
}

impl<'a, T: Float> Line<'a, T> {
    const fn layers(self, [s_out, s_in]: [usize; 2]) -> [Layer<'a, T>; 2] {
        let Self { theta, direction, .. } = self;
        [
            Layer { theta, s_out, s_in, watched: false },
            Layer { theta: direction, s_out, s_in, watched: false },
        ]
    }
}

/// What becomes of z and R{z} of some rows, of the last layer with their targets.
type Then<T> = fn(Line<'_, T>, Kept<'_, T>, &[T]);

/// What a block takes of a layer that is worth more than one thread, in multiply-adds: in a smaller one nothing
/// about threads is computed.
const LEAST: usize = 16 * 1024;

/// Who computes a layer of these sizes, where that may be several.
#[inline(always)]
pub(super) const fn several<'a, T, const S_OUT: usize, const S_IN: usize>(
    crew: &'a mut Crew<'_, T>,
) -> Option<Crew<'a, T>> {
    if const { 3 * TILE * S_OUT * (S_IN + 1) < LEAST } { None } else { Some(crew.reborrow()) }
}

/// z = Θ [1; a], and R{z} = V [1; a] + Θ [0; R{a}]; and what becomes of them.
#[inline(always)]
pub(super) fn forward<V: Lanes>(
    line: Line<'_, V::Scalar>,
    sizes: [usize; 2],
    front: &Front<'_, V::Scalar>,
    rows: Kept<'_, V::Scalar>,
    targets: &[V::Scalar],
    then: Then<V::Scalar>,
    crew: Option<Crew<'_, V::Scalar>>,
) {
    let all = Forward { line, sizes, a: front.a(), a_dot: front.a_dot(), rows, targets, then };
    match crew {
        None => all.run::<V>(),
        Some(crew) => all.shared::<V>(crew),
    }
}

struct Forward<'a, T> {
    line: Line<'a, T>,
    sizes: [usize; 2],
    a: Examples<'a, T>,
    a_dot: Option<Examples<'a, T>>,
    rows: Kept<'a, T>,
    targets: &'a [T],
    then: Then<T>,
}

impl<T: Float> Forward<'_, T> {
    #[inline(never)]
    fn shared<V: Lanes<Scalar = T>>(self, crew: Crew<'_, T>) {
        let (count, products) = (self.rows.count, if self.a_dot.is_some() { 3 } else { 2 });
        let parts = crew.parts(products * count * self.line.theta.len(), count);
        crew.share(self, parts, |all, part| all.split_at(size(count, parts, part)), Self::run::<V>);
    }

    #[inline(always)]
    fn run<V: Lanes<Scalar = T>>(self) {
        let Self { line, sizes, a, a_dot, mut rows, targets, then } = self;
        let [theta, v] = line.layers(sizes);
        let Kept { a: z, a_dot: z_dot, stride, .. } = rows.reborrow();
        theta.forward::<V>(a, z, stride);
        v.forward::<V>(a, z_dot, stride);
        if let Some(a_dot) = a_dot {
            theta.add_product::<V>(a_dot, z_dot, stride);
        }
        then(line, rows, targets);
    }

    /// The first `rows`, and the others.
    fn split_at(self, rows: usize) -> (Self, Self) {
        let (a, a_rest) = self.a.split_at(rows);
        let (a_dot, a_dot_rest) = self.a_dot.map(|a_dot| a_dot.split_at(rows)).unzip();
        // Layers that are not the last have no targets.
        let (targets, targets_rest) =
            self.targets.split_at((rows * self.sizes[0]).min(self.targets.len()));
        let (rows, rows_rest) = self.rows.split_at(rows);
        (
            Self { a, a_dot, rows, targets, ..self },
            Self { a: a_rest, a_dot: a_dot_rest, rows: rows_rest, targets: targets_rest, ..self },
        )
    }
}

/// From δ and R{δ} of a layer its part of the product, and δ and R{δ} of the layer in front, if there is
/// one.
#[inline(always)]
pub(super) fn backward<V: Lanes>(
    line: Line<'_, V::Scalar>,
    sizes: [usize; 2],
    deltas: [Examples<'_, V::Scalar>; 2],
    sink: Option<IntoGradient<'_, V::Scalar>>,
    front: Front<'_, V::Scalar>,
    weights: &mut [V::Scalar],
    mut crew: Option<Crew<'_, V::Scalar>>,
) {
    if let Some(sink) = sink {
        let front = (front.a(), front.a_dot());
        let all = Sums::of(line.matrix, sizes[0], 0..sizes[1] + 1, front, deltas, sink);
        match &mut crew {
            None => all.run::<V>(),
            Some(crew) => all.shared::<V>(crew.reborrow()),
        }
    }

    // a and R{a} have done their work: ∂J/∂a and its rate take their places, unless they go elsewhere.
    let Front::Layer(rows) = front else { return };
    let all = Backward { line, sizes, deltas, rows, weights };
    match crew {
        None => all.run::<V>(),
        Some(crew) => all.shared::<V>(crew),
    }
}

/// R{Δ} = Σ R{δ} [1; a]ᵀ + δ [0; R{a}]ᵀ, some rows of it, each the products with one of [1; a].
pub(super) struct Sums<'a, T> {
    sink: IntoGradient<'a, T>,
    s_out: usize,
    rows: Range<usize>,
    of_a: (Examples<'a, T>, Examples<'a, T>),
    of_a_dot: Option<(Examples<'a, T>, Examples<'a, T>)>,
}

impl<'a, T: Float> Sums<'a, T> {
    /// Those rows, of a layer with `s_out` units, into the `sink`.
    #[inline(always)]
    pub(super) fn of(
        matrix: Matrix,
        s_out: usize,
        rows: Range<usize>,
        (a, a_dot): (Examples<'a, T>, Option<Examples<'a, T>>),
        [delta, delta_dot]: [Examples<'a, T>; 2],
        sink: IntoGradient<'a, T>,
    ) -> Self {
        let of_a_dot = a_dot.filter(|_| matrix == Matrix::Hessian).map(|a_dot| (a_dot, delta));
        Self { sink, s_out, rows, of_a: (a, delta_dot), of_a_dot }
    }

    #[inline(never)]
    fn shared<V: Lanes<Scalar = T>>(self, crew: Crew<'_, T>) {
        let (rows, products) = (self.rows.len(), if self.of_a_dot.is_some() { 2 } else { 1 });
        let parts = crew.parts(products * self.of_a.1.count * self.s_out * rows, rows);
        crew.share(self, parts, |all, part| all.split_at(cut(rows, parts, part)), Self::run::<V>);
    }

    #[inline(always)]
    pub(super) fn run<V: Lanes<Scalar = T>>(self) {
        let Self { sink, s_out, rows, of_a, of_a_dot } = self;
        sink.take_sum::<V>(s_out, rows, of_a, of_a_dot);
    }

    /// The rows before `row`, and the others.
    fn split_at(self, row: usize) -> (Self, Self) {
        let Self { mut sink, s_out, rows: Range { start, end }, .. } = self;
        let first = sink.split_off((row - start) * s_out);
        (Self { sink: first, rows: start..row, ..self }, Self { sink, rows: row..end, ..self })
    }
}

/// δ and R{δ} of some rows in front of a layer, in place of a and R{a} or apart.
struct Backward<'a, T> {
    line: Line<'a, T>,
    sizes: [usize; 2],
    deltas: [Examples<'a, T>; 2],
    rows: Kept<'a, T>,
    /// Room for the weights transposed.
    weights: &'a mut [T],
}

impl<'a, T: Float> Backward<'a, T> {
    #[inline(never)]
    fn shared<V: Lanes<Scalar = T>>(self, crew: Crew<'a, T>) {
        let (count, [s_out, s_in]) = (self.rows.count, self.sizes);
        let products = if self.line.matrix == Matrix::Hessian { 3 } else { 1 };
        let parts = crew.parts(products * count * s_out * s_in, count);
        let (crew, mut room) = crew.apart();
        let split = |all, part| Self::split_at(all, size(count, parts, part), room());
        crew.share(self, parts, split, Self::run::<V>);
    }

    #[inline(always)]
    fn run<V: Lanes<Scalar = T>>(self) {
        let Self { line, sizes, deltas: [delta, delta_dot], rows, weights } = self;
        let [theta, v] = line.layers(sizes);
        let Kept { a, a_dot, g_prime, bend, apart, stride, count } = rows;
        let (columns, hessian) = (stride, line.matrix == Matrix::Hessian);
        let [slope, rate] = apart.unwrap_or([a, a_dot]);
        theta.transpose::<V>(weights, columns);
        theta.pull_back::<V>(delta_dot, rate, stride, (&*weights, columns), Finish::Store);
        if hessian {
            theta.pull_back::<V>(delta, slope, stride, (&*weights, columns), Finish::Store);
            v.transpose::<V>(weights, columns);
            v.pull_back::<V>(delta, rate, stride, (&*weights, columns), Finish::ADD);
        }
        let bend = hessian.then_some(&*bend);
        let kernel = Deltas { slope, rate, g_prime, bend };
        V::call(Rowwise { units: sizes[1], count, stride, kernel });
    }

    /// The first `rows`, and the others, with other room for transposed weights.
    fn split_at(self, rows: usize, weights: &'a mut [T]) -> (Self, Self) {
        let [delta, delta_dot] = self.deltas.map(|deltas| deltas.split_at(rows));
        let (rows, rows_rest) = self.rows.split_at(rows);
        (
            Self { deltas: [delta.0, delta_dot.0], rows, ..self },
            Self { deltas: [delta.1, delta_dot.1], rows: rows_rest, weights, ..self },
        )
    }
}
