//! Rings of polygons: closed, in range, cut at 180°, enclosing something, crossing nothing.

use geo::{Coord, LineString};
use serde_json::Value;

use super::locate::Step;
use super::scalars::seems_swapped;

/// Something wrong with a geometry, at a path below it.
pub(super) struct Fault {
    pub path: Vec<Step<'static>>,
    pub text: String,
}

/// Reads one polygon's rings; `path` leads to it.
pub(super) fn polygon(
    value: &Value,
    path: &[Step<'static>],
    faults: &mut Vec<Fault>,
) -> Option<geo::Polygon<f64>> {
    let before = faults.len();
    let fault = |text: &str| Fault { path: path.to_vec(), text: text.to_owned() };
    let Some(items) = value.as_array().filter(|items| !items.is_empty()) else {
        faults.push(fault("a polygon is a list of rings, the outer one first"));
        return None;
    };
    let mut rings = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        let mut path = path.to_vec();
        path.push(Step::Item(i));
        rings.extend(ring(item, &path, faults));
    }
    if faults.len() > before {
        return None;
    }
    match crossing(&rings, MOST_COMPARED) {
        Ok(None) => {}
        Ok(Some((at, other))) => {
            faults.push(Fault {
                path: [path, &[Step::Item(at.0), Step::Item(at.1)]].concat(),
                text: format!(
                    "the edge from here crosses the edge that starts at {}; a zone's edges must not cross",
                    shown(rings[other.0].0[other.1])
                ),
            });
            return None;
        }
        Err(TooMany) => {
            faults.push(fault(
                "too many edges lie over one another to look whether they cross; cut the polygon",
            ));
            return None;
        }
    }
    let mut rings = rings.into_iter();
    let outer = rings.next()?;
    Some(geo::Polygon::new(outer, rings.collect()))
}

/// A longitude and latitude; nothing where it is none.
pub(super) fn coordinate(value: &Value) -> Result<Coord<f64>, String> {
    let numbers = value.as_array().map(Vec::as_slice).unwrap_or_default();
    let (Some(lon), Some(lat)) =
        (numbers.first().and_then(Value::as_f64), numbers.get(1).and_then(Value::as_f64))
    else {
        return Err("a position is two numbers, longitude and latitude".to_owned());
    };
    if (-180.0..=180.0).contains(&lon) && (-90.0..=90.0).contains(&lat) {
        return Ok(Coord { x: lon, y: lat });
    }
    let swapped = if (-180.0..=180.0).contains(&lat) && (-90.0..=90.0).contains(&lon) {
        format!("; longitude comes first, so write [{lat}, {lon}] if that is what it is")
    } else {
        "; longitude is -180 to 180, latitude -90 to 90, in degrees".to_owned()
    };
    Err(format!("[{lon}, {lat}] is out of range{swapped}"))
}

/// Whether most of a ring reads like latitude before longitude.
pub(super) fn swapped(ring: &LineString<f64>) -> bool {
    !ring.0.is_empty() && ring.0.iter().all(|c| seems_swapped(c.x, c.y))
}

