//! The outcomes as a figure: the share of functions that have started, by time, for each size of
//! storm.

use std::{fmt::Write as _, time::Duration};

use crate::{
    simulation::{INIT, Outcome},
    table::group_digits,
};

const MADE_BY: &str = "Made by: cargo bench -p stage-config-benches --bench storm";

/// The width of the drawing. The texts are readable at this width, which is that of a phone.
const WIDTH: f64 = 360.0;
/// The factor by which the figure is larger on a wider page.
const SCALE: f64 = 1.3;

/// The vertical position of the first line of the legend.
const LEGEND_TOP: f64 = 42.0;
const LEGEND_LINE_HEIGHT: f64 = 20.0;

/// The size and the position of a panel, without its title and the labels of its axes.
const PANEL_WIDTH: f64 = 290.0;
const PANEL_HEIGHT: f64 = 130.0;
const PANEL_LEFT: f64 = 52.0;

/// The space above and below a panel.
const TITLE_HEIGHT: f64 = 32.0;
const LABELS_HEIGHT: f64 = 30.0;

/// Colours that are distinguishable with any kind of colour vision (Okabe and Ito), for a light and
/// a dark background.
const STYLE: &str = "
  svg { background: #ffffff }
  text { font: 12px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 13px; font-weight: 600 }
  .end { text-anchor: end }
  .middle { text-anchor: middle }
  .ground { fill: #ffffff }
  .grid { stroke: #d0d7de; stroke-width: 1 }
  .curve { fill: none; stroke-width: 2.5; stroke-linejoin: round }
  .c0 { stroke: #d55e00 } .c1 { stroke: #b8860b } .c2 { stroke: #0072b2 } .c3 { stroke: #009e73 }
  .c4 { stroke: #b05a94 }
  @media (prefers-color-scheme: dark) {
    svg { background: #0d1117 }
    text { fill: #e6edf3 }
    .ground { fill: #0d1117 }
    .grid { stroke: #3d444d }
    .c0 { stroke: #ff8c42 } .c1 { stroke: #f0c808 } .c2 { stroke: #58a6ff } .c3 { stroke: #3fcf9f }
    .c4 { stroke: #e59ad0 }
  }
";

/// Draws one panel for each list of outcomes. The outcomes of a list have one size, and all lists
/// have the same order of strategies.
pub fn draw_figure(panels: &[Vec<&Outcome>]) -> String {
    let strategies = panels.first().map(Vec::len).unwrap_or_default();
    let top = LEGEND_TOP + strategies as f64 * LEGEND_LINE_HEIGHT;
    let height = top + panels.len() as f64 * (TITLE_HEIGHT + PANEL_HEIGHT + LABELS_HEIGHT);
    let (shown_width, shown_height) = (WIDTH * SCALE, height * SCALE);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{shown_width}\" \
         height=\"{shown_height}\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-label=\"Share of functions that have started, by time, for three sizes of \
         storm\">\n<metadata>{MADE_BY}</metadata>\n<style>{STYLE}</style>\n<rect class=\"ground\" \
         width=\"{WIDTH}\" height=\"{height}\"/>\n"
    );
    add_text(&mut svg, 12.0, 22.0, "title", "Functions that have started");
    for (index, outcome) in panels.first().into_iter().flatten().enumerate() {
        let y = LEGEND_TOP + index as f64 * LEGEND_LINE_HEIGHT;
        add(
            &mut svg,
            format_args!("<path class=\"curve c{index}\" d=\"M12 {y} h28\"/>"),
        );
        let label = outcome.storm.strategy.label();
        add_text(&mut svg, 48.0, y + 4.0, "", label);
    }
    for (index, outcomes) in panels.iter().enumerate() {
        let panel_top =
            top + index as f64 * (TITLE_HEIGHT + PANEL_HEIGHT + LABELS_HEIGHT) + TITLE_HEIGHT;
        draw_panel(&mut svg, panel_top, outcomes);
    }
    svg.push_str("</svg>\n");
    svg
}

fn draw_panel(svg: &mut String, top: f64, outcomes: &[&Outcome]) {
    let starts = outcomes
        .first()
        .map(|outcome| outcome.storm.starts)
        .unwrap_or_default();
    let bottom = top + PANEL_HEIGHT;
    let title = format!("{} functions start at once", group_digits(starts as u64));
    add_text(svg, PANEL_LEFT, top - 11.0, "title", &title);
    for percent in [0, 25, 50, 75, 100] {
        let y = bottom - PANEL_HEIGHT * f64::from(percent) / 100.0;
        add(
            svg,
            format_args!("<path class=\"grid\" d=\"M{PANEL_LEFT} {y} h{PANEL_WIDTH}\"/>"),
        );
        add_text(
            svg,
            PANEL_LEFT - 6.0,
            y + 4.0,
            "end",
            &format!("{percent} %"),
        );
    }
    for second in [0, 1, 3, 5, 8, 10] {
        let x = PANEL_LEFT + x_position(Duration::from_secs(second));
        add(
            svg,
            format_args!("<path class=\"grid\" d=\"M{x} {top} v{PANEL_HEIGHT}\"/>"),
        );
        let label = if second == 10 {
            "10 s".to_owned()
        } else {
            second.to_string()
        };
        add_text(svg, x, bottom + 17.0, "middle", &label);
    }
    for (index, outcome) in outcomes.iter().enumerate() {
        add(
            svg,
            format_args!(
                "<path class=\"curve c{index}\" d=\"{}\"/>",
                build_curve(outcome, top)
            ),
        );
    }
}

/// Returns the curve of an outcome. It shows the share every 50 ms, which is precise enough and
/// keeps the file small.
fn build_curve(outcome: &Outcome, top: f64) -> String {
    let step = Duration::from_millis(50);
    let points = (0..=INIT.as_millis() / step.as_millis()).map(|index| step * index as u32);
    let mut path = String::new();
    let mut last_share = None;
    for (index, time) in points.enumerate() {
        let share = outcome.started_within(time) as f64 / outcome.storm.starts as f64;
        // An unchanged share needs no point. The last point ends the line.
        if last_share == Some(share) && time < INIT {
            continue;
        }
        let x = PANEL_LEFT + x_position(time);
        let y = top + PANEL_HEIGHT * (1.0 - share);
        match last_share.filter(|last_share| *last_share != share) {
            // Draws a step: first horizontal, then vertical.
            Some(_) => write!(path, "H{x:.1}V{y:.1}"),
            None if index == 0 => write!(path, "M{x:.1} {y:.1}"),
            None => write!(path, "H{x:.1}"),
        }
        .expect("writing to a String does not fail");
        last_share = Some(share);
    }
    path
}

fn x_position(time: Duration) -> f64 {
    PANEL_WIDTH * time.as_secs_f64() / INIT.as_secs_f64()
}

fn add_text(svg: &mut String, x: f64, y: f64, class: &str, words: &str) {
    let words = words.replace('&', "&amp;").replace('<', "&lt;");
    add(
        svg,
        format_args!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{words}</text>"),
    );
}

fn add(svg: &mut String, element: std::fmt::Arguments<'_>) {
    writeln!(svg, "{element}").expect("writing to a String does not fail");
}
