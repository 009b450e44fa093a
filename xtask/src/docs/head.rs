//! What the head of a method page says: name, scopes, and whether a call may be sent twice.

use super::inline;
use super::page::Sample;
use crate::spec::Effect;
use crate::words::method_words;

/// The method a page describes: the last dotted name of its title; what its examples call and its file is called, if
/// the title has none or one that neither knows. `lamp.*` names a group.
pub fn method_name(title: &str, path: &str, samples: &[Sample]) -> Option<String> {
    let named = dotted_name(title);
    if named.is_some_and(|name| title.contains(&format!("{name}.*"))) {
        return None;
    }
    let mut called = samples.iter().flat_map(|sample| called(&sample.text));
    let mut agreed = || called.find(|name| is_named_after(path, name));
    match named {
        Some(name) if is_named_after(path, name) || is_called(samples, name) => Some(name),
        named => agreed().or(named),
    }
    .map(str::to_owned)
}

/// The last dotted name of a title.
fn dotted_name(title: &str) -> Option<&str> {
    let tokens = title.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_')));
    let dotted = |token: &&str| token.split('.').count() > 1 && token.split('.').all(is_identifier);
    tokens.map(|token| token.trim_matches('.')).rfind(dotted)
}

/// What a page describes that cannot be called by REST, though it reads as a method's page: an event arrives, and
/// a function of the browser's library (`BX24.…`), whose names begin with a capital letter, runs there.
pub fn other_subject(title: &str, quotes: &[String]) -> Option<&'static str> {
    let says = |words: &str| quotes.iter().any(|line| line.trim_start().starts_with(words));
    let name = dotted_name(title).unwrap_or_default();
    if says("Who can subscribe") {
        Some("an event")
    } else if says("Who can execute the command") {
        Some("a command of a widget's page")
    } else if name.starts_with(|c: char| c.is_ascii_uppercase()) {
        Some("a function of the browser's library")
    } else {
        None
    }
}

/// The methods that an example calls: by URL, or by a function of a library.
fn called(text: &str) -> Vec<&str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_');
    let mut names = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find(is_name).map(|start| at + start) {
        let end = text[start..]
            .find(|c| !is_name(c))
            .map_or(text.len(), |end| start + end);
        if is_call(&text[..start]) {
            names.push(text[start..end].trim_end_matches(".json"));
        }
        at = end;
    }
    names
}

/// Whether what follows a text is the name of a method that is called.
fn is_call(before: &str) -> bool {
    let line = before.rsplit('\n').next().unwrap_or(before);
    let by_url = line.ends_with('/') && line.contains("/rest/");
    let code = before.trim_end_matches(['\'', '"', ' ', '\n', '\t']);
    let by_function = ["callMethod(", "callListMethod(", "method:", ".Call(ctx,"];
    by_url || by_function.iter().any(|words| code.ends_with(words))
}

/// Whether code calls methods, and the one of its page is not among them: a copy from another page, or a step on the
/// way. Its parameters, and whether it may be sent twice, are those of another method.
pub fn calls_another(code: &str, method: &str) -> bool {
    let named = |name: &str| name.eq_ignore_ascii_case(method);
    let mut names = called(code)
        .into_iter()
        .filter(|name| name.split('.').all(is_identifier));
    let Some(first) = names.next() else {
        return false;
    };
    !named(first) && !names.any(named)
}

/// Whether some example calls the method.
pub fn is_called(samples: &[Sample], method: &str) -> bool {
    let mut names = samples.iter().flat_map(|sample| called(&sample.text));
    names.any(|name| name.eq_ignore_ascii_case(method))
}

/// `manifest` for `landing/block/manifest.md`.
pub fn file_stem(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path).trim_end_matches(".md")
}

/// Whether a page's file is called as the method, but for dots, dashes and case.
pub fn is_named_after(path: &str, method: &str) -> bool {
    let letters = |text: &str| -> String {
        text.chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect()
    };
    letters(file_stem(path)) == letters(method)
}

fn is_identifier(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_alphabetic())
        && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The scopes of `> Scope: …`.
pub fn scopes(quotes: &[String]) -> Vec<String> {
    let Some(line) = quotes.iter().find(|line| line.trim_start().starts_with("Scope")) else {
        return Vec::new();
    };
    let line = inline::without_links(line);
    // Which scope is needed besides may depend on what is asked about: «the module's scope (for example, `x`)».
    let line = ["(for example", "(e.g."]
        .iter()
        .fold(line.as_str(), |line, words| {
            line.split(words).next().unwrap_or(line)
        });
    let mut scopes = Vec::new();
    for span in inline::code_spans(line) {
        for scope in span.split(',').map(str::trim) {
            if is_scope(scope) && !scopes.iter().any(|known| known == scope) {
                scopes.push(scope.to_owned());
            }
        }
    }
    scopes
}

fn is_scope(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_lowercase())
        && word
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '_' | '.'))
}

/// Whether a call may be sent twice, as far as the page tells: what the Go sample marks as idempotent, or the
/// method's name says, only reads. Anything else counts as not repeatable until somebody has looked. Where a name is
/// in small letters, its file has the words: `find-by-bulb` for `findbybulb`.
pub fn effect(samples: &[Sample], name: &str, path: &str) -> Effect {
    let marked = samples
        .iter()
        .any(|sample| sample.language == "go" && sample.text.contains("WithIdempotent()"));
    let verb = name.rsplit('.').next().unwrap_or(name);
    let words = method_words(verb, path);
    if marked || reads(verb) || words.first().is_some_and(|word| reads(word)) {
        Effect::Read
    } else {
        Effect::Once
    }
}

