use stage_config::StageConfig;
use std::str::FromStr;
use std::time::Duration;

struct Even(u32);

impl FromStr for Even {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let number = text.parse().map_err(|_| "expected a number")?;
        (number % 2 == 0).then_some(Self(number)).ok_or("expected an even number")
    }
}

#[derive(StageConfig)]
#[stage(dev = ["/a/dev/{field}", "value:10"], prod = "/a/prod/{field}", fallback = "/a/{stage}/{field}")]
struct Config {
    #[stage(dev = "value:five", prod = "value:5", fallback)]
    workers: u8,
    #[stage(dev = ["/a/dev/wait", "value:30"], prod, fallback)]
    wait: Option<Duration>,
    #[stage(dev = "value:3s", prod = "value:1m", fallback = "value:ten")]
    pause: Duration,
    // The template of `dev` does not fit this type.
    enabled: bool,
    // Only the program knows what `from_str` reads.
    #[stage(dev = "value:odd", prod, fallback)]
    #[config(from_str)]
    even: Even,
}

fn main() {}
