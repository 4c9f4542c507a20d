//! Who may use whom, checked from the manifests and the sources: storage ← broker ← cluster ← {console, metrics} ← app ← server.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Each room, its directory, and the rooms it may use. Rooms beside each other do not know each other.
const ROOMS: &[(&str, &str, &[&str])] = &[
    ("storage", "broker/storage", &[]),
    ("broker", "broker", &["storage"]),
    ("cluster", "server/cluster", &["broker"]),
    ("console", "server/console", &["storage"]),
    ("metrics", "server/metrics", &["storage", "cluster"]),
    ("app", "app", &["cluster", "console", "metrics"]),
    (
        "millrace",
        "server",
        &["storage", "broker", "cluster", "console", "metrics", "app"],
    ),
];

/// What a room must do without, whoever would bring it.
const WITHOUT: &[(&str, &[&str])] = &[
    (
        "storage",
        &["tokio", "axum", "leptos", "sqlx", "kafka-protocol"],
    ),
    ("broker", &["axum", "leptos", "sqlx"]),
    ("cluster", &["axum", "leptos", "sqlx"]),
    ("console", &["axum", "leptos", "kafka-protocol"]),
    ("metrics", &["axum", "leptos"]),
    ("app", &["sqlx", "kafka-protocol"]),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Names under the `[dependencies]` of a manifest; not those of tests.
fn dependencies(dir: &str) -> BTreeSet<String> {
    let manifest = std::fs::read_to_string(root().join(dir).join("Cargo.toml")).unwrap();
    let table: toml::Table = toml::from_str(&manifest).unwrap();
    table["dependencies"]
        .as_table()
        .unwrap()
        .keys()
        .cloned()
        .collect()
}

/// Rust files below `dir`, without rooms that live inside it.
fn sources(dir: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The crates named by `use` lines and paths of a source.
fn named(source: &str, rooms: &[&'static str]) -> Vec<&'static str> {
    let code = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    let code: String = code.collect::<Vec<_>>().join("\n");
    let is_named = |room: &str| {
        code.match_indices(&format!("{room}::")).any(|(at, _)| {
            // `crate::console::…`, `self::…` and `my_console::…` name something else.
            let before = code[..at].chars().next_back();
            !before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':')
        })
    };
    rooms
        .iter()
        .copied()
        .filter(|room| is_named(room))
        .collect()
}

#[test]
fn manifests_keep_to_the_table() {
    let rooms: BTreeSet<String> = ROOMS.iter().map(|(room, ..)| (*room).to_owned()).collect();
    for (room, dir, allowed) in ROOMS {
        let used: BTreeSet<String> = dependencies(dir).intersection(&rooms).cloned().collect();
        let allowed: BTreeSet<String> = allowed.iter().map(|a| (*a).to_owned()).collect();
        assert!(
            used.is_subset(&allowed),
            "{room} uses {used:?}; it may use {allowed:?}"
        );
    }
}

#[test]
fn sources_keep_to_the_table() {
    let rooms: Vec<&'static str> = ROOMS.iter().map(|(room, ..)| *room).collect();
    for (room, dir, allowed) in ROOMS {
        let mut files = Vec::new();
        sources(&root().join(dir).join("src"), &mut files);
        assert!(!files.is_empty(), "{room} has no sources in {dir}");
        for file in files {
            let modules = local_names(&file, &root().join(dir).join("src"));
            for used in named(&std::fs::read_to_string(&file).unwrap(), &rooms) {
                let is_own = used == *room || modules.contains(used);
                assert!(
                    is_own || allowed.contains(&used),
                    "{} uses {used}; {room} may use {allowed:?}",
                    file.display()
                );
            }
        }
    }
}

/// Modules beside a file may be called like a room.
fn local_names(file: &Path, src: &Path) -> BTreeSet<String> {
    let folders = [file.parent().unwrap(), src];
    let entries = folders
        .iter()
        .flat_map(|folder| std::fs::read_dir(folder).unwrap());
    entries
        .filter_map(|entry| {
            entry
                .unwrap()
                .path()
                .file_stem()?
                .to_str()
                .map(str::to_owned)
        })
        .collect()
}

#[test]
fn rooms_do_without_what_is_not_theirs() {
    for (room, without) in WITHOUT {
        let (_, dir, _) = ROOMS.iter().find(|(name, ..)| name == room).unwrap();
        let used = dependencies(dir);
        for name in *without {
            assert!(
                !used
                    .iter()
                    .any(|d| d == name || d.starts_with(&format!("{name}_"))),
                "{room} uses {name}"
            );
        }
    }
}

/// A file that is not named in `main.rs` would never run, one beside the directory would be linked on its own.
#[test]
fn every_file_of_tests_is_part_of_the_one_program() {
    let all = root().join("server/tests/all");
    let main = std::fs::read_to_string(all.join("main.rs")).unwrap();
    let modules = std::fs::read_dir(&all).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        path.file_stem().unwrap().to_str().unwrap().to_owned()
    });
    for module in modules.filter(|name| name != "main") {
        assert!(
            main.contains(&format!("\nmod {module};\n")),
            "main.rs does not name {module}"
        );
    }
    let beside = std::fs::read_dir(all.join("..")).unwrap();
    let beside = beside.map(|entry| entry.unwrap().file_name());
    assert_eq!(beside.collect::<Vec<_>>(), ["all"]);
}

#[test]
fn the_check_sees_what_it_looks_for() {
    let source = "use broker::Broker;\nfn f() { crate::console::x(); my_app::y(); storage::z() }\n// cluster::w\n";
    assert_eq!(
        named(source, &["storage", "broker", "cluster", "console", "app"]),
        ["storage", "broker"]
    );
}
