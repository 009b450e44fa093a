//! A batch as a value: how it is split, what it is written as, what is refused, and how its answer is read.

use bitrix24_types::batch::{Mistake, Outcome, Part};
use bitrix24_types::landing::site::{Add, AddFields, GetList, GetListParams, Publication};
use bitrix24_types::{
    Answer, Api, Arg, Batch, Effect, Handle, Map, ParamSet, Params, ReadError, Response, Value, Wire,
};
use proptest::prelude::*;
use serde_json::json;

fn cmd(part: Part<'_>) -> Value {
    let body: Value = serde_json::from_str(&part.body()).expect("JSON");
    body["cmd"].clone()
}

fn one(batch: Batch) -> Value {
    let parts = batch.parts().expect("no mistake");
    assert_eq!(parts.iter().len(), 1);
    serde_json::from_str(&parts.iter().next().expect("a request").body()).expect("JSON")
}

fn mistake_of(batch: Batch) -> (usize, Mistake) {
    let error = batch.parts().err().expect("a mistake");
    let line = error.to_string();
    assert!(
        line.starts_with(&format!("command {} of the batch", error.command)),
        "{line}"
    );
    (error.command, error.mistake)
}

#[test]
fn references_go_wherever_a_parameter_goes() {
    let mut batch = Batch::new();
    let sites = batch.add(GetList::new());
    let first = || sites.path("0.ID");
    batch.add(Publication::new(first()).scope(sites.path("0.TYPE")));
    batch.add(Add::new(
        AddFields::new("Copy", first()).type_(sites.path("0.TYPE")),
    ));
    let filter = [("ID", Arg::<Value>::from(vec![Wire::from(1), first().into()]))];
    batch.add(
        GetList::new().params(
            GetListParams::new()
                .undocumented("x", first())
                .select(sites.path("0.NAMES")),
        ),
    );
    batch.add_raw("some.list", Params::new().with::<Map<Value>>("filter", filter));
    batch.add_raw("some.method", vec![Wire::from(first()), Wire::from(7)]);
    batch.add_raw(
        "some.method",
        Params::new().with::<Value>("all", sites.result().key("a.b").key(0).key("c[d")),
    );
    let whole = "%24result%5Bc0%5D";
    let id = format!("{whole}%5B0%5D%5BID%5D");
    let kind = format!("{whole}%5B0%5D%5BTYPE%5D");
    assert_eq!(
        one(batch),
        json!({ "halt": 1, "cmd": {
            "c0": "landing.site.getList",
            "c1": format!("landing.site.publication?id={id}&scope={kind}"),
            "c2": format!("landing.site.add?fields[TITLE]=Copy&fields[CODE]={id}&fields[TYPE]={kind}"),
            "c3": format!("landing.site.getList?params[x]={id}&params[select]={whole}%5B0%5D%5BNAMES%5D"),
            "c4": format!("some.list?filter[ID][0]=1&filter[ID][1]={id}"),
            "c5": format!("some.method?0={id}&1=7"),
            "c6": format!("some.method?all={whole}%5Ba.b%5D%5B0%5D%5Bc%5Bd%5D"),
        } })
    );
}

#[test]
fn halts_where_there_are_references_unless_told_otherwise() {
    let body = |halt: Option<bool>, linked: bool| {
        let mut batch = Batch::new();
        if let Some(halt) = halt {
            batch.halt(halt);
        }
        let site = batch.add(Add::new(AddFields::new("a", "a")));
        if linked {
            batch.add(Publication::new(site.result()));
        }
        one(batch)["halt"].clone()
    };
    assert_eq!([body(None, false), body(None, true)], [0, 1]);
    assert_eq!([body(Some(true), false), body(Some(false), true)], [1, 0]);
}

#[test]
fn references_that_can_t_be_are_refused_by_name() {
    let mut other = Batch::new();
    let foreign = other.add(GetList::new());

    let mut batch = Batch::new();
    batch.add(GetList::new());
    batch.add(Publication::new(foreign.path("0.ID")));
    let line = batch.parts().err().expect("refused").to_string();
    assert_eq!(
        line,
        "command 1 of the batch (landing.site.publication): it refers to the result of a command of another batch"
    );

    for key in ["", "a]", "a b", "a\tb"] {
        let mut batch = Batch::new();
        let list = batch.add(GetList::new());
        batch.add(Publication::new(list.result().key(key)));
        assert_eq!(mistake_of(batch), (1, Mistake::Key(key.to_owned())));
    }
    let mut batch = Batch::new();
    let list = batch.add(GetList::new());
    batch.add(Publication::new(list.result().of_all("ID")));
    assert_eq!(mistake_of(batch), (1, Mistake::OfAll));
    // Of several mistakes the first is told.
    let mut batch = Batch::new();
    batch.add_raw("batch", ());
    batch.add_raw("", ());
    assert_eq!(mistake_of(batch), (0, Mistake::Nested));
}

