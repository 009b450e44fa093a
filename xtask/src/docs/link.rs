//! Which table describes an object: linked by anchor, by the words of its heading, or the only one left.

use std::collections::BTreeMap;

use super::head;
use super::inline;
use super::json::{self, Json};
use super::page::{FieldRow, FieldTable, Page, Section};
use super::samples;
use crate::spec::{Access, Type};

/// All pages, by path.
pub struct Site {
    pub pages: BTreeMap<String, Page>,
    /// What tables of types say of their words, in lower case.
    vocabulary: BTreeMap<String, Type>,
    /// Tables below headings that may name a type, in lower case: page and place in it.
    type_tables: BTreeMap<String, Vec<(String, usize)>>,
    /// By folder of the reference: how the names of most of its methods begin.
    namespaces: BTreeMap<String, String>,
}

/// What describes the inside of an object.
#[derive(Clone, Copy)]
pub enum Target<'a> {
    Table(&'a Page, &'a FieldTable),
    /// A page that is nothing but a description of fields.
    Page(&'a Page),
}

/// Scopes, and who may call, may stand in a page that several include.
pub fn include_heads(pages: &mut BTreeMap<String, Page>) {
    let bare = pages.values().filter(|page| page.scopes.is_empty());
    let heads: Vec<(String, Vec<String>, Access)> = bare
        .filter_map(|page| {
            let included = page.includes.iter().filter_map(|path| resolve(&page.path, path));
            let mut found = included.filter_map(|path| pages.get(&path));
            let head = found.find(|found| !found.scopes.is_empty())?;
            Some((page.path.clone(), head.scopes.clone(), head.access.clone()))
        })
        .collect();
    for (path, scopes, access) in heads {
        if let Some(page) = pages.get_mut(&path) {
            page.scopes = scopes;
            page.access = access;
        }
    }
}

impl Site {
    pub fn new(pages: BTreeMap<String, Page>) -> Self {
        let vocabulary = pages
            .values()
            .flat_map(|page| page.vocabulary.iter().cloned())
            .collect();
        let mut type_tables: BTreeMap<String, Vec<(String, usize)>> = BTreeMap::new();
        for page in pages.values() {
            for (i, table) in page.tables.iter().enumerate() {
                if let Some(word) = type_of_heading(&table.heading) {
                    type_tables.entry(word).or_default().push((page.path.clone(), i));
                }
            }
        }
        let namespaces = namespaces(&pages);
        Self {
            pages,
            vocabulary,
            type_tables,
            namespaces,
        }
    }

