use stage_config::StageConfig;

#[derive(StageConfig)]
#[config(inherit)]
struct Mail {
    host: String,
}

async fn load() {
    let _ = Mail::load().await;
}

fn main() {}
