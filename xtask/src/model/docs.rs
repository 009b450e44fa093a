//! What rustdoc says of each item: the curated wording, with the facts around it; where nothing is curated, a line
//! made from the facts. All text that comes from outside is made safe for Markdown here.

use std::collections::BTreeMap;

use super::gate::Gate;
use crate::spec::{Access, Field, Method, Type};

/// Where the vendor's documentation is.
const SITE: &str = "https://apidocs.bitrix24.com/";

/// The address of a page of the vendor's documentation.
pub fn url(docs: &str) -> String {
    format!("{SITE}{}.html", page(docs))
}

/// The part of the address that differs from page to page.
pub fn page(docs: &str) -> String {
    let mut page = String::new();
    for byte in docs.strip_suffix(".md").unwrap_or(docs).bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            page.push(char::from(byte));
        } else {
            page.push_str(&format!("%{byte:02X}"));
        }
    }
    page
}

/// The Rust paths of methods, by name in lower case: wording that names one links to it.
pub type Links = BTreeMap<String, String>;

/// What a method does, as far as its name tells: that of most ends with one of a few verbs, behind what it acts on.
pub fn summary(method: &Method) -> String {
    let plain = format!("Calls {}.", code(&method.name));
    let Some((namespace, verb)) = method.name.rsplit_once('.') else {
        return plain;
    };
    let noun = namespace.rsplit('.').next().unwrap_or(namespace);
    let is_list = matches!(method.result.ty, Type::Array(_));
    match verb.to_lowercase().as_str() {
        "add" | "create" => format!("Adds {}.", one(noun)),
        "update" => format!("Changes {}.", one(noun)),
        "delete" | "remove" => format!("Deletes {}.", one(noun)),
        "get" if !is_list => format!("Returns {}.", one(noun)),
        "get" | "list" | "getlist" => format!("Lists what is in {}.", code(namespace)),
        "fields" | "getfields" => format!("Says which fields {} has.", one(noun)),
        _ => plain,
    }
}

/// ``an `order` ``; what is many already has no article.
fn one(noun: &str) -> String {
    let lower = noun.to_lowercase();
    let many = lower.ends_with('s') && !lower.ends_with("ss") && !lower.ends_with("us");
    let vowel =
        lower.starts_with(['a', 'e', 'i', 'o', 'u']) && !lower.starts_with("us") && !lower.starts_with("uni");
    let article = match (many, vowel) {
        (true, _) => "",
        (false, true) => "an ",
        (false, false) => "a ",
    };
    format!("{article}{}", code(noun))
}

/// The facts of a method, below its description.
pub fn method_facts(method: &Method) -> String {
    let name = code(&method.name);
    let scopes: Vec<_> = method.scopes.iter().map(|scope| code(scope)).collect();
    let scope = match scopes.as_slice() {
        [] => None,
        [scope] => Some(format!("the scope {scope}")),
        scopes => Some(format!("one of the scopes {}", listed(scopes, "and"))),
    };
    let with = scope.as_ref().map_or_else(
        || ", without any scope".to_owned(),
        |scope| format!(", with {scope}"),
    );
    let access = match &method.access {
        Access::Any => format!("Any user may call {name}{with}."),
        Access::Admin => format!("Only administrators may call {name}{with}."),
        Access::Right(right) => {
            let right = rights(right);
            let needs = scope.map_or_else(|| right.clone(), |scope| format!("{right} and {scope}"));
            format!("{name} needs {needs}.")
        }
        Access::Role(roles) => {
            let roles: Vec<_> = roles.split('|').map(with_article).collect();
            format!("Only {} may call {name}{with}.", listed(&roles, "or"))
        }
        Access::To(thing) => format!("Only users with access to {} may call {name}{with}.", the(thing)),
        Access::Unknown => format!("{name} needs {}.", scope.as_deref().unwrap_or("no scope")),
    };
    let mut sentences = vec![access];
    if method.api != 2 {
        sentences.push(format!("REST {}.0.", method.api));
    }
    sentences.extend(Gate::of(&method.scopes, method.advice().is_some()).sentence());
    sentences.join(" ")
}

