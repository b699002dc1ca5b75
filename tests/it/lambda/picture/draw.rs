//! Draws the timeline for the narrow page of a phone. A wider page shows it enlarged.

use std::fmt::{Arguments, Write as _};

use serde_json::Value;

use super::{CallLane, Timeline};

const MADE_BY: &str =
    "Made by: cargo test --release -p stage-config-tests --test it -- --ignored lambda::picture";

const WIDTH: f64 = 360.0;
const LEFT: f64 = 12.0;
const PLOT: f64 = 336.0;
const TOP: f64 = 64.0;
const LANE: f64 = 34.0;
const BAR: f64 = 11.0;

/// An upper bound of the average width of a label's characters.
const CHARACTER: f64 = 6.8;

/// The note in the picture that says how the function was built.
const BUILD: &str = if cfg!(debug_assertions) {
    " (without optimization)"
} else {
    ""
};

/// The width of the shortest visible bar.
const SHORTEST: f64 = 2.5;

/// The possible steps of the axis, in milliseconds.
const STEPS: [f64; 6] = [5.0, 10.0, 20.0, 50.0, 100.0, 200.0];
/// The maximum number of steps on the axis.
const MOST_STEPS: f64 = 6.0;

const STYLE: &str = "
  text { font: 11.5px system-ui, sans-serif; fill: #24292f }
  .title { font-size: 13px; font-weight: 600 }
  .right { text-anchor: end }
  .middle { text-anchor: middle }
  .ground { fill: #ffffff }
  .init { fill: #f1f4f8 }
  .grid { stroke: #d0d7de }
  .own { fill: #57606a } .wait { fill: #9ac7f0 } .attempt { fill: #0072b2 } .throttled { fill: #d55e00 }
  .event { fill: #009e73 }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .ground { fill: #0d1117 }
    .init { fill: #161d27 }
    .grid { stroke: #3d444d }
    .own { fill: #9198a1 } .wait { fill: #1f4a7a } .attempt { fill: #58a6ff } .throttled { fill: #ff8c42 }
    .event { fill: #3fcf9f }
  }
";

/// Returns the picture: a lane for each step of INIT and for each call, and one for the first
/// invocation.
pub(super) fn draw_timeline(timeline: &Timeline) -> String {
    let lanes = timeline.calls.len() + 4;
    let bottom = TOP + lanes as f64 * LANE + 4.0;
    let height = bottom + 44.0;
    let mut picture = Picture {
        svg: String::new(),
        lane: 0,
        pixels_per_ms: PLOT / (timeline.answered * 1.01),
    };
    picture.add(format_args!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\" viewBox=\"0 0 {WIDTH} \
         {height}\" role=\"img\" aria-label=\"A cold start, from the start of the process to the \
         first invocation\">\n<metadata>{MADE_BY}</metadata>\n<style>{STYLE}</style>\n<rect class=\"ground\" \
         width=\"{WIDTH}\" height=\"{height}\"/>",
        WIDTH * 1.3,
        height * 1.3,
    ));
    picture.draw_ground(timeline, bottom);
    picture.draw_lanes(timeline);
    picture.draw_legend(bottom + 34.0);
    picture.svg.push_str("</svg>\n");
    picture.svg
}

struct Picture {
    svg: String,
    /// The index of the next lane.
    lane: usize,
    pixels_per_ms: f64,
}

impl Picture {
    /// Draws the title, INIT and the axis.
    fn draw_ground(&mut self, timeline: &Timeline, bottom: f64) {
        let report = &timeline.report;
        let sum = |key: &str| -> u64 {
            let calls = report["calls"].as_array().into_iter().flatten();
            calls.filter_map(|call| call[key].as_u64()).sum()
        };
        let title = format!(
            "load: {:.1} ms, {} calls, {}, {} fields",
            number(&report["ms"]),
            timeline.calls.len(),
            count(sum("retries"), "retry", "retries"),
            report["fields"].as_array().map_or(0, Vec::len),
        );
        self.add_text("title", LEFT, 20.0, &title);

        let ready = self.x(timeline.ready);
        self.add(format_args!(
            "<rect class=\"init\" x=\"{LEFT}\" y=\"32\" width=\"{:.1}\" height=\"{:.1}\"/>",
            ready - LEFT,
            bottom - 32.0,
        ));
        self.add_text(
            "",
            LEFT + 6.0,
            48.0,
            &format!("INIT: {:.1} ms{BUILD}", timeline.ready),
        );
        let step = STEPS
            .into_iter()
            .find(|step| timeline.answered / step <= MOST_STEPS);
        let step = step.unwrap_or(timeline.answered);
        for index in 0..=(timeline.answered / step) as usize {
            let ms = index as f64 * step;
            let x = self.x(ms);
            self.add(format_args!(
                "<path class=\"grid\" d=\"M{x:.1} 56V{bottom:.1}\"/>"
            ));
            let class = if index == 0 { "" } else { "middle" };
            let unit = if index == 0 { " ms" } else { "" };
            self.add_text(class, x, bottom + 14.0, &format!("{ms:.0}{unit}"));
        }
    }

    fn draw_lanes(&mut self, timeline: &Timeline) {
        let starts = timeline.calls.iter().map(|call| call.start);
        let first_call = starts.fold(timeline.loaded, f64::min);
        let ends = timeline.calls.iter().map(CallLane::end);
        let last_call = ends.fold(first_call, f64::max);

        self.draw_step("the process starts", 0.0, timeline.main);
        self.draw_step("plan", timeline.main, first_call);
        for call in &timeline.calls {
            self.draw_call(call);
        }
        self.draw_step("resolve, decode", last_call, timeline.loaded);
        let (start, end) = (timeline.ready, timeline.answered);
        self.draw_label("first invocation", start, end);
        self.draw_bar("event", start, end);
        self.lane += 1;
    }

    fn draw_step(&mut self, label: &str, start: f64, end: f64) {
        self.draw_label(label, start, end);
        self.draw_bar("own", start, end);
        self.lane += 1;
    }

    fn draw_call(&mut self, call: &CallLane) {
        let report = &call.report;
        let names = report["names"]
            .as_array()
            .map_or(0, |names| names.len() as u64);
        let label = format!(
            "{}, {}",
            report["operation"].as_str().unwrap_or_default(),
            count(names, "name", "names")
        );
        self.draw_label(&label, call.start, call.end());
        self.draw_bar("wait", call.start, call.end());
        for attempt in &call.attempts {
            let class = if attempt.is_throttled {
                "throttled"
            } else {
                "attempt"
            };
            self.draw_bar(class, attempt.start, attempt.end);
        }
        self.lane += 1;
    }

    /// Writes a label above its bar. The label begins where the bar begins. If the right edge would
    /// cut the label off, the label ends at this edge instead.
    fn draw_label(&mut self, label: &str, start: f64, end: f64) {
        let label = format!("{label}: {:.1} ms", end - start);
        let (x, y) = (self.x(start), self.y() + 11.0);
        if x + label.len() as f64 * CHARACTER < WIDTH {
            self.add_text("", x, y, &label);
        } else {
            self.add_text("right", LEFT + PLOT, y, &label);
        }
    }

    fn draw_bar(&mut self, class: &str, start: f64, end: f64) {
        let (x, y) = (self.x(start), self.y() + 16.0);
        let width = (self.x(end) - x).max(SHORTEST);
        self.add(format_args!(
            "<rect class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" \
             height=\"{BAR}\"/>"
        ));
    }

    fn draw_legend(&mut self, y: f64) {
        let entries = [
            ("attempt", "attempt", 12.0),
            ("throttled", "throttled", 82.0),
            ("wait", "client, connection, pause", 160.0),
        ];
        for (class, label, x) in entries {
            self.add(format_args!(
                "<rect class=\"{class}\" x=\"{x}\" y=\"{:.1}\" width=\"{BAR}\" height=\"{BAR}\"/>",
                y - 10.0
            ));
            self.add_text("", x + 16.0, y, label);
        }
    }

    fn x(&self, ms: f64) -> f64 {
        LEFT + ms * self.pixels_per_ms
    }

    fn y(&self) -> f64 {
        TOP + self.lane as f64 * LANE
    }

    fn add_text(&mut self, class: &str, x: f64, y: f64, text: &str) {
        self.add(format_args!(
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{text}</text>"
        ));
    }

    fn add(&mut self, element: Arguments<'_>) {
        writeln!(self.svg, "{element}").expect("writing to a String does not fail");
    }
}

impl CallLane {
    fn end(&self) -> f64 {
        self.start + number(&self.report["ms"])
    }
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_default()
}

fn count(count: u64, one: &str, several: &str) -> String {
    let unit = if count == 1 { one } else { several };
    format!("{count} {unit}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::AttemptBar;
    use super::*;

    #[test]
    fn a_call_has_a_bar_and_one_for_each_attempt() {
        let report = json!({ "operation": "GetParameters", "names": ["/a"], "ms": 40.0 });
        let attempt = |start, end, is_throttled| AttemptBar {
            start,
            end,
            is_throttled,
        };
        let call = CallLane {
            report: report.clone(),
            start: 20.0,
            attempts: vec![attempt(21.0, 21.0, true), attempt(50.0, 59.0, false)],
        };
        let timeline = Timeline {
            main: 5.0,
            calls: vec![call],
            loaded: 61.0,
            ready: 62.0,
            answered: 100.0 / 1.01,
            report: json!({ "ms": 41.0, "calls": [report], "fields": [] }),
        };
        let svg = draw_timeline(&timeline);
        let bar = |class: &str, x: &str, width: &str| {
            let bar = format!("class=\"{class}\" x=\"{x}\" y=\"148.0\" width=\"{width}\"");
            assert!(svg.contains(&bar), "{bar}: {svg}");
        };
        // A millisecond has 3.36 pixels, and 0 ms is at 12.
        bar("wait", "79.2", "134.4");
        bar("throttled", "82.6", "2.5");
        bar("attempt", "180.0", "30.2");
        assert!(svg.contains("GetParameters, 1 name: 40.0 ms"), "{svg}");
    }
}
