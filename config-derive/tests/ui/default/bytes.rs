use stage_config::StageConfig;

type Key = [u8; 32];

#[derive(StageConfig)]
#[stage(dev = "/a/dev/{field}", prod = "/a/prod/{field}")]
struct Config {
    #[config(default = "salt & pepper")]
    salt: Vec<u8>,
    #[config(default = "-_8=\n")]
    url_alphabet: Vec<u8>,
    #[config(default = "AQID")]
    short: [u8; 4],
    // 32 bytes in hexadecimal digits.
    #[config(default = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")]
    hexadecimal: Option<Key>,
    #[config(default = "1, 2, 3")]
    numbers: Box<[u8]>,
    #[config(default = "")]
    empty: [u8; 2],
    #[config(default = "AQID, __8=")]
    list: Vec<Vec<u8>>,
    #[config(default = "AQID, AQ==")]
    pair: ([u8; 3], [u8; 3]),
}

fn main() {}
