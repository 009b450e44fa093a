//! A page's blocks → what each section says, still unmerged: rows, examples, codes.

use super::access;
use super::facts;
use super::head;
use super::inline;
use super::json::{self, Json};
use super::scan::{self, Block, Kind, Problem};
use super::table::Table;
use super::type_text::{self, TypeText};
use crate::spec::{Access, ErrorCode, Type};

/// A page of any kind.
#[derive(Clone, Debug)]
pub struct Page {
    pub path: String,
    pub title: String,
    /// The method that the page describes, if it is a method's page.
    pub method: Option<String>,
    /// What the page describes instead, if it says who may use it, and REST cannot call it.
    pub other_subject: Option<&'static str>,
    /// Pages that this one includes.
    pub includes: Vec<String>,
    pub api: u8,
    pub scopes: Vec<String>,
    pub access: Access,
    pub deprecated: bool,
    pub tables: Vec<FieldTable>,
    pub errors: Vec<ErrorCode>,
    pub samples: Vec<Sample>,
    pub passages: Vec<Passage>,
    /// Literals of what the page is about: `$manifest = […]` on `manifest.md`.
    pub literals: Vec<Json>,
    /// Words of the parameter section outside its tables.
    pub params_text: String,
    /// Words below the title, outside notes.
    pub intro: String,
    /// Words of the result section outside its tables.
    pub result_text: String,
    pub has_params_section: bool,
    /// What a table of types says of its words.
    pub vocabulary: Vec<(String, Type)>,
    pub problems: Vec<Problem>,
}

/// What stands below a heading with an anchor, up to the next heading.
#[derive(Clone, Debug, Default)]
pub struct Passage {
    pub anchors: Vec<String>,
    /// Words and code.
    pub text: String,
    /// The first column of a table of values.
    pub values: Vec<String>,
}

impl Passage {
    pub fn is_at(&self, anchor: &str) -> bool {
        self.anchors.iter().any(|known| known == anchor)
    }
}

/// A table whose rows are parameters or fields.
#[derive(Clone, Debug)]
pub struct FieldTable {
    pub line: usize,
    pub section: Section,
    /// Level, text and anchors of the headings above, outermost first; an anchor belongs to the first table below.
    pub heading: String,
    pub level: usize,
    pub anchors: Vec<String>,
    pub rows: Vec<FieldRow>,
    /// Literals between the heading and the table that sketch the object.
    pub sketches: Vec<Json>,
}

impl FieldTable {
    /// Whether the heading says that these are parameters, and not what is inside one of those that a table lists.
    pub fn is_of_parameters(&self, main: &Self) -> bool {
        let words = inline::words(&self.heading);
        let inside = |row: &FieldRow| words.contains(&row.name.to_lowercase());
        words.iter().any(|word| word == "parameters") && !main.rows.iter().any(inside)
    }
}

/// A parameter or field as its row has it.
#[derive(Clone, Debug)]
pub struct FieldRow {
    pub line: usize,
    pub name: String,
    pub required: bool,
    pub ty: TypeText,
    /// Where the type's words lead.
    pub type_links: Vec<String>,
    /// The description as written.
    pub note: String,
    /// Rows named `this.field`.
    pub children: Vec<FieldRow>,
}

/// A piece of code on the page.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Of the first line of the code itself.
    pub line: usize,
    pub section: Section,
    pub language: String,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    Params,
    Code,
    Result,
    Errors,
    Other,
}

/// Reads one page.
pub fn read(path: &str, text: &str) -> Page {
    let (blocks, problems) = scan::scan(text, 1);
    let mut walk = Walk::new(path, problems);
    walk.blocks(&blocks);
    walk.finish()
}

/// The state of a walk through the blocks of a page.
struct Walk {
    page: Page,
    section: Section,
    headings: Vec<Heading>,
    /// The last «HTTP status» that was named.
    status: Option<u16>,
    quotes: Vec<String>,
    sections: Vec<Section>,
    /// Object literals since the last heading.
    sketches: Vec<Json>,
    /// Words below the title.
    intro: String,
    /// Whether the blocks are those of a note.
    in_note: bool,
}

