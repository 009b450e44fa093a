//! Passwords and tokens among parameters and results: `Debug` does not show them.

use std::fmt::{self, Debug};

/// How names of secrets end, in any case.
const ENDS: &[&str] = &["password", "secret", "token"];
/// How names end that are of a design system, not of a secret.
const NO_SECRETS: &[&str] = &["color_token", "colortoken"];

/// Whether what stands under this name on the wire is a secret.
fn is_secret(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let ends_in = |ends: &[&str]| ends.iter().any(|end| name.ends_with(end));
    ends_in(ENDS) && !ends_in(NO_SECRETS)
}

/// A value as `Debug` may show it, by its name on the wire.
pub struct Shown<'a, T: ?Sized>(pub &'a str, pub &'a T);

impl<T: Debug + ?Sized> Debug for Shown<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_secret(self.0) {
            f.write_str("…")
        } else {
            self.1.fmt(f)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn names_of_secrets() {
        for secret in [
            "PASSWORD",
            "SIP_PASSWORD",
            "=PASSWORD",
            "botToken",
            "access_token",
            "client_secret",
        ] {
            assert!(is_secret(secret), "{secret}");
        }
        for open in [
            "COLOR_TOKEN",
            "colorToken",
            "BG_COLOR_TOKEN",
            "SMTP_PASSWORD_AS_IMAP",
            "AUTHOR_ID",
            "TITLE",
        ] {
            assert!(!is_secret(open), "{open}");
        }
    }
}
