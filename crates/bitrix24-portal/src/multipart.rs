//! Multipart forms, whose parts may be files.

/// A part of a form.
#[derive(Debug, PartialEq)]
pub(crate) struct Part<'a> {
    pub(crate) name: String,
    /// Only a file has one.
    pub(crate) file_name: Option<String>,
    pub(crate) content: &'a [u8],
}

/// The parts of a form, or what is wrong with it.
pub(crate) fn parts<'a>(content_type: &str, body: &'a [u8]) -> Result<Vec<Part<'a>>, &'static str> {
    let boundary = parameter(content_type, "boundary").ok_or("has no boundary")?;
    let delimiter = format!("\r\n--{boundary}").into_bytes();
    // What stands before the first delimiter is nobody's; the line break of the first may be missing.
    let mut rest = match body.strip_prefix(&delimiter[2..]) {
        Some(rest) => rest,
        None => split(body, &delimiter).ok_or("has no end")?.1,
    };
    let mut parts = Vec::new();
    while !rest.starts_with(b"--") {
        // A part without headers begins with the blank line that ends them.
        let (head, after) = split(rest, b"\r\n\r\n").ok_or("has a part without a blank line")?;
        let head = String::from_utf8_lossy(head);
        let disposition = (head.lines())
            .find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))
            .ok_or("has a part without a disposition")?;
        // The content may be nothing, and the line break that ends it the one that ended the headers.
        let (content, after) = split(after, &delimiter).ok_or("has no end")?;
        parts.push(Part {
            name: parameter(disposition, "name").ok_or("has a part without a name")?,
            file_name: parameter(disposition, "filename"),
            content,
        });
        rest = after;
    }
    Ok(parts)
}

fn split<'a>(text: &'a [u8], by: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let (first, mut at) = (by.first()?, 0);
    loop {
        at += text.get(at..)?.iter().position(|byte| byte == first)?;
        if let Some(after) = text[at..].strip_prefix(by) {
            return Some((&text[..at], after));
        }
        at += 1;
    }
}

/// The value of `name=…` in a header, in quotes or not.
fn parameter(header: &str, name: &str) -> Option<String> {
    let mut rest = header.split_once(';')?.1;
    loop {
        let (key, value) = rest.split_once('=')?;
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => {
                let (value, after) = unquote(quoted);
                (value, after.split_once(';').map(|(_, after)| after))
            }
            None => match value.split_once(';') {
                Some((value, after)) => (value.trim().to_owned(), Some(after)),
                None => (value.trim().to_owned(), None),
            },
        };
        if key.trim().eq_ignore_ascii_case(name) {
            return Some(value);
        }
        rest = after?;
    }
}

/// The text up to the closing quote, and what follows it.
fn unquote(text: &str) -> (String, &str) {
    let mut value = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return (value, &text[at + 1..]),
            '\\' => value.extend(chars.next().map(|(_, c)| c)),
            c => value.push(c),
        }
    }
    (value, "")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn parts_are_told_apart() {
        let body = b"before\r\n--b\r\nContent-Disposition: form-data; name=\"a;b\"\r\n\r\n\r\n--b\r\n\
            Content-Type: image/png\r\ncontent-disposition: form-data; filename=\"x\\\"=;.png\"; name=file\r\n\r\n\
            \x00\xff--b\r\n--x\r\n--b--after";
        let part = |name: &str, file_name: Option<&str>, content| Part {
            name: name.to_owned(),
            file_name: file_name.map(str::to_owned),
            content,
        };
        let expected = vec![
            part("a;b", None, b"".as_slice()),
            part("file", Some("x\"=;.png"), b"\x00\xff--b\r\n--x".as_slice()),
        ];
        assert_eq!(
            parts("multipart/form-data; charset=x; boundary=b", body),
            Ok(expected)
        );
    }

    proptest! {
        #[test]
        fn every_content_comes_through(content in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut body = b"--bound\r\nContent-Disposition: form-data; name=\"f\"; filename=\"\"\r\n\r\n".to_vec();
            body.extend(&content);
            body.extend(b"\r\n--bound--\r\n");
            let parts = parts("multipart/form-data; boundary=\"bound\"", &body).unwrap();
            prop_assert_eq!(parts[0].content, content.as_slice());
        }
    }
}
