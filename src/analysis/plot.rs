//! Plots as inline SVG: the alerts of two sides on a line of time, and curves over the values of a limit.

use std::fmt::Write as _;

use super::map::Shape;
use super::page::escaped;
use crate::model::Time;

const WIDTH: f64 = 960.0;
const LEFT: f64 = 60.0;
const RIGHT: f64 = 60.0;

/// One alert on the line of time.
pub(super) struct Moment {
    /// Time when it was raised.
    pub at: Time,
    /// Kind of mark; `None` for an alert that both sides raise alike.
    pub shape: Option<Shape>,
    /// Whether it is one of the side before.
    pub is_before: bool,
    /// Text that is shown at the pointer.
    pub title: String,
}

/// Returns the alerts of both sides, each side on a line of its own.
pub(super) fn timeline(from: Time, until: Time, moments: &[Moment]) -> String {
    let span = (until - from).secs().max(1.0);
    let x_of = |at: Time| LEFT + (at - from).secs() / span * (WIDTH - LEFT - RIGHT);
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} 110\" width=\"{WIDTH}\" height=\"110\" role=\"img\" aria-label=\"Alerts over time\">\n\
         <text x=\"6\" y=\"39\">before</text><text x=\"6\" y=\"74\">after</text>\n"
    );
    let steps = [300.0, 900.0, 1800.0, 3600.0, 7200.0, 14_400.0, 21_600.0, 43_200.0, 86_400.0, 604_800.0];
    let step = steps.into_iter().find(|step| span / step <= 12.0).unwrap_or(2_592_000.0);
    let first = (from.0 as f64 / 1000.0 / step).ceil() * step;
    let mut tick = first;
    while tick <= until.0 as f64 / 1000.0 {
        let at = Time::from_secs(tick as i64);
        let x = x_of(at);
        let name = if step >= 86_400.0 { at.rfc3339()[5..10].to_owned() } else { at.hour_minute() };
        let _ = writeln!(
            svg,
            "<path d=\"M{x:.1} 15v72\" stroke=\"var(--line)\"/><text x=\"{x:.1}\" y=\"102\" text-anchor=\"middle\">{name}</text>"
        );
        tick += step;
    }
    for moment in moments {
        let (x, y) = (x_of(moment.at), if moment.is_before { 24 } else { 59 });
        let colour = moment.shape.map_or("--pale", |shape| match shape {
            Shape::Appear => "--appear",
            Shape::Vanish => "--vanish",
            Shape::Change => "--change",
        });
        let _ = writeln!(
            svg,
            "<path d=\"M{x:.1} {y}v22\" stroke=\"var({colour})\" stroke-width=\"2.5\"><title>{}</title></path>",
            escaped(&moment.title)
        );
    }
    svg.push_str("</svg>");
    svg
}

/// Returns a bar of a share of some alerts, with its name and figure.
pub(super) fn share_bar(name: &str, share: f64, of: usize) -> String {
    let (name, length) = (escaped(name), share * 500.0);
    format!(
        "<svg viewBox=\"0 0 {WIDTH} 24\" width=\"{WIDTH}\" height=\"24\" role=\"img\" aria-label=\"{name}: {share:.2}\">\
         <text x=\"6\" y=\"16\">{name}</text><rect x=\"280\" y=\"5\" width=\"500\" height=\"14\" fill=\"var(--line)\"/>\
         <rect x=\"280\" y=\"5\" width=\"{length:.0}\" height=\"14\" fill=\"var(--first)\"/>\
         <text x=\"790\" y=\"16\">{share:.2} of {of}</text></svg>"
    )
}

/// One curve.
pub(super) struct Curve<'a> {
    /// Name in the legend.
    pub name: &'a str,
    /// Values, one for each place; `None` where there is none.
    pub values: Vec<Option<f64>>,
    /// Whether the values are shares from 0 to 1, on the scale at the right.
    pub is_share: bool,
    /// Variable of the style sheet that colours it.
    pub colour: &'a str,
    /// Dashes of the line; empty for none.
    pub dashes: &'a str,
}

