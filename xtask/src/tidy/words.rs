//! Words that have no place in the repository.

use super::Complaint;
use regex::Regex;
use std::sync::LazyLock;

struct Ban {
    pattern: &'static str,
    text: &'static str,
    /// Files in which the word is right.
    except: fn(&str) -> bool,
}

fn nowhere(_file: &str) -> bool {
    false
}

/// Market and transport sessions are our subject; what is banned is talk of working sessions.
const BANS: &[Ban] = &[
    Ban {
        pattern: r"(?i)\b(working|coding|previous|earlier|last|this|next|new|another) session (of|on) (the|this) (project|repo|repository|work)\b",
        text: "speaks of how the repository is made",
        except: nowhere,
    },
    Ban {
        pattern: r"(?i)\b(ai|coding|llm|language model) (agent|assistant)s?\b|\bagents?\b",
        text: "speaks of agents",
        except: nowhere,
    },
    Ban {
        pattern: r"(^|[\s(\[])#[0-9]+\b",
        text: "cites an issue by number",
        except: |file| file.ends_with(".v"),
    },
    Ban {
        pattern: r#"(^|[\s"'(=:])/work/"#,
        text: "names a path of one machine",
        except: nowhere,
    },
    Ban {
        pattern: r"\.\./shared\b",
        text: "names a folder outside the repository",
        except: |file| file == ".ci/run",
    },
    Ban {
        pattern: r"(?i)\b(index\.|static\.)?crates\.io|pypi\.org|pythonhosted\.org|deb\.debian\.org|registry\.npmjs|proxy\.golang|static\.rust-lang",
        text: "names a registry host",
        except: nowhere,
    },
    Ban {
        pattern: r"\b(TODO|FIXME|XXX|HACK)\b",
        text: "is left undone",
        except: nowhere,
    },
    Ban {
        pattern: r"\b(todo|unimplemented|dbg)!\s*\(",
        text: "is left undone",
        except: |file| !file.ends_with(".rs"),
    },
];

static COMPILED: LazyLock<Vec<(Regex, &'static Ban)>> = LazyLock::new(|| {
    BANS.iter()
        .map(|ban| (Regex::new(ban.pattern).expect("a constant pattern"), ban))
        .collect()
});

/// Checks one text. Lock files name registries by nature, and this rule names its words.
pub(super) fn check(file: &str, text: &str) -> Vec<Complaint> {
    if file.ends_with(".lock") || file.starts_with("xtask/src/tidy/") {
        return Vec::new();
    }
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        for (pattern, ban) in COMPILED.iter() {
            if let Some(word) = pattern.find(line).filter(|_| !(ban.except)(file)) {
                let text = format!("`{}` {}", word.as_str().trim(), ban.text);
                found.push(Complaint {
                    file: file.into(),
                    line: number,
                    text,
                });
            }
        }
    }
    found
}