#[test]
fn commands_that_can_t_be_sent_are_refused() {
    let refused = |add: &dyn Fn(&mut Batch)| {
        let mut batch = Batch::new();
        batch.add(GetList::new());
        add(&mut batch);
        batch.add(GetList::new());
        let (command, mistake) = mistake_of(batch);
        assert_eq!(command, 1);
        mistake
    };
    for name in ["", "a..b", "a?b=1", "../profile", "a b", "a\"b", "é"] {
        assert_eq!(
            refused(&|batch| {
                batch.add_raw(name, ());
            }),
            Mistake::Name
        );
    }
    for name in ["batch", "Batch", "BATCH"] {
        assert_eq!(
            refused(&|batch| {
                batch.add_raw(name, ());
            }),
            Mistake::Nested
        );
    }
    assert_eq!(
        refused(&|batch| {
            batch.add_raw("a", 7);
        }),
        Mistake::Params
    );
    let unwritable = Params::new().with::<i64>("a.b", 1);
    let mistake = refused(&|batch| {
        batch.add_raw("a", unwritable.clone());
    });
    assert!(
        matches!(&mistake, Mistake::Value(why) if why.contains("a.b")),
        "{mistake}"
    );
    let number = Params::new().with::<f64>("x", f64::INFINITY);
    let mistake = refused(&|batch| {
        batch.add_raw("a", number.clone());
    });
    assert!(
        matches!(&mistake, Mistake::Value(why) if why.contains("inf")),
        "{mistake}"
    );
    let foreign = Batch::new().add(GetList::new());
    let mut batch = Batch::new();
    batch.add(GetList::new());
    batch.effect(foreign, Effect::Read);
    assert_eq!(mistake_of(batch), (0, Mistake::ForeignHandle));
}

/// Portals look for these marks in every text of a batch, and there is no way to write a text with one.
#[test]
fn a_text_that_a_portal_would_replace_is_refused() {
    let sent = |text: &str| {
        let mut batch = Batch::new();
        batch.add_raw("a", Params::new().with::<Value>("x", vec![text]));
        batch.parts().map(|_| ()).map_err(|error| error.mistake)
    };
    for text in [
        "$result[c0]",
        "see $result[c0][ID] there",
        "$RESULT[x]",
        "$total[0]",
        "$next-[0]",
        "$$time[0]",
        "$errors[0]",
        "10$ and $result:a[0]",
    ] {
        assert!(matches!(sent(text), Err(Mistake::Text(_))), "{text}");
    }
    for text in [
        "$",
        "$5 [a]",
        "$result",
        "$result [a]",
        "$result[a",
        "result[a]",
        "$other[a]",
        "$total\n[a]",
        "[a]$result",
        "$résult[a]",
    ] {
        assert_eq!(sent(text), Ok(()), "{text}");
    }
}

#[test]
fn versions_of_the_api_don_t_mix() {
    let mut batch = Batch::v3();
    batch.add_raw("tasks.task.get", json!({ "id": 1 }));
    batch.add(GetList::new());
    assert_eq!(mistake_of(batch), (1, Mistake::OtherApi(Api::V2)));
}

