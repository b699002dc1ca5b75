use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/{field}", prod)]
struct Config {
    // `{field}` begins in `Db`: the 15th level is `host`.
    #[config(nested)]
    #[stage(all = "/1/2/3/4/5/6/7/8/9/10/11/12/13/14/{field}")]
    users: Db,

    // `{field}` is `pool/size` in `Server`.
    #[config(nested)]
    #[stage(dev = "/a/{field}", prod = "/1/2/3/4/5/6/7/8/9/10/11/12/13/{stage}/{field}")]
    orders: Server,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Db {
    host: String,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Server {
    host: String,
    #[config(nested)]
    pool: Pool,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Pool {
    size: u16,
}

fn main() {}
