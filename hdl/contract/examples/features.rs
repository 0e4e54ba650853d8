//! Prints the feature reference: `cargo run -p contract --example features > docs/features.md`.
fn main() {
    print!("{}", contract::feature_reference::markdown());
}