#[test]
fn rest_3_has_a_body_and_references_of_its_own() {
    let mut batch = Batch::v3();
    let tasks = batch.add_raw(
        "tasks.task.list",
        json!({ "select": ["id"], "filter": [["id", ">", 0.5]] }),
    );
    let first = tasks.path("items.0");
    let all = Params::new().with::<Value>(
        "filter",
        vec![vec![
            Wire::from("id"),
            Wire::from("in"),
            tasks.path("items").of_all("id").into(),
        ]],
    );
    batch.add_raw("tasks.task.list", all);
    let task = batch.add_raw(
        "tasks.task.get",
        Params::new().with::<Value>("id", first.key("id")),
    );
    batch.add_raw(
        "tasks.task.get",
        Params::new().with::<Value>("id", task.path("item.parent id")),
    );
    batch.add_raw("tasks.task.get", ());
    assert_eq!(
        one(batch),
        json!([
            { "method": "tasks.task.list", "query": { "select": ["id"], "filter": [["id", ">", 0.5]] }, "as": "c0" },
            { "method": "tasks.task.list", "query": { "filter": [["id", "in", { "$refArray": "c0.id" }]] } },
            { "method": "tasks.task.get", "query": { "id": { "$ref": "c0.0.id" } }, "as": "c2" },
            { "method": "tasks.task.get", "query": { "id": { "$ref": "c2.parent id" } } },
            { "method": "tasks.task.get", "query": {} },
        ])
    );

    let refused = |value: &dyn Fn(Handle<Value>) -> Wire| {
        let mut batch = Batch::v3();
        let handle = batch.add_raw("a", ());
        let mut params = Params::new();
        params.set("x", value(handle));
        batch.add_raw("b", params);
        mistake_of(batch).1
    };
    assert_eq!(refused(&|handle| handle.result().into()), Mistake::NoItem);
    assert_eq!(refused(&|handle| handle.path("result").into()), Mistake::NoItem);
    assert_eq!(
        refused(&|handle| handle.path("item").of_all("a").into()),
        Mistake::NoItem
    );
    assert_eq!(
        refused(&|handle| handle.path("item").key("a.b").into()),
        Mistake::Key("a.b".into())
    );
    assert_eq!(
        refused(&|_| json!({ "$ref": "c0.id" }).into()),
        Mistake::Text("$ref".into())
    );
    assert!(matches!(refused(&|_| Wire::from(f64::NAN)), Mistake::Value(_)));
}

#[test]
fn fifty_commands_a_request_in_their_order() {
    for (count, expected) in [
        (0, vec![]),
        (1, vec![1]),
        (50, vec![50]),
        (51, vec![50, 1]),
        (120, vec![50, 50, 20]),
    ] {
        let mut batch = Batch::new();
        for id in 0..count {
            batch.add(Publication::new(id));
        }
        let parts = batch.parts().expect("no mistake");
        let sizes: Vec<_> = parts.iter().map(|part| part.commands().len()).collect();
        assert_eq!(sizes, expected);
        let all: Vec<_> = parts.iter().flat_map(|part| part.commands().to_vec()).collect();
        assert_eq!(
            all,
            (0..usize::try_from(count).expect("small")).collect::<Vec<_>>()
        );
        for part in parts.iter() {
            let written = cmd(part);
            for place in part.commands() {
                let expected = format!("landing.site.publication?id={place}");
                assert_eq!(written[format!("c{place}")], expected);
            }
        }
    }
}

#[test]
fn commands_that_are_tied_stay_together() {
    // 40 alone, then one that 30 others refer to, with one alone between.
    let mut batch = Batch::new();
    for id in 0..40 {
        batch.add(Publication::new(id));
    }
    let hub = batch.add(GetList::new());
    batch.add(Publication::new(77));
    for _ in 0..30 {
        batch.add(Publication::new(hub.path("0.ID")));
    }
    let parts = batch.parts().expect("no mistake");
    let sizes: Vec<_> = parts.iter().map(|part| part.commands().len()).collect();
    assert_eq!(sizes, [40, 32]);
    let halts: Vec<_> = parts.iter().map(Part::halts).collect();
    assert_eq!(halts, [false, true]);

    // A chain as long as a request is one, and one more is too many.
    let chain = |length: usize| {
        let mut batch = Batch::new();
        batch.add(Publication::new(1));
        let mut last = batch.add(Publication::new(1));
        for _ in 1..length {
            last = batch.add(Publication::new(last.result()));
        }
        batch.parts()
    };
    let parts = chain(50).expect("it fits");
    assert_eq!(
        parts.iter().map(|part| part.commands().len()).collect::<Vec<_>>(),
        [1, 50]
    );
    let error = chain(51).err().expect("too long");
    assert_eq!((error.command, &error.mistake), (1, &Mistake::Tied(50)));
    assert_eq!(
        error.to_string(),
        "command 1 of the batch (landing.site.publication): 50 commands are tied to it by references, and a request takes 50"
    );
}

