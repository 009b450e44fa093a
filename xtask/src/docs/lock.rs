//! `spec/docs.lock`: which state of the documentation the imported facts are from.

use std::collections::BTreeMap;

use super::inline;

/// The state of a documentation checkout, and what was taken from it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Lock {
    /// `owner/name`.
    pub repository: Option<String>,
    pub commit: Option<String>,
    pub date: Option<String>,
    pub pages: usize,
    /// Of all pages with their paths, so that two states are told apart even without a commit.
    pub fingerprint: u64,
    pub only: Vec<String>,
    pub methods: usize,
    pub objects: usize,
}

impl Lock {
    /// What the pages themselves tell; a README beside them may name repository, commit and date.
    pub fn of(pages: &BTreeMap<String, String>, only: &[String]) -> Self {
        let readme = pages.get("README.md").map_or("", String::as_str);
        Self {
            repository: inline::code_spans(readme)
                .into_iter()
                .find(|span| is_repository(span))
                .map(str::to_owned),
            commit: tokens(readme).find(|token| is_commit(token)).map(str::to_owned),
            date: tokens(readme).find(|token| is_date(token)).map(str::to_owned),
            pages: pages.len(),
            fingerprint: fingerprint(pages),
            only: only.to_vec(),
            ..Self::default()
        }
    }

    /// The text of the file.
    pub fn text(&self) -> String {
        let mut out = String::from(
            "# Written by `cargo xtask import`: the documentation that methods/ and objects/ are from.\n",
        );
        for (key, value) in [
            ("repository", &self.repository),
            ("commit", &self.commit),
            ("date", &self.date),
        ] {
            if let Some(value) = value {
                out += &format!("{key:11} = \"{value}\"\n");
            }
        }
        let only: Vec<String> = self.only.iter().map(|scope| format!("\"{scope}\"")).collect();
        out += &format!("pages       = {}\n", self.pages);
        out += &format!("fingerprint = \"{:016x}\"\n", self.fingerprint);
        out += &format!("only        = [{}]\n", only.join(", "));
        out += &format!("methods     = {}\n", self.methods);
        out += &format!("objects     = {}\n", self.objects);
        out
    }
}

fn tokens(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'))
}

fn is_commit(token: &str) -> bool {
    token.len() == 40
        && token
            .chars()
            .all(|c| c.is_ascii_digit() || matches!(c, 'a'..='f'))
}

fn is_date(token: &str) -> bool {
    token.len() == 10
        && token.char_indices().all(|(i, c)| match i {
            4 | 7 => c == '-',
            _ => c.is_ascii_digit(),
        })
}

/// `owner/name`, nothing with a scheme, a space or another slash.
fn is_repository(span: &str) -> bool {
    let named = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    span.split_once('/')
        .is_some_and(|(owner, name)| named(owner) && named(name))
}

/// FNV-1a, 64 bits: not against malice, only to see a difference.
fn fingerprint(pages: &BTreeMap<String, String>) -> u64 {
    let texts = pages.iter().flat_map(|(path, text)| [path, text]);
    // A zero byte between the texts, for none contains one by itself in a Markdown page.
    let bytes = texts.flat_map(|text| text.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(readme: &str) -> BTreeMap<String, String> {
        BTreeMap::from([("README.md".to_owned(), readme.to_owned())])
    }

    #[test]
    fn a_readme_may_name_the_state() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let lock = Lock::of(
            &pages(&format!(
                "Pages of `lamps/docs`, state of 2026-08-12, commit `{commit}`."
            )),
            &["lamp".to_owned()],
        );
        assert_eq!(lock.repository.as_deref(), Some("lamps/docs"));
        assert_eq!(lock.commit.as_deref(), Some(commit));
        assert_eq!(lock.date.as_deref(), Some("2026-08-12"));
        let text = lock.text();
        let read: toml::Table = toml::from_str(&text).unwrap();
        assert_eq!(read["only"].as_array().map(Vec::len), Some(1));
        assert_eq!(read["commit"].as_str(), Some(commit));
    }

    #[test]
    fn without_one_the_fingerprint_tells_states_apart() {
        let (one, other) = (Lock::of(&pages("a"), &[]), Lock::of(&pages("b"), &[]));
        assert_eq!(
            (one.repository.clone(), one.commit.clone(), one.date.clone()),
            (None, None, None)
        );
        assert_ne!(one.fingerprint, other.fingerprint);
        assert!(toml::from_str::<toml::Table>(&one.text()).is_ok());
    }
}
