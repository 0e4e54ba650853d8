//! Lengths, and `unsafe` outside its rooms.

use super::{Complaint, FILE_LINES_MAX, FUNCTION_LINES_MAX, KERNEL_LINES_MAX, LONGER, UNSAFE_ROOMS};
use anyhow::{Context, Result};
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Attribute, Block, ImplItemFn, ItemFn, ItemImpl, ItemMod, Signature, TraitItemFn};

/// Checks one Rust file.
pub(super) fn check(file: &str, text: &str) -> Result<Vec<Complaint>> {
    let parsed = syn::parse_file(text).with_context(|| format!("parsing {file}"))?;
    let mut checker = Checker {
        file,
        complaints: Vec::new(),
        builds_block: false,
    };
    let lines = text.lines().count();
    if lines > FILE_LINES_MAX && !is_listed(file) {
        checker.add(1, format!("has {lines} lines; split it at {FILE_LINES_MAX}"));
    }
    checker.visit_file(&parsed);
    if !UNSAFE_ROOMS.iter().any(|room| file.starts_with(room)) {
        checker.unsafe_tokens(parsed.to_token_stream());
        let is_root = file.ends_with("src/lib.rs") || file.ends_with("src/main.rs");
        let forbids = parsed
            .attrs
            .iter()
            .any(|a| a.meta.to_token_stream().to_string() == "forbid (unsafe_code)");
        if is_root && !forbids {
            checker.add(1, "lacks #![forbid(unsafe_code)]".into());
        }
    }
    Ok(checker.complaints)
}

fn is_listed(name: &str) -> bool {
    LONGER.iter().any(|(listed, _)| *listed == name)
}

struct Checker<'a> {
    file: &'a str,
    complaints: Vec<Complaint>,
    /// Within `impl Default for` or the inherent impl of a block: constructors list every field.
    builds_block: bool,
}

impl Checker<'_> {
    fn add(&mut self, line: usize, text: String) {
        self.complaints.push(Complaint {
            file: self.file.into(),
            line,
            text,
        });
    }

    fn function(&mut self, attributes: &[Attribute], signature: &Signature, body: &Block) {
        let (first, last) = (signature.span().start().line, body.span().end().line);
        let lines = last - first + 1;
        let is_kernel = attributes.iter().any(|a| a.path().is_ident("hdl_gen"));
        let is_gateware = self.file.starts_with("hdl/gateware/");
        let lists_fields = is_gateware
            && self.builds_block
            && signature.output.to_token_stream().to_string().contains("Self");
        let limit = if is_kernel || lists_fields {
            KERNEL_LINES_MAX
        } else {
            FUNCTION_LINES_MAX
        };
        let name = &signature.ident;
        if lines > limit && !is_listed(&format!("{}::{name}", self.file)) {
            self.add(first, format!("`{name}` has {lines} lines; split it at {limit}"));
        }
    }

    fn unsafe_tokens(&mut self, tokens: TokenStream) {
        for token in tokens {
            match token {
                TokenTree::Ident(word) if word == "unsafe" => {
                    let line = word.span().start().line;
                    self.add(line, format!("unsafe outside {}", UNSAFE_ROOMS.join(" ")));
                }
                TokenTree::Group(group) => self.unsafe_tokens(group.stream()),
                _ => {}
            }
        }
    }
}

impl<'a> Visit<'a> for Checker<'_> {
    fn visit_item_fn(&mut self, item: &'a ItemFn) {
        self.function(&item.attrs, &item.sig, &item.block);
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'a ImplItemFn) {
        self.function(&item.attrs, &item.sig, &item.block);
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'a TraitItemFn) {
        if let Some(body) = &item.default {
            self.function(&item.attrs, &item.sig, body);
        }
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_item_impl(&mut self, item: &'a ItemImpl) {
        self.builds_block = true;
        visit::visit_item_impl(self, item);
        self.builds_block = false;
    }

    fn visit_item_mod(&mut self, item: &'a ItemMod) {
        visit::visit_item_mod(self, item);
    }
}