struct Heading {
    level: usize,
    text: String,
    anchors: Vec<String>,
}

impl Walk {
    fn new(path: &str, problems: Vec<Problem>) -> Self {
        Self {
            page: Page {
                path: path.to_owned(),
                title: String::new(),
                method: None,
                other_subject: None,
                includes: Vec::new(),
                api: 2,
                scopes: Vec::new(),
                access: Access::Unknown,
                deprecated: false,
                tables: Vec::new(),
                errors: Vec::new(),
                samples: Vec::new(),
                passages: Vec::new(),
                literals: Vec::new(),
                params_text: String::new(),
                intro: String::new(),
                result_text: String::new(),
                has_params_section: false,
                vocabulary: Vec::new(),
                problems,
            },
            section: Section::Other,
            headings: Vec::new(),
            status: None,
            quotes: Vec::new(),
            sections: Vec::new(),
            sketches: Vec::new(),
            intro: String::new(),
            in_note: false,
        }
    }

    fn blocks(&mut self, blocks: &[Block]) {
        for block in blocks {
            match &block.kind {
                Kind::Heading { level, text, anchors } => self.heading(*level, text, anchors),
                Kind::Table(table) => self.table(block.line, table),
                Kind::Code { language, text } => self.code(block.line, language, text),
                Kind::Tabs(tabs) => {
                    for tab in tabs {
                        self.blocks(&tab.blocks);
                    }
                }
                Kind::Note { title, blocks } => self.note(title, blocks),
                Kind::Include(path) => {
                    if path.ends_with("error-info-v3.md") {
                        self.page.api = 3;
                    }
                    self.page.includes.push(path.clone());
                }
                Kind::Quote(text) => self.quotes.push(text.clone()),
                Kind::Item(text) | Kind::Text(text) => self.text(text),
            }
        }
    }

    fn passage(&mut self, text: &str) {
        if let Some(passage) = self.page.passages.last_mut() {
            passage.text.push_str(text);
            passage.text.push('\n');
        }
    }

    fn code(&mut self, line: usize, language: &str, text: &str) {
        self.passage(&format!("```\n{text}\n```"));
        if self.section == Section::Params && text.trim_start().starts_with('{') {
            self.sketches.extend(json::read_literal(text).ok());
        }
        self.page.samples.push(Sample {
            line: line + 1,
            section: self.section,
            language: language.to_owned(),
            text: text.to_owned(),
        });
    }

    fn note(&mut self, title: &str, blocks: &[Block]) {
        let halted = |block: &Block| match &block.kind {
            Kind::Text(text) => text.to_lowercase().contains("method has been halted"),
            _ => false,
        };
        if title.to_lowercase().contains("deprecated") || blocks.iter().any(halted) {
            self.page.deprecated = true;
        }
        let outside = std::mem::replace(&mut self.in_note, true);
        self.blocks(blocks);
        self.in_note = outside;
    }

    fn heading(&mut self, level: usize, text: &str, anchors: &[String]) {
        if level == 1 && self.page.title.is_empty() {
            self.page.title = inline::plain(text);
        }
        self.sketches.clear();
        // Where no anchor is written, links lead to the words of the heading.
        let mut anchors = anchors.to_vec();
        anchors.extend(slug(&inline::plain(text)));
        self.page.passages.push(Passage {
            anchors: anchors.clone(),
            ..Passage::default()
        });
        self.headings.retain(|heading| heading.level < level);
        self.headings.push(Heading {
            level,
            text: inline::plain(text),
            anchors,
        });
        if let Some(section) = section_of(level, text) {
            self.section = section;
            self.sections.push(section);
            self.status = None;
        }
        if self.section == Section::Params {
            self.page.has_params_section = true;
        }
    }

