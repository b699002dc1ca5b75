//! Divides a template into its components. A template that is not a URL is one component.

use super::tokens::Token;
use super::{Component, Part, Piece, Place, host};

/// Collects the components and the mistakes.
struct Parser {
    components: Vec<Component>,
    mistakes: Vec<String>,
}

/// Divides the tokens of a template. Returns the components, and a message for each mistake.
pub(super) fn parse(tokens: Vec<Token>) -> (Vec<Component>, Vec<String>) {
    let mut parser = Parser {
        components: Vec::new(),
        mistakes: Vec::new(),
    };
    match find_scheme_end(&tokens) {
        Some(end) => {
            let (scheme, rest) = tokens.split_at(end);
            parser.parse_scheme(scheme);
            parser.parse_after_scheme(rest);
        }
        None => {
            parser.require_raw(&tokens, "the template does not begin with `scheme://`");
            parser.push(Place::Literal, &tokens);
        }
    }
    (parser.components, parser.mistakes)
}

/// Returns the position after `://`, if the text before `://` is not empty and has only
/// placeholders and the characters of a scheme.
fn find_scheme_end(tokens: &[Token]) -> Option<usize> {
    let colon = tokens.iter().position(|token| token.is(':'))?;
    let is_scheme = |token: &Token| match token {
        Token::Char(c) => c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'),
        Token::Part(_) => true,
    };
    let follows = tokens.get(colon + 1)?.is('/') && tokens.get(colon + 2)?.is('/');
    (colon > 0 && follows && tokens[..colon].iter().all(is_scheme)).then_some(colon + 3)
}

impl Parser {
    /// Adds the scheme, with `://`.
    fn parse_scheme(&mut self, tokens: &[Token]) {
        self.require_raw(tokens, "the placeholder is in the scheme");
        if let Some(Token::Char(first)) = tokens.first()
            && !first.is_ascii_alphabetic()
        {
            self.mistakes
                .push(format!("a scheme begins with a letter, not with `{first}`"));
        }
        self.push(Place::Literal, tokens);
    }

    fn parse_after_scheme(&mut self, tokens: &[Token]) {
        let (rest, fragment) = split_once(tokens, '#');
        let (rest, query) = split_once(rest, '?');
        let (authority, path) = match rest.iter().position(|token| token.is('/')) {
            Some(slash) => rest.split_at(slash),
            None => (rest, &[][..]),
        };

        self.parse_authority(authority);
        for (index, segment) in path.split(|token| token.is('/')).enumerate() {
            if index > 0 {
                self.push_delimiter('/');
            }
            self.push_checked(Place::PathSegment, segment, "");
        }
        if let Some(query) = query {
            self.push_delimiter('?');
            self.push_checked(Place::Query, query, "/?");
        }
        if let Some(fragment) = fragment {
            self.push_delimiter('#');
            self.push_checked(Place::Fragment, fragment, "/?");
        }
    }

    /// Adds `user:password@host:port`.
    fn parse_authority(&mut self, tokens: &[Token]) {
        let at = tokens.iter().rposition(|token| token.is('@'));
        let rest = match at {
            Some(at) => {
                self.push_checked(Place::UserInfo, &tokens[..at], "");
                self.push_delimiter('@');
                &tokens[at + 1..]
            }
            None => tokens,
        };

        // An IPv6 address in brackets contains colons.
        let bracket = rest.iter().rposition(|token| token.is(']'));
        let colon = rest.iter().rposition(|token| token.is(':'));
        let (host, port) = match colon.filter(|colon| bracket < Some(*colon)) {
            Some(colon) => (&rest[..colon], Some(&rest[colon + 1..])),
            None => (rest, None),
        };
        self.push(Place::Host, host);
        self.refuse_mixed();
        self.check_host();
        if let Some(port) = port {
            self.push_delimiter(':');
            self.push(Place::Port, port);
            self.refuse_mixed();
            self.check_port();
        }
    }