/// `a CRM administrator`, `the owner of the chat`.
fn with_article(role: &str) -> String {
    let sole = ["owner of ", "author of ", "creator", "sender of "];
    let article = if sole.iter().any(|sole| role.starts_with(sole)) {
        "the"
    } else if role.starts_with(['a', 'e', 'i', 'o', 'u', 'A', 'E', 'I', 'O']) && !role.starts_with("user") {
        "an"
    } else {
        "a"
    };
    format!("{article} {}", plain_text(role))
}

/// `the chat`, but `Scrum` and `CRM settings`.
fn the(thing: &str) -> String {
    let is_name = !thing.contains(' ') && thing.starts_with(|c: char| c.is_ascii_uppercase());
    let several = thing.ends_with('s') && !thing.ends_with("ss");
    let article = if is_name || several { "" } else { "the " };
    format!("{article}{}", plain_text(thing))
}

/// Words of the spec in a line of documentation.
fn plain_text(words: &str) -> String {
    markdown(words, &Links::new())
}

/// ``the right `edit` ``; several are divided by commas, and by bars where one of them is enough.
fn rights(right: &str) -> String {
    let (mark, and) = if right.contains('|') {
        ('|', "or")
    } else {
        (',', "and")
    };
    let rights: Vec<_> = right.split(mark).map(|right| code(right.trim())).collect();
    let word = if rights.len() > 1 && mark == ',' {
        "rights"
    } else {
        "right"
    };
    format!("the {word} {}", listed(&rights, and))
}

/// What a parameter is, after its wire name and a colon: the wording, then what the type does not show. `takes` says
/// what a value can be whose type says too little.
pub fn param(
    field: &Field,
    words: Option<&String>,
    named_values: bool,
    takes: Option<String>,
    links: &Links,
) -> Option<String> {
    let mut sentences: Vec<_> = words.map(|words| after_colon(words, links)).into_iter().collect();
    if !field.values.is_empty() && !named_values {
        let values: Vec<_> = field.values.iter().map(|value| code(value)).collect();
        sentences.push(match values.as_slice() {
            [only] => format!("Documented is {only}."),
            values => format!("One of {}.", listed(values, "and")),
        });
    }
    if let Some(takes) = takes {
        sentences.push(takes);
    }
    if let Some(default) = &field.default {
        sentences.push(format!("By default {}.", code(default)));
    }
    if field.nullable {
        sentences.push("May be `null`.".to_owned());
    }
    one_line(sentences)
}

/// What a field of a result is, after its wire name and a colon. That anything may be missing is in the type.
pub fn result_field(
    field: &Field,
    words: Option<&String>,
    named_values: bool,
    comes: Option<String>,
    links: &Links,
) -> Option<String> {
    let field = Field {
        nullable: false,
        default: None,
        ..field.clone()
    };
    param(&field, words, named_values, comes, links)
}

fn one_line(sentences: Vec<String>) -> Option<String> {
    (!sentences.is_empty()).then(|| small(&sentences.join(" ")))
}

/// A text of several paragraphs.
pub fn paragraphs(text: &str, links: &Links) -> Vec<String> {
    text.trim().lines().map(|text| line(text, links)).collect()
}

/// A text on one line.
pub fn line(text: &str, links: &Links) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let safe = markdown(&text, links);
    let escaped = safe.starts_with('#') || !safe.is_empty() && safe.chars().all(|c| c == '=' || c == '-');
    if escaped { format!("\\{safe}") } else { safe }
}

/// Wording that goes on after a colon.
pub fn after_colon(words: &str, links: &Links) -> String {
    small(&full_stop(&line(words, links)))
}

