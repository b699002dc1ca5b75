//! Files that have neither the format of a sealed file nor that of a key pair.

use super::*;

#[tokio::test]
async fn an_error_names_the_malformed_file() {
    let repository = Repository::new();
    for (name, path) in [("a", "sealed/prod/a"), (KEY_FILE, "sealed/prod/stage.key")] {
        let mut files = repository
            .create_files("shop", "prod", &[("a", b"1")])
            .await;
        let file = files.iter_mut().find(|file| file.name == name);
        file.expect("the file exists").text = "cut off";
        let plan = plan(schema("shop", &["sealed:a"], files), "prod");
        let (outcomes, _) = repository.load(&[plan]).await;
        let (kind, detail) = expect_failed(&outcomes["sealed:a"]);
        assert_eq!(kind, FailureKind::Undecodable);
        assert!(detail.starts_with(&format!("{path}: ")), "{detail}");
    }
}
