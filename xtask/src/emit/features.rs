//! The lists of features in the crates' `Cargo.toml`: one feature a scope, and `full` for all of them.

use std::collections::BTreeSet;

/// The manifests that have a list, and the dependency that has the same features.
pub const MANIFESTS: &[(&str, Option<&str>)] = &[
    ("crates/bitrix24-types/Cargo.toml", None),
    ("crates/bitrix24-transport/Cargo.toml", Some("bitrix24-types")),
    ("crates/bitrix24-blocking/Cargo.toml", Some("bitrix24-transport")),
];

const BEGIN: &str = "# Scopes, written by `cargo xtask codegen`:";
const END: &str = "# End of scopes.";

/// The manifest with the list of these features between its two comments.
pub fn feature_list(
    manifest: &str,
    features: &BTreeSet<String>,
    dependency: Option<&str>,
) -> Result<String, String> {
    let parts = manifest
        .split_once(&format!("{BEGIN}\n"))
        .and_then(|(before, rest)| {
            let (_, after) = rest.split_once(END)?;
            Some((before, after))
        });
    let Some((before, after)) = parts else {
        return Err(format!(
            "there is no list of features: it stands between the lines `{BEGIN}` and `{END}`"
        ));
    };
    let mut list = String::new();
    let all: Vec<_> = dependency
        .map(|dependency| format!("\"{dependency}/full\""))
        .into_iter()
        .chain(features.iter().map(|feature| format!("\"{feature}\"")))
        .collect();
    list.push_str(&entry("full", &all));
    for feature in features {
        let needs: Vec<_> = dependency
            .iter()
            .map(|dependency| format!("\"{dependency}/{feature}\""))
            .collect();
        list.push_str(&entry(feature, &needs));
    }
    Ok(format!("{before}{BEGIN}\n{list}{END}{after}"))
}

fn entry(name: &str, needs: &[String]) -> String {
    // A bare key with a dot would be a table: there are scopes such as `user.userfield`.
    let name = if name.contains('.') {
        format!("\"{name}\"")
    } else {
        name.to_owned()
    };
    let line = format!("{name} = [{}]\n", needs.join(", "));
    if line.len() <= 100 {
        line
    } else {
        format!("{name} = [\n    {},\n]\n", needs.join(",\n    "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_replaced_and_nothing_else() {
        let features = BTreeSet::from(["crm".to_owned(), "landing".to_owned()]);
        let manifest = "[features]\na = []\n# Scopes, written by `cargo xtask codegen`:\nold = []\n# End of scopes.\n\n[x]\n";
        assert_eq!(
            feature_list(manifest, &features, Some("y")).unwrap(),
            "[features]\na = []\n# Scopes, written by `cargo xtask codegen`:\nfull = [\"y/full\", \"crm\", \"landing\"]\n\
             crm = [\"y/crm\"]\nlanding = [\"y/landing\"]\n# End of scopes.\n\n[x]\n"
        );
        let own = feature_list(manifest, &features, None).unwrap();
        assert!(
            own.contains("full = [\"crm\", \"landing\"]\ncrm = []\nlanding = []\n"),
            "{own}"
        );
    }

    #[test]
    fn a_scope_with_a_dot_is_quoted() {
        assert_eq!(entry("user.userfield", &[]), "\"user.userfield\" = []\n");
    }

    #[test]
    fn a_manifest_without_the_comments_is_told_so() {
        let error = feature_list("[features]\n", &BTreeSet::new(), None).unwrap_err();
        assert!(error.contains("# End of scopes."), "{error}");
    }
}