    fn text(&mut self, text: &str) {
        self.passage(text);
        if let Some(status) = facts::http_status(text) {
            self.status = Some(status);
        }
        if let (Section::Errors, Some(code)) = (self.section, facts::error_code_above(text)) {
            self.error(self.status.unwrap_or(400), code);
        }
        if self.section == Section::Params {
            self.page.params_text.push_str(text);
            self.page.params_text.push('\n');
        } else if self.headings.len() <= 1 {
            self.intro.push_str(text);
            self.intro.push('\n');
        }
        if !self.in_note {
            let words = match self.section {
                Section::Result => &mut self.page.result_text,
                _ if self.headings.len() <= 1 => &mut self.page.intro,
                _ => return,
            };
            words.push_str(text);
            words.push('\n');
        }
    }

    fn table(&mut self, line: usize, table: &Table) {
        let Some(header) = table.rows.first() else {
            return;
        };
        let names: Vec<String> = header
            .cells
            .iter()
            .map(|cell| inline::plain(&cell.text))
            .collect();
        if self.section == Section::Errors {
            self.errors(&names, table);
        } else if let Some(columns) = Columns::of(&names) {
            self.fields(line, &columns, table);
        } else if names
            .first()
            .is_some_and(|name| matches!(name.as_str(), "Code" | "Value"))
        {
            self.values(table);
        } else if names.first().is_some_and(|name| name == "Type") {
            self.types(table);
        }
    }

    /// A table of the words for types: «integer identifier of …», «object …».
    fn types(&mut self, table: &Table) {
        for row in &table.rows[1..] {
            let cell = inline::without_links(row.cell(0));
            if let ([word], Some(ty)) = (
                inline::code_spans(&cell).as_slice(),
                type_text::meaning(row.cell(1)),
            ) {
                self.page.vocabulary.push((word.to_lowercase(), ty));
            }
        }
    }

    /// A table of allowed values: one in code at the start of each row.
    fn values(&mut self, table: &Table) {
        let cells = table.rows[1..].iter().map(|row| row.cell(0));
        let values: Option<Vec<String>> = cells
            .map(|cell| match inline::code_spans(cell).as_slice() {
                [value] => Some((*value).to_owned()),
                _ => None,
            })
            .collect();
        if let (Some(passage), Some(values)) = (self.page.passages.last_mut(), values) {
            passage.values = values;
        }
    }

    fn fields(&mut self, line: usize, columns: &Columns, table: &Table) {
        let mut rows = Vec::new();
        for row in &table.rows[1..] {
            match field_row(row, columns) {
                Some(row) => rows.push(row),
                None => self
                    .page
                    .problems
                    .push(Problem::new(row.line, "a table row without a name")),
            }
        }
        let heading = self.headings.last();
        self.page.tables.push(FieldTable {
            line,
            section: self.section,
            heading: heading.map_or_else(String::new, |heading| heading.text.clone()),
            level: heading.map_or(0, |heading| heading.level),
            anchors: Vec::new(),
            rows: nested(rows),
            sketches: std::mem::take(&mut self.sketches),
        });
        // An anchor leads to the first table below its heading.
        let mut anchors = Vec::new();
        for heading in &mut self.headings {
            anchors.append(&mut heading.anchors);
        }
        if let Some(table) = self.page.tables.last_mut() {
            table.anchors = anchors;
        }
    }

    fn errors(&mut self, names: &[String], table: &Table) {
        let column = |word: &str| {
            names
                .iter()
                .position(|name| inline::words(name).first().is_some_and(|first| first == word))
        };
        // Pages of REST 3.0 name a code above the table of the fields it may be about.
        let by_field = names.first().is_some_and(|name| name == "Field");
        let error = column("error").filter(|_| !by_field);
        let Some(code) = column("code").or(error) else {
            return;
        };
        let status = column("status");
        // Some tables have the status below «Code», and the code beside it.
        let misplaced = status.is_none() && facts::are_statuses_before_codes(table, code);
        let (status, code) = if misplaced {
            (Some(code), code + 1)
        } else {
            (status, code)
        };
        for row in &table.rows[1..] {
            let status = status
                .and_then(|status| facts::number(row.cell(status)))
                .or(self.status)
                .unwrap_or(400);
            let codes = facts::error_codes(row.cell(code));
            if codes.is_empty() {
                let problem = Problem::new(row.line, facts::NO_CODE);
                self.page.problems.push(problem);
            }
            for code in codes {
                self.error(status, code);
            }
        }
    }

