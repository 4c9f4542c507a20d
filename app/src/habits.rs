//! How this browser likes its lists: rows a page, and columns it does not want to see. Kept in two cookies.

use crate::ui::table::ROWS;

/// Longest cookie of hidden columns, bytes; what does not fit is forgotten, the oldest list first.
const COLUMNS_BYTES_MAX: usize = 1_024;

/// Stands for no column: that every one is shown was chosen too.
const NONE: &str = "-";

/// Rows a page, and the hidden columns of each list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Habits {
    /// Rows a page where the address names none.
    pub rows: usize,
    /// Lists and the columns of each that are hidden.
    hidden: Vec<(String, Vec<String>)>,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            rows: ROWS[1],
            hidden: Vec::new(),
        }
    }
}

impl Habits {
    /// From the cookies; what cannot be used falls away.
    #[must_use]
    pub fn parse(rows: Option<&str>, columns: Option<&str>) -> Self {
        let lists = columns.filter(|text| text.len() <= COLUMNS_BYTES_MAX);
        let list = |text: &str| {
            let (list, columns) = text.split_once(':')?;
            let columns: Vec<_> = columns.split('.').map(str::to_owned).collect();
            let sound = is_name(list) && columns.iter().all(|column| is_name(column));
            sound.then(|| (list.to_owned(), columns))
        };
        Self {
            rows: rows.and_then(chosen_rows).unwrap_or(ROWS[1]),
            hidden: lists
                .unwrap_or_default()
                .split('|')
                .filter_map(list)
                .collect(),
        }
    }

    /// Whether a column of a list is hidden; `None` where nothing was chosen for the list.
    #[must_use]
    pub fn hides(&self, list: &str, column: &str) -> Option<bool> {
        let (_, columns) = self.hidden.iter().find(|(name, _)| name == list)?;
        Some(columns.iter().any(|name| name == column))
    }

    /// The cookie when a list hides just these columns.
    #[must_use]
    pub(crate) fn hiding(&self, list: &str, columns: &[&str]) -> String {
        let mut lists: Vec<String> = self
            .hidden
            .iter()
            .filter(|(name, _)| name != list)
            .map(|(name, columns)| format!("{name}:{}", columns.join(".")))
            .collect();
        let mut columns: Vec<&str> = columns.iter().copied().filter(|c| is_name(c)).collect();
        if columns.is_empty() {
            columns.push(NONE);
        }
        if is_name(list) {
            lists.push(format!("{list}:{}", columns.join(".")));
        }
        while lists.join("|").len() > COLUMNS_BYTES_MAX {
            lists.remove(0);
        }
        lists.join("|")
    }
}

/// One of the numbers of rows a page may have.
pub(crate) fn chosen_rows(text: &str) -> Option<usize> {
    text.parse().ok().filter(|rows| ROWS.contains(rows))
}

/// Letters, digits, `-` and `_`: nothing that parts the cookie.
fn is_name(text: &str) -> bool {
    let is_sound = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    (1..=32).contains(&text.len()) && text.bytes().all(is_sound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_written_and_read() {
        let none = Habits::parse(None, None);
        assert_eq!(none, Habits::default());
        let cookie = none.hiding("topics", &["size", "cleanup"]);
        assert_eq!(cookie, "topics:size.cleanup");
        let some = Habits::parse(Some("200"), Some(&cookie));
        assert_eq!(some.rows, 200);
        assert_eq!(some.hides("topics", "size"), Some(true));
        assert_eq!(some.hides("topics", "messages"), Some(false));
        assert_eq!(some.hides("groups", "size"), None);
        let cookie = some.hiding("groups", &["lag"]);
        assert_eq!(cookie, "topics:size.cleanup|groups:lag");
        let cookie = Habits::parse(None, Some(&cookie)).hiding("topics", &[]);
        assert_eq!(cookie, "groups:lag|topics:-");
        let all = Habits::parse(None, Some(&cookie));
        assert_eq!(all.hides("topics", "size"), Some(false));
    }

    #[test]
    fn nonsense_falls_away() {
        for rows in ["7", "", "-1", "99999999999999999999"] {
            assert_eq!(Habits::parse(Some(rows), None).rows, 50);
        }
        let wild = "topics:|:x|a:b;c|groups:lag|..|\u{540d}:x";
        let habits = Habits::parse(None, Some(wild));
        assert_eq!(habits.hides("groups", "lag"), Some(true));
        assert_eq!(habits.hiding("x", &["a b", "", "c;d"]), "groups:lag|x:-");
        let long = "x".repeat(5_000);
        assert_eq!(Habits::parse(None, Some(&long)), Habits::default());
        let mut habits = Habits::default();
        for list in 0..200 {
            let cookie = habits.hiding(&format!("list-{list}"), &["a", "b", "c"]);
            assert!(cookie.len() <= COLUMNS_BYTES_MAX);
            habits = Habits::parse(None, Some(&cookie));
        }
        assert_eq!(habits.hides("list-199", "b"), Some(true));
        assert_eq!(habits.hides("list-0", "b"), None);
    }
}
