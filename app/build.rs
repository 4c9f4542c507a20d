//! Puts the sheets of `style/` into one and names style, script and icon by their contents.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};

/// The sheets in the order of the cascade; layers are declared in the first.
const SHEETS: &[&str] = &[
    "tokens", "base", "shell", "float", "button", "menu", "field", "filter", "tags", "table",
    "state", "facts", "stats", "habits", "notice", "alarm", "code", "message", "chart", "narrow",
    "print",
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("..");
    for dir in ["../style", "../public", "locales"] {
        println!("cargo::rerun-if-changed={dir}");
    }
    let mut style = String::new();
    for sheet in SHEETS {
        let path = root.join("style").join(sheet).with_extension("css");
        style += &std::fs::read_to_string(&path)
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    style += &plain_colours(&std::fs::read_to_string(root.join("style/tokens.css"))?);
    let script = std::fs::read_to_string(root.join("public/millrace.js"))?;
    let favicon = std::fs::read_to_string(root.join("public/favicon.svg"))?;
    let code = [
        item("STYLE", "css", "The sheets in one", &style),
        item("SCRIPT", "js", "The script", &script),
        item("FAVICON", "svg", "The icon", &favicon),
    ];
    std::fs::write(
        Path::new(&std::env::var("OUT_DIR")?).join("assets.rs"),
        code.concat(),
    )?;
    Ok(())
}

/// Two constants: the address of an asset, and its text.
fn item(name: &str, extension: &str, what: &str, text: &str) -> String {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    let file = name.to_lowercase();
    format!(
        "/// {what}: its address.\npub const {name}: &str = \"/assets/{file}-{:016x}.{extension}\";\n\
         const {name}_TEXT: &str = {text:?};\n",
        hasher.finish()
    )
}

/// For browsers without `light-dark()`: the light value of every token.
fn plain_colours(tokens: &str) -> String {
    let mut rules = String::new();
    for line in tokens
        .lines()
        .filter(|line| line.trim_start().starts_with("--"))
    {
        let Some((before, rest)) = line.split_once("light-dark(") else {
            continue;
        };
        let (Some((light, _)), Some((_, after))) = (rest.split_once(','), rest.split_once(')'))
        else {
            continue;
        };
        let after = after.split("/*").next().unwrap_or_default();
        rules += &format!("{}{light}{}\n", before.trim_start(), after.trim_end());
    }
    format!(
        "@supports not (color: light-dark(#000, #fff)) {{ @layer tokens {{ :root {{\n{rules}}} }} }}\n"
    )
}
