use stage_config::StageConfig;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::num::NonZeroU16;
use std::time::Duration;

type Wait = Option<Duration>;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    #[config(default = "70000")]
    port: u16,
    #[config(default = "0")]
    workers: NonZeroU16,
    #[config(default = "8_080")]
    limit: i32,
    #[config(default = "5M")]
    timeout: Duration,
    #[config(default = "30")]
    wait: Wait,
    #[config(default = "yes")]
    enabled: bool,
    #[config(default = "inf")]
    rate: f64,
    #[config(default = ":80")]
    listen: SocketAddr,
    #[config(default = "localhost")]
    host: IpAddr,
    #[config(default = "3s, 5")]
    pauses: Vec<Duration>,
    #[config(default = "1,2,3")]
    pair: (u8, u8),
    #[config(default = "a=b")]
    labels: HashMap<String, String>,
}

fn main() {}
