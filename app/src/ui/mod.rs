//! The parts pages are made of. They know no Kafka words; class names and markup are those of `style/`.
//!
//! - [`document`]: the HTML around everything; inlines the icons a page uses.
//! - [`shell`]: top bar, navigation, crumbs, page head, block.
//! - [`button`]: menu, tabs, segments.
//! - [`table`]: table with sortable heads, pager, filter, tag.
//! - [`columns`]: what a list shows: rows a page, columns.
//! - [`field`]: form with its token, fields with hint and error.
//! - [`notice`]: alert, toast, empty, dialog.
//! - [`data`]: state, count, facts, stats, bar, limits, code, copy.
//! - [`chart`]: charts drawn on the server, and sparks.
//! - [`mod@icon`]: icons, and which of them a page inlines.

pub mod button;
pub mod chart;
pub mod columns;
pub mod data;
pub mod document;
pub mod field;
pub mod icon;
pub mod notice;
pub mod shell;
pub mod table;

pub use button::{Menu, Segments, TabLink, Tabs};
pub use chart::{Bound, Chart, ChartData, Line, Spark};
pub(crate) use columns::ColumnsForm;
pub use data::{Bar, Code, Copy, Count, Fact, Facts, Limit, Limits, Stat, State, Stats, Tone};
pub use field::{
    Choice, ChoiceField, Field, FormAlert, PostForm, SelectField, TextArea, TextField, described_by,
};
pub use icon::Icon;
pub use notice::{Alert, Dialog, Empty, Toast};
pub use shell::{Block, Crumbs, Head, Mark, NavGroup, NavLink, Shell};
pub use table::{Column, Filter, ListQuery, Pager, Search, Table, Tag, rows};
