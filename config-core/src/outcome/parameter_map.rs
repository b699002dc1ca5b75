//! The parameters of a path as one text: a JSON object. So the map is decoded, exported, compared
//! and put into a snapshot like the JSON of a single parameter.

use super::is_json_container;
use crate::byte_counter::ByteCounter;
use stage_config_grammar::white_space::trim;
use std::{
    collections::BTreeMap,
    io::{self, Write},
};
use zeroize::Zeroizing;

/// The values of the parameters of a path. The key is the part of the name after the path.
pub(crate) type ParameterMap = BTreeMap<String, Zeroizing<String>>;

/// Writes the parameters as a JSON object. A parameter whose text is a JSON object is written as
/// this object, so that it decodes to a struct. The text of any other parameter is written as a
/// JSON string. Returns `None` if the text cannot be written.
pub(crate) fn write_parameter_map(parameters: &ParameterMap) -> Option<Zeroizing<String>> {
    write_twice(|writer| write_object(writer, parameters))
}

/// Returns the text of a StringList as a value of the map. A field that is a list splits a
/// StringList at its commas. In the map, a text that looks like JSON would not be split, so such a
/// text becomes a JSON array of the items.
pub(crate) fn write_string_list(text: Zeroizing<String>) -> Option<Zeroizing<String>> {
    if !trim(&text).starts_with(['[', '"', '{']) {
        return Some(text);
    }
    let items: Vec<&str> = text.split(',').map(str::trim).collect();
    write_twice(|writer| Ok(serde_json::to_writer(writer, &items)?))
}

/// Writes a text twice: first to count its length, because a growing buffer leaves copies in
/// memory. Returns `None` if a write fails.
fn write_twice(write: impl Fn(&mut dyn Write) -> io::Result<()>) -> Option<Zeroizing<String>> {
    let mut length = ByteCounter(0);
    write(&mut length).ok()?;
    let mut text = Zeroizing::new(Vec::with_capacity(length.0));
    write(&mut *text).ok()?;
    String::from_utf8(std::mem::take(&mut *text))
        .map(Zeroizing::new)
        .ok()
}

fn write_object(mut writer: &mut dyn Write, parameters: &ParameterMap) -> io::Result<()> {
    for (index, (name, value)) in parameters.iter().enumerate() {
        writer.write_all(if index == 0 { b"{" } else { b"," })?;
        serde_json::to_writer(&mut writer, name)?;
        writer.write_all(b":")?;
        match trim(value) {
            object if object.starts_with('{') && is_json_container(object) => {
                writer.write_all(object.as_bytes())?;
            }
            _ => serde_json::to_writer(&mut writer, value.as_str())?,
        }
    }
    writer.write_all(if parameters.is_empty() { b"{}" } else { b"}" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(parameters: &[(&str, &str)]) -> String {
        let parameters = parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Zeroizing::new((*value).to_owned())))
            .collect();
        write_parameter_map(&parameters).unwrap().to_string()
    }

    #[test]
    fn every_value_is_a_string_or_an_object() {
        for (value, expected) in [
            ("5", r#"{"a/b":"5"}"#),
            ("", r#"{"a/b":""}"#),
            ("null", r#"{"a/b":"null"}"#),
            ("x,y", r#"{"a/b":"x,y"}"#),
            ("[1]", r#"{"a/b":"[1]"}"#),
            ("say \"hi\"\n", r#"{"a/b":"say \"hi\"\n"}"#),
            (" {\"c\": 1}\n", r#"{"a/b":{"c": 1}}"#),
            ("{\"c\": 1", r#"{"a/b":"{\"c\": 1"}"#),
            ("{{x}}", r#"{"a/b":"{{x}}"}"#),
        ] {
            assert_eq!(write(&[("a/b", value)]), expected, "{value:?}");
        }
    }

    #[test]
    fn a_list_that_looks_like_json_becomes_a_json_array() {
        let write = |text: &str| write_string_list(Zeroizing::new(text.to_owned())).unwrap();
        assert_eq!(*write("a, b"), "a, b");
        assert_eq!(*write("[::1]:80, [::2]:80"), r#"["[::1]:80","[::2]:80"]"#);
        assert_eq!(*write("\"a\",{b}"), r#"["\"a\"","{b}"]"#);
    }

    #[test]
    fn the_entries_are_in_the_order_of_their_names() {
        assert_eq!(
            write(&[("b", "2"), ("a", "1"), ("a.b", "3")]),
            r#"{"a":"1","a.b":"3","b":"2"}"#
        );
        assert_eq!(write(&[]), "{}");
    }

    #[test]
    fn the_text_is_written_into_memory_of_its_final_size() {
        let parameters = [("a".to_owned(), Zeroizing::new("\u{1}é\"".repeat(1000)))].into();
        let text = write_parameter_map(&parameters).unwrap();
        assert_eq!(text.len(), text.capacity());
    }
}
