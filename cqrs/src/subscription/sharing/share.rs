//! How many partitions are whose.

use uuid::Uuid;

/// How many partitions a process is to have, one of `others` and itself: all have the same number, but for those whose
/// id comes first, which have one more each where the division leaves a rest.
pub(super) fn fair_share(partitions: usize, owner: Uuid, others: &[Uuid]) -> usize {
    let processes = others.len() + 1;
    let before = others.iter().filter(|other| **other < owner).count();
    partitions / processes + usize::from(before < partitions % processes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_make_up_the_whole_and_differ_by_one_at_most() {
        for processes in 1..12 {
            let owners: Vec<Uuid> = (0..processes).map(Uuid::from_u128).collect();
            let share = |owner: &Uuid| {
                let others: Vec<Uuid> = owners.iter().copied().filter(|other| other != owner).collect();
                fair_share(8, *owner, &others)
            };
            let shares: Vec<usize> = owners.iter().map(share).collect();
            assert_eq!(shares.iter().sum::<usize>(), 8, "{shares:?}");
            let (least, most) = (shares.iter().min().unwrap(), shares.iter().max().unwrap());
            assert!(most - least <= 1, "{shares:?}");
        }
    }
}
