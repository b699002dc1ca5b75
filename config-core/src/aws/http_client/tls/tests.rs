//! The root certificates that the client trusts. The tests pass the variables as arguments, so the
//! tests need no separate process.

use super::*;
use crate::outcome::Outcome;
use std::{ffi::OsString, fs, path::Path};
use tempfile::TempDir;

/// Amazon Root CA 3, a public certificate.
const ROOT: &str = "-----BEGIN CERTIFICATE-----
MIIBtjCCAVugAwIBAgITBmyf1XSXNmY/Owua2eiedgPySjAKBggqhkjOPQQDAjA5
MQswCQYDVQQGEwJVUzEPMA0GA1UEChMGQW1hem9uMRkwFwYDVQQDExBBbWF6b24g
Um9vdCBDQSAzMB4XDTE1MDUyNjAwMDAwMFoXDTQwMDUyNjAwMDAwMFowOTELMAkG
A1UEBhMCVVMxDzANBgNVBAoTBkFtYXpvbjEZMBcGA1UEAxMQQW1hem9uIFJvb3Qg
Q0EgMzBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABCmXp8ZBf8ANm+gBG1bG8lKl
ui2yEujSLtf6ycXYqm0fc4E7O5hrOXwzpcVOho6AF2hiRVd9RFgdszflZwjrZt6j
QjBAMA8GA1UdEwEB/wQFMAMBAf8wDgYDVR0PAQH/BAQDAgGGMB0GA1UdDgQWBBSr
ttvXBp43rDCGB5Fwx5zEGbF4wDAKBggqhkjOPQQDAgNJADBGAiEA4IWSoxe3jfkr
BqWTrBqYaGFy+uGh0PsceGCmQ5nFuMQCIQCcAu/xlJyzlvnrxir4tiz+OpAUFteM
YyRIHN8wfdVoOw==
-----END CERTIFICATE-----
";

/// A variable with the path of a file or a folder.
type Variable<'a> = (&'a str, &'a Path);

fn load(variables: &[Variable<'_>], has_native_roots: bool) -> Result<RootCertStore, Failed> {
    let read = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, path)| OsString::from(path))
    };
    load_roots(&read, has_native_roots)
}

#[track_caller]
fn assert_count(variables: &[Variable<'_>], count: usize) {
    let roots = load(variables, false).expect("the roots can be used");
    assert_eq!(roots.len(), count, "{variables:?}");
}

/// Creates a folder with these files.
fn create_folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().expect("a folder can be created");
    for (name, content) in files {
        fs::write(folder.path().join(name), content).expect("the file can be written");
    }
    folder
}

#[test]
fn without_a_variable_the_compiled_in_roots_are_trusted() {
    assert_count(&[], TLS_SERVER_ROOTS.len());
    let blank = Path::new(" ");
    for name in [BUNDLE, FILE, FOLDERS] {
        assert_count(&[(name, blank)], TLS_SERVER_ROOTS.len());
    }
}

/// The roots of AWS, from <https://www.amazontrust.com/repository/>.
#[test]
fn the_compiled_in_roots_contain_those_of_aws() {
    for name in [
        "Amazon Root CA 1",
        "Amazon Root CA 2",
        "Amazon Root CA 3",
        "Amazon Root CA 4",
        "Starfield Services Root Certificate Authority - G2",
    ] {
        let has_name = |subject: &[u8]| {
            subject
                .windows(name.len())
                .any(|part| part == name.as_bytes())
        };
        assert!(
            TLS_SERVER_ROOTS.iter().any(|root| has_name(&root.subject)),
            "{name}"
        );
    }
}

#[test]
fn a_variable_replaces_the_compiled_in_roots() {
    let folder = create_folder(&[("root.pem", ROOT), ("note.txt", "not a certificate")]);
    let (file, folder) = (folder.path().join("root.pem"), folder.path());
    assert_count(&[(BUNDLE, &file)], 1);
    assert_count(&[(FILE, &file)], 1);
    assert_count(&[(FOLDERS, folder)], 1);

    let other = create_folder(&[]);
    let list = std::env::join_paths([other.path(), folder]).expect("no path has a separator");
    assert_count(&[(FOLDERS, Path::new(&list))], 1);
}

#[test]
fn the_variable_of_aws_takes_precedence() {
    let folder = create_folder(&[("root.pem", ROOT)]);
    let (file, missing) = (folder.path().join("root.pem"), Path::new("/no/such/file"));
    assert_count(&[(FILE, missing), (BUNDLE, &file)], 1);
    let folders = (FOLDERS, missing);
    assert_count(&[folders, (FILE, &file)], 1);
    let failed = load(&[folders, (FILE, missing)], false).unwrap_err();
    let problem = "SSL_CERT_FILE names /no/such/file and SSL_CERT_DIR names /no/such/file, which \
                   cannot be read: ";
    assert!(failed.detail.starts_with(problem), "{}", failed.detail);
}

#[test]
fn a_variable_without_a_usable_root_is_an_error_that_names_it() {
    let folder = create_folder(&[("empty.pem", "no certificate")]);
    let empty = folder.path().join("empty.pem");
    for name in [BUNDLE, FILE, FOLDERS] {
        for has_native_roots in [false, true] {
            let no_path = Path::new("/no/such/path");
            let failed = load(&[(name, no_path)], has_native_roots).unwrap_err();
            let problem = format!("{name} names /no/such/path, which cannot be read: ");
            assert!(failed.detail.starts_with(&problem), "{}", failed.detail);
            assert!(!Outcome::Failed(failed).is_transient(), "{name}");
        }

        let path = if name == FOLDERS {
            folder.path()
        } else {
            &empty
        };
        let failed = load(&[(name, path)], false).unwrap_err();
        let problem = format!(
            "{name} names {}, which contains no certificate",
            path.display()
        );
        assert_eq!(failed.detail, problem);
    }
}

#[test]
fn a_blank_variable_does_not_silently_replace_the_roots_of_the_machine() {
    for (name, blank) in [(FILE, ""), (FILE, " "), (FOLDERS, " ")] {
        let failed = load(&[(name, Path::new(blank))], true).unwrap_err();
        assert_eq!(failed.detail, format!("{name} is empty"));
    }
}

#[test]
fn a_root_in_the_file_and_in_a_folder_is_parsed_once() {
    let folder = create_folder(&[("root.pem", ROOT)]);
    let copy = create_folder(&[("copy.pem", ROOT)]);
    let file = folder.path().join("root.pem");
    let variables = [(FILE, file.as_path()), (FOLDERS, copy.path())];
    assert_count(&variables, 1);
    let read = |name: &str| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, path)| path.as_os_str())
    };
    assert_eq!(load_openssl_roots(read(FILE), read(FOLDERS)).certs.len(), 1);
}

#[test]
fn a_damaged_root_is_not_reported_as_missing() {
    let damaged = ROOT.replace("MIIBtjCCAVugAwIBAgIT", "AAAA");
    let folder = create_folder(&[("root.pem", &damaged)]);
    let file = folder.path().join("root.pem");
    let failed = load(&[(BUNDLE, &file)], false).unwrap_err();
    let problem = "contains no certificate that can be used";
    assert!(failed.detail.ends_with(problem), "{}", failed.detail);
}

#[test]
fn the_usable_roots_of_a_bundle_are_trusted() {
    let broken = ROOT.replacen("MIIBtjCCAVug", "MIIBtjCCAVuh", 1);
    let folder = create_folder(&[("bundle.pem", &format!("{broken}{ROOT}"))]);
    assert_count(&[(BUNDLE, &folder.path().join("bundle.pem"))], 1);
}
