// SPDX-License-Identifier: MIT OR Apache-2.0
//! What a written type is called, and what its parameters are.

use syn::{GenericArgument, PathArguments, Type};

/// The arguments of the generic type `name`, if it is that.
pub(super) fn generic(written: &Type, name: &str) -> Vec<Type> {
    let Type::Path(path) = written else {
        return Vec::new();
    };
    let Some(segment) = path.path.segments.last() else {
        return Vec::new();
    };
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) if segment.ident == name => arguments
            .args
            .iter()
            .filter_map(|argument| match argument {
                GenericArgument::Type(argument) => Some(argument.clone()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// The last name of a path.
pub(super) fn last_segment(written: &Type) -> Option<String> {
    match written {
        Type::Path(path) => Some(path.path.segments.last()?.ident.to_string()),
        _ => None,
    }
}