pub fn full_stop(text: &str) -> String {
    if text.ends_with(['.', '!', '?', ':']) {
        text.to_owned()
    } else {
        format!("{text}.")
    }
}

/// After a colon a sentence goes on small, unless its first word is a name.
pub fn small(text: &str) -> String {
    const NAMES: &[&str] = &[
        "Bitrix", "English", "Facebook", "Google", "I", "Markdown", "Russian", "Telegram", "Unicode",
        "Yandex",
    ];
    let first = text
        .split(|c: char| !c.is_ascii_alphabetic())
        .next()
        .unwrap_or_default();
    let is_word = text.starts_with(|c: char| c.is_ascii_uppercase())
        && first.chars().skip(1).all(|c| c.is_ascii_lowercase())
        // `X5` and `Map<T>` are no words.
        && !text[first.len()..].starts_with(|c: char| c.is_ascii_digit() || c == '_' || c == '<');
    if is_word && !NAMES.contains(&first) {
        text[..1].to_ascii_lowercase() + &text[1..]
    } else {
        text.to_owned()
    }
}

/// `a`, `b` and `c`
pub fn listed(items: &[String], and: &str) -> String {
    match items.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} {and} {last}", rest.join(", ")),
    }
}

/// A type as one says it: `a string or a list of strings`.
pub fn type_words(ty: &Type) -> String {
    let one = match ty {
        Type::Int => "an integer",
        Type::Float => "a number",
        Type::Bool(_) => "a boolean",
        Type::String => "a string",
        Type::Date => "a date",
        Type::DateTime => "a date with time",
        Type::File => "a file",
        Type::Id => "an identifier",
        Type::Any => "any JSON",
        Type::Null => "`null`",
        Type::Object | Type::Named(_) => "an object",
        Type::Array(inner) => return format!("a list of {}", several(inner)),
        Type::Map(inner) => return format!("a map of {}", several(inner)),
        Type::Union(members) => {
            return listed(&members.iter().map(type_words).collect::<Vec<_>>(), "or");
        }
    };
    one.to_owned()
}

fn several(ty: &Type) -> String {
    let many = match ty {
        Type::Int => "integers",
        Type::Float => "numbers",
        Type::Bool(_) => "booleans",
        Type::String => "strings",
        Type::Date => "dates",
        Type::DateTime => "dates with time",
        Type::File => "files",
        Type::Id => "identifiers",
        Type::Any => "any JSON",
        Type::Null => "`null`",
        Type::Object | Type::Named(_) => "objects",
        Type::Array(inner) => return format!("lists of {}", several(inner)),
        Type::Map(inner) => return format!("maps of {}", several(inner)),
        Type::Union(members) => return listed(&members.iter().map(several).collect::<Vec<_>>(), "or"),
    };
    many.to_owned()
}

/// A link to a type of the same module. Some names are those of macros as well, which every module knows.
pub fn link(name: &str) -> String {
    const DERIVED: &[&str] = &[
        "Clone",
        "Copy",
        "Debug",
        "Default",
        "Eq",
        "Hash",
        "Ord",
        "PartialEq",
        "PartialOrd",
    ];
    if DERIVED.contains(&name) {
        format!("[`{name}`](struct@{name})")
    } else {
        format!("[`{name}`]")
    }
}

/// Text as a code span, whatever is in it.
pub fn code(text: &str) -> String {
    let text: String = text.chars().map(printable).collect();
    if text.trim().is_empty() {
        return format!("`\"{text}\"`");
    }
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') {
        " "
    } else {
        ""
    };
    format!("{fence}{pad}{text}{pad}{fence}")
}

/// Line breaks and invisible marks that turn the direction of writing become spaces.
fn printable(c: char) -> char {
    let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
    if c.is_control() || turns { ' ' } else { c }
}

