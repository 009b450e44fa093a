//! `#| … |#` tables: rows between `||` and `||`, cells between `|`.
//!
//! A cell may hold anything: lists, code, notes, another table. Its text is kept as written, and read further
//! by whoever needs it.

use super::scan::{Line, Problem, is_fence_end};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Table {
    pub rows: Vec<Row>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub line: usize,
    pub cells: Vec<Cell>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    pub line: usize,
    pub text: String,
}

impl Row {
    /// The text of a cell; a cell that is not there is empty.
    pub fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", |cell| cell.text.as_str())
    }
}

/// Reads the lines between `#|` and `|#`.
pub fn read(lines: &[Line], problems: &mut Vec<Problem>) -> Table {
    let mut reader = Reader::default();
    for line in lines {
        reader.line(line, problems);
    }
    if let Some(row) = reader.row.take() {
        problems.push(Problem::new(row.line, "a table row without `||` at its end"));
        reader.finish(row);
    }
    Table { rows: reader.rows }
}

#[derive(Default)]
struct Reader {
    rows: Vec<Row>,
    row: Option<Row>,
    in_code: bool,
    /// Tables inside a cell.
    depth: usize,
}

impl Reader {
    fn line(&mut self, line: &Line, problems: &mut Vec<Problem>) {
        let text = line.text.trim();
        if self.row.is_some() && self.is_verbatim(text) {
            let code_and_row = line.text.trim_end().strip_suffix("||");
            let Some(end) = code_and_row.filter(|_| !self.in_code && is_fence_end(text)) else {
                return self.push(line.text, line.number);
            };
            self.push(end, line.number);
            if let Some(row) = self.row.take() {
                self.finish(row);
            }
            return;
        }
        let mut rest = line.text;
        if self.row.is_some() {
            rest = self.resume(line, problems);
        }
        loop {
            if self.row.is_none() {
                let outside = rest.trim_start();
                // Some rows have the mark of a list in front of them.
                let row = outside.strip_prefix("- ").unwrap_or(outside);
                let Some(inside) = row.trim_start().strip_prefix("||") else {
                    if !outside.is_empty() {
                        problems.push(Problem::new(line.number, "text between the rows of a table"));
                    }
                    return;
                };
                self.row = Some(Row::at(line.number));
                rest = inside;
            }
            let Some(after) = self.cells(rest, line.number) else {
                return;
            };
            rest = after;
        }
    }

    /// Whether a line inside a row belongs to code or to a nested table, where bars mean nothing.
    fn is_verbatim(&mut self, text: &str) -> bool {
        if self.in_code {
            self.in_code = !is_fence_end(text);
            return true;
        }
        if text.starts_with("```") {
            self.in_code = true;
            return true;
        }
        if text.starts_with("#|") {
            self.depth += 1;
        }
        let nested = self.depth > 0;
        if nested && text.ends_with("|#") {
            self.depth -= 1;
        }
        nested
    }

    /// A row that goes on in the next line. `|| …` there means that its end was forgotten.
    fn resume<'a>(&mut self, line: &Line<'a>, problems: &mut Vec<Problem>) -> &'a str {
        let text = line.text.trim();
        let forgotten = text
            .strip_prefix("||")
            .is_some_and(|rest| !rest.trim().is_empty());
        if forgotten {
            if let Some(row) = self.row.take() {
                problems.push(Problem::new(row.line, "a table row without `||` at its end"));
                self.finish(row);
            }
        }
        line.text
    }

    /// Takes cells up to the end of the row, and gives what stands behind it on the line.
    fn cells<'a>(&mut self, text: &'a str, line: usize) -> Option<&'a str> {
        let mut rest = text;
        let mut piece = String::new();
        while let Some(c) = rest.chars().next() {
            if let Some(after) = rest.strip_prefix("\\|") {
                piece.push('|');
                rest = after;
            } else if let Some(span) = code_span(rest) {
                piece.push_str(&span.replace("\\|", "|"));
                rest = &rest[span.len()..];
            } else if let Some(after) = row_end(rest) {
                self.push(&piece, line);
                if let Some(row) = self.row.take() {
                    self.finish(row);
                }
                return Some(after);
            } else if c == '|' {
                self.push(&piece, line);
                piece.clear();
                if let Some(row) = &mut self.row {
                    row.cells.push(Cell::at(line));
                }
                rest = &rest[1..];
            } else {
                piece.push(c);
                rest = &rest[c.len_utf8()..];
            }
        }
        self.push(&piece, line);
        None
    }

    /// Adds a line, or a piece of one, to the last cell.
    fn push(&mut self, text: &str, line: usize) {
        let Some(row) = &mut self.row else {
            return;
        };
        if row.cells.is_empty() {
            row.cells.push(Cell::at(line));
        }
        if let Some(cell) = row.cells.last_mut() {
            if cell.text.is_empty() {
                cell.line = line;
            } else {
                cell.text.push('\n');
            }
            cell.text.push_str(text.trim_end());
        }
    }

    fn finish(&mut self, mut row: Row) {
        for cell in &mut row.cells {
            let lead = cell.text.len() - cell.text.trim_start().len();
            cell.line += cell.text[..lead].matches('\n').count();
            cell.text = cell.text.trim().to_owned();
            // `>` says that the cell to the left goes on here.
            if cell.text == ">" {
                cell.text.clear();
            }
        }
        self.rows.push(row);
    }
}

