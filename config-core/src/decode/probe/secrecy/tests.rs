//! The secrecy of types, as generated code looks it up.

use crate::{
    private::{UnknownType as _, secrecy},
    schema::Secrecy::{No, Unknown, Yes},
};
use secrecy::{SecretBox, SecretSlice, SecretString};
use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap, LinkedList},
    net::IpAddr,
    path::Path,
    rc::Rc,
    sync::{Arc, Mutex},
    time::Duration,
};

/// A type that only the program knows.
struct Login;

type Alias = SecretString;
type Maybe = Option<u16>;
type Keys = HashMap<String, SecretString>;
type KeysByRegion = HashMap<Login, SecretString>;
type Ports = BTreeMap<String, Option<Vec<(u16, Arc<str>)>>>;
type Logins = Vec<Login>;
struct Wrapper<T>(#[allow(dead_code, reason = "only its type counts")] T);
type Locked = Mutex<SecretString>;
type Wrapped = Wrapper<SecretString>;
type Answer = Result<Login, SecretString>;
type Pair = (Login, Alias);
type Pairs = Vec<(Login, Alias)>;

#[test]
fn the_secrecy_of_a_type_depends_on_all_types_in_it() {
    // A single type. The compiler resolves an alias, so the probe sees the whole type.
    assert_eq!(
        [
            secrecy!(SecretString),
            secrecy!(SecretBox<u32>),
            secrecy!(Alias),
            secrecy!(Keys)
        ],
        [Yes; 4]
    );
    assert_eq!(
        [
            secrecy!(SecretSlice<u8>),
            secrecy!(SecretBox<[u16]>),
            secrecy!(KeysByRegion)
        ],
        [Yes; 3]
    );
    assert_eq!(
        [
            secrecy!(String),
            secrecy!(u8),
            secrecy!(Maybe),
            secrecy!(Ports),
            secrecy!(()),
            secrecy!(str)
        ],
        [No; 6]
    );
    assert_eq!(
        [
            secrecy!(Path),
            secrecy!(IpAddr),
            secrecy!(serde_json::Value),
            secrecy!(Duration)
        ],
        [No; 4]
    );
    assert_eq!(
        [
            secrecy!(Login),
            secrecy!(Logins),
            secrecy!(Wrapper<String>),
            secrecy!(dyn Fn(&str))
        ],
        [Unknown; 4]
    );
    // Containers of containers, including those behind an alias.
    assert_eq!(
        [
            secrecy!(Option<Keys>),
            secrecy!(Vec<Option<Alias>>),
            secrecy!(Box<[Alias; 2]>)
        ],
        [Yes; 3]
    );
    assert_eq!(
        [
            secrecy!((u8, Alias)),
            secrecy!(Rc<LinkedList<Keys>>),
            secrecy!(&'static [Keys])
        ],
        [Yes; 3]
    );
    assert_eq!(
        [
            secrecy!(HashMap<Login, Option<KeysByRegion>>),
            secrecy!(BTreeMap<String, Box<Keys>>)
        ],
        [Yes; 2]
    );
    assert_eq!(
        [
            secrecy!(Option<Vec<[u8; 4]>>),
            secrecy!((u8, (), [Box<str>; 3])),
            secrecy!(Cow<'static, str>)
        ],
        [No; 3]
    );
    assert_eq!(
        [
            secrecy!(HashMap<String, Login>),
            secrecy!((u8, Login)),
            secrecy!(Option<Arc<Login>>)
        ],
        [Unknown; 3]
    );
    // The greatest secrecy of several types applies.
    assert_eq!(
        [
            secrecy!(Wrapper<Alias>, Alias),
            secrecy!(HashMap<Login, Alias>, Login, Alias)
        ],
        [Yes; 2]
    );
    assert_eq!(secrecy!(HashMap<Login, u8>, Login, u8), Unknown);
}

/// `docs/security.md` lists these cases: the derive does not see the types behind an alias, and the
/// probe does not see into an unknown type.
#[test]
fn a_secret_behind_an_alias_is_not_found_in_an_unknown_type() {
    assert_eq!(
        [
            secrecy!(Locked),
            secrecy!(Wrapped),
            secrecy!(Answer),
            secrecy!(Pair),
            secrecy!(Pairs)
        ],
        [Unknown; 5]
    );
    // Without the alias, the derive asks for each type separately.
    assert_eq!(
        [
            secrecy!(Mutex<SecretString>, SecretString),
            secrecy!(Vec<(Login, Alias)>, (Login, Alias), Login, Alias)
        ],
        [Yes; 2]
    );
}
