//! The types that occur in a type, at any depth, and the argument of a generic type.

use quote::ToTokens as _;
use syn::{GenericArgument, PathArguments, Type};

/// Returns the type itself and all types that occur in it, without duplicates. Leaves out the types
/// that only a function pointer or a trait object names. Type aliases are not resolved.
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

/// Adds the types in `<…>`. A function holds no value of the types in `Fn(A) -> B`.
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

/// Returns the first argument of a type that is written as `NAME<ARGUMENT>`.
pub(super) fn find_type_argument<'t>(ty: &'t Type, name: &str) -> Option<&'t Type> {
    match ty {
        Type::Group(group) => find_type_argument(&group.elem, name),
        Type::Paren(paren) => find_type_argument(&paren.elem, name),
        Type::Path(path) => {
            let last = path
                .path
                .segments
                .last()
                .filter(|last| last.ident == name)?;
            let PathArguments::AngleBracketed(arguments) = &last.arguments else {
                return None;
            };
            match arguments.args.first() {
                Some(GenericArgument::Type(argument)) => Some(argument),
                _ => None,
            }
        }
        _ => None,
    }
}
