//! How many parts are whose.

use uuid::Uuid;

use crate::store::Peer;

/// How many parts a process is to have of those of a version, beside `others`: those who know the version have the same number each,
/// but for those whose id comes first, which have one more each where the division leaves a rest.
pub(super) fn fair_share((parts, version): (usize, u32), process: Peer, others: &[Peer]) -> usize {
    if process.knows < version {
        return 0;
    }
    let others = others.iter().filter(|other| other.knows >= version).map(|other| other.owner);
    share(parts, process.owner, &others.collect::<Vec<_>>())
}

fn share(parts: usize, owner: Uuid, others: &[Uuid]) -> usize {
    let processes = others.len() + 1;
    let before = others.iter().filter(|other| **other < owner).count();
    parts / processes + usize::from(before < parts % processes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peers(knowing: &[u32]) -> Vec<Peer> {
        let peer = |(number, &knows)| Peer { owner: Uuid::from_u128(number), knows };
        (0..).zip(knowing).map(peer).collect()
    }

    fn shares(parts: usize, version: u32, peers: &[Peer]) -> Vec<usize> {
        let others = |process: &Peer| -> Vec<Peer> {
            peers.iter().copied().filter(|other| other != process).collect()
        };
        peers.iter().map(|process| fair_share((parts, version), *process, &others(process))).collect()
    }

    #[test]
    fn the_shares_make_up_the_whole_and_differ_by_one_at_most() {
        for processes in 1..12 {
            let shares = shares(8, 0, &peers(&vec![0; processes]));
            assert_eq!(shares.iter().sum::<usize>(), 8, "{shares:?}");
            let (least, most) = (shares.iter().min().unwrap(), shares.iter().max().unwrap());
            assert!(most - least <= 1, "{shares:?}");
        }
    }

    #[test]
    fn what_is_of_a_version_goes_to_those_who_know_it() {
        let peers = peers(&[1, 2, 1, 3]);
        assert_eq!(shares(10, 1, &peers), [3, 3, 2, 2]);
        assert_eq!(shares(5, 2, &peers), [0, 3, 0, 2]);
        assert_eq!(shares(1, 3, &peers), [0, 0, 0, 1]);
        assert_eq!(shares(1, 4, &peers), [0, 0, 0, 0]);
    }
}
