//! Who may call a method, as a page's head says it: `> Who can execute the method: …`, or a list below that line.

use super::inline;
use super::scan;
use crate::spec::Access;

/// What the quotation at the top of a page says, as a fact.
pub fn access(quotes: &[String]) -> Access {
    let Some(at) = quotes
        .iter()
        .position(|line| line.trim_start().starts_with("Who can"))
    else {
        return Access::Unknown;
    };
    let Some((_, who)) = quotes[at].split_once(':') else {
        return Access::Unknown;
    };
    if who.trim().is_empty() || who.trim_end().ends_with(':') {
        let items: Vec<&str> = quotes[at + 1..]
            .iter()
            .map_while(|line| scan::item(line.trim()))
            .collect();
        return one_a_line(&items);
    }
    sentence(who)
}

/// A list of who may do what. What further lines add to «any user …» holds for special cases only; else each names a
/// right, and all of them are needed.
fn one_a_line(items: &[&str]) -> Access {
    let Some(first) = items.first() else {
        return Access::Unknown;
    };
    let words = inline::words(first);
    let user = words.strip_prefix(&["any".to_owned()]).unwrap_or(&words);
    let acts = match user {
        [a, user, verb, ..] if a == "a" && user == "user" => verb == "can",
        [user, verb, ..] if user == "user" => matches!(verb.as_str(), "can" | "for" | "has"),
        _ => false,
    };
    if acts {
        return Access::Any;
    }
    let mut rights: Vec<String> = Vec::new();
    for item in items {
        let Access::Right(right) = sentence(item) else {
            return Access::Unknown;
        };
        for right in right.split(", ") {
            if !rights.iter().any(|known| known.eq_ignore_ascii_case(right)) {
                rights.push(right.to_owned());
            }
        }
    }
    Access::Right(rights.join(", "))
}

fn sentence(who: &str) -> Access {
    if let Some(level) = level(who) {
        return Access::Right(level);
    }
    let who = inline::plain(who).replace(['“', '”', '«', '»'], "\"");
    // What a second sentence adds holds for special cases only.
    let who = who
        .split(". ")
        .next()
        .unwrap_or(who.as_str())
        .trim()
        .trim_end_matches(['.', ',']);
    if let Some(right) = right(who) {
        return Access::Right(right);
    }
    let words = inline::words(who);
    let first_two: Vec<&str> = words.iter().take(2).map(String::as_str).collect();
    match first_two.as_slice() {
        ["any", "user"] | ["any"] | ["all", "users"] | ["everyone"] if words.len() <= 3 => {
            return Access::Any;
        }
        [_, ..] if words.iter().all(|word| is_about_administrators(word)) => return Access::Admin,
        // Where they have to be besides narrows it down.
        ["administrator", "with" | "authorized"] => return Access::Admin,
        _ => {}
    }
    if words
        .iter()
        .any(|word| matches!(word.as_str(), "authorized" | "authorization"))
        && words.iter().all(|word| is_about_authorization(word))
    {
        return Access::Any;
    }
    if let Some(role) = role(who) {
        return Access::Role(role);
    }
    permitted(who)
}

fn is_about_administrators(word: &str) -> bool {
    matches!(
        word,
        "administrator"
            | "administrators"
            | "admin"
            | "the"
            | "an"
            | "a"
            | "portal"
            | "account"
            | "only"
            | "of"
    )
}

/// Whoever calls is authorized, and every call comes from some application or webhook.
fn is_about_authorization(word: &str) -> bool {
    matches!(
        word,
        "authorized" | "authorization" | "user" | "application" | "any" | "a" | "an" | "the" | "in" | "upon"
    )
}

/// Levels of access have a letter each: ``level `W` (write) or `X` (manage)``.
fn level(who: &str) -> Option<String> {
    let letters: Vec<&str> = inline::code_spans(who)
        .into_iter()
        .filter(|span| matches!(span.as_bytes(), [b'A'..=b'Z']))
        .collect();
    (!letters.is_empty()).then(|| letters.join("|"))
}

/// Words for what somebody is.
const ROLES: [&str; 8] = [
    "administrator",
    "manager",
    "owner",
    "participant",
    "author",
    "creator",
    "operator",
    "sender",
];

