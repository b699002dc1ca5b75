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
    fn longest(self) -> usize {
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
pub(crate) enum Piece {
    Literal(String),
    Hole(Hole),
}

/// A text of a policy. `Display` puts placeholders into its holes.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Text(Vec<Piece>);

impl Text {
    pub(crate) fn pieces(&self) -> &[Piece] {
        &self.0
    }

    pub(crate) fn holes(&self) -> impl Iterator<Item = Hole> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Hole(hole) => Some(*hole),
            Piece::Literal(_) => None,
        })
    }

    /// With this text at its end.
    #[must_use]
    pub(crate) fn with(mut self, literal: &str) -> Self {
        match self.0.last_mut() {
            Some(Piece::Literal(last)) => last.push_str(literal),
            _ => self.0.push(Piece::Literal(literal.to_owned())),
        }
        self
    }

    /// With what is known at its end, else with a hole.
    #[must_use]
    pub(crate) fn with_known(mut self, known: Option<&str>, hole: Hole) -> Self {
        match known {
            Some(known) => self.with(known),
            None => {
                self.0.push(Piece::Hole(hole));
                self
            }
        }
    }

    /// Whether IAM compares it by `StringLike` only.
    pub(crate) fn has_wildcards(&self) -> bool {
        self.0.iter().any(|piece| matches!(piece, Piece::Literal(literal) if literal.contains(['*', '?'])))
    }

    /// How many characters it has when its holes are filled, at most.
    pub(crate) fn longest(&self) -> usize {
        let lengths = self.0.iter().map(|piece| match piece {
            Piece::Literal(literal) => literal.chars().count(),
            Piece::Hole(hole) => hole.longest(),
        });
        lengths.sum()
    }
}

impl From<&str> for Text {
    fn from(literal: &str) -> Self {
        Self::default().with(literal)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|piece| match piece {
            Piece::Literal(literal) => f.write_str(literal),
            Piece::Hole(hole) => f.write_str(hole.placeholder()),
        })
    }
}

impl Serialize for Text {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
