//! Prints the register reference: `cargo run -p contract --example registers > docs/registers.md`.
fn main() {
    print!("{}", contract::reference::markdown());
}