    fn error(&mut self, status: u16, code: String) {
        let error = ErrorCode { status, code };
        if !self.page.errors.contains(&error) {
            self.page.errors.push(error);
        }
    }

    fn finish(mut self) -> Page {
        // Whole folders are set aside for what should not be used any more.
        self.page.deprecated |= self
            .page
            .path
            .split('/')
            .any(|folder| matches!(folder, "outdated" | "deprecated"));
        if self
            .page
            .samples
            .iter()
            .any(|sample| sample.text.contains("/rest/api/"))
        {
            self.page.api = 3;
        }
        let quotes = std::mem::take(&mut self.quotes);
        self.page.scopes = head::scopes(&quotes);
        self.page.access = access::access(&quotes);
        self.page.other_subject = head::other_subject(&self.page.title, &quotes);
        if self.page.other_subject.is_some() {
            return self.page;
        }
        let name = head::method_name(&self.page.title, &self.page.path, &self.page.samples);
        if let Some(name) = name.filter(|name| self.describes(name)) {
            let foreign =
                |sample: &Sample| sample.section == Section::Code && head::calls_another(&sample.text, &name);
            self.page.samples.retain(|sample| !foreign(sample));
            self.page.method = Some(name);
            self.without_sections();
        } else {
            let subject = head::file_stem(&self.page.path).to_owned();
            let samples = &self.page.samples;
            self.page.literals = samples
                .iter()
                .filter_map(|sample| literal(&sample.text, &subject))
                .collect();
        }
        self.page
    }

    /// Whether the page is about the method that its title names: the file is called so, or the usual sections are
    /// there, and a scope or a call, for without them it may be a function of some library.
    fn describes(&self, name: &str) -> bool {
        let has_sections = self
            .sections
            .iter()
            .any(|section| matches!(section, Section::Params | Section::Result));
        let is_rest = !self.page.scopes.is_empty() || head::is_called(&self.page.samples, name);
        head::is_named_after(&self.page.path, name) || has_sections && is_rest
    }

    /// Short pages have no section of parameters: what stands below the title is about them.
    fn without_sections(&mut self) {
        if self.page.has_params_section {
            return;
        }
        self.page.params_text = std::mem::take(&mut self.intro);
        for table in &mut self.page.tables {
            if table.level <= 1 && table.section == Section::Other {
                table.section = Section::Params;
            }
        }
    }
}

/// The anchor that a heading has of itself.
fn slug(heading: &str) -> Option<String> {
    let slug: String = heading
        .trim()
        .to_lowercase()
        .chars()
        .filter_map(|c| match c {
            ' ' => Some('-'),
            c if c.is_alphanumeric() || matches!(c, '-' | '_') => Some(c),
            _ => None,
        })
        .collect();
    (!slug.is_empty()).then_some(slug)
}

/// The value of a variable that is called as the page's subject, or the entries of one.
fn literal(code: &str, subject: &str) -> Option<Json> {
    let code = code.trim();
    let assigned = code.split_once('=').filter(|(name, _)| {
        let name = name.trim().trim_start_matches(['$', '{']);
        name.rsplit(' ')
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(subject))
    });
    let text = match assigned {
        Some((_, value)) => value.trim_start().to_owned(),
        None if code.starts_with('\'') && code.contains("=>") => format!("[{code}]"),
        None => return None,
    };
    let literal = json::read_literal(&text).ok()?;
    matches!(literal, Json::Object(_)).then_some(literal)
}

