use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage("/a/{field}")]
struct Template {
    table: String,
}

#[derive(StageConfig)]
#[stage(dev = "/a/{field}")]
struct Fields {
    #[stage("/a/table")]
    table: String,
    #[stage("env:TABLE")]
    variable: String,
    #[stage(["/a/one", "/a/two"])]
    chain: String,
    #[stage("/a/table" = "dev")]
    swapped: String,
    #[stage("secret:db#password", dev = "/b")]
    and_one_more: String,
}

fn main() {}
