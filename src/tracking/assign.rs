//! Assignment of sensor tracks to tracks: the sum of scores is greatest (Kuhn-Munkres), and each sensor track may stay
//! unassigned.

use pathfinding::kuhn_munkres::kuhn_munkres;
use pathfinding::matrix::Matrix;

use crate::model::TrackId;

/// A possible assignment, with its log-likelihood ratio.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Edge {
    /// Place of the sensor track in the pool.
    pub row: u32,
    /// The track.
    pub track: TrackId,
    /// Log-likelihood ratio, over 0.
    pub score: f64,
}

/// Size of a cluster from which on pairs are taken best first: the solver's work grows with the cube.
const MOST_ROWS: usize = 120;
/// Factor that makes scores whole numbers for the solver.
const SCALE: f64 = 1000.0;
/// Score of a pair that is no possible assignment.
const NEVER: i64 = -1_000_000_000;

/// Returns the assignment of each row. Connected clusters of sensor tracks and tracks that compete are solved one by one.
pub fn assign(rows: usize, edges: &mut [Edge]) -> Vec<Option<Edge>> {
    edges.sort_by_key(|edge| (edge.track, edge.row));
    let mut clusters: Vec<usize> = (0..rows).collect();
    for pair in edges.windows(2).filter(|pair| pair[0].track == pair[1].track) {
        let (a, b) = (root(&mut clusters, pair[0].row as usize), root(&mut clusters, pair[1].row as usize));
        clusters[a.max(b)] = a.min(b);
    }
    let mut by_cluster: Vec<(usize, Edge)> =
        edges.iter().map(|edge| (root(&mut clusters, edge.row as usize), *edge)).collect();
    by_cluster.sort_by_key(|(cluster, edge)| (*cluster, edge.row, edge.track));
    let mut pairs = vec![None; rows];
    for cluster in by_cluster.chunk_by(|a, b| a.0 == b.0) {
        solve(cluster, &mut pairs);
    }
    pairs
}

fn root(clusters: &mut [usize], mut row: usize) -> usize {
    while clusters[row] != row {
        clusters[row] = clusters[clusters[row]];
        row = clusters[row];
    }
    row
}

fn solve(cluster: &[(usize, Edge)], pairs: &mut [Option<Edge>]) {
    let mut rows: Vec<u32> = cluster.iter().map(|(_, edge)| edge.row).collect();
    rows.dedup();
    let mut tracks: Vec<TrackId> = cluster.iter().map(|(_, edge)| edge.track).collect();
    tracks.sort_unstable();
    tracks.dedup();
    if rows.len() == 1 || rows.len() > MOST_ROWS {
        return best_first(cluster, pairs);
    }
    // One more column for each row: it stays unassigned.
    let mut weights = Matrix::new(rows.len(), tracks.len() + rows.len(), NEVER);
    for (_, edge) in cluster {
        let at = (place(&rows, edge.row), place(&tracks, edge.track));
        weights[at] = (edge.score * SCALE) as i64;
    }
    for row in 0..rows.len() {
        weights[(row, tracks.len() + row)] = 0;
    }
    let (_, columns) = kuhn_munkres(&weights);
    for (_, edge) in cluster {
        if columns[place(&rows, edge.row)] == place(&tracks, edge.track) {
            pairs[edge.row as usize] = Some(*edge);
        }
    }
}

fn place<T: Ord>(sorted: &[T], wanted: T) -> usize {
    sorted.partition_point(|one| *one < wanted)
}

fn best_first(cluster: &[(usize, Edge)], pairs: &mut [Option<Edge>]) {
    let mut edges: Vec<Edge> = cluster.iter().map(|(_, edge)| *edge).collect();
    edges.sort_by(|a, b| b.score.total_cmp(&a.score).then((a.row, a.track).cmp(&(b.row, b.track))));
    let mut taken: Vec<TrackId> = Vec::new();
    for edge in edges {
        if pairs[edge.row as usize].is_none() && !taken.contains(&edge.track) {
            taken.push(edge.track);
            pairs[edge.row as usize] = Some(edge);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Tries every assignment.
    fn brute_force(rows: usize, edges: &[Edge], row: usize, taken: &mut Vec<TrackId>) -> i64 {
        if row == rows {
            return 0;
        }
        let mut best = brute_force(rows, edges, row + 1, taken);
        for edge in edges.iter().filter(|e| e.row as usize == row) {
            if !taken.contains(&edge.track) {
                taken.push(edge.track);
                best = best.max((edge.score * SCALE) as i64 + brute_force(rows, edges, row + 1, taken));
                taken.pop();
            }
        }
        best
    }

    proptest! {
        #[test]
        fn the_best_of_all(raw in prop::collection::btree_map((0u32..6, 0u32..6), 0.1..20.0f64, 0..20)) {
            let mut edges: Vec<Edge> =
                raw.iter().map(|(&(row, slot), &score)| Edge { row, track: TrackId::new(slot + 100, 0), score }).collect();
            let pairs = assign(6, &mut edges);
            let sum: i64 = pairs.iter().flatten().map(|e| (e.score * SCALE) as i64).sum();
            prop_assert_eq!(sum, brute_force(6, &edges, 0, &mut Vec::new()));
            let mut tracks: Vec<TrackId> = pairs.iter().flatten().map(|e| e.track).collect();
            tracks.sort_unstable();
            let many = tracks.len();
            tracks.dedup();
            prop_assert_eq!(tracks.len(), many, "a track is assigned once");
            prop_assert!(pairs.iter().enumerate().all(|(i, e)| e.is_none_or(|e| e.row as usize == i)));
        }
    }

    #[test]
    fn the_nearest_is_not_always_right() {
        // Best first would take (0, 7) and leave 1 with nothing.
        let edge = |row, slot, score| Edge { row, track: TrackId::new(slot, 0), score };
        let pairs = assign(2, &mut [edge(0, 7, 9.0), edge(0, 8, 8.0), edge(1, 7, 8.5)]);
        assert_eq!(pairs.iter().map(|p| p.map(|e| e.track.slot())).collect::<Vec<_>>(), [Some(8), Some(7)]);
    }
}
