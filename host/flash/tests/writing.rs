//! Programmers as data and as programs that fail or hang; a bus that forgets a card and finds it again.

#![expect(
    clippy::disallowed_methods,
    reason = "a program that hangs and a kernel that answers late are played in the wall's time"
)]

use flash::{Bus, FlashError, Programmer, Step, Workbench};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const CARD: &str = "0000:03:00.0";

fn programmer(text: &str) -> Programmer {
    Programmer::of("b", &format!("name = \"b\"\n[programmer]\n{text}")).unwrap()
}

fn lines(programmer: &Programmer, device: Option<&str>) -> Vec<String> {
    let steps = programmer
        .steps(Path::new("/images/my card.bit"), device)
        .unwrap();
    steps.iter().map(Step::line).collect()
}

#[test]
fn commands_are_those_of_the_tools() {
    let loader = programmer("kind = \"openfpgaloader\"\nboard = \"ecp5_evn\"\nlimit_s = 300");
    assert_eq!(
        lines(&loader, None),
        ["openFPGALoader --board ecp5_evn --write-flash --verify '/images/my card.bit'"]
    );
    let vivado = programmer("kind = \"vivado\"\nserver = \"localhost:3121\"\nmemory = \"m\"\nlimit_s = 900");
    let steps = vivado.steps(Path::new("/i.bit"), None).unwrap();
    assert_eq!(
        steps[0].line(),
        "vivado -mode batch -nojournal -nolog -notrace -source flash.tcl -tclargs localhost:3121 m /i.bit"
    );
    assert_eq!(steps[0].limit, Duration::from_secs(900));
    let (name, text) = steps[0].file.as_ref().unwrap();
    assert!(name == "flash.tcl" && text.contains("program_hw_cfgmem"));
    let alveo = programmer("kind = \"xbmgmt\"\nlimit_s = 900");
    assert_eq!(
        lines(&alveo, Some(CARD)),
        ["xbmgmt program --device 0000:03:00.0 --base --image '/images/my card.bit' --force"]
    );
    let lite = programmer("kind = \"litepcie\"\noffset = 4194304\nlimit_s = 900");
    assert_eq!(
        lines(&lite, Some(CARD)),
        [
            "litepcie_util flash_write '/images/my card.bit' 4194304",
            "litepcie_util flash_reload"
        ]
    );
    for (over, programmer) in [(false, &loader), (false, &vivado), (true, &alveo), (true, &lite)] {
        assert_eq!(programmer.is_over_pcie(), over);
        if over {
            let error = programmer.steps(Path::new("/i.bit"), None).unwrap_err();
            assert!(
                error.is_usage() && error.to_string().contains("--device"),
                "{error}"
            );
        }
    }
    let error = Programmer::of("b", "name = \"b\"").unwrap_err();
    assert!(
        error.is_usage() && error.to_string().contains("[programmer]"),
        "{error}"
    );
    assert!(
        Programmer::of("b", "[programmer]\nkind = \"x\"")
            .unwrap_err()
            .is_usage()
    );
    for board in flash::board::names() {
        let programmer = Programmer::of(board, flash::board::text(board).unwrap());
        assert_eq!(programmer.is_ok(), board != "de5a-net", "{board}: {programmer:?}");
    }
    let acorn = Programmer::of("acorn-cle215", flash::board::text("acorn-cle215").unwrap()).unwrap();
    assert!(
        lines(&acorn, None)[0].starts_with("openFPGALoader --board acornCle215 --cable ft2232 --write-flash")
    );
    assert!(
        flash::board::text("none")
            .unwrap_err()
            .to_string()
            .contains("ecp5-85")
    );
}

/// A program of the test: writes its arguments down, then does what `body` says.
fn program(folder: &Path, body: &str, limit: Duration) -> Step {
    let path = folder.join("fake");
    fs::write(
        &path,
        format!("#!/bin/sh\nprintf '%s\\n' \"$@\" > arguments\n{body}\n"),
    )
    .unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    Step {
        program: path.display().to_string(),
        arguments: vec!["--board".into(), "my card".into()],
        file: Some(("script.tcl".into(), "text".into())),
        limit,
    }
}