fn reads(verb: &str) -> bool {
    let whole = |word: &str| {
        verb.strip_prefix(word)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(|c: char| c.is_ascii_uppercase()))
    };
    verb.starts_with("get")
        || [
            "list", "is", "has", "search", "count", "fields", "check", "find", "resolve", "tail",
        ]
        .iter()
        .any(|word| whole(word))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::docs::page::Section;

    #[test]
    fn a_method_is_the_last_dotted_name_or_what_the_page_calls() {
        let curl = |name: &str| Sample {
            line: 1,
            section: Section::Code,
            language: "bash".to_owned(),
            text: format!("curl https://**put.it.here**/rest/**user**/**code**/{name}.json"),
        };
        for (title, path, call, expected) in [
            (
                "Switch a lamp on lamp.switch.on",
                "lamp/lamp-switch-on.md",
                "x.y",
                Some("lamp.switch.on"),
            ),
            (
                "What lamp.list differs in from lamp.listAll",
                "x.md",
                "x.y",
                Some("lamp.listAll"),
            ),
            ("Send many at once", "how/batch.md", "batch", Some("batch")),
            (
                "Fields of a lamp",
                "lamp/lamp-get-fields.md",
                "lamp.getFields",
                Some("lamp.getFields"),
            ),
            (
                "Switch a lamp off lamp.lamp.off",
                "lamp/lamp-off.md",
                "lamp.off",
                Some("lamp.off"),
            ),
            (
                "Switch a lamp off lamp.lamp.off",
                "lamp/switch-off.md",
                "lamp.off",
                Some("lamp.lamp.off"),
            ),
            ("Lamps: overview", "lamp/index.md", "lamp.list", None),
            ("Since 2.0 there are lamps", "x.md", "x.y", None),
        ] {
            assert_eq!(
                method_name(title, path, &[curl(call)]).as_deref(),
                expected,
                "{title}"
            );
        }
        assert!(is_named_after("a/lamp-get-list.md", "lamp.getList"));
        assert!(!is_named_after("a/lamps.md", "lamp.getList"));
    }

    #[test]
    fn a_call_is_known_by_its_surroundings() {
        let sample = |text: &str| Sample {
            line: 1,
            section: Section::Code,
            language: String::new(),
            text: text.to_owned(),
        };
        for (text, called) in [
            ("curl https://x.example/rest/1/code/Lamp.hang", true),
            ("BX24.callMethod(\n  'lamp.hang', {})", true),
            ("call.make({ method: \"lamp.hang\" })", true),
            ("client.Core().Call(ctx, \"lamp.hang\", nil)", true),
            ("lamp.hang({})", false),
            ("https://x.example/lamp.hang", false),
        ] {
            assert_eq!(is_called(&[sample(text)], "lamp.hang"), called, "{text}");
        }
    }

    #[test]
    fn code_that_calls_only_other_methods_says_nothing_about_the_page() {
        for (code, expected) in [
            ("BX24.callMethod('lamp.list', {})", true),
            (
                "client.Core().Call(ctx, \"lamp.list\", b24.Params{}, b24.WithIdempotent())",
                true,
            ),
            (
                "BX24.callMethod('lamp.list', {})\nBX24.callMethod('Lamp.Hang', {})",
                false,
            ),
            ("curl https://x.example/rest/1/code/lamp.hang.json", false),
            ("print('lamp')", false),
        ] {
            assert_eq!(calls_another(code, "lamp.hang"), expected, "{code}");
        }
    }

    #[test]
    fn scopes_come_out_of_the_quotation() {
        let quotes = |text: &str| vec![text.to_owned()];
        assert_eq!(scopes(&quotes("Scope: [`lamp`](../s.md)")), ["lamp"]);
        assert_eq!(
            scopes(&quotes("Scope: [`lamp, light`](s.md), `user.basic`")),
            ["lamp", "light", "user.basic"]
        );
        let besides = "Scope: [`lamp`](../s.md), the scope of the `roomId` (for example, [`hall`](../s.md))";
        assert_eq!(scopes(&quotes(besides)), ["lamp"]);
        assert_eq!(scopes(&quotes(&besides.replace("for example", "e.g."))), ["lamp"]);
        assert!(scopes(&quotes("Scope: depends")).is_empty());
    }

    #[test]
    fn only_what_is_marked_or_named_so_counts_as_reading() {
        for (name, expected) in [
            ("lamp.getList", Effect::Read),
            ("lamp.list", Effect::Read),
            ("lamp.isOn", Effect::Read),
            ("lamp.island", Effect::Once),
            ("lamp.listen", Effect::Once),
            ("lamp.hang", Effect::Once),
        ] {
            assert_eq!(effect(&[], name, "lamp/x.md"), expected, "{name}");
        }
        for (path, expected) in [
            ("lamp/lamp-find-by-bulb.md", Effect::Read),
            ("lamp/lamp-findbybulb.md", Effect::Once),
            ("lamp/find-lamp.md", Effect::Once),
        ] {
            assert_eq!(effect(&[], "lamp.findbybulb", path), expected, "{path}");
        }
        let sample = Sample {
            line: 1,
            section: Section::Code,
            language: "go".to_owned(),
            text: "client.Core().Call(ctx, name, params, b24.WithIdempotent())".to_owned(),
        };
        assert_eq!(effect(&[sample], "lamp.glow", "lamp/lamp-glow.md"), Effect::Read);
    }
}