#[test]
fn a_request_is_as_delicate_as_its_worst_command() {
    let effect = |effects: &[Effect]| {
        let mut batch = Batch::new();
        for effect in effects {
            let handle = batch.add_raw("a", ());
            batch.effect(handle, *effect);
        }
        batch
            .parts()
            .expect("no mistake")
            .iter()
            .next()
            .expect("a request")
            .effect()
    };
    use Effect::{Once, Read, Repeat};
    assert_eq!(effect(&[Read, Read]), Read);
    assert_eq!(effect(&[Read, Repeat, Read]), Repeat);
    assert_eq!(effect(&[Repeat, Once, Read]), Once);
    let mut batch = Batch::new();
    batch.add_raw("some.method", ());
    assert_eq!(batch.parts().expect("no mistake").effect(0), Once);
}

/// What becomes of two or three commands by this answer.
fn outcomes(halt: bool, count: usize, body: &str) -> Vec<Outcome> {
    let mut batch = Batch::new();
    batch.halt(halt);
    for id in 0..count {
        batch.add(Publication::new(i64::try_from(id).expect("small")));
    }
    let parts = batch.parts().expect("no mistake");
    let part = parts.iter().next().expect("a request");
    match part.read(body.as_bytes()) {
        Ok(Answer::Success(response)) => response.result,
        other => panic!("{other:?}"),
    }
}

fn results(outcomes: &[Outcome], body: &str) -> Vec<String> {
    let shown = |outcome: &Outcome| match outcome {
        Outcome::Success(found) => match found.read::<i64>(body.as_bytes()) {
            Ok(response) => format!("{} {:?} {:?}", response.result, response.total, response.next),
            Err(error) => error.to_string(),
        },
        Outcome::Failure(failure) => format!("{}: {}", failure.code, failure.description),
        Outcome::NotRun => "not run".to_owned(),
        Outcome::Unknown => "unknown".to_owned(),
    };
    outcomes.iter().map(shown).collect()
}

#[test]
fn answers_are_read_in_every_form_that_php_gives_them() {
    for (body, expected) in [
        (
            r#"{"result": {"result": {"c0": 7, "c1": "8"}, "result_error": [], "result_total": {"c0": -1, "c1": "90"}, "result_next": {"c1": 50},
                "result_time": {"c0": {"duration": 0.5}, "c1": null}}, "time": {"duration": 1}}"#,
            ["7 None None", "8 Some(90) Some(50)", "unknown"],
        ),
        // The keys in another order, a map where a list was, and texts for errors.
        (
            r#"{"result": {"result_error": {"c1": {"error": "E", "error_description": "d"}, "c2": "F"}, "result": {"c0": {"x": 1}}}}"#,
            [
                "the answer is not as documented: `result`: expected an integer, found an object at line 1 column 4",
                "E: d",
                "F: ",
            ],
        ),
        // Names that became numbers.
        (
            r#"{"result": {"result": [1, 2], "result_error": {"2": {"error": 7}}, "result_total": [3, 4]}}"#,
            ["1 Some(3) None", "2 Some(4) None", "7: "],
        ),
        // Nothing at all, and an error that is none beside a result.
        (
            r#"{"result": {"result": {"c0": 1}, "result_error": {"c0": null, "c1": null}, "result_time": []}}"#,
            ["1 None None", ": ", "unknown"],
        ),
        // What nobody asked for.
        (
            r#"{"result": {"result": {"c9": 1, "x": 2, "c01": 3, "7": 4}, "result_error": null, "more": {}}}"#,
            ["unknown", "3 None None", "unknown"],
        ),
    ] {
        let outcomes = outcomes(false, 3, body);
        assert_eq!(results(&outcomes, body), expected, "{body}");
    }
    let body = "\u{feff}{\"result\":{\"result\":{\"c0\":7}}}";
    assert_eq!(results(&outcomes(false, 1, body), body), ["7 None None"]);
}

#[test]
fn after_a_failure_the_rest_was_not_run_if_the_batch_halts() {
    let body = r#"{"result": {"result": {"c1": 2}, "result_error": {"c2": {"error": "E"}}}}"#;
    assert_eq!(
        results(&outcomes(true, 5, body), body),
        ["unknown", "2 None None", "E: ", "not run", "not run"]
    );
    assert_eq!(
        results(&outcomes(false, 5, body), body),
        ["unknown", "2 None None", "E: ", "unknown", "unknown"]
    );
}

