//! Measures the name in a source, and compares it with the limits of AWS.

use super::super::const_str::starts_with;
use super::size::NameSize;
use stage_config_grammar::source::{MAX_LEVELS, MAX_PARAMETER, MAX_SECRET};

/// The name in a source: the text of the source, and the replacements of its placeholders.
pub(super) struct Name<'a> {
    pub(super) text: &'static str,
    pub(super) stage: &'a str,
    pub(super) app: &'static str,
}

/// The size of a name. [`Name::measure`] does not count `{field}`, and
/// [`with_levels`](Self::with_levels) adds the levels that replace it.
pub(super) struct Measured {
    pub(super) service: Service,
    pub(super) size: NameSize,
    /// The number of `{field}` in the name.
    pub(super) fields: usize,
}

pub(super) enum Service {
    ParameterStore,
    SecretsManager,
    Other,
}

/// A limit that a name exceeds, as in "a parameter whose name has 16 levels".
pub(super) struct Excess {
    pub(super) noun: &'static str,
    pub(super) count: usize,
    pub(super) unit: &'static str,
    pub(super) service: &'static str,
    pub(super) max: usize,
}

impl Name<'_> {
    /// Measures the part of the text that AWS limits: the whole ARN of a parameter, but only the
    /// name in the ARN of a secret.
    pub(super) const fn measure(&self) -> Measured {
        use Service::{Other, ParameterStore, SecretsManager};
        if starts_with(self.text, "/") {
            self.measure_between(ParameterStore, 0, 1)
        } else if starts_with(self.text, "arn:") {
            self.measure_between(ParameterStore, 0, 6)
        } else if starts_with(self.text, "ssm:arn:") {
            self.measure_between(ParameterStore, 1, 7)
        } else if starts_with(self.text, "ssm:") {
            self.measure_between(ParameterStore, 1, 2)
        } else if starts_with(self.text, "secret:arn:") {
            self.measure_between(SecretsManager, 7, 8)
        } else if starts_with(self.text, "secret:") {
            self.measure_between(SecretsManager, 1, 2)
        } else {
            self.measure_between(Other, 0, 0)
        }
    }

    /// Measures the part between the colons with the numbers `start` and `end`, without the options
    /// and the `#key`. The first colon has the number 1, and 0 is the beginning of the text. The
    /// derive permits only `{stage}`, `{app}` and `{field}`, so the first letter is enough to
    /// distinguish the placeholders.
    const fn measure_between(&self, service: Service, start: usize, end: usize) -> Measured {
        let bytes = self.text.as_bytes();
        let (mut size, mut fields) = (NameSize::ZERO, 0);
        let (mut index, mut colons) = (0, 0);
        while index < bytes.len() && colons < end {
            let byte = bytes[index];
            let is_measured = colons >= start;
            match byte {
                b'?' | b'#' => break,
                b':' => {
                    colons += 1;
                    if is_measured && colons < end {
                        size.chars += 1;
                    }
                }
                b'{' => {
                    match bytes[index + 1] {
                        _ if !is_measured => {}
                        b's' => size = size.add(NameSize::from_text(self.stage)),
                        b'a' => size = size.add(NameSize::from_text(self.app)),
                        _ => fields += 1,
                    }
                    while bytes[index] != b'}' {
                        index += 1;
                    }
                }
                _ if is_measured => {
                    size.chars += 1;
                    if byte == b'/' {
                        size.slashes += 1;
                    }
                }
                _ => {}
            }
            index += 1;
        }
        Measured {
            service,
            size,
            fields,
        }
    }
}

impl Measured {
    pub(super) const fn with_levels(self, levels: NameSize) -> Self {
        Self {
            size: self.size.add_times(levels, self.fields),
            ..self
        }
    }

    pub(super) const fn find_excess(&self) -> Option<Excess> {
        let NameSize { chars, slashes } = self.size;
        let (noun, count, unit, service, max) = match self.service {
            Service::ParameterStore if slashes > MAX_LEVELS => (
                "parameter",
                slashes,
                " levels",
                "Parameter Store",
                MAX_LEVELS,
            ),
            Service::ParameterStore if chars > MAX_PARAMETER => (
                "parameter",
                chars,
                " characters",
                "Parameter Store",
                MAX_PARAMETER,
            ),
            Service::SecretsManager if chars > MAX_SECRET => (
                "secret",
                chars,
                " characters",
                "Secrets Manager",
                MAX_SECRET,
            ),
            _ => return None,
        };
        Some(Excess {
            noun,
            count,
            unit,
            service,
            max,
        })
    }
}
