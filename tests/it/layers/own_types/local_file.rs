//! The program's own types in a local file.

use super::*;

#[tokio::test]
async fn a_value_of_a_local_file_keeps_its_spelling_if_a_type_of_the_program_expects_a_text() {
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    let text = "[dev]\ntoken = 0x10\nuser = { s = 0x10 }\nusers = [{ s = 1_0 }]\ntokens = [1.10, \
                +5]\ntoken_by_name = { a = 2024-05-01 }\ntuple = [1e3, 0x1F]\nport = \
                0x10\nuntagged = 0x10\n\"/layers/dev/pair\" = [true, 1_0]\n\"/layers/dev/choice\" \
                = { User = { s = 1.10 } }\n";
    std::fs::write(file.path(), text).expect("the file can be written");
    let config = expect_config(
        Config::loader()
            .stage("dev")
            .local(file.path())
            .resolve()
            .await,
    );
    let token = |text: &str| Token(text.to_owned());
    let user = |text: &str| User { s: text.to_owned() };
    assert_eq!(
        (config.token, config.user),
        (Some(token("0x10")), Some(user("0x10")))
    );
    assert_eq!(
        (config.users, config.tokens),
        (
            Some(vec![user("1_0")]),
            Some(vec![token("1.10"), token("+5")])
        )
    );
    assert_eq!(
        config.token_by_name,
        Some(BTreeMap::from([("a".to_owned(), token("2024-05-01"))]))
    );
    assert_eq!(
        (config.tuple, config.port),
        (Some((token("1e3"), Port(31))), Some(Port(16)))
    );
    assert_eq!(config.untagged, Some(Untagged::Number(16.0)));
    assert_eq!(config.pair, Some(Pair("true".to_owned(), 10)));
    assert_eq!(
        config.choice,
        Some(Choice::User {
            s: "1.10".to_owned()
        })
    );
}
