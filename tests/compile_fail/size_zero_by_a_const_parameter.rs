//~ network `Policy`: layer 3 has size 0
use constprop::prelude::*;

network! {
    pub struct Policy<const ACT: usize>(4 => 64 Tanh => ACT Identity) minimizing HalfSquaredError;
}

static POLICY: &[constprop::ThetaShape] = Policy::<0, f32>::SHAPES;

fn main() {}
