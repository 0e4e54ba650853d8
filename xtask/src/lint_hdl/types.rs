//! What the fields of the gateware's structs hold, as far as the sources say.

use std::collections::HashMap;
use syn::visit::{self, Visit};
use syn::{Expr, Fields, GenericArgument, ItemStruct, PathArguments, Type};

/// What a read yields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Value {
    Bit,
    /// Width where it is a number.
    Bits(Option<u32>),
    Signed(Option<u32>),
    /// A `LogicStruct`, an enum or a generic parameter.
    Named(String),
}

impl Value {
    /// The value of a type such as `Bits<32>`.
    fn of(ty: &Type) -> Self {
        let Some((name, arguments)) = named(ty) else {
            return Self::Named(String::new());
        };
        let width = arguments.first().and_then(|a| match a {
            GenericArgument::Const(Expr::Lit(lit)) => match &lit.lit {
                syn::Lit::Int(int) => int.base10_parse().ok(),
                _ => None,
            },
            _ => None,
        });
        match name.as_str() {
            "Bit" | "bool" => Self::Bit,
            "Bits" => Self::Bits(width),
            "Signed" => Self::Signed(width),
            _ => Self::Named(name),
        }
    }

    pub(super) fn is_unsigned(&self) -> bool {
        matches!(self, Self::Bit | Self::Bits(_))
    }
}

/// A field of a block, bundle or interface.
#[derive(Debug, Clone)]
pub(super) enum Field {
    /// `Signal<_, T>`: read by `.val()`.
    Signal(Value),
    /// `Constant<T>`: read by `.val()`, known when the block is built.
    Constant(Value),
    /// `DFF<T>`: read by `.q.val()`.
    Register(Value),
    /// A sub-block or an interface.
    Inner(String),
    /// A plain value within a `LogicStruct`.
    Plain(Value),
}

/// All structs by name.
#[derive(Debug, Default)]
pub(super) struct Types {
    structs: HashMap<String, HashMap<String, Field>>,
}

impl Types {
    pub(super) fn learn(&mut self, file: &syn::File) {
        self.visit_file(file);
    }

    pub(super) fn field(&self, structure: &str, field: &str) -> Option<&Field> {
        self.structs.get(structure)?.get(field)
    }

    /// The value of a `LogicStruct`'s field.
    pub(super) fn plain(&self, structure: &str, field: &str) -> Option<Value> {
        match self.field(structure, field)? {
            Field::Plain(value) => Some(value.clone()),
            _ => None,
        }
    }
}

impl<'a> Visit<'a> for Types {
    fn visit_item_struct(&mut self, item: &'a ItemStruct) {
        if let Fields::Named(fields) = &item.fields {
            let fields = fields
                .named
                .iter()
                .filter_map(|f| Some((f.ident.as_ref()?.to_string(), field(&f.ty))));
            self.structs.insert(item.ident.to_string(), fields.collect());
        }
        visit::visit_item_struct(self, item);
    }
}

fn field(ty: &Type) -> Field {
    if let Type::Array(array) = ty {
        return field(&array.elem);
    }
    let Some((name, arguments)) = named(ty) else {
        return Field::Plain(Value::Named(String::new()));
    };
    let argument = |index: usize| match arguments.get(index) {
        Some(GenericArgument::Type(ty)) => Value::of(ty),
        _ => Value::Named(String::new()),
    };
    match name.as_str() {
        "Signal" => Field::Signal(argument(1)),
        "Constant" => Field::Constant(argument(0)),
        "DFF" => Field::Register(argument(0)),
        "Bit" | "bool" | "Bits" | "Signed" => Field::Plain(Value::of(ty)),
        _ => Field::Inner(name),
    }
}

/// Last segment of a type's path, and its generic arguments.
fn named(ty: &Type) -> Option<(String, Vec<&GenericArgument>)> {
    let Type::Path(path) = ty else { return None };
    let segment = path.path.segments.last()?;
    let arguments = match &segment.arguments {
        PathArguments::AngleBracketed(list) => list.args.iter().collect(),
        _ => Vec::new(),
    };
    Some((segment.ident.to_string(), arguments))
}
