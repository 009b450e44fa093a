//! The codes that make addresses: from titles, and so that no two are the same.

/// A title in the letters of an address; empty if none of them can be.
pub(super) fn from_title(title: &str) -> String {
    let mut code = String::new();
    for c in title.to_lowercase().chars() {
        match transliterated(c) {
            Some(letters) => code.push_str(letters),
            None if c.is_ascii_alphanumeric() => code.push(c),
            None if code.ends_with('-') || code.is_empty() => {}
            None => code.push('-'),
        }
    }
    code.trim_end_matches('-').to_owned()
}

fn transliterated(c: char) -> Option<&'static str> {
    const CYRILLIC: [&str; 32] = [
        "a", "b", "v", "g", "d", "e", "zh", "z", "i", "y", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u",
        "f", "kh", "ts", "ch", "sh", "shch", "", "y", "", "e", "yu", "ya",
    ];
    match c {
        'а'..='я' => CYRILLIC.get((c as usize) - ('а' as usize)).copied(),
        'ё' => Some("ye"),
        _ => None,
    }
}

/// Twelve characters that look as if by chance, and are the same for the same thing.
pub(super) fn by_chance(seed: i64, length: usize) -> String {
    const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut state = seed.unsigned_abs().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let letter = |_| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        char::from(LETTERS[(state >> 33) as usize % LETTERS.len()])
    };
    (0..length).map(letter).collect()
}

/// The code, or the first of its variants from the second on that is not taken.
pub(super) fn first_free(
    code: &str,
    variant: impl Fn(u32) -> String,
    taken: impl Fn(&str) -> bool,
) -> String {
    if !taken(code) {
        return code.to_owned();
    }
    (2..).map(variant).find(|code| !taken(code)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_become_codes() {
        for (title, code) in [
            ("Spring Promotion", "spring-promotion"),
            ("  A / B -- c!", "a-b-c"),
            ("Новый сайт 2", "novyy-sayt-2"),
            ("日本", ""),
            ("", ""),
        ] {
            assert_eq!(from_title(title), code);
        }
    }

    #[test]
    fn a_taken_code_gets_the_first_free_number() {
        let free = |taken: &[&str]| first_free("code", |n| format!("code{n}"), |code| taken.contains(&code));
        assert_eq!(free(&[]), "code");
        assert_eq!(free(&["code"]), "code2");
        assert_eq!(free(&["code", "code2"]), "code3");
    }
}
