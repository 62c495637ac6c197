//! The lines of a layer in any numbers that are [`Real`], for the passes over one example.

use crate::real::Real;

/// z⁽ˡ⁺¹⁾ = Θ⁽ˡ⁾ [1; a⁽ˡ⁾].
pub(super) fn z<V: Real, const S_OUT: usize>(theta: &[V], a: &[V]) -> [V; S_OUT] {
    let (bias, weights) = theta.split_at(S_OUT);
    let mut z: [V; S_OUT] = core::array::from_fn(|unit| bias[unit].clone());
    add_product(&mut z, weights, a);
    z
}

/// z += W a.
pub(super) fn add_product<V: Real>(z: &mut [V], weights: &[V], a: &[V]) {
    for (column, a) in weights.chunks_exact(z.len()).zip(a) {
        for (z, weight) in z.iter_mut().zip(column) {
            *z = z.clone() + weight.clone() * a.clone();
        }
    }
}

/// ∂J/∂a⁽ˡ⁾ += Θ⁽ˡ⁾ᵀ δ⁽ˡ⁺¹⁾ without its bias row.
pub(super) fn add_pull_back<V: Real>(dj_da: &mut [V], theta: &[V], delta: &[V]) {
    let weights = &theta[delta.len()..];
    for (column, dj_da) in weights.chunks_exact(delta.len()).zip(dj_da) {
        for (weight, delta) in column.iter().zip(delta) {
            *dj_da = dj_da.clone() + weight.clone() * delta.clone();
        }
    }
}

/// Δ⁽ˡ⁾ += δ⁽ˡ⁺¹⁾ [1; a⁽ˡ⁾]ᵀ.
pub(super) fn add_outer_product<V: Real>(sums: &mut [V], delta: &[V], a: &[V]) {
    add(&mut sums[..delta.len()], delta);
    add_outer_product_of_weights(sums, delta, a);
}

/// Δ⁽ˡ⁾ += δ⁽ˡ⁺¹⁾ [0; a⁽ˡ⁾]ᵀ.
pub(super) fn add_outer_product_of_weights<V: Real>(sums: &mut [V], delta: &[V], a: &[V]) {
    let weights = &mut sums[delta.len()..];
    for (column, a) in weights.chunks_exact_mut(delta.len()).zip(a) {
        for (sum, delta) in column.iter_mut().zip(delta) {
            *sum = sum.clone() + delta.clone() * a.clone();
        }
    }
}

fn add<V: Real>(sums: &mut [V], terms: &[V]) {
    for (sum, term) in sums.iter_mut().zip(terms) {
        *sum = sum.clone() + term.clone();
    }
}

/// 0 in every entry.
pub(super) fn zeros<V: Real, const S: usize>() -> [V; S] {
    core::array::from_fn(|_| V::zero())
}

/// The whole layer as an array, whose size the list knows.
pub(super) fn array<V, const S: usize>(entries: &[V]) -> &[V; S] {
    entries.first_chunk().expect("the chain hands over as many entries as its sizes say")
}