    /// What an object of a page is named after, and the rest of the page's path.
    pub fn namespace<'p>(&self, path: &'p str) -> (String, &'p str) {
        let path = path.strip_prefix("api-reference/").unwrap_or(path);
        let stem = path.trim_end_matches(".md");
        let (folder, rest) = path.split_once('/').unwrap_or((stem, path));
        let known = self.namespaces.get(folder).map_or(folder, String::as_str);
        (known.to_owned(), rest)
    }

    /// What a table of types says of a word.
    pub fn meaning(&self, word: &str) -> Option<&Type> {
        self.vocabulary.get(&word.to_lowercase())
    }

    /// The table that describes a type: under a heading with its word, here or else as near as possible.
    pub fn type_table<'a>(&'a self, page: &'a Page, word: &str) -> Option<(&'a Page, &'a FieldTable)> {
        let found = self.type_tables.get(&word.to_lowercase())?;
        let tables = found.iter().filter_map(|(path, i)| {
            let page = self.pages.get(path)?;
            Some((page, page.tables.get(*i)?))
        });
        let near = |other: &str| {
            let pairs = page.path.split('/').zip(other.split('/'));
            pairs.take_while(|(a, b)| a == b).count()
        };
        // Words without `_` or `.` mean something only within their part of the documentation.
        let least = if word.contains(['_', '.']) { 1 } else { 3 };
        let mut best: Option<(&Page, &FieldTable)> = None;
        for found in tables.filter(|(found, _)| near(&found.path) >= least) {
            if best.is_none_or(|best| near(&found.0.path) > near(&best.0.path)) {
                best = Some(found);
            }
        }
        best
    }

    /// The table that the words of a row's type lead to: by link, or by name.
    pub fn typed<'a>(&'a self, page: &'a Page, row: &FieldRow) -> Option<(&'a Page, &'a FieldTable)> {
        for link in row.type_links.iter().filter(|link| link.contains('#')) {
            if let Some(Target::Table(page, table)) = self.follow(page, link) {
                return Some((page, table));
            }
        }
        let words = row.ty.unknown.iter().map(|word| word.trim_end_matches("[]"));
        words.into_iter().find_map(|word| self.type_table(page, word))
    }

    /// The page that an unknown type's words lead to, if it is about the type.
    pub fn type_page<'a>(&'a self, page: &'a Page, row: &FieldRow) -> Option<&'a Page> {
        let word = row.ty.unknown.first()?.trim_end_matches("[]").to_lowercase();
        let found = row
            .type_links
            .iter()
            .filter_map(|link| self.pages.get(&resolve(&page.path, link)?));
        let mut about = found.filter(|found| {
            let named = inline::words(&found.title).contains(&word);
            named && found.method.is_none() && !found.tables.is_empty()
        });
        about.next()
    }

    /// Where the inside of a row's value is described.
    ///
    /// A link to an anchor of the row's own name comes first, then one that promises details, then a heading that
    /// names the row, then whatever else the description links to.
    pub fn target<'a>(&'a self, page: &'a Page, row: &FieldRow, section: Section) -> Option<Target<'a>> {
        let links = inline::links(&row.note);
        let own = |link: &inline::Link| {
            link.target
                .strip_prefix('#')
                .is_some_and(|anchor| anchor == row.name)
        };
        let detailed = |link: &inline::Link| {
            let text = link.text.to_lowercase();
            text.contains("detail") || text.contains("description")
        };
        let follow = |link: &inline::Link| self.follow(page, &link.target);
        let by_subject = || {
            self.prose_page(page, &row.note)
                .filter(|subject| head::file_stem(&subject.path).eq_ignore_ascii_case(&row.name))
                .map(Target::Page)
        };
        let by_heading = || {
            page.table_by_heading(&row.name, section)
                .map(|table| Target::Table(page, table))
        };
        links
            .iter()
            .filter(|link| own(link))
            .find_map(follow)
            .or_else(|| links.iter().filter(|link| detailed(link)).find_map(follow))
            .or_else(by_heading)
            .or_else(|| links.iter().find_map(follow))
            .or_else(by_subject)
            .or_else(|| links.iter().find_map(|link| self.by_words(page, link)))
    }

    /// A link to a page of types, whose words name the type: «fields of the [lamp](../data-types.md) object».
    fn by_words<'a>(&'a self, page: &'a Page, link: &inline::Link) -> Option<Target<'a>> {
        let word = link.text.trim_matches('`');
        let target = resolve(&page.path, link.target.split('#').next().unwrap_or_default())?;
        let (found, table) = self.type_table(page, word)?;
        (found.path == target).then_some(Target::Table(found, table))
    }

    /// What articles that a description links to show under a name, anywhere in their examples.
    pub fn shown_in_articles(&self, page: &Page, note: &str, name: &str) -> Vec<Json> {
        let links = inline::links(note);
        let targets = links
            .iter()
            .filter_map(|link| self.pages.get(&resolve(&page.path, &link.target)?));
        let articles = targets.filter(|target| target.method.is_none() && target.path != page.path);
        let examples = articles.flat_map(|article| &article.samples);
        let mut found = Vec::new();
        for sample in examples {
            let bodies = samples::request_bodies(sample);
            for example in json::read(&sample.text).into_iter().chain(bodies) {
                example.values_under(name, &mut found);
            }
        }
        found
    }

    /// A table of the page whose rows all begin as a template has it: `UF_LAMP` for `UF_*`.
    pub fn begun<'a>(&'a self, page: &'a Page, row: &FieldRow, section: Section) -> Option<&'a FieldTable> {
        let start = row.name.trim_end_matches(['*', '.', '…']);
        let Some(Target::Table(found, table)) = self.target(page, row, section) else {
            return None;
        };
        let begins = |row: &FieldRow| start.len() > 1 && row.name.starts_with(start);
        (found.path == page.path && table.rows.iter().all(begins)).then_some(table)
    }

    /// The one table of a section that nothing names or links to, if one row alone lacks a description.
    pub fn only_candidate<'a>(
        &'a self,
        page: &'a Page,
        row: &FieldRow,
        section: Section,
    ) -> Option<Target<'a>> {
        let rows = || {
            let tables = page.tables.iter().filter(|table| table.section == section);
            tables.flat_map(|table| &table.rows)
        };
        let lacking = |row: &&FieldRow| {
            row.ty.types.contains(&Type::Object)
                && row.children.is_empty()
                && self.target(page, row, section).is_none()
        };
        let mut lacking_rows = rows().filter(lacking);
        if lacking_rows.next().is_none_or(|found| found.line != row.line) || lacking_rows.next().is_some() {
            return None;
        }
        let led_to: Vec<usize> = rows()
            .filter_map(|row| match self.target(page, row, section)? {
                Target::Table(target, table) if target.path == page.path => Some(table.line),
                _ => None,
            })
            .collect();
        // The first table of a section is about the section itself.
        let further = page
            .tables
            .iter()
            .filter(|table| table.section == section)
            .skip(1);
        let mut free = further
            .filter(|table| !led_to.contains(&table.line) && table.rows.iter().any(|row| !row.ty.is_empty()))
            .filter(|table| table.rows.iter().all(|known| known.line != row.line));
        let table = free.next()?;
        free.next().is_none().then_some(Target::Table(page, table))
    }

    /// The row of a method's parameter that a description refers to: «see the parameter `settings` of [that method]».
    pub fn parameter_elsewhere<'a>(
        &'a self,
        page: &Page,
        row: &FieldRow,
    ) -> Option<(&'a Page, &'a FieldRow)> {
        if !inline::words(&row.note).iter().any(|word| word == "parameter") {
            return None;
        }
        inline::links(&row.note).iter().find_map(|link| {
            let path = resolve(&page.path, link.target.split('#').next()?)?;
            let other = self
                .pages
                .get(&path)
                .filter(|other| other.method.is_some() && path != page.path)?;
            let params = other
                .tables
                .iter()
                .filter(|table| table.section == Section::Params);
            let mut rows = params.flat_map(|table| &table.rows);
            Some((
                other,
                rows.find(|other| other.name.eq_ignore_ascii_case(&row.name))?,
            ))
        })
    }

    /// A page that a description links to and that shows its subject in a literal, not in tables.
    pub fn prose_page<'a>(&'a self, page: &Page, note: &str) -> Option<&'a Page> {
        inline::links(note).iter().find_map(|link| {
            // An anchor leads to a part of the subject.
            let found = self.pages.get(&resolve(&page.path, &link.target)?)?;
            (!found.literals.is_empty()).then_some(found)
        })
    }

    /// The words below the anchors of its own page that a description links to.
    pub fn passages(page: &Page, note: &str) -> String {
        let links = inline::links(note);
        let anchors = links.iter().filter_map(|link| link.target.strip_prefix('#'));
        let texts: Vec<&str> = anchors.filter_map(|anchor| page.passage(anchor)).collect();
        texts.join("\n")
    }

    /// The values in a table that a description links to.
    pub fn listed_values(page: &Page, note: &str) -> Vec<String> {
        let links = inline::links(note);
        let anchors = links.iter().filter_map(|link| link.target.strip_prefix('#'));
        anchors
            .filter_map(|anchor| page.values(anchor))
            .next()
            .unwrap_or_default()
    }

    /// The page of fields that a description links to.
    pub fn fields_page<'a>(&'a self, page: &'a Page, note: &str) -> Option<&'a Page> {
        inline::links(note)
            .iter()
            .find_map(|link| match self.follow(page, &link.target) {
                Some(Target::Page(fields)) => Some(fields),
                _ => None,
            })
    }

    /// A page of fields in the same folder, called as the field: `additional-fields.md` for `ADDITIONAL_FIELDS`.
    pub fn namesake<'a>(&'a self, page: &Page, field: &str) -> Option<&'a Page> {
        let file = format!("{}.md", field.to_lowercase().replace('_', "-"));
        let found = self.pages.get(&resolve(&page.path, &file)?)?;
        found.is_about_fields().then_some(found)
    }

    fn follow<'a>(&'a self, page: &'a Page, target: &str) -> Option<Target<'a>> {
        let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
        let page = if path.is_empty() {
            page
        } else {
            self.pages.get(&resolve(&page.path, path)?)?
        };
        if !anchor.is_empty() {
            return page.table(anchor).map(|table| Target::Table(page, table));
        }
        page.is_about_fields().then_some(Target::Page(page))
    }
}

