//~ `GradientFields` has other sizes than the network
use constprop::chain::Last;
use constprop::layer::{L1, L2};
use constprop::prelude::*;
use constprop::{A, Delta, DjDa, OutputBy, Over, RealField, Role, Summed, Z};

#[repr(C)]
pub struct Line<T> {
    pub theta1: Theta<L1, T, 2, 3>,
}

#[repr(C)]
pub struct LineGradient<R: Role, T: RealField> {
    pub theta1: R::Of<L1, T, 2, 2>,
}

// SAFETY: `repr(C)`, and a field that is `Parameters` of the same scalar itself.
unsafe impl<T: RealField> Parameters for Line<T> {
    type Scalar = T;
}

// SAFETY: as above, whichever the role.
unsafe impl<R: Role, T: RealField> Parameters for LineGradient<R, T> {
    type Scalar = T;
}

type Trace<T> = (A<L1, T, 3>, Z<L2, T, 2>, A<L2, T, 2, OutputBy<Identity>>);

impl<T> Over for Line<T> {
    type T = T;
}

impl<T: RealField> Network for Line<T> {
    const NAME: &'static str = "Line";
    type Input = [T; 3];
    type Target = [T; 2];
    type DjDaL = DjDa<L2, T, 2>;
    type DjDx = DjDa<L1, T, 3>;
    type DeltaL = Delta<L2, T, 2>;
    type Hypothesis = Identity;
    type Cost = HalfSquaredError;
    type TraceFields = Trace<T>;
    type DeltaFields = Delta<L2, T, 2>;
    type GradientFields<R: Role> = LineGradient<R, T>;
    type Chain = Last<(Identity, HalfSquaredError), 2, 3>;
    type With<U: RealField> = Line<U>;

    fn zeros() -> Self {
        Self { theta1: Theta::zeros() }
    }

    fn forward_fields(&self, x: &[T; 3]) -> Trace<T> {
        let a1 = A::from(x.clone());
        let z2 = &self.theta1 * &a1;
        let a2 = z2.output::<Identity>();
        (a1, z2, a2)
    }

    fn delta_of_fields((_, z2, a2): &Trace<T>, y: &[T; 2]) -> Delta<L2, T, 2> {
        z2.delta::<HalfSquaredError, Identity>(a2, y)
    }

    fn delta_from_fields((_, z2, a2): &Trace<T>, dj_da2: &DjDa<L2, T, 2>) -> Delta<L2, T, 2> {
        z2.delta_from(a2, dj_da2)
    }

    fn backward_fields(&self, _trace: &Trace<T>, delta2: Delta<L2, T, 2>) -> Delta<L2, T, 2> {
        delta2
    }

    fn dj_dx_of_fields(&self, _delta2: &Delta<L2, T, 2>) -> DjDa<L1, T, 3> {
        DjDa::from([T::zero(), T::zero(), T::zero()])
    }

    fn add_outer_products(
        _sums: &mut LineGradient<Summed, T>,
        _trace: &Trace<T>,
        _delta2: &Delta<L2, T, 2>,
    ) {
    }

    fn cost_of_fields((_, z2, a2): &Trace<T>, y: &[T; 2]) -> T {
        z2.cost::<HalfSquaredError, Identity>(a2, y)
    }

    fn output_of_fields((_, _, a2): &Trace<T>) -> &[T; 2] {
        a2.array()
    }
}

const PARAMETERS: usize = Gradient::<Line<f64>>::PARAMETERS;

fn main() {
    println!("{PARAMETERS}");
}
