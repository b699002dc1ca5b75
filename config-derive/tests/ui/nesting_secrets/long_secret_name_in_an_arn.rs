use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "secret:arn:aws:secretsmanager:eu-west-1:111122223333:secret:ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp/{field}")]
struct Config {
    #[config(nested)]
    mail: Mail,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Mail {
    #[config(nested)]
    server: Server,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Server {
    host: String,
}

fn main() {}
