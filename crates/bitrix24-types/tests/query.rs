//! Parameters as a query string: what PHP's own `parse_str` makes of it is what was meant.

mod values;

use std::io::Write;
use std::process::{Command, Stdio};

use bitrix24_types::{Params, QueryError, Value, Wire, YesNo};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::TestRunner;
use serde_json::json;
use values::{any_params, meant};

#[track_caller]
fn written(params: impl Into<Wire>, query: &str) {
    let Wire::Map(params) = params.into() else {
        panic!("no object")
    };
    assert_eq!(params.to_query().as_deref(), Ok(query));
}

#[test]
fn each_kind_of_value() {
    written(json!({}), "");
    written(json!({"a": null}), "a=");
    written(json!({"a": [], "b": {}, "c": ""}), "a=&b=&c=");
    written(json!({"a": true, "b": false}), "a=1&b=0");
    written(
        Params::new().with::<YesNo>("a", true).with::<YesNo>("b", false),
        "a=Y&b=N",
    );
    written(json!({"a": -7, "b": 1.5, "c": 1e300}), "a=-7&b=1.5&c=1e300");
    written(
        json!({"f": {"PHONE": [{"VALUE": "1"}, {"VALUE": null}]}}),
        "f[PHONE][0][VALUE]=1&f[PHONE][1][VALUE]=",
    );
    written(
        json!({"f": {"a": [[], {}, null, [0]]}}),
        "f[a][0]=&f[a][1]=&f[a][2]=&f[a][3][0]=0",
    );
    written(
        json!({"filter": {">=ID": 1, "@x": "y"}}),
        "filter[%3E%3DID]=1&filter[%40x]=y",
    );
    written(
        json!({"a": "&#+%[]\"' Ж?=/\\\0\n;~-_."}),
        "a=%26%23%2B%25%5B%5D%22%27%20%D0%96%3F%3D%2F%5C%00%0A%3B~-_.",
    );
}

#[test]
fn what_php_would_read_as_something_else_is_refused() {
    let refused = |params: Value| {
        let Wire::Map(params) = Wire::from(params) else {
            panic!("no object")
        };
        params.to_query().expect_err("refused").to_string()
    };
    for name in ["", "a.b", "a b", " a", "a[b]", "a[b", "a\0"] {
        let error = refused(json!({ name: 1 }));
        assert!(error.contains(&format!("{name:?}")), "{error}");
    }
    for name in ["", " ", "\n", "a]", "a]b", "a\0b"] {
        let error = refused(json!({"f": { name: 1 }}));
        assert!(error.contains(&format!("{name:?}")), "{error}");
    }
    let nested = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!([inner]));
    written(json!({"a": nested(64)}), &format!("a{}=1", "[0]".repeat(64)));
    assert!(refused(json!({"a": nested(65)})).contains("64 levels"));
    assert!(refused(json!({"a": vec![0; 10_001]})).contains("10000 values"));
    let number = Params::new().with::<f64>("x", f64::NAN);
    assert!(matches!(number.to_query(), Err(QueryError::Number(x)) if x.is_nan()));
}

/// PHP is run once; it reads each command as portals do, by `parse_url` and `parse_str`.
#[test]
fn php_reads_what_was_meant() {
    const CASES: usize = 2_000;
    let script = "while (($line = fgets(STDIN)) !== false) { $read = []; $url = parse_url(json_decode($line)); \
                  parse_str($url['query'] ?? '', $read); \
                  echo json_encode([$url['path'], $read], JSON_FORCE_OBJECT), \"\\n\"; }";
    let mut php = Command::new("php");
    php.args(["-d", "display_errors=stderr", "-r", script]);
    let Ok(mut php) = php.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn() else {
        eprintln!("skipped: there is no php here to compare with");
        return;
    };
    let mut runner = TestRunner::deterministic();
    let mut written = Vec::new();
    let mut refused = 0;
    while written.len() < CASES {
        let params = any_params().new_tree(&mut runner).expect("a value").current();
        let query = params
            .iter()
            .map(|(k, v)| (k.clone(), v.clone()))
            .collect::<Params>()
            .to_query();
        match query {
            Ok(query) => written.push((params, query)),
            Err(_) => refused += 1,
        }
    }
    assert!(refused < CASES, "{refused} were refused");
    let lines: String = written
        .iter()
        .map(|(_, query)| json!(format!("some.method?{query}")).to_string() + "\n")
        .collect();
    let mut stdin = php.stdin.take().expect("a pipe");
    let writer = std::thread::spawn(move || stdin.write_all(lines.as_bytes()));
    let output = php.wait_with_output().expect("PHP has run");
    writer.join().expect("no panic").expect("PHP has read all");
    let answers: Vec<Value> = std::str::from_utf8(&output.stdout)
        .expect("UTF-8")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(answers.len(), written.len());
    for ((params, query), answer) in written.iter().zip(answers) {
        let params: Value = params
            .iter()
            .map(|(key, value)| (key.clone(), meant(value)))
            .collect();
        assert_eq!(answer, json!({"0": "some.method", "1": params}), "{query}");
    }
}

/// What is refused is refused for a reason: written like the rest, PHP would read it as something else.
#[test]
fn php_would_not_read_what_is_refused() {
    let paths = [
        vec!["a.b"],
        vec!["a b"],
        vec!["a[b]"],
        vec!["a[b"],
        vec!["a\0"],
        vec!["f", "a]b"],
        vec!["f", ""],
        vec!["f", " "],
        vec!["f", "\t"],
        vec!["f", "a\0b"],
    ];
    let script = "echo json_encode(array_map(function ($path) { \
                    $outer = urlencode(array_shift($path)); \
                    $query = $outer . implode('', array_map(fn ($key) => '[' . urlencode($key) . ']', $path)) . '=1'; \
                    $read = []; parse_str($query, $read); \
                    return [$query, $read]; }, json_decode($argv[1])), JSON_FORCE_OBJECT);";
    let mut php = Command::new("php");
    let Ok(output) = php.args(["-r", script, &json!(paths).to_string()]).output() else {
        eprintln!("skipped: there is no php here to compare with");
        return;
    };
    let read: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    for (at, path) in paths.iter().enumerate() {
        let nested = |inner: Value| path.iter().rev().fold(inner, |inner, key| json!({ *key: inner }));
        let Wire::Map(params) = Wire::from(nested(json!(1))) else {
            panic!("an object")
        };
        assert!(matches!(params.to_query(), Err(QueryError::Name(_))), "{path:?}");
        assert_ne!(read[at.to_string()]["1"], nested(json!("1")), "{path:?}");
    }
}
