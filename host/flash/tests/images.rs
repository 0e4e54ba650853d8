//! Images are taken only whole, of this contract and by a signer who is trusted; the golden one is kept whole.

use flash::key::{self, Trusted};
use flash::{FlashError, Image, Manifest, Trust};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const HOST: u32 = 0x1234_5678;

struct Made {
    folder: tempfile::TempDir,
    image: PathBuf,
    secret: PathBuf,
    public: PathBuf,
}

impl Made {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (image, secret) = (folder.path().join("card.bit"), folder.path().join("release.key"));
        fs::write(&image, b"bits of a card").unwrap();
        let public = key::make(&secret).unwrap();
        Self {
            folder,
            image,
            secret,
            public,
        }
    }

    fn manifest(&self) -> Manifest {
        Manifest {
            board: "ecp5-85".into(),
            block: "csr".into(),
            config: "small".into(),
            commit: "0123abc".into(),
            contract: format!("{HOST:08x}"),
            verilog_sha256: "00".repeat(32),
            seed: 1,
            clock_khz: 156_250,
            wanted_khz: 156_250,
            slack_ps: -120,
            sha256: flash::image::sha256(b"bits of a card"),
            tools: [("yosys".to_owned(), "0.70".to_owned())].into(),
            signature: None,
        }
    }

    fn signed(&self) -> Manifest {
        let mut manifest = self.manifest();
        manifest.sign(&self.secret).unwrap();
        manifest
    }

    fn trust(&self) -> Trust {
        Trust::Keys(Trusted::read(std::slice::from_ref(&self.public)).unwrap())
    }

    fn verify(&self, manifest: &Manifest, trust: &Trust) -> Result<Image, FlashError> {
        let path = Manifest::beside(&self.image);
        manifest.write(&path).unwrap();
        Image::verify(&self.image, &path, "ecp5-85", HOST, trust)
    }
}

#[test]
fn a_signed_image_of_this_contract_is_taken() {
    let made = Made::new();
    let image = made.verify(&made.signed(), &made.trust()).unwrap();
    assert_eq!(image.manifest, made.signed());
    assert!(Manifest::beside(&made.image).ends_with("card.manifest.toml"));
}

#[test]
fn what_is_not_is_refused_by_name() {
    let made = Made::new();
    let trust = made.trust();
    let refused = |manifest: &Manifest, trust: &Trust| {
        let error = made.verify(manifest, trust).unwrap_err();
        (error.is_usage(), error.to_string())
    };
    let resigned = |change: &dyn Fn(&mut Manifest)| {
        let mut manifest = made.manifest();
        change(&mut manifest);
        manifest.sign(&made.secret).unwrap();
        manifest
    };
    let (usage, said) = refused(&resigned(&|m| m.contract = "deadbeef".into()), &trust);
    assert!(
        !usage && said.contains("deadbeef") && said.contains("12345678") && said.contains("0123abc"),
        "{said}"
    );
    let (usage, said) = refused(&resigned(&|m| m.sha256 = "11".repeat(32)), &trust);
    assert!(
        !usage && said.contains(&"11".repeat(32)) && said.contains("damaged"),
        "{said}"
    );
    let (usage, said) = refused(&resigned(&|m| m.board = "other".into()), &trust);
    assert!(usage && said.contains("for other, not for ecp5-85"), "{said}");
    let (usage, said) = refused(&made.manifest(), &trust);
    assert!(!usage && said.contains("--unsigned"), "{said}");
    assert!(made.verify(&made.manifest(), &Trust::Anyone).is_ok());
    // A wrong digest is refused whoever is trusted.
    let mut damaged = made.manifest();
    damaged.sha256 = "22".repeat(32);
    assert!(refused(&damaged, &Trust::Anyone).1.contains("damaged"));
    let (usage, said) = refused(&made.signed(), &Trust::Keys(Trusted::default()));
    assert!(usage && said.contains("--trust"), "{said}");
}