/// Markdown in which only code spans, links to web addresses and list marks mean anything.
fn markdown(text: &str, links: &Links) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let before = out.chars().next_back();
        let (safe, length) = code_span(rest, links)
            .or_else(|| web_link(rest))
            .or_else(|| web_address(rest))
            .unwrap_or_else(|| (plain(c, before, rest), c.len_utf8()));
        out.push_str(&safe);
        rest = &rest[length..];
    }
    out
}

/// A character that is to mean itself.
fn plain(c: char, before: Option<char>, rest: &str) -> String {
    let word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    match c {
        '`' | '[' | ']' | '<' | '>' | '*' | '\\' | '&' | '~' | '|' => format!("\\{c}"),
        '_' if !(word(before) && word(rest.chars().nth(1))) => "\\_".to_owned(),
        c => printable(c).to_string(),
    }
}

/// A code span at the start; one that names a method becomes a link to it.
fn code_span(text: &str, links: &Links) -> Option<(String, usize)> {
    let inside = text.strip_prefix('`').filter(|rest| !rest.starts_with('`'))?;
    let (inside, _) = inside
        .split_once('`')
        .filter(|(inside, after)| !inside.trim().is_empty() && !after.starts_with('`'))?;
    let span = code(inside);
    let length = inside.len() + 2;
    Some(match links.get(&inside.to_lowercase()) {
        Some(path) => (format!("[{span}]({path})"), length),
        None => (span, length),
    })
}

/// `[label](https://…)` at the start.
fn web_link(text: &str) -> Option<(String, usize)> {
    let (label, after) = text.strip_prefix('[')?.split_once("](")?;
    let (address, _) = after.split_once(')')?;
    let sound = !label.is_empty()
        && !label.contains(['[', ']', '`', '<', '>', '\\'])
        && address.starts_with("https://")
        && !address.contains([' ', '<', '>', '(', '[', ']', '\\']);
    sound.then(|| (format!("[{label}]({address})"), label.len() + address.len() + 4))
}

/// Marks that end a sentence rather than an address.
const MARKS: [char; 7] = ['.', ',', ';', ':', '!', '?', '*'];

