//! Draws the picture of the cold starts. Each case has a bar for its median, and a line from the
//! 10th to the 90th percentile.

use std::fmt::{Arguments, Write as _};

use crate::{
    measure::{Measured, Samples},
    statistics::{median, percentile},
};

const MADE_BY: &str =
    "Made by: cargo run --release --manifest-path benches/coldstart/Cargo.toml -p coldstart-runner";

/// The width of the drawing. The texts are readable at this width, which is that of a phone.
const WIDTH: f64 = 360.0;
/// The factor by which the figure is larger on a wider page.
const SCALE: f64 = 1.3;
const MARGIN: f64 = 8.0;
const BARS_LEFT: f64 = 164.0;
const BARS_WIDTH: f64 = 124.0;
const ROW_HEIGHT: f64 = 26.0;
const BAR_HEIGHT: f64 = 16.0;
const TITLE_HEIGHT: f64 = 44.0;

/// Colours for a light and a dark background, as in `storm.svg`.
const STYLE: &str = "
  svg { background: #ffffff }
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 13px; font-weight: 600 }
  .ground { fill: #ffffff }
  .bar { fill: #b8860b } .ours { fill: #009e73 } .floor { fill: #0072b2 }
  .spread { stroke: #24292f; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) {
    svg { background: #0d1117 }
    text { fill: #e6edf3 }
    .ground { fill: #0d1117 }
    .bar { fill: #f0c808 } .ours { fill: #3fcf9f } .floor { fill: #58a6ff }
    .spread { stroke: #e6edf3 }
  }
";

/// Draws one panel for each table that has samples.
pub(crate) fn draw_figure(tables: &[&Measured]) -> String {
    let panels: Vec<(&str, &[Samples])> = tables
        .iter()
        .filter_map(|measured| {
            let samples = measured.samples.as_ref().ok()?;
            Some((measured.table.title, samples.as_slice()))
        })
        .collect();
    let height: f64 = panels
        .iter()
        .map(|(_, samples)| TITLE_HEIGHT + samples.len() as f64 * ROW_HEIGHT)
        .sum::<f64>()
        + 16.0;

    let (shown_width, shown_height) = (WIDTH * SCALE, height * SCALE);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{shown_width}\" \
         height=\"{shown_height}\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-label=\"Milliseconds of a cold start, by program\">\n\
         <metadata>{MADE_BY}</metadata>\n<style>{STYLE}</style>\n<rect class=\"ground\" \
         width=\"{WIDTH}\" height=\"{height}\"/>\n"
    );
    let mut top = 0.0;
    for (title, samples) in panels {
        add_text(&mut svg, MARGIN, top + 26.0, "title", title);
        draw_bars(&mut svg, top + TITLE_HEIGHT, samples);
        top += TITLE_HEIGHT + samples.len() as f64 * ROW_HEIGHT;
    }
    svg.push_str("</svg>\n");
    svg
}

fn draw_bars(svg: &mut String, top: f64, samples: &[Samples]) {
    let longest = samples
        .iter()
        .map(|samples| percentile(&samples.ready_ms, 0.9))
        .fold(1.0, f64::max);
    for (index, samples) in samples.iter().enumerate() {
        let y = top + index as f64 * ROW_HEIGHT;
        let label = samples.case.label;
        let class = match label.split(',').next() {
            Some("floor") => "floor",
            Some("stage-config") => "ours",
            _ => "bar",
        };
        let x = |value: f64| BARS_LEFT + BARS_WIDTH * value / longest;
        let ready = &samples.ready_ms;
        let (low, middle, high) = (
            percentile(ready, 0.1),
            median(ready),
            percentile(ready, 0.9),
        );
        let middle_y = y + BAR_HEIGHT / 2.0;
        add_text(svg, MARGIN, y + 12.5, "", label);
        add(
            svg,
            format_args!(
                "<rect class=\"{class}\" x=\"{BARS_LEFT}\" y=\"{y:.1}\" width=\"{:.1}\" \
                 height=\"{BAR_HEIGHT}\"/>",
                x(middle) - BARS_LEFT
            ),
        );
        add(
            svg,
            format_args!(
                "<path class=\"spread\" d=\"M{:.1} {middle_y:.1}H{:.1}\"/>",
                x(low),
                x(high)
            ),
        );
        let end = x(high.max(middle)) + 6.0;
        add_text(svg, end, y + 12.5, "", &format!("{middle:.1} ms"));
    }
}

fn add_text(svg: &mut String, x: f64, y: f64, class: &str, words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    add(
        svg,
        format_args!("<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{words}</text>"),
    );
}

fn add(svg: &mut String, element: Arguments<'_>) {
    writeln!(svg, "{element}").expect("writing to a String does not fail");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::example;

    #[test]
    fn the_longest_bar_has_the_whole_width_and_the_others_their_share() {
        let measured = example();
        let svg = draw_figure(&[&measured]);
        let widths: Vec<&str> = svg
            .lines()
            .filter(|line| line.contains(&format!("height=\"{BAR_HEIGHT}\"")))
            .filter_map(|line| line.split("width=\"").nth(1)?.split('"').next())
            .collect();
        let cases = measured.table.cases.len();
        assert_eq!(widths.len(), cases);
        assert_eq!(widths[cases - 1], format!("{BARS_WIDTH:.1}"));
        assert_eq!(widths[0], format!("{:.1}", BARS_WIDTH / cases as f64));
    }

    #[test]
    fn a_table_without_samples_is_left_out() {
        let mut measured = example();
        measured.samples = Err("not measured".to_owned());
        assert!(!draw_figure(&[&measured]).contains("<text"));
    }
}
