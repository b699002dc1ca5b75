//! Checks the type of a field with `nested`.

use syn::{GenericArgument, PathArguments, Type};

use crate::expander::format_tokens::format_tokens;
use crate::expander::type_parts::find_type_argument;

const LISTS: [&str; 8] = [
    "Vec",
    "VecDeque",
    "LinkedList",
    "BinaryHeap",
    "HashSet",
    "BTreeSet",
    "IndexSet",
    "SmallVec",
];
const MAPS: [&str; 3] = ["HashMap", "BTreeMap", "IndexMap"];

/// The types that contain at most one value. `Option` is one of them, for an `Option` of an
/// `Option`.
const WRAPPERS: [&str; 9] = [
    "Box", "Rc", "Arc", "Cow", "Cell", "RefCell", "Mutex", "RwLock", "Option",
];

/// Returns why a type, as written, cannot be nested: it is neither a struct nor an `Option` of one.
/// Only the compiler can check a type alias, or a type whose name is not in the lists above.
pub(super) fn find_mistake(ty: &Type) -> Option<String> {
    let inner = find_type_argument(ty, "Option").unwrap_or(ty);
    match inner {
        Type::Group(group) => find_mistake(&group.elem),
        Type::Paren(paren) => find_mistake(&paren.elem),
        Type::Array(array) => Some(collection_message(inner, Some(&array.elem), "array")),
        Type::Slice(slice) => Some(collection_message(inner, Some(&slice.elem), "array")),
        Type::Tuple(_) => Some(collection_message(inner, None, "array")),
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            let name = last.ident.to_string();
            let arguments = list_type_arguments(&last.arguments);
            if LISTS.contains(&&*name) {
                let item = arguments.first().copied();
                Some(collection_message(inner, item, "array"))
            } else if MAPS.contains(&&*name) {
                let value = arguments.get(1).copied();
                Some(collection_message(inner, value, "object"))
            } else if WRAPPERS.contains(&&*name) {
                Some(wrapper_message(ty, arguments.first()?))
            } else {
                None
            }
        }
        _ => None,
    }
}

fn collection_message(ty: &Type, item: Option<&Type>, form: &str) -> String {
    let items = item.map_or_else(
        || "its items".to_owned(),
        |item| format!("`{}`", format_tokens(item)),
    );
    format!(
        "`nested` takes one struct, whose fields have their own sources, but `{}` holds several \
         values: remove `nested`, and derive `serde::Deserialize` for {items}; one source then \
         holds all of them, as a JSON {form}",
        format_tokens(ty)
    )
}

fn wrapper_message(ty: &Type, item: &Type) -> String {
    let item = format_tokens(find_type_argument(item, "Option").unwrap_or(item));
    let instead = match find_type_argument(ty, "Option") {
        Some(_) => format!("Option<{item}>"),
        None => item,
    };
    format!(
        "`nested` takes a struct, or an `Option` of one: write `{instead}` instead of `{}`",
        format_tokens(ty)
    )
}

fn list_type_arguments(arguments: &PathArguments) -> Vec<&Type> {
    let PathArguments::AngleBracketed(arguments) = arguments else {
        return Vec::new();
    };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.collect()
}
