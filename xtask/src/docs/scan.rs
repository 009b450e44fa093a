//! The documentation's Markdown dialect → blocks with line numbers.
//!
//! The dialect is Diplodoc's: headings with `{#anchors}`, `#| … |#` tables, `{% list tabs %}`, notes, cuts and
//! includes around ordinary Markdown. A construct that never ends is reported and ends at the next heading,
//! so that one slip of the pen does not hide the rest of the page.

use super::table::{self, Table};

/// A piece of a page.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// From 1.
    pub line: usize,
    pub kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Heading {
        level: usize,
        text: String,
        anchors: Vec<String>,
    },
    Table(Table),
    Code {
        language: String,
        text: String,
    },
    Tabs(Vec<Tab>),
    /// `{% note %}` and `{% cut %}`.
    Note {
        title: String,
        blocks: Vec<Block>,
    },
    Include(String),
    /// One line of a quotation, without the `>`.
    Quote(String),
    /// One line of a list, without the mark.
    Item(String),
    /// One line of a paragraph.
    Text(String),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Tab {
    pub title: String,
    pub blocks: Vec<Block>,
}

/// What is wrong with the page's form.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    pub line: usize,
    pub what: String,
}

impl Problem {
    pub fn new(line: usize, what: impl Into<String>) -> Self {
        Self {
            line,
            what: what.into(),
        }
    }
}

/// A line of the page with its number.
#[derive(Clone, Copy, Debug)]
pub struct Line<'a> {
    pub number: usize,
    pub text: &'a str,
}

/// Reads a page, or the inside of a table cell that starts at `first_line`.
pub fn scan(text: &str, first_line: usize) -> (Vec<Block>, Vec<Problem>) {
    let lines: Vec<Line> = text
        .trim_start_matches('\u{feff}')
        .lines()
        .enumerate()
        .map(|(i, text)| Line {
            number: first_line + i,
            text,
        })
        .collect();
    let mut problems = Vec::new();
    let blocks = scan_lines(&lines, 0, &mut problems);
    (blocks, problems)
}

/// Notes in tabs in notes: deeper than any page goes, so that hostile input cannot exhaust the stack.
const DEPTH: usize = 20;

fn scan_lines(lines: &[Line], depth: usize, problems: &mut Vec<Problem>) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut at = 0;
    if let Some(first) = lines.first().filter(|_| depth > DEPTH) {
        problems.push(Problem::new(first.number, "nested too deeply"));
        return blocks;
    }
    while at < lines.len() {
        let (kind, taken) = next(&lines[at..], depth, problems);
        if let Some(kind) = kind {
            let line = lines[at].number;
            blocks.push(Block { line, kind });
        }
        at += taken;
    }
    blocks
}

/// The block that starts with the first line, if that is one, and how many lines it takes (at least 1).
fn next(lines: &[Line], depth: usize, problems: &mut Vec<Problem>) -> (Option<Kind>, usize) {
    let text = lines[0].text.trim();
    if text.starts_with("```") {
        return code(lines, problems);
    }
    if text.starts_with("#|") {
        let (inside, taken) = enclosed(lines, "#|", "|#", problems);
        let rows = table::read(&inside, problems);
        return (Some(Kind::Table(rows)), taken);
    }
    if text.starts_with("||") {
        problems.push(Problem::new(lines[0].number, "a row outside of a table"));
        let end = lines.iter().position(|line| line.text.trim_end().ends_with("|#"));
        return (None, end.map_or(1, |end| end + 1));
    }
    if text.starts_with("<!--") {
        let end = lines.iter().position(|line| line.text.contains("-->"));
        return (None, end.map_or(lines.len(), |end| end + 1));
    }
    if let Some(directive) = text.strip_prefix("{%") {
        return directive_block(directive.trim_start(), lines, depth, problems);
    }
    (single_line(text), 1)
}

