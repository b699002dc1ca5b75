//! Tries the parsers of the decoder on a text of the source code. `assert_literal_text` in
//! `stage-config-core` compares the result with the type of the field, which only the compiler
//! knows.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::str::FromStr;

use stage_config_grammar::bytes::{Base64Error, decode_base64};
use stage_config_grammar::duration::{describe_mistake, parse_duration};
use stage_config_grammar::white_space::trim;

/// A text, and the names of the forms that it has, such as `bool` for the text `true`. The derive
/// emits it as a `LiteralText` of `stage-config-core`, which has the same fields.
pub(crate) struct LiteralTextModel {
    pub(crate) text: String,
    pub(crate) forms: Vec<&'static str>,
    /// The number of bytes, if the text is base64.
    pub(crate) bytes: Option<usize>,
    pub(crate) hints: Vec<(&'static str, String)>,
    pub(crate) items: Vec<LiteralTextModel>,
}

impl LiteralTextModel {
    pub(crate) fn new(text: &str) -> Self {
        let trimmed = trim(text);
        // The decoder reads the text of a list as JSON only if it begins with one of these
        // characters.
        let may_be_json = trimmed.starts_with(['[', '"']);
        let items = if !may_be_json && trimmed.contains(',') {
            trimmed.split(',').map(Self::new).collect()
        } else {
            Vec::new()
        };
        let forms: Vec<_> = find_forms(text, trimmed).collect();
        let hints = find_hints(trimmed)
            .into_iter()
            .filter(|(form, _)| !forms.contains(form))
            .collect();
        Self {
            text: trimmed.to_owned(),
            forms,
            bytes: decode_base64(trimmed).ok().map(|bytes| bytes.len()),
            hints,
            items,
        }
    }
}

fn find_forms(text: &str, trimmed: &str) -> impl Iterator<Item = &'static str> {
    let is = |name, has_form: bool| has_form.then_some(name);
    [
        is("float", trimmed.parse().is_ok_and(f64::is_finite)),
        is("float32", trimmed.parse().is_ok_and(f32::is_finite)),
        is("bool", parses::<bool>(trimmed)),
        is("char", parses::<char>(text) || parses::<char>(trimmed)),
        is("duration", parse_duration(trimmed).is_ok()),
        is("object", trimmed.starts_with('{')),
        is("ip_addr", parses::<IpAddr>(trimmed)),
        is("ipv4_addr", parses::<Ipv4Addr>(trimmed)),
        is("ipv6_addr", parses::<Ipv6Addr>(trimmed)),
        is("socket_addr", parses::<SocketAddr>(trimmed)),
        is("socket_addr_v4", parses::<SocketAddrV4>(trimmed)),
        is("socket_addr_v6", parses::<SocketAddrV6>(trimmed)),
    ]
    .into_iter()
    .flatten()
}

fn parses<T: FromStr>(text: &str) -> bool {
    text.parse::<T>().is_ok()
}

/// Returns a hint for each form that the text was probably meant to have.
fn find_hints(text: &str) -> Vec<(&'static str, String)> {
    let mean = |right: &dyn std::fmt::Display| format!("did you mean `{right}`?");
    let mut hints = Vec::new();

    let flag = match text.to_lowercase().as_str() {
        "true" | "yes" | "on" | "1" => Some("true"),
        "false" | "no" | "off" | "0" => Some("false"),
        _ => None,
    };
    hints.extend(flag.map(|right| ("bool", mean(&right))));

    let integer = match text.strip_prefix("0x") {
        Some(digits) => i128::from_str_radix(digits, 16).ok(),
        None => text.replace('_', "").parse().ok(),
    };
    if let Some(number) = integer.filter(|number| number.to_string() != text) {
        hints.push(("integer", mean(&number)));
    }

    if parses::<u64>(text) {
        hints.push(("duration", mean(&format_args!("{text}s"))));
    } else if text.starts_with(|c: char| c.is_ascii_digit()) && text.contains(char::is_alphabetic) {
        hints.push(("duration", describe_mistake(text)));
    }

    if decode_base64(text) == Err(Base64Error::UrlAlphabet) {
        let right = text.replace('-', "+").replace('_', "/");
        hints.push((
            "base64",
            format!("the text is base64 in the URL alphabet: {}", mean(&right)),
        ));
    }

    let host = ["localhost:", ":"]
        .iter()
        .zip(["127.0.0.1", "0.0.0.0"])
        .find_map(|(start, ip)| Some((ip, text.strip_prefix(start)?)));
    if let Some((ip, port)) = host.filter(|(_, port)| parses::<u16>(port)) {
        for form in ["socket_addr", "socket_addr_v4"] {
            hints.push((form, mean(&format_args!("{ip}:{port}"))));
        }
    }
    hints
}
