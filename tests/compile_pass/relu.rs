//! max of two, one of which is 0.

use constprop::prelude::*;
pub struct MyRelu;
impl Activation for MyRelu {
    const NAME: &'static str = "MyRelu";
    fn g<V: Real>(z: V) -> V {
        z.max(V::zero())
    }
    fn g_prime<V: Real>(z: V, _a: V) -> V {
        z.select_gt(V::zero(), V::one(), V::zero())
    }
    fn g_second<V: Real>(_z: V, _a: V) -> V {
        V::zero()
    }
}
fn main() {
    assert_eq!(MyRelu::g(-1.0_f64), 0.0);
}
