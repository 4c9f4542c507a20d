//! Lists as a workbook (Office Open XML) with one sheet. Text stays text: no cell is a formula.

use axum::response::Response;
use rust_xlsxwriter::{Format, Workbook, XlsxError};

use crate::error::ConsoleError;
use crate::messages::attachment;

/// The `Content-Type`.
pub const KIND: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// Rows of a sheet below its head.
pub const ROWS_MAX: usize = 1_048_575;
/// Characters of a cell.
const CELL_CHARS_MAX: usize = 32_767;

/// What a cell of a file holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A quantity, to be summed and sorted.
    Number(i64),
    /// A quantity with a fraction.
    Decimal(f64),
    /// Not known.
    Empty,
}

impl Cell {
    /// As CSV has it.
    #[must_use]
    pub fn csv(&self) -> String {
        match self {
            Self::Text(text) => text.clone(),
            Self::Number(n) => n.to_string(),
            Self::Decimal(n) => n.to_string(),
            Self::Empty => String::new(),
        }
    }
}

/// The whole file as a download. `name` is our own: ASCII letters, digits, `-`, `_`, `.`. Packing takes time, so it is done where it
/// holds nobody up.
pub async fn download(
    name: &str,
    heads: Vec<String>,
    rows: Vec<Vec<Cell>>,
) -> Result<Response, ConsoleError> {
    let packed = tokio::task::spawn_blocking(move || book(&heads, &rows)).await;
    let bytes = packed
        .map_err(|error| ConsoleError::internal(&error))?
        .map_err(|error| ConsoleError::internal(&error))?;
    Ok(attachment(name, KIND, bytes))
}

fn book(heads: &[String], rows: &[Vec<Cell>]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let bold = Format::new().set_bold();
    let sheet = book.add_worksheet();
    for (column, head) in (0_u16..).zip(heads) {
        sheet.write_string_with_format(0, column, head, &bold)?;
        sheet.set_column_width(column, if column == 0 { 40 } else { 16 })?;
    }
    sheet.set_freeze_panes(1, 0)?;
    for (row, cells) in (1_u32..).zip(rows.iter().take(ROWS_MAX)) {
        for (column, cell) in (0_u16..).zip(cells) {
            match cell {
                Cell::Text(text) => {
                    let cut: String = text.chars().take(CELL_CHARS_MAX).collect();
                    sheet.write_string(row, column, cut)?;
                }
                // Beyond 2^53 a sheet's numbers are no longer exact.
                Cell::Number(n) if n.unsigned_abs() > 1 << 53 => {
                    sheet.write_string(row, column, n.to_string())?;
                }
                Cell::Number(n) => {
                    sheet.write_number(row, column, *n as f64)?;
                }
                Cell::Decimal(n) => {
                    sheet.write_number(row, column, *n)?;
                }
                Cell::Empty => {}
            }
        }
    }
    book.save_to_buffer()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_book_is_a_package_whatever_its_cells_hold() {
        let rows = vec![
            vec![
                Cell::Text("=1+1".into()),
                Cell::Number(i64::MIN),
                Cell::Empty,
            ],
            vec![
                Cell::Text("\u{0}\u{1b}<&>\u{202e}".repeat(20_000)),
                Cell::Decimal(1.5),
                Cell::Number(3),
            ],
        ];
        let bytes = book(&["a".into(), "b".into()], &rows).unwrap();
        assert!(bytes.starts_with(b"PK\x03\x04"), "a zip archive");
    }
}
