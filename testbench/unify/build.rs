//! Nothing is built: the build dependencies are what this crate is for.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}