#[test]
fn the_time_of_a_command_is_its_own() {
    let body = r#"{"result": {"result": {"c0": 1, "c1": 2}, "result_time": {"c0": {"duration": 0.5, "operating": 3}}}, "time": {"duration": 9}}"#;
    let outcomes = outcomes(false, 2, body);
    let times: Vec<_> = outcomes
        .iter()
        .map(|outcome| match outcome {
            Outcome::Success(found) => (found.time.duration, found.time.operating),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(times, [(0.5, Some(3.0)), (0.0, None)]);
}

#[test]
fn what_is_wrong_in_a_result_is_named_with_its_place() {
    let mut batch = Batch::new();
    batch.add(GetList::new());
    let parts = batch.parts().expect("no mistake");
    let body = r#"{"result": {"result": {"c0": [{"ID": 1}, {"ID": {"x": 1}}]}}}"#;
    let part = parts.iter().next().expect("a request");
    let Ok(Answer::Success(response)) = part.read(body.as_bytes()) else {
        panic!("a success")
    };
    let [Outcome::Success(found)] = &response.result[..] else {
        panic!("a success")
    };
    let error = found
        .read::<Vec<Map<i64>>>(body.as_bytes())
        .expect_err("it does not fit");
    assert!(
        matches!(&error, ReadError::Unfit { path, .. } if path == "result[1].ID"),
        "{error}"
    );
    // The rows of another body, which is shorter.
    assert!(found.read::<Value>(b"{}").is_err());
}

#[test]
fn rest_3_answers_with_a_list_or_fails_as_a_whole() {
    let mut batch = Batch::v3();
    batch.add_raw("a", ());
    batch.add_raw("b", ());
    let parts = batch.parts().expect("no mistake");
    let part = parts.iter().next().expect("a request");
    let body = r#"{"result": [{"item": {"id": 1}}, {"items": []}], "time": {"duration": 0.5}}"#;
    let Ok(Answer::Success(response)) = part.read(body.as_bytes()) else {
        panic!("a success")
    };
    let values: Vec<_> = response
        .result
        .iter()
        .map(|outcome| match outcome {
            Outcome::Success(found) => found.read::<Value>(body.as_bytes()).expect("JSON"),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(values[0].result, json!({"item": {"id": 1}}));
    assert_eq!(
        (&values[1].result, values[1].time.duration),
        (&json!({"items": []}), 0.5)
    );
    let body = r#"{"error": {"code": "E", "message": "m"}}"#;
    assert!(matches!(part.read(body.as_bytes()), Ok(Answer::Failure(failed)) if failed.code == "E"));
    let short = r#"{"result": [{}]}"#;
    let Ok(Answer::Success(response)) = part.read(short.as_bytes()) else {
        panic!("a success")
    };
    assert!(matches!(
        response.result[..],
        [Outcome::Success(_), Outcome::Unknown]
    ));
}

/// Any JSON, as text: equal keys and odd numbers included.
fn any_json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        prop::sample::select(vec![
            "null", "true", "false", "[]", "{}", "\"\"", "7", "-1", "1e999", "0.5", "\"7\"", "\"E\""
        ])
        .prop_map(str::to_owned),
        any::<i64>().prop_map(|number| number.to_string()),
        any::<String>().prop_map(|text| Value::from(text).to_string()),
    ];
    let key = prop::sample::select(vec![
        "result",
        "result_error",
        "result_total",
        "result_next",
        "result_time",
        "error",
        "error_description",
        "time",
        "c0",
        "c1",
        "c2",
        "0",
        "1",
        "c",
        "duration",
        "operating",
        "code",
        "message",
        "items",
        "item",
    ]);
    leaf.prop_recursive(6, 48, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec((key.clone(), inner), 0..6).prop_map(|entries| {
                let entries: Vec<_> = entries
                    .iter()
                    .map(|(key, value)| format!("\"{key}\": {value}"))
                    .collect();
                format!("{{{}}}", entries.join(" , "))
            }),
        ]
    })
}