fn directive_block(
    directive: &str,
    lines: &[Line],
    depth: usize,
    problems: &mut Vec<Problem>,
) -> (Option<Kind>, usize) {
    if directive.starts_with("list tabs") {
        let (inside, taken) = enclosed(lines, "{% list", "{% endlist", problems);
        return (Some(Kind::Tabs(tabs(&inside, depth, problems))), taken);
    }
    for (open, close) in [("{% note", "{% endnote"), ("{% cut", "{% endcut")] {
        if directive.starts_with(&open[3..]) {
            let (inside, taken) = enclosed(lines, open, close, problems);
            let title = directive.split('"').nth(1).unwrap_or("").to_owned();
            let blocks = scan_lines(&inside, depth + 1, problems);
            return (Some(Kind::Note { title, blocks }), taken);
        }
    }
    if directive.starts_with("include") {
        let path = directive
            .rsplit_once("](")
            .and_then(|(_, rest)| rest.split(')').next())
            .unwrap_or("");
        return (Some(Kind::Include(path.to_owned())), 1);
    }
    // `{% if … %}` and whatever else: the lines between stand for themselves.
    (None, 1)
}

fn single_line(text: &str) -> Option<Kind> {
    if text.is_empty() {
        return None;
    }
    if let Some(heading) = heading(text) {
        return Some(heading);
    }
    if let Some(quote) = text.strip_prefix('>') {
        return Some(Kind::Quote(quote.trim().to_owned()));
    }
    if let Some(item) = item(text) {
        return Some(Kind::Item(item.to_owned()));
    }
    Some(Kind::Text(text.to_owned()))
}

/// `## Text {#anchor}`; at most six marks and a space after them.
fn heading(text: &str) -> Option<Kind> {
    let rest = text.trim_start_matches('#');
    let level = text.len() - rest.len();
    if !(1..=6).contains(&level) || !rest.starts_with([' ', '\t', '\u{a0}']) {
        return None;
    }
    let mut words = rest.trim().to_owned();
    let mut anchors = Vec::new();
    while let Some(start) = words.find("{#") {
        let Some(length) = words[start..].find('}') else {
            break;
        };
        anchors.push(words[start + 2..start + length].trim().to_owned());
        words.replace_range(start..=start + length, "");
    }
    let text = words.trim().to_owned();
    Some(Kind::Heading { level, text, anchors })
}

/// The text after a list mark.
pub fn item(text: &str) -> Option<&str> {
    for mark in ["- ", "* ", "+ ", "– ", "— "] {
        if let Some(rest) = text.strip_prefix(mark) {
            return Some(rest.trim());
        }
    }
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let rest = &text[digits..];
    (digits > 0 && rest.starts_with(". ")).then(|| rest[2..].trim())
}

fn code(lines: &[Line], problems: &mut Vec<Problem>) -> (Option<Kind>, usize) {
    let first = lines[0].text;
    let indent = first.len() - first.trim_start().len();
    let language = first.trim().trim_start_matches('`').trim().to_owned();
    let end = lines[1..].iter().position(|line| is_fence_end(line.text));
    if end.is_none() {
        problems.push(Problem::new(lines[0].number, "code that never ends"));
    }
    let end = end.map_or(lines.len(), |end| end + 1);
    let text: Vec<&str> = lines[1..end]
        .iter()
        .map(|line| dedent(line.text, indent))
        .collect();
    let text = text.join("\n");
    (Some(Kind::Code { language, text }), (end + 1).min(lines.len()))
}

/// Code ends in a line of backticks; behind them may be the end of the table's row that it is in.
pub fn is_fence_end(line: &str) -> bool {
    let line = line.trim().trim_end_matches("||").trim_end();
    line.len() >= 3 && line.chars().all(|c| c == '`')
}

fn dedent(text: &str, indent: usize) -> &str {
    let space = text.len() - text.trim_start_matches([' ', '\t']).len();
    &text[space.min(indent)..]
}