/// Returns curves over places with names, one of which is in force.
pub(super) fn curves(names: &[String], in_force: Option<usize>, curves: &[Curve<'_>]) -> String {
    let (top, bottom) = (20.0, 230.0);
    let count = names.len().max(2) as f64 - 1.0;
    let x_of = |place: usize| LEFT + place as f64 / count * (WIDTH - LEFT - RIGHT);
    let numbers =
        curves.iter().filter(|curve| !curve.is_share).flat_map(|curve| curve.values.iter().flatten());
    let most = round_up(numbers.fold(0.0, |most: f64, value| most.max(*value)));
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} 290\" width=\"{WIDTH}\" height=\"290\" role=\"img\" aria-label=\"Curves over the values of the limit\">\n"
    );
    for part in 0..=4 {
        let share = f64::from(part) / 4.0;
        let y = bottom - share * (bottom - top);
        let _ = writeln!(
            svg,
            "<path d=\"M{LEFT} {y:.1}H{}\" stroke=\"var(--line)\"/><text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>\
             <text x=\"{}\" y=\"{:.1}\">{share}</text>",
            WIDTH - RIGHT,
            LEFT - 8.0,
            y + 4.0,
            short(share * most),
            WIDTH - RIGHT + 8.0,
            y + 4.0
        );
    }
    let every = names.len().div_ceil(16).max(1);
    for (place, name) in names.iter().enumerate() {
        let x = x_of(place);
        if in_force == Some(place) {
            let _ = writeln!(
                svg,
                "<path d=\"M{x:.1} {top}V{bottom}\" stroke=\"var(--ink)\" stroke-dasharray=\"2 3\"><title>in force</title></path>"
            );
        }
        if place % every == 0 || in_force == Some(place) {
            let _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                bottom + 18.0,
                escaped(name)
            );
        }
    }
    for (number, curve) in curves.iter().enumerate() {
        let scale = if curve.is_share { 1.0 } else { most };
        let points: Vec<(f64, f64)> = (curve.values.iter().enumerate())
            .filter_map(|(place, value)| Some((x_of(place), bottom - (*value)? / scale * (bottom - top))))
            .collect();
        let path = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect::<Vec<_>>().join(" ");
        let _ = writeln!(
            svg,
            "<polyline points=\"{path}\" fill=\"none\" stroke=\"var({0})\" stroke-width=\"2\" stroke-dasharray=\"{1}\"/>",
            curve.colour, curve.dashes
        );
        for (x, y) in points {
            let _ =
                writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"var({})\"/>", curve.colour);
        }
        let x = LEFT + 220.0 * number as f64;
        let _ = writeln!(
            svg,
            "<path d=\"M{x} 272h26\" stroke=\"var({0})\" stroke-width=\"2\" stroke-dasharray=\"{1}\"/><text x=\"{2}\" y=\"276\">{3}</text>",
            curve.colour,
            curve.dashes,
            x + 32.0,
            escaped(curve.name)
        );
    }
    svg.push_str("</svg>");
    svg
}

/// Returns a number of one digit, or 1 and a half, that is at least this.
fn round_up(value: f64) -> f64 {
    if value <= 0.0 {
        return 1.0;
    }
    let ten = 10f64.powf(value.log10().floor());
    [1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 8.0, 10.0]
        .into_iter()
        .map(|n| n * ten)
        .find(|n| *n >= value)
        .unwrap_or(value)
}

fn short(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_round_and_nothing_is_infinite() {
        assert_eq!((round_up(0.0), round_up(0.7), round_up(2.2), round_up(12.0)), (1.0, 0.8, 3.0, 15.0));
        let curve = Curve {
            name: "a",
            values: vec![Some(0.0), None],
            is_share: false,
            colour: "--first",
            dashes: "",
        };
        for names in [vec!["1".to_owned()], vec!["1".to_owned(), "2".to_owned()]] {
            let svg = curves(&names, Some(0), std::slice::from_ref(&curve));
            assert!(!svg.contains("NaN") && !svg.contains("inf,"), "{svg}");
        }
        let moments = [Moment { at: Time(0), shape: None, is_before: true, title: "<".to_owned() }];
        let svg = timeline(Time(0), Time(0), &moments);
        assert!(!svg.contains("NaN") && svg.contains("&lt;"), "{svg}");
    }
}