/// `https://…` at the start.
fn web_address(text: &str) -> Option<(String, usize)> {
    if !text.starts_with("https://") && !text.starts_with("http://") {
        return None;
    }
    let end = text
        .find(|c: char| c.is_whitespace() || "<>[]`\\\"".contains(c))
        .unwrap_or(text.len());
    let mut address = text[..end].trim_end_matches(MARKS);
    // The parenthesis around an address is not part of it.
    while address.ends_with(')') && address.matches(')').count() > address.matches('(').count() {
        address = address[..address.len() - 1].trim_end_matches(MARKS);
    }
    // Without a host it is no address.
    (address.split_once("://")?.1.len() > 1).then(|| (format!("<{address}>"), address.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn safe(text: &str) -> String {
        line(text, &Links::new())
    }

    #[test]
    fn addresses_of_pages() {
        assert_eq!(
            url("api-reference/a/b-c.md"),
            "https://apidocs.bitrix24.com/api-reference/a/b-c.html"
        );
        assert_eq!(
            url("a b/(x).md"),
            "https://apidocs.bitrix24.com/a%20b/%28x%29.html"
        );
    }

    #[test]
    fn code_spans_hold_anything() {
        assert_eq!(code("TITLE"), "`TITLE`");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`a`"), "`` `a` ``");
        assert_eq!(code(""), "`\"\"`");
        assert_eq!(code("a\nb"), "`a b`");
    }

    #[test]
    fn marks_of_markdown_and_html_mean_themselves() {
        assert_eq!(safe("a */ [b] <c> #d"), "a \\*/ \\[b\\] \\<c\\> #d");
        assert_eq!(safe("# no heading"), "\\# no heading");
        assert_eq!(safe("==="), "\\===");
        assert_eq!(safe("XML_ID and _this_"), "XML_ID and \\_this\\_");
        assert_eq!(safe("a ` b"), "a \\` b");
        assert_eq!(safe("```rust"), "\\`\\`\\`rust");
        assert_eq!(safe("&copy; a|b"), "\\&copy; a\\|b");
        assert_eq!(safe("    indented"), "indented");
    }

    #[test]
    fn code_spans_links_and_addresses_stay() {
        assert_eq!(safe("see `a<b>[c]`."), "see `a<b>[c]`.");
        assert_eq!(
            safe("see [the page](https://x.y/z)."),
            "see [the page](https://x.y/z)."
        );
        assert_eq!(safe("see [the page](crate::X)."), "see \\[the page\\](crate::X).");
        assert_eq!(safe("see https://x.y/z."), "see <https://x.y/z>.");
        assert_eq!(safe("(https://x.y/a_(b).)"), "(<https://x.y/a_(b)>.)");
    }

    #[test]
    fn a_method_that_is_named_is_linked() {
        let links = Links::from([("a.b.get".to_owned(), "crate::a::b::Get".to_owned())]);
        assert_eq!(
            line("as `a.b.GET` does", &links),
            "as [`a.b.GET`](crate::a::b::Get) does"
        );
    }

    #[test]
    fn who_may_call_reads_as_english() {
        let line = |access: Access, scopes: &[&str]| {
            let text = "name = 'a.b'\napi = 2\nscopes = []\naccess = 'any'\neffect = 'read'\ndocs = 'a.md'\n[result]\ntype = 'int'";
            let mut method: Method = toml::from_str(text).unwrap();
            method.scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
            method.access = access;
            let facts = method_facts(&method);
            // Without scopes it is always there.
            let feature = match scopes {
                [] => "",
                [scope] => &format!(" Feature: `{scope}`."),
                [a, b, ..] => &format!(" Feature: `{a}` or `{b}`."),
            };
            facts.strip_suffix(feature).unwrap_or("no feature").to_owned()
        };
        let right = |right: &str| Access::Right(right.to_owned());
        assert_eq!(
            line(Access::Any, &["a"]),
            "Any user may call `a.b`, with the scope `a`."
        );
        assert_eq!(
            line(Access::Any, &[]),
            "Any user may call `a.b`, without any scope."
        );
        assert_eq!(
            line(Access::Admin, &["a", "c"]),
            "Only administrators may call `a.b`, with one of the scopes `a` and `c`."
        );
        assert_eq!(line(Access::Unknown, &["a"]), "`a.b` needs the scope `a`.");
        assert_eq!(line(Access::Unknown, &[]), "`a.b` needs no scope.");
        assert_eq!(
            line(right("edit"), &["a"]),
            "`a.b` needs the right `edit` and the scope `a`."
        );
        assert_eq!(
            line(right("Read, Add"), &["a"]),
            "`a.b` needs the rights `Read` and `Add` and the scope `a`."
        );
        assert_eq!(
            line(right("add|import"), &["a"]),
            "`a.b` needs the right `add` or `import` and the scope `a`."
        );
        assert_eq!(line(right("edit"), &[]), "`a.b` needs the right `edit`.");
        for (role, who) in [
            ("CRM administrator", "a CRM administrator"),
            ("owner of the chat", "the owner of the chat"),
            ("administrator|lamp owner", "an administrator or a lamp owner"),
            ("user of the lamp's hall", "a user of the lamp's hall"),
            (
                "creator|administrator of the lamp",
                "the creator or an administrator of the lamp",
            ),
        ] {
            assert_eq!(
                line(Access::Role(role.to_owned()), &["a"]),
                format!("Only {who} may call `a.b`, with the scope `a`.")
            );
        }
        for (thing, what) in [
            ("chat", "the chat"),
            ("Scrum", "Scrum"),
            ("CRM settings", "CRM settings"),
        ] {
            assert_eq!(
                line(Access::To(thing.to_owned()), &[]),
                format!("Only users with access to {what} may call `a.b`, without any scope.")
            );
        }
    }

    #[test]
    fn types_are_said_in_words() {
        for (ty, expected) in [
            ("int | string", "an integer or a string"),
            ("string | map<string>", "a string or a map of strings"),
            ("file | int | string[]", "a file, an integer or a list of strings"),
            (
                "map<string | object | any[]>",
                "a map of strings, objects or lists of any JSON",
            ),
            ("datetime | bool(Y/N)", "a date with time or a boolean"),
        ] {
            assert_eq!(type_words(&ty.parse().unwrap()), expected);
        }
    }

    #[test]
    fn what_follows_a_colon_begins_small() {
        for (text, expected) in [
            ("The site.", "the site."),
            ("A site.", "a site."),
            ("Selector, then tag.", "selector, then tag."),
            ("HTML of it.", "HTML of it."),
            ("Google's key.", "Google's key."),
            ("X5 is no word.", "X5 is no word."),
            ("`The` code.", "`The` code."),
            ("", ""),
        ] {
            assert_eq!(small(text), expected);
        }
    }

    #[test]
    fn a_name_tells_what_a_method_does() {
        let mut method = crate::spec::read([
            (
                "spec/protocol.toml".to_owned(),
                include_str!("../../../spec/protocol.toml").to_owned(),
            ),
            (
                "spec/methods/none/x.toml".to_owned(),
                "name = 'x'\napi = 2\nscopes = []\naccess = 'any'\neffect = 'read'\ndocs = 'x.md'\n[result]\ntype = 'int'\n"
                    .to_owned(),
            ),
        ])
        .and_then(crate::spec::merge)
        .unwrap()
        .methods
        .remove(0)
        .facts;
        for (name, result, expected) in [
            ("sale.order.add", "int", "Adds an `order`."),
            ("user.update", "bool", "Changes a `user`."),
            ("crm.deal.contact.items.delete", "bool", "Deletes `items`."),
            ("catalog.priceType.get", "object", "Returns a `priceType`."),
            ("user.get", "object[]", "Lists what is in `user`."),
            ("crm.status.fields", "object", "Says which fields a `status` has."),
            ("tasks.task.start", "bool", "Calls `tasks.task.start`."),
            ("profile", "object", "Calls `profile`."),
        ] {
            method.name = name.to_owned();
            method.result.ty = result.parse().unwrap();
            assert_eq!(summary(&method), expected);
        }
    }

    #[test]
    fn lines_from_facts_read_as_english() {
        let plain = Field {
            name: "x".to_owned(),
            ty: "int | string".parse().unwrap(),
            required: true,
            nullable: false,
            default: None,
            values: Vec::new(),
            from: Default::default(),
            open: false,
            fields: Vec::new(),
        };
        let full = Field {
            nullable: true,
            default: Some("5".to_owned()),
            values: vec!["1".to_owned(), "5".to_owned(), "9".to_owned()],
            ..plain.clone()
        };
        let links = Links::new();
        let words = "The `size`".to_owned();
        let about =
            |field, words, named_values| param(field, words, named_values, None, &links).unwrap_or_default();
        assert_eq!(about(&plain, None, false), "");
        assert_eq!(about(&plain, Some(&words), false), "the `size`.");
        assert_eq!(
            about(&full, Some(&words), false),
            "the `size`. One of `1`, `5` and `9`. By default `5`. May be `null`."
        );
        let takes = Some("Takes an integer or a string.".to_owned());
        let about_type = param(&plain, Some(&words), false, takes, &links).unwrap_or_default();
        assert_eq!(about_type, "the `size`. Takes an integer or a string.");
        assert_eq!(about(&full, None, true), "by default `5`. May be `null`.");
        assert_eq!(
            result_field(&full, None, false, None, &links).unwrap_or_default(),
            "one of `1`, `5` and `9`."
        );
    }
}
