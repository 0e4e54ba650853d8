//! `tickforge flash` and `tickforge image`: what is refused, what is run, and the codes they end with.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

/// A folder with a key, an image and its manifest, and a programmer that writes its arguments down and does as the file `orders` says.
struct Bench(tempfile::TempDir);

const LOADER: &str = "#!/bin/sh\necho \"$@\" >> \"$TICKFORGE_TEST/ran\"\n. \"$TICKFORGE_TEST/orders\"\n";

impl Bench {
    fn new(contract: u32) -> Self {
        let bench = Self(tempfile::tempdir().unwrap());
        let loader = bench.at("openFPGALoader");
        fs::write(&loader, LOADER).unwrap();
        fs::set_permissions(&loader, fs::Permissions::from_mode(0o755)).unwrap();
        fs::write(bench.at("orders"), "").unwrap();
        fs::write(bench.at("card.bit"), "bits").unwrap();
        let digest = flash::image::sha256(b"bits");
        let text = format!(
            "board = \"ecp5-85\"\nblock = \"csr\"\nconfig = \"small\"\ncommit = \"c0ffee\"\ncontract = \"{contract:08x}\"\n\
             verilog_sha256 = \"0\"\nseed = 1\nclock_khz = 1\nwanted_khz = 1\nslack_ps = 0\nsha256 = \"{digest}\"\n[tools]\n"
        );
        fs::write(bench.at("card.manifest.toml"), text).unwrap();
        assert_eq!(bench.run(&["image", "key", "release.key"]).0, 0);
        bench
    }

    fn at(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    /// Exit code and everything said.
    fn run(&self, arguments: &[&str]) -> (i32, String) {
        // No other programmer is ever found: a test must not write into a board that happens to be plugged in.
        let path = self.0.path();
        let Output {
            status,
            stdout,
            stderr,
        } = Command::new(env!("CARGO_BIN_EXE_tickforge"))
            .args(arguments)
            .current_dir(self.0.path())
            .env("PATH", path)
            .env("TICKFORGE_TEST", self.0.path())
            .output()
            .unwrap();
        let said = [stdout, stderr].concat();
        (
            status.code().unwrap_or(-1),
            String::from_utf8_lossy(&said).into_owned(),
        )
    }

    fn flash(&self, more: &[&str]) -> (i32, String) {
        self.run(&[&["flash", "--board", "ecp5-85", "--state", "golden"], more].concat())
    }

    fn sign(&self) {
        let (code, said) = self.run(&["image", "sign", "--key", "release.key", "card.bit"]);
        assert_eq!(code, 0, "{said}");
    }

    fn ran(&self) -> String {
        fs::read_to_string(self.at("ran")).unwrap_or_default()
    }
}

const SIGNED: &[&str] = &["--image", "card.bit", "--trust", "release.pub"];

fn ends(outcome: (i32, String), code: i32, parts: &[&str]) {
    assert_eq!(outcome.0, code, "{}", outcome.1);
    for part in parts {
        assert!(outcome.1.contains(part), "{part} in {}", outcome.1);
    }
}

#[test]
fn a_signed_image_is_written_and_kept() {
    let bench = Bench::new(contract::CONTRACT_HASH);
    bench.sign();
    ends(
        bench.flash(&[SIGNED, &["--dry-run"]].concat()),
        0,
        &["openFPGALoader --board ecp5_evn --write-flash"],
    );
    assert_eq!(bench.ran(), "");
    ends(
        bench.flash(&[SIGNED, &["--keep-golden"]].concat()),
        0,
        &["is in the flash", "c0ffee", "kept as golden"],
    );
    assert!(
        bench
            .ran()
            .starts_with("--board ecp5_evn --write-flash --verify /"),
        "{}",
        bench.ran()
    );
    fs::remove_file(bench.at("card.bit")).unwrap();
    ends(
        bench.flash(&["--golden", "--trust", "release.pub"]),
        0,
        &["golden.bit is in the flash"],
    );
    assert_eq!(bench.ran().lines().count(), 2);
    // What lies in the folder is looked at like any other image.
    fs::write(bench.at("golden/ecp5-85/golden.bit"), "other").unwrap();
    ends(
        bench.flash(&["--golden", "--trust", "release.pub"]),
        1,
        &["sha256"],
    );
}

#[test]
fn what_is_refused_is_never_written() {
    let bench = Bench::new(contract::CONTRACT_HASH);
    ends(bench.flash(SIGNED), 1, &["no signature", "--unsigned"]);
    bench.sign();
    ends(bench.flash(&["--image", "card.bit"]), 2, &["--trust"]);
    ends(
        bench.flash(&["--image", "none.bit", "--trust", "release.pub"]),
        2,
        &["none.manifest.toml"],
    );
    ends(
        bench.run(&["flash", "--board", "x", "--image", "card.bit"]),
        2,
        &["no such board", "ecp5-85"],
    );
    ends(bench.run(&["flash", "--board", "ecp5-85"]), 2, &["--image"]);
    ends(
        bench.flash(&["--golden", "--trust", "release.pub"]),
        2,
        &["golden.manifest.toml"],
    );
    fs::write(bench.at("card.bit"), "other bits").unwrap();
    ends(bench.flash(SIGNED), 1, &["sha256", "damaged"]);
    ends(
        bench.run(&["image", "sign", "--key", "release.key", "card.bit"]),
        1,
        &["sha256"],
    );
    ends(bench.run(&["image", "key", "release.key"]), 2, &["release.key"]);
    let other = Bench::new(0xdead_beef);
    other.sign();
    let hash = format!("{:08x}", contract::CONTRACT_HASH);
    ends(other.flash(SIGNED), 1, &["deadbeef", &hash]);
    ends(
        other.flash(&["--image", "card.bit", "--unsigned"]),
        1,
        &["deadbeef", &hash],
    );
    assert_eq!(bench.ran() + &other.ran(), "");
}

#[test]
fn programmers_and_buses_that_fail_are_told() {
    let bench = Bench::new(contract::CONTRACT_HASH);
    bench.sign();
    fs::write(bench.at("orders"), "echo no cable >&2; exit 4").unwrap();
    ends(
        bench.flash(&[SIGNED, &["--keep-golden"]].concat()),
        1,
        &["no cable", "--golden"],
    );
    assert!(
        !Path::new(&bench.at("golden")).exists(),
        "what was not written is not golden"
    );
    let sysfs = bench.at("sys").display().to_string();
    let device = ["--device", "0000:03:00.0", "--sysfs", &sysfs, "--bus-limit", "1"];
    ends(
        bench.flash(&[SIGNED, &device].concat()),
        2,
        &["no such PCI function"],
    );
    ends(
        bench.flash(&[SIGNED, &["--device", "../devices", "--sysfs", &sysfs]].concat()),
        2,
        &["`../devices` is no PCI address", "lspci -D"],
    );
    ends(
        bench.flash(&[SIGNED, &["--bus-limit", "18446744073709551615"]].concat()),
        2,
        &["--bus-limit", "600"],
    );
    let card = bench.at("sys/bus/pci/devices/0000:03:00.0");
    fs::create_dir_all(&card).unwrap();
    fs::write(card.join("remove"), "").unwrap();
    ends(
        bench.flash(&[SIGNED, &device].concat()),
        1,
        &["still on the bus", "nothing was written"],
    );
    assert_eq!(bench.ran().lines().count(), 1);
    fs::remove_file(bench.at("openFPGALoader")).unwrap();
    ends(bench.flash(SIGNED), 2, &["openFPGALoader is not here"]);
}
