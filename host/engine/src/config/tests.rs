//! Reading a configuration, and what is said of its keys.

use super::*;

const GOOD: &str = "
[[slot]]
symbol = \"GOOG\"
tick = 0.01
[limits]
qty_max = 500
collar = 0.5
[model]
path = \"m.onnx\"
[policy]
edge_min = 0.3
";

#[test]
fn reads_a_document_with_defaults() {
    let c = Config::parse(GOOD, "x.toml").expect("good");
    assert_eq!(
        (c.slots[0].tick, c.limits(0).collar, c.limits(0).position_max),
        (Some(Dollars(100)), Dollars(5_000), 10_000)
    );
    assert_eq!(c.policy.qty, 100);
}

#[test]
fn sides_are_letters_each_once() {
    let permit = |letters: &str| {
        let text = GOOD.replace("qty_max = 500", &format!("sides = {letters:?}"));
        Config::parse(&text, "x.toml").map(|c| c.limits(0).to_risk().permit)
    };
    let all = Config::parse(GOOD, "x.toml").map(|c| c.limits(0).to_risk().permit);
    assert_eq!(all.expect("good"), permit::SIDES);
    assert_eq!(permit("").expect("none is a set"), 0);
    assert_eq!(permit("TB").expect("a set"), permit::BUY | permit::SHORT);
    for bad in ["X", "BB", "b"] {
        assert!(permit(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_backend_is_one_of_three() {
    use model::Backend;
    let backend = |text: &str| {
        Config::parse(text, "x.toml")
            .expect("good")
            .model
            .expect("a model")
            .backend
    };
    assert_eq!(backend(GOOD), Backend::Auto);
    let with = |name: &str| GOOD.replace("[policy]", &format!("backend = \"{name}\"\n[policy]"));
    assert_eq!(
        (backend(&with("compiled")), backend(&with("ort"))),
        (Backend::Compiled, Backend::Ort)
    );
    let m = message(&with("gpu"));
    assert!(
        m.starts_with("x.toml:10:11: unknown variant `gpu`") && m.contains("compiled"),
        "{m}"
    );
}

fn message(text: &str) -> String {
    Config::parse(text, "x.toml").expect_err("bad").to_string()
}

#[test]
fn unknown_fields_are_refused_with_their_line() {
    let m = message(&GOOD.replace("qty_max", "qty_maximum"));
    assert!(m.starts_with("x.toml:6:1: unknown field `qty_maximum`"), "{m}");
    let m = message(&GOOD.replace("0.01", "0.00001"));
    assert!(m.starts_with("x.toml:4:") && m.contains("four decimals"), "{m}");
}

#[test]
fn the_samples_say_what_the_defaults_are() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config");
    let usual = Orders::default();
    // Quantities in millionths make values in millions.
    let millionths = Orders {
        gross_max_dollars: 1_000_000_000_000,
        ..usual.clone()
    };
    for (name, orders) in [("btcusd.toml", millionths), ("synthetic.toml", usual)] {
        let c = Config::load(&folder.join(name)).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(c.orders, orders, "{name}");
    }
}

#[test]
fn orders_have_addresses() {
    use crate::order_path::{Mac, Transport};
    let c = Config::parse(GOOD, "x.toml").expect("good");
    assert_eq!(c.orders, Orders::default());
    let text = format!(
        "{GOOD}[orders]\nmode = \"tcp\"\nsource_mac = \"02:00:00:00:00:ff\"\nsource_ip = \"10.1.2.3\"\n"
    );
    let orders = Config::parse(&text, "x.toml").expect("good").orders;
    assert_eq!(
        (orders.mode, orders.source_mac, orders.source_ip.octets()),
        (Transport::Tcp, Mac([2, 0, 0, 0, 0, 255]), [10, 1, 2, 3])
    );
    let m = message(&text.replace(":ff", ""));
    assert!(m.starts_with("x.toml:14:") && m.contains("no MAC address"), "{m}");
    let m = message(&text.replace("tcp", "sctp"));
    assert!(m.starts_with("x.toml:13:") && m.contains("`udp` or `tcp`"), "{m}");
    assert!(message(&text.replace("10.1.2.3", "10.1.2")).starts_with("x.toml:15:"));
    assert!(message(&text.replace("\"02:", "\"01:")).contains("group address"));
    assert!(message(&format!("{text}heartbeat_timeout_ns = 9")).contains("below 100000"));
    for firm in ["", "FORGE", "F-"] {
        assert!(message(&format!("{text}watchdog_firm = \"{firm}\"")).contains("is no firm"));
    }
    assert!(message(&format!("{text}source_port = 0")).contains("no port"));
}

#[test]
fn learning_is_checked_with_its_values() {
    let c = Config::parse(&format!("{GOOD}[learning]\nshare = 0.25\n"), "x.toml").expect("good");
    let learning = c.learning.expect("there");
    assert_eq!(
        learning,
        learn::Settings {
            share: 0.25,
            ..Default::default()
        }
    );
    let m = message("[[slot]]\nsymbol = \"A\"\n[learning]\nshare = 0.25\n");
    assert!(
        m.starts_with("x.toml:4:9: learning.share: 0.25 leaves a share"),
        "{m}"
    );
    let m = message(&format!("{GOOD}[learning.rls]\nforgetting = 1.5\n"));
    assert!(
        m.contains("learning.rls.forgetting: 1.5 is not within 0.9 to 1"),
        "{m}"
    );
    let m = message(&format!("{GOOD}[learning]\nmethod = \"sgd\"\n"));
    assert!(m.starts_with("x.toml:13:10: unknown variant `sgd`"), "{m}");
}

#[test]
fn values_are_checked() {
    assert!(message("").contains("no symbol"));
    assert!(message("[[slot]]\nsymbol = \"TOOLONGNAME\"").contains("slot[0].symbol"));
    assert!(message("[[slot]]\nsymbol = \"A\"\n[[slot]]\nsymbol = \"A\"").contains("twice"));
    assert!(message("[[slot]]\nsymbol = \"A\"\n[policy]\nedge_min = 2.0").contains("edge_min"));
    assert!(message("[[slot]]\nsymbol = \"A\"\n[feed]\nmessages_per_packet = 0").contains("1 to 64"));
}

/// What serde takes and what is explained are the same names, section by section.
#[test]
fn every_key_is_explained_and_every_explained_key_exists() {
    let keys = schema::keys::<Config>();
    let mut values = 0;
    for section in keys.iter().filter(|key| key.kind != schema::Kind::Value) {
        let below = match (section.path.as_str(), section.kind) {
            ("", _) => String::new(),
            (path, schema::Kind::Sections) => format!("{path}[]."),
            (path, _) => format!("{path}."),
        };
        let names = keys.iter().filter_map(|key| key.path.strip_prefix(&below));
        let names: Vec<&str> = names
            .filter(|name| !name.is_empty() && !name.contains('.'))
            .collect();
        assert_eq!(names, section.names, "[{}]", section.path);
        values += names.len();
    }
    assert_eq!(values, keys.len() - 1);
    assert_eq!(keys[0].names, schema::fields::<Config>());
    for key in &keys[1..] {
        assert!(
            key.what.len() > 3 && !key.what.contains("  "),
            "{}: {}",
            key.path,
            key.what
        );
    }
}

/// Every value says where it goes: registers of the contract, a file of this repository.
#[test]
fn keys_go_where_something_is() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let known = || contract::reg::GLOBAL.iter().chain(contract::reg::SLOT);
    let mut narrow = Vec::new();
    for key in schema::keys::<Config>()
        .iter()
        .filter(|key| key.kind == schema::Kind::Value)
    {
        assert!(root.join(key.module).is_file(), "{}: {}", key.path, key.module);
        for name in key.registers {
            assert!(
                known().any(|register| register.name == *name),
                "{}: {name}",
                key.path
            );
        }
        let most = key
            .of
            .strip_prefix("integer, 0 to ")
            .and_then(|most| most.parse::<u64>().ok());
        let (Some(most), [name]) = (most, key.registers) else {
            continue;
        };
        let mask = known()
            .find(|register| register.name == *name)
            .map_or(0, |register| register.mask);
        // A value that the register has no bits for is refused.
        if most > u64::from(mask) && key.path != "orders.source_port" && *name != "TABLE_DATA" {
            narrow.push(key.path.clone());
            let name = key.path.rsplit('.').next().expect("a name");
            let text = format!("[[slot]]\nsymbol = \"A\"\n{name} = {}\n", u64::from(mask) + 1);
            assert!(
                message(&text).contains(&format!("slot[0].{name}")),
                "{}",
                key.path
            );
        }
    }
    assert_eq!(narrow, ["slot[].qty_shift"]);
}

/// A document that writes every default out is the one that says nothing.
#[test]
fn explained_defaults_are_the_defaults() {
    let mut text = "[[slot]]\nsymbol = \"A\"\n".to_owned();
    let mut written = 0;
    for key in &schema::keys::<Config>()[1..] {
        match (&key.default, key.kind) {
            _ if key.path.starts_with("slot") || key.path.starts_with("model") => {}
            (_, schema::Kind::Section) => text.push_str(&format!("[{}]\n", key.path)),
            (schema::Default::Is(default), schema::Kind::Value) => {
                let name = key.path.rsplit('.').next().expect("a name");
                text.push_str(&format!("{name} = {default}\n"));
                written += 1;
            }
            _ => {}
        }
    }
    let spelt = Config::parse(&text, "x.toml").unwrap_or_else(|error| panic!("{error}\n{text}"));
    let silent = Config::parse("[[slot]]\nsymbol = \"A\"\n[rules]\n[learning]\n", "x.toml").expect("good");
    assert_eq!(spelt, silent);
    assert!(written > 50, "{written}");
}

/// Problems as `line:column key`, with what is said.
fn found(text: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config");
    let mut all = check::problems(text, &folder, &contract::config::SMALL);
    all.sort_by_key(|p| (p.line, p.column));
    all.into_iter()
        .map(|p| {
            let severity = if p.severity == Severity::Error {
                "error"
            } else {
                "warning"
            };
            let at = format!("{severity} {}:{} {}", p.line, p.column, p.key);
            (at, format!("{}; {}", p.message, p.remedy))
        })
        .collect()
}

#[test]
fn a_check_finds_everything_at_once() {
    let text = "
[[slot]]
symbol = 5
tik = 0.01
[limit]
qty_max = 1
[limits]
collar = 0.00001
qty_max = -1
[model]
backend = \"gpu\"
[orders]
mode = \"sctp\"
";
    let all = found(text);
    let at: Vec<&str> = all.iter().map(|(at, _)| at.as_str()).collect();
    let wanted = [
        "error 3:10 slot[0].symbol",
        "error 4:1 slot[0].tik",
        "error 5:2 limit",
        "error 8:10 limits.collar",
        "error 9:11 limits.qty_max",
        "error 10:1 model.path",
        "error 11:11 model.backend",
        "error 13:8 orders.mode",
    ];
    assert_eq!(at, wanted, "{all:#?}");
    for (i, said) in [
        (0, "write text"),
        (1, "unknown key `tik`; did you mean `tick`?"),
        (2, "did you mean `limits`?"),
        (3, "four decimals"),
        (4, "integer, 0 to 4294967295, shares; the default is 1000"),
        (5, "`path` is missing; give path of a file"),
        (6, "\"auto\" or \"compiled\" or \"ort\"; the default is \"auto\""),
        (7, "\"udp\" or \"tcp\""),
    ] {
        assert!(all[i].1.contains(said), "{said}: {:?}", all[i]);
    }
    let broken = found("[[slot]]\nsymbol = \n[limits\n");
    assert!(broken.len() > 1 && broken[0].0 == "error 2:10 ", "{broken:?}");
}

/// Each text, behind one symbol, has this one problem.
fn each_has(cases: &[(&str, &str, &str)]) {
    for (text, at, said) in cases {
        let all = found(&format!("[[slot]]\nsymbol = \"A\"\n{text}"));
        assert_eq!(all.len(), 1, "{text}: {all:?}");
        assert!(all[0].0 == *at && all[0].1.contains(said), "{text}: {all:?}");
    }
}

#[test]
fn values_that_cannot_be_are_errors() {
    each_has(&[
        (
            "[model]\npath = \"no.onnx\"",
            "error 4:8 model.path",
            "no.onnx is no file",
        ),
        (
            "[limits]\nbands = [2.0, 1.0]",
            "error 4:9 limits.bands",
            "2.0000 is above the highest",
        ),
        (
            "[slot.limits]\nbands = [2.0, 1.0]",
            "error 4:9 slot[0].limits.bands",
            "above the highest",
        ),
        (
            "[limits]\nnotional_max_dollars = 1_844_674_407_370_956",
            "error 4:24 limits.notional_max_dollars",
            "at most 1844674407370955",
        ),
        (
            "[orders]\ngross_max_dollars = 1_844_674_407_370_956",
            "error 4:21 orders.gross_max_dollars",
            "at most 1844674407370955",
        ),
        (
            "[orders]\ngross_max_dollars = 0",
            "warning 4:21 orders.gross_max_dollars",
            "0 refuses every order",
        ),
        (
            "[policy]\nqty = 0",
            "error 4:7 policy.qty",
            "an order of 0 shares is none",
        ),
        ("[policy]\nqty = 1_000_000", "error 4:7 policy.qty", "1 to 999999"),
        // A value out of its range has what the key takes for a remedy.
        (
            "[feed]\nmessages_per_packet = 65",
            "error 4:23 feed.messages_per_packet",
            "must be 1 to 64; Most messages",
        ),
    ]);
    assert!(found("")[0].1.contains("no symbol to subscribe"));
    // An error of a value is one that no command takes.
    for text in [
        "[limits]\nbands = [2.0, 1.0]",
        "[slot.limits]\nbands = [2.0, 1.0]",
        "[limits]\nnotional_max_dollars = 1_844_674_407_370_956",
        "[orders]\ngross_max_dollars = 1_844_674_407_370_956",
        "[policy]\nqty = 0",
        "[policy]\nqty = 1_000_000",
    ] {
        let refused = Config::parse(&format!("[[slot]]\nsymbol = \"A\"\n{text}"), "f.toml");
        assert!(
            matches!(refused, Err(ConfigError::Value { line: 4, .. })),
            "{text}: {refused:?}"
        );
    }
}

#[test]
fn more_symbols_than_the_card_has_slots_are_an_error() {
    let several = |count: u32| {
        let slots = (0..count).map(|i| format!("[[slot]]\nsymbol = \"A{i}\"\n"));
        found(&slots.collect::<String>())
    };
    assert_eq!(several(4), []);
    let (at, said) = &several(5)[0];
    assert_eq!(at, "error 9:1 slot[4]");
    assert!(
        said.contains("5 symbols, and a card of size small has 4 slots"),
        "{said}"
    );
}

#[test]
fn limits_that_refuse_everything_are_warned_of() {
    each_has(&[
        (
            "[limits]\nqty_max = 1_000_000\nposition_max = 2_000_000",
            "warning 4:11 limits.qty_max",
            "at most 999999",
        ),
        (
            "[limits]\nqty_max = 20_000",
            "warning 4:11 limits.qty_max",
            "refused anyway",
        ),
        (
            "[limits]\nrate_tokens = 0",
            "warning 4:15 limits.rate_tokens",
            "refuses every order",
        ),
        (
            "[limits]\nthrottle = 0",
            "warning 4:12 limits.throttle",
            "refuses every order",
        ),
        (
            "[limits]\nsides = \"\"",
            "warning 4:9 limits.sides",
            "refuses every order",
        ),
        (
            "[orders]\nrate_tokens = 0",
            "warning 4:15 orders.rate_tokens",
            "refuses every order",
        ),
        (
            "[learning]\n[policy]\nqty = 1_001",
            "warning 5:7 policy.qty",
            "above qty_max or position_max of A",
        ),
    ]);
    // Nobody decides: the policy sends nothing.
    assert_eq!(found("[[slot]]\nsymbol = \"A\"\n[policy]\nqty = 1_001\n"), []);
}

#[test]
fn values_that_contradict_one_another_are_warned_of() {
    each_has(&[
        (
            "[rules]\nshort = true",
            "warning 4:9 rules.short",
            "no share is located",
        ),
        (
            "[rules]\nlocated = 5",
            "warning 4:11 rules.located",
            "may not be sent",
        ),
        (
            "[limits]\nsides = \"BS\"\n[rules]\nshort = true\nlocated = 5",
            "warning 6:9 rules.short",
            "no slot's sides have T",
        ),
        (
            "[rules]\naway = \"simulated\"",
            "warning 4:8 rules.away",
            "of 0 shares",
        ),
        (
            "tick = 0.015\n[rules]\ntick = 0.01",
            "warning 3:8 slot[0].tick",
            "no multiple",
        ),
        (
            "[orders]\ndestination_ip = \"192.0.2.1\"",
            "warning 4:18 orders.destination_ip",
            "own address",
        ),
        (
            "[orders]\ndestination_mac = \"02:00:00:00:00:01\"",
            "warning 4:19 orders.destination_mac",
            "own address",
        ),
    ]);
    assert_eq!(found("[[slot]]\nsymbol = \"A\"\n"), []);
}

/// An ensemble's description is read, and its files are looked for.
#[test]
fn files_are_looked_for_in_an_ensemble_too() {
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let whole = models.join("core_mlp.onnx");
    let folder = tempfile::tempdir().expect("a folder");
    let has = |ensemble: &str| {
        std::fs::write(folder.path().join("e.toml"), ensemble).expect("written");
        let text = "[[slot]]\nsymbol = \"A\"\n[model]\npath = \"e.toml\"\n";
        let all = check::problems(text, folder.path(), &contract::config::SIM);
        all.into_iter().map(|p| p.message).collect::<Vec<_>>().join("|")
    };
    assert_eq!(has(&format!("[[member]]\npath = {whole:?}\n")), "");
    assert!(has("[[member]]\npath = \"no.onnx\"\n").ends_with("no.onnx is no file"));
    assert!(
        has(&format!("stack = \"no.onnx\"\n[[member]]\npath = {whole:?}\n")).ends_with("no.onnx is no file")
    );
    assert!(has("[[member]]\npat = \"a\"\n").contains("e.toml: line 2: unknown field `pat`"));
}

#[test]
fn the_samples_have_no_problem() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config");
    for name in ["btcusd.toml", "synthetic.toml", "learning.toml"] {
        let problems = check(&folder.join(name), &contract::config::SIM).expect("readable");
        assert_eq!(problems, [], "{name}");
    }
}
