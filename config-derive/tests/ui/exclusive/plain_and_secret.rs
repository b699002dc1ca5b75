use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/{field}")]
struct Config {
    #[config(plain, secret)]
    both: String,
    #[config(secret, plain)]
    both_again: String,
    #[config(plain = true)]
    with_a_value: String,
    #[config(plain, nested)]
    nested: Mail,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Mail {
    host: String,
}

fn main() {}