/// The section that a heading opens. Below the second level only the usual names count, for there the same words
/// occur in headings of details.
fn section_of(level: usize, text: &str) -> Option<Section> {
    let words = inline::words(text);
    let has = |word: &str| words.iter().any(|w| w == word);
    let usual = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["method", "parameters"] => Some(Section::Params),
        ["code", "examples"] => Some(Section::Code),
        ["response", "handling"] | ["returned", "data"] => Some(Section::Result),
        _ if has("error") || has("errors") => Some(Section::Errors),
        _ => None,
    };
    if usual.is_some() || level != 2 {
        return usual;
    }
    Some(
        if has("response") || has("result") || has("returned") && (has("data") || has("fields")) {
            Section::Result
        } else if has("handler") || has("event") {
            Section::Other
        } else if has("parameters") || has("parameter") {
            Section::Params
        } else if has("examples") || has("example") {
            Section::Code
        } else {
            Section::Other
        },
    )
}

/// Which column is which.
struct Columns {
    name: usize,
    ty: Option<usize>,
    note: usize,
}

impl Columns {
    /// If a table's header is that of a table of fields.
    fn of(names: &[String]) -> Option<Self> {
        let is_name = |name: &String| matches!(inline::words(name).as_slice(), [word] if word == "name");
        // A column may say before the name which case it is for.
        let name = names.iter().position(is_name).unwrap_or(0);
        let first = inline::words(names.get(name)?);
        let named = first.first().is_some_and(|word| {
            matches!(
                word.as_str(),
                "name" | "parameter" | "field" | "key" | "property" | "attribute" | "value"
            )
        });
        let typed = first.iter().any(|word| word == "type");
        let column = |word: &str| {
            names
                .iter()
                .position(|name| inline::words(name).iter().any(|w| w == word))
        };
        let note = column("description")?;
        let ty = column("type").filter(|ty| *ty != name);
        let about_errors = column("error").is_some() || column("fix").is_some();
        let certain = typed || ty.is_some() || first.first().is_some_and(|word| word != "value");
        (named && certain && !about_errors).then_some(Self { name, ty, note })
    }
}

/// Whether a cell has a type and no name before it: tables of the forms that a value may have are such.
fn is_type(cell: &str) -> bool {
    let cell = inline::without_links(cell);
    let ty = type_text::read(&cell);
    cell.starts_with('`')
        && cell.ends_with('`')
        && !cell.contains('\n')
        && ty.unknown.is_empty()
        && (!ty.types.is_empty() || ty.nullable)
}

fn field_row(row: &super::table::Row, columns: &Columns) -> Option<FieldRow> {
    let (name, required, rest) = facts::field_name(row.cell(columns.name))?;
    if columns.ty.is_none() && is_type(row.cell(columns.name)) {
        return None;
    }
    let ty = match columns.ty {
        Some(column) => row.cell(column),
        None => &rest,
    };
    Some(FieldRow {
        line: row.line,
        name,
        required,
        ty: type_text::read(ty),
        type_links: inline::links(ty).into_iter().map(|link| link.target).collect(),
        note: row.cell(columns.note).to_owned(),
        children: Vec::new(),
    })
}

/// Rows named `parent.child`, `parent[].child` as children of their parent, where that has a row above. The row of a
/// list may be named `parent[]`.
fn nested(rows: Vec<FieldRow>) -> Vec<FieldRow> {
    let mut out: Vec<FieldRow> = Vec::new();
    for row in rows {
        adopt(&mut out, row);
    }
    out
}

fn adopt(rows: &mut Vec<FieldRow>, mut row: FieldRow) {
    let dotted = !facts::is_template(&row.name);
    if let Some((parent, child)) = row.name.split_once('.').filter(|_| dotted) {
        let parent = parent.trim_end_matches("[]");
        if let Some(parent) = rows
            .iter_mut()
            .find(|known| known.name == parent && !child.is_empty())
        {
            row.name = child.to_owned();
            adopt(&mut parent.children, row);
            return;
        }
    }
    if dotted {
        let length = row.name.trim_end_matches("[]").len();
        row.name.truncate(length);
    }
    rows.push(row);
}
