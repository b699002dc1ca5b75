//! The text format of the three kinds of files, written and read in one place.
//!
//! A file has exactly one form: the reader writes the file again, and the result must be the same.
//! Therefore two texts with the same content differ only in their line ends: any other changed byte
//! either makes the file unreadable, or changes the content so that the file does not open. Lines
//! may end in CRLF, because git writes CRLF on Windows.
//!
//! Raise [`VERSION`] if an existing reader would refuse or misunderstand a new file, for example
//! after a new header, another cipher or a new meaning of the body. A reader also reads all earlier
//! versions.

use super::error::SealedFault;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::borrow::Cow;

/// The version that the writer uses. No other version exists.
pub(super) const VERSION: &str = "1";

/// The number of base64 characters in a line, as in PEM.
const LINE_LENGTH: usize = 64;
/// The maximum length of the headers, in bytes.
const MAX_HEADERS: usize = 8 * 1024;

/// The format of one of the three kinds of files.
pub(super) struct FileFormat {
    /// The label after `BEGIN`.
    label: &'static str,
    /// The headers after `version`, in order.
    headers: &'static [&'static str],
    /// The maximum length of the body, in bytes.
    pub(super) max_body: usize,
}

/// The maximum length of the plaintext of a sealed value, in bytes.
pub(super) const MAX_PLAINTEXT: usize = 1024 * 1024;

/// `sealed/STAGE/NAME`: the encapsulated key, then the ciphertext and its tag.
pub(super) const VALUE: FileFormat = FileFormat {
    label: "STAGE-CONFIG SEALED VALUE",
    headers: &["app", "stage", "name", "key"],
    max_body: super::cipher::OVERHEAD + MAX_PLAINTEXT,
};

/// `sealed/STAGE.snapshot`: the values of a stage at one time. `config` is the struct whose fields
/// have these values. `created` is this time, in seconds since 1970.
pub(super) const SNAPSHOT: FileFormat = FileFormat {
    label: "STAGE-CONFIG SNAPSHOT",
    headers: &["app", "stage", "config", "created", "key"],
    max_body: super::cipher::OVERHEAD + MAX_PLAINTEXT,
};

/// `sealed/STAGE/stage.key`: the private half, wrapped by KMS. `key` is the public half.
pub(super) const KEY: FileFormat = FileFormat {
    label: "STAGE-CONFIG STAGE KEY",
    headers: &["app", "stage", "kms-key", "key"],
    // The limit of `Decrypt` (API reference).
    max_body: 6_144,
};

impl FileFormat {
    /// Returns the text of a file, with one value for each header.
    pub(super) fn write<const N: usize>(&self, values: [&str; N], body: &[u8]) -> String {
        let mut text = format!("-----BEGIN {}-----\nversion: {VERSION}\n", self.label);
        for (name, value) in self.headers.iter().zip(values) {
            text.extend([name, ": ", value, "\n"]);
        }
        text.push('\n');

        let body = STANDARD.encode(body);
        let mut rest = body.as_str();
        while !rest.is_empty() {
            let (line, after) = rest.split_at(rest.len().min(LINE_LENGTH));
            text.extend([line, "\n"]);
            rest = after;
        }

        text.extend(["-----END ", self.label, "-----\n"]);
        text
    }

    /// Returns the values of the headers, and the body.
    pub(super) fn read<const N: usize>(
        &self,
        text: &str,
    ) -> Result<([String; N], Vec<u8>), SealedFault> {
        self.check_length(text)?;
        let text = normalize_lines(text);
        let mut lines = text.lines();
        let values = self.read_head(&mut lines)?;

        let body: String = lines.take_while(|line| !line.starts_with('-')).collect();
        let body = STANDARD
            .decode(body)
            .map_err(|_| SealedFault::malformed("its body is not base64"))?;
        if body.len() > self.max_body {
            return Err(SealedFault::too_large(
                "its body exceeds the maximum length",
            ));
        }

        let rewritten = self.write(
            std::array::from_fn::<_, N, _>(|index| values[index].as_str()),
            &body,
        );
        if rewritten != *text {
            return Err(SealedFault::malformed(
                "it is cut off, or was changed after it was written",
            ));
        }
        Ok((values, body))
    }

    /// Returns the values of the headers. Unlike [`read`](Self::read), this function does not
    /// detect changes after the headers, because it reads only the first lines.
    pub(super) fn read_headers<const N: usize>(
        &self,
        text: &str,
    ) -> Result<[String; N], SealedFault> {
        self.check_length(text)?;
        self.read_head(&mut text.lines())
    }

    fn check_length(&self, text: &str) -> Result<(), SealedFault> {
        let max_base64 = self.max_body.div_ceil(3) * 4;
        if text.len() > MAX_HEADERS + max_base64 + 2 * max_base64.div_ceil(LINE_LENGTH) {
            Err(SealedFault::too_large(
                "the file exceeds the maximum length",
            ))
        } else {
            Ok(())
        }
    }

    fn read_head<'t, const N: usize>(
        &self,
        lines: &mut impl Iterator<Item = &'t str>,
    ) -> Result<[String; N], SealedFault> {
        if lines.next() != Some(&format!("-----BEGIN {}-----", self.label)) {
            return Err(SealedFault::malformed(format!(
                "it does not begin with `-----BEGIN {}-----`",
                self.label
            )));
        }

        let version = parse_header(lines.next(), "version")?;
        if version != VERSION {
            return Err(describe_version(version));
        }

        let mut values = [const { String::new() }; N];
        for (name, value) in self.headers.iter().zip(&mut values) {
            parse_header(lines.next(), name)?.clone_into(value);
        }

        if lines.next() != Some("") {
            return Err(SealedFault::malformed(
                "its headers are not followed by an empty line",
            ));
        }
        Ok(values)
    }
}

fn normalize_lines(text: &str) -> Cow<'_, str> {
    if text.contains('\r') {
        Cow::Owned(text.replace("\r\n", "\n"))
    } else {
        Cow::Borrowed(text)
    }
}

fn parse_header<'t>(line: Option<&'t str>, name: &str) -> Result<&'t str, SealedFault> {
    let value = line.and_then(|line| line.strip_prefix(name)?.strip_prefix(": "));
    value.ok_or_else(|| {
        SealedFault::malformed(format!("its header `{name}` is missing or out of place"))
    })
}

fn describe_version(version: &str) -> SealedFault {
    if !version.is_empty()
        && version.len() < 10
        && version.bytes().all(|byte| byte.is_ascii_digit())
    {
        SealedFault::unsupported(format!(
            "its version is {version}, but this version of stage-config reads only version {VERSION}"
        ))
    } else {
        SealedFault::malformed("its version is not a number")
    }
}
