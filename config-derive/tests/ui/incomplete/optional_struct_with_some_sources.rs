use stage_config::StageConfig;

#[derive(StageConfig)]
#[stage(dev = "/a/{field}", prod)]
struct ByAnInnerStruct {
    #[stage(dev, prod = "/table")]
    table: String,
    #[config(nested)]
    outer: Option<Outer>,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Outer {
    name: String,
    #[config(nested)]
    inner: Inner,
}

#[derive(StageConfig)]
#[stage(all = "/inner/{stage}/{field}", dev, prod)]
struct Inner {
    host: String,
}

#[derive(StageConfig)]
#[stage(dev = "/a/{field}", prod)]
struct ByItsOwnField {
    #[stage(dev, prod = "/table")]
    table: String,
    #[config(nested)]
    queue: Option<Queue>,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Queue {
    #[stage(dev, prod = "/queue")]
    name: String,
    #[config(nested)]
    deep: Deep,
}

#[derive(StageConfig)]
#[config(inherit)]
struct Deep {
    host: String,
}

fn main() {}