impl Page {
    /// The table below an anchor.
    pub fn table(&self, anchor: &str) -> Option<&FieldTable> {
        self.tables
            .iter()
            .find(|table| table.anchors.iter().any(|known| known == anchor))
    }

    /// What stands below an anchor, up to the next heading.
    fn passage(&self, anchor: &str) -> Option<&str> {
        let found = self.passages.iter().find(|passage| passage.is_at(anchor))?;
        Some(&found.text)
    }

    fn values(&self, anchor: &str) -> Option<Vec<String>> {
        let found = self.passages.iter().find(|passage| passage.is_at(anchor))?;
        (!found.values.is_empty()).then(|| found.values.clone())
    }

    fn is_about_fields(&self) -> bool {
        let file = self.path.rsplit('/').next().unwrap_or("");
        file.contains("fields") && self.field_tables().next().is_some()
    }

    /// The tables of a page about fields. Where a method lists the fields, those of what it lists.
    pub fn field_tables(&self) -> impl Iterator<Item = &FieldTable> {
        let answers_itself = |table: &&FieldTable| table.rows.iter().any(|row| row.name == "result");
        let of_method = self.method.is_some();
        let lists = !of_method || !self.tables.iter().any(|table| answers_itself(&table));
        let tables = self.tables.iter().filter(move |_| lists);
        tables.filter(move |table| !of_method || matches!(table.section, Section::Result | Section::Other))
    }