#[test]
fn every_field_is_under_the_signature() {
    let made = Made::new();
    let changes: [&dyn Fn(&mut Manifest); 12] = [
        &|m| m.block = "top".into(),
        &|m| m.config = "sim".into(),
        &|m| m.commit.push('0'),
        &|m| m.contract = "12345679".into(),
        &|m| m.verilog_sha256 = "01".repeat(32),
        &|m| m.seed = 2,
        &|m| m.clock_khz += 1,
        &|m| m.wanted_khz -= 1,
        &|m| m.slack_ps = 120,
        &|m| m.sha256 = "33".repeat(32),
        &|m| drop(m.tools.insert("nextpnr".into(), "1".into())),
        &|m| {
            let digits = m.signature.take().unwrap();
            let other = if digits.starts_with('0') { '1' } else { '0' };
            m.signature = Some(format!("{other}{}", &digits[1..]));
        },
    ];
    for (number, change) in changes.iter().enumerate() {
        let mut manifest = made.signed();
        change(&mut manifest);
        let error = made.verify(&manifest, &made.trust()).unwrap_err();
        assert!(
            matches!(error, FlashError::BadSignature { keys: 1 }),
            "{number}: {error}"
        );
    }
    let other = Made::new();
    let error = made.verify(&made.signed(), &other.trust()).unwrap_err();
    assert!(matches!(error, FlashError::BadSignature { .. }), "{error}");
}

#[test]
fn keys_are_kept_from_others() {
    let made = Made::new();
    assert_eq!(
        fs::metadata(&made.secret).unwrap().permissions().mode() & 0o777,
        0o600
    );
    assert!(
        matches!(key::make(&made.secret), Err(FlashError::File { .. })),
        "a key is never overwritten"
    );
    fs::set_permissions(&made.secret, fs::Permissions::from_mode(0o640)).unwrap();
    let said = made.manifest().sign(&made.secret).unwrap_err().to_string();
    assert!(said.contains("chmod 600"), "{said}");
    fs::set_permissions(&made.secret, fs::Permissions::from_mode(0o600)).unwrap();
    fs::write(&made.secret, "no key").unwrap();
    assert!(
        made.manifest()
            .sign(&made.secret)
            .unwrap_err()
            .to_string()
            .contains("64 hexadecimal digits")
    );
    assert!(
        Trusted::read(std::slice::from_ref(&made.secret))
            .unwrap_err()
            .to_string()
            .contains("no public key")
    );
    assert!(
        Trusted::read(&[made.folder.path().join("none.pub")])
            .unwrap_err()
            .is_usage()
    );
}

#[test]
fn a_manifest_that_is_none_is_named() {
    let made = Made::new();
    let path = Manifest::beside(&made.image);
    for (text, part) in [
        ("board = 1", "board"),
        ("", "missing field"),
        ("nothing = 1", "nothing"),
    ] {
        fs::write(&path, text).unwrap();
        let error = Manifest::read(&path).unwrap_err();
        assert!(error.is_usage() && error.to_string().contains(part), "{error}");
    }
    let mut manifest = made.manifest();
    manifest.contract = "12345".into();
    manifest.write(&path).unwrap();
    assert!(
        Manifest::read(&path)
            .unwrap_err()
            .to_string()
            .contains("no contract hash")
    );
    assert!(matches!(
        Manifest::read(Path::new("/none")),
        Err(FlashError::File { .. })
    ));
}

#[test]
fn the_golden_image_is_kept_whole() {
    let made = Made::new();
    let image = made.verify(&made.signed(), &made.trust()).unwrap();
    let folder = made.folder.path().join("golden/ecp5-85");
    for _ in 0..2 {
        image.keep(&folder).unwrap();
        let (path, manifest) = flash::image::golden(&folder);
        let kept = Image::verify(&path, &manifest, "ecp5-85", HOST, &made.trust()).unwrap();
        assert_eq!(kept.manifest, image.manifest);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 2);
    }
}

#[test]
fn what_was_looked_at_is_what_is_written() {
    let made = Made::new();
    let image = made.verify(&made.signed(), &made.trust()).unwrap();
    fs::write(&made.image, b"other bits").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let staged = image.stage(folder.path()).unwrap();
    assert_eq!(staged, folder.path().join("card.bit"));
    assert_eq!(fs::read(staged).unwrap(), b"bits of a card");
    image.keep(&folder.path().join("golden")).unwrap();
    let (kept, _) = flash::image::golden(&folder.path().join("golden"));
    assert_eq!(fs::read(kept).unwrap(), b"bits of a card");
}

#[test]
fn no_key_takes_the_place_of_another() {
    let folder = tempfile::tempdir().unwrap();
    let error = key::make(&folder.path().join("release.pub")).unwrap_err();
    assert!(
        error.is_usage() && error.to_string().contains("release.key"),
        "{error}"
    );
    fs::write(folder.path().join("old.pub"), "of another pair").unwrap();
    let error = key::make(&folder.path().join("old.key")).unwrap_err();
    assert!(
        error.is_usage() && error.to_string().contains("old.pub"),
        "{error}"
    );
    let text = fs::read_to_string(folder.path().join("old.pub")).unwrap();
    assert_eq!(text, "of another pair");
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "no half of a pair"
    );
}
