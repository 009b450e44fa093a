//! The result type of the TypeScript sample: `call.make<Row[]>` and the declarations it uses.
//!
//! It breaks ties: what is inside an empty list, whether an object's keys are data, what `| false` stands for.

/// A type expression with its names resolved.
#[derive(Clone, Debug, PartialEq)]
pub enum Ts {
    /// `string`, `number`, `boolean`, `null`, `unknown` and whatever else is one word.
    Word(String),
    /// `'Y'`.
    Literal(String),
    Array(Box<Ts>),
    /// `Record<string, T>`.
    Record(Box<Ts>),
    Object(Vec<(String, Ts)>),
    Union(Vec<Ts>),
}

impl Ts {
    /// The members of a union, or the type alone.
    pub fn members(&self) -> &[Ts] {
        match self {
            Self::Union(members) => members,
            single => std::slice::from_ref(single),
        }
    }

    pub fn is_word(&self, word: &str) -> bool {
        matches!(self, Self::Word(text) if text == word)
    }

    /// A field of the object among the members.
    pub fn field(&self, name: &str) -> Option<&Ts> {
        self.members().iter().find_map(|member| match member {
            Self::Object(fields) => fields.iter().find(|(known, _)| known == name).map(|(_, ty)| ty),
            _ => None,
        })
    }

    /// What the list among the members holds.
    pub fn element(&self) -> Option<&Ts> {
        self.members().iter().find_map(|member| match member {
            Self::Array(inner) => Some(&**inner),
            _ => None,
        })
    }

    /// What the record among the members leads to.
    pub fn record(&self) -> Option<&Ts> {
        self.members().iter().find_map(|member| match member {
            Self::Record(inner) => Some(&**inner),
            _ => None,
        })
    }
}

/// Declarations that refer to each other are followed no deeper than this.
const DEPTH: usize = 20;

/// The type that a sample gives to the result of its call.
pub fn result_type(sample: &str) -> Option<Ts> {
    let call = sample.find(".make<")? + ".make<".len();
    let declarations = declarations(sample);
    let mut reader = Reader {
        rest: &sample[call..],
        depth: 0,
    };
    let expression = reader.union()?;
    Some(resolve(&expression, &declarations, 0))
}

fn declarations(sample: &str) -> Vec<(String, Ts)> {
    let mut found = Vec::new();
    for (keyword, separator) in [("type ", "="), ("interface ", "{")] {
        for (start, _) in sample.match_indices(keyword) {
            let declaration = &sample[start + keyword.len()..];
            let at_line_start = sample[..start].trim_end_matches([' ', '\t']);
            let exported = at_line_start.ends_with("export");
            if !(at_line_start.is_empty() || at_line_start.ends_with('\n') || exported) {
                continue;
            }
            let Some(end) = declaration.find(separator) else {
                continue;
            };
            let name = declaration[..end].trim();
            let body = &declaration[if separator == "=" { end + 1 } else { end }..];
            let mut reader = Reader { rest: body, depth: 0 };
            if let Some(ty) = reader.union().filter(|_| name.chars().all(char::is_alphanumeric)) {
                found.push((name.to_owned(), ty));
            }
        }
    }
    found
}

fn resolve(ty: &Ts, declarations: &[(String, Ts)], depth: usize) -> Ts {
    let inner = |ty: &Ts| resolve(ty, declarations, depth + 1);
    match ty {
        _ if depth > DEPTH => Ts::Word("unknown".to_owned()),
        Ts::Word(word) => match declarations.iter().find(|(name, _)| name == word) {
            Some((_, declared)) => inner(declared),
            None => ty.clone(),
        },
        Ts::Literal(_) => ty.clone(),
        Ts::Array(element) => Ts::Array(Box::new(inner(element))),
        Ts::Record(value) => Ts::Record(Box::new(inner(value))),
        Ts::Object(fields) => Ts::Object(
            fields
                .iter()
                .map(|(name, ty)| (name.clone(), inner(ty)))
                .collect(),
        ),
        Ts::Union(members) => {
            let resolved = members.iter().map(inner);
            Ts::Union(resolved.flat_map(|member| member.members().to_vec()).collect())
        }
    }
}

