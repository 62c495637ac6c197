//~ `Teacher` is no `Student`, nor holds one
use constprop::prelude::*;

network! {
    pub struct Teacher(3 => 5 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

network! {
    pub struct Student(3 => 5 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

fn main() {
    let (teacher, mut student) = (Teacher::<f64>::seeded(1), Student::<f64>::seeded(2));
    let trace = teacher.forward(&[0.1, 0.2, 0.3]);
    let deltas = teacher.backward(&trace, &[1.0, 0.0]);
    println!("{deltas:?}");
    student.copy_from(&teacher);
}
