//~ is no gradient of `Teacher`
//~ Gradient<Student>
use constprop::prelude::*;

network! {
    pub struct Teacher(3 => 5 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

network! {
    pub struct Student(3 => 4 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

fn main() {
    let mut teacher = Teacher::<f64>::seeded(1);
    let gradient = Gradient::<Student<f64>>::zeros();
    let _ = GradientDescent::new(0.1).unwrap().step(&mut teacher, &gradient);
}