/// Reads one type expression; `None` where the grammar is richer than the samples'.
struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn skip(&mut self) {
        loop {
            self.rest = self.rest.trim_start();
            if self.rest.starts_with("//") {
                let end = self.rest.find('\n').unwrap_or(self.rest.len());
                self.rest = &self.rest[end..];
            } else if self.rest.starts_with("/*") {
                let end = self.rest.find("*/").map_or(self.rest.len(), |end| end + 2);
                self.rest = &self.rest[end..];
            } else {
                return;
            }
        }
    }

    fn take(&mut self, token: &str) -> bool {
        self.skip();
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn union(&mut self) -> Option<Ts> {
        if self.depth > DEPTH {
            return None;
        }
        self.depth += 1;
        self.take("|");
        let mut members = vec![self.postfix()?];
        while self.take("|") {
            members.push(self.postfix()?);
        }
        self.depth -= 1;
        match members.len() {
            1 => members.pop(),
            _ => Some(Ts::Union(members)),
        }
    }

    fn postfix(&mut self) -> Option<Ts> {
        let mut ty = self.primary()?;
        while self.rest.starts_with("[]") {
            self.rest = &self.rest[2..];
            ty = Ts::Array(Box::new(ty));
        }
        Some(ty)
    }

    fn primary(&mut self) -> Option<Ts> {
        self.skip();
        let first = self.rest.chars().next()?;
        match first {
            '(' => {
                self.take("(");
                let inner = self.union()?;
                self.take(")").then_some(inner)
            }
            '{' => self.object(),
            '\'' | '"' => self.literal(first),
            _ => {
                let word = self.word()?;
                if self.take("<") {
                    return self.generic(word);
                }
                Some(Ts::Word(word.to_owned()))
            }
        }
    }

    fn literal(&mut self, quote: char) -> Option<Ts> {
        let inside = &self.rest[1..];
        let end = inside.find(quote)?;
        self.rest = &inside[end + 1..];
        Some(Ts::Literal(inside[..end].to_owned()))
    }

    fn word(&mut self) -> Option<&'a str> {
        self.skip();
        let rest = self.rest;
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$' | '.')))
            .unwrap_or(rest.len());
        self.rest = &rest[end..];
        (end > 0).then(|| &rest[..end])
    }

    /// `Record<K, V>`, `Array<T>`, and anything else as its first argument.
    fn generic(&mut self, name: &str) -> Option<Ts> {
        let first = self.union()?;
        let second = if self.take(",") { Some(self.union()?) } else { None };
        if !self.take(">") {
            return None;
        }
        Some(match (name, second) {
            ("Record", Some(value)) => Ts::Record(Box::new(value)),
            ("Array" | "ReadonlyArray", None) => Ts::Array(Box::new(first)),
            (_, _) => first,
        })
    }

    fn object(&mut self) -> Option<Ts> {
        self.take("{");
        let mut fields = Vec::new();
        loop {
            while self.take(",") || self.take(";") {}
            if self.take("}") {
                return Some(Ts::Object(fields));
            }
            if self.take("[") {
                // `[key: string]: T`
                let end = self.rest.find(']')?;
                self.rest = &self.rest[end + 1..];
                if !self.take(":") {
                    return None;
                }
                let value = self.union()?;
                while self.take(",") || self.take(";") {}
                return self.take("}").then(|| Ts::Record(Box::new(value)));
            }
            let name = match self.rest.chars().next()? {
                quote @ ('\'' | '"') => match self.literal(quote)? {
                    Ts::Literal(name) => name,
                    _ => return None,
                },
                _ => self.word()?.to_owned(),
            };
            self.take("?");
            if !self.take(":") {
                return None;
            }
            fields.push((name, self.union()?));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn word(text: &str) -> Ts {
        Ts::Word(text.to_owned())
    }

    #[test]
    fn the_call_names_the_type_and_the_sample_declares_it() {
        let sample = "
            import type { Frame } from 'sdk'
            // one lamp
            type Lamp = {
              id: number // its number
              kind: 'E14' | 'E27'
              shades?: string[] | Record<string, unknown>,
              place: Place | null
            }
            interface Place { [room: string]: Array<number> }
            const answer = await sdk.call.make<Lamp[] | false>({ method: 'lamp.list' })";
        let lamp = Ts::Object(vec![
            ("id".to_owned(), word("number")),
            (
                "kind".to_owned(),
                Ts::Union(vec![Ts::Literal("E14".to_owned()), Ts::Literal("E27".to_owned())]),
            ),
            (
                "shades".to_owned(),
                Ts::Union(vec![
                    Ts::Array(Box::new(word("string"))),
                    Ts::Record(Box::new(word("unknown"))),
                ]),
            ),
            (
                "place".to_owned(),
                Ts::Union(vec![
                    Ts::Record(Box::new(Ts::Array(Box::new(word("number"))))),
                    word("null"),
                ]),
            ),
        ]);
        let expected = Ts::Union(vec![Ts::Array(Box::new(lamp)), word("false")]);
        assert_eq!(result_type(sample), Some(expected));
    }

    #[test]
    fn a_type_that_leads_back_to_itself_ends() {
        let sample = "type Lamp = { next: Lamp }\nx.call.make<Lamp>({})";
        assert!(result_type(sample).is_some());
    }

    #[test]
    fn what_the_samples_do_not_use_is_left_alone() {
        for sample in [
            "",
            "x.call.make({})",
            "x.call.make<keyof typeof lamp>({",
            "x.call.make<{ a: (b) => c }>",
        ] {
            let read = result_type(sample);
            assert!(
                read.is_none() || matches!(read, Some(Ts::Word(_))),
                "{sample}: {read:?}"
            );
        }
    }
}