    /// Refuses a host or port that has both a placeholder with `:raw`, which cannot be checked, and
    /// a placeholder without `:raw`, which must be checked.
    fn refuse_mixed(&mut self) {
        let Some(component) = self.components.last() else {
            return;
        };
        let checked = component.pieces.iter().find_map(|piece| match piece {
            Piece::Part(part) if !part.raw => Some(part.name.clone()),
            _ => None,
        });
        if let Some(name) = checked.filter(|_| component.has_raw_value()) {
            let place = component.place;
            self.mistakes.push(format!(
                "a part of {place} is `:raw`, so {place} cannot be checked: write `{{{name}:raw}}` \
                 too, or no `:raw` in {place}"
            ));
        }
    }

    /// Checks a host without placeholders. A host with placeholders is checked when it is composed,
    /// unless a placeholder is `:raw`.
    fn check_host(&mut self) {
        let Some(text) = self.components.last().and_then(Component::as_text) else {
            return;
        };
        // A URL such as `sqlite:///data.db` has no host.
        if !text.is_empty() && host::write_host(&text, &mut String::new()).is_err() {
            self.mistakes
                .push(format!("the host `{text}` is not {}", host::HOST));
        }
    }

    fn check_port(&mut self) {
        let Some(text) = self.components.last().and_then(Component::as_text) else {
            return;
        };
        if text.parse::<u16>().is_err() {
            self.mistakes
                .push(format!("the port `{text}` is not a number up to 65535"));
        }
    }

    /// Reports each placeholder without `:raw` in a scheme, or in a template that is not a URL. No
    /// rule says how a value is written there. `why` says where the placeholder is.
    fn require_raw(&mut self, tokens: &[Token], why: &str) {
        for token in tokens {
            if let Token::Part(Part { name, raw: false }) = token {
                self.mistakes.push(format!(
                    "the value of `{{{name}}}` cannot be percent-encoded, because {why}: write \
                     `{{{name}:raw}}`"
                ));
            }
        }
    }

    /// Adds a component, and checks that its text needs no percent-encoding. `more` contains the
    /// characters that are allowed in this place, but not in every place.
    fn push_checked(&mut self, place: Place, tokens: &[Token], more: &str) {
        for (index, token) in tokens.iter().enumerate() {
            let Token::Char(c) = token else { continue };
            let is_hex = |offset: usize| matches!(tokens.get(index + offset), Some(Token::Char(c)) if c.is_ascii_hexdigit());
            // RFC 3986, section 3.3: unreserved characters, delimiters, `:` and `@`.
            let is_allowed = c.is_ascii_alphanumeric()
                || "-._~!$&'()*+,;=:@".contains(*c)
                || more.contains(*c)
                || *c == '%' && is_hex(1) && is_hex(2);
            if !is_allowed {
                let encoded: String = c
                    .encode_utf8(&mut [0; 4])
                    .bytes()
                    .map(|byte| format!("%{byte:02X}"))
                    .collect();
                self.mistakes.push(format!(
                    "{c:?} is not allowed in {place} of a URL: write `{encoded}`"
                ));
            }
        }
        self.push(place, tokens);
    }

    fn push_delimiter(&mut self, delimiter: char) {
        self.push(Place::Literal, &[Token::Char(delimiter)]);
    }

    fn push(&mut self, place: Place, tokens: &[Token]) {
        let mut pieces: Vec<Piece> = Vec::new();
        for token in tokens {
            match (token, pieces.last_mut()) {
                (Token::Char(c), Some(Piece::Text(text))) => text.push(*c),
                (Token::Char(c), _) => pieces.push(Piece::Text(c.to_string())),
                (Token::Part(part), _) => pieces.push(Piece::Part(part.clone())),
            }
        }
        self.components.push(Component { place, pieces });
    }
}

/// Splits at the first delimiter.
fn split_once(tokens: &[Token], delimiter: char) -> (&[Token], Option<&[Token]>) {
    match tokens.iter().position(|token| token.is(delimiter)) {
        Some(position) => (&tokens[..position], Some(&tokens[position + 1..])),
        None => (tokens, None),
    }
}
