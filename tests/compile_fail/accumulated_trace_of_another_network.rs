//~ `Trace<Teacher>` is no trace of `Student`
use constprop::prelude::*;

network! {
    pub struct Teacher(3 => 5 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

network! {
    pub struct Student(3 => 5 Sigmoid => 2 Sigmoid) minimizing CrossEntropy;
}

fn main() {
    let (teacher, student) = (Teacher::<f64>::seeded(1), Student::<f64>::seeded(2));
    let x = [0.1, 0.2, 0.3];
    let deltas = student.backward(&student.forward(&x), &[1.0, 0.0]);
    let mut sums = BigDeltas::<Student>::zeros();
    sums.accumulate(&teacher.forward(&x), &deltas);
}
