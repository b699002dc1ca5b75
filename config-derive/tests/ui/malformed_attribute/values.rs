use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
#[config(app = 5, preview = "pr-*", account(prod), schemes(), crate = "a-b", validate, refresh)]
struct Config {
    #[config(default = , secret(yes), with = module, rename)]
    table: String,
}

fn main() {}
