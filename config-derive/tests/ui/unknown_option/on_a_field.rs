use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    #[config(defualt = 3, colour(red, green), vaildate = a::b::<C, D>)]
    table: String,
}

fn main() {}
