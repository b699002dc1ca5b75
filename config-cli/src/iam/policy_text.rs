//! Texts of a policy, with holes where something is not known: each form of deployment has its own words for these.

use std::fmt;

use serde::{Serialize, Serializer};

/// What may be unknown until the deployment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Hole {
    Partition,
    Region,
    Account,
    /// Which KMS key it is.
    KeyId,
    /// The Lambda function's name.
    Function,
}

impl Hole {
    /// What stands there in plain JSON.
    pub(crate) fn placeholder(self) -> &'static str {
        match self {
            // The partition of all but China, GovCloud and the like; the other parts cannot be guessed.
            Self::Partition => "aws",
            Self::Region => "REGION",
            Self::Account => "ACCOUNT",
            Self::KeyId => "KEY_ID",
            Self::Function => "FUNCTION_NAME",
        }
    }

    /// How many characters what goes there has at most, as far as there is a limit.
    fn max_length(self) -> usize {
        match self {
            Self::Partition => "aws-us-gov".len(),
            Self::Region => "ap-northeast-1".len(),
            Self::Account => 12,
            Self::KeyId => 36,
            Self::Function => 64,
        }
    }
}

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TextPiece {
    Literal(String),
    Hole(Hole),
}

/// A text of a policy. `Display` puts placeholders into its holes.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PolicyText(Vec<TextPiece>);

impl PolicyText {
    pub(crate) fn pieces(&self) -> &[TextPiece] {
        &self.0
    }

    pub(crate) fn holes(&self) -> impl Iterator<Item = Hole> {
        self.0.iter().filter_map(|piece| match piece {
            TextPiece::Hole(hole) => Some(*hole),
            TextPiece::Literal(_) => None,
        })
    }

    /// With this text at its end.
    #[must_use]
    pub(crate) fn with_literal(mut self, literal: &str) -> Self {
        match self.0.last_mut() {
            Some(TextPiece::Literal(last)) => last.push_str(literal),
            _ => self.0.push(TextPiece::Literal(literal.to_owned())),
        }
        self
    }

    /// With what is known at its end, else with a hole.
    #[must_use]
    pub(crate) fn with_known_or_hole(mut self, known: Option<&str>, hole: Hole) -> Self {
        match known {
            Some(known) => self.with_literal(known),
            None => {
                self.0.push(TextPiece::Hole(hole));
                self
            }
        }
    }

    /// Whether IAM compares it by `StringLike` only.
    pub(crate) fn has_wildcards(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, TextPiece::Literal(literal) if literal.contains(['*', '?'])))
    }

    /// How many characters it has when its holes are filled, at most.
    pub(crate) fn max_length(&self) -> usize {
        let lengths = self.0.iter().map(|piece| match piece {
            TextPiece::Literal(literal) => literal.chars().count(),
            TextPiece::Hole(hole) => hole.max_length(),
        });
        lengths.sum()
    }
}

impl From<&str> for PolicyText {
    fn from(literal: &str) -> Self {
        Self::default().with_literal(literal)
    }
}

impl fmt::Display for PolicyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|piece| match piece {
            TextPiece::Literal(literal) => f.write_str(literal),
            TextPiece::Hole(hole) => f.write_str(hole.placeholder()),
        })
    }
}

impl Serialize for PolicyText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