/// Whatever comes: no panic, an outcome for each command, and results that lie within the body.
fn read_anything(body: &[u8]) -> Result<(), TestCaseError> {
    for (mut batch, halt) in [(Batch::new(), true), (Batch::new(), false), (Batch::v3(), true)] {
        batch.halt(halt);
        for _ in 0..3 {
            batch.add_raw("a", ());
        }
        let parts = batch.parts().expect("no mistake");
        let part = parts.iter().next().expect("a request");
        if let Ok(Answer::Success(response)) = part.read(body) {
            prop_assert_eq!(response.result.len(), 3);
            for outcome in response.result {
                if let Outcome::Success(found) = outcome {
                    prop_assert!(body.get(found.span.clone()).is_some_and(|json| !json.is_empty()));
                    let _unfit = found.read::<Vec<i64>>(body);
                    let written = found.read::<Value>(body);
                    let sliced = serde_json::from_slice::<Value>(&body[found.span.clone()]);
                    prop_assert_eq!(written.map(|r| r.result).ok(), sliced.ok());
                }
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_answer(results in any_json(), errors in any_json(), totals in any_json(), times in any_json()) {
        let body = format!(
            r#"{{"result":{{"result":{results},"result_error":{errors},"result_total":{totals},"result_time":{times}}},"time":{times}}}"#
        );
        read_anything(body.as_bytes())?;
        read_anything(format!(r#"{{"result":{results}}}"#).as_bytes())?;
        read_anything(results.as_bytes())?;
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read_anything(&bytes)?;
    }

    /// Any shape of references: each command is in exactly one request, none is above fifty, and who is tied is together.
    #[test]
    fn any_references(links in prop::collection::vec(prop::option::weighted(0.4, any::<prop::sample::Index>()), 1..300)) {
        let mut batch = Batch::new();
        let mut handles: Vec<Handle<i64>> = Vec::new();
        let mut to = Vec::new();
        for (place, link) in links.iter().enumerate() {
            let link = link.filter(|_| place > 0).map(|link| link.index(place));
            let request = match link {
                Some(link) => Publication::new(handles[link].result()),
                None => Publication::new(1),
            };
            handles.push(batch.add(request));
            to.push(link);
        }
        match batch.parts() {
            Err(error) => prop_assert!(matches!(error.mistake, Mistake::Tied(more) if more >= 50)),
            Ok(parts) => {
                let all: Vec<usize> = parts.iter().flat_map(|part| part.commands().to_vec()).collect();
                let mut sorted = all.clone();
                sorted.sort_unstable();
                prop_assert_eq!(sorted, (0..links.len()).collect::<Vec<_>>());
                for (request, part) in parts.iter().enumerate() {
                    prop_assert!((1..=50).contains(&part.commands().len()));
                    prop_assert!(part.commands().is_sorted());
                    for (position, &place) in part.commands().iter().enumerate() {
                        prop_assert_eq!(parts.position(place), Some((request, position)));
                        if let Some(link) = to[place] {
                            prop_assert!(part.commands().contains(&link));
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn results_of_one_type_are_read_on_the_way_and_one_that_does_not_fit_alone() {
    let mut batch = Batch::new();
    for _ in 0..3 {
        batch.add_raw("a.list", Params::new());
    }
    let parts = batch.parts().expect("parts");
    let part = parts.iter().next().expect("a request");
    let read = |body: &str| {
        let Answer::Success(response) = part.read_as::<Vec<i64>>(body.as_bytes()).expect("an answer") else {
            panic!("a success")
        };
        let shown = |outcome: Outcome<Result<Response<Vec<i64>>, _>>| match outcome {
            Outcome::Success(Ok(response)) => format!("{:?} of {:?}", response.result, response.total),
            Outcome::Success(Err(error)) => ReadError::to_string(&error),
            Outcome::Failure(failure) => failure.code,
            other => format!("{:?}", matches!(other, Outcome::NotRun)),
        };
        response.result.into_iter().map(shown).collect::<Vec<_>>()
    };
    let fits = r#"{"result": {"result": {"c0": [1, "2"], "c2": []}, "result_error": {"c1": {"error": "NO"}}, "result_total": {"c0": 7}}}"#;
    assert_eq!(read(fits), ["[1, 2] of Some(7)", "NO", "[] of None"]);
    let misfit = r#"{"result": {"result": {"c0": [1], "c1": [{"ID": 1}], "c2": [3]}}}"#;
    let outcomes = read(misfit);
    assert_eq!(
        (outcomes[0].as_str(), outcomes[2].as_str()),
        ("[1] of None", "[3] of None")
    );
    assert!(
        outcomes[1].starts_with("the answer is not as documented: `"),
        "{}",
        outcomes[1]
    );
}