/// The lines between an opening and its closing line, and how many lines both and the inside take.
///
/// Whatever never ends, ends before the next heading.
fn enclosed<'a>(
    lines: &[Line<'a>],
    open: &str,
    close: &str,
    problems: &mut Vec<Problem>,
) -> (Vec<Line<'a>>, usize) {
    let mut inside = Vec::new();
    let mut depth = 1;
    let mut in_code = false;
    let mut next_heading = None;
    let rest_of_first = lines[0].text.trim().strip_prefix(open).unwrap_or("");
    if open == "#|" && !rest_of_first.trim().is_empty() {
        inside.push(Line {
            number: lines[0].number,
            text: rest_of_first,
        });
        if rest_of_first.trim_end().ends_with(close) {
            inside[0].text = rest_of_first
                .trim_end()
                .strip_suffix(close)
                .unwrap_or(rest_of_first);
            return (inside, 1);
        }
    }
    for (i, line) in lines.iter().enumerate().skip(1) {
        let text = line.text.trim();
        if in_code {
            in_code = !is_fence_end(text);
        } else if text.starts_with("```") {
            in_code = true;
        } else if text.starts_with(close) || (open == "#|" && text.ends_with(close)) {
            depth -= 1;
            if depth == 0 {
                if let Some(before) = line.text.trim_end().strip_suffix("|#").filter(|_| open == "#|") {
                    inside.push(Line {
                        number: line.number,
                        text: before,
                    });
                }
                return (inside, i + 1);
            }
        } else if text.starts_with(open) {
            depth += 1;
        } else if next_heading.is_none() && heading(text).is_some() {
            next_heading = Some((i, inside.len()));
        }
        inside.push(*line);
    }
    problems.push(Problem::new(
        lines[0].number,
        format!("`{open}` without `{close}`"),
    ));
    match next_heading {
        Some((i, kept)) => {
            inside.truncate(kept);
            (inside, i)
        }
        None => (inside, lines.len()),
    }
}

/// The tabs of a `{% list tabs %}`: its top-level items.
fn tabs(lines: &[Line], depth: usize, problems: &mut Vec<Problem>) -> Vec<Tab> {
    let Some(base) = lines
        .iter()
        .find(|line| item(line.text.trim()).is_some())
        .map(indent_of)
    else {
        return Vec::new();
    };
    let mut tabs: Vec<(String, Vec<Line>)> = Vec::new();
    let mut in_code = false;
    let mut in_table = false;
    for line in lines {
        let text = line.text.trim();
        // The rows of a table may stand further left than they should.
        if !in_code && !in_table && indent_of(line) <= base {
            if let Some(title) = item(text) {
                tabs.push((title.to_owned(), Vec::new()));
                continue;
            }
        }
        if in_code {
            in_code = !is_fence_end(text);
        } else if text.starts_with("```") {
            in_code = true;
        } else if text.starts_with("#|") || text.ends_with("|#") {
            in_table = !text.ends_with("|#");
        }
        if let Some((_, content)) = tabs.last_mut() {
            content.push(*line);
        }
    }
    tabs.into_iter()
        .map(|(title, content)| Tab {
            title,
            blocks: scan_lines(&content, depth + 1, problems),
        })
        .collect()
}

