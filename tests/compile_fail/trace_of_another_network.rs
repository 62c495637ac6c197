//~ `Trace<Teacher>` is no trace of `Student`
//~ `forward` of the same network gives one
use constprop::prelude::*;

network! {
    pub struct Teacher(3 => 5 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

network! {
    pub struct Student(3 => 5 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

fn main() {
    let (teacher, student) = (Teacher::<f64>::seeded(1), Student::<f64>::seeded(2));
    let trace = teacher.forward(&[0.1, 0.2, 0.3]);
    let _ = student.backward(&trace, &[1.0, 0.0]);
}
