use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev, prod)]
struct Alone {
    table: String,
    other: Option<String>,
}

#[derive(StageConfig)]
#[stage(dev = "/a/{field}", prod)]
struct AmongTemplates {
    table: String,
    queue: u16,
    #[stage(dev, prod = "/b")]
    own: String,
    optional: Option<String>,
    #[config(default)]
    default: String,
}

#[derive(StageConfig)]
#[stage(dev = "/a/{field}", fallback)]
#[config(preview("pr-*"))]
struct Fallback {
    table: String,
}

#[derive(StageConfig)]
#[stage(dev, prod, all = "/a/{stage}/{field}")]
#[config(preview("pr-*"))]
struct PreviewByAll {
    table: String,
    #[stage(dev = "/b", prod = "/c")]
    own: String,
}

fn main() {}
