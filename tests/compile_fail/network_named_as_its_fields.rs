//~ `__TraceFields`: names with two underscores are those of `network!`
use constprop::prelude::*;

network! {
    pub struct __TraceFields(3 => 5 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

fn main() {}
