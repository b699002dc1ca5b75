//! Tests of the whole expander, on tokens.
