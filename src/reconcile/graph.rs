//! A stable topological order, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

/// Orders `0..count` so that every edge `(before, after)` holds and what is free stays in its place.
/// `None`: the edges form a cycle.
pub fn order(count: usize, edges: &[(usize, usize)]) -> Option<Vec<usize>> {
    let mut waits_for = vec![BTreeSet::new(); count];
    let mut followers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (before, after) in edges {
        if waits_for[*after].insert(*before) {
            followers.entry(*before).or_default().push(*after);
        }
    }
    let mut ready: BTreeSet<usize> = (0..count).filter(|n| waits_for[*n].is_empty()).collect();
    let mut ordered = Vec::with_capacity(count);
    while let Some(next) = ready.pop_first() {
        ordered.push(next);
        for follower in followers.remove(&next).unwrap_or_default() {
            waits_for[follower].remove(&next);
            if waits_for[follower].is_empty() {
                ready.insert(follower);
            }
        }
    }
    (ordered.len() == count).then_some(ordered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_free_stays_in_its_place() {
        assert_eq!(order(3, &[]), Some(vec![0, 1, 2]));
        assert_eq!(order(3, &[(2, 0)]), Some(vec![1, 2, 0]));
        assert_eq!(order(2, &[(0, 1), (1, 0)]), None);
        assert_eq!(order(1, &[(0, 0)]), None);
    }

    proptest! {
        #[test]
        fn every_edge_holds(count in 1usize..20, raw in proptest::collection::vec((0usize..20, 0usize..20), 0..60)) {
            // Edges from a lower to a higher number cannot form a cycle; the numbers are then mirrored.
            let edges: Vec<_> = raw
                .into_iter()
                .map(|(a, b)| (a % count, b % count))
                .filter(|(a, b)| a > b)
                .collect();
            let ordered = order(count, &edges).unwrap();
            let place = |n: usize| ordered.iter().position(|other| *other == n).unwrap();
            prop_assert_eq!(ordered.len(), count);
            for (before, after) in edges {
                prop_assert!(place(before) < place(after));
            }
        }
    }
}
