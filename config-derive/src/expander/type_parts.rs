//! The types that occur in a type, at any depth.

use quote::ToTokens as _;
use syn::{GenericArgument, PathArguments, Type};

/// Returns the type itself and all types that occur in it, without duplicates. Type aliases are not
/// resolved.
pub(super) fn collect_type_parts(ty: &Type) -> Vec<&Type> {
    let mut parts = Vec::new();
    gather(ty, &mut parts);
    let mut written: Vec<String> = Vec::new();
    parts.retain(|part| {
        let text = part.to_token_stream().to_string();
        let is_new = !written.contains(&text);
        written.push(text);
        is_new
    });
    parts
}

fn gather<'t>(ty: &'t Type, parts: &mut Vec<&'t Type>) {
    match ty {
        Type::Group(group) => return gather(&group.elem, parts),
        Type::Paren(paren) => return gather(&paren.elem, parts),
        _ => parts.push(ty),
    }

    match ty {
        Type::Path(path) => path
            .path
            .segments
            .iter()
            .for_each(|segment| gather_arguments(&segment.arguments, parts)),
        Type::Tuple(tuple) => tuple.elems.iter().for_each(|elem| gather(elem, parts)),
        Type::Array(array) => gather(&array.elem, parts),
        Type::Slice(slice) => gather(&slice.elem, parts),
        Type::Reference(reference) => gather(&reference.elem, parts),
        Type::Ptr(pointer) => gather(&pointer.elem, parts),
        // A function pointer or a trait object holds no value of the types that it names.
        _ => {}
    }
}

/// Adds the types in `<…>`. The parentheses of `Fn(A) -> B` hold no value.
fn gather_arguments<'t>(arguments: &'t PathArguments, parts: &mut Vec<&'t Type>) {
    let PathArguments::AngleBracketed(arguments) = arguments else {
        return;
    };
    for argument in &arguments.args {
        match argument {
            GenericArgument::Type(ty) => gather(ty, parts),
            GenericArgument::AssocType(assigned) => gather(&assigned.ty, parts),
            _ => {}
        }
    }
}