/// Who somebody has to be: `CRM administrator`, `administrator|owner of the chat`.
fn role(who: &str) -> Option<String> {
    let lower = who.to_lowercase();
    if lower.contains("application")
        && ["registered", "registers"]
            .iter()
            .any(|word| lower.contains(word))
    {
        return Some("user of the bot's application".to_owned());
    }
    if lower.contains("intranet user") || lower.contains("not an extranet user") {
        return Some("intranet user".to_owned());
    }
    if lower.contains("linked to a department") {
        return Some("employee of a department".to_owned());
    }
    let mut roles: Vec<String> = Vec::new();
    // Words before the first role, or between two of them, belong to the one that follows.
    let mut before = String::new();
    for part in who.split(" or ") {
        let part = format!("{before}{part}");
        match one_role(&part) {
            Some(role) => {
                roles.push(role);
                before.clear();
            }
            None => before = format!("{part} or "),
        }
    }
    // Words behind the last one belong to that.
    let behind = before.trim_end_matches(" or ");
    if !behind.is_empty() {
        let last = roles.pop()?;
        roles.push(one_role(&format!("{last} or {behind}"))?);
    }
    Some(roles.join("|"))
}

fn one_role(who: &str) -> Option<String> {
    let who = who.rsplit(" — ").next().unwrap_or(who);
    let words: Vec<String> = who.split_whitespace().map(small).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let words = match words.as_slice() {
        ["the" | "a" | "an", rest @ ..] => rest,
        all => all,
    };
    let words = match words {
        ["user" | "User" | "users", "with", rest @ .., "rights"] => rest,
        all => all,
    };
    let is_role = |word: &str| ROLES.contains(&word);
    let text = match words {
        // «administrator CRM»
        [role, place] if is_role(role) && !is_role(place) => format!("{place} {role}"),
        [.., role] if is_role(role) && words.len() <= 5 => words.join(" "),
        [role, "of" | "in", ..] if is_role(role) && words.len() <= 7 => words.join(" "),
        _ => return administered(who),
    };
    (!text.contains("user")).then_some(text)
}

/// `users with administrative access to the CRM section` are administrators of it.
fn administered(who: &str) -> Option<String> {
    let (user, place) = who.split_once(" with administrative access to ")?;
    let is_user = matches!(user, "user" | "users" | "any user" | "a user");
    let place = place.trim_start_matches("the ").trim_end_matches(" section");
    let place = if place.eq_ignore_ascii_case("crm") {
        "CRM"
    } else {
        place
    };
    (is_user && !place.contains(' ')).then(|| format!("{place} administrator"))
}

/// A word as it is in the middle of a sentence: `CRM` stays, `Creator` does not.
fn small(word: &str) -> String {
    let lower = word.to_lowercase();
    if ROLES.contains(&lower.as_str()) {
        lower
    } else {
        word.to_owned()
    }
}

/// What an access may be for.
const VERBS: [&str; 12] = [
    "add", "assign", "create", "delegate", "delete", "edit", "full", "manage", "modify", "read", "view",
    "write",
];

/// `read access to leads` and `permissions to edit the task` name a right, `access to the chat` what it is about.
fn permitted(who: &str) -> Access {
    let who = who.split(" or higher").next().unwrap_or(who);
    let words: Vec<&str> = who.split_whitespace().collect();
    let about = |word: &str| matches!(word, "access" | "permission" | "permissions" | "rights" | "right");
    let Some(at) = words.iter().position(|word| about(word)) else {
        return Access::Unknown;
    };
    // Somebody else may call it as well.
    let is_role = |word: &&str| ROLES.contains(&small(word).as_str());
    let users = words.iter().filter(|word| word.starts_with("user")).count();
    if words.iter().any(is_role) || users > 1 || words.contains(&"following") {
        return Access::Unknown;
    }
    let kind = at.checked_sub(1).map_or("", |before| words[before]);
    let kind = if kind == "editing" { "edit" } else { kind };
    if VERBS.contains(&kind) {
        return Access::Right(kind.to_owned());
    }
    if matches!(kind, "dialog" | "dialogue") {
        return Access::To("dialog".to_owned());
    }
    let mut behind = words[at..].iter().copied().skip_while(|word| about(word));
    if !matches!(behind.next(), Some("to" | "for")) {
        return Access::Unknown;
    }
    let rest: Vec<&str> = behind.collect();
    match rest.as_slice() {
        [first, "and", second, ..] if VERBS.contains(first) && VERBS.contains(second) => {
            Access::Right(format!("{first}, {second}"))
        }
        [verb, "the" | "a" | "an", ..] if VERBS.contains(verb) => Access::Right((*verb).to_owned()),
        [verb, ..] if VERBS.contains(verb) && rest.len() <= 4 => Access::Right(rest.join(" ")),
        [] => Access::Unknown,
        rest => thing(rest).map_or(Access::Unknown, Access::To),
    }
}

