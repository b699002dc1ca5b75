//! The paths of snapshots, and the placeholder for a snapshot that is not written yet.

/// The first line of a placeholder. The placeholder is the content of a snapshot's file until the
/// first snapshot is written.
pub const PLACEHOLDER_HEADER: &str = "-----EMPTY STAGE-CONFIG SNAPSHOT-----";

/// The default path of snapshots.
pub const DEFAULT_PATH: &str = "sealed/{stage}.snapshot";

const STAGE_PLACEHOLDER: &str = "{stage}";
/// The maximum length of a path. It is enough for a path inside a package, and below the limit of
/// every system.
const MAX_PATH_LENGTH: usize = 256;

/// Returns whether the text of a snapshot's file is a placeholder, and not a snapshot.
#[must_use]
pub fn is_placeholder(text: &str) -> bool {
    text.starts_with(PLACEHOLDER_HEADER)
}

/// Returns the text of the placeholder for the snapshot of a stage.
#[must_use]
pub fn new_placeholder(stage: &str) -> String {
    format!("{PLACEHOLDER_HEADER}\nWrite it: cargo stage snapshot --stage {stage}\n")
}

/// Returns the path of a stage's snapshot, relative to the package's root.
#[must_use]
pub fn resolve_path(template: &str, stage: &str) -> String {
    template.replace(STAGE_PLACEHOLDER, stage)
}

/// Returns the command that writes the placeholder of a stage.
#[must_use]
pub fn placeholder_command(template: &str, stage: &str) -> String {
    let file = if template == DEFAULT_PATH {
        String::new()
    } else {
        format!(" --file {}", resolve_path(template, stage))
    };
    format!("cargo stage snapshot --empty --stage {stage}{file}")
}

/// Checks the path of a struct's snapshots. `stages` is the number of the struct's stages. Few
/// characters are allowed, because commands and messages contain the path, and because the path
/// must be valid on every system.
///
/// # Errors
///
/// Returns a message if the path is not valid.
pub fn check_path(template: &str, stages: usize) -> Result<(), String> {
    if template.len() > MAX_PATH_LENGTH {
        return Err(format!(
            "the path of a snapshot has at most {MAX_PATH_LENGTH} characters"
        ));
    }

    if stages > 1 && !template.contains(STAGE_PLACEHOLDER) {
        return Err(format!(
            "`{template}` is one file for {stages} stages: add `{STAGE_PLACEHOLDER}` to the path"
        ));
    }

    let plain = template.replace(STAGE_PLACEHOLDER, "x");
    if let Some(invalid) = plain
        .chars()
        .find(|&c| !(c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-')))
    {
        return Err(format!(
            "{invalid:?} is not allowed in the path of a snapshot: use ASCII letters, digits, `/`, \
             `.`, `_`, `-` and `{STAGE_PLACEHOLDER}`"
        ));
    }

    let segments: Vec<&str> = plain.split('/').collect();
    if segments
        .iter()
        .any(|segment| matches!(*segment, "" | "." | ".."))
    {
        return Err(format!(
            "`{template}` is not a path below the package's root, such as `{DEFAULT_PATH}`"
        ));
    }

    if segments.iter().any(|segment| segment.starts_with('-')) {
        return Err(format!(
            "a part of `{template}` begins with `-`, so commands would read it as an option"
        ));
    }

    if segments.len() > 2 && segments[0].eq_ignore_ascii_case("sealed") {
        return Err(format!(
            "the folders in `sealed/` are for sealed values: use `{DEFAULT_PATH}`, or another \
             folder"
        ));
    }

    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_valid_paths_are_accepted() {
        for (path, stages) in [
            (DEFAULT_PATH, 3),
            ("prod.snap", 1),
            ("a/b/{stage}/x_y-z.1", 2),
            (".s/{stage}", 2),
        ] {
            assert_eq!(check_path(path, stages), Ok(()), "{path}");
        }

        for (path, words) in [
            ("one.snapshot", "one file for 2 stages"),
            ("", "one file for 2 stages"),
            ("/etc/{stage}", "not a path below the package's root"),
            ("../{stage}", "not a path"),
            ("a/./{stage}", "not a path"),
            ("a//{stage}", "not a path"),
            ("{stage}/", "not a path"),
            ("a\\{stage}", "'\\\\' is not allowed"),
            ("{stage} x", "' ' is not allowed"),
            ("{stage}{app}", "'{' is not allowed"),
            ("a/-{stage}", "begins with `-`"),
            ("sealed/{stage}/snapshot", "are for sealed values"),
            (
                &format!("{{stage}}{}", "x".repeat(MAX_PATH_LENGTH)),
                "at most 256",
            ),
        ] {
            let error = check_path(path, 2).unwrap_err();
            assert!(error.contains(words), "{path}: {error}");
        }

        let empty = check_path("", 1).unwrap_err();
        assert!(
            empty.contains("not a path below the package's root"),
            "{empty}"
        );
    }

    #[test]
    fn a_placeholder_has_its_header_and_names_the_command_for_the_snapshot() {
        assert!(
            is_placeholder(&new_placeholder("prod"))
                && new_placeholder("prod").contains("cargo stage snapshot --stage prod")
        );
        assert!(!is_placeholder("") && !is_placeholder("-----BEGIN STAGE-CONFIG SNAPSHOT-----"));
    }

    #[test]
    fn the_command_names_the_file_if_its_path_is_not_the_default() {
        assert_eq!(
            placeholder_command(DEFAULT_PATH, "prod"),
            "cargo stage snapshot --empty --stage prod"
        );
        assert_eq!(
            placeholder_command("s/{stage}", "prod"),
            "cargo stage snapshot --empty --stage prod --file s/prod"
        );
    }
}