fn indent_of(line: &Line) -> usize {
    line.text.len() - line.text.trim_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<Kind> {
        let (blocks, problems) = scan(text, 1);
        assert_eq!(problems, []);
        blocks.into_iter().map(|block| block.kind).collect()
    }

    #[test]
    fn headings_give_level_text_and_anchors() {
        let kinds =
            kinds("\u{feff}# Lamps lamp.add\n\n### Parameter bulb {#bulb} {#glass}\n#hashtag\n####### seven");
        let heading = |level, text: &str, anchors: &[&str]| Kind::Heading {
            level,
            text: text.to_owned(),
            anchors: anchors.iter().map(|anchor| (*anchor).to_owned()).collect(),
        };
        assert_eq!(
            kinds,
            [
                heading(1, "Lamps lamp.add", &[]),
                heading(3, "Parameter bulb", &["bulb", "glass"]),
                Kind::Text("#hashtag".to_owned()),
                Kind::Text("####### seven".to_owned()),
            ]
        );
    }

    #[test]
    fn lines_keep_their_numbers_inside_tabs_and_notes() {
        let text = "{% list tabs %}\n\n- cURL\n\n    ```bash\n    - not a tab\n    ```\n\n- Other\n\n    {% note warning \"Mind\" %}\n\n    glass\n\n    {% endnote %}\n\n{% endlist %}";
        let (blocks, problems) = scan(text, 1);
        assert_eq!(problems, []);
        let [
            Block {
                kind: Kind::Tabs(tabs),
                ..
            },
        ] = blocks.as_slice()
        else {
            panic!("one list of tabs, not {blocks:?}");
        };
        assert_eq!(tabs[0].title, "cURL");
        let code = Kind::Code {
            language: "bash".to_owned(),
            text: "- not a tab".to_owned(),
        };
        assert_eq!(tabs[0].blocks, [Block { line: 5, kind: code }]);
        let note = Kind::Note {
            title: "Mind".to_owned(),
            blocks: vec![Block {
                line: 13,
                kind: Kind::Text("glass".to_owned()),
            }],
        };
        assert_eq!(tabs[1].blocks, [Block { line: 11, kind: note }]);
    }

    #[test]
    fn a_list_in_a_table_begins_no_tab_though_it_stands_left_of_it() {
        let text = "{% list tabs %}\n\n- bulb\n\n    #|\n    || **socket** | One of:\n- `E14`\n- `E27` ||\n    |#\n\n- shade\n\n{% endlist %}";
        let (blocks, problems) = scan(text, 1);
        assert_eq!(problems, []);
        let Kind::Tabs(tabs) = &blocks[0].kind else {
            panic!("tabs, not {blocks:?}");
        };
        let titles: Vec<&str> = tabs.iter().map(|tab| tab.title.as_str()).collect();
        assert_eq!(titles, ["bulb", "shade"]);
        assert!(matches!(&tabs[0].blocks[0].kind, Kind::Table(table) if table.rows.len() == 1));
    }

    #[test]
    fn quotes_items_includes_and_comments_are_told_apart() {
        let text = "> Scope: `lamp`\n- one\n2. two\n{% include [note](../_includes/x.md) %}\n<!-- not\nshown -->\n{% if lamp %}\nplain\n{% endif %}";
        assert_eq!(
            kinds(text),
            [
                Kind::Quote("Scope: `lamp`".to_owned()),
                Kind::Item("one".to_owned()),
                Kind::Item("two".to_owned()),
                Kind::Include("../_includes/x.md".to_owned()),
                Kind::Text("plain".to_owned()),
            ]
        );
    }

    #[test]
    fn what_never_ends_is_reported_and_ends_at_the_next_heading() {
        let (blocks, problems) = scan(
            "#|\n|| **Name** | **Description** ||\n|| lamp | bright ||\n\n## Next\n\nmore",
            1,
        );
        assert_eq!(problems, [Problem::new(1, "`#|` without `|#`")]);
        assert!(matches!(&blocks[0].kind, Kind::Table(table) if table.rows.len() == 2));
        assert!(matches!(&blocks[1].kind, Kind::Heading { text, .. } if text == "Next"));
        assert_eq!(blocks.len(), 3);
    }

    #[test]
    fn a_page_cut_in_half_is_read_as_far_as_it_goes() {
        let (blocks, problems) = scan("## Answer\n\n```json\n{\"result\": tr", 1);
        assert_eq!(problems, [Problem::new(3, "code that never ends")]);
        assert!(matches!(&blocks[1].kind, Kind::Code { text, .. } if text == "{\"result\": tr"));
    }

    #[test]
    fn nesting_without_end_is_refused() {
        let text = "{% note info %}\n".repeat(5_000);
        let (_, problems) = scan(&text, 1);
        assert!(problems.iter().any(|problem| problem.what == "nested too deeply"));
    }
}
