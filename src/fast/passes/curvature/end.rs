//! δ⁽ᴸ⁾ and its rate of change, with one example in each lane.

use core::marker::PhantomData;

use crate::cost::{Compared, Cost, Predicted, Target};
use crate::fast::passes::end::{STACK, gather, scatter};
use crate::fast::passes::rates::Matrix;
use crate::fast::registers::{Float, Lanes, Task};
use crate::output::Output;
use crate::real::Real;

/// In place of z⁽ᴸ⁾ and R{z⁽ᴸ⁾} of as many examples as there are targets: δ⁽ᴸ⁾ = ∂cost/∂z and
/// R{δ⁽ᴸ⁾} = (∂²cost/∂z²) R{z⁽ᴸ⁾}, or what the Gauss–Newton matrix has for it, both times `scale`.
pub(super) struct DeltaAndRate<'a, H, C, T, const S: usize> {
    pub(super) kind: PhantomData<(H, C)>,
    pub(super) matrix: Matrix,
    pub(super) stride: usize,
    pub(super) z: &'a mut [T],
    pub(super) z_dot: &'a mut [T],
    pub(super) targets: &'a [T],
    pub(super) scale: T,
}

impl<H: Output, C: Cost<H>, T: Float, const S: usize> Task<T> for DeltaAndRate<'_, H, C, T, S> {
    type Output = ();

    #[inline(always)]
    fn run<V: Lanes<Scalar = T>>(self) {
        if const { S * size_of::<V>() > STACK } { self.in_place() } else { self.in_lanes::<V>() }
    }
}

// Functions of their own, as in `passes/end.rs`.
impl<H: Output, C: Cost<H>, T: Float, const S: usize> DeltaAndRate<'_, H, C, T, S> {
    #[inline(always)]
    fn in_place(self) {
        let Self { matrix, stride, z, z_dot, targets, scale, .. } = self;
        let rows = z.chunks_exact_mut(stride).zip(z_dot.chunks_exact_mut(stride));
        let (targets, _) = targets.as_chunks::<S>();
        for ((z, z_dot), y) in rows.zip(targets) {
            let z: &mut [T; S] = z.first_chunk_mut().expect("a row has S units");
            let z_dot: &mut [T; S] = z_dot.first_chunk_mut().expect("a row has S units");
            match matrix {
                Matrix::Hessian => C::curvature_in_place(z, y, z_dot),
                Matrix::GaussNewton => C::gauss_newton_in_place(z, y, z_dot),
            }
            for (delta, delta_dot) in z.iter_mut().zip(z_dot) {
                *delta *= scale;
                *delta_dot *= scale;
            }
        }
    }

    #[inline(always)]
    fn in_lanes<V: Lanes<Scalar = T>>(self) {
        let Self { matrix, stride, z, z_dot, targets, scale, .. } = self;
        let rows = z.chunks_mut(V::LANES * stride).zip(z_dot.chunks_mut(V::LANES * stride));
        for ((rows, rows_dot), targets) in rows.zip(targets.chunks(V::LANES * S)) {
            let lanes = targets.len() / S;
            let z = gather::<V, S>(rows, stride, lanes);
            let z_dot = gather::<V, S>(rows_dot, stride, lanes);
            let y = gather::<V, S>(targets, S, lanes);
            let scale = V::splat(scale);
            let (delta, delta_dot) = deltas::<V, H, C, S>(matrix, &z, &z_dot, &y, scale);
            scatter::<V, S>(&delta, rows, stride, lanes);
            scatter::<V, S>(&delta_dot, rows_dot, stride, lanes);
        }
    }
}

/// δ⁽ᴸ⁾, which the Gauss–Newton matrix has no use for, and R{δ⁽ᴸ⁾}.
#[inline(always)]
fn deltas<V: Real, H: Output, C: Cost<H>, const S: usize>(
    matrix: Matrix,
    z: &[V; S],
    z_dot: &[V; S],
    y: &[V; S],
    scale: V,
) -> ([V; S], [V; S]) {
    let a = H::h(z);
    let compared = Compared { z, a: Predicted(&a), y: Target(y) };
    let (delta, delta_dot) = match matrix {
        Matrix::Hessian => (C::delta(compared), C::curvature(compared, z_dot)),
        Matrix::GaussNewton => (z.clone(), C::gauss_newton(compared, z_dot)),
    };
    let scaled = |entries: [V; S]| entries.map(|entry| entry * scale.clone());
    (scaled(delta), scaled(delta_dot))
}