    /// A table of the same section whose heading names the row: «Parameter fields», «Object result».
    pub fn table_by_heading(&self, name: &str, section: Section) -> Option<&FieldTable> {
        let name = name.to_lowercase();
        self.tables.iter().find(|table| {
            let words = inline::words(&table.heading);
            let about_it = words.contains(&name);
            let structural = words.iter().any(|word| {
                matches!(
                    word.as_str(),
                    "parameter"
                        | "parameters"
                        | "object"
                        | "type"
                        | "structure"
                        | "field"
                        | "fields"
                        | "array"
                        | "element"
                        | "item"
                )
            });
            // «Method parameters» are those of the method, whatever is called so.
            let deep = table.level > 2 || words.len() == 2 && words[0] == name && name != "method";
            table.section == section && deep && about_it && structural
        })
    }
}

fn namespaces(pages: &BTreeMap<String, Page>) -> BTreeMap<String, String> {
    let mut counts: BTreeMap<&str, BTreeMap<String, usize>> = BTreeMap::new();
    for page in pages.values() {
        let path = page.path.strip_prefix("api-reference/").unwrap_or(&page.path);
        if let (Some((folder, _)), Some(method)) = (path.split_once('/'), &page.method) {
            let first = method.split('.').next().unwrap_or_default().to_lowercase();
            *counts.entry(folder).or_default().entry(first).or_default() += 1;
        }
    }
    let most = |counts: BTreeMap<String, usize>| counts.into_iter().max_by_key(|(_, count)| *count);
    counts
        .into_iter()
        .filter_map(|(folder, counts)| Some((folder.to_owned(), most(counts)?.0)))
        .collect()
}

/// «`lamp`», «Type lamp», «Object lamp»: the word of a type that a heading names.
pub fn type_of_heading(heading: &str) -> Option<String> {
    let heading = heading.to_lowercase().replace('`', "");
    // «Parameters of the lamp object»
    let heading = heading.strip_prefix("parameters of ").unwrap_or(&heading);
    let mut words = heading.split_whitespace().filter(|word| {
        !matches!(
            *word,
            "type" | "object" | "structure" | "of" | "the" | "description"
        )
    });
    let word = words.next()?;
    words.next().is_none().then(|| word.to_owned())
}

