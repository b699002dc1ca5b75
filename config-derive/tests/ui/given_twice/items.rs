use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/{field}", fallback = "/b/{field}")]
#[config(preview("pr-*", "pr-*"), schemes("vault", "vault"), account(dev = "111122223333", dev = "111122223333"))]
struct Config {
    table: String,
}

fn main() {}
