//! What generated requests say of their pages.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use bitrix24_types::{Decode, Id, List, Paging, Way, list, object, request};

request! {
    /// Lists lamps.
    pub struct Lamps() {}
    "lamp.list" in ["lamp"], V2, Read, "page" -> LampsResult, bitrix24_types::NoCodes
}

list! {
    Lamps: Lamp, in lamps, by id [Id, Next] {
        rows: "lamps", id: "ID", key: "ID", filter: "filter", order: "order", start: "start",
    }
}

object! {
    /// A page.
    pub struct LampsResult {
        lamps: Vec<Lamp> = "lamps";
    }
}

object! {
    /// A lamp.
    pub struct Lamp {
        id: Option<Id> = "ID";
    }
}

fn lamps(json: &str) -> Vec<Lamp> {
    let page = LampsResult::decode(&mut serde_json::Deserializer::from_str(json)).expect("a page");
    Lamps::rows(page)
}

#[test]
fn rows_and_their_identifiers_are_found() {
    let rows = lamps(r#"{"lamps": [{"ID": "7"}, {"ID": 8}, {"NAME": "Moon"}]}"#);
    let ids: Vec<_> = rows.iter().map(Lamps::id).collect();
    assert_eq!(ids, [Some(7.into()), Some(8.into()), None]);
    assert_eq!(lamps(r#"{"lamps": false}"#), []);
}

#[test]
fn what_is_not_known_is_empty() {
    let expected = Paging {
        rows: "lamps",
        id: "ID",
        key: "ID",
        filter: "filter",
        order: "order",
        start: "start",
        ways: &[Way::Id, Way::Next],
        ..Paging::UNKNOWN
    };
    assert_eq!(Lamps::PAGING, expected);
}

#[test]
fn ways_are_found_by_their_names() {
    for way in [
        Way::Id,
        Way::Ranges,
        Way::Count,
        Way::Next,
        Way::Offset,
        Way::Page,
        Way::Tail,
    ] {
        assert_eq!(Way::named(&way.to_string()), Some(way));
    }
    assert_eq!(Way::named("guess"), None);
}