#[test]
fn a_program_runs_fails_hangs_or_is_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let long = Duration::from_secs(20);
    program(folder.path(), "test -f script.tcl", long)
        .run(folder.path())
        .unwrap();
    assert_eq!(
        fs::read_to_string(folder.path().join("arguments")).unwrap(),
        "--board\nmy card\n"
    );
    let failed = program(folder.path(), "echo erasing; echo no cable >&2; exit 3", long).run(folder.path());
    let said = failed.unwrap_err();
    assert!(
        !said.is_usage()
            && said.to_string().contains("erasing; no cable")
            && said.to_string().contains("--golden"),
        "{said}"
    );
    // More than a pipe holds, and nothing at all.
    program(folder.path(), "head -c 300000 /dev/zero", long)
        .run(folder.path())
        .unwrap();
    let silent = program(folder.path(), "exit 1", long)
        .run(folder.path())
        .unwrap_err()
        .to_string();
    assert!(silent.contains("it said nothing"), "{silent}");
    let start = Instant::now();
    let hung = program(folder.path(), "exec sleep 60", Duration::from_millis(300))
        .run(folder.path())
        .unwrap_err();
    assert!(
        matches!(hung, FlashError::Timeout { .. }) && start.elapsed() < Duration::from_secs(10),
        "{hung}"
    );
    // What it has started ends with it: a flash that is still being written is not one to write again.
    let start = Instant::now();
    let body = "sleep 60 & echo $! > child; wait";
    let hung = program(folder.path(), body, Duration::from_millis(500))
        .run(folder.path())
        .unwrap_err();
    assert!(matches!(hung, FlashError::Timeout { .. }), "{hung}");
    let child = fs::read_to_string(folder.path().join("child")).unwrap();
    let is_running = || {
        let status = fs::read_to_string(format!("/proc/{}/stat", child.trim()));
        // Nobody may have asked yet how it ended.
        status.is_ok_and(|status| !status.contains(") Z "))
    };
    while is_running() {
        assert!(start.elapsed() < Duration::from_secs(10), "it runs on");
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut none = program(folder.path(), "", long);
    none.program = "/no/such/program".into();
    let error = none.run(folder.path()).unwrap_err();
    assert!(error.is_usage() && error.to_string().contains("PATH"), "{error}");
}

#[test]
fn a_working_folder_is_new_and_of_its_owner_alone() {
    let parent = tempfile::tempdir().unwrap();
    let taken = parent
        .path()
        .join(format!("tickforge-flash-{}-0", std::process::id()));
    let elsewhere = tempfile::tempdir().unwrap();
    symlink(elsewhere.path(), &taken).unwrap();
    let bench = Workbench::below(parent.path()).unwrap();
    let path = bench.path().to_owned();
    assert!(path.is_dir() && path != taken);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
    fs::write(path.join("image"), "bits").unwrap();
    drop(bench);
    assert!(!path.exists() && fs::read_dir(elsewhere.path()).unwrap().count() == 0);
    let error = Workbench::below(Path::new("/none")).unwrap_err();
    assert!(
        error.is_usage() && error.to_string().contains("/none/"),
        "{error}"
    );
}