/// A relative link, seen from a page, as a path from the root.
pub fn resolve(from: &str, link: &str) -> Option<String> {
    let link = link
        .strip_suffix(".html")
        .map_or_else(|| link.to_owned(), |stem| format!("{stem}.md"));
    let mut parts: Vec<&str> = if link.starts_with('/') {
        Vec::new()
    } else {
        from.split('/').collect()
    };
    parts.pop();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docs::page;

    #[test]
    fn links_are_resolved_from_the_page_they_stand_on() {
        let from = "api/lamp/hang.md";
        assert_eq!(resolve(from, "./dim.md").as_deref(), Some("api/lamp/dim.md"));
        assert_eq!(resolve(from, "../types.md").as_deref(), Some("api/types.md"));
        assert_eq!(resolve(from, "/limits.html").as_deref(), Some("limits.md"));
        assert_eq!(resolve(from, "../../../../away.md"), None);
    }

    const TABLES: &str = "
### Parameter shade {#paper}

#|
|| **Name**
`type` | **Description** ||
|| **colour**
`string` | Colour ||
|#

### Details {#details}

#|
|| **Name**
`type` | **Description** ||
|| **watt**
`integer` | Power ||
|#
";

    /// Which field the target of the first row has.
    fn target_of(row: &str, tables: &str) -> Option<String> {
        let text = format!(
            "# lamp.hang\n\n> Scope: `lamp`\n\n## Method Parameters\n\n#|\n|| **Name**\n`type` | **Description** ||\n{row}\n|#\n{tables}"
        );
        let fields = "# Fields\n\n#|\n|| **Field**\n`type` | **Description** ||\n|| **glass**\n`string` | Glass ||\n|#\n";
        let site = Site::new(
            [("lamp/hang.md", text.as_str()), ("lamp/fields.md", fields)]
                .map(|(path, text)| (path.to_owned(), page::read(path, text)))
                .into(),
        );
        let page = &site.pages["lamp/hang.md"];
        let row = &page.tables[0].rows[0];
        let target = site.target(page, row, Section::Params);
        let target = target.or_else(|| site.only_candidate(page, row, Section::Params))?;
        let (Target::Table(page, _) | Target::Page(page)) = target;
        let table = match target {
            Target::Table(_, table) => table,
            Target::Page(_) => &page.tables[0],
        };
        Some(table.rows[0].name.clone())
    }

    #[test]
    fn a_promise_of_details_comes_before_the_heading_and_that_before_other_links() {
        let of = |row| target_of(row, TABLES);
        let detailed = "|| **shade**\n`object` | See [this](#paper), [(detailed description)](#details) ||";
        assert_eq!(of(detailed).as_deref(), Some("watt"));
        let heading = "|| **shade**\n`object` | See [below](#details) ||";
        assert_eq!(of(heading).as_deref(), Some("colour"));
        let other = "|| **socket**\n`object` | See [below](#details) ||";
        assert_eq!(of(other).as_deref(), Some("watt"));
        let own = "|| **paper**\n`object` | See [details](#details), [paper](#paper) ||";
        assert_eq!(of(own).as_deref(), Some("colour"));
    }

    #[test]
    fn a_page_of_fields_is_a_target_and_a_page_without_tables_is_none() {
        let fields = "|| **socket**\n`object` | Of these [fields](./fields.md) ||";
        assert_eq!(target_of(fields, "").as_deref(), Some("glass"));
        let nowhere = "|| **socket**\n`object` | Of [these](./gone.md), [those](#gone) ||";
        assert_eq!(target_of(nowhere, ""), None);
    }

    #[test]
    fn a_table_that_nothing_names_belongs_to_the_row_that_lacks_one() {
        let one = "\n### Details\n\n#|\n|| **Name**\n`type` | **Description** ||\n|| **watt**\n`integer` | Power ||\n|#\n";
        assert_eq!(
            target_of("|| **socket**\n`object` | A socket ||", one).as_deref(),
            Some("watt")
        );
        assert_eq!(target_of("|| **socket**\n`object` | A socket ||", TABLES), None);
        let two = "|| **socket**\n`object` | A socket ||\n|| **plug**\n`object` | A plug ||";
        assert_eq!(target_of(two, one), None);
    }
}