/// `the mailbox where the message is` is the mailbox.
fn thing(words: &[&str]) -> Option<String> {
    let ends = |word: &&&str| matches!(**word, "where" | "that" | "which" | "from" | "in" | "linked");
    let words: Vec<&str> = words.iter().take_while(|word| !ends(word)).copied().collect();
    let words = match words.as_slice() {
        ["the" | "a" | "an", rest @ ..] => rest,
        all => all,
    };
    let text = words
        .join(" ")
        .replace("dialogue", "dialog")
        .replace("e-mail box", "mailbox");
    (!words.is_empty() && words.len() <= 4).then_some(text)
}

/// The right that a sentence names: `"edit" access permission`, `View permission`, `access to the "…" section`.
fn right(who: &str) -> Option<String> {
    let parts: Vec<&str> = who.split('"').collect();
    let quoted = parts
        .chunks(2)
        .filter(|pair| pair.len() == 2)
        .map(|pair| pair[1].trim());
    let before = |i: usize| parts.get(2 * i).copied().unwrap_or("");
    let behind = |i: usize| parts.get(2 * i + 2).copied().unwrap_or("");
    let mut rights = Vec::new();
    let mut places = Vec::new();
    for (i, name) in quoted.enumerate() {
        let after = inline::words(behind(i));
        let next = after.first().map_or("", String::as_str);
        match next {
            "section" | "tool" | "module" => places.push(name.to_owned()),
            // ``"dim" on lamps of type "hanging"``
            _ if before(i).trim_end().ends_with("type") && !rights.is_empty() => {}
            _ => rights.push(name.to_owned()),
        }
    }
    if rights.is_empty() && places.is_empty() {
        return unquoted_right(who);
    }
    Some(if rights.is_empty() { places } else { rights }.join(", "))
}

