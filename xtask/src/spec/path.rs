//! How the hand-written files point at a fact: `params.fields.TITLE`, `result.ID.type`, `errors.ACCESS_DENIED`.
//! A name that holds a dot, or that reads like a fact (a field called `type`), is put in double quotes.

/// The steps of a path, from the method or object down.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path(Vec<Part>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    name: String,
    quoted: bool,
}

impl Path {
    pub fn parse(text: &str) -> Self {
        let mut parts = Vec::new();
        let mut rest = text;
        loop {
            let quoted = rest.strip_prefix('"').and_then(|inside| inside.split_once('"'));
            let (part, after) = match quoted {
                Some((name, after)) => (
                    Part {
                        name: name.to_owned(),
                        quoted: true,
                    },
                    after,
                ),
                None => {
                    let end = rest.find('.').unwrap_or(rest.len());
                    let (name, after) = rest.split_at(end);
                    (
                        Part {
                            name: name.to_owned(),
                            quoted: false,
                        },
                        after,
                    )
                }
            };
            parts.push(part);
            match after.strip_prefix('.') {
                Some(more) => rest = more,
                None => return Self(parts),
            }
        }
    }

    /// One step further down.
    #[must_use]
    pub fn join(&self, name: &str) -> Self {
        let mut parts = self.0.clone();
        parts.push(Part {
            name: name.to_owned(),
            quoted: false,
        });
        Self(parts)
    }

    pub fn names(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.iter().map(|part| part.name.as_str())
    }

    /// Divides `params.id.type` into `params.id` and `type`, if the last step is one of these facts.
    pub fn split_fact(&self, facts: &[&str]) -> (Self, Option<&str>) {
        match self.0.split_last() {
            Some((last, above)) if !last.quoted && facts.contains(&last.name.as_str()) => {
                (Self(above.to_vec()), Some(&last.name))
            }
            _ => (self.clone(), None),
        }
    }

    /// What is left below the first step.
    #[must_use]
    pub fn without_first(&self) -> Self {
        Self(self.0.iter().skip(1).cloned().collect())
    }

    /// The key that two spellings of one path share.
    pub fn key(&self) -> String {
        let names: Vec<_> = self.names().map(quote).collect();
        names.join(".")
    }
}

fn quote(name: &str) -> String {
    if name.contains('.') {
        format!("\"{name}\"")
    } else {
        name.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<String> {
        Path::parse(text).names().map(str::to_owned).collect()
    }

    #[test]
    fn steps_are_divided_at_dots_outside_of_quotes() {
        assert_eq!(names("params.fields.TITLE"), ["params", "fields", "TITLE"]);
        assert_eq!(names("result.\"a.b\".c"), ["result", "a.b", "c"]);
        assert_eq!(names("errors.CODE[*]"), ["errors", "CODE[*]"]);
        assert_eq!(names(""), [""]);
        assert_eq!(names("a.\"b"), ["a", "\"b"]);
    }

    #[test]
    fn a_quoted_name_is_no_fact() {
        let facts = ["type"];
        assert_eq!(Path::parse("result.type").split_fact(&facts).1, Some("type"));
        assert_eq!(Path::parse("result.\"type\"").split_fact(&facts).1, None);
    }

    #[test]
    fn spellings_of_one_path_share_a_key() {
        assert_eq!(Path::parse("result.\"type\"").key(), "result.type");
        assert_eq!(Path::parse("result.\"a.b\"").key(), "result.\"a.b\"");
        assert_eq!(Path::default().join("result").join("a.b").key(), "result.\"a.b\"");
    }
}
