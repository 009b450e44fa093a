//! Inline Markdown: links, code spans, emphasis.

/// `[text](target)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    pub text: String,
    pub target: String,
}

/// All links of a text, in order.
pub fn links(text: &str) -> Vec<Link> {
    let mut links = Vec::new();
    let mut rest = text;
    while let Some(middle) = rest.find("](") {
        let target = &rest[middle + 2..];
        let Some(end) = target.find(')') else {
            break;
        };
        if let Some(start) = opening_bracket(&rest[..middle]) {
            links.push(Link {
                text: rest[start + 1..middle].to_owned(),
                target: target[..end].trim().to_owned(),
            });
        }
        rest = &target[end + 1..];
    }
    links
}

/// The `[` that belongs to a `]` which follows the text: `[]` pairs in between are part of the words.
fn opening_bracket(text: &str) -> Option<usize> {
    let mut depth = 0;
    for (i, c) in text.char_indices().rev() {
        match c {
            ']' => depth += 1,
            '[' if depth == 0 => return Some(i),
            '[' => depth -= 1,
            _ => {}
        }
    }
    None
}

/// A text with its links replaced by their words.
pub fn without_links(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(middle) = rest.find("](") {
        let target = &rest[middle + 2..];
        let (Some(start), Some(end)) = (opening_bracket(&rest[..middle]), target.find(')')) else {
            out.push_str(&rest[..middle + 2]);
            rest = target;
            continue;
        };
        out.push_str(&rest[..start]);
        out.push_str(&rest[start + 1..middle]);
        rest = &target[end + 1..];
    }
    out.push_str(rest);
    out
}

/// The texts between backticks, in order; none reaches into the next line.
pub fn code_spans(text: &str) -> Vec<&str> {
    text.lines().flat_map(code_spans_of_line).collect()
}

fn code_spans_of_line(line: &str) -> Vec<&str> {
    let mut parts = line.split('`');
    parts.next();
    let mut spans = Vec::new();
    // A span needs its closing mark, so the last part never is one.
    while let (Some(span), Some(_)) = (parts.next(), parts.next()) {
        spans.push(span);
    }
    spans.retain(|span| !span.is_empty());
    spans
}

/// Without `**`, backticks and escapes.
pub fn plain(text: &str) -> String {
    without_links(text)
        .replace("**", "")
        .replace('`', "")
        .replace("\\_", "_")
        .trim()
        .to_owned()
}

/// The words of a text, lower case, without marks.
pub fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_with_brackets_in_their_words() {
        let text = "See [`lamp[]`](../t.md#lamps) and [more](#more), not [this] (one) or ](broken";
        let found: Vec<(String, String)> = links(text)
            .into_iter()
            .map(|link| (link.text, link.target))
            .collect();
        assert_eq!(
            found,
            [
                ("`lamp[]`".to_owned(), "../t.md#lamps".to_owned()),
                ("more".to_owned(), "#more".to_owned())
            ]
        );
        assert_eq!(
            without_links(text),
            "See `lamp[]` and more, not [this] (one) or ](broken"
        );
    }

    #[test]
    fn code_ends_with_its_line() {
        assert_eq!(code_spans("`a` b `c\n`d` ` e"), ["a", "d"]);
    }

    #[test]
    fn words_lose_their_marks() {
        assert_eq!(plain("**Lamp** [`type`](x.md)"), "Lamp type");
        assert_eq!(words("Object *lamp_shade*, 2"), ["object", "lamp_shade", "2"]);
    }
}
