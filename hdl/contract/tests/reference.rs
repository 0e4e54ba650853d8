//! The committed register reference is what the contract says.

#[cfg_attr(miri, ignore = "reads a file; no unsafe code is in it")]
#[test]
fn registers_md_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/registers.md");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == contract::reference::markdown(),
        "docs/registers.md is out of date: run `cargo run -p contract --example registers > docs/registers.md`"
    );
}

#[cfg_attr(miri, ignore = "reads a file; no unsafe code is in it")]
#[test]
fn features_md_is_up_to_date() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/features.md");
    let committed = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        committed == contract::feature_reference::markdown(),
        "docs/features.md is out of date: run `cargo run -p contract --example features > docs/features.md`"
    );
}

#[test]
fn no_two_registers_share_an_address() {
    for config in contract::config::CONFIGS {
        let all = contract::reg::all(config);
        let mut seen = std::collections::HashMap::new();
        for (at, area, r) in &all {
            assert!(
                *at < contract::port::BAR0_BYTES && at % 4 == 0,
                "{area} {}",
                r.name
            );
            if let Some(other) = seen.insert(at, r.name) {
                panic!("{area} {} shares {at:#x} with {other}", r.name);
            }
            assert_eq!(r.reset & !r.mask, 0, "{}", r.name);
        }
        assert!(all.len() > 100);
    }
}
