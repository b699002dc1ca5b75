//! Defaults of bytes: base64, with or without padding and white space, or an expression.

use stage_config::StageConfig;
use std::sync::Arc;

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    #[config(default = "+/8=")]
    padded: Vec<u8>,
    #[config(default = "+/8")]
    unpadded: Arc<[u8]>,
    #[config(default = "AQID\n")]
    with_line_end: [u8; 3],
    #[config(default = "AQ\nID")]
    lines: Option<Box<[u8]>>,
    #[config(default = "")]
    empty: Vec<u8>,
    #[config(default = "AQID, BA==")]
    list: Vec<Vec<u8>>,
    #[config(default = "AQID,AQ")]
    pair: ([u8; 3], Vec<u8>),
    #[config(default = [1, 2])]
    expression: [u8; 2],
}

fn main() {
    let config = Config::for_tests().build();
    let config = config.expect("the decoder reads what the compiler accepts");
    assert_eq!(config.padded, [251, 255]);
    assert_eq!(*config.unpadded, [251, 255]);
    assert_eq!(config.with_line_end, [1, 2, 3]);
    assert_eq!(config.lines.as_deref(), Some(&[1, 2, 3][..]));
    assert_eq!(config.empty, [0; 0]);
    assert_eq!(config.list, [&[1, 2, 3][..], &[4]]);
    assert_eq!(config.pair, ([1, 2, 3], vec![1]));
    assert_eq!(config.expression, [1, 2]);
}