/// A sysfs tree in which one bridge has one card, and a kernel that obeys.
struct Kernel {
    root: tempfile::TempDir,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Kernel {
    fn new(removes: bool, finds: bool) -> Self {
        let root = tempfile::tempdir().unwrap();
        let bridge = root.path().join("devices/pci0000:00/0000:00:01.0");
        let card = bridge.join(CARD);
        fs::create_dir_all(&card).unwrap();
        fs::create_dir_all(root.path().join("bus/pci/devices")).unwrap();
        let link = root.path().join("bus/pci/devices").join(CARD);
        symlink(&card, &link).unwrap();
        for file in [
            bridge.join("rescan"),
            card.join("remove"),
            root.path().join("bus/pci/rescan"),
        ] {
            fs::write(file, "").unwrap();
        }
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let written = |path: &Path| fs::read_to_string(path).is_ok_and(|text| text == "1");
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                if removes && written(&card.join("remove")) {
                    fs::remove_file(&link).unwrap();
                    fs::remove_dir_all(&card).unwrap();
                }
                if finds && written(&bridge.join("rescan")) && !link.exists() {
                    fs::create_dir_all(&card).unwrap();
                    fs::write(card.join("remove"), "").unwrap();
                    symlink(&card, &link).unwrap();
                    fs::write(bridge.join("rescan"), "").unwrap();
                }
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        Self {
            root,
            stop,
            thread: Some(thread),
        }
    }

    fn bus(&self) -> Bus {
        Bus::at(self.root.path()).within(Duration::from_millis(500))
    }

    fn card(&self) -> PathBuf {
        self.root.path().join("bus/pci/devices").join(CARD)
    }
}

impl Drop for Kernel {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        // It ends with the flag.
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

#[test]
fn a_card_is_off_the_bus_while_it_is_written() {
    let kernel = Kernel::new(true, true);
    let card = kernel.card();
    kernel
        .bus()
        .around(CARD, false, || {
            assert!(!card.exists(), "the card is on the bus while it is written");
            Ok(())
        })
        .unwrap();
    assert!(card.exists());
    // Through the card itself it is written before.
    kernel
        .bus()
        .around(CARD, true, || {
            assert!(card.exists());
            Ok(())
        })
        .unwrap();
    assert!(card.exists());
}

#[test]
fn a_write_that_fails_brings_the_card_back() {
    let kernel = Kernel::new(true, true);
    let fails = || Err(FlashError::Unsigned);
    assert!(matches!(
        kernel.bus().around(CARD, false, fails),
        Err(FlashError::Unsigned)
    ));
    assert!(kernel.card().exists());
    assert!(matches!(
        kernel.bus().around(CARD, true, fails),
        Err(FlashError::Unsigned)
    ));
    assert!(kernel.card().exists());
}

#[test]
fn a_bus_that_does_not_obey_is_told_by_name() {
    let stays = Kernel::new(false, true);
    let error = stays
        .bus()
        .around(CARD, false, || unreachable!("nothing is written"))
        .unwrap_err();
    assert!(
        matches!(error, FlashError::StillThere { .. }) && error.to_string().contains("nothing was written"),
        "{error}"
    );
    let error = stays.bus().around(CARD, true, || Ok(())).unwrap_err();
    assert!(
        matches!(error, FlashError::StillThere { .. }) && error.to_string().contains("image is in the flash"),
        "{error}"
    );
    for other in [
        "",
        "..",
        "../devices",
        "03:00.0",
        "0000:03:00.0/..",
        "0000:03:00:0",
        "0000:03:0G.0",
    ] {
        let error = stays
            .bus()
            .around(other, false, || unreachable!("{other}"))
            .unwrap_err();
        assert!(
            matches!(error, FlashError::NoAddress { .. }) && error.is_usage(),
            "{other}: {error}"
        );
    }
    let far = stays.bus().check("10000:e1:00.0").unwrap_err();
    assert!(matches!(far, FlashError::NoDevice { .. }), "{far}");
    let gone = Kernel::new(true, false);
    let error = gone.bus().around(CARD, false, || Ok(())).unwrap_err();
    assert!(
        matches!(error, FlashError::NotBack { .. }) && error.to_string().contains("power-cycle"),
        "{error}"
    );
    let error = gone.bus().around(CARD, false, || Ok(())).unwrap_err();
    assert!(
        error.is_usage() && error.to_string().contains("lspci -D"),
        "{error}"
    );
    let both = Kernel::new(true, false);
    let error = both
        .bus()
        .around(CARD, false, || Err(FlashError::Unsigned))
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("no signature") && error.contains("did not come back"),
        "{error}"
    );
}

#[test]
fn a_card_in_use_is_left_alone() {
    let kernel = Kernel::new(true, true);
    let drivers = kernel.root.path().join("bus/pci/drivers");
    for (driver, is_free) in [("xdma", false), ("vfio-pci", true)] {
        fs::create_dir_all(drivers.join(driver)).unwrap();
        let link = kernel.card().join("driver");
        let _ = fs::remove_file(&link);
        symlink(drivers.join(driver), &link).unwrap();
        let outcome = kernel.bus().check(CARD);
        assert_eq!(outcome.is_ok(), is_free, "{driver}");
        if let Err(error) = outcome {
            assert!(
                error.is_usage() && error.to_string().contains("drivers/xdma/unbind"),
                "{error}"
            );
        }
    }
}
