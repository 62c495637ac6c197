//~ `Deltas<Teacher>` are no deltas of `Student`
//~ `backward` of the same network gives them
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
    println!("{:?}", student.dj_dx(&deltas));
    student.fill(0.0);
}