impl Row {
    fn at(line: usize) -> Self {
        Self {
            line,
            cells: Vec::new(),
        }
    }
}

impl Cell {
    fn at(line: usize) -> Self {
        Self {
            line,
            text: String::new(),
        }
    }
}

/// `` `code` `` at the start of a text, with its marks, if it ends on the same line.
fn code_span(text: &str) -> Option<&str> {
    let marks = text.len() - text.trim_start_matches('`').len();
    if marks == 0 {
        return None;
    }
    let (mark, rest) = text.split_at(marks);
    let end = rest.find(mark)?;
    Some(&text[..marks + end + marks])
}

/// What follows `||`, where that ends a row: at the end of the line, or before the next row.
fn row_end(text: &str) -> Option<&str> {
    let after = text.strip_prefix("||")?;
    let rest = after.trim_start();
    (rest.is_empty() || rest.starts_with("||")).then_some(after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docs::scan::{self, Kind};

    fn table(text: &str) -> (Vec<Vec<String>>, Vec<Problem>) {
        let (blocks, problems) = scan::scan(text, 1);
        let Some(Kind::Table(table)) = blocks.into_iter().next().map(|block| block.kind) else {
            panic!("no table");
        };
        let cells = |row: Row| row.cells.into_iter().map(|cell| cell.text).collect();
        (table.rows.into_iter().map(cells).collect(), problems)
    }

    #[test]
    fn cells_may_go_over_lines_and_hold_lists() {
        let (rows, problems) = table(
            "#|\n|| **Name**\n`type` | **Description** ||\n|| **bulb***\n[`string`](../t.md) | Kind:\n\n- `E14`\n- `E27` ||\n|#",
        );
        assert_eq!(problems, []);
        assert_eq!(rows[0], ["**Name**\n`type`", "**Description**"]);
        assert_eq!(
            rows[1],
            ["**bulb***\n[`string`](../t.md)", "Kind:\n\n- `E14`\n- `E27`"]
        );
    }

    #[test]
    fn code_and_row_may_end_in_one_line() {
        let (rows, problems) =
            table("#|\n|| one | such as\n```js\n{ a: 1 || 2 },\n``` ||\n|| two | 2 ||\n|#");
        assert_eq!(problems, []);
        assert_eq!(
            rows,
            [["one", "such as\n```js\n{ a: 1 || 2 },\n```"], ["two", "2"]]
        );
    }

    #[test]
    fn bars_in_code_and_escaped_bars_divide_nothing() {
        let (rows, problems) = table(
            "#|\n|| `a | b` | x \\| y ||\n|| one | before\n```js\nif (a || b) {}\n|| c | d ||\n```\nafter ||\n|#",
        );
        assert_eq!(problems, []);
        assert_eq!(rows[0], ["`a | b`", "x | y"]);
        assert_eq!(
            rows[1],
            ["one", "before\n```js\nif (a || b) {}\n|| c | d ||\n```\nafter"]
        );
    }

    #[test]
    fn a_row_may_have_the_mark_of_a_list() {
        let (rows, problems) = table("#|\n|| a | b ||\n- || c\nd | e ||\n|#");
        assert_eq!(problems, []);
        assert_eq!(rows, [["a", "b"], ["c\nd", "e"]]);
    }

    #[test]
    fn a_table_in_a_cell_is_part_of_the_cell() {
        let (rows, problems) = table("#|\n|| outer | see\n#|\n|| inner | 1 ||\n|#\n||\n|| last | row ||\n|#");
        assert_eq!(problems, []);
        assert_eq!(rows[0], ["outer", "see\n#|\n|| inner | 1 ||\n|#"]);
        assert_eq!(rows[1], ["last", "row"]);
    }

    #[test]
    fn rows_may_share_a_line_and_a_cell_may_go_on_from_the_left() {
        let (rows, problems) = table("#|\n|| a | b || || c |> ||\n|#");
        assert_eq!(problems, []);
        assert_eq!(rows, [["a", "b"], ["c", ""]]);
    }

    #[test]
    fn a_forgotten_end_of_row_costs_nothing_but_a_report() {
        let (rows, problems) = table("#|\n|| a | b\n|| c | d ||\n|#");
        assert_eq!(problems, [Problem::new(2, "a table row without `||` at its end")]);
        assert_eq!(rows, [["a", "b"], ["c", "d"]]);
    }

    #[test]
    fn text_outside_of_rows_is_reported() {
        let (rows, problems) = table("#|\n|| a | b ||\nstray\n|#");
        assert_eq!(problems, [Problem::new(3, "text between the rows of a table")]);
        assert_eq!(rows, [["a", "b"]]);
    }

    #[test]
    fn cells_know_their_line() {
        let (blocks, _) = scan::scan("#|\n|| a |\nb ||\n|#", 10);
        let Kind::Table(table) = &blocks[0].kind else {
            panic!("no table");
        };
        assert_eq!(table.rows[0].line, 11);
        assert_eq!(table.rows[0].cells[1].line, 12);
    }
}
