//! Which leaves of the tree a rank computes, which nodes they make, and how these are joined.
//!
//! A batch is cut into leaves, blocks of examples, and sums go along the binary tree over their numbers: 2k and 2k + 1
//! are added, then the sums of such pairs. A node begins at a multiple of its size, a power of two; the last one of a
//! size may be shorter. Of 7 leaves that two ranks have three and four of, the nodes are 0–1 and 2, and 3 and 4–6.

use std::ops::Range;

/// The leaves of a batch, dealt out to ranks one range behind the other.
#[derive(Clone, Debug)]
pub struct Dealt {
    /// How many examples a leaf has; the last one may have fewer.
    leaf: usize,
    examples: usize,
    leaves: usize,
    ranks: usize,
    /// The nodes of all ranks, in the order of their leaves, and whose each is.
    nodes: Vec<(usize, Range<usize>)>,
}

impl Dealt {
    /// So many examples in leaves of so many, to so many ranks.
    pub fn new(examples: usize, leaf: usize, ranks: usize) -> Self {
        let leaves = examples.div_ceil(leaf);
        let of = |rank| cut(leaves, ranks, rank)..cut(leaves, ranks, rank + 1);
        let nodes =
            (0..ranks).flat_map(|rank| nodes(of(rank), leaves).map(move |node| (rank, node)));
        Self { leaf, examples, leaves, ranks, nodes: nodes.collect() }
    }

    /// The examples that a rank computes.
    pub fn examples(&self, rank: usize) -> Range<usize> {
        let [first, end] = [rank, rank + 1].map(|rank| cut(self.leaves, self.ranks, rank));
        self.first_example(first)..self.first_example(end)
    }

    /// The examples of a node.
    pub fn examples_of(&self, node: &Range<usize>) -> Range<usize> {
        self.first_example(node.start)..self.first_example(node.end)
    }

    fn first_example(&self, leaf: usize) -> usize {
        self.examples.min(leaf * self.leaf)
    }

    /// The nodes of all ranks, in the order of their leaves, and whose each is.
    pub fn nodes(&self) -> &[(usize, Range<usize>)] {
        &self.nodes
    }

    /// The nodes of a rank, with their numbers among all.
    pub fn nodes_of(&self, rank: usize) -> impl Iterator<Item = (usize, &Range<usize>)> {
        let all = self.nodes.iter().enumerate();
        all.filter(move |(_, (of, _))| *of == rank).map(|(number, (_, node))| (number, node))
    }

    /// Adds all nodes along the tree: `add` is told the numbers of two, and gives that which holds their sum. Gives that
    /// which holds all, if there is one.
    pub fn join(&self, mut add: impl FnMut(usize, usize) -> usize) -> Option<usize> {
        (self.leaves > 0).then(|| self.join_within(0..self.leaves, &mut add))
    }

    fn join_within(
        &self,
        range: Range<usize>,
        add: &mut impl FnMut(usize, usize) -> usize,
    ) -> usize {
        let at = self.nodes.partition_point(|(_, node)| node.start < range.start);
        if self.nodes[at].1 == range {
            return at;
        }
        let middle = range.start + range.len().next_power_of_two() / 2;
        let left = self.join_within(range.start..middle, add);
        let right = self.join_within(middle..range.end, add);
        add(left, right)
    }

    /// Σ of a number of each node.
    pub fn total<T: Copy + std::ops::Add<Output = T>>(&self, numbers: &[T]) -> Option<T> {
        let mut numbers = numbers.to_vec();
        let all = self.join(|left, right| {
            numbers[left] = numbers[left] + numbers[right];
            left
        });
        all.map(|all| numbers[all])
    }
}

/// Where the `part` of so many `parts` of `all` begins.
pub const fn cut(all: usize, parts: usize, part: usize) -> usize {
    // So that no product is out of range.
    let (each, rest) = (all / parts, all % parts);
    each * part + rest * part / parts
}

/// The largest nodes of the tree over `all` leaves that these leaves make, one behind the other.
fn nodes(leaves: Range<usize>, all: usize) -> impl Iterator<Item = Range<usize>> {
    let Range { start: mut at, end } = leaves;
    std::iter::from_fn(move || {
        if at >= end {
            return None;
        }
        let (first, mut size) = (at, 1);
        while at + size < end && at.is_multiple_of(2 * size) && all.min(at + 2 * size) <= end {
            size *= 2;
        }
        at = all.min(at + size);
        Some(first..at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sum as its expression.
    fn tree(leaves: Range<usize>) -> String {
        if leaves.len() == 1 {
            return leaves.start.to_string();
        }
        let middle = leaves.start + leaves.len().next_power_of_two() / 2;
        format!("({}+{})", tree(leaves.start..middle), tree(middle..leaves.end))
    }

    #[test]
    fn nodes_of_any_ranks_are_joined_to_the_tree_over_all_leaves() {
        for leaves in 1..70 {
            for ranks in 1..12 {
                let dealt = Dealt::new(10 * leaves - 3, 10, ranks);
                let mut sums: Vec<String> =
                    dealt.nodes().iter().map(|(_, node)| tree(node.clone())).collect();
                let all = dealt.join(|left, right| {
                    sums[left] = format!("({}+{})", sums[left], sums[right]);
                    left
                });
                assert_eq!(sums[all.unwrap()], tree(0..leaves), "{leaves} leaves, {ranks} ranks");
                let each: Vec<_> = (0..ranks).map(|rank| dealt.examples(rank)).collect();
                assert!(each.windows(2).all(|pair| pair[0].end == pair[1].start));
                assert_eq!((each[0].start, each[ranks - 1].end), (0, 10 * leaves - 3));
                let most = dealt.nodes_of(0).count();
                assert!(most <= 1 + leaves.ilog2() as usize, "{most} nodes of {leaves} leaves");
            }
        }
    }

    #[test]
    fn equal_shares_of_a_power_of_two_are_one_node_each() {
        let dealt = Dealt::new(2048, 128, 4);
        assert_eq!(dealt.nodes().len(), 4);
        assert_eq!(dealt.nodes()[3], (3, 12..16));
        assert_eq!(Dealt::new(1, 128, 3).nodes(), [(2, 0..1)]);
        assert!(Dealt::new(0, 128, 3).join(|left, _| left).is_none());
    }

    #[test]
    fn totals_go_along_the_tree() {
        let dealt = Dealt::new(5, 1, 2);
        let [a, b] = [1e8_f32, 3.0];
        // (0+1)+(2+3), then 4, of which the first rank has 0 and 1.
        assert_eq!(dealt.nodes().iter().map(|(_, n)| n.len()).collect::<Vec<_>>(), [2, 2, 1]);
        assert_eq!(dealt.total(&[a, b, b]), Some((a + b) + b));
    }
}
