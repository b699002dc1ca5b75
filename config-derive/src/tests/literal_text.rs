//! The check of a literal text at compile time agrees with the decoder, or at least refuses no text
//! that the decoder accepts.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num::{NonZeroI8, NonZeroU16};
use std::panic::catch_unwind;
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::select;
use stage_config::__private::{KnownType, LiteralText, StoredValue, assert_literal_text};

use crate::expander::literal_text::LiteralTextModel;

const TEXTS: &[&str] = &[
    "",
    " ",
    "0",
    "-0",
    "+5",
    " 7\n",
    "255",
    "256",
    "-128",
    "-129",
    "1_000",
    "0x10",
    "1.5",
    "1e39",
    "1e400",
    "nan",
    "inf",
    "true",
    "True",
    "é",
    "ab",
    "a,b",
    "1,2",
    "1,,2",
    "1,x",
    "[1,2]",
    "[\"a\"]",
    "[x",
    "\"x\"",
    "{}",
    "{\"a\":1}",
    "{\"1\":\"3s\"}",
    "30",
    "3s",
    "5M",
    "1h 30m",
    "3s,5m",
    "1 year",
    "127.0.0.1",
    "::1",
    "127.0.0.1:80",
    "[::1]:80",
    "localhost:80",
    "127.0.0.1,::1",
    "256.0.0.1",
    "\u{feff}1",
    "AQ==",
    "AQ",
    "AQI=\n",
    "AQID",
    " \u{feff}AQID",
    "\u{a0}AQ\r\nID",
    "AQID\n,AQ==",
    "AR==",
    "A===",
    "-_8=",
    "+/8=",
    "+_8=",
    "170141183460469231731687303715884105728",
    "340282366920938463463374607431768211455",
    "340282366920938463463374607431768211456",
    "-170141183460469231731687303715884105728",
];

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => select(TEXTS).prop_map(str::to_owned),
        1 => "[-+0-9a-z:.,_ \\[\\]{}\"]{0,8}",
        1 => any::<String>(),
    ]
}

fn leak(model: &LiteralTextModel) -> LiteralText {
    let text = |text: &str| -> &'static str { Box::leak(text.to_owned().into_boxed_str()) };
    let hints: Vec<_> = model
        .hints
        .iter()
        .map(|(form, hint)| (*form, text(hint)))
        .collect();
    LiteralText {
        text: text(&model.text),
        forms: model.forms.clone().leak(),
        bytes: model.bytes,
        hints: hints.leak(),
        items: model.items.iter().map(leak).collect::<Vec<_>>().leak(),
    }
}

/// Returns whether the compiler accepts a text, and whether the decoder does.
fn try_both<T: KnownType>(text: &str) -> (bool, bool) {
    let literal = leak(&LiteralTextModel::new(text));
    let compiles = catch_unwind(move || assert_literal_text("field", T::KIND, &literal)).is_ok();
    (compiles, T::read(StoredValue::from_text(text)).is_ok())
}

macro_rules! assert_agree {
    ($text:expr; $($type:ty),+) => {$(
        let (compiles, decodes) = try_both::<$type>($text);
        prop_assert_eq!(compiles, decodes, "{}: {:?}", stringify!($type), $text);
    )+};
}

macro_rules! assert_no_valid_text_refused {
    ($text:expr; $($type:ty),+) => {$(
        let (compiles, decodes) = try_both::<$type>($text);
        prop_assert!(compiles || !decodes, "{}: {:?}", stringify!($type), $text);
    )+};
}

proptest! {
    /// For these types, the compiler accepts exactly the texts that the decoder accepts.
    #[test]
    fn the_check_of_a_single_value_agrees_with_the_decoder(text in any_text()) {
        assert_agree!(&text; u8, u16, i8, i64, u128, i128, NonZeroI8, NonZeroU16, f32, f64, bool, char, String);
        assert_agree!(&text; Vec<u8>, Box<[u8]>, [u8; 0], [u8; 2], [u8; 3], Option<Vec<u8>>);
        assert_agree!(&text; Duration, IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6);
    }

    /// For these types, the compiler refuses no text that the decoder accepts. It may accept JSON
    /// that the decoder refuses.
    #[test]
    fn the_check_of_other_types_refuses_no_valid_text(text in any_text()) {
        assert_no_valid_text_refused!(&text; Vec<u16>, Vec<String>, Vec<Option<u8>>, Vec<Duration>, BTreeSet<IpAddr>, [u16; 2], (String, Duration));
        assert_no_valid_text_refused!(&text; Vec<Vec<u8>>, (String, [u8; 3]), HashMap<String, u8>, BTreeMap<u8, Duration>, Vec<Vec<u16>>, Option<u16>, Box<u16>);
        if !text.contains(['[', '"', '{']) {
            assert_agree!(&text; Vec<u16>, Vec<Duration>, BTreeSet<IpAddr>, [u16; 2], (String, Duration));
            assert_agree!(&text; Vec<Vec<u8>>, Vec<[u8; 3]>, BTreeSet<Vec<u8>>, (Vec<u8>, [u8; 1]));
        }
    }
}
