//! The kind of a type, also through type aliases.

use super::*;
use crate::schema::{Kind, TextFormat};

type Alias = SecretString;
type Maybe = Option<u16>;

#[test]
fn a_type_has_its_kind_also_through_an_alias() {
    macro_rules! shape {
        ($type:ty) => {
            crate::private::shape!($type)
        };
    }
    const PORT: Kind = Kind::Integer {
        min: 0,
        max: 65_535,
        nonzero: false,
    };
    assert_eq!((shape!(Maybe).kind, shape!(Maybe).optional), (PORT, true));
    assert_eq!(
        (shape!(Alias).kind, shape!(Alias).optional),
        (Kind::String, false)
    );
    assert_eq!(shape!(Vec<u16>).kind, Kind::ListOf(&PORT));
    assert_eq!(shape!(Option<Vec<u16>>).kind, Kind::ListOf(&PORT));
    assert_eq!(shape!(BTreeSet<u16>).kind, Kind::SetOf(&PORT));
    assert_eq!(shape!(Vec<Login>).kind, Kind::ListOf(&Kind::Other));
    assert_eq!(shape!(Option<Login>).kind, Kind::Other);
    assert!(shape!(Option<Login>).optional);
    assert_eq!(shape!(Vec<u8>).kind, Kind::Bytes { length: None });
    assert_eq!(shape!([u8; 16]).kind, Kind::Bytes { length: Some(16) });
    assert_eq!(shape!(SecretSlice<u8>).kind, Kind::Bytes { length: None });
    assert_eq!(shape!(Duration).kind, Kind::Duration);
    assert_eq!(
        shape!(std::num::NonZeroU8).kind,
        Kind::Integer {
            min: 1,
            max: 255,
            nonzero: false
        }
    );
    assert_eq!(
        shape!(std::num::NonZeroI8).kind,
        Kind::Integer {
            min: -128,
            max: 127,
            nonzero: true
        }
    );
    assert_eq!(
        shape!(Option<Vec<IpAddr>>).kind,
        Kind::ListOf(&Kind::Format(TextFormat::IpAddr))
    );
    assert_eq!(
        shape!(Vec<Option<u16>>).kind,
        Kind::ListOf(&Kind::Optional(&PORT))
    );
    assert_eq!(
        shape!((String, [u16; 2])).kind,
        Kind::Tuple(&[
            Kind::String,
            Kind::Array {
                item: &PORT,
                length: 2
            }
        ])
    );
    assert_eq!(
        shape!(HashMap<String, u16>).kind,
        Kind::MapOf {
            key: &Kind::String,
            value: &PORT
        }
    );
    assert_eq!(shape!(Option<HashMap<String, Login>>).kind, Kind::Object);
    assert_eq!(shape!(Box<Alias>).kind, Kind::String);
}
