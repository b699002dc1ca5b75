use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev, prod)]
struct Config {
    // The name of the secret has 512 characters; the key does not count.
    #[config(nested)]
    #[stage(all = "secret:pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp#{field}")]
    users: Server,

    #[config(nested)]
    #[stage(dev = "/a/dev/{field}", prod = "secret:ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp/{field}")]
    orders: Server,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Server {
    #[config(nested)]
    pool: Pool,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Pool {
    size: u16,
}

fn main() {}
