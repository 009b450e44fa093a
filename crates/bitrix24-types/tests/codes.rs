//! Error codes: which variant a code is, and when it is none.

use bitrix24_types::landing::site::{AddError, PublicationError};
use bitrix24_types::{Codes, NoCodes, SystemError, codes, params, registry};

/// Statuses with which a code may come: its own, others of each kind, and none, as in a batch.
const STATUSES: [Option<u16>; 8] = [
    None,
    Some(200),
    Some(299),
    Some(400),
    Some(401),
    Some(403),
    Some(500),
    Some(503),
];

#[test]
fn each_listed_code_of_each_method_is_found() {
    let mut listed = 0;
    for method in registry::all() {
        for (status, code) in (method.errors)() {
            listed += 1;
            let at = format!("{}: {status} {code}", method.name);
            assert!((400..600).contains(&status), "{at}");
            for text in ["", "S157", "*", "]", "ж"] {
                let arrived = code.replace('*', text);
                for status in [Some(status), None, Some(200)] {
                    let found = (method.error)(&arrived, status);
                    assert_eq!(found.as_deref(), Some(&*arrived), "{at} with {status:?}");
                }
            }
            assert_eq!((method.error)(&format!("x{code}"), Some(status)), None, "{at}");
        }
        for status in STATUSES {
            for strange in ["", "0", "SOMETHING_NEW", "access_denied", "*", "ACCESS_DENIED "] {
                assert_eq!(
                    (method.error)(strange, status),
                    None,
                    "{}: {strange:?}",
                    method.name
                );
            }
        }
    }
    assert!(listed > 300, "{listed}");
}

#[test]
fn a_system_error_is_never_a_methods_own() {
    for method in registry::all() {
        for error in SystemError::ALL {
            let status = error.status();
            let own = (method.errors)().contains(&(status, error.code()));
            let found = (method.error)(error.code(), Some(status));
            assert_eq!(found.is_some(), own, "{}: {error}", method.name);
        }
    }
}

#[test]
fn the_status_decides_whose_access_denied_it_is() {
    let own = Some(PublicationError::AccessDenied);
    for (status, expected) in [
        (Some(400), own.clone()),
        (None, own.clone()),
        (Some(200), own),
        (Some(403), None),
        (Some(401), None),
        (Some(500), None),
    ] {
        assert_eq!(
            PublicationError::from_code("ACCESS_DENIED", status),
            expected,
            "{status:?}"
        );
    }
    // A code that is no system error's is the method's with any status.
    for status in STATUSES {
        let found = PublicationError::from_code("MISSING_PARAMS", status);
        assert_eq!(found, Some(PublicationError::MissingParams), "{status:?}");
    }
}

#[test]
fn a_part_that_varies_is_kept() {
    for (code, detail) in [
        ("PUBLIC_HTML_DISALLOWED[S157]", "S157"),
        ("PUBLIC_HTML_DISALLOWED[]", ""),
        ("PUBLIC_HTML_DISALLOWED[a]b]", "a]b"),
    ] {
        let found = PublicationError::from_code(code, Some(400)).unwrap();
        assert_eq!(found, PublicationError::PublicHtmlDisallowed(detail.to_owned()));
        assert_eq!(found.code(), code);
    }
    for other in [
        "PUBLIC_HTML_DISALLOWED",
        "PUBLIC_HTML_DISALLOWED[",
        "PUBLIC_HTML_DISALLOWED]",
    ] {
        assert_eq!(PublicationError::from_code(other, Some(400)), None, "{other}");
    }
}

#[test]
fn the_exact_code_wins_over_one_that_varies() {
    let find = |code: &str| AddError::from_code(code, Some(400));
    assert_eq!(
        find("CONTROLLER_ERROR_BADLICENSE"),
        Some(AddError::ControllerErrorBadlicense)
    );
    assert_eq!(
        find("CONTROLLER_ERROR_BADRESPONSE"),
        Some(AddError::ControllerErrorBadresponse)
    );
    assert_eq!(
        find("CONTROLLER_ERROR_NEW"),
        Some(AddError::ControllerError("NEW".to_owned()))
    );
    assert_eq!(
        find("CONTROLLER_ERROR_"),
        Some(AddError::ControllerError(String::new()))
    );
    assert_eq!(find("CONTROLLER_ERROR"), None);
    // Of no status and of another one, too.
    for status in STATUSES {
        let found = AddError::from_code("CONTROLLER_ERROR_BADLICENSE", status);
        assert_eq!(found, Some(AddError::ControllerErrorBadlicense), "{status:?}");
    }
}

params! {
    /// A request that is never sent.
    pub struct Invented() {}
}

codes! {
    pub enum InventedError for Invented {
        Any(String) = 400 "ERR_*";
        AnyLonger(String) = 400 "ERR_LONG_*";
        Exact = 400 | 404 "ERR_LONG_X";
        Denied = 403 "ACCESS_DENIED";
        Text = 400 "not a code, but a sentence.";
    }
}

#[test]
fn of_two_that_vary_the_longer_one_wins() {
    let find = |code: &str| InventedError::from_code(code, Some(400));
    assert_eq!(find("ERR_A"), Some(InventedError::Any("A".to_owned())));
    assert_eq!(find("ERR_LONG_A"), Some(InventedError::AnyLonger("A".to_owned())));
    // Also where what varies is longer than the rest.
    let long = "A".repeat(100);
    assert_eq!(
        find(&format!("ERR_LONG_{long}")),
        Some(InventedError::AnyLonger(long))
    );
    assert_eq!(find("ERR_LONG_X"), Some(InventedError::Exact));
    assert_eq!(
        InventedError::from_code("ERR_LONG_X", Some(404)),
        Some(InventedError::Exact)
    );
    assert_eq!(find("not a code, but a sentence."), Some(InventedError::Text));
    assert_eq!(Invented::new(), Invented::new());
}

#[test]
fn a_method_may_list_what_is_the_systems_too() {
    let find = |status| InventedError::from_code("ACCESS_DENIED", status);
    assert_eq!(find(Some(403)), Some(InventedError::Denied));
    assert_eq!(find(Some(400)), None);
    assert_eq!(find(None), Some(InventedError::Denied));
}

#[test]
fn no_codes_has_none() {
    assert_eq!(NoCodes::LISTED, []);
    for status in STATUSES {
        assert_eq!(NoCodes::from_code("ACCESS_DENIED", status), None);
        assert_eq!(NoCodes::from_code("", status), None);
    }
}
