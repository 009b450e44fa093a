//! The words that the vendor's names are made of.

/// The words of a name: `getList`, `XML_ID`, `landing-site`, `IDs` and `=DELETED` as a reader would divide them.
pub fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (index, &letter) in letters.iter().enumerate() {
        if !letter.is_ascii_alphanumeric() {
            words.push(String::new());
            continue;
        }
        let before = index.checked_sub(1).map(|before| letters[before]);
        let after = letters.get(index + 1);
        let small = |index: usize| letters.get(index).is_some_and(char::is_ascii_lowercase);
        let starts_word = letter.is_ascii_uppercase()
            && match before {
                None => false,
                // `XMLFile` at the F, but `userIDs` not at the D.
                Some('A'..='Z') => small(index + 1) && (after != Some(&'s') || small(index + 2)),
                // `getList` at the L.
                Some(_) => true,
            };
        if starts_word {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.push(letter.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The words of the last step of a method's name. Where the vendor runs them together (`getmanifest`), the name of
/// its page (`landing-block-get-manifest.md`) may divide them.
pub fn method_words(step: &str, docs: &str) -> Vec<String> {
    let page = docs.rsplit('/').next().unwrap_or(docs).trim_end_matches(".md");
    let page = words(page);
    let wanted = step.to_ascii_lowercase();
    for start in (0..page.len()).rev() {
        if page[start..].concat() == wanted && page.len() - start > 1 {
            return page[start..].to_vec();
        }
    }
    words(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(name: &str) -> String {
        words(name).join(" ")
    }

    #[test]
    fn words_are_divided_as_a_reader_would() {
        for (name, expected) in [
            ("getList", "get list"),
            ("markFolderUnDelete", "mark folder un delete"),
            ("XML_ID", "xml id"),
            ("UF_CRM_1", "uf crm 1"),
            ("XMLFile", "xml file"),
            ("userIDs", "user ids"),
            ("IDs", "ids"),
            ("groupId", "group id"),
            ("ufCrm5Text", "uf crm5 text"),
            ("landing-site", "landing site"),
            (">=DATE", "date"),
            ("a.b", "a b"),
            ("Ä", ""),
            ("", ""),
        ] {
            assert_eq!(split(name), expected, "{name}");
        }
    }

    #[test]
    fn the_page_divides_what_the_vendor_runs_together() {
        let divided = |step, docs| method_words(step, docs).join(" ");
        assert_eq!(
            divided("getmanifest", "x/landing-block-get-manifest.md"),
            "get manifest"
        );
        assert_eq!(
            divided("markUnDelete", "x/landing-site-mark-undelete.md"),
            "mark undelete"
        );
        assert_eq!(divided("getList", "x/landing-site-list.md"), "get list");
        assert_eq!(divided("add", "x/crm-deal-add.md"), "add");
        assert_eq!(divided("getlist", "x/index.md"), "getlist");
    }
}
