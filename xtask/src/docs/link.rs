//! Which table describes an object: linked by anchor, by the words of its heading, or the only one left.

use std::collections::BTreeMap;

use super::inline;
use super::page::{FieldRow, FieldTable, Page, Section};

/// All pages, by path.
pub struct Site {
    pub pages: BTreeMap<String, Page>,
}

/// What describes the inside of an object.
#[derive(Clone, Copy)]
pub enum Target<'a> {
    Table(&'a Page, &'a FieldTable),
    /// A page that is nothing but a description of fields.
    Page(&'a Page),
}

impl Site {
    /// Where a row's links lead to, without guessing.
    pub fn linked<'a>(&'a self, page: &'a Page, row: &FieldRow) -> Option<Target<'a>> {
        let links = inline::links(&row.note);
        links.iter().find_map(|link| self.follow(page, &link.target))
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
        let describes = page.method.is_none() && page.is_about_fields();
        describes.then_some(Target::Page(page))
    }
}

impl Page {
    /// The table below an anchor.
    pub fn table(&self, anchor: &str) -> Option<&FieldTable> {
        self.tables
            .iter()
            .find(|table| table.anchors.iter().any(|known| known == anchor))
    }

    fn is_about_fields(&self) -> bool {
        let file = self.path.rsplit('/').next().unwrap_or("");
        !self.tables.is_empty() && file.contains("fields")
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
            table.section == section && table.level > 2 && about_it && structural
        })
    }
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