fn ring(value: &Value, path: &[Step<'static>], faults: &mut Vec<Fault>) -> Option<LineString<f64>> {
    let mut push = |at: Option<usize>, text: String| {
        let mut path = path.to_vec();
        path.extend(at.map(Step::Item));
        faults.push(Fault { path, text });
        None
    };
    let Some(items) = value.as_array() else {
        return push(None, "a ring is a list of positions".to_owned());
    };
    let mut points = Vec::with_capacity(items.len());
    for (i, item) in items.iter().enumerate() {
        match coordinate(item) {
            Ok(point) => points.push(point),
            Err(text) => return push(Some(i), text),
        }
    }
    let (Some(&first), Some(&last)) = (points.first(), points.last()) else {
        return push(None, "a ring has 4 positions or more, the last one the same as the first".to_owned());
    };
    if first != last {
        let text = format!(
            "the ring is not closed: it ends at {}; repeat its first position, {}, at its end",
            shown(last),
            shown(first)
        );
        return push(Some(points.len() - 1), text);
    }
    if points.len() < 4 {
        let text = format!(
            "a ring has 4 positions or more, the last one the same as the first; this one has {}",
            points.len()
        );
        return push(None, text);
    }
    if let Some(i) = points.windows(2).position(|w| (w[0].x - w[1].x).abs() > 180.0) {
        let text =
            "the edge from here crosses 180°; cut the polygon there into two (RFC 7946, 3.1.9)".to_owned();
        return push(Some(i), text);
    }
    let doubled: f64 = points
        .windows(2)
        .map(|w| (w[0].x - first.x) * (w[1].y - first.y) - (w[1].x - first.x) * (w[0].y - first.y))
        .sum();
    if doubled == 0.0 {
        return push(None, "the ring encloses nothing".to_owned());
    }
    Some(LineString(points))
}

fn shown(point: Coord<f64>) -> String {
    format!("[{}, {}]", point.x, point.y)
}

/// An edge: its ring, and its first point's place in it.
type Edge = (usize, usize);

/// Comparisons of edges for one polygon at most: a comb or a star of 100,000 edges would take minutes.
const MOST_COMPARED: usize = 2_000_000_000;

/// More comparisons would be needed than may be.
#[derive(Debug, PartialEq)]
struct TooMany;

/// Two edges that properly cross, swept from west to east, by so many comparisons at most. Touching is allowed, as is a shared edge.
fn crossing(rings: &[LineString<f64>], most: usize) -> Result<Option<(Edge, Edge)>, TooMany> {
    struct Swept {
        west: f64,
        east: f64,
        south: f64,
        north: f64,
        edge: Edge,
    }
    let mut edges: Vec<Swept> = Vec::with_capacity(rings.iter().map(|ring| ring.0.len()).sum());
    for (r, ring) in rings.iter().enumerate() {
        for (i, w) in ring.0.windows(2).enumerate() {
            edges.push(Swept {
                west: w[0].x.min(w[1].x),
                east: w[0].x.max(w[1].x),
                south: w[0].y.min(w[1].y),
                north: w[0].y.max(w[1].y),
                edge: (r, i),
            });
        }
    }
    edges.sort_by(|a, b| a.west.total_cmp(&b.west).then(a.edge.cmp(&b.edge)));
    let ends = |edge: Edge| (rings[edge.0].0[edge.1], rings[edge.0].0[edge.1 + 1]);
    let mut open: Vec<usize> = Vec::new();
    let mut compared = 0;
    for (n, new) in edges.iter().enumerate() {
        compared += open.len();
        if compared > most {
            return Err(TooMany);
        }
        open.retain(|&o| edges[o].east >= new.west);
        for &o in &open {
            let old = &edges[o];
            if old.south <= new.north && old.north >= new.south && cross(ends(old.edge), ends(new.edge)) {
                return Ok(Some((old.edge.min(new.edge), old.edge.max(new.edge))));
            }
        }
        open.push(n);
    }
    Ok(None)
}

fn cross((a, b): (Coord<f64>, Coord<f64>), (c, d): (Coord<f64>, Coord<f64>)) -> bool {
    let side = |p: Coord<f64>, q: Coord<f64>, r: Coord<f64>| {
        let (x, y) = (q.x - p.x, q.y - p.y);
        let turn = x * (r.y - p.y) - y * (r.x - p.x);
        // Within a centimetre of the line is on it.
        let near = 1e-7 * (x * x + y * y).sqrt();
        if turn > near {
            1
        } else if turn < -near {
            -1
        } else {
            0
        }
    };
    side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(json: &str) -> Vec<String> {
        let value: Value = serde_json::from_str(json).expect("JSON");
        let mut faults = Vec::new();
        assert_eq!(polygon(&value, &[], &mut faults).is_none(), !faults.is_empty());
        faults.into_iter().map(|fault| fault.text).collect()
    }

    #[test]
    fn right_polygons() {
        assert!(faults("[[[0,0],[1,0],[1,1],[0,0]]]").is_empty());
        assert!(faults("[[[0,0],[9,0],[9,9],[0,9],[0,0]], [[1,1],[2,1],[2,2],[1,1]]]").is_empty());
        // Altitudes are nobody's business here; a hole may touch the edge.
        assert!(faults("[[[0,0,5],[9,0,5],[9,9,5],[0,0,5]]]").is_empty());
        assert!(faults("[[[0,0],[9,0],[9,9],[0,9],[0,0]], [[0,0],[2,1],[1,2],[0,0]]]").is_empty());
    }

    #[test]
    fn wrong_polygons() {
        for (json, text) in [
            ("[]", "a polygon is a list of rings"),
            (
                "[[[0,0],[1,0],[1,1],[0,1]]]",
                "the ring is not closed: it ends at [0, 1]; repeat its first position, [0, 0]",
            ),
            ("[[[0,0],[1,1],[0,0]]]", "a ring has 4 positions or more"),
            ("[[]]", "a ring has 4 positions or more"),
            ("[[[0,0],[1,\"1\"],[0,1],[0,0]]]", "a position is two numbers"),
            (
                "[[[0,0],[1,91],[0,1],[0,0]]]",
                "[1, 91] is out of range; longitude comes first, so write [91, 1]",
            ),
            ("[[[0,0],[200,91],[0,1],[0,0]]]", "[200, 91] is out of range; longitude is"),
            ("[[[179,0],[-179,0],[-179,1],[179,0]]]", "the edge from here crosses 180°"),
            ("[[[0,0],[1,1],[2,2],[0,0]]]", "the ring encloses nothing"),
            (
                "[[[0,0],[2,2],[2,0],[0,1],[0,0]]]",
                "the edge from here crosses the edge that starts at [2, 0]",
            ),
            ("[[[0,0],[9,0],[9,9],[0,9],[0,0]], [[8,1],[10,1],[8,2],[8,1]]]", "the edge from here crosses"),
        ] {
            let found = faults(json);
            assert!(found.len() == 1 && found[0].starts_with(text), "{json}: {found:?}");
        }
    }

    #[test]
    fn a_comb_that_would_take_too_long_is_refused() {
        let tooth = |n: u32| {
            let y = f64::from(n) / 1000.0;
            [Coord { x: 9.0, y }, Coord { x: 1.0, y: y + 0.0005 }]
        };
        let mut ring: Vec<Coord<f64>> = (0..1000).flat_map(tooth).collect();
        ring.extend([Coord { x: 0.0, y: 2.0 }, Coord { x: 0.0, y: -1.0 }, ring[0]]);
        let ring = [LineString(ring)];
        assert_eq!(crossing(&ring, 10_000_000), Ok(None));
        assert_eq!(crossing(&ring, 100_000), Err(TooMany));
    }

    proptest::proptest! {
        /// The sweep finds a crossing exactly where comparing all pairs does.
        #[test]
        fn sweep_is_all_pairs(points in proptest::collection::vec((0_i8..20, 0_i8..20), 3..12)) {
            let mut ring: Vec<Coord<f64>> = points.iter().map(|&(x, y)| Coord { x: x.into(), y: y.into() }).collect();
            ring.push(ring[0]);
            let edges: Vec<_> = ring.windows(2).map(|w| (w[0], w[1])).collect();
            let some = edges.iter().any(|&a| edges.iter().any(|&b| cross(a, b)));
            assert_eq!(crossing(&[LineString(ring)], usize::MAX).map(|found| found.is_some()), Ok(some));
        }
    }
}
