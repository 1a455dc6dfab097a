//! A map as inline SVG: coast, zones, trails of vessels, and marks of alerts.

use std::fmt::Write as _;

use geo::{LineString, MultiPolygon};

use super::page::escaped;
use crate::geodesy;
use crate::model::{Geography, NM_M, ZoneKind};

/// Width of the map, pixels.
const WIDTH: f64 = 960.0;
/// Tallest map, pixels.
const TALLEST: f64 = 720.0;
/// Water around the marks, as a share of their extent.
const MARGIN: f64 = 0.15;
/// Smallest extent, degrees.
const SMALLEST_DEG: f64 = 0.2;

/// Kind of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A disc: the alert appears.
    Appear,
    /// A cross: the alert vanishes.
    Vanish,
    /// A square: the alert changes.
    Change,
}

impl Shape {
    /// Returns the class that colours it.
    pub(super) fn class(self) -> &'static str {
        match self {
            Shape::Appear => "appear",
            Shape::Vanish => "vanish",
            Shape::Change => "change",
        }
    }
}

/// A mark on the map.
pub(super) struct Mark {
    /// Longitude and latitude, degrees.
    pub at: [f64; 2],
    /// Kind of mark.
    pub shape: Shape,
    /// Text that is shown at the pointer.
    pub title: String,
}

/// Part of the world that a map shows, and its scale.
struct Frame {
    low: [f64; 2],
    high: [f64; 2],
    /// Pixels for a degree of longitude and of latitude.
    scale: [f64; 2],
}

impl Frame {
    fn around(points: impl IntoIterator<Item = [f64; 2]>) -> Option<Frame> {
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for point in points {
            for axis in 0..2 {
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
            }
        }
        if low[0] > high[0] {
            return None;
        }
        for axis in 0..2 {
            let extent = (high[axis] - low[axis]).max(SMALLEST_DEG);
            let middle = f64::midpoint(low[axis], high[axis]);
            let half = extent * (0.5 + MARGIN);
            (low[axis], high[axis]) = (middle - half, middle + half);
        }
        let metres = geodesy::metres_per_degree(f64::midpoint(low[1], high[1]));
        let flat = metres[0] / metres[1];
        let per_lat = (WIDTH / ((high[0] - low[0]) * flat)).min(TALLEST / (high[1] - low[1]));
        Some(Frame { low, high, scale: [per_lat * flat, per_lat] })
    }

    fn size(&self) -> [f64; 2] {
        std::array::from_fn(|axis| (self.high[axis] - self.low[axis]) * self.scale[axis])
    }

    fn place(&self, at: [f64; 2]) -> [f64; 2] {
        [(at[0] - self.low[0]) * self.scale[0], (self.high[1] - at[1]) * self.scale[1]]
    }

    fn shows(&self, ring: &LineString<f64>) -> bool {
        let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for c in &ring.0 {
            for (axis, value) in [c.x, c.y].into_iter().enumerate() {
                low[axis] = low[axis].min(value);
                high[axis] = high[axis].max(value);
            }
        }
        (0..2).all(|axis| low[axis] <= self.high[axis] && high[axis] >= self.low[axis])
    }

    /// Returns the path of an area. Points nearer than a pixel to the one before are left out.
    fn path(&self, area: &MultiPolygon<f64>) -> String {
        let mut path = String::new();
        let rings =
            area.0.iter().flat_map(|polygon| std::iter::once(polygon.exterior()).chain(polygon.interiors()));
        for ring in rings.filter(|ring| self.shows(ring)) {
            let (mut last, mut count) = ([f64::INFINITY; 2], 0);
            for c in &ring.0 {
                let [x, y] = self.place([c.x, c.y]);
                // What lies far outside is drawn at the edge: numbers stay short.
                let [x, y] = [x.clamp(-WIDTH, 2.0 * WIDTH), y.clamp(-TALLEST, 2.0 * TALLEST)];
                if (x - last[0]).abs() < 1.0 && (y - last[1]).abs() < 1.0 {
                    continue;
                }
                let _ = write!(path, "{}{x:.1} {y:.1}", if count == 0 { "M" } else { "L" });
                (last, count) = ([x, y], count + 1);
            }
            if count > 0 {
                path.push('Z');
            }
        }
        path
    }
}

