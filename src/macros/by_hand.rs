use constprop::chain::{Last, Step};
use constprop::layer::{L1, L2, L3, L4};
use constprop::prelude::*;
use constprop::{A, By, Delta, DjDa, OutputBy, Over, RealField, Role, Summed, Z};

#[repr(C)]
pub struct Article<T = f64> {
    pub theta1: Theta<L1, T, 5, 3>,
    pub theta2: Theta<L2, T, 4, 5>,
    pub theta3: Theta<L3, T, 2, 4>,
}

#[repr(C)]
pub struct ArticleGradient<R: Role, T: RealField> {
    pub theta1: R::Of<L1, T, 5, 3>,
    pub theta2: R::Of<L2, T, 4, 5>,
    pub theta3: R::Of<L3, T, 2, 4>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ArticleTrace<T> {
    pub a1: A<L1, T, 3>,
    pub z2: Z<L2, T, 5>,
    pub a2: A<L2, T, 5, By<Sigmoid>>,
    pub z3: Z<L3, T, 4>,
    pub a3: A<L3, T, 4, By<Sigmoid>>,
    pub z4: Z<L4, T, 2>,
    pub a4: A<L4, T, 2, OutputBy<Sigmoid>>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ArticleDeltas<T> {
    pub delta4: Delta<L4, T, 2>,
    pub delta3: Delta<L3, T, 4>,
    pub delta2: Delta<L2, T, 5>,
}

// SAFETY: `repr(C)`, and three fields that are `Parameters` of the same scalar themselves.
unsafe impl<T: RealField> Parameters for Article<T> {
    type Scalar = T;
}

// SAFETY: as above, whichever the role.
unsafe impl<R: Role, T: RealField> Parameters for ArticleGradient<R, T> {
    type Scalar = T;
}

impl<T> Over for Article<T> {
    type T = T;
}

impl<T: RealField> Network for Article<T> {
    const NAME: &'static str = "Article";
    type Input = [T; 3];
    type Target = [T; 2];
    type DjDaL = DjDa<L4, T, 2>;
    type DjDx = DjDa<L1, T, 3>;
    type DeltaL = Delta<L4, T, 2>;
    type Hypothesis = Sigmoid;
    type Cost = CrossEntropy;
    type TraceFields = ArticleTrace<T>;
    type DeltaFields = ArticleDeltas<T>;
    type GradientFields<R: Role> = ArticleGradient<R, T>;
    type Chain = Step<Sigmoid, 5, 3, Step<Sigmoid, 4, 5, Last<(Sigmoid, CrossEntropy), 2, 4>>>;
    type With<U: RealField> = Article<U>;

    fn forward_fields(&self, x: &[T; 3]) -> ArticleTrace<T> {
        let a1 = A::from(x.clone());
        let z2 = &self.theta1 * &a1;
        let a2 = z2.activate::<Sigmoid>();
        let z3 = &self.theta2 * &a2;
        let a3 = z3.activate::<Sigmoid>();
        let z4 = &self.theta3 * &a3;
        let a4 = z4.output::<Sigmoid>();
        ArticleTrace { a1, z2, a2, z3, a3, z4, a4 }
    }

    fn delta_of_fields(trace: &ArticleTrace<T>, y: &[T; 2]) -> Delta<L4, T, 2> {
        trace.z4.delta::<CrossEntropy, Sigmoid>(&trace.a4, y)
    }

    fn delta_from_fields(trace: &ArticleTrace<T>, dj_da4: &DjDa<L4, T, 2>) -> Delta<L4, T, 2> {
        trace.z4.delta_from(&trace.a4, dj_da4)
    }

    fn backward_fields(
        &self,
        trace: &ArticleTrace<T>,
        delta4: Delta<L4, T, 2>,
    ) -> ArticleDeltas<T> {
        let ArticleTrace { z2, a2, z3, a3, .. } = trace;
        let delta3 = (self.theta3.transpose() * &delta4).hadamard(&z3.g_prime::<Sigmoid>(a3));
        let delta2 = (self.theta2.transpose() * &delta3).hadamard(&z2.g_prime::<Sigmoid>(a2));
        ArticleDeltas { delta4, delta3, delta2 }
    }

    fn dj_dx_of_fields(&self, deltas: &ArticleDeltas<T>) -> DjDa<L1, T, 3> {
        self.theta1.transpose() * &deltas.delta2
    }

    fn add_outer_products(
        sums: &mut ArticleGradient<Summed, T>,
        trace: &ArticleTrace<T>,
        deltas: &ArticleDeltas<T>,
    ) {
        sums.theta1 += &deltas.delta2 * trace.a1.transpose();
        sums.theta2 += &deltas.delta3 * trace.a2.transpose();
        sums.theta3 += &deltas.delta4 * trace.a3.transpose();
    }

    fn cost_of_fields(trace: &ArticleTrace<T>, y: &[T; 2]) -> T {
        trace.z4.cost::<CrossEntropy, Sigmoid>(&trace.a4, y)
    }

    fn output_of_fields(trace: &ArticleTrace<T>) -> &[T; 2] {
        trace.a4.array()
    }
}

// With the feature `serde` it is written and read, too; without, this is nothing.
constprop::serialize_network! { Article }