/// `a user with View access permission in …`, `with permission to edit …`: what stands before «permission»,
/// or behind «permission to».
fn unquoted_right(who: &str) -> Option<String> {
    let words: Vec<&str> = who.split_whitespace().collect();
    let mut rights = Vec::new();
    for (i, word) in words.iter().enumerate() {
        if !word.starts_with("permission") {
            continue;
        }
        let before: Vec<&str> = words[..i]
            .iter()
            .rev()
            .copied()
            .filter(|word| *word != "access")
            .take_while(|word| !matches!(*word, "with" | "the" | "a" | "an" | "and" | "or"))
            .collect();
        let name: Vec<&str> = before.into_iter().rev().collect();
        let behind = words
            .get(i + 1..i + 3)
            .filter(|next| next[0] == "to" && !matches!(next[1], "a" | "an" | "the"))
            .map(|next| next[1]);
        if name
            .first()
            .is_some_and(|first| first.starts_with(|c: char| c.is_ascii_uppercase()))
        {
            rights.push(name.join(" ").to_lowercase());
        } else if let Some(verb) = behind.filter(|_| name.is_empty() && *word == "permission") {
            rights.push(verb.to_owned());
        }
    }
    (!rights.is_empty()).then(|| rights.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_is_a_fact() {
        let right = |name: &str| Access::Right(name.to_owned());
        let role = |name: &str| Access::Role(name.to_owned());
        let to = |name: &str| Access::To(name.to_owned());
        for (who, expected) in [
            ("any user", Access::Any),
            ("administrator", Access::Admin),
            (
                "a user with the \"dim\" access permission for the lamp. To burn it, \"burn\" is needed.",
                right("dim"),
            ),
            ("any user with \"look\" access permission", right("look")),
            (
                "administrator or user with \"full\" permission to the \"Lamps\" section",
                right("full"),
            ),
            ("a user with access to the \"Lamps\" section", right("Lamps")),
            (
                "a user with \"dim\" and \"burn\" permissions on the lamp",
                right("dim, burn"),
            ),
            (
                "a user with Look access permission in the Lamps section",
                right("look"),
            ),
            (
                "a user with the Hanging in Halls permission and more",
                right("hanging in halls"),
            ),
            ("a user with permission to dim the lamp", right("dim")),
            ("a user with level `H` (hang) access to the lamp", right("H")),
            ("a user with level `D` (dim) or `H` (hang)", right("D|H")),
            ("any user with read access to lamps or higher", right("read")),
            ("requires editing access permission for the lamp", right("edit")),
            (
                "a user with rights to create and edit lamps",
                right("create, edit"),
            ),
            (
                "any user with access to modify LAMP settings",
                right("modify LAMP settings"),
            ),
            ("authorized user", Access::Any),
            ("a user authorized in the application", Access::Any),
            ("administrator, authorized in the application", Access::Admin),
            ("LAMP administrator", role("LAMP administrator")),
            ("administrator LAMP", role("LAMP administrator")),
            ("user with LAMP administrator rights", role("LAMP administrator")),
            (
                "users with administrative access to the lamp section",
                role("lamp administrator"),
            ),
            ("lamp Participant", role("lamp participant")),
            ("any user — lamp participant", role("lamp participant")),
            ("the owner of the hung lamp", role("owner of the hung lamp")),
            (
                "Creator or administrator of the lamp",
                role("creator|administrator of the lamp"),
            ),
            (
                "administrator or lamp or lampion owner",
                role("administrator|lamp or lampion owner"),
            ),
            (
                "administrator or owner of the lamp or lampion",
                role("administrator|owner of the lamp or lampion"),
            ),
            (
                "an authorized user of the application that registered the bot. Others may not.",
                role("user of the bot's application"),
            ),
            ("any intranet user, except bots", role("intranet user")),
            ("any user with access permission to the lamp", to("lamp")),
            (
                "a user who has access to the lamp or lampion",
                to("lamp or lampion"),
            ),
            ("any user with access to the lamp where the moth is", to("lamp")),
            ("any user with dialogue permissions", to("dialog")),
            // Either is enough.
            (
                "lamp Creator or a user with edit access to the lamp",
                Access::Unknown,
            ),
            (
                "a user with access to the lamp, or a user near it",
                Access::Unknown,
            ),
            ("whoever is near", Access::Unknown),
            ("", Access::Unknown),
        ] {
            let quotes = vec![format!("Who can execute the method: {who}")];
            assert_eq!(access(&quotes), expected, "{who}");
        }
    }

    #[test]
    fn who_may_call_may_be_a_list() {
        let right = |name: &str| Access::Right(name.to_owned());
        for (items, expected) in [
            (
                [
                    "any user can dim their own lamps,",
                    "a user with the \"dim\" permission can dim others'",
                ],
                Access::Any,
            ),
            (
                ["a user can dim their own lamps", "an administrator all"],
                Access::Any,
            ),
            (
                [
                    "any user for table lamps",
                    "any user with access to the hall for others",
                ],
                Access::Any,
            ),
            (
                [
                    "a user with the \"dim\" permission for the lamp,",
                    "and \"look\" for the hall.",
                ],
                right("dim, look"),
            ),
            (
                [
                    "\"dim\" and \"look\" on the lamp type \"hanging\"",
                    "\"Look\" on the hall",
                ],
                right("dim, look"),
            ),
            (
                ["any user with edit access to the lamp", "Creator of the lamp"],
                Access::Unknown,
            ),
            (["the lamp's owner", "nobody else"], Access::Unknown),
        ] {
            let mut quotes = vec![
                "Scope: `lamp`".to_owned(),
                "Who can execute the method:".to_owned(),
            ];
            quotes.extend(items.map(|item| format!("- {item}")));
            assert_eq!(access(&quotes), expected, "{items:?}");
        }
        assert_eq!(
            access(&["Who can execute the method:".to_owned()]),
            Access::Unknown
        );
    }
}