/// Returns the map of trails, each as longitudes and latitudes in degrees, and of marks; nothing where there are none.
pub(super) fn map(geography: &Geography, trails: &[Vec<[f64; 2]>], marks: &[Mark]) -> Option<String> {
    let frame = Frame::around(trails.iter().flatten().copied().chain(marks.iter().map(|mark| mark.at)))?;
    let [width, height] = frame.size();
    let mut svg = format!(
        "<svg viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" role=\"img\" aria-label=\"Map\">\n"
    );
    let land = frame.path(&geography.land);
    let _ =
        writeln!(svg, "<path d=\"{land}\" fill=\"var(--land)\" stroke=\"var(--pale)\" stroke-width=\".6\"/>");
    for zone in geography.zones.iter().filter(|zone| zone.kind != ZoneKind::Fir) {
        let path = frame.path(&zone.area);
        if !path.is_empty() {
            let _ = writeln!(
                svg,
                "<path d=\"{path}\" fill=\"none\" stroke=\"var(--pale)\" stroke-width=\".7\" stroke-dasharray=\"4 3\"><title>{}</title></path>",
                escaped(&zone.name)
            );
        }
    }
    for place in &geography.places {
        let [x, y] = frame.place(place.lon_lat);
        if (0.0..width).contains(&x) && (0.0..height).contains(&y) {
            let _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{y:.1}\" opacity=\".7\">{}</text>",
                escaped(&place.name)
            );
        }
    }
    for trail in trails {
        let points = trail.iter().map(|at| frame.place(*at)).map(|[x, y]| format!("{x:.1},{y:.1}"));
        let points = points.collect::<Vec<_>>().join(" ");
        let _ = writeln!(
            svg,
            "<polyline points=\"{points}\" fill=\"none\" stroke=\"var(--ink)\" stroke-width=\"1.5\"/>"
        );
    }
    marks.iter().for_each(|mark| draw(&mut svg, &frame, mark));
    scale_bar(&mut svg, &frame);
    svg.push_str("</svg>");
    Some(svg)
}

fn draw(svg: &mut String, frame: &Frame, mark: &Mark) {
    let [x, y] = frame.place(mark.at);
    let colour = format!("var(--{})", mark.shape.class());
    let shape = match mark.shape {
        Shape::Appear => {
            format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"5\" fill=\"{colour}\" fill-opacity=\".75\"")
        }
        Shape::Vanish => format!(
            "<path d=\"M{:.1} {:.1}l10 10m0 -10l-10 10\" stroke=\"{colour}\" stroke-width=\"2.5\" fill=\"none\"",
            x - 5.0,
            y - 5.0
        ),
        Shape::Change => format!(
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"9\" height=\"9\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2.5\"",
            x - 4.5,
            y - 4.5
        ),
    };
    let name = if mark.shape == Shape::Appear {
        "circle"
    } else if mark.shape == Shape::Vanish {
        "path"
    } else {
        "rect"
    };
    let _ = writeln!(svg, "{shape}><title>{}</title></{name}>", escaped(&mark.title));
}

/// Draws a bar of a round number of nautical miles.
fn scale_bar(svg: &mut String, frame: &Frame) {
    let [width, height] = frame.size();
    let metres = geodesy::metres_per_degree(f64::midpoint(frame.low[1], frame.high[1]));
    let per_mile = NM_M / metres[0] * frame.scale[0];
    let lengths = [100.0, 50.0, 20.0, 10.0, 5.0, 2.0, 1.0, 0.5];
    let miles = lengths.into_iter().find(|miles| miles * per_mile < width / 4.0).unwrap_or(0.5);
    let (long, y) = (miles * per_mile, height - 12.0);
    let _ = writeln!(
        svg,
        "<path d=\"M12 {y:.1}h{long:.1}\" stroke=\"var(--ink)\" stroke-width=\"2\"/><text x=\"12\" y=\"{:.1}\">{miles} nm</text>",
        y - 5.0
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_on_the_map_and_numbers_are_finite() {
        let mark =
            |lon: f64, lat: f64| Mark { at: [lon, lat], shape: Shape::Vanish, title: "<x>".to_owned() };
        assert_eq!(map(&Geography::default(), &[], &[]), None);
        let trails = [vec![[-59.6, 13.0], [-59.5, 13.1]]];
        let svg =
            map(&Geography::default(), &trails, &[mark(-59.6, 13.0), mark(-59.0, 13.4)]).expect("a map");
        assert!(
            svg.contains("<polyline points")
                && !svg.contains("NaN")
                && !svg.contains("inf")
                && svg.contains("&lt;x&gt;"),
            "{svg}"
        );
        let frame = Frame::around([[-59.6, 13.0]]).expect("a frame");
        let ([x, y], [width, height]) = (frame.place([-59.6, 13.0]), frame.size());
        assert!((x - width / 2.0).abs() < 1e-6 && (y - height / 2.0).abs() < 1e-6, "{x} {y}");
    }
}
