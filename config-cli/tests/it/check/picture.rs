//! The picture in the guide that shows the table of `cargo stage check`: the output at a terminal,
//! as an SVG file.

use anstyle::{AnsiColor, RgbColor};
use anstyle_svg::{Palette, Term, WIN10_CONSOLE};
use expect_test::expect_file;

use crate::prompt::{start_terminal, wait_for_end};
use crate::support::endpoint::{Endpoint, Parameter, Parameters, Secrets};
use crate::support::package::Package;
use crate::support::{artifact, payments, scripted_cargo};

const ARGUMENTS: [&str; 3] = ["check", "--stage", "prod"];

/// The columns of the terminal. A wider picture is too small to read on a phone.
const COLUMNS: usize = 58;

const MADE_BY: &str =
    "Made by: UPDATE_EXPECT=1 cargo test --workspace --all-features --test it -- check::picture";

/// Colours that are readable on the dark background.
const PALETTE: Palette = {
    let mut palette = WIN10_CONSOLE;
    palette.0[AnsiColor::Red as usize] = RgbColor(0xff, 0x7b, 0x72);
    palette.0[AnsiColor::Green as usize] = RgbColor(0x3f, 0xcf, 0x9f);
    palette.0[AnsiColor::Yellow as usize] = RgbColor(0xf0, 0xc8, 0x08);
    palette
};

const LABEL: &str = "The output of cargo stage check";

/// `UPDATE_EXPECT=1` writes the file.
#[test]
fn the_picture_in_the_guide_shows_the_real_output() {
    let svg = render(&run_at_terminal());
    expect_file!["../../../../docs/pictures/check.svg"].assert_eq(&svg);
}

/// Checks a stage that lacks two values, and returns the output with its colours.
fn run_at_terminal() -> String {
    let parameters = Parameters::texts([("/payments/prod/table_name", "payments-prod")])
        .with("/stripeSecretKey/live", Parameter::secure("sk_test_1"));
    let endpoint = Endpoint::start_with(parameters, Secrets::default());

    let package = Package::new("[workspace]\nmembers = [\"payments\"]\n");
    package.write("payments/Cargo.toml", "[package]\nname = \"payments\"\n");
    let program = artifact::build_elf(&[&payments::RECORD]);
    scripted_cargo::install(
        &package,
        &["payments"],
        &[("payments", "payments", program)],
    );
    let mut command = package.verb_command(&ARGUMENTS);
    command
        .current_dir(package.path().join("payments"))
        .env("CARGO", scripted_cargo::path(&package))
        .env("AWS_ENDPOINT_URL", &endpoint.url)
        .env("CARGO_TERM_COLOR", "always");
    let script = format!("stty cols {COLUMNS} rows 40 && exec \"$@\"");
    let (screen, code) = wait_for_end(start_terminal(&script, &command));
    assert_eq!(code, 1, "{screen}");

    // On a slow machine, the command prints a progress line before a line of the output, and erases
    // the progress line.
    let lines = screen
        .lines()
        .filter_map(|line| line.rsplit("\u{1b}[K").next());
    let lines: Vec<&str> = lines.map(str::trim_end).collect();
    format!(
        "$ cargo stage {}\n{}",
        ARGUMENTS.join(" "),
        lines.join("\n")
    )
}

/// Draws the output as a terminal with a dark background, even if the page is light.
fn render(output: &str) -> String {
    let svg = Term::new()
        .palette(PALETTE)
        .bg_color(RgbColor(0x0d, 0x11, 0x17).into())
        .fg_color(RgbColor(0xe6, 0xed, 0xf3).into())
        .min_width_px(0)
        .render_svg(output);
    let (root, content) = svg.split_once('>').expect("an SVG has a root");
    format!(
        "{root} role=\"img\" aria-label=\"{LABEL}\">\n  <metadata>{MADE_BY}</metadata>{content}"
    )
    // With the opacity that `anstyle-svg` sets for dimmed text, this text is too dark to read.
    .replace(".dimmed { opacity: 0.4; }", ".dimmed { opacity: 0.7; }")
}
